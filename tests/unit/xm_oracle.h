/* What Python reads in config files for xm, held against domains of a spec. */
#pragma once

#include "spec/spec.h"

/* Reads all texts in one process. One item for each text: name -> value, as tests/unit/xm_python.py
 * prints it; "error" -> the reason where Python refuses the text. */
GPtrArray *xm_oracle_read(const GPtrArray *texts);

/* Does Python read exactly what the domain says: each variable of xm's once with its value, and
 * none beside? If not, appends to WHY in one line what is different. */
gboolean xm_oracle_agrees(const Domain *domain, const char *uuid, GHashTable *values, GString *why);
