/* status: how this host is, by its last runs. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/report.h"
#include "agent/run_folder.h"
#include "agent/status_answer.h"
#include "agent/status_text.h"
#include "agent/time_text.h"

#include <stdio.h>

#define MAX_AGE_MOST_S (365 * 86400)

static json_t *null_if_missing(json_t *run)
{
    return run != NULL ? json_incref(run) : json_null();
}

static void add_runs(const Cycle *cycle, const LastRuns *runs, json_t *document)
{
    gint64 since = 0;
    guint alike = status_count_alike(runs->runs, &since);
    gint64 next = cycle->run_dir != NULL ? run_folder_read_next(cycle->run_dir) : 0;
    json_object_set_new(document, "last_run", null_if_missing(runs->last));
    json_object_set_new(document, "last_applied", null_if_missing(runs->applied));
    json_object_set_new(document, "runs_alike", json_integer(alike));
    json_object_set_new(document, "alike_since", alike > 0 ? json_integer(since) : json_null());
    json_object_set_new(document, "next_run", next != 0 ? json_integer(next) : json_null());
}

static void add_age(const StatusAge *age, json_t *document)
{
    gboolean is_asked = age->most_s != 0;
    json_object_set_new(document, "max_age", is_asked ? json_integer(age->most_s) : json_null());
    json_object_set_new(document, "overdue", is_asked ? json_boolean(age->is_over) : json_null());
}

static void print_json(Cycle *cycle, const LastRuns *runs, const StatusAge *age)
{
    json_t *document =
        json_pack("{s:i, s:s?}", "format_version", REPORT_FORMAT_VERSION, "host", cycle->host_name);
    if (cycle->record != NULL) {
        status_answer_add(cycle, document);
    }
    add_runs(cycle, runs, document);
    add_age(age, document);
    json_object_set_new(document, "suspended", report_make_text(cycle->suspended));
    json_object_set_new(document, "problems", report_make_problems(cycle->problems));
    json_object_set_new(document, "error", report_make_text(cycle->error));
    g_autofree char *json = report_dump(document);
    fputs(json, stdout);
}

static gboolean read_max_age(Cycle *cycle, StatusAge *age)
{
    const char *text = cycle->options->max_age;
    g_autofree char *expected =
        text != NULL ? time_text_read_span(text, MAX_AGE_MOST_S, &age->most_s) : NULL;
    return expected == NULL ||
           cycle_fail(cycle, EXIT_ERROR, "expected %s for --max-age, found '%s'", expected, text);
}

/* A time that lies ahead is as good as none: the clock was set back, nobody knows by how much. */
static void check_age(Cycle *cycle, const LastRuns *runs, StatusAge *age)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    age->applied = json_integer_value(json_object_get(runs->last, "applied_time"));
    age->is_over = age->most_s != 0 && ABS(now - age->applied) > age->most_s;
    if (age->is_over) {
        cycle->exit_code = exit_code_worse(cycle->exit_code, EXIT_ERROR);
    }
}

/* Ends as the last run ended. */
static gboolean read_status(Cycle *cycle, LastRuns *runs)
{
    if (!cycle_read_state(cycle) || !last_runs_read(cycle, runs)) {
        return FALSE;
    }
    if (runs->last != NULL) {
        cycle->exit_code = (int)json_integer_value(json_object_get(runs->last, "exit_code"));
    }
    return TRUE;
}

int command_status(const Options *options)
{
    Cycle cycle;
    g_auto(LastRuns) runs = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    StatusAge age = {0};
    cycle_init(&cycle, options);
    gboolean is_read =
        read_max_age(&cycle, &age) && cycle_read_config(&cycle) && read_status(&cycle, &runs);
    if (is_read) {
        check_age(&cycle, &runs, &age);
    }
    report_errors(&cycle);
    if (options->is_json) {
        print_json(&cycle, &runs, &age);
    } else if (is_read) {
        status_format(&cycle, &runs, &age, text);
        fputs(text->str, stdout);
    }
    int exit_code = cycle.exit_code;
    cycle_clear(&cycle);
    return exit_code;
}
