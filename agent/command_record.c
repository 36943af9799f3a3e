/* claim, forget, suspend, resume: what an operator says to the record. */
#include "agent/commands.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/report.h"
#include "agent/suspension.h"
#include "agent/time_text.h"

#include "reconcile/ownership.h"
#include "reconcile/record_settings.h"
#include "spec/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define REASON_MAX     1000
#define SUSPEND_MOST_S (365 * 86400)

/* Ends a command: its sentence goes to standard output, as JSON if that was asked for. */
static int finish(Cycle *cycle, const char *sentence)
{
    report_errors(cycle);
    if (cycle->options->is_json) {
        json_t *document =
            json_pack("{s:i, s:s?, s:s?}", "format_version", REPORT_FORMAT_VERSION, "message",
                      cycle->error == NULL ? sentence : NULL, "error", cycle->error);
        char *text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
        puts(text);
        free(text);
        json_decref(document);
    } else if (cycle->error == NULL && sentence != NULL) {
        puts(sentence);
    }
    int exit_code = cycle->exit_code;
    if (fflush(stdout) != 0) {
        exit_code = exit_code_worse(exit_code, EXIT_ERROR);
    }
    cycle_clear(cycle);
    return exit_code;
}

/* Takes the lock and reads the record; the toolstack is not needed. */
static gboolean open_record(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    cycle->state = state_new(cycle->state_dir);
    if (!state_lock(cycle->state, &error)) {
        gboolean is_busy = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
        return cycle_fail(cycle, is_busy ? EXIT_LOCKED : EXIT_ERROR, "%s",
                          is_busy ? "another run of xensure is under way" : error->message);
    }
    return cycle_read_state(cycle);
}

static gboolean save_record(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (!state_tidy_record(cycle->state, cycle->record, TRUE, &error)) {
        return cycle_fail(cycle, EXIT_ERROR, "cannot write the record: %s", error->message);
    }
    return TRUE;
}

/* ---- claim ---- */

/* What is recorded of the domain, under whichever name; a new record where nothing is. NULL: its
 * name is another's still, and CYCLE has failed. */
static RecordDomain *find_claimed(Cycle *cycle, const Domain *domain)
{
    RecordDomain *named = record_find(cycle->record, domain->name);
    RecordDomain *recorded =
        record_find_row(cycle->record, domain->name, record_uuid_of(named, domain));
    if (recorded != NULL) {
        return recorded;
    }
    if (named != NULL &&
        (named->is_running || named->is_protected || named->operation != OPERATION_NONE)) {
        cycle_fail(cycle, EXIT_HELD,
                   "the name '%s' is still that of the domain with the uuid %s, which is recorded "
                   "as %s (an apply holds it, and says what to do)",
                   domain->name, named->uuid, named->is_running ? "running" : "protected or begun");
        return NULL;
    }
    recorded = record_domain_new(domain->name, domain->uuid);
    recorded->has_bounce = TRUE;
    recorded->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    record_put(cycle->record, recorded);
    return recorded;
}

static gboolean claim_domain(Cycle *cycle, const Domain *domain, const char *edition)
{
    RecordDomain *recorded = find_claimed(cycle, domain);
    if (recorded == NULL) {
        return FALSE;
    }
    recorded->is_claimed = TRUE;
    g_free(recorded->claim);
    recorded->claim = g_strdup(edition);
    return TRUE;
}

static gboolean claim(Cycle *cycle, guint *count)
{
    const char *name = cycle->options->arguments[0];
    g_autofree char *edition = spec_edition(cycle->spec);
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name) &&
            (name == NULL || strcmp(domain->name, name) == 0)) {
            if (!claim_domain(cycle, domain, edition)) {
                return FALSE;
            }
            (*count)++;
        }
    }
    if (name != NULL && *count == 0) {
        return cycle_fail(cycle, EXIT_ERROR, "the spec has no domain '%s' for the host '%s'", name,
                          cycle->host_name);
    }
    return save_record(cycle);
}

