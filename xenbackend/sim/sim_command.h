/* One call of the simulated toolstack, and its subcommands. */
#pragma once

#include "xenbackend/sim/sim_fault.h"

#include <getopt.h>

/* libxl's error numbers that are printed or become exit codes (Xen libxl_types.idl). */
#define SIM_ERROR_NONSPECIFIC 1
#define SIM_ERROR_FAIL        3
#define SIM_ERROR_INVAL       6
#define SIM_ERROR_TIMEDOUT    9

#define DOM0_NAME "Domain-0"

typedef struct SimCommand SimCommand;

typedef struct {
    SimHost *host;
    const SimCommand *command;
    int argc;
    char **argv;       /* from the subcommand on */
    char **whole_argv; /* as called, for the log */
    GString *out;      /* stdout; printed at the end, so that a fault can spoil it */
    gboolean is_dry_run;
    SimFault *fault;
    int exit_code; /* of a call that ends early (sim_step, sim_option) */
} SimCall;

/* Returns the exit code. */
typedef int (*SimCommandFunction)(SimCall *call);

struct SimCommand {
    const char *name;
    SimCommandFunction run;
    const char *arguments;
    const char *summary;
    const char *options; /* NULL: none */
    gboolean has_dry_run;
    gboolean changes; /* xl shows its option -f for these */
};

extern const SimCommand sim_commands[];
extern const guint sim_commands_count;

/* The next option, -1 at the end, -2 when the call is over (help, a bad option, too few arguments):
 * then call->exit_code says how. Xen xl_utils.c:def_getopt. */
int sim_option(SimCall *call, const char *letters, const struct option *long_options,
               int arguments_min);
void sim_print_usage(SimCall *call, const SimCommand *command);
#define SIM_HELP_OPTION                                                                            \
    {                                                                                              \
        "help", 0, NULL, 'h'                                                                       \
    }

/* A step of a command, where a fault may strike. TRUE: the call is over, with call->exit_code.
 * Never call it with the lock held. */
gboolean sim_step(SimCall *call, const char *step);
void sim_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
void sim_sleep_ms(gint64 duration_ms);
/* Appends the call to the log, if there is one. */
void sim_log(const SimCall *call, const char *how);

/* A name or an id (digits are always an id; "" is 0) -> an id. FALSE: said on stderr. */
gboolean sim_resolve(const GPtrArray *domains, const char *text, gint64 *domid);
/* TRUE and no message: as above, for callers with a message of their own. */
gboolean sim_lookup(const GPtrArray *domains, const char *text, gint64 *domid);

/* What several commands share. */
void sim_print_destroy_trail(gint64 domid);
/* What is said when the script that adds (ACTION online) or removes a vif finds no such bridge. */
void sim_print_bridge_failure(const char *action, const char *bridge);
/* Gives the domain the memory that its target asks for, as far as there is free memory. */
void sim_balloon(const SimHost *host, const GPtrArray *domains, SimDomain *domain);
/* Name of the domain with this id, NULL: none. */
const char *sim_name_of(const GPtrArray *domains, gint64 domid);
/* The six letters. */
void sim_state_letters(const SimHost *host, const SimDomain *domain, gint64 now_ms,
                       char letters[7]);
float sim_cpu_seconds(const SimDomain *domain, gint64 now_ms);
float sim_dom0_cpu_seconds(const SimHost *host, gint64 now_ms);
/* Leaves the process that stands for xl's monitor, if the settings want one; 0: none was left. */
gint64 sim_start_monitor(SimHost *host, const char *uuid);

/* How a toolstack makes a domain. */
typedef struct {
    gboolean is_paused, has_no_monitor;
    /* A daemon builds it, whatever becomes of the command: it is there at once or not at all. */
    gboolean is_built_by_daemon;
    int failure; /* the exit code of a domain that is refused */
    /* Everything that is found out on the way; FALSE: said on stderr. */
    gboolean (*check)(const SimHost *host, const GPtrArray *domains, gint64 domid,
                      const SimGuest *guest);
} SimCreation;

/* Makes the domain with all steps of `create`; TEXT is stored as its config. Returns the exit code;
 * *domid is its id. */
int sim_create_domain(SimCall *call, const SimCreation *creation, const SimGuest *guest,
                      const char *text, gint64 *domid);

int sim_command_list(SimCall *call);
int sim_command_vm_list(SimCall *call);
int sim_command_vcpu_list(SimCall *call);
int sim_command_uptime(SimCall *call);
int sim_command_info(SimCall *call);
int sim_command_create(SimCall *call);
int sim_command_config_update(SimCall *call);
int sim_command_shutdown(SimCall *call);
int sim_command_reboot(SimCall *call);
int sim_command_destroy(SimCall *call);
int sim_command_pause(SimCall *call);
int sim_command_unpause(SimCall *call);
int sim_command_domid(SimCall *call);
int sim_command_domname(SimCall *call);
int sim_command_rename(SimCall *call);
int sim_command_console(SimCall *call);
int sim_command_mem_set(SimCall *call);
int sim_command_mem_max(SimCall *call);
int sim_command_vcpu_set(SimCall *call);
int sim_command_vcpu_pin(SimCall *call);
int sim_command_cpupool_migrate(SimCall *call);
int sim_command_sched_credit(SimCall *call);
int sim_command_sched_credit2(SimCall *call);
int sim_command_migrate(SimCall *call);
int sim_command_block_attach(SimCall *call);
int sim_command_block_detach(SimCall *call);
int sim_command_block_list(SimCall *call);
int sim_command_network_attach(SimCall *call);
int sim_command_network_detach(SimCall *call);
int sim_command_network_list(SimCall *call);
int sim_command_cd_insert(SimCall *call);
int sim_command_cd_eject(SimCall *call);

/* `xensim sim ...`: the simulator's own commands. */
int sim_administer(SimHost *host, int argc, char **argv);
