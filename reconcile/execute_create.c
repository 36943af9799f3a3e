/* Creating a domain: config, `create -p`, look, put down, `unpause`, look. In the order in which it
 * happens. */
#include "reconcile/execute_run.h"

#include "reconcile/plan_steps.h"

#include <string.h>

#define UNPAUSE_TIMEOUT_MS 10000
/* The same after a command that failed: it may have done its work all the same. */
#define UNPAUSE_FAILED_TIMEOUT_MS 2000

static void create_looked_before(Run *run, const Observed *observed);
static void create_ended(Run *run, const ToolResult *result);
static void create_looked_after(Run *run, const Observed *observed);
static void create_go_on(Run *run, const ObservedDomain *row, const Observed *observed);
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
        if (row->domid != 0 && row->uuid[0] == '\0') {
            run_hold(run, HOLD_WAIT,
                     "a domain has appeared whose uuid the list does not say (id %u)", row->domid);
            return FALSE;
        }
    }
    return TRUE;
}

/* Counts the attempt; a changed spec counts anew, and so does another boot of the host:
 * restart.limit is about guests that do not stay up, not about hosts. */
static void count_attempt(Run *run, RecordDomain *record, const Observed *observed)
{
    const Backend *backend = run->execution->backend;
    char *tried = domain_digest(run->action->domain);
    gboolean is_this_boot =
        record->boot_id == NULL || g_strcmp0(record->boot_id, observed->boot_id) == 0;
    if (g_strcmp0(tried, record->tried_digest) != 0 || !is_this_boot) {
        g_array_set_size(record->attempts, 0);
    } else if (record->attempts->len == RECORD_ATTEMPTS_MAX) {
        g_array_remove_index(record->attempts, 0);
    }
    gint64 now = backend->now(backend->data);
    g_array_append_val(record->attempts, now);
    g_free(record->tried_digest);
    record->tried_digest = tried;
    g_free(record->boot_id);
    record->boot_id = g_strdup(observed->boot_id);
}

/* Keeps what ran last until it is known that what comes runs, too. */
static void keep_what_ran(Run *run, RecordDomain *record, const char *settings)
{
    if (run->action->instead_of != NULL) {
        g_free(record->failed_digest);
        record->failed_digest = domain_digest(run->action->instead_of);
    } else {
        g_clear_pointer(&record->failed_digest, g_free);
    }
    record_domain_keep_what_ran(record, record->settings, settings);
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
    keep_what_ran(run, record, settings->str);
    /* What Xen's monitor would build: create_was_overtaken(). */
    g_free(run->settings_before);
    run->settings_before = record->is_storing       ? NULL
                           : record->stored != NULL ? g_strdup(record->stored)
                                                    : g_strdup(record->settings);
    record_domain_drop_stored(record);
    g_free(record->settings);
    record->settings = g_string_free(settings, FALSE);
    count_attempt(run, record, observed);
    g_strlcpy(record->uuid, run->action->uuid, sizeof record->uuid);
    record_domain_begin(record, OPERATION_CREATE, run->operation_id);
    record->is_running = FALSE;
    record->has_not_started = FALSE;
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
    if (result->is_left_behind) {
        /* It may still make the domain, so that the operation stays open. */
        run_end(run, RESULT_FAILED, "create %s", result->description);
        return;
    }
    run->deadline_ms = run_now_ms(run) + run->execution->limits->gone_timeout_ms;
    run_look(run, create_looked_after);
}

/* What ran before its change is created in its place, as a run of its own would do it. */
static void put_back(Run *run)
{
    run->action = run->action->revert;
    run->unreverted = g_steal_pointer(&run->complaint);
    run->was_cut_off = FALSE;
    run->domid = 0;
    run_begin_create(run);
}

static void create_failed(Run *run)
{
    RecordDomain *record = run_record(run);
    record_domain_end(record);
    record->has_not_started = TRUE;
    if (!run_note(run, record)) {
        return;
    }
    if (run->action->revert != NULL && run->complaint != NULL) {
        put_back(run);
    } else {
        run_end(run, RESULT_FAILED, "create %s",
                run->complaint != NULL ? run->complaint
                                       : "succeeded, but the domain is not in the list");
    }
}

/* Only what was created with `-p` is paused and has never run: this domain is another's, most
 * likely of Xen's monitor, which restarts a guest with what it was created with. */
static void create_was_overtaken(Run *run, const ObservedDomain *row, const Observed *observed)
{
    RecordDomain *record = run_record(run);
    record_domain_end(record);
    g_free(record->settings);
    record->settings = g_strdup(run->settings_before);
    record_domain_set_running(record, row->domid, observed->boot_id);
    if (run_note(run, record)) {
        run_end(run, RESULT_FAILED,
                "create %s, and a domain with its uuid that xensure did not start is here (id %u)",
                run->complaint, row->domid);
    }
}

/* What a create that failed has left behind is a whole domain, where xl could not leave its monitor
 * (Xen tools/xl/xl_utils.c:do_daemonize), or half of one; `xl list -l` knows only whole ones. */
static void create_left(Run *run, const ObservedDomain *row, const Observed *observed)
{
    run_look_closer(run, row);
    if (row->has_details) {
        create_go_on(run, row, observed);
    } else if (run->was_cut_off && row->is_incomplete) {
        /* Nobody goes on with what we have killed. */
        run->domid = row->domid;
        run_command(run, TOOL_DESTROY, cleanup_ended);
    } else {
        /* Somebody may still be at work on it: the next plan decides. */
        run_end(run, RESULT_FAILED,
                "create %s, and a domain is left (id %u) that may be half of one; the next run "
                "looks at it again",
                run->complaint, row->domid);
    }
}

