/* The JSON of `xl list -l`, as libxl itself writes it. */
#pragma once

#include <glib.h>

/* Of a domain of a guest type (GUEST_*) with the id 7. IS_FULL: with all that our key tables see of
 * one, set to something that is not its default; else with nothing but its memory. To be freed. */
char *libxl_domain_json(guint guest, gboolean is_full);
