/* What is changed while the domain runs: its commands one after the other, then a look at what has
 * come about, change by change. */
#include "reconcile/execute_run.h"
#include "reconcile/live_steps.h"
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

static void next_step(Run *run);

static const Change *change_at(const Run *run, guint index)
{
    return &g_array_index(run->action->changes, Change, index);
}

/* ---- what has come about ---- */

/* The changes of an action, told apart. */
typedef struct {
    GArray *done;     /* of Change; what they hold is the action's */
    GString *undone;  /* in words, with commas; "": nothing */
    gboolean is_kept; /* all that is undone is what the guest has not let go of */
} Results;

static void results_add(Results *results, const Run *run, guint index, const ObservedDomain *row)
{
    const Change *change = change_at(run, index);
    g_autofree char *seen = NULL;
    LiveSight sight = live_change_see(row, run->action->domain, change, &seen);
    if (sight == LIVE_DONE || (sight == LIVE_UNSEEN && !run->live[index].has_failed)) {
        g_array_append_val(results->done, *change);
        return;
    }
    g_string_append_printf(results->undone, "%s%s", results->undone->len > 0 ? ", " : "",
                           seen != NULL ? seen : "it was not changed");
    results->is_kept = results->is_kept && sight == LIVE_UNDONE && change->device != NULL &&
                       change->brings == NULL;
}

static gboolean is_lost_at_reboot(const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (live_is_lost_at_reboot(g_array_index(changes, Change, i).live)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* It has been created with no less, whatever is taken from it. */
static void note_most_memory(Run *run, RecordDomain *record, const char *before)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read_key(before, DOMAIN_KEY_memory);
    const Value *memory =
        recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_memory) : NULL;
    if (memory != NULL && record->most_domid != (gint64)run->domid) {
        record->most_domid = run->domid;
        record->most_memory_mib = memory->integer;
    }
}

static gboolean has_memory(const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (g_array_index(changes, Change, i).live == LIVE_MEMORY) {
            return TRUE;
        }
    }
    return FALSE;
}

static void end_with(Run *run, const Results *results)
{
    const char *undone = results->undone->str;
    if (*undone != '\0' && results->done->len == 0 && !results->is_kept) {
        run_fail(run, undone);
        return;
    }
    RecordDomain *record = run_record(run);
    g_autofree char *before = g_steal_pointer(&record->settings);
    if (before != NULL) {
        if (has_memory(results->done)) {
            note_most_memory(run, record, before);
        }
        record->settings = record_settings_with(before, run->action->domain, results->done);
    }
    /* The saved config too, or the next reboot would undo the change. */
    gboolean must_store = is_lost_at_reboot(results->done);
    if (*undone == '\0') {
        run_bring_config(run, record, must_store, RESULT_DONE, "%s", "");
    } else if (results->is_kept) {
        run_bring_config(run, record, must_store, RESULT_HELD, "%s (the next run asks again)%s%s",
                         undone, run->complaint != NULL ? ": the toolstack " : "",
                         run->complaint != NULL ? run->complaint : "");
    } else {
        run_bring_config(run, record, must_store, RESULT_FAILED, "%s%s%s", undone,
                         run->complaint != NULL ? ": the toolstack " : "",
                         run->complaint != NULL ? run->complaint : "");
    }
}

/* What has come of each change, by a row with its details. */
static void judge(Run *run, const ObservedDomain *row)
{
    g_autoptr(GString) undone = g_string_new(NULL);
    g_autoptr(GArray) done = g_array_new(FALSE, FALSE, sizeof(Change));
    Results results = {done, undone, TRUE};
    for (guint i = 0; i < run->action->changes->len; i++) {
        results_add(&results, run, i, row);
    }
    end_with(run, &results);
}

static void live_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
        return;
    }
    if (row == NULL || row->domid != run->domid || row->is_shut_down || row_is_going(row)) {
        run_fail(run, "it has ended or was started again meanwhile");
        return;
    }
    run_look_closer(run, row);
    judge(run, row);
}

static gboolean has_any_failed(const Run *run)
{
    for (guint i = 0; i < run->action->changes->len; i++) {
        if (run->live[i].has_failed) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Where all commands said that they are done, the details alone tell it, if they are those of the
 * same id and uuid; a list of all domains is for what is not so. */
static void look_after(Run *run)
{
    const Observed *latest = run->execution->latest;
    guint count = 0;
    const ObservedDomain *row = latest != NULL && latest->state == OBSERVATION_COMPLETE
                                    ? run_find_row(run, latest, &count)
                                    : NULL;
    if (count == 1 && row->domid == run->domid && !has_any_failed(run) &&
        run_look_closer_again(run, row)) {
        judge(run, row);
    } else {
        run_look(run, live_looked);
    }
}

/* ---- commands ---- */

/* libxl leaves a device that it could not connect where lists show it. One that was not there
 * before goes again, or it would be taken for one that came. */
static void clear_away(Run *run, const LiveStep *step)
{
    LiveStep away = *step;
    away.command = step->command == TOOL_ATTACH_DISK ? TOOL_DETACH_DISK : TOOL_DETACH_VIF;
    if ((step->command == TOOL_ATTACH_DISK || step->command == TOOL_ATTACH_VIF) &&
        run->live[step->change].was_undone) {
        g_array_insert_val(run->steps, run->next_step + 1, away);
    }
}

static void step_ended(Run *run, const ToolResult *result)
{
    LiveStep step = g_array_index(run->steps, LiveStep, run->next_step);
    LiveProgress *progress = &run->live[step.change];
    if (!result->is_success) {
        clear_away(run, &step);
    }
    progress->has_failed = progress->has_failed || !result->is_success;
    run->next_step++;
    next_step(run);
}

static void next_step(Run *run)
{
    while (run->next_step < run->steps->len) {
        const LiveStep *step = &g_array_index(run->steps, LiveStep, run->next_step);
        if (!run->live[step->change].was_done) {
            break;
        }
        run->next_step++;
    }
    if (run->next_step == run->steps->len) {
        look_after(run);
        return;
    }
    const LiveStep *step = &g_array_index(run->steps, LiveStep, run->next_step);
    const Change *change = change_at(run, step->change);
    run->request =
        (ToolRequest){.device = change->device, .settings = change->brings, .vcpu = step->vcpu};
    run_command(run, step->command, step_ended);
}

/* A device that came or went already is let be. */
static void look_at_devices(Run *run, const ObservedDomain *row)
{
    gboolean is_looked_at = FALSE;
    for (guint i = 0; i < run->action->changes->len; i++) {
        const Change *change = change_at(run, i);
        g_autofree char *seen = NULL;
        if (change->device == NULL) {
            continue;
        }
        if (!is_looked_at) {
            run_look_closer(run, row);
            is_looked_at = TRUE;
        }
        LiveSight sight = live_change_see(row, run->action->domain, change, &seen);
        run->live[i].was_done = sight == LIVE_DONE;
        run->live[i].was_undone = sight == LIVE_UNDONE;
    }
}

static void live_looked_before(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_living(run, observed);
    if (row == NULL || !run_note_begun(run, OPERATION_CHANGE)) {
        return;
    }
    run->steps = live_steps_make(run->action);
    run->live = g_new0(LiveProgress, run->action->changes->len);
    look_at_devices(run, row);
    next_step(run);
}

void run_begin_live(Run *run)
{
    run_look_fresh(run, live_looked_before);
}