int command_claim(const Options *options)
{
    Cycle cycle;
    guint count = 0;
    g_autofree char *sentence = NULL;
    cycle_init(&cycle, options);
    if ((options->arguments[0] != NULL) == options->is_all) {
        cycle_fail(&cycle, EXIT_ERROR, "expected the name of a domain, or --all");
    } else if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, SPEC_TO_APPLY) &&
               cycle_check_host(&cycle) && open_record(&cycle) && cycle_check_record(&cycle)) {
        claim(&cycle, &count);
        sentence = g_strdup_printf("%u domain%s belong%s to the host %s", count,
                                   count == 1 ? "" : "s", count == 1 ? "s" : "", cycle.host_name);
    }
    return finish(&cycle, sentence);
}

/* ---- forget ---- */

/* The operator knows how a migration has ended that nobody could find out. If the domain runs here
 * after all, the next run sees it. */
static char *forget_migration(Cycle *cycle, RecordDomain *recorded)
{
    if (xen_host_find_operation(recorded->operation_id) != 0) {
        cycle_fail(cycle, EXIT_HELD,
                   "the migration of '%s' is still under way, and is not forgotten (it is never "
                   "broken off)",
                   recorded->name);
        return NULL;
    }
    record_domain_end(recorded);
    recorded->is_running = FALSE;
    recorded->is_claimed = FALSE;
    recorded->domid = 0;
    g_clear_pointer(&recorded->claim, g_free);
    g_clear_pointer(&recorded->move_to, g_free);
    g_clear_pointer(&recorded->boot_links, g_strfreev);
    recorded->move_tries = 0;
    return g_strdup_printf("the migration of %s is forgotten, and that it belongs here",
                           recorded->name);
}

/* Protection and counted starts go first. The rest of a record is what keeps a domain from being
 * taken for another's, its disks from being given away and other hosts from starting it: it goes
 * only when nothing else is left, and never while the domain is recorded as running. */
static char *forget(Cycle *cycle, const char *name)
{
    RecordDomain *recorded = record_find(cycle->record, name);
    if (recorded == NULL) {
        gboolean is_host = g_hash_table_contains(cycle->record->hosts, name);
        const RecordDomain *renamed = record_find_former(cycle->record, name);
        g_autofree char *hint =
            renamed != NULL
                ? g_strdup_printf(" (the spec has renamed it: xensure forget %s)", renamed->name)
            : is_host
                ? g_strdup_printf(" (if a host is meant: xensure forget --former-host %s)", name)
                : g_strdup("");
        cycle_fail(cycle, EXIT_ERROR, "nothing is recorded of a domain '%s'%s", name, hint);
        return NULL;
    }
    if (recorded->operation == OPERATION_MIGRATE) {
        return forget_migration(cycle, recorded);
    }
    gboolean has_tries =
        recorded->attempts->len > 0 || recorded->move_tries > 0 || recorded->failed_digest != NULL;
    if (recorded->is_protected || has_tries) {
        char *sentence = g_strdup_printf("%s%s%s%s; the rest of its record is kept", name,
                                         recorded->is_protected ? " is no longer protected" : "",
                                         recorded->is_protected && has_tries ? ", and" : "",
                                         has_tries ? " has no counted tries any more" : "");
        recorded->is_protected = FALSE;
        g_clear_pointer(&recorded->failed_digest, g_free);
        g_array_set_size(recorded->attempts, 0);
        recorded->move_tries = 0;
        g_clear_pointer(&recorded->move_to, g_free);
        return sentence;
    }
    if (recorded->is_running) {
        cycle_fail(
            cycle, EXIT_HELD,
            "'%s' is recorded as running, and is not forgotten: it would be taken for another's "
            "(stop it first, by the spec or with the toolstack)",
            name);
        return NULL;
    }
    record_forget(cycle->record, name);
    return g_strdup_printf("%s is forgotten, and that it belongs here", name);
}

/* The operator knows that a host which left the fleet runs nothing any more. */
static char *forget_host(Cycle *cycle, const char *name)
{
    if (!fleet_hosts_forget(cycle->record, name)) {
        cycle_fail(cycle, EXIT_ERROR, "no spec that was applied here has named a host '%s'", name);
        return NULL;
    }
    return g_strdup_printf("%s is not asked any more, unless a spec names it", name);
}

