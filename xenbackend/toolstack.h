/* The toolstacks: how each calls its commands. TO ADD ONE: add a row in toolstack.c, and a reader
 * for its list if that differs. */
#pragma once

#include "reconcile/backend.h"

typedef struct {
    const char *name;    /* as in --toolstack */
    const char *program; /* what is looked for on PATH */
    gboolean is_simulated;
    gboolean needs_root;
    /* The option of `migrate` that says what to use in place of ssh; NULL: there is none. */
    const char *migrate_transport;
    /* Arguments behind the program; NULL-terminated. "%d" is the domain's id, "%f" its config file,
     * "%m" its memory in MiB, "%v" its virtual CPUs, "%w" its weight, "%c" its cap. TOOL_MIGRATE's
     * are followed by a transport, if there is to be one, the id, and the address. */
    const char *list[4];
    const char *details[5];
    const char *info[2];
    const char *console[3];
    const char *tools[TOOL_MIGRATE + 1][8];
} Toolstack;

/* The row of this name, or NULL. */
const Toolstack *toolstack_find(const char *name);
/* The names that --toolstack takes, for messages. */
extern const char toolstack_names[];

/* Fills the placeholders of a row's arguments and puts PROGRAM before them. DOMAIN may be NULL
 * where no placeholder needs it. To be freed with g_strfreev(). */
char **toolstack_arguments(const char *program, const char *const *arguments, guint32 domid,
                           const Domain *domain, const char *config_path);
