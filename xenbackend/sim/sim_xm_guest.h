/* What a config file for xm says about a domain. */
#pragma once

#include "xenbackend/sim/sim_guest.h"

/* Interprets it as xm and xend do (Xen up to 4.4, tools/python/xen/xm/create.py). NULL: it is
 * refused, for the reason in *trouble (to be freed). */
SimGuest *sim_xm_guest_read(const XenConfigText *config, char **trouble);

/* The config with which xl would make the same domain. */
char *sim_guest_format(const SimGuest *guest);
