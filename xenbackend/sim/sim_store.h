/* The config file of a domain in the state folder: its devices, then the text it was made from. The
 * caller holds the lock. */
#pragma once

#include "xenbackend/sim/sim_host.h"

/* What create and config-update store. IS_UPDATE: for the next restart only. */
void sim_store_write_config(const SimHost *host, gint64 domid, const char *text,
                            gboolean is_update);
/* NULL: there is none. */
char *sim_store_read_config(const SimHost *host, gint64 domid, gboolean is_update);
/* The whole file for a guest: "disk SPEC" and "vif DEVID SPEC" lines, an empty line, the config
 * text. */
char *sim_store_format(const SimGuest *guest, const char *config_text);
/* A stored file -> what the domain consists of. NULL: the file is not there, or cannot be read. */
SimGuest *sim_store_read_guest(const SimHost *host, const SimDomain *domain, char **config_text);
/* The text with which DOMAIN is restarted. An update that was stored takes effect on DOMAIN. */
char *sim_store_take_config(const SimHost *host, SimDomain *domain);
/* Gives DOMAIN what GUEST and the host's settings say. */
void sim_store_apply(const SimHost *host, const SimGuest *guest, SimDomain *domain);
