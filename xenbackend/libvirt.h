/* What libvirt has on this host (libvirt src/libxl/libxl_conf.h): of each of its domains the
 * definition, what it knows of one that runs, and the image of one that it saved. It starts them at
 * boot or when somebody asks it to, and does not see what another program does with them. */
#pragma once

#include <glib.h>

typedef struct Libvirt Libvirt;

/* Reads each of its folders once, below ROOT ("": this machine's; NULL: there are none). A folder
 * that is not there is empty; one that cannot be read may hold anything. Never NULL. */
Libvirt *libvirt_look(const char *root);
void libvirt_free(Libvirt *libvirt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Libvirt, libvirt_free)

/* Why a domain of this name must not be started, in words that name the way on. To be freed; NULL:
 * it may. */
char *libvirt_find_obstacle(const Libvirt *libvirt, const char *name);
