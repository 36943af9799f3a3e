/* One action while it is carried out; for execute*.c alone. */
#pragma once

#include "reconcile/execute.h"

typedef struct Execution Execution;
typedef struct Run Run;

typedef enum { RUN_NOT_BEGUN, RUN_IN_COMMAND, RUN_AWAITS_LOOK, RUN_ENDED } RunState;

struct Run {
    Execution *execution;
    const Action *action;
    RunState state;
    Outcome outcome;
    char *operation_id;
    guint32 domid;
    gint64 begun_ms;
    /* In a command. */
    gpointer command;
    void (*on_ended)(Run *run, const ToolResult *result);
    char *complaint; /* what a command said that did not succeed */
    gboolean was_cut_off;
    /* Awaiting a look. */
    gint64 look_due_ms;
    guint look_pause_ms; /* grows while the same thing is waited for */
    guint bad_looks;
    void (*on_look)(Run *run, const Observed *observed);
    /* Waiting for an end. */
    gint64 deadline_ms;
    gint64 shut_down_since_ms;
    gboolean is_destroying;
    void (*on_stopped)(Run *run);
};

struct Execution {
    const Plan *plan;
    Record *record;
    const Backend *backend;
    const ExecuteLimits *limits;
    Run *runs; /* one for each action */
    guint count;
    const Observed *latest;
    Observed *own; /* the latest list, where it is ours */
    gint64 latest_ms;
};

/* What every step uses (execute.c). */
gint64 run_now_ms(const Run *run);
void run_end(Run *run, ActionResult result, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Ends the run as held. */
void run_hold(Run *run, HoldKind hold, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Looks as soon as possible, then calls ON_LOOK with a complete list. */
void run_look(Run *run, void (*on_look)(Run *, const Observed *));
/* Looks again after a pause that grows. */
void run_look_again(Run *run);
/* As run_look(), but takes the latest list if it is fresh. */
void run_look_fresh(Run *run, void (*on_look)(Run *, const Observed *));
void run_command(Run *run, ToolCommand command, void (*on_ended)(Run *, const ToolResult *));
/* A copy of what is recorded of the run's domain, to be changed and noted. */
RecordDomain *run_record(const Run *run);
/* Puts it down durably and into the record; takes it over. FALSE: the run has ended as failed. */
gboolean run_note(Run *run, RecordDomain *domain);
/* Writes the domain's config file and puts its digest into RECORD. FALSE: the run has ended as
 * failed. */
gboolean run_write_config(Run *run, RecordDomain *record);
/* The config file of the run's domain. */
ConfigFile run_config_file(const Run *run);
/* The run's row by its uuid, or NULL. *count: how many there are. */
const ObservedDomain *run_find_row(const Run *run, const Observed *observed, guint *count);

/* Where the kinds of actions begin. */
void run_begin_create(Run *run);  /* execute_create.c */
void run_begin_unpause(Run *run); /* execute_create.c */
void run_begin_stop(Run *run);    /* execute_stop.c: shutdown, and restart's first half */
void run_begin_destroy(Run *run); /* execute_stop.c */
void run_begin_change(Run *run);  /* execute_change.c: everything else */
