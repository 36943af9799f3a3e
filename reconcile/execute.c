/* Which action is carried out when; execute_run.c has what the steps of an action use. */
#include "reconcile/execute_run.h"

#include "reconcile/plan_steps.h"

#include <string.h>

/* Lists in a row that are not complete before the run gives up; each was tried several times. */
#define BAD_LOOKS_MOST 5
#define WAIT_MOST_MS   60000
#define TICK_MS        1000

G_DEFINE_QUARK(xensure_backend_error, backend_error)

const char *action_result_name(ActionResult result)
{
    static const char *const names[] = {
        [RESULT_DONE] = "done", [RESULT_FAILED] = "failed", [RESULT_HELD] = "held"};
    return names[result];
}

/* ---- beginning ---- */

/* Is everything that the run needs done? Ends the run where what it needs will not come. */
static gboolean has_what_it_needs(Run *run)
{
    for (guint i = 0; i < run->action->needs->len; i++) {
        const Run *needed = &run->execution->runs[g_array_index(run->action->needs, guint, i)];
        if (needed->state != RUN_ENDED) {
            return FALSE;
        }
        if (needed->outcome.result != RESULT_DONE &&
            plan_must_succeed(needed->action, run->action)) {
            run_hold(run, HOLD_WAIT, "the %s of %s, which comes before it, %s",
                     action_kind_name(needed->action->kind), needed->action->name,
                     needed->outcome.result == RESULT_FAILED ? "failed" : "is held");
            return FALSE;
        }
    }
    return TRUE;
}

/* A start waits until everything else has ended that frees what it may need, but not for a
 * migration, which may take hours. */
static gboolean is_ready(Run *run)
{
    if (run->action->hold != HOLD_NONE) {
        return TRUE; /* it brings its config file, and nothing else */
    }
    return (run->action->kind != ACTION_CREATE || run->execution->stops_open == 0) &&
           has_what_it_needs(run) && run_sees_ready(run) && run_takes_memory(run);
}

static void begin_kind(Run *run)
{
    switch (run->action->kind) {
    case ACTION_CREATE:
        run_begin_create(run);
        break;
    case ACTION_SHUTDOWN:
    case ACTION_RESTART:
        run_begin_stop(run);
        break;
    case ACTION_DESTROY:
        run_begin_destroy(run);
        break;
    case ACTION_UNPAUSE:
        run_begin_unpause(run);
        break;
    case ACTION_PAUSE:
    case ACTION_WRITE_CONFIG:
    case ACTION_REMOVE_CONFIG:
    case ACTION_ADOPT:
        run_begin_change(run);
        break;
    case ACTION_SET_MEMORY:
    case ACTION_SET_VCPUS:
    case ACTION_SET_SCHEDULER:
    case ACTION_ATTACH_DISK:
    case ACTION_DETACH_DISK:
    case ACTION_ATTACH_VIF:
    case ACTION_DETACH_VIF:
    case ACTION_CHANGE_CD:
        run_begin_live(run);
        break;
    case ACTION_MIGRATE:
        run_begin_migrate(run);
        break;
    }
}

/* What xendomains would start at boot must not be what this action is about to stop. A migration
 * looks first whether it may begin, and puts down which link it takes away. */
static gboolean remove_boot_links(Run *run)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    if (!run->action->removes_boot_link || run->action->kind == ACTION_MIGRATE ||
        backend->remove_boot_links(backend->data, run->action->name, &error)) {
        return TRUE;
    }
    run_end(run, RESULT_FAILED, "xendomains would start it at boot: %s", error->message);
    return FALSE;
}

static void begin(Run *run)
{
    Execution *execution = run->execution;
    const Backend *backend = execution->backend;
    run->begun_ms = run_now_ms(run);
    run->operation_id = backend->make_operation_id(backend->data);
    run->domid = run->action->seen != NULL ? run->action->seen->domid : 0;
    g_ptr_array_add(execution->under_way, run);
    if (run->action->hold != HOLD_NONE) {
        run_begin_held(run);
        return;
    }
    backend->progress(backend->progress_data, run->action, NULL);
    if (remove_boot_links(run)) {
        begin_kind(run);
    }
}

/* What is only watched takes nobody's place. */
static gboolean has_room(const Execution *execution, guint parallel)
{
    return execution->under_way->len - execution->watching < parallel;
}

/* What has begun goes on to its end: half of a restart is worse than a whole one. */
static void heed_halt(Execution *execution)
{
    const Backend *backend = execution->backend;
    g_autofree char *why = backend->find_halt(backend->progress_data);
    if (why != NULL) {
        execution_stop(execution, why);
    }
}

