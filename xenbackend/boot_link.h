/* The link by which xendomains would start a domain at the next boot of dom0, in the folder auto
 * beside the config files (Xen tools/hotplug/Linux/xendomains.in). */
#pragma once

#include <glib.h>

/* The name of the first entry, in the order of their bytes, of CONFIG_DIR/auto that is a link to
 * the config file of this domain; NULL: there is none. To be freed. */
char *boot_link_find(const char *config_dir, const char *name);
/* Removes that entry, durably. One that is not there is no failure. */
gboolean boot_link_remove(const char *config_dir, const char *entry, GError **error);
/* Makes the entry again, durably, as a link to the config file of this domain. One that is there is
 * left as it is. */
gboolean boot_link_put(const char *config_dir, const char *entry, const char *name, GError **error);
