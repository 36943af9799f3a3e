/* One run: read the spec, look at the host, plan, and carry out. */
#pragma once

#include "agent/agent_config.h"
#include "agent/options.h"
#include "agent/state.h"
#include "reconcile/execute.h"
#include "xenbackend/xen_host.h"

/* Everything that a run has found out; what was not reached is NULL. */
typedef struct {
    const Options *options;
    Problems *problems; /* of the spec and of agent.yaml */
    GHashTable *paths;  /* of files that the spec was read from */
    AgentConfig *config;
    char *config_path; /* of the file that was read; NULL: there is none */
    char *host_name;
    char *state_dir;
    char **ssh; /* the command that reaches another host */
    Spec *spec;
    XenHost *host;
    State *state;
    Record *record;
    GHashTable *busy;           /* names */
    GHashTable *missing_before; /* uuids; NULL: no second look was taken */
    Observed *observed;
    gboolean details_were_asked;
    GHashTable *answers; /* host name -> HostAnswer; NULL: nobody was asked */
    XenInfo *info;       /* what Xen says of this node; NULL: it was not asked, or does not say */
    gboolean is_settled; /* the list changed the record */
    char *expired;
    char *suspended; /* why; NULL: it is not */
    Plan *plan;
    GHashTable *diffs; /* domain name -> unified diff of its config file; NULL: not asked for */
    GArray *outcomes;  /* of Outcome; NULL: nothing was carried out */
    char *error;       /* in words; NULL: none */
    int exit_code;
} Cycle;

/* Is told of each action that begins (OUTCOME NULL) and ends; the first argument is the Cycle. */
typedef void (*CycleProgress)(gpointer cycle, const Action *action, const Outcome *outcome);

void cycle_init(Cycle *cycle, const Options *options);
void cycle_clear(Cycle *cycle);

/* Ends a run early: keeps the sentence, makes the exit code worse. Always returns FALSE. */
gboolean cycle_fail(Cycle *cycle, int exit_code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Reads agent.yaml; knows then who this host is and where its folders are. */
gboolean cycle_read_config(Cycle *cycle);
/* What a spec is read for. To be carried out, it must lie where nobody else can write. */
typedef enum { SPEC_TO_CHECK, SPEC_TO_PLAN, SPEC_TO_APPLY } SpecUse;
/* Reads and checks the spec from PATHS (NULL: --spec, else the sources of agent.yaml). */
gboolean cycle_read_spec(Cycle *cycle, char **paths, SpecUse use);
/* The spec against this host: its name, and the fleet of agent.yaml. Looks at nothing else. */
gboolean cycle_check_host(Cycle *cycle);
/* The spec against what was applied here before: its fleet and generation, whether it has expired.
 * Needs the record. */
gboolean cycle_check_record(Cycle *cycle);
/* What the toolstack is to be found and driven by; points into CYCLE. */
XenHostOptions cycle_host_options(const Cycle *cycle);
/* Finds the toolstack; runs nothing and reads nothing. */
gboolean cycle_find_toolstack(Cycle *cycle);
/* Reads what is kept on disk: the record, and whether this host is suspended. */
gboolean cycle_read_state(Cycle *cycle);
/* Finds the toolstack and reads the state. LOCKED: takes the lock first, and needs the rights to
 * change things. */
gboolean cycle_open_host(Cycle *cycle, gboolean locked);
/* Looks at the host and makes the plan, with the second look and the details that it asks for.
 * WAITS: waits for commands of an earlier run that still work. */
gboolean cycle_make_plan(Cycle *cycle, gboolean waits);
/* What the plan changes in config files. */
gboolean cycle_make_diffs(Cycle *cycle);
/* Carries the plan out and puts the record in order. */
gboolean cycle_apply(Cycle *cycle, CycleProgress progress);
