#include "reconcile/execute_run.h"

#include <string.h>

#define LOOK_FRESH_MS      1000
#define LOOK_PAUSE_MS      50
#define LOOK_PAUSE_MOST_MS 1000
#define BAD_LOOKS_MOST     5
#define WAIT_MOST_MS       60000

const char *action_result_name(ActionResult result)
{
    static const char *const names[] = {
        [RESULT_DONE] = "done", [RESULT_FAILED] = "failed", [RESULT_HELD] = "held"};
    return names[result];
}

gint64 run_now_ms(const Run *run)
{
    const Backend *backend = run->execution->backend;
    return backend->now_ms(backend->data);
}

static void end(Run *run, ActionResult result, HoldKind hold, char *message)
{
    if (run->state == RUN_ENDED) {
        g_free(message);
        return;
    }
    run->state = RUN_ENDED;
    run->outcome.result = result;
    run->outcome.hold = hold;
    run->outcome.message = message;
    run->outcome.duration_ms = run->begun_ms != 0 ? run_now_ms(run) - run->begun_ms : 0;
    const Backend *backend = run->execution->backend;
    if (run->begun_ms != 0) {
        backend->progress(backend->progress_data, run->action, &run->outcome);
    }
}

void run_end(Run *run, ActionResult result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (*message == '\0') {
        g_clear_pointer(&message, g_free);
    }
    end(run, result, HOLD_NONE, message);
}

void run_hold(Run *run, HoldKind hold, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    end(run, RESULT_HELD, hold, message);
}

static void await_look(Run *run, void (*on_look)(Run *, const Observed *), guint pause_ms)
{
    run->state = RUN_AWAITS_LOOK;
    run->on_look = on_look;
    run->look_pause_ms = pause_ms;
    run->look_due_ms = run_now_ms(run) + pause_ms;
}

void run_look(Run *run, void (*on_look)(Run *, const Observed *))
{
    await_look(run, on_look, 0);
}

void run_look_again(Run *run)
{
    guint pause_ms = CLAMP(run->look_pause_ms * 2, LOOK_PAUSE_MS, LOOK_PAUSE_MOST_MS);
    await_look(run, run->on_look, pause_ms);
}

void run_look_fresh(Run *run, void (*on_look)(Run *, const Observed *))
{
    const Execution *execution = run->execution;
    if (run_now_ms(run) - execution->latest_ms <= LOOK_FRESH_MS) {
        on_look(run, execution->latest);
    } else {
        run_look(run, on_look);
    }
}

void run_command(Run *run, ToolCommand command, void (*on_ended)(Run *, const ToolResult *))
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    ToolRequest request = {command, run->action->domain, run->action->name, run->domid,
                           run->operation_id};
    run->command = backend->start(backend->data, &request, &error);
    if (run->command == NULL) {
        run_end(run, RESULT_FAILED, "%s", error->message);
        return;
    }
    run->state = RUN_IN_COMMAND;
    run->on_ended = on_ended;
}

RecordDomain *run_record(const Run *run)
{
    const RecordDomain *known = record_find(run->execution->record, run->action->name);
    return known != NULL ? record_domain_copy(known)
                         : record_domain_new(run->action->name, run->action->uuid);
}

gboolean run_note(Run *run, RecordDomain *domain)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    if (!backend->journal(backend->journal_data, run->action->name, domain, &error)) {
        run_end(run, RESULT_FAILED, "cannot write the record: %s", error->message);
        record_domain_free(domain);
        return FALSE;
    }
    record_put(run->execution->record, domain);
    return TRUE;
}

ConfigFile run_config_file(const Run *run)
{
    const Action *action = run->action;
    const RecordDomain *recorded = record_find(run->execution->record, action->name);
    gboolean is_adopted =
        action->kind == ACTION_ADOPT ||
        (action->domain != NULL && domain_get_integer(action->domain, DOMAIN_KEY_adopt) != 0) ||
        (recorded != NULL && recorded->is_adopted);
    ConfigFile file = {action->domain, action->name, action->uuid,
                       recorded != NULL ? recorded->config_digest : NULL, is_adopted};
    return file;
}

