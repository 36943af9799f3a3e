/* validate, plan, apply, render: what reads a spec. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/report.h"
#include "reconcile/plan_text.h"
#include "xenbackend/xen_config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print(const char *text)
{
    fputs(text, stdout);
}

/* Output that could not be written is an error of its own. */
static int finish(Cycle *cycle)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        cycle_fail(cycle, EXIT_ERROR, "cannot write to standard output");
        fprintf(stderr, "xensure: cannot write to standard output\n");
    }
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

int command_validate(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle)) {
        cycle_read_spec(&cycle, options->arguments, FALSE);
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
    if (cycle->plan != NULL && cycle->error == NULL) {
        plan_format(cycle->plan, options_wants_colour(cycle->options, STDOUT_FILENO), text);
    }
    report_partial_list(cycle, text);
    print(text->str);
}

int command_plan(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, FALSE) &&
        cycle_open_host(&cycle, FALSE) && cycle_check_spec(&cycle)) {
        cycle_make_plan(&cycle, FALSE);
    }
    report_errors(&cycle);
    print_plan(&cycle);
    return finish(&cycle);
}

/* ---- apply ---- */

static void show_progress(gpointer data, const Action *action, const Outcome *outcome)
{
    const Cycle *cycle = data;
    if (cycle->options->is_json || outcome != NULL || !isatty(STDERR_FILENO)) {
        return;
    }
    fprintf(stderr, "%s: %s ...\n", action->name, action_kind_name(action->kind));
}

static void keep_last_run(Cycle *cycle, const char *json)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *with_time = NULL;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    /* The document is ours and begins with "{\n". */
    with_time = g_strdup_printf("{\n  \"time\": %" G_GINT64_FORMAT ",\n  \"exit_code\": %d,\n%s",
                                now, cycle->exit_code, json + strlen("{\n"));
    if (!state_write_last_run(cycle->state, with_time, &error)) {
        cycle_fail(cycle, EXIT_ERROR, "cannot keep the result of the run: %s", error->message);
        fprintf(stderr, "xensure: %s\n", cycle->error);
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
    gboolean has_something = cycle->plan != NULL && cycle->plan->actions->len > 0;
    if (cycle->outcomes != NULL && has_something) {
        report_outcomes(cycle, colour, text);
    } else if (cycle->outcomes != NULL && isatty(STDOUT_FILENO)) {
        plan_format(cycle->plan, colour, text);
    }
    report_partial_list(cycle, text);
    print(text->str);
}

int command_apply(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    gboolean is_locked = cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, TRUE) &&
                         cycle_open_host(&cycle, TRUE);
    if (is_locked && cycle_check_spec(&cycle) && cycle_make_plan(&cycle, TRUE)) {
        cycle_apply(&cycle, show_progress);
    }
    report_errors(&cycle);
    g_autofree char *json = report_make_json(&cycle);
    print_applied(&cycle, json);
    if (is_locked) {
        keep_last_run(&cycle, json);
    }
    return finish(&cycle);
}

/* ---- render ---- */

static gboolean render(Cycle *cycle, GString *text)
{
    const char *name = cycle->options->arguments[0];
    const Domain *domain = spec_find(cycle->spec, name);
    g_autoptr(GError) error = NULL;
    if (domain == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "there is no domain '%s' in the spec", name);
    }
    if (!xen_config_write(domain, domain->uuid, text, &error)) {
        return cycle_fail(cycle, EXIT_REJECTED, "%s", error->message);
    }
    return TRUE;
}

int command_render(const Options *options)
{
    Cycle cycle;
    g_autoptr(GString) text = g_string_new(NULL);
    cycle_init(&cycle, options);
    if (cycle_read_config(&cycle) && cycle_read_spec(&cycle, NULL, FALSE)) {
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