int command_forget(const Options *options)
{
    Cycle cycle;
    const char *name = options->arguments[0];
    g_autofree char *sentence = NULL;
    cycle_init(&cycle, options);
    if ((name != NULL) == (options->former_host != NULL)) {
        cycle_fail(&cycle, EXIT_ERROR, "expected the name of a domain, or --former-host HOST");
    } else if (cycle_read_config(&cycle) && open_record(&cycle)) {
        sentence = name != NULL ? forget(&cycle, name) : forget_host(&cycle, options->former_host);
        if (sentence != NULL) {
            save_record(&cycle);
        }
    }
    return finish(&cycle, sentence);
}

/* ---- suspend, resume ---- */

static gboolean read_duration(Cycle *cycle, gint64 *until)
{
    const char *text = cycle->options->duration;
    gint64 seconds = 0;
    *until = 0;
    if (text == NULL) {
        return TRUE;
    }
    g_autofree char *expected = time_text_read_span(text, SUSPEND_MOST_S, &seconds);
    if (expected != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "expected %s for --for, found '%s'", expected, text);
    }
    *until = g_get_real_time() / G_USEC_PER_SEC + seconds;
    return TRUE;
}

/* Whoever froze the host counts on the end that they gave. The same reason is the same person's,
 * who may want another one. */
static gboolean check_unsuspended(Cycle *cycle, const char *reason)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Suspension) before =
        suspension_read(cycle->state_dir, g_get_real_time() / G_USEC_PER_SEC, &error);
    if (error != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    if (before == NULL || strcmp(before->reason, reason) == 0) {
        return TRUE;
    }
    g_autofree char *what = suspension_describe(before);
    return cycle_fail(cycle, EXIT_ERROR,
                      "this host is suspended already: %s; nothing was changed (`xensure resume` "
                      "ends that; --reason with the same text gives it another end)",
                      what);
}

/* A run that is under way is no reason to wait: it looks for this mark before each action. */
static gboolean suspend(Cycle *cycle, const char *reason, gint64 until, gboolean *is_under_way)
{
    g_autoptr(GError) error = NULL;
    cycle->state = state_new(cycle->state_dir);
    if (!state_lock(cycle->state, &error)) {
        *is_under_way = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
        if (!*is_under_way) {
            return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        }
        g_clear_error(&error);
    }
    return check_unsuspended(cycle, reason) &&
           (suspension_write(cycle->state_dir, reason, until, &error) ||
            cycle_fail(cycle, EXIT_ERROR, "%s", error->message));
}

int command_suspend(const Options *options)
{
    Cycle cycle;
    g_autofree char *sentence = NULL;
    const char *reason = options->reason;
    gint64 until = 0;
    cycle_init(&cycle, options);
    if (reason == NULL || *reason == '\0' || strlen(reason) > REASON_MAX) {
        cycle_fail(&cycle, EXIT_ERROR, "expected --reason TEXT, of at most %d bytes", REASON_MAX);
    } else if (read_duration(&cycle, &until) && cycle_read_config(&cycle)) {
        gboolean is_under_way = FALSE;
        suspend(&cycle, reason, until, &is_under_way);
        Suspension suspension = {(char *)reason, until};
        g_autofree char *what = suspension_describe(&suspension);
        sentence =
            g_strdup_printf("suspended: %s%s", what,
                            is_under_way ? "; a run is under way, which ends what it has begun "
                                           "and begins nothing more"
                                         : "");
    }
    return finish(&cycle, sentence);
}

int command_resume(const Options *options)
{
    Cycle cycle;
    g_autoptr(GError) error = NULL;
    const char *sentence = "this host was not suspended";
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && open_record(&cycle)) {
        sentence = cycle.suspended != NULL ? "resumed" : sentence;
        if (!suspension_remove(cycle.state_dir, &error)) {
            cycle_fail(&cycle, EXIT_ERROR, "%s", error->message);
        }
    }
    return finish(&cycle, sentence);
}