static void begin_what_is_ready(Execution *execution)
{
    guint parallel = MAX(execution->limits->parallel, 1);
    /* An end may let earlier ones begin, so that all are asked again until nothing is new. */
    while (execution->has_news && execution->stopped_by == NULL && has_room(execution, parallel)) {
        execution->has_news = FALSE;
        while (execution->first_open < execution->count &&
               execution->runs[execution->first_open].state == RUN_ENDED) {
            execution->first_open++;
        }
        guint i = execution->first_open;
        for (;
             i < execution->count && has_room(execution, parallel) && execution->stopped_by == NULL;
             i++) {
            Run *run = &execution->runs[i];
            if (run->state == RUN_NOT_BEGUN && is_ready(run)) {
                heed_halt(execution);
                if (execution->stopped_by == NULL) {
                    begin(run);
                }
            }
        }
        /* Those that were not asked for want of room are asked when a run has ended. */
    }
}

/* ---- going on ---- */

static gboolean is_look_due(const Execution *execution)
{
    gint64 now_ms = execution->backend->now_ms(execution->backend->data);
    for (guint i = 0; i < execution->under_way->len; i++) {
        const Run *run = g_ptr_array_index(execution->under_way, i);
        if (run->state == RUN_AWAITS_LOOK && run->look_due_ms <= now_ms) {
            return TRUE;
        }
    }
    return FALSE;
}

static GPtrArray *find_waiting(const Execution *execution, RunState state)
{
    GPtrArray *runs = g_ptr_array_new();
    for (guint i = 0; i < execution->under_way->len; i++) {
        Run *run = g_ptr_array_index(execution->under_way, i);
        if (run->state == state) {
            g_ptr_array_add(runs, run);
        }
    }
    return runs;
}

/* The list is not known: those that wait for it wait on, but not for ever. */
static void bear_bad_look(Execution *execution, GPtrArray *waiting)
{
    gboolean is_enough = ++execution->bad_looks >= BAD_LOOKS_MOST;
    g_autofree char *why = g_strdup_printf(
        "the state of the domains is not known: %s",
        execution->latest->trouble != NULL ? execution->latest->trouble : "no list");
    for (guint i = 0; i < waiting->len; i++) {
        Run *run = g_ptr_array_index(waiting, i);
        if (is_enough) {
            run_end(run, RESULT_FAILED, "%s", why);
        } else {
            run_look_again(run);
        }
    }
    if (is_enough) {
        execution_stop(execution, why);
    }
}

/* The plan's list is as good as one of our own; it stays the caller's. */
static void forget_latest(Execution *execution)
{
    if (execution->is_latest_lent) {
        execution->latest = NULL;
    }
    execution->is_latest_lent = FALSE;
    g_clear_pointer(&execution->latest, observed_free);
}

/* One list serves all that wait for one. */
static void look(Execution *execution)
{
    const Backend *backend = execution->backend;
    g_autoptr(GPtrArray) waiting = find_waiting(execution, RUN_AWAITS_LOOK);
    forget_latest(execution);
    execution->latest_ms = backend->now_ms(backend->data);
    execution->latest = backend->observe(backend->data);
    if (execution->latest->state != OBSERVATION_COMPLETE) {
        bear_bad_look(execution, waiting);
        return;
    }
    execution->bad_looks = 0;
    for (guint i = 0; i < waiting->len; i++) {
        Run *run = g_ptr_array_index(waiting, i);
        run->on_look(run, execution->latest);
    }
}

static void finish_command(Run *run)
{
    const Backend *backend = run->execution->backend;
    ToolResult result = {0};
    if (run->is_asking) {
        run_answered(run);
        return;
    }
    backend->finish(backend->data, g_steal_pointer(&run->command), &result);
    if (!result.is_success) {
        g_free(run->complaint);
        run->complaint = g_strdup(result.description);
    }
    run->was_cut_off = result.is_cut_off;
    run->on_ended(run, &result);
    g_free(result.description);
    g_free(result.errors);
}

static void leave_what_is_late(const GPtrArray *runs, gint64 now_ms)
{
    for (guint i = 0; i < runs->len; i++) {
        Run *run = g_ptr_array_index(runs, i);
        if (run->late_ms > 0 && run->late_ms <= now_ms) {
            run_is_late(run);
        }
    }
}

static void wait_for_something(const Execution *execution)
{
    const Backend *backend = execution->backend;
    g_autoptr(GPtrArray) runs = find_waiting(execution, RUN_IN_COMMAND);
    g_autoptr(GPtrArray) commands = g_ptr_array_new();
    gint64 now_ms = backend->now_ms(backend->data);
    gint64 timeout_ms = WAIT_MOST_MS;
    for (guint i = 0; i < execution->under_way->len; i++) {
        const Run *run = g_ptr_array_index(execution->under_way, i);
        if (run->state == RUN_IN_COMMAND) {
            g_ptr_array_add(commands, run->command);
        }
        if (run->state == RUN_IN_COMMAND && run->late_ms > 0) {
            timeout_ms = MIN(timeout_ms, MAX(run->late_ms - now_ms, 0));
        } else if (run->state != RUN_IN_COMMAND) {
            timeout_ms = MIN(timeout_ms, MAX(run->look_due_ms - now_ms, 0));
        }
    }
    if (backend->tick != NULL) {
        backend->tick(backend->progress_data);
        timeout_ms = MIN(timeout_ms, TICK_MS);
    }
    int index = backend->wait(backend->data, commands->pdata, commands->len, (guint)timeout_ms);
    if (index >= 0) {
        finish_command(g_ptr_array_index(runs, index));
    } else {
        leave_what_is_late(runs, backend->now_ms(backend->data));
    }
}

