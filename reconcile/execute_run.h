/* One action while it is carried out; for execute*.c alone. */
#pragma once

#include "reconcile/execute.h"

typedef struct Execution Execution;
typedef struct Run Run;

typedef enum { RUN_NOT_BEGUN, RUN_IN_COMMAND, RUN_AWAITS_LOOK, RUN_ENDED } RunState;

/* How far a change of a domain that runs has come. */
typedef struct {
    gboolean has_failed; /* one of its commands has */
    gboolean was_undone; /* that was seen before the first */
    gboolean was_done;
} LiveProgress;

struct Run {
    Execution *execution;
    const Action *action;
    RunState state;
    Outcome outcome;
    gboolean blocks_starts; /* action_blocks_starts() of the action that it began with */
    char *operation_id;     /* NULL: the run has not begun */
    guint32 domid;          /* of the domain that it acts on; 0: none yet */
    gint64 begun_ms;
    /* In a command. */
    gpointer command;
    void (*on_ended)(Run *run, const ToolResult *result);
    char *complaint;     /* what a command said that did not succeed */
    ToolRequest request; /* what the command is to do beside what its action says */
    /* Of a live change: its commands, the next one, and what is known of each change. */
    GArray *steps; /* of LiveStep; NULL: it has none */
    guint next_step;
    LiveProgress *live;
    /* What it ends in when its config file is written. */
    ActionResult result;
    char *message;
    gboolean was_cut_off;
    /* Awaiting a look. */
    gint64 look_due_ms;
    guint look_pause_ms; /* grows while the same thing is waited for */
    void (*on_look)(Run *run, const Observed *observed);
    /* Waiting for an end; a time is -1 while it is not set. */
    gint64 deadline_ms;
    gint64 shut_down_since_ms;
    gint64 missing_since_ms;
    gboolean is_destroying;
    const char *forced_because; /* a living one was destroyed; NULL: none was */
    gboolean may_come_back;     /* Xen's monitor may start it again when it has ended */
    void (*on_stopped)(Run *run);
    /* Of a domain that is watched until it is ready. */
    gboolean is_watch;
    guint start;     /* the index of the run that starts it; G_MAXUINT: it should run already */
    gint64 since_ms; /* since when it runs, as far as is known */
    /* Of a migration. */
    gboolean is_asking; /* the command asks another host */
    HostAnswer *answer; /* what that said, checked; NULL: nothing was asked yet */
    void (*on_answered)(Run *run);
    gint64 late_ms;      /* when the command is waited for no more; 0: it has limits of its own */
    const char *failure; /* the name of what went wrong; NULL: none is known */
    gboolean is_failure_lasting;
    gboolean has_memory; /* it counts among the execution's memory_users */
    /* Of a create: what the domain ran with before; NULL: not known. */
    char *settings_before;
    char *
        unreverted; /* why it failed before what ran was put back; NULL: it is as the plan has it */
};

struct Execution {
    const Plan *plan;
    Record *record;
    const Backend *backend;
    const ExecuteLimits *limits;
    Run *runs; /* one for each action */
    guint count;
    Run *watches;            /* one for each watch of the plan; no actions of their own */
    guint watching;          /* how many of them are under way */
    GPtrArray *under_way;    /* of Run: in a command, or awaiting a look */
    guint first_open;        /* all runs before this one have ended */
    guint stops_open;        /* runs that have not ended and that every start waits for */
    gboolean has_news;       /* a run has ended since it was last looked what may begin */
    Observed *latest;        /* the latest list; NULL: none yet */
    gint64 latest_ms;        /* when it was asked for */
    gboolean is_latest_lent; /* it is the one that the plan was made of */
    guint bad_looks;         /* lists in a row that were not complete */
    /* The free memory of the host when it was last asked for, less what runs have been promised
     * since. */
    gboolean was_memory_asked;
    gboolean is_memory_known;
    gint64 memory_left_mib;
    guint memory_users; /* runs that were promised some and have not ended */
    /* Why nothing more is begun: the record cannot be written, or the list is not known. NULL:
     * nothing stands in the way. */
    char *stopped_by;
};

/* What every step uses (execute_run.c). */

