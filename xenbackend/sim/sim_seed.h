/* Many running domains at once, without a create for each. */
#pragma once

#include "xenbackend/sim/sim_host.h"

typedef struct {
    gint64 count; /* of made-up domains, PREFIX1, PREFIX2, ... */
    const char *prefix;
    gint64 memory_mib, vcpus;
    const char *folder;       /* of *.cfg files, NULL: none */
    const char *const *files; /* config files, NULL-terminated; may be NULL */
} SimSeed;

/* Adds the domains, booted and running. FALSE and G_FILE_ERROR at the first that cannot be; those
 * before it are there. Memory is not checked. */
gboolean sim_seed(SimHost *host, const SimSeed *seed, guint *added, GError **error);
