/* Waiting until what comes before a start is ready: it has run for long enough, and its check
 * succeeds. What is started in this run is waited for; what should run already is looked at once.
 */
#include "reconcile/execute_run.h"

#include <string.h>

static void watch_looked(Run *run, const Observed *observed);

static gint64 key_ms(const Run *run, DomainKey key)
{
    return domain_get_integer(run->action->domain, key) * 1000;
}

static gboolean is_late(const Run *run)
{
    return run_now_ms(run) >= run->deadline_ms || run->execution->stopped_by != NULL;
}

/* ---- its check ---- */

static void check_ended(Run *run, const ToolResult *result)
{
    const char *check = domain_get_text(run->action->domain, DOMAIN_KEY_ready_check);
    if (result->is_success) {
        run_end(run, RESULT_DONE, "%s", "");
    } else if (is_late(run)) {
        run_hold(run, HOLD_WAIT, "its check '%s' %s", check, run->complaint);
    } else {
        run_look_again(run);
    }
}

static void start_check(Run *run)
{
    const Backend *backend = run->execution->backend;
    const char *check = domain_get_text(run->action->domain, DOMAIN_KEY_ready_check);
    g_autoptr(GError) error = NULL;
    if (check == NULL) {
        run_end(run, RESULT_DONE, "%s", "");
        return;
    }
    run->command = backend->check(backend->data, check, &error);
    if (run->command == NULL) {
        run_hold(run, HOLD_WAIT, "its check '%s' cannot be run: %s", check, error->message);
        return;
    }
    run->state = RUN_IN_COMMAND;
    run->on_ended = check_ended;
}

/* ---- the domain ---- */

static gboolean is_up(const ObservedDomain *row)
{
    return row != NULL && !row->is_shut_down && !row->is_paused && !row_is_going(row);
}

static void watch_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
        return;
    }
    /* Another id is another start. */
    if (row != NULL && run->domid != 0 && row->domid != run->domid) {
        run->since_ms = run_now_ms(run);
    }
    run->domid = row != NULL ? row->domid : run->domid;
    gint64 running_ms = key_ms(run, DOMAIN_KEY_ready_running);
    if (is_up(row) && run_now_ms(run) - run->since_ms >= running_ms) {
        start_check(run);
    } else if (!is_late(run)) {
        run_look_again(run);
    } else if (is_up(row)) {
        run_hold(run, HOLD_WAIT, "it has not run for %" G_GINT64_FORMAT " s", running_ms / 1000);
    } else {
        run_hold(run, HOLD_WAIT, "it does not run");
    }
}

/* Of one that ran before: since its last start, by the record. Where that is not known, it has run
 * for long. */
static gint64 known_since_ms(const Run *run)
{
    const Backend *backend = run->execution->backend;
    const RecordDomain *recorded = record_find_uuid(run->execution->record, run->action->uuid);
    gint64 ago_s = G_MAXINT32;
    if (recorded != NULL && recorded->attempts->len > 0) {
        gint64 last = g_array_index(recorded->attempts, gint64, recorded->attempts->len - 1);
        ago_s = MAX(backend->now(backend->data) - last, 0);
    }
    return run_now_ms(run) - ago_s * 1000;
}

static void watch_begin(Run *run)
{
    Execution *execution = run->execution;
    run->begun_ms = run_now_ms(run);
    const Run *start = run->start != G_MAXUINT ? &execution->runs[run->start] : NULL;
    if (start != NULL && start->state == RUN_ENDED) {
        run->since_ms = start->begun_ms + start->outcome.duration_ms;
        run->deadline_ms = run->since_ms + key_ms(run, DOMAIN_KEY_ready_within);
    } else {
        run->since_ms = known_since_ms(run);
        run->deadline_ms =
            MAX(run->since_ms + key_ms(run, DOMAIN_KEY_ready_running), run->begun_ms);
    }
    execution->watching++;
    g_ptr_array_add(execution->under_way, run);
    run_look_fresh(run, watch_looked);
}

gboolean run_sees_ready(Run *run)
{
    gboolean are_ready = TRUE;
    for (guint i = 0; i < run->action->awaits->len; i++) {
        Run *watch = &run->execution->watches[g_array_index(run->action->awaits, guint, i)];
        if (watch->state == RUN_NOT_BEGUN) {
            watch_begin(watch);
        }
        if (watch->state == RUN_ENDED && watch->outcome.result != RESULT_DONE) {
            run_hold(run, HOLD_WAIT, "%s, which comes before it, is not ready: %s",
                     watch->action->name, watch->outcome.message);
            return FALSE;
        }
        are_ready = are_ready && watch->state == RUN_ENDED;
    }
    return are_ready;
}
