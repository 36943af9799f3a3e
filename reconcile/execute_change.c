/* Changes that leave the domain where it is: pause, memory, CPUs, the config file, taking over. */
#include "reconcile/execute_run.h"
#include "reconcile/record_settings.h"
#include "reconcile/seen_settings.h"

#include <string.h>

#define PAUSE_TIMEOUT_MS 10000
/* The same after a command that failed: it may have done its work all the same. */
#define PAUSE_FAILED_TIMEOUT_MS 2000

static void end_with_record(Run *run, RecordDomain *record)
{
    record_domain_end(record);
    if (run_note(run, record)) {
        run_end(run, RESULT_DONE, "%s%s",
                run->complaint != NULL ? "it is so, although the toolstack " : "",
                run->complaint != NULL ? run->complaint : "");
    }
}

/* ---- the config file ---- */

static void write_config_and_end(Run *run, RecordDomain *record)
{
    if (run_write_config(run, record)) {
        end_with_record(run, record);
    } else {
        record_domain_free(record);
    }
}

static void remove_config(Run *run, const Observed *observed)
{
    Execution *execution = run->execution;
    const Backend *backend = execution->backend;
    g_autoptr(GError) error = NULL;
    ConfigFile file = run_config_file(run);
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row != NULL) {
        /* Its record must not be forgotten while it is here. */
        run_hold(run, HOLD_WAIT, "it is here (id %u)", row->domid);
    } else if (!backend->remove_config(backend->data, &file, &error)) {
        run_end(run, RESULT_FAILED, "%s", error->message);
    } else if (!backend->journal(backend->journal_data, run->action->name, NULL, &error)) {
        g_autofree char *why = g_strdup_printf("cannot write the record: %s", error->message);
        execution_stop(execution, why);
        run_end(run, RESULT_FAILED, "%s", why);
    } else {
        record_forget(execution->record, run->action->name);
        run_end(run, RESULT_DONE, "%s", "");
    }
}

/* ---- taking over ---- */

static void adopt_looked(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row == NULL) {
        return;
    }
    RecordDomain *record = run_record(run);
    const Domain *domain = run->action->domain;
    run_look_closer(run, row);
    g_strlcpy(record->uuid, row->uuid, sizeof record->uuid);
    record->is_adopted = TRUE;
    record->is_claimed = TRUE;
    record_domain_set_running(record, row->domid, observed->boot_id);
    record->has_bounce = TRUE;
    record->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    record->is_protected = domain_get_integer(domain, DOMAIN_KEY_protect) != 0;
    g_free(record->settings);
    record->settings = seen_settings_format(row, domain);
    write_config_and_end(run, record);
}

/* ---- commands on a running domain ---- */

static void live_done(Run *run)
{
    RecordDomain *record = run_record(run);
    g_autofree char *before = g_steal_pointer(&record->settings);
    if (before != NULL) {
        record->settings = record_settings_with(before, run->action->domain, run->action->changes);
    }
    /* The saved config too, or the next reboot would undo the change. */
    write_config_and_end(run, record);
}

/* What is seen of a key, or -1. */
static gint64 see(const ObservedDomain *row, const KeyRow *key)
{
    guint index = key_table_index(&domain_keys, key);
    if (row->has_details && index == DOMAIN_KEY_memory) {
        return (gint64)row->target_mib;
    }
    if (row->has_details && index == DOMAIN_KEY_vcpus && row->vcpus_available > 0) {
        return row->vcpus_available;
    }
    return -1;
}

/* The first change that is seen not to have come about, or NULL. *is_seen: one was seen at all. */
static const Change *find_undone(const Run *run, const ObservedDomain *row, gint64 *seen,
                                 gboolean *is_seen)
{
    const GArray *changes = run->action->changes;
    *is_seen = FALSE;
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        *seen = see(row, change->row);
        if (*seen < 0) {
            continue;
        }
        *is_seen = TRUE;
        gint64 want =
            domain_get_integer(run->action->domain, key_table_index(&domain_keys, change->row));
        if (ABS(*seen - want) > change->row->tolerance) {
            return change;
        }
    }
    return NULL;
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
    gint64 seen = 0;
    gboolean is_seen = FALSE;
    run_look_closer(run, row);
    const Change *undone = find_undone(run, row, &seen, &is_seen);
    if (undone != NULL) {
        g_autofree char *what =
            g_strdup_printf("its %s is still %" G_GINT64_FORMAT, undone->row->name, seen);
        run_fail(run, what);
    } else if (run->complaint != NULL && !is_seen) {
        run_fail(run, "it was not changed");
    } else {
        live_done(run);
    }
}

static void live_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, live_looked);
}

static void pause_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
    } else if (row == NULL || row->domid != run->domid) {
        run_fail(run, "it has ended or was started again meanwhile");
    } else if (row->is_paused) {
        end_with_record(run, run_record(run));
    } else if (run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else {
        run_fail(run, "it is still not paused");
    }
}

static void pause_ended(Run *run, const ToolResult *result)
{
    run->deadline_ms =
        run_now_ms(run) + (result->is_success ? PAUSE_TIMEOUT_MS : PAUSE_FAILED_TIMEOUT_MS);
    run_look(run, pause_looked);
}

static void change_looked_before(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row == NULL) {
        return;
    }
    if (row->is_shut_down) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile: it has ended");
        return;
    }
    if (!run_note_begun(run, OPERATION_CHANGE)) {
        return;
    }
    ActionKind kind = run->action->kind;
    if (kind == ACTION_PAUSE) {
        run_command(run, TOOL_PAUSE, pause_ended);
        return;
    }
    run_command(run,
                kind == ACTION_SET_MEMORY  ? TOOL_SET_MEMORY
                : kind == ACTION_SET_VCPUS ? TOOL_SET_VCPUS
                                           : TOOL_SET_SCHEDULER,
                live_ended);
}

void run_begin_change(Run *run)
{
    if (run->action->keeps_file) {
        run_end(run, RESULT_DONE, "%s", "");
    } else if (run->action->kind == ACTION_WRITE_CONFIG) {
        write_config_and_end(run, run_record(run));
    } else if (run->action->kind == ACTION_REMOVE_CONFIG) {
        run_look_fresh(run, remove_config);
    } else if (run->action->kind == ACTION_ADOPT) {
        run_look_fresh(run, adopt_looked);
    } else {
        run_look_fresh(run, change_looked_before);
    }
}