gboolean run_write_config(Run *run, RecordDomain *record)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    char *digest = NULL;
    ConfigFile file = run_config_file(run);
    if (!backend->write_config(backend->data, &file, &digest, &error)) {
        run_end(run, RESULT_FAILED, "cannot write the config file: %s", error->message);
        return FALSE;
    }
    g_free(record->config_digest);
    record->config_digest = digest;
    return TRUE;
}

const ObservedDomain *run_find_row(const Run *run, const Observed *observed, guint *count)
{
    const ObservedDomain *found = NULL;
    *count = 0;
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid != 0 && strcmp(row->uuid, run->action->uuid) == 0) {
            found = row;
            (*count)++;
        }
    }
    return found;
}

/* ---- the scheduler ---- */

static gboolean is_start(const Action *action)
{
    return action->kind == ACTION_CREATE;
}

/* May the run begin? What it needs must be done, and a start waits until everything before it has
 * ended. Ends the run where what it needs will not come. */
static gboolean is_ready(Run *run)
{
    Execution *execution = run->execution;
    for (guint i = 0; i < run->action->needs->len; i++) {
        const Run *needed = &execution->runs[g_array_index(run->action->needs, guint, i)];
        gboolean is_own = strcmp(needed->action->name, run->action->name) == 0;
        if (needed->state != RUN_ENDED) {
            return FALSE;
        }
        if (needed->outcome.result == RESULT_DONE ||
            (is_own && needed->action->hold != HOLD_NONE)) {
            continue;
        }
        run_hold(run, HOLD_WAIT, "the %s of %s, which comes before it, %s",
                 action_kind_name(needed->action->kind), needed->action->name,
                 needed->outcome.result == RESULT_FAILED ? "failed" : "is held");
        return FALSE;
    }
    for (guint i = 0; is_start(run->action) && i < execution->count; i++) {
        if (!is_start(execution->runs[i].action) && execution->runs[i].state != RUN_ENDED) {
            return FALSE;
        }
    }
    return TRUE;
}

static void begin(Run *run)
{
    const Backend *backend = run->execution->backend;
    run->begun_ms = run_now_ms(run);
    run->operation_id = backend->make_operation_id(backend->data);
    run->domid = run->action->seen != NULL ? run->action->seen->domid : 0;
    backend->progress(backend->progress_data, run->action, NULL);
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
    case ACTION_SET_MEMORY:
    case ACTION_SET_VCPUS:
    case ACTION_SET_SCHEDULER:
    case ACTION_WRITE_CONFIG:
    case ACTION_REMOVE_CONFIG:
    case ACTION_ADOPT:
        run_begin_change(run);
        break;
    case ACTION_MIGRATE:
    case ACTION_ATTACH_DISK:
    case ACTION_DETACH_DISK:
    case ACTION_ATTACH_VIF:
    case ACTION_DETACH_VIF:
    case ACTION_CHANGE_CD:
        run_end(run, RESULT_FAILED, "this version does not carry out %s",
                action_kind_name(run->action->kind));
        break;
    }
}

static guint count_under_way(const Execution *execution)
{
    guint count = 0;
    for (guint i = 0; i < execution->count; i++) {
        RunState state = execution->runs[i].state;
        count += state == RUN_IN_COMMAND || state == RUN_AWAITS_LOOK;
    }
    return count;
}

static gboolean begin_what_is_ready(Execution *execution, guint *first)
{
    gboolean has_begun = FALSE;
    while (*first < execution->count && execution->runs[*first].state == RUN_ENDED) {
        (*first)++;
    }
    guint under_way = count_under_way(execution);
    for (guint i = *first; i < execution->count && under_way < execution->limits->parallel; i++) {
        Run *run = &execution->runs[i];
        if (run->state == RUN_NOT_BEGUN && is_ready(run)) {
            begin(run);
            has_begun = TRUE;
            under_way += run->state != RUN_ENDED;
        }
    }
    return has_begun;
}

