/* validate, plan, apply, render: what reads a spec. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/history.h"
#include "agent/last_run.h"
#include "agent/report.h"
#include "agent/run_hooks.h"
#include "agent/run_log.h"
#include "agent/time_text.h"
#include "reconcile/record_settings.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_config_password.h"

#include <stdio.h>
#include <unistd.h>

static void print(const char *text)
{
    fputs(text, stdout);
}

static int finish(Cycle *cycle)
{
    int exit_code = cycle->exit_code;
    cycle_clear(cycle);
    return exit_code;
}

/* ---- validate ---- */

static void print_validation(const Cycle *cycle)
{
    if (cycle->options->is_json) {
        g_autofree char *json = report_make_problems_json(cycle);
        print(json);
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    problems_format(cycle->problems, text, options_wants_colour(cycle->options, STDOUT_FILENO));
    print(text->str);
    if (cycle->exit_code == EXIT_IN_SYNC && isatty(STDOUT_FILENO)) {
        printf("valid: fleet %s, %u domain%s\n", cycle->spec->fleet, cycle->spec->domains->len,
               cycle->spec->domains->len == 1 ? "" : "s");
    }
    if (cycle->error != NULL) {
        fprintf(stderr, "xensure: %s\n", cycle->error);
    }
}

/* The host is looked at for a spec with mistakes, too: all that is wrong is told in one go. What
 * could not be read at all is not there to be looked at. */
static gboolean can_check_host(const Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    return spec != NULL && cycle->exit_code != EXIT_ERROR && !spec->is_incomplete &&
           spec->fleet != NULL;
}

int command_validate(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, options->arguments, SPEC_TO_CHECK)) {
        const ConfigDialect *dialect = cycle_named_dialect(&cycle);
        /* A spec is valid for every toolstack, unless one is named. */
        if (dialect != NULL) {
            cycle_check_configs(&cycle, dialect);
        }
    }
    if (options->has_host_checks && can_check_host(&cycle) && cycle_check_host(&cycle) &&
        cycle_find_toolstack(&cycle)) {
        cycle_check_spec(&cycle);
    }
    print_validation(&cycle);
    return finish(&cycle);
}

/* ---- plan ---- */

static void print_plan(const Cycle *cycle)
{
    if (cycle->options->is_json) {
        g_autofree char *json = report_make_json(cycle);
        print(json);
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    if (cycle->diffs != NULL && cycle->error == NULL) {
        report_diffs(cycle, text);
    } else if (cycle->plan != NULL && cycle->error == NULL) {
        report_plan(cycle, options_wants_colour(cycle->options, STDOUT_FILENO), text);
    }
    report_partial_list(cycle, text);
    print(text->str);
}

int command_plan(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, SPEC_TO_PLAN) &&
        cycle_check_host(&cycle) && cycle_open_host(&cycle, FALSE) && cycle_check_record(&cycle)) {
        if (cycle_make_plan(&cycle, FALSE) && options->is_diff) {
            cycle_make_diffs(&cycle);
        }
    }
    report_errors(&cycle);
    print_plan(&cycle);
    return finish(&cycle);
}

/* ---- apply ---- */

static void show_life(gpointer data)
{
    const Cycle *cycle = data;
    live_view_draw(cycle->view);
}

/* A line when an action ends, and before, where there is no live view, one when it begins; a log
 * gets the result. */
static void show_progress(gpointer data, const Action *action, const Outcome *outcome)
{
    const Cycle *cycle = data;
    g_autoptr(GError) error = NULL;
    if (cycle->view != NULL && outcome != NULL) {
        live_view_end(cycle->view, action->name, action_kind_name(action->kind));
    }
    if (outcome != NULL && !history_add(cycle, action, outcome, &error)) {
        fprintf(stderr, "xensure: warning: the history is not kept: %s\n", error->message);
    }
    const char *what = action_kind_name(action->kind);
    if (cycle->options->has_log) {
        run_log_progress(data, action, outcome);
        return;
    }
    if (cycle->options->is_json || !isatty(STDERR_FILENO)) {
        return;
    }
    if (outcome == NULL && cycle->view != NULL) {
        live_view_begin(cycle->view, action->name, what);
    } else if (outcome == NULL) {
        fprintf(stderr, "%s: %s ...\n", action->name, what);
    } else {
        fprintf(stderr, "%s: %s %s after %.1f s\n", action->name, what,
                action_result_name(outcome->result), (double)outcome->duration_ms / 1000);
    }
}

