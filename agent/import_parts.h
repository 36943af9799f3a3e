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
/* Why the row is no domain that a spec could have; NULL: it is one. */
const char *import_why_not(const Import *import, const ObservedDomain *row);

/* Says of each domain that was read from a file which one it is and whether it runs, so that the
 * spec changes nothing; what is not sure becomes a refusal (import_place.c). May wait for
 * absent_pause. */
void import_place(Import *import);
/* What is recorded of a domain that was read, or NULL. */
const RecordDomain *import_find_recorded(const Import *import, const ImportedDomain *domain);
/* Where the config file of a domain is, or, without NAME, the folder of them; to be freed. */
char *import_config_path(const Import *import, const char *name);
/* Is this a config file that we have written? */
gboolean import_is_ours(const char *path);
