/* Creating a domain: config, `create -p`, look, put down, `unpause`, look. In the order in which it
 * happens. */
#include "reconcile/execute_run.h"

#include <string.h>

#define UNPAUSE_TIMEOUT_MS 10000

static void create_looked_before(Run *run, const Observed *observed);
static void create_ended(Run *run, const ToolResult *result);
static void create_looked_after(Run *run, const Observed *observed);
static void create_go_on(Run *run, const ObservedDomain *row);
static void unpause_ended(Run *run, const ToolResult *result);
static void unpause_looked(Run *run, const Observed *observed);
static void cleanup_ended(Run *run, const ToolResult *result);
static void cleanup_looked(Run *run, const Observed *observed);

static gboolean wants_paused(const Run *run)
{
    return domain_is(run->action->domain, DOMAIN_KEY_state, "paused");
}

void run_begin_create(Run *run)
{
    run_look_fresh(run, create_looked_before);
}

/* xl refuses a second domain of one name, but not of one uuid: Xen
 * tools/libs/light/libxl_domain.c:libxl__domain_rename. */
static gboolean is_free(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row != NULL) {
        run_hold(run, HOLD_WAIT, "it has appeared meanwhile (id %u)", row->domid);
        return FALSE;
    }
    for (guint i = 0; i < observed->domains->len; i++) {
        row = g_ptr_array_index(observed->domains, i);
        if (strcmp(row->name, run->action->name) == 0) {
            run_hold(run, HOLD_CONFLICT, "another domain of its name has appeared (id %u)",
                     row->domid);
            return FALSE;
        }
    }
    return TRUE;
}

/* Counts the attempt; a changed spec counts anew. */
static void count_attempt(Run *run, RecordDomain *record)
{
    const Backend *backend = run->execution->backend;
    char *tried = domain_digest(run->action->domain);
    if (g_strcmp0(tried, record->tried_digest) != 0) {
        g_array_set_size(record->attempts, 0);
    } else if (record->attempts->len == RECORD_ATTEMPTS_MAX) {
        g_array_remove_index(record->attempts, 0);
    }
    gint64 now = backend->now(backend->data);
    g_array_append_val(record->attempts, now);
    g_free(record->tried_digest);
    record->tried_digest = tried;
}

static void create_looked_before(Run *run, const Observed *observed)
{
    g_autoptr(RecordDomain) record = run_record(run);
    if (!is_free(run, observed) || !run_write_config(run, record)) {
        return;
    }
    const Domain *domain = run->action->domain;
    GString *settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    g_free(record->settings);
    record->settings = g_string_free(settings, FALSE);
    count_attempt(run, record);
    g_strlcpy(record->uuid, run->action->uuid, sizeof record->uuid);
    g_free(record->operation_id);
    record->operation_id = g_strdup(run->operation_id);
    record->operation = OPERATION_CREATE;
    record->is_running = FALSE;
    record->is_off_by_guest = FALSE;
    record->has_bounce = TRUE;
    record->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    record->domid = 0;
    if (run_note(run, g_steal_pointer(&record))) {
        run->domid = 0;
        run_command(run, TOOL_CREATE_PAUSED, create_ended);
    }
}

static void create_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, create_looked_after);
}

static void create_failed(Run *run, const char *otherwise)
{
    RecordDomain *record = run_record(run);
    record->operation = OPERATION_NONE;
    g_clear_pointer(&record->operation_id, g_free);
    if (run_note(run, record)) {
        run_end(run, RESULT_FAILED, "create %s",
                run->complaint != NULL ? run->complaint : otherwise);
    }
}

static void create_looked_after(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold(run, HOLD_CONFLICT, "%u domains with its uuid are here: it may run twice", count);
    } else if (row == NULL) {
        create_failed(run, "succeeded, but the domain is not in the list");
    } else if (row->is_dying || strcmp(row->name, "(null)") == 0) {
        run_look_again(run);
    } else if (run->was_cut_off && row->is_paused) {
        /* What a killed xl leaves behind is half a domain that never ran. */
        run->domid = row->domid;
        run_command(run, TOOL_DESTROY, cleanup_ended);
    } else {
        create_go_on(run, row);
    }
}

static void create_go_on(Run *run, const ObservedDomain *row)
{
    RecordDomain *record = run_record(run);
    run->domid = row->domid;
    record->domid = row->domid;
    record->operation = OPERATION_CREATED;
    if (!run_note(run, record)) {
        return;
    }
    if (row->is_paused && !wants_paused(run)) {
        run->deadline_ms = run_now_ms(run) + UNPAUSE_TIMEOUT_MS;
        run_command(run, TOOL_UNPAUSE, unpause_ended);
    } else {
        run_look_fresh(run, unpause_looked);
    }
}

static void unpause_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run_look(run, unpause_looked);
}

/* Put down as running: settings are those that its creation put down. */
static gboolean note_running(Run *run, const ObservedDomain *row, const Observed *observed)
{
    RecordDomain *record = run_record(run);
    const Domain *domain = run->action->domain;
    record->operation = OPERATION_NONE;
    g_clear_pointer(&record->operation_id, g_free);
    record->is_running = TRUE;
    record->is_claimed = TRUE;
    record->is_off_by_guest = FALSE;
    record->is_protected = domain_get_integer(domain, DOMAIN_KEY_protect) != 0;
    record->domid = row->domid;
    g_free(record->boot_id);
    record->boot_id = g_strdup(observed->boot_id);
    return run_note(run, record);
}

static void unpause_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        RecordDomain *record = run_record(run);
        record->operation = OPERATION_NONE;
        if (run_note(run, record)) {
            run_end(run, RESULT_FAILED, "it was started and is gone%s%s",
                    run->complaint != NULL ? ": " : "",
                    run->complaint != NULL ? run->complaint : "");
        }
        return;
    }
    if (row->is_paused && !row->is_shut_down && !wants_paused(run)) {
        if (run_now_ms(run) < run->deadline_ms) {
            run_look_again(run);
        } else {
            run_end(run, RESULT_FAILED, "it is still paused%s%s",
                    run->complaint != NULL ? ": unpause " : "",
                    run->complaint != NULL ? run->complaint : "");
        }
        return;
    }
    if (note_running(run, row, observed)) {
        /* A complaint of a create that left a running domain behind: xl exits 3 when it could not
         * leave its monitor (Xen tools/xl/xl_utils.c:do_daemonize). */
        run_end(run, RESULT_DONE, "%s%s",
                run->complaint != NULL ? "it runs, although the toolstack " : "",
                run->complaint != NULL ? run->complaint : "");
    }
}

static void cleanup_ended(Run *run, const ToolResult *result)
{
    (void)result;
    run->deadline_ms = run_now_ms(run) + run->execution->limits->gone_timeout_ms;
    run_look(run, cleanup_looked);
}

static void cleanup_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL) {
        create_failed(run, "was cut off");
    } else if (run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else {
        run_end(run, RESULT_FAILED, "create was cut off, and half a domain (id %u) is left",
                row->domid);
    }
}

/* ---- unpause: of a domain that is paused, or whose creation was cut off ---- */

static void unpause_looked_before(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (row == NULL || count > 1 || row->domid != run->domid) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile");
        return;
    }
    run->deadline_ms = run_now_ms(run) + UNPAUSE_TIMEOUT_MS;
    run_command(run, TOOL_UNPAUSE, unpause_ended);
}

void run_begin_unpause(Run *run)
{
    run_look_fresh(run, unpause_looked_before);
}
