/* What a XenHost consists of; for xen_host*.c alone. */
#pragma once

#include "reconcile/host_answer.h"
#include "xenbackend/xen_host.h"

struct XenHost {
    const Toolstack *toolstack;
    char *program;
    char *config_dir;
    char *replaced_dir;
    char *sim_dir;     /* of the simulated host; NULL: a real one */
    char *environment; /* "XENSIM_DIR=..."; NULL: nothing */
    char *origin;
    char *extra; /* kernel arguments of the next create; NULL: none */
    guint list_timeout_ms;
    guint create_timeout_ms;
    char **ssh;
    guint ask_timeout_ms;
    char *migrate_transport; /* NULL: xl's own */
};

/* Asking another host (xen_host_ask.c); a command of xenbackend/command.h, and what it said. */
gpointer xen_host_ask_start(gpointer host, const char *address, GError **error);
HostAnswer *xen_host_ask_finish(gpointer host, gpointer command);

/* <config_dir>/<name>.cfg, to be freed. */
char *xen_host_config_path(const XenHost *host, const char *name);
/* The functions of a backend (xen_host_config.c). */
gboolean xen_host_write_config(gpointer host, const ConfigFile *file, char **digest,
                               GError **error);
gboolean xen_host_remove_config(gpointer host, const ConfigFile *file, GError **error);