static void create_looked_after(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
    } else if (row == NULL) {
        create_failed(run);
    } else if (row_is_going(row) && run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else if (row_is_going(row)) {
        run_fail(run, "what was created is dying, and does not go");
    } else if (run->complaint == NULL) {
        create_go_on(run, row, observed);
    } else if (observed_domain_never_ran(row) && strcmp(row->name, run->action->name) == 0) {
        create_left(run, row, observed);
    } else {
        create_was_overtaken(run, row, observed);
    }
}

/* It counts as running before it is unpaused: a guest that reboots at once is missing for a moment,
 * and must then be looked for twice. */
static void create_go_on(Run *run, const ObservedDomain *row, const Observed *observed)
{
    RecordDomain *record = run_record(run);
    run->domid = row->domid;
    run->deadline_ms = run_now_ms(run) + UNPAUSE_TIMEOUT_MS;
    record->operation = OPERATION_CREATED;
    record_domain_set_running(record, row->domid, observed->boot_id);
    if (!run_note(run, record)) {
        return;
    }
    if (row->is_paused && !wants_paused(run)) {
        run_command(run, TOOL_UNPAUSE, unpause_ended);
    } else {
        unpause_looked(run, observed);
    }
}

static void unpause_ended(Run *run, const ToolResult *result)
{
    run->deadline_ms =
        run_now_ms(run) + (result->is_success ? UNPAUSE_TIMEOUT_MS : UNPAUSE_FAILED_TIMEOUT_MS);
    run_look(run, unpause_looked);
}

static void run_started(Run *run, const ObservedDomain *row, const Observed *observed)
{
    const Domain *domain = run->action->domain;
    RecordDomain *record = run_record(run);
    record_domain_end(record);
    record_domain_set_running(record, row->domid, observed->boot_id);
    record->is_claimed = TRUE;
    record->is_off_by_guest = FALSE;
    record->is_protected = domain_get_integer(domain, DOMAIN_KEY_protect) != 0;
    if (!run_note(run, record)) {
        return;
    }
    if (run->unreverted != NULL) {
        run_end(run, RESULT_FAILED,
                "as it was changed, it did not start: create %s; the last config that ran was put "
                "back",
                run->unreverted);
    } else if (row->reason == SHUTDOWN_REASON_CRASH || row->reason == SHUTDOWN_REASON_WATCHDOG) {
        run_end(run, RESULT_FAILED, "it was started, and its guest has crashed");
    } else {
        run_end(run, RESULT_DONE, "%s%s",
                run->complaint != NULL ? "it runs, although the toolstack " : "",
                run->complaint != NULL ? run->complaint : "");
    }
}

/* Is it not yet as it should be, or on its way? */
static gboolean is_under_way(const Run *run, const ObservedDomain *row)
{
    gboolean is_still_paused = row->is_paused && !row->is_shut_down && !wants_paused(run);
    /* Another id: Xen's monitor restarts the guest, and what it builds is paused. */
    gboolean is_built_anew = row->domid != run->domid && observed_domain_never_ran(row);
    return row_is_going(row) || is_still_paused || is_built_anew;
}

static void unpause_looked(Run *run, const Observed *observed)
{
    guint count = 0;
    const ObservedDomain *row = run_find_row(run, observed, &count);
    if (count > 1) {
        run_hold_twice(run, count);
    } else if (row == NULL) {
        run_fail(run, "it was started and is gone");
    } else if (is_under_way(run, row) && run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else if (row_is_going(row)) {
        run_fail(run, "it was started and is dying");
    } else if (is_under_way(run, row) && row->domid != run->domid) {
        run_fail(run, "it was started, and Xen's monitor is building it again");
    } else if (is_under_way(run, row)) {
        /* The operation stays open: the next plan unpauses what we created. */
        run_end(run, RESULT_FAILED, "it is still paused%s%s",
                run->complaint != NULL ? ": the toolstack " : "",
                run->complaint != NULL ? run->complaint : "");
    } else {
        run_started(run, row, observed);
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
        run_fail(run, "create was cut off, and what it left was destroyed");
    } else if (run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
    } else {
        /* The operation stays open: the next plan clears it away. */
        run_end(run, RESULT_FAILED, "create was cut off, and half a domain (id %u) is left",
                row->domid);
    }
}

/* ---- unpause: of a domain that is paused, or whose creation was cut off ---- */

static void unpause_looked_before(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row == NULL) {
        return;
    }
    if (row->is_shut_down) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile: it has ended");
        return;
    }
    if (!row->is_paused) {
        run_started(run, row, observed);
        return;
    }
    RecordDomain *record = run_record(run);
    if (record_is_creating(record)) {
        /* It stays a creation that was cut off, or the next run would take it for somebody else's;
         * and as in create_go_on() it counts as running. */
        record_domain_begin(record, OPERATION_CREATED, run->operation_id);
        record_domain_set_running(record, row->domid, observed->boot_id);
    } else {
        record_domain_begin(record, OPERATION_CHANGE, run->operation_id);
    }
    if (run_note(run, record)) {
        run->deadline_ms = run_now_ms(run) + UNPAUSE_TIMEOUT_MS;
        run_command(run, TOOL_UNPAUSE, unpause_ended);
    }
}

void run_begin_unpause(Run *run)
{
    run_look_fresh(run, unpause_looked_before);
}
