/* The simulated host as xm and xend show it: Xen up to 4.4, tools/python/xen. */
#pragma once

#include "xenbackend/sim/sim_command.h"

/* The exit code for a domain that does not exist (xend/XendClient.py: ERROR_INVALID_DOMAIN). */
#define XM_NO_DOMAIN 3

extern const SimCommand xm_commands[];
extern const guint xm_commands_count;

/* "Error: ..." on stderr. Returns 1, the exit code of most failures. */
int xm_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The same, and the usage of the command on stdout. */
int xm_fail(SimCall *call, const char *format, ...) G_GNUC_PRINTF(2, 3);
void xm_print_usage(SimCall *call, const SimCommand *command);

/* Reads the options of a command as getopt does; letters that were given are set in *given (bit 0:
 * the first of LETTERS). FALSE: it is over, with call->exit_code. Exactly LEAST to MOST arguments
 * are left from call->argv[optind]. */
gboolean xm_options(SimCall *call, const char *letters, const struct option *long_options,
                    guint *given, int least, int most);

/* Domains that xend has kept for later starts and that do not run. */
typedef struct {
    char *name;
    char uuid[37];
    gint64 memory_mib, vcpus;
} XmHalted;
/* All but those that run under DOMAINS' uuids; of XmHalted. */
GPtrArray *xm_halted_read(const SimHost *host, const GPtrArray *domains);

/* A name, an id or a uuid -> a domain that runs, in this order; a name of a halted one is none.
 * NULL: said on stderr, and call->exit_code says how it ends. */
SimDomain *xm_find(SimCall *call, const GPtrArray *domains, const char *text);
/* Does xend show it? Not what is being built, is about to be restarted, or is dying. */
gboolean xm_is_listed(const SimDomain *domain);

int xm_command_list(SimCall *call);
int xm_command_info(SimCall *call);
int xm_command_create(SimCall *call);
int xm_command_mem_set(SimCall *call);
int xm_command_vcpu_set(SimCall *call);
int xm_command_sched_credit(SimCall *call);
