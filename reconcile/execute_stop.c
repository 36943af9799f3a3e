/* Stopping a domain: shutdown, wait, then destroy if stop.force, wait until it is gone; a restart
 * creates it then. In the order in which it happens. */
#include "reconcile/execute_run.h"

#include <string.h>

#define STOP_TIMEOUT_OF_LEFT_OVER_S 120

static void stop_looked_before(Run *run, const Observed *observed);
static void shutdown_ended(Run *run, const ToolResult *result);
static void stop_looked(Run *run, const Observed *observed);
static void destroy_ended(Run *run, const ToolResult *result);

static gint64 stop_timeout_ms(const Run *run)
{
    const Domain *domain = run->action->domain;
    gint64 seconds = domain != NULL ? domain_get_integer(domain, DOMAIN_KEY_stop_timeout)
                                    : STOP_TIMEOUT_OF_LEFT_OVER_S;
    return seconds * 1000;
}

static gboolean may_force(const Run *run)
{
    const Domain *domain = run->action->domain;
    return domain != NULL && domain_get_integer(domain, DOMAIN_KEY_stop_force) != 0;
}

static gboolean note_begun(Run *run, Operation operation)
{
    RecordDomain *record = run_record(run);
    record->operation = operation;
    g_free(record->operation_id);
    record->operation_id = g_strdup(run->operation_id);
    return run_note(run, record);
}

/* It is gone, by our hand. */
static gboolean note_stopped(Run *run, gboolean is_off_by_guest)
{
    RecordDomain *record = run_record(run);
    record->operation = OPERATION_NONE;
    g_clear_pointer(&record->operation_id, g_free);
    record->is_running = FALSE;
    record->is_off_by_guest = is_off_by_guest;
    record->domid = 0;
    return run_note(run, record);
}

static void stopped_for_good(Run *run)
{
    if (note_stopped(run, FALSE)) {
        run_end(run, RESULT_DONE, "%s", "");
    }
}

/* The second half of a restart. */
static void stopped_for_restart(Run *run)
{
    if (note_stopped(run, FALSE)) {
        g_clear_pointer(&run->complaint, g_free);
        run->domid = 0;
        run_begin_create(run);
    }
}

void run_begin_stop(Run *run)
{
    run->on_stopped = run->action->kind == ACTION_RESTART ? stopped_for_restart : stopped_for_good;
    run_look_fresh(run, stop_looked_before);
}

static void stop_looked_before(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        run->on_stopped(run);
        return;
    }
    if (count > 1 || row->domid != run->domid) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile (its id was %u)", run->domid);
        return;
    }
    if (note_begun(run, OPERATION_STOP)) {
        run->deadline_ms = run_now_ms(run) + stop_timeout_ms(run);
        run_command(run, TOOL_SHUTDOWN, shutdown_ended);
    }
}

static void shutdown_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, stop_looked);
}

static void give_up(Run *run, const char *why)
{
    /* The operation is over, whatever the guest does later: the next plan starts from what is seen
     * then. */
    RecordDomain *record = run_record(run);
    record->operation = OPERATION_NONE;
    g_clear_pointer(&record->operation_id, g_free);
    if (run_note(run, record)) {
        run_hold(run, HOLD_WAIT, "%s%s%s", why, run->complaint != NULL ? ": the toolstack " : "",
                 run->complaint != NULL ? run->complaint : "");
    }
}

static void start_destroy(Run *run)
{
    run->is_destroying = TRUE;
    run->deadline_ms = run_now_ms(run) + run->execution->limits->gone_timeout_ms;
    if (note_begun(run, OPERATION_DESTROY)) {
        run_command(run, TOOL_DESTROY, destroy_ended);
    }
}

static void destroy_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, stop_looked);
}

/* It has shut down and its remains are there: Xen's monitor cleans up, or nobody does. */
static void wait_for_cleanup(Run *run)
{
    gint64 now_ms = run_now_ms(run);
    if (run->shut_down_since_ms == 0) {
        run->shut_down_since_ms = now_ms;
    }
    if (now_ms - run->shut_down_since_ms >= run->execution->limits->grace_ms) {
        start_destroy(run);
    } else {
        run_look_again(run);
    }
}

static void stop_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        run->on_stopped(run);
        return;
    }
    gboolean is_late = run_now_ms(run) >= run->deadline_ms;
    if (count > 1) {
        run_hold(run, HOLD_CONFLICT, "%u domains with its uuid are here: it may run twice", count);
    } else if (row->domid != run->domid) {
        if (may_force(run) && !row->is_dying) {
            run->domid = row->domid;
            start_destroy(run);
        } else {
            give_up(run, "it was started again, by Xen's monitor or by hand (`stop: {force: true}` "
                         "destroys it then)");
        }
    } else if (!run->is_destroying && row->is_shut_down && !row->is_dying &&
               row->reason != SHUTDOWN_REASON_REBOOT && row->reason != SHUTDOWN_REASON_SUSPEND) {
        wait_for_cleanup(run);
    } else if (!is_late) {
        run_look_again(run);
    } else if (run->is_destroying || row->is_dying) {
        give_up(run, "it was destroyed and is not gone (something in dom0 still holds its memory)");
    } else if (may_force(run)) {
        start_destroy(run);
    } else {
        g_autofree char *why = g_strdup_printf("it has not shut down within %" G_GINT64_FORMAT
                                               " s, and stop.force is off",
                                               stop_timeout_ms(run) / 1000);
        give_up(run, why);
    }
}

/* ---- destroy: of what is left of a domain that has ended or never ran ---- */

static void remains_gone(Run *run)
{
    const ObservedDomain *seen = run->action->seen;
    const Domain *domain = run->action->domain;
    gboolean is_off_by_guest = seen != NULL && seen->reason == SHUTDOWN_REASON_POWEROFF &&
                               domain != NULL &&
                               domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave");
    if (note_stopped(run, is_off_by_guest)) {
        run_end(run, RESULT_DONE, "%s", "");
    }
}

static void destroy_looked_before(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        remains_gone(run);
        return;
    }
    gboolean never_ran = row->is_paused && row->cpu_deciseconds == 0;
    if (count > 1 || row->domid != run->domid || (!row->is_shut_down && !never_ran)) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile, and may be alive");
        return;
    }
    start_destroy(run);
}

void run_begin_destroy(Run *run)
{
    run->on_stopped = remains_gone;
    run_look_fresh(run, destroy_looked_before);
}
