/* Sizes and times as a person writes them, in the largest unit that leaves no rest. */
#pragma once

#include <glib.h>

/* "512MiB", "16TiB"; appends to OUT. */
void units_append_size(gint64 mib, GString *out);
/* "90s", "8h", "365d"; appends to OUT. */
void units_append_seconds(gint64 seconds, GString *out);
/* "-17". Many numbers are written, and for them printf is slow. */
void units_append_number(gint64 number, GString *out);
