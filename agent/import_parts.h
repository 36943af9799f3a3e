/* What the files import*.c share. */
#pragma once

#include "agent/import.h"

/* Something that is not taken along; takes MESSAGE over. Makes the exit code that of an error. */
ImportRefusal *import_refuse(Import *import, const char *source, char *message);
void import_remark(Import *import, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Is a domain that runs known to the record? */
gboolean import_is_recorded(const Import *import, const ObservedDomain *row);
/* Asks for the details of a row, once. */
void import_look_closer(Import *import, const ObservedDomain *row);
