/* A Xen host: its toolstack, its list, its config files. */
#pragma once

#include "reconcile/backend.h"
#include "xenbackend/libvirt.h"
#include "xenbackend/toolstack.h"
#include "xenbackend/xen_info.h"
#include "xenbackend/xend.h"
#include "xenbackend/xendomains.h"

typedef struct {
    const char *toolstack;  /* auto, xl, xm, sim */
    const char *config_dir; /* /etc/xen */
    const char *state_dir;  /* for copies of what is replaced, and the simulated host */
    guint list_timeout_ms;
    guint create_timeout_ms;
    const XendPlaces *xend; /* NULL: where xend keeps them */
    const char *const *ssh; /* the command that reaches another host; its address comes next */
    guint ask_timeout_ms;
    const char *migrate_transport; /* what xl uses in place of ssh; NULL: ssh */
    GHashTable *checks;            /* name -> char **: commands that tell readiness; NULL: none */
    guint check_timeout_ms;
} XenHostOptions;

typedef struct XenHost XenHost;

#define XEN_HOST_ERROR (xen_host_error_quark())
typedef enum {
    XEN_HOST_ERROR_TOOLSTACK, /* none, or an unknown one */
    XEN_HOST_ERROR_CONFIG,    /* a folder for config files, or what compares them, will not do */
    XEN_HOST_ERROR_FOLDER     /* the folder of config files cannot be used */
} XenHostError;
GQuark xen_host_error_quark(void);

/* Finds the toolstack and its program (toolstack_choose()). Runs nothing. */
XenHost *xen_host_open(const XenHostOptions *options, GError **error);
void xen_host_free(XenHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenHost, xen_host_free)

const Toolstack *xen_host_toolstack(const XenHost *host);
/* The absolute path of its program. */
const char *xen_host_program(const XenHost *host);
/* The boot of dom0 that this is; to be freed. NULL: it is not known. */
char *xen_host_read_boot_id(const XenHost *host);
/* What was found and taken where the choice of the toolstack was not plain, in one line; NULL: it
 * was. */
const char *xen_host_note(const XenHost *host);
/* The command that opens a domain's console, to be executed; NULL-terminated, to be freed with
 * g_strfreev(). NULL and an error where the toolstack would take another domain for it. */
char **xen_host_console_command(const XenHost *host, guint32 domid, GError **error);
/* What the toolstack needs in its environment beside the usual, as "NAME=value"; NULL: nothing. */
const char *xen_host_environment(const XenHost *host);
/* What goes into the comment of config files of domains that stand in TEXT, from now on: "fleet
 * lab, generation 42". */
void xen_host_set_origin(XenHost *host, const TrustedText *text, const char *origin);

/* The VNC password that goes into config files from now on; NULL: none. */
void xen_host_set_vnc_password(XenHost *host, const char *password);

/* Kernel arguments that are added to what is created from now on, without going into a config file.
 */
void xen_host_set_extra(XenHost *host, const char *extra);

/* The list, tried up to four times (after 0.3, 0.6 and 1.2 s) before it counts as unknown; one that
 * hangs is cut off at list_timeout_ms and not tried again. Never NULL; what went wrong is its
 * `trouble`. Where it takes two lists that do not agree after the last try, the rows in question
 * have no uuid. */
Observed *xen_host_observe(XenHost *host);
/* The same, and RUN(DATA) once while the list is made. */
Observed *xen_host_observe_while(XenHost *host, void (*run)(gpointer), gpointer data);
/* Fills the details of these domids; what cannot be seen stays unseen. */
void xen_host_observe_details(XenHost *host, Observed *observed, const GArray *domids);
/* The same by one command for all of them. FALSE: it failed, or what it printed cannot be read, or
 * the toolstack has none; *trouble says so (NULL: it has none), to be freed. */
gboolean xen_host_observe_all_details(XenHost *host, Observed *observed, const GArray *domids,
                                      char **trouble);
/* Makes the folder of config files if it is not there, and sees whether files can be made in it.
 * XEN_HOST_ERROR_FOLDER. */
gboolean xen_host_prepare_configs(XenHost *host, GError **error);
/* Compares the config files of the spec's domains on this host, and of recorded ones, with what
 * they should be: a table for Observed.configs; a folder that is not there has none. NULL and
 * XEN_HOST_ERROR_FOLDER where it cannot be read; else the error is that a config cannot be written
 * as Xen would read it. */
GHashTable *xen_host_compare_configs(XenHost *host, const Spec *desired, const Record *record,
                                     const char *host_name, GError **error);
/* The config file of a domain as it is against what it is to be (gone, without a `domain`),
 * comments aside and passwords masked, as a unified diff; "" when they are the same. To be freed.
 * NULL and an error when it cannot be told. */
char *xen_host_diff_config(XenHost *host, const ConfigFile *file, GError **error);
/* What xendomains would start or restore at the next boot, looked at anew. Never NULL. */
Xendomains *xen_host_look_at_xendomains(const XenHost *host);
/* What libvirt has here, looked at anew. Never NULL. */
Libvirt *xen_host_look_at_libvirt(const XenHost *host);
/* Removes what a run that was killed while it wrote config files has left beside them. */
void xen_host_remove_leftovers(const XenHost *host);
/* `xl info`; NULL and an error when the command fails. */
XenInfo *xen_host_info(XenHost *host, GError **error);
/* How much memory is free for guests, by INFO (NULL: not known). -1: that is not known, or the
 * toolstack takes memory from dom0 where it is short, so that what is free says nothing. */
gint64 xen_host_free_memory_mib(const XenHost *host, const XenInfo *info);

/* A command of an earlier life of ours that still works on an operation: its pid, or 0. */
GPid xen_host_find_operation(const char *operation_id);

/* Fills the functions of a backend that concern the host (start, wait, finish, observe,
 * write_config, remove_config, now_ms, now); `data` is HOST. */
void xen_host_fill_backend(XenHost *host, Backend *backend);
