/* Two config files held against each other as Xen's own parser (libxlutil) reads them. */
#pragma once

#include <glib.h>

/* Does WRITTEN mean to xl what ORIGINAL means? Settings of the original whose names are in LEFT_OUT
 * ("vif", "vif.accel": for the whole of it) may be missing. If not, appends to WHY in one line what
 * is different. */
gboolean import_oracle_agrees(const char *original, const char *written, GHashTable *left_out,
                              GString *why);
