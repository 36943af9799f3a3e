/* What xendomains, Xen's own script, would start at the next boot of dom0 behind xensure's back:
 * files and links in its folder of configs (/etc/xen/auto), and images of domains that it saved
 * when dom0 went down (Xen tools/hotplug/Linux/xendomains.in). */
#pragma once

#include <glib.h>

/* Where to look. */
typedef struct {
    const char *auto_dir;   /* its folder of configs; NULL: none */
    const char *images_dir; /* its folder of images; NULL: none */
    const char *config_dir; /* where the config files of ours are, as NAME.cfg */
    const char *program;    /* that restores an image, for messages: "xl" */
    const char *trouble;    /* why some of this is not known; NULL: it is */
} XendomainsPlaces;

typedef struct Xendomains Xendomains;

/* Reads each folder once. A folder that is not there is empty; one that cannot be read, or is not
 * known, may hold anything, and is an obstacle for every domain. Never NULL. */
Xendomains *xendomains_look(const XendomainsPlaces *places);
void xendomains_free(Xendomains *xendomains);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Xendomains, xendomains_free)

/* The first link, in the order of their bytes, that leads to the config file of this name, whether
 * that is there or not; NULL: none. */
const char *xendomains_find_link(const Xendomains *xendomains, const char *name);
/* The paths of all of them that are one line of UTF-8, as can be put down; NULL: none. To be freed
 * with g_strfreev(). */
char **xendomains_find_links(const Xendomains *xendomains, const char *name);
/* The names that links lead to, in no order; to be freed with g_list_free(). */
GList *xendomains_linked_names(const Xendomains *xendomains);
/* Why the domain must not be started, in words that name the way on: an image of it, or anything
 * else of its name (NAME or NAME.cfg) among the configs. To be freed; NULL: it may. */
char *xendomains_find_obstacle(const Xendomains *xendomains, const char *name);

/* Removes the links that lead to the config file of this name, durably. None is no failure. */
gboolean xendomains_remove_links(const XendomainsPlaces *places, const char *name, GError **error);
/* Makes the link at PATH to the config file of this name again, durably. What is there is left as
 * it is. */
gboolean xendomains_put_link(const XendomainsPlaces *places, const char *path, const char *name,
                             GError **error);
