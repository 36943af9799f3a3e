/* The toolstacks: how each calls its commands, and who reads what they print. TO ADD ONE: add a row
 * in toolstack.c, and a reader for its lists if they differ. */
#pragma once

#include "reconcile/backend.h"
#include "xenbackend/xen_config.h"

typedef struct {
    const char *name;    /* as in --toolstack */
    const char *program; /* what is looked for on PATH */
    gboolean is_simulated;
    gboolean needs_root;
    /* Whose keys it has. It takes one of a later release without a word, and does nothing with it.
     */
    XenDialect keys;
    /* Where an id is due it looks for a domain of that name first. */
    gboolean finds_names_first;
    /* It pastes the path of a config file into a program. */
    gboolean executes_paths;
    const ConfigDialect *dialect; /* of its config files */
    /* Where its own settings are, which say whether it takes memory from dom0 for guests; NULL: it
     * may, and nothing tells. */
    const char *settings;
    /* The option of `migrate` that says what to use in place of ssh; NULL: there is none. */
    const char *migrate_transport;
    /* Arguments behind the program; NULL-terminated. "%d" is the domain's id, "%f" its config file,
     * "%m" its memory in MiB, "%v" its virtual CPUs, "%w" its weight, "%c" its cap, "%p" its pool.
     * Of pinning, "%u" is the virtual CPU, "%h" and "%s" where it may and where it should run. Of a
     * device, "%i" is its identity, "%a" its specification as in a config file, "%k" the same as an
     * argument for each key, and "%t" its path. TOOL_MIGRATE's are followed by a transport, if
     * there is to be one, the id, and the address. */
    const char *list[4];
    const char *identities[4]; /* a second list, which says who the domains are; empty: none */
    const char *details[5];
    const char *details_of_all[4]; /* the same of all domains; empty: none */
    const char *info[2];
    const char *console[3];
    const char *tools[TOOL_COUNT][8];
    /* What its commands say when they did nothing and exit with 0 all the same; NULL-terminated. */
    const char *refusals[2];
    /* Read what `list` and `details` print. */
    void (*read_list)(const char *text, gsize length, Observed *observed);
    gboolean (*read_details)(const char *text, gsize length, ObservedDomain *domain,
                             char **trouble);
    gboolean (*read_details_of_all)(const char *text, gsize length, Observed *observed,
                                    const GArray *domids, char **trouble);
    /* Reads what `identities` prints into what read_list() has read. FALSE: the lists do not agree,
     * and are best made again. NULL where there is no second list. */
    gboolean (*read_identities)(const char *text, gsize length, Observed *observed);
} Toolstack;

/* Is the command one that it is driven by? */
gboolean toolstack_has(const Toolstack *toolstack, ToolCommand command);
/* The row of this name, or NULL. */
const Toolstack *toolstack_find(const char *name);
/* Is it a name that --toolstack takes: that of a row, or auto? */
gboolean toolstack_is_name(const char *name);
/* The names that --toolstack takes, for messages. */
extern const char toolstack_names[];

/* Fills the placeholders of a row's arguments and puts PROGRAM before them. DOMAIN may be NULL
 * where no placeholder needs it. To be freed with g_strfreev(). */
char **toolstack_arguments(const char *program, const char *const *arguments, guint32 domid,
                           const Domain *domain, const char *config_path);
/* The same for a command of a plan, with all that a request tells. NULL and XEN_CONFIG_ERROR_VALUE
 * where a device cannot be written as Xen would read it, or the toolstack has no such command. */
char **toolstack_tool_arguments(const Toolstack *toolstack, const char *program,
                                const ToolRequest *request, const char *config_path,
                                GError **error);
/* Which live changes it has no command for: bits 1u << KeyLive. SCHEDULER: of the host, "credit2";
 * NULL: not known. */
guint toolstack_cannot_change(const Toolstack *toolstack, const char *scheduler);
