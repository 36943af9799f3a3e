/* The end of what changes a domain: its config file, and what Xen's monitor is given of it. */
#include "reconcile/execute_run.h"
#include "reconcile/record_settings.h"

#include <string.h>

static void end_as_decided(Run *run)
{
    g_autofree char *message = g_steal_pointer(&run->message);
    if (run->result == RESULT_HELD) {
        run_hold(run, HOLD_WAIT, "%s", message);
    } else {
        run_end(run, run->result, "%s", message);
    }
}

/* What the commands of the change complained of is in the message; from now on it is another's. */
static void decide(Run *run, ActionResult result, char *message)
{
    g_autofree char *complaint = g_steal_pointer(&run->complaint);
    run->result = result;
    run->message = message;
    if (result == RESULT_DONE && complaint != NULL) {
        g_free(run->message);
        run->message = g_strconcat("it is so, although the toolstack ", complaint, NULL);
    }
}

static void end_with_record(Run *run, RecordDomain *record)
{
    record_domain_end(record);
    if (run_note(run, record)) {
        end_as_decided(run);
    }
}

/* ---- Xen's monitor ---- */

static void fail_to_store(Run *run, const char *why)
{
    if (run->result == RESULT_DONE) {
        run->result = RESULT_FAILED;
        g_free(run->message);
        run->message = g_strdup_printf(
            "Xen's monitor was not given the config file for the guest's own reboot: %s", why);
    }
}

static void store_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    RecordDomain *record = run_record(run);
    if (count != 1 || row->domid != run->domid) {
        /* What it was built of is not known: it stays as it was put down before. */
        fail_to_store(run, "it has ended or was started again meanwhile");
    } else if (run->complaint != NULL) {
        g_autofree char *why = g_strconcat("the toolstack ", run->complaint, NULL);
        fail_to_store(run, why);
    } else {
        record->is_storing = FALSE;
    }
    end_with_record(run, record);
}

static void store_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, store_looked);
}

/* What is stored is not seen in any list, so that it is put down before as not known. */
static void store(Run *run, RecordDomain *record)
{
    g_autoptr(GString) settings = g_string_new(NULL);
    domain_format_canonical(run->action->domain, settings);
    g_free(record->stored);
    record->stored = g_strdup(settings->str);
    record->is_storing = TRUE;
    record_domain_begin(record, OPERATION_CHANGE, run->operation_id);
    if (run_note(run, record)) {
        run->request = (ToolRequest){0};
        run_command(run, TOOL_STORE_CONFIG, store_ended);
    }
}

void run_bring_config(Run *run, RecordDomain *record, gboolean must_store, ActionResult result,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    decide(run, result, g_strdup_vprintf(format, arguments));
    va_end(arguments);
    /* Until it is stored, it is not known what a reboot brings. */
    record->is_storing = record->is_storing || must_store;
    if (!run_write_config(run, record)) {
        record_domain_free(record);
    } else if (run->action->may_store && record_needs_store(record, run->action->domain)) {
        store(run, record);
    } else {
        end_with_record(run, record);
    }
}

/* ---- of what is held ---- */

static void held_looked(Run *run, const Observed *observed)
{
    if (run_find_living(run, observed) != NULL) {
        run_bring_config(run, run_record(run), FALSE, RESULT_HELD, "%s", run->action->held);
    }
}

void run_begin_held(Run *run)
{
    run_look_fresh(run, held_looked);
}
