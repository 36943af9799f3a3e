/* Changes that leave the domain as it is: pause, the config file, taking over. */
#include "reconcile/execute_run.h"
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

static void bring_config_alone(Run *run)
{
    run_bring_config(run, run_record(run), FALSE, RESULT_DONE, "%s", "");
}

/* Xen's monitor is given it, too, for the domain that the plan saw. */
static void write_config_looked(Run *run, const Observed *observed)
{
    if (run_find_planned(run, observed) != NULL) {
        bring_config_alone(run);
    }
}

/* Is the row's domain recorded under the name that it has, which is not the one of this action? */
static gboolean is_renamed(const Run *run, const ObservedDomain *row)
{
    const RecordDomain *recorded = record_find(run->execution->record, row->name);
    return strcmp(row->name, run->action->name) != 0 && recorded != NULL &&
           strcmp(recorded->uuid, row->uuid) == 0 && recorded->is_running &&
           recorded->domid == row->domid;
}

/* Does the name have a record that goes with its file? One that the domain had before has none. */
static gboolean has_record(const Run *run)
{
    const RecordDomain *recorded = record_find(run->execution->record, run->action->name);
    return recorded != NULL && strcmp(recorded->uuid, run->action->uuid) == 0;
}

static void remove_config(Run *run, const Observed *observed)
{
    Execution *execution = run->execution;
    const Backend *backend = execution->backend;
    g_autoptr(GError) error = NULL;
    ConfigFile file = run_config_file(run);
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1 || (row != NULL && !is_renamed(run, row))) {
        /* Its record must not be forgotten while it is here. */
        run_hold(run, HOLD_WAIT, "it is here (id %u)", row->domid);
    } else if ((has_record(run) && !run_remove_former_configs(run, &error)) ||
               !backend->remove_config(backend->data, &file, &error)) {
        run_end(run, RESULT_FAILED, "%s", error->message);
    } else if (!has_record(run)) {
        run_end(run, RESULT_DONE, "%s", "");
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
    record_domain_drop_stored(record);
    run_bring_config(run, record, FALSE, RESULT_DONE, "%s", "");
}

/* ---- pause ---- */

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

static void pause_looked_before(Run *run, const Observed *observed)
{
    if (run_find_living(run, observed) != NULL && run_note_begun(run, OPERATION_CHANGE)) {
        run_command(run, TOOL_PAUSE, pause_ended);
    }
}

void run_begin_change(Run *run)
{
    if (run->action->keeps_file) {
        run_end(run, RESULT_DONE, "%s", "");
    } else if (run->action->kind == ACTION_WRITE_CONFIG && run->action->may_store) {
        run_look_fresh(run, write_config_looked);
    } else if (run->action->kind == ACTION_WRITE_CONFIG) {
        bring_config_alone(run);
    } else if (run->action->kind == ACTION_REMOVE_CONFIG) {
        run_look_fresh(run, remove_config);
    } else if (run->action->kind == ACTION_ADOPT) {
        run_look_fresh(run, adopt_looked);
    } else {
        run_look_fresh(run, pause_looked_before);
    }
}
