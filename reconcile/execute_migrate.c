/* Sending a domain to another host: ask there, put down, take the boot link away, migrate, and look
 * at both hosts. In the order in which it happens. Nothing is destroyed, resumed or unpaused here:
 * what a broken migration leaves is for people, who are told what is so. */
#include "reconcile/execute_run.h"

#include "reconcile/move.h"
#include "reconcile/plan_steps.h"

#include <string.h>

/* So often a failure that will be the same the next time counts as tried. */
#define TRIES_OF_LASTING 1000

static void migrate_looked_before(Run *run, const Observed *observed);
static void migrate_answered_before(Run *run);
static void migrate_looked_again(Run *run, const Observed *observed);
static void migrate_ended(Run *run, const ToolResult *result);
static void ask_afterwards(Run *run);
static void migrate_answered_after(Run *run);
static void migrate_looked_after(Run *run, const Observed *observed);

void run_begin_migrate(Run *run)
{
    const RecordDomain *recorded = run_find_recorded(run);
    if (record_is_migrating(recorded)) {
        run->deadline_ms = run_now_ms(run);
        ask_afterwards(run);
    } else {
        run_look_fresh(run, migrate_looked_before);
    }
}

/* ---- asking ---- */

static void ask(Run *run, void (*on_answered)(Run *))
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    const char *address = spec_host_address(run->action->target);
    g_clear_pointer(&run->answer, host_answer_free);
    run->on_answered = on_answered;
    run->command = address != NULL ? backend->ask(backend->data, address, &error) : NULL;
    if (run->command != NULL) {
        run->is_asking = TRUE;
        run->state = RUN_IN_COMMAND;
        return;
    }
    run->answer = error != NULL ? host_answer_new_trouble("cannot be asked: %s", error->message)
                                : host_answer_new_trouble("has no `address` in the spec");
    on_answered(run);
}

void run_answered(Run *run)
{
    const Execution *execution = run->execution;
    const Backend *backend = execution->backend;
    run->is_asking = FALSE;
    run->answer = backend->answer(backend->data, g_steal_pointer(&run->command));
    host_answer_check(run->answer, run->action->target->name, execution->plan->fleet,
                      backend->now(backend->data));
    run->on_answered(run);
}

/* ---- before ---- */

/* The row, if it can go. NULL: the run has ended. */
static const ObservedDomain *find_ready(Run *run, const Observed *observed)
{
    const ObservedDomain *row = run_find_planned(run, observed);
    if (row != NULL && (row->is_shut_down || row->is_paused)) {
        run_hold(run, HOLD_WAIT, "it has changed meanwhile: it %s",
                 row->is_shut_down ? "has ended" : "is paused");
        return NULL;
    }
    return row;
}

static void migrate_looked_before(Run *run, const Observed *observed)
{
    if (find_ready(run, observed) != NULL) {
        ask(run, migrate_answered_before);
    }
}

static void migrate_answered_before(Run *run)
{
    const Action *action = run->action;
    gboolean is_twice = FALSE;
    MoveQuestion question = {action->target->name,
                             run->answer,
                             action->name,
                             action->uuid,
                             action->seen->memory_mib,
                             0,
                             run->execution->plan->xen_version};
    g_autofree char *obstacle = move_find_obstacle(&question, &is_twice);
    if (obstacle != NULL) {
        run_hold(run, is_twice ? HOLD_CONFLICT : HOLD_WAIT, "%s", obstacle);
    } else {
        run_look(run, migrate_looked_again);
    }
}

/* What is about to be done, with all that a run needs which finds it undone. */
static gboolean note_begun(Run *run, const Observed *observed, const ObservedDomain *row,
                           char **boot_links)
{
    const Backend *backend = run->execution->backend;
    RecordDomain *record = run_record(run);
    const char *target = run->action->target->name;
    gint64 now = backend->now(backend->data);
    gint64 within = domain_get_integer(run->action->domain, DOMAIN_KEY_restart_within);
    if (g_strcmp0(record->move_to, target) != 0 || record->move_time <= now - within) {
        record->move_tries = 0;
    }
    g_free(record->move_to);
    record->move_to = g_strdup(target);
    record->move_tries++;
    record->move_time = now;
    g_clear_pointer(&record->move_trouble, g_free);
    g_strfreev(record->boot_links);
    record->boot_links = g_strdupv(boot_links);
    record_domain_set_running(record, row->domid, observed->boot_id);
    record_domain_begin(record, OPERATION_MIGRATE, run->operation_id);
    return run_note(run, record);
}

/* All of them, whatever becomes of one; the error is the first one's. */
static void put_boot_links(Run *run, char **links, GError **error)
{
    const Backend *backend = run->execution->backend;
    for (; links != NULL && *links != NULL; links++) {
        gboolean has_failed = error != NULL && *error != NULL;
        backend->put_boot_link(backend->data, *links, run->action->name, has_failed ? NULL : error);
    }
}

/* The boot links go first: whatever comes, dom0 must not start at its next boot what may run on
 * the other host. */
