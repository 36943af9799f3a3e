/* What Xen itself reads in a config file: its own parser (libxlutil) held against a domain of the
 * spec. */
#pragma once

#include "spec/spec.h"

/* Does Xen read in TEXT exactly what the domain says: each key of it once with its value, and no
 * key beside? If not, appends to WHY in one line what is different. */
gboolean xen_oracle_agrees(const Domain *domain, const char *uuid, const char *text, GString *why);