static void print_applied(const Cycle *cycle, const char *json)
{
    if (cycle->options->is_json) {
        print(json);
        return;
    }
    gboolean colour = options_wants_colour(cycle->options, STDOUT_FILENO);
    g_autoptr(GString) text = g_string_new(NULL);
    if (cycle->outcomes != NULL && cycle->outcomes->len > 0) {
        report_outcomes(cycle, colour, text);
    } else if (cycle->outcomes != NULL && isatty(STDOUT_FILENO)) {
        report_plan(cycle, colour, text);
    }
    report_partial_list(cycle, text);
    print(text->str);
}

/* `--extra` is for the one start that `--only` is about; without one it would be lost without a
 * word. */
static gboolean take_extra(Cycle *cycle)
{
    const char *extra = cycle->options->extra;
    if (extra == NULL) {
        return TRUE;
    }
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        if (action->hold == HOLD_NONE && action_kind_creates(action->kind)) {
            xen_host_set_extra(cycle->host, extra);
            return TRUE;
        }
    }
    return cycle_fail(cycle, EXIT_ERROR,
                      "this run would not start the domain, so --extra has no effect");
}

/* Of a run that neither did nor failed to do anything, only a person wants to hear the warnings:
 * cron would mail them every minute. */
static gboolean has_news(const Cycle *cycle)
{
    gboolean is_news = cycle->error != NULL || cycle->source_exit_code != EXIT_IN_SYNC ||
                       isatty(STDERR_FILENO) || cycle->drops_signers ||
                       cycle->options->accept_generation != NULL;
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        is_news = is_news || g_array_index(cycle->outcomes, Outcome, i).result != RESULT_HELD;
    }
    return is_news;
}

#define PEOPLE_AUDIENCE "people"

/* A source that is away is told, also by a run that has no other news, but once a day alone: it may
 * come and go, and cron mails each line. */
static void tell_copies(const Cycle *cycle, Told *told)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (!source->is_copy || !run_copy_is_new(told, PEOPLE_AUDIENCE, source)) {
            continue;
        }
        g_autofree char *time = cycle_describe_time(source->fetched);
        g_autofree char *age = time_text_age(source->fetched, now);
        fprintf(stderr,
                "xensure: warning: %s %s; the copy that was fetched %s (%s) is used (said once a "
                "day)\n",
                source->name, source->trouble, time, age);
    }
}

/* Says what has become of the run: to people and to the log. */
static void tell(Cycle *cycle, const char *json, Told *told)
{
    if (cycle->options->has_log) {
        run_log_rest(cycle, told);
    } else {
        told_keep(told, RUN_LOG_AUDIENCE, "");
        if (has_news(cycle)) {
            report_errors(cycle);
        } else {
            tell_copies(cycle, told);
        }
        report_failures(cycle);
    }
    told_keep_day(told, PEOPLE_AUDIENCE, RUN_LOG_COPY);
    if (!cycle->options->has_log || cycle->options->is_json) {
        print_applied(cycle, json);
    }
}

/* Of what lasts until somebody mends it, a log is told once. */
static void tell_warnings(const Cycle *cycle, const GPtrArray *warnings, Told *told)
{
    gboolean has_log = cycle->options->has_log;
    for (guint i = 0; i < warnings->len; i++) {
        const char *text = g_ptr_array_index(warnings, i);
        if (has_log) {
            run_log_warning(text, told);
        } else if (has_news(cycle)) {
            fprintf(stderr, "xensure: warning: %s\n", text);
        }
    }
    /* These have not tried all of it. */
    if (cycle->exit_code == EXIT_LOCKED || cycle->options->only != NULL) {
        told_keep(told, RUN_LOG_AUDIENCE, RUN_LOG_WARNING);
    }
}

