/* Changes that leave the domain where it is: pause, memory, CPUs, the config file, taking over. */
#include "reconcile/execute_run.h"
#include "reconcile/record_settings.h"

#include <string.h>

#define PAUSE_TIMEOUT_MS 10000

static void end_with_record(Run *run, RecordDomain *record)
{
    record->operation = OPERATION_NONE;
    g_clear_pointer(&record->operation_id, g_free);
    if (run_note(run, record)) {
        run_end(run, RESULT_DONE, "%s", "");
    }
}

static void write_config_alone(Run *run)
{
    RecordDomain *record = run_record(run);
    if (run_write_config(run, record)) {
        end_with_record(run, record);
    } else {
        record_domain_free(record);
    }
}

static void remove_config(Run *run)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    ConfigFile file = run_config_file(run);
    if (!backend->remove_config(backend->data, &file, &error) ||
        !backend->journal(backend->journal_data, run->action->name, NULL, &error)) {
        run_end(run, RESULT_FAILED, "%s", error->message);
        return;
    }
    record_forget(run->execution->record, run->action->name);
    run_end(run, RESULT_DONE, "%s", "");
}

static void adopt_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL || count > 1 || row->domid != run->domid) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile");
        return;
    }
    RecordDomain *record = run_record(run);
    const Domain *domain = run->action->domain;
    g_autoptr(GString) settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    g_strlcpy(record->uuid, row->uuid, sizeof record->uuid);
    record->is_adopted = TRUE;
    record->is_claimed = TRUE;
    record->is_running = TRUE;
    record->domid = row->domid;
    record->has_bounce = TRUE;
    record->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    record->is_protected = domain_get_integer(domain, DOMAIN_KEY_protect) != 0;
    g_free(record->boot_id);
    record->boot_id = g_strdup(observed->boot_id);
    g_free(record->settings);
    record->settings = g_strdup(settings->str);
    if (run_write_config(run, record)) {
        end_with_record(run, record);
    } else {
        record_domain_free(record);
    }
}

/* ---- commands on a running domain ---- */

static void live_ended(Run *run, const ToolResult *result)
{
    if (!result->is_success) {
        run_end(run, RESULT_FAILED, "%s", result->description);
        return;
    }
    RecordDomain *record = run_record(run);
    g_autofree char *before = g_steal_pointer(&record->settings);
    if (before != NULL) {
        record->settings = record_settings_with(before, run->action->domain, run->action->changes);
    }
    /* The saved config too, or the next reboot would undo the change. */
    if (run_write_config(run, record)) {
        end_with_record(run, record);
    } else {
        record_domain_free(record);
    }
}

static void pause_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        run_end(run, RESULT_FAILED, "it is gone");
    } else if (row->is_paused) {
        end_with_record(run, run_record(run));
    } else if (run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else {
        run_end(run, RESULT_FAILED, "it is still not paused%s%s",
                run->complaint != NULL ? ": pause " : "",
                run->complaint != NULL ? run->complaint : "");
    }
}

static void pause_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run->deadline_ms = run_now_ms(run) + PAUSE_TIMEOUT_MS;
    run_look(run, pause_looked);
}

static void change_looked_before(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL || count > 1 || row->domid != run->domid || row->is_shut_down) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile");
        return;
    }
    RecordDomain *record = run_record(run);
    record->operation = OPERATION_CHANGE;
    g_free(record->operation_id);
    record->operation_id = g_strdup(run->operation_id);
    if (!run_note(run, record)) {
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
    if (run->action->kind == ACTION_WRITE_CONFIG) {
        write_config_alone(run);
    } else if (run->action->kind == ACTION_REMOVE_CONFIG) {
        remove_config(run);
    } else if (run->action->kind == ACTION_ADOPT) {
        run_look_fresh(run, adopt_looked);
    } else {
        run_look_fresh(run, change_looked_before);
    }
}