gint64 run_now_ms(const Run *run);
/* Ends the run; an empty text is no message. */
void run_end(Run *run, ActionResult result, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Ends the run as held. */
void run_hold(Run *run, HoldKind hold, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Puts down that the operation is over and ends the run as failed, with what a command complained
 * of behind WHAT. */
void run_fail(Run *run, const char *what);
/* Ends the run as in conflict: COUNT domains have its uuid. */
void run_hold_twice(Run *run, guint count);
/* Ends what has not ended, and begins nothing more. */
void execution_stop(Execution *execution, const char *why);

/* Looks as soon as possible, then calls ON_LOOK with a complete list. */
void run_look(Run *run, void (*on_look)(Run *, const Observed *));
/* Looks again after a pause that grows. */
void run_look_again(Run *run);
/* As run_look(), but takes the latest list if it is fresh. */
void run_look_fresh(Run *run, void (*on_look)(Run *, const Observed *));
/* Asks for the details of a row of the latest list. */
void run_look_closer(Run *run, const ObservedDomain *row);
/* The same, where what was known of them may not be so any more. FALSE: they are not to be had. */
gboolean run_look_closer_again(Run *run, const ObservedDomain *row);
void run_command(Run *run, ToolCommand command, void (*on_ended)(Run *, const ToolResult *));

/* The run's row by its uuid, or NULL. *count: how many there are. */
const ObservedDomain *run_find_row(const Run *run, const Observed *observed, guint *count);
/* What is recorded of the action's domain, also under a name that the spec had for it before; NULL:
 * nothing. */
const RecordDomain *run_find_recorded(const Run *run);
/* The run's row, if it is there once, with the id and the name that the plan saw, and neither
 * ending nor on its way. NULL: it is not, and the run has ended as held. */
const ObservedDomain *run_find_planned(Run *run, const Observed *observed);
/* The same, if it has not shut down either. */
const ObservedDomain *run_find_living(Run *run, const Observed *observed);
/* Is it ending, or nearly gone? */
gboolean row_is_going(const ObservedDomain *row);

/* A copy of what is recorded of the run's domain, to be changed and noted. */
RecordDomain *run_record(const Run *run);
/* Puts it down durably and into the record; takes it over. FALSE: the run has ended as failed, and
 * nothing more is begun. */
gboolean run_note(Run *run, RecordDomain *domain);
/* Puts down what is about to be done. FALSE: as run_note(). */
gboolean run_note_begun(Run *run, Operation operation);
/* Puts down that the run's operation is over. FALSE: as run_note(). */
gboolean run_note_over(Run *run);
/* Writes the domain's config file and puts its digest into RECORD. FALSE: the run has ended as
 * failed. */
gboolean run_write_config(Run *run, RecordDomain *record);
/* Removes the config files of names that the domain had before, before its record goes: a link to
 * one could start it at boot. Those that xensure did not write, or that another has by now, stay.
 */
gboolean run_remove_former_configs(Run *run, GError **error);
/* The config file of the run's domain. */
ConfigFile run_config_file(const Run *run);

/* Are all domains ready that it waits for? FALSE: they may be later, or it has ended as held
 * (execute_ready.c). */
gboolean run_sees_ready(Run *run);

/* Promises the run the memory that it takes. FALSE: there is too little now, and it may begin
 * later, or it has ended as held (execute_memory.c). */
gboolean run_takes_memory(Run *run);
void run_returns_memory(Run *run);

/* Does every start wait for it? */
gboolean action_blocks_starts(const Action *action);

/* Where the kinds of actions begin. */
void run_begin_create(Run *run);  /* execute_create.c */
void run_begin_unpause(Run *run); /* execute_create.c */
void run_begin_stop(Run *run);    /* execute_stop.c: shutdown, and restart's first half */
void run_begin_destroy(Run *run); /* execute_stop.c */
void run_begin_migrate(Run *run); /* execute_migrate.c */
/* The command that asks another host has ended (execute_migrate.c). */
void run_answered(Run *run);
/* A command that is never broken off is waited for no more (execute_migrate.c). */
void run_is_late(Run *run);
void run_begin_change(Run *run); /* execute_change.c: everything else */
void run_begin_live(Run *run);   /* execute_live.c: what is changed while the domain runs */
/* execute_config.c: of what is held, which brings its config for the guest's own reboot */
void run_begin_held(Run *run);

/* Writes the config file, has Xen's monitor given it where it needs it for the guest's own reboot,
 * puts RECORD down (takes it over), and ends the run with RESULT (execute_config.c). MUST_STORE: it
 * needs it whatever the record says. An empty message is none. */
void run_bring_config(Run *run, RecordDomain *record, gboolean must_store, ActionResult result,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);
