/* What a XenHost consists of; for xen_host*.c alone. */
#pragma once

#include "reconcile/host_answer.h"
#include "xenbackend/xen_host.h"

struct XenHost {
    const Toolstack *toolstack;
    char *program;
    char *note;            /* of the choice of the toolstack */
    GHashTable *ids_taken; /* of the last list; NULL: none was made */
    char *config_dir;
    char *replaced_dir;
    char *sim_dir; /* of the simulated host; NULL: a real one */
    /* What stands before a path of dom0: "" for a real host; of a simulated one a folder of its
     * own, and NULL where it has none, so that nothing of dom0 can be looked at. */
    char *root;
    char *environment;   /* "XENSIM_DIR=..."; NULL: nothing */
    GHashTable *origins; /* const TrustedText -> what comments say of domains in it */
    char *vnc_password;  /* NULL: none */
    char *extra;         /* kernel arguments of the next create; NULL: none */
    gint64 looked_ms;    /* what looks at files of dom0 have taken */
    guint list_timeout_ms;
    guint create_timeout_ms;
    char **ssh;
    guint ask_timeout_ms;
    char *migrate_transport; /* NULL: xl's own */
    GHashTable *checks;      /* name -> char **; NULL: none */
    guint check_timeout_ms;
};

/* Starts a check (xen_host_ready.c). */
gpointer xen_host_start_check(gpointer host, const char *name, GError **error);
/* The same as xen_host_free_memory_mib(), asked anew (xen_host_memory.c). */
gint64 xen_host_ask_free_memory_mib(gpointer host);
/* Asking another host (xen_host_ask.c); a command of xenbackend/command.h, and what it said. */
gpointer xen_host_ask_start(gpointer host, const char *address, GError **error);
HostAnswer *xen_host_ask_finish(gpointer host, gpointer command);

/* Writes the text that the domain's config file is to have, without its comment, into OUT, which is
 * empty. Fails as xen_config_write(); OUT is then of no use. */
gboolean xen_host_write_text(const XenHost *host, const Domain *domain, const char *uuid,
                             GString *out, GError **error);
/* <config_dir>/<name>.cfg, to be freed. */
char *xen_host_config_path(const XenHost *host, const char *name);
/* The functions of a backend (xen_host_config.c, xen_host_boot.c). */
gboolean xen_host_remove_boot_links(gpointer host, const char *name, GError **error);
char **xen_host_find_boot_links(gpointer host, const char *name);
gboolean xen_host_put_boot_link(gpointer host, const char *path, const char *name, GError **error);
gboolean xen_host_write_config(gpointer host, const ConfigFile *file, char **digest,
                               GError **error);
gboolean xen_host_remove_config(gpointer host, const ConfigFile *file, GError **error);