static void carry_out(Cycle *cycle)
{
    gboolean is_for_people = !cycle->options->is_json && !cycle->options->has_log;
    g_autoptr(LiveView) view = is_for_people ? live_view_new(plan_count_to_do(cycle->plan)) : NULL;
    CycleWatcher watcher = {show_progress, view != NULL ? show_life : NULL};
    cycle->view = view;
    cycle_apply(cycle, &watcher);
    cycle->view = NULL;
}

/* Keeps all that is to be kept of the run before its lock is given back, and before the programs
 * of `on_event` begin, which may take their time. */
static void end_run(Cycle *cycle, gboolean is_locked)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(Told) told = cycle->state_dir != NULL ? told_read(cycle->state_dir, now) : NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = report_make_json(cycle);
    tell(cycle, json, told);
    last_run_keep(cycle, json, is_locked, warnings);
    tell_warnings(cycle, warnings, told);
    g_autoptr(RunHooks) hooks = run_hooks_new(cycle, told);
    if (told != NULL && !told_write(told, cycle->state_dir, &error)) {
        fprintf(stderr, "xensure: warning: what was said will be said again: %s\n", error->message);
    }
    if (cycle->state != NULL) {
        state_unlock(cycle->state);
    }
    run_hooks(cycle, hooks);
}

int command_apply(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    gboolean is_locked = cycle_read_config(&cycle) &&
                         cycle_read_spec(&cycle, NULL, SPEC_TO_APPLY) && cycle_check_host(&cycle) &&
                         cycle_open_host(&cycle, TRUE);
    if (is_locked && cycle_check_record(&cycle) && cycle_make_plan(&cycle, TRUE) &&
        take_extra(&cycle)) {
        carry_out(&cycle);
    }
    end_run(&cycle, is_locked);
    return finish(&cycle);
}

/* ---- render ---- */

/* The uuid that `apply` would write: that of a domain which was taken over is in the record, also
 * when its spec says `adopt: true` no more. */
static gboolean find_uuid(Cycle *cycle, const Domain *domain, char uuid[UUID_SIZE])
{
    if (!cycle_read_state(cycle)) {
        return FALSE;
    }
    g_strlcpy(uuid, record_uuid_of(record_find(cycle->record, domain->name), domain), UUID_SIZE);
    return TRUE;
}

static gboolean render(Cycle *cycle, GString *text)
{
    const char *name = cycle->options->arguments[0];
    const Domain *domain = spec_find(cycle->spec, name);
    char uuid[UUID_SIZE];
    g_autoptr(GError) error = NULL;
    if (domain == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "there is no domain '%s' in the spec", name);
    }
    if (!find_uuid(cycle, domain, uuid)) {
        return FALSE;
    }
    if (!xen_config_write(cycle_find_dialect(cycle), domain, uuid, text, &error)) {
        return cycle_fail(cycle, EXIT_REJECTED, "%s", error->message);
    }
    return agent_config_text(cycle->config, AGENT_KEY_vnc_password_file) == NULL ||
           xen_config_add_password(domain, XEN_CONFIG_MASK, text, &error) ||
           cycle_fail(cycle, EXIT_REJECTED, "%s", error->message);
}

int command_render(const Options *options)
{
    Cycle cycle;
    g_autoptr(GString) text = g_string_new(NULL);
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, SPEC_TO_CHECK)) {
        render(&cycle, text);
    }
    report_errors(&cycle);
    if (options->is_json) {
        g_autofree char *json = report_make_config_json(&cycle, options->arguments[0], text->str);
        print(json);
    } else {
        print(text->str);
    }
    return finish(&cycle);
}
