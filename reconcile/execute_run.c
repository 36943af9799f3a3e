/* What every step of carrying out uses: ending, looking, commanding, putting down. */
#include "reconcile/execute_run.h"

#include "reconcile/plan_steps.h"

#include <string.h>

#define LOOK_FRESH_MS      1000
#define LOOK_PAUSE_MS      50
#define LOOK_PAUSE_MOST_MS 1000

gint64 run_now_ms(const Run *run)
{
    const Backend *backend = run->execution->backend;
    return backend->now_ms(backend->data);
}

/* ---- ending ---- */

gboolean action_blocks_starts(const Action *action)
{
    return action->kind != ACTION_CREATE && action->kind != ACTION_MIGRATE;
}

static void end(Run *run, ActionResult result, HoldKind hold, char *message)
{
    Execution *execution = run->execution;
    const Backend *backend = execution->backend;
    g_assert(run->state != RUN_ENDED);
    run->state = RUN_ENDED;
    run->outcome.result = result;
    run->outcome.hold = hold;
    run->outcome.message = message;
    execution->has_news = TRUE;
    execution->stops_open -= run->blocks_starts != FALSE;
    run_returns_memory(run);
    execution->watching -= run->is_watch != FALSE;
    g_ptr_array_remove(execution->under_way, run);
    if (run->operation_id != NULL && run->action->hold == HOLD_NONE) {
        run->outcome.has_begun = TRUE;
        run->outcome.duration_ms = run_now_ms(run) - run->begun_ms;
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
    if (run->forced_because != NULL && message == NULL) {
        message = g_strdup_printf("%s, and was destroyed (stop.force)", run->forced_because);
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

void run_fail(Run *run, const char *what)
{
    if (run_note_over(run)) {
        run_end(run, RESULT_FAILED, "%s%s%s", what,
                run->complaint != NULL ? ": the toolstack " : "",
                run->complaint != NULL ? run->complaint : "");
    }
}

void run_hold_twice(Run *run, guint count)
{
    run_hold(run, HOLD_CONFLICT, "%u domains with its uuid are here: it may run twice", count);
}

void execution_stop(Execution *execution, const char *why)
{
    if (execution->stopped_by == NULL) {
        execution->stopped_by = g_strdup(why);
    }
}

/* ---- looking ---- */

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
    /* A tenth longer each time, so that what ends is seen within about a tenth of the time that it
     * took. */
    guint pause_ms = run->look_pause_ms + run->look_pause_ms / 10;
    pause_ms = CLAMP(pause_ms, LOOK_PAUSE_MS, LOOK_PAUSE_MOST_MS);
    await_look(run, run->on_look, pause_ms);
}

void run_look_fresh(Run *run, void (*on_look)(Run *, const Observed *))
{
    const Execution *execution = run->execution;
    /* What a list that failed does not show is not known to be gone. */
    gboolean is_fresh = execution->latest != NULL &&
                        execution->latest->state == OBSERVATION_COMPLETE &&
                        run_now_ms(run) - execution->latest_ms <= LOOK_FRESH_MS;
    if (is_fresh) {
        run->on_look = on_look;
        run->look_pause_ms = 0;
        on_look(run, execution->latest);
    } else {
        run_look(run, on_look);
    }
}

void run_look_closer(Run *run, const ObservedDomain *row)
{
    const Backend *backend = run->execution->backend;
    backend->observe_details(backend->data, run->execution->latest, row->domid);
}

gboolean run_look_closer_again(Run *run, const ObservedDomain *row)
{
    observed_domain_drop_details(observed_find_domid(run->execution->latest, row->domid));
    run_look_closer(run, row);
    return row->has_details;
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

gboolean row_is_going(const ObservedDomain *row)
{
    /* The name is taken away first: Xen tools/libs/light/libxl_domain.c:devices_destroy_cb. */
    return row->is_dying || strcmp(row->name, OBSERVED_NO_NAME) == 0;
}

const RecordDomain *run_find_recorded(const Run *run)
{
    return record_find_row(run->execution->record, run->action->name, run->action->uuid);
}

const ObservedDomain *run_find_planned(Run *run, const Observed *observed)
{
    const RecordDomain *recorded = run_find_recorded(run);
    const ObservedDomain *seen = run->action->seen;
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
    } else if (row == NULL) {
        run_hold(run, HOLD_WAIT, "it is not in the list any more; the next run looks again");
    } else if (row->domid != run->domid || (seen != NULL && strcmp(row->name, seen->name) != 0)) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile: its id was %u, and it is %u (%s)",
                 run->domid, row->domid, row->name);
    } else if (row_is_going(row)) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile: it is dying");
    } else if (observed_domain_transient(row, recorded, observed->boot_id) != NULL) {
        run_hold(run, HOLD_WAIT, "%s", observed_domain_transient(row, recorded, observed->boot_id));
    } else {
        return row;
    }
    return NULL;
}