static void migrate_looked_again(Run *run, const Observed *observed)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    const ObservedDomain *row = find_ready(run, observed);
    if (row == NULL) {
        return;
    }
    g_auto(GStrv) boot_links = backend->find_boot_links(backend->data, run->action->name);
    if (!note_begun(run, observed, row, boot_links)) {
        return;
    }
    if (!backend->remove_boot_links(backend->data, run->action->name, &error)) {
        run_fail(run, error->message);
        return;
    }
    run->late_ms = run_now_ms(run) + run->execution->limits->migrate_wait_ms;
    run_command(run, TOOL_MIGRATE, migrate_ended);
    if (run->state == RUN_ENDED) {
        /* It could not even be started. */
        put_boot_links(run, boot_links, NULL);
    }
}

void run_is_late(Run *run)
{
    const Backend *backend = run->execution->backend;
    backend->abandon(backend->data, g_steal_pointer(&run->command));
    run_hold(run, HOLD_WAIT,
             "wait: the migration to %s is still under way (it is never broken off, and the next "
             "run looks again)",
             run->action->target->name);
}

/* ---- afterwards ---- */

static void migrate_ended(Run *run, const ToolResult *result)
{
    run->late_ms = 0;
    run->failure = move_name_failure(result->errors, &run->is_failure_lasting);
    run->deadline_ms = run_now_ms(run) + run->execution->limits->grace_ms;
    ask_afterwards(run);
}

static void ask_afterwards(Run *run)
{
    ask(run, migrate_answered_after);
}

static void migrate_answered_after(Run *run)
{
    run_look(run, migrate_looked_after);
}

/* It is there: nothing of it is left to this host. The config file goes before the record does, so
 * that a run which is killed between the two is gone on with, and so is one that could not remove
 * it. A file of others stays. */
static void finish_done(Run *run, const char *what)
{
    const Backend *backend = run->execution->backend;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) kept = NULL;
    ConfigFile file = run_config_file(run);
    file.domain = NULL;
    if (!run_remove_former_configs(run, &kept) ||
        (!backend->remove_config(backend->data, &file, &kept) &&
         !g_error_matches(kept, BACKEND_ERROR, BACKEND_ERROR_FOREIGN))) {
        run_end(run, RESULT_FAILED, "%s; its config file is still here: %s", what, kept->message);
        return;
    }
    if (!backend->journal(backend->journal_data, run->action->name, NULL, &error)) {
        g_autofree char *why = g_strdup_printf("cannot write the record: %s", error->message);
        execution_stop(run->execution, why);
        run_end(run, RESULT_FAILED, "%s; %s", what, why);
        return;
    }
    record_forget(run->execution->record, run->action->name);
    g_autofree char *left =
        kept != NULL ? g_strconcat("; its config file is left here: ", kept->message, NULL)
                     : g_strdup("");
    const Domain *domain = run->action->domain;
    if (domain != NULL && domain_is_on(domain, run->execution->plan->host)) {
        /* The spec has changed its mind on the way. */
        run_hold(run, HOLD_WAIT,
                 "%s, and the spec says by now that it belongs here (the xensure there sends it "
                 "back when it has this spec)%s",
                 what, left);
        return;
    }
    run_end(run, RESULT_DONE, "%s%s", what, left);
}

/* It is here as before: what was taken away for it is put back. */
static void finish_stayed(Run *run, const char *what)
{
    g_autoptr(GError) error = NULL;
    RecordDomain *record = run_record(run);
    const char *why = run->failure != NULL     ? run->failure
                      : run->complaint != NULL ? run->complaint
                                               : NULL;
    put_boot_links(run, record->boot_links, &error);
    g_clear_pointer(&record->boot_links, g_strfreev);
    record_domain_end(record);
    g_free(record->move_trouble);
    record->move_trouble = g_strdup(why != NULL ? why : what);
    if (run->is_failure_lasting) {
        record->move_tries = TRIES_OF_LASTING;
    }
    if (run_note(run, record)) {
        run_end(run, RESULT_FAILED, "%s%s%s%s%s%s%s", what, run->failure != NULL ? ": " : "",
                run->failure != NULL ? run->failure : "",
                run->complaint != NULL ? "; the toolstack " : "",
                run->complaint != NULL ? run->complaint : "",
                error != NULL ? "; its boot link is not put back: " : "",
                error != NULL ? error->message : "");
    }
}

static void migrate_looked_after(Run *run, const Observed *observed)
{
    const Action *action = run->action;
    guint32 domid = 0;
    g_autofree char *what = NULL;
    MoveHere here = move_see_here(observed, action->uuid, &domid);
    MoveEnd end = move_decide(here, move_see_there(run->answer, action->uuid), action->target->name,
                              run->answer, action->name, domid, &what);
    if (end == MOVE_WAIT && here == HERE_DYING && run_now_ms(run) < run->deadline_ms) {
        run_look_again(run);
        return;
    }
    const char *failure = run->failure != NULL ? run->failure : run->complaint;
    switch (end) {
    case MOVE_DONE:
        finish_done(run, what);
        break;
    case MOVE_STAYED:
        finish_stayed(run, what);
        break;
    case MOVE_WAIT:
    case MOVE_CONFLICT:
        /* The operation stays open: each run looks again. */
        run_hold(run, end == MOVE_CONFLICT ? HOLD_CONFLICT : HOLD_WAIT, "%s%s%s%s", what,
                 failure != NULL ? " [" : "", failure != NULL ? failure : "",
                 failure != NULL ? "]" : "");
        break;
    }
}
