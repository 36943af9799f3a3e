/* Stopping a domain: shutdown, wait, then destroy if stop.force, wait until it is gone; a restart
 * creates it then. In the order in which it happens. */
#include "reconcile/execute_run.h"

#include "reconcile/plan_steps.h"

#include <string.h>

#define STOP_TIMEOUT_OF_LEFT_OVER_S 120
/* Xen's monitor waits 2 s before it builds a guest again: Xen
 * tools/xl/xl_vmcontrol.c:create_domain.
 */
#define COME_BACK_MS 10000

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

static gboolean is_late(const Run *run)
{
    return run_now_ms(run) >= run->deadline_ms;
}

static const char *why_transient(const Run *run, const ObservedDomain *row)
{
    return observed_domain_transient(row, run_find_recorded(run), run->execution->latest->boot_id);
}

/* ---- what it ends in ---- */

/* It is gone, by our hand. */
static gboolean note_stopped(Run *run, gboolean is_off_by_guest, gboolean counts_anew)
{
    RecordDomain *record = run_record(run);
    record_domain_end(record);
    record->is_running = FALSE;
    record->is_off_by_guest = is_off_by_guest;
    record->domid = 0;
    if (counts_anew) {
        g_array_set_size(record->attempts, 0);
    }
    return run_note(run, record);
}

/* What we stopped ourselves stayed up until then. */
static void stopped_for_good(Run *run)
{
    if (note_stopped(run, FALSE, TRUE)) {
        run_end(run, RESULT_DONE, "%s", "");
    }
}

/* The second half of a restart. */
static void stopped_for_restart(Run *run)
{
    if (note_stopped(run, FALSE, TRUE)) {
        g_clear_pointer(&run->complaint, g_free);
        run->domid = 0;
        run_begin_create(run);
    }
}

/* The operation is over, whatever the guest does later: the next plan starts from what is seen
 * then. */
static void give_up(Run *run, const char *why)
{
    if (run_note_over(run)) {
        run_hold(run, HOLD_WAIT, "%s%s%s", why, run->complaint != NULL ? ": the toolstack " : "",
                 run->complaint != NULL ? run->complaint : "");
    }
}

static void give_up_late(Run *run)
{
    g_autofree char *why =
        g_strdup_printf("it has not shut down within %" G_GINT64_FORMAT " s, and stop.force is off",
                        stop_timeout_ms(run) / 1000);
    give_up(run, why);
}

/* ---- shutdown ---- */

void run_begin_stop(Run *run)
{
    run->on_stopped = run->action->kind == ACTION_RESTART ? stopped_for_restart : stopped_for_good;
    run_look_fresh(run, stop_looked_before);
}

/* Would Xen's monitor start the guest again once it has shut down? */
static gboolean is_restarted_by_monitor(const Run *run)
{
    const ObservedDomain ended = {.domid = run->domid,
                                  .name = (char *)run->action->name,
                                  .is_shut_down = TRUE,
                                  .reason = SHUTDOWN_REASON_POWEROFF};
    return why_transient(run, &ended) != NULL;
}

/* The config file of a restart is written first: if that fails, nothing was stopped. */
static void stop_looked_before(Run *run, const Observed *observed)
{
    if (run_find_planned(run, observed) == NULL) {
        return;
    }
    g_autoptr(RecordDomain) record = run_record(run);
    if (run->action->kind == ACTION_RESTART && !run_write_config(run, record)) {
        return;
    }
    record_domain_begin(record, OPERATION_STOP, run->operation_id);
    run->may_come_back = is_restarted_by_monitor(run);
    if (run_note(run, g_steal_pointer(&record))) {
        run->deadline_ms = run_now_ms(run) + stop_timeout_ms(run);
        run_command(run, TOOL_SHUTDOWN, shutdown_ended);
    }
}

static void shutdown_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, stop_looked);
}

/* ---- destroy ---- */

static gboolean is_left_off(const Run *run)
{
    const ObservedDomain *seen = run->action->seen;
    const Domain *domain = run->action->domain;
    return run->action->kind == ACTION_DESTROY && seen != NULL &&
           seen->reason == SHUTDOWN_REASON_POWEROFF && domain != NULL &&
           domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave");
}

/* A creation that was cut off stays one, or the next run would take its remains for somebody
 * else's. That a guest is to be left off is put down now: later nobody can see it any more. */
static gboolean note_destroy(Run *run)
{
    RecordDomain *record = run_record(run);
    Operation operation = record_is_creating(record) ? record->operation : OPERATION_DESTROY;
    record_domain_begin(record, operation, run->operation_id);
    record->is_off_by_guest = record->is_off_by_guest || is_left_off(run);
    return run_note(run, record);
}

static void start_destroy(Run *run)
{
    run->is_destroying = TRUE;
    if (note_destroy(run)) {
        run_command(run, TOOL_DESTROY, destroy_ended);
    }
}

static void force(Run *run, const char *why)
{
    run->forced_because = why;
    start_destroy(run);
}

static void destroy_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run->deadline_ms = run_now_ms(run) + run->execution->limits->gone_timeout_ms;
    run_look(run, stop_looked);
}

/* ---- waiting for the end ---- */

