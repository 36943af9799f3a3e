/* What the files xen_list_*.c that read JSON share. */
#pragma once

#include "reconcile/observed.h"

struct json_t;

/* A whole number from MINIMUM to MAXIMUM (within the 2^53 that a real holds exactly), as a number
 * or as a string; FALSE when it is none. */
gboolean json_number_read(const struct json_t *value, gint64 minimum, gint64 maximum, gint64 *out);
/* A scalar as libxl's words have it: "True", "hvm", "5"; NULL: it is none. To be freed. */
char *json_scalar_text(const struct json_t *value);
/* A single value of a row, as a spec would have it (IS_PLAIN: without quotes); NULL: it is nothing
 * that a spec could have. To be freed. */
char *json_value_text(const KeyRow *row, const struct json_t *json, gboolean *is_plain);
/* An item of a list that a row has, as the config files write it: a text, a number, CPUs "0-3", a
 * PCI device, ports, pages; NULL: it is nothing of that. To be freed. */
char *json_item_text(guint key, const struct json_t *item);
/* How fast a vif may send, as the config files write it; NULL: it is not limited. To be freed. */
char *json_rate_text(gint64 bytes_per_interval, gint64 interval_us);