const ObservedDomain *run_find_living(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row == NULL || !row->is_shut_down) {
        return row;
    }
    run_hold(run, HOLD_WAIT, "it has changed meanwhile: it has ended");
    return NULL;
}

/* ---- commanding ---- */

void run_command(Run *run, ToolCommand command, void (*on_ended)(Run *, const ToolResult *))
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    ToolRequest request = run->request;
    request.command = command;
    request.domain = run->action->domain;
    request.name = run->action->name;
    request.domid = run->domid;
    request.operation_id = run->operation_id;
    request.address = run->action->target != NULL ? spec_host_address(run->action->target) : NULL;
    run->command = backend->start(backend->data, &request, &error);
    if (run->command == NULL) {
        run_fail(run, error->message);
        return;
    }
    run->state = RUN_IN_COMMAND;
    run->on_ended = on_ended;
}

/* ---- putting down ---- */

RecordDomain *run_record(const Run *run)
{
    const RecordDomain *known = record_find(run->execution->record, run->action->name);
    /* What is recorded of another identity under this name says nothing of this one. */
    gboolean is_same = known != NULL && strcmp(known->uuid, run->action->uuid) == 0;
    return is_same ? record_domain_copy(known)
                   : record_domain_new(run->action->name, run->action->uuid);
}

gboolean run_note(Run *run, RecordDomain *domain)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    if (!backend->journal(backend->journal_data, run->action->name, domain, &error)) {
        g_autofree char *why = g_strdup_printf("cannot write the record: %s", error->message);
        record_domain_free(domain);
        execution_stop(run->execution, why);
        run_end(run, RESULT_FAILED, "%s", why);
        return FALSE;
    }
    record_put(run->execution->record, domain);
    return TRUE;
}

gboolean run_note_begun(Run *run, Operation operation)
{
    RecordDomain *record = run_record(run);
    record_domain_begin(record, operation, run->operation_id);
    return run_note(run, record);
}

gboolean run_note_over(Run *run)
{
    RecordDomain *record = run_record(run);
    gboolean is_own_create = action_kind_creates(run->action->kind);
    if (record_is_creating(record) && !is_own_create) {
        /* An earlier creation that was cut off stays one, or the next run would take what it left
         * for somebody else's. */
        record_domain_free(record);
        return TRUE;
    }
    record_domain_end(record);
    return run_note(run, record);
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
                       record_config_digest(run->execution->record, action->name), is_adopted};
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

gboolean run_remove_former_configs(Run *run, GError **error)
{
    const Backend *backend = run->execution->backend;
    const Record *record = run->execution->record;
    const RecordDomain *recorded = run_find_recorded(run);
    for (guint i = 0; recorded != NULL && i < recorded->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(recorded->former_names, i);
        ConfigFile file = {
            .name = former->name, .uuid = recorded->uuid, .recorded_digest = former->config_digest};
        g_autoptr(GError) kept = NULL;
        if (record_find(record, former->name) == NULL &&
            !backend->remove_config(backend->data, &file, &kept) &&
            !g_error_matches(kept, BACKEND_ERROR, BACKEND_ERROR_FOREIGN)) {
            g_propagate_error(error, g_steal_pointer(&kept));
            return FALSE;
        }
    }
    return TRUE;
}