/* It is in no list. Where Xen's monitor may start it again, that is believed only when it has
 * stayed so for a while. */
static void look_at_nothing(Run *run)
{
    gint64 now_ms = run_now_ms(run);
    if (run->missing_since_ms < 0) {
        run->missing_since_ms = now_ms;
    }
    if (run->may_come_back && !run->is_destroying &&
        now_ms - run->missing_since_ms < COME_BACK_MS) {
        run_look_again(run);
    } else {
        run->on_stopped(run);
    }
}

/* There is a domain of its uuid with another id. Once, and only if stop.force says so, it is
 * destroyed; what is still being built or is under way to or from another host never is. */
static void look_at_another(Run *run, const ObservedDomain *row)
{
    const ObservedDomain *seen = run->action->seen;
    const char *name = seen != NULL ? seen->name : run->action->name;
    gboolean is_plain = why_transient(run, row) == NULL && !observed_domain_never_ran(row) &&
                        !row->is_shut_down && strcmp(row->name, name) == 0;
    if (!may_force(run) || run->is_destroying) {
        give_up(run, "it was started again, by Xen's monitor or by hand (`stop: {force: true}` "
                     "destroys it then)");
    } else if (is_plain) {
        run->domid = row->domid;
        force(run, "it was started again, by Xen's monitor or by hand");
    } else if (is_late(run)) {
        give_up(run, "it was started again, by Xen's monitor or by hand, and is not ready");
    } else {
        run_look_again(run);
    }
}

/* Ended by itself, or on a restart of Xen's monitor: not on its way to another host or to a file.
 */
static gboolean is_own_end(const ObservedDomain *row)
{
    return row->reason == SHUTDOWN_REASON_POWEROFF || row->reason == SHUTDOWN_REASON_REBOOT ||
           row->reason == SHUTDOWN_REASON_CRASH || row->reason == SHUTDOWN_REASON_WATCHDOG;
}

/* It has shut down and its remains are there: Xen's monitor cleans up, or nobody does. */
static void look_at_remains(Run *run, const ObservedDomain *row)
{
    const char *transient = why_transient(run, row);
    gint64 now_ms = run_now_ms(run);
    if (run->shut_down_since_ms < 0) {
        run->shut_down_since_ms = now_ms;
    }
    if (transient != NULL) {
        run->may_come_back = TRUE;
        if (!is_late(run)) {
            run_look_again(run);
        } else if (may_force(run) && is_own_end(row)) {
            start_destroy(run);
        } else {
            give_up(run, transient);
        }
    } else if (now_ms - run->shut_down_since_ms < run->execution->limits->grace_ms) {
        run_look_again(run);
    } else {
        start_destroy(run);
    }
}

/* What a destroy has done is seen at once, as dying at least: Xen
 * tools/libs/light/libxl_domain.c:libxl__destroy_domid. */
static gboolean is_untouched(const Run *run, const ObservedDomain *row)
{
    const ExecuteLimits *limits = run->execution->limits;
    return run->is_destroying && !row_is_going(row) &&
           run_now_ms(run) >= run->deadline_ms - limits->gone_timeout_ms + limits->grace_ms;
}

static void look_at_dying(Run *run, const ObservedDomain *row)
{
    if (is_untouched(run, row)) {
        run_fail(run, "it was destroyed and is still there");
    } else if (!is_late(run)) {
        run_look_again(run);
    } else {
        give_up(run, "it was destroyed and is not gone (something in dom0 still holds its memory)");
    }
}

static void look_at_living(Run *run, const ObservedDomain *row)
{
    const char *transient = why_transient(run, row);
    /* A paused guest does not hear that it is to shut down. */
    gboolean is_deaf = row->is_paused && transient == NULL && may_force(run);
    if (!is_late(run) && !is_deaf) {
        run_look_again(run);
    } else if (transient != NULL || strcmp(row->name, run->action->name) != 0) {
        give_up(run, transient != NULL ? transient : "it has another name now");
    } else if (may_force(run)) {
        force(run, row->is_paused ? "it was paused" : "it did not shut down in time");
    } else {
        give_up_late(run);
    }
}

static void stop_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        look_at_nothing(run);
        return;
    }
    run->missing_since_ms = -1;
    if (count > 1) {
        run_hold_twice(run, count);
    } else if (row->domid != run->domid) {
        look_at_another(run, row);
    } else if (run->is_destroying || row_is_going(row)) {
        look_at_dying(run, row);
    } else if (row->is_shut_down) {
        look_at_remains(run, row);
    } else {
        look_at_living(run, row);
    }
}

/* ---- destroy: of what is left of a domain that has ended or never ran ---- */

static void remains_gone(Run *run)
{
    if (note_stopped(run, is_left_off(run), FALSE)) {
        run_end(run, RESULT_DONE, "%s", "");
    }
}

static void destroy_looked_before(Run *run, const Observed *observed)
{
    guint count = 0;
    if (run_find_row(run, observed, &count) == NULL) {
        remains_gone(run);
        return;
    }
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row == NULL) {
        return;
    }
    const ObservedDomain *seen = run->action->seen;
    gboolean is_as_seen = row->is_shut_down ? seen != NULL && row->reason == seen->reason
                                            : observed_domain_never_ran(row);
    if (!is_as_seen) {
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