/* ---- the whole ---- */

static void prepare_watches(Execution *execution)
{
    const GPtrArray *watches = execution->plan->watches;
    execution->watches = g_new0(Run, MAX(watches->len, 1));
    for (guint i = 0; i < watches->len; i++) {
        const Watch *watch = g_ptr_array_index(watches, i);
        Run *run = &execution->watches[i];
        run->execution = execution;
        run->action = watch->subject;
        run->is_watch = TRUE;
        run->start = watch->start;
    }
}

static void prepare(Execution *execution, Observed *observed)
{
    if (observed->asked_ms > 0) {
        execution->latest = observed;
        execution->latest_ms = observed->asked_ms;
        execution->is_latest_lent = TRUE;
    }
    prepare_watches(execution);
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        run->execution = execution;
        run->action = g_ptr_array_index(execution->plan->actions, i);
        run->shut_down_since_ms = -1;
        run->missing_since_ms = -1;
        run->blocks_starts = action_blocks_starts(run->action);
        execution->stops_open += run->blocks_starts != FALSE;
    }
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        if (run->action->hold != HOLD_NONE && !run->action->may_store) {
            run_hold(run, run->action->hold, "%s", run->action->held);
        }
    }
    if (observed->state != OBSERVATION_COMPLETE) {
        execution_stop(execution, "the list that the plan was made of is not complete");
    }
}

/* Runs that never began: something stopped them all, or they wait for each other. */
static void end_the_rest(Execution *execution)
{
    for (guint i = execution->first_open; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        if (run->state == RUN_NOT_BEGUN && run->action->hold != HOLD_NONE) {
            run_hold(run, run->action->hold, "%s", run->action->held);
        } else if (run->state == RUN_NOT_BEGUN && execution->stopped_by != NULL) {
            run_hold(run, HOLD_WAIT, "not begun: %s", execution->stopped_by);
        } else if (run->state == RUN_NOT_BEGUN) {
            run_end(run, RESULT_FAILED, "not begun: it waits for an action that waits for it");
        }
    }
}

static GArray *take_outcomes(Execution *execution)
{
    GArray *outcomes = g_array_new(FALSE, TRUE, sizeof(Outcome));
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        g_array_append_val(outcomes, run->outcome);
        g_free(run->operation_id);
        g_free(run->complaint);
        g_free(run->settings_before);
        g_free(run->unreverted);
        host_answer_free(run->answer);
        g_free(run->live);
        g_free(run->message);
        g_clear_pointer(&run->steps, g_array_unref);
    }
    for (guint i = 0; i < execution->plan->watches->len; i++) {
        g_free(execution->watches[i].outcome.message);
        g_free(execution->watches[i].complaint);
    }
    return outcomes;
}

GArray *plan_execute(const Plan *plan, Observed *observed, Record *record, const Backend *backend,
                     const ExecuteLimits *limits)
{
    Execution execution = {.plan = plan,
                           .record = record,
                           .backend = backend,
                           .limits = limits,
                           .runs = g_new0(Run, MAX(plan->actions->len, 1)),
                           .count = plan->actions->len,
                           .under_way = g_ptr_array_new(),
                           .has_news = TRUE};
    prepare(&execution, observed);
    begin_what_is_ready(&execution);
    while (execution.under_way->len > 0) {
        if (is_look_due(&execution)) {
            look(&execution);
        } else {
            wait_for_something(&execution);
        }
        begin_what_is_ready(&execution);
    }
    end_the_rest(&execution);
    GArray *outcomes = take_outcomes(&execution);
    g_free(execution.runs);
    g_free(execution.watches);
    g_free(execution.stopped_by);
    g_ptr_array_unref(execution.under_way);
    forget_latest(&execution);
    return outcomes;
}

int outcomes_exit_code(const GArray *outcomes)
{
    gboolean has_failed = FALSE;
    gboolean is_held = FALSE;
    for (guint i = 0; i < outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(outcomes, Outcome, i);
        if (outcome->hold == HOLD_CONFLICT) {
            return 5;
        }
        has_failed = has_failed || outcome->result == RESULT_FAILED;
        is_held = is_held || outcome->result == RESULT_HELD;
    }
    return has_failed ? 6 : is_held ? 4 : 0;
}