/* One list serves all that wait for one. */
static gboolean look_for_those_due(Execution *execution)
{
    gint64 now_ms = execution->backend->now_ms(execution->backend->data);
    gboolean is_due = FALSE;
    for (guint i = 0; i < execution->count; i++) {
        const Run *run = &execution->runs[i];
        is_due = is_due || (run->state == RUN_AWAITS_LOOK && run->look_due_ms <= now_ms);
    }
    if (!is_due) {
        return FALSE;
    }
    observed_free(execution->own);
    execution->own = execution->backend->observe(execution->backend->data);
    execution->latest = execution->own;
    execution->latest_ms = execution->backend->now_ms(execution->backend->data);
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        if (run->state != RUN_AWAITS_LOOK) {
            continue;
        }
        if (execution->latest->state == OBSERVATION_COMPLETE) {
            run->bad_looks = 0;
            run->on_look(run, execution->latest);
        } else if (++run->bad_looks >= BAD_LOOKS_MOST) {
            run_end(run, RESULT_FAILED, "the state of the domain is not known: %s",
                    execution->latest->trouble);
        } else {
            run_look_again(run);
        }
    }
    return TRUE;
}

static void wait_for_something(Execution *execution)
{
    const Backend *backend = execution->backend;
    g_autoptr(GPtrArray) commands = g_ptr_array_new();
    g_autoptr(GPtrArray) runs = g_ptr_array_new();
    gint64 now_ms = backend->now_ms(backend->data);
    gint64 timeout_ms = WAIT_MOST_MS;
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        if (run->state == RUN_IN_COMMAND) {
            g_ptr_array_add(commands, run->command);
            g_ptr_array_add(runs, run);
        } else if (run->state == RUN_AWAITS_LOOK) {
            timeout_ms = MIN(timeout_ms, MAX(run->look_due_ms - now_ms, 0));
        }
    }
    int index = backend->wait(backend->data, commands->pdata, commands->len, (guint)timeout_ms);
    if (index < 0) {
        return;
    }
    Run *run = g_ptr_array_index(runs, index);
    ToolResult result = {0};
    backend->finish(backend->data, g_steal_pointer(&run->command), &result);
    if (!result.is_success) {
        g_free(run->complaint);
        run->complaint = g_strdup(result.description);
    }
    run->was_cut_off = result.is_cut_off;
    run->on_ended(run, &result);
    g_free(result.description);
}

static void prepare(Execution *execution)
{
    for (guint i = 0; i < execution->count; i++) {
        Run *run = &execution->runs[i];
        run->execution = execution;
        run->action = g_ptr_array_index(execution->plan->actions, i);
        if (run->action->hold != HOLD_NONE) {
            run_hold(run, run->action->hold, "%s", run->action->held);
        }
    }
}

GArray *plan_execute(const Plan *plan, const Observed *observed, Record *record,
                     const Backend *backend, const ExecuteLimits *limits)
{
    Execution execution = {.plan = plan,
                           .record = record,
                           .backend = backend,
                           .limits = limits,
                           .runs = g_new0(Run, MAX(plan->actions->len, 1)),
                           .count = plan->actions->len,
                           .latest = observed,
                           .latest_ms = backend->now_ms(backend->data)};
    prepare(&execution);
    guint first = 0;
    while (TRUE) {
        gboolean has_begun = begin_what_is_ready(&execution, &first);
        if (look_for_those_due(&execution)) {
            continue;
        }
        if (count_under_way(&execution) > 0) {
            wait_for_something(&execution);
        } else if (!has_begun) {
            break;
        }
    }
    GArray *outcomes = g_array_new(FALSE, TRUE, sizeof(Outcome));
    for (guint i = 0; i < execution.count; i++) {
        Run *run = &execution.runs[i];
        /* A run that never began waits for something that never ended: plans have no such cycles.
         */
        g_assert(run->state == RUN_ENDED);
        g_array_append_val(outcomes, run->outcome);
        g_free(run->operation_id);
        g_free(run->complaint);
    }
    g_free(execution.runs);
    observed_free(execution.own);
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
