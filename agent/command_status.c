/* status: how the last run ended. */
#include "agent/commands.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/last_run.h"
#include "agent/provenance.h"
#include "agent/report.h"
#include "agent/status_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static char *describe_age(gint64 seconds)
{
    if (seconds < 0) {
        return g_strdup("in the future");
    }
    if (seconds < 120) {
        return g_strdup_printf("%" G_GINT64_FORMAT " second%s ago", seconds,
                               seconds == 1 ? "" : "s");
    }
    if (seconds < 2 * 3600) {
        return g_strdup_printf("%" G_GINT64_FORMAT " minutes ago", seconds / 60);
    }
    if (seconds < 2 * 86400) {
        return g_strdup_printf("%" G_GINT64_FORMAT " hours ago", seconds / 3600);
    }
    return g_strdup_printf("%" G_GINT64_FORMAT " days ago", seconds / 86400);
}

/* One of the host's own time zone, with its offset: the zone of whoever reads it may be another. */
static char *describe_time(gint64 time)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(time);
    return then != NULL ? g_date_time_format(then, "%Y-%m-%d %H:%M:%S %z") : g_strdup("?");
}

static const char *describe_exit_code(int exit_code, gboolean has_actions)
{
    switch ((ExitCode)exit_code) {
    case EXIT_IN_SYNC:
        return has_actions ? "done, in sync" : "in sync";
    case EXIT_REJECTED:
        return "the spec was refused";
    case EXIT_HELD:
        return "something is held";
    case EXIT_CONFLICT:
        return "CONFLICT: a domain may run twice, or is another's";
    case EXIT_FAILED:
        return "something FAILED";
    case EXIT_LOCKED:
    case EXIT_TO_DO:
    case EXIT_ERROR:
        return "it ended with an error";
    }
    return "it ended with an error";
}

/* The actions with this result, a line each. */
static void format_actions(const json_t *run, const char *result, const char *title, GString *out)
{
    size_t index;
    json_t *action;
    gboolean has_title = FALSE;
    json_array_foreach(json_object_get(run, "actions"), index, action)
    {
        if (strcmp(text_of(action, "result"), result) != 0) {
            continue;
        }
        if (!has_title) {
            g_string_append_printf(out, "\n%s:\n", title);
            has_title = TRUE;
        }
        const char *message = text_of(action, "message");
        g_string_append_printf(out, "  %s %s: %s%s%s\n", text_of(action, "domain"),
                               text_of(action, "action"), text_of(action, "reason"),
                               *message != '\0' ? "; " : "", message);
    }
}

static void format_waiting(const json_t *run, GString *out)
{
    size_t index;
    json_t *waiting;
    json_array_foreach(json_object_get(run, "waiting"), index, waiting)
    {
        g_string_append_printf(out,
                               "%s  %s waits for its next start:", index == 0 ? "\nwaiting:\n" : "",
                               text_of(waiting, "domain"));
        size_t number;
        json_t *change;
        json_array_foreach(json_object_get(waiting, "changes"), number, change)
        {
            g_string_append_printf(out, "%s %s %s -> %s", number > 0 ? "," : "",
                                   text_of(change, "key"), text_of(change, "have"),
                                   text_of(change, "want"));
        }
        g_string_append_c(out, '\n');
    }
}

/* What was begun and not ended: by a run that still goes on, or by one that was killed. */
static void format_operation(const RecordDomain *recorded, GString *out)
{
    gboolean is_alive = xen_host_find_operation(recorded->operation_id) != 0;
    g_string_append_printf(out, "  %s %s: %s\n", recorded->name,
                           operation_name(recorded->operation),
                           is_alive ? "its command works"
                                    : "begun, and its end is not known (a run is under way, or was "
                                      "cut off: the next one carries on)");
}

static void format_record(const Cycle *cycle, GString *out)
{
    guint running = 0;
    guint count = g_hash_table_size(cycle->record->domains);
    g_autoptr(GString) begun = g_string_new(NULL);
    g_autoptr(GList) names =
        g_list_sort(g_hash_table_get_keys(cycle->record->domains), (GCompareFunc)strcmp);
    for (const GList *name = names; name != NULL; name = name->next) {
        const RecordDomain *recorded = record_find(cycle->record, name->data);
        running += recorded->is_running != FALSE;
        if (recorded->operation_id != NULL) {
            format_operation(recorded, begun);
        }
    }
    if (cycle->suspended != NULL) {
        g_string_append_printf(out, "SUSPENDED: %s\n", cycle->suspended);
    }
    g_string_append_printf(out, "recorded here: %u domain%s, %u of them running\n", count,
                           count == 1 ? "" : "s", running);
    if (begun->len > 0) {
        g_string_append_printf(out, "\nbegun:\n%s", begun->str);
    }
}

static void format_run(const json_t *run, GString *out)
{
    gint64 time = json_integer_value(json_object_get(run, "time"));
    int exit_code = (int)json_integer_value(json_object_get(run, "exit_code"));
    g_autofree char *age = describe_age(g_get_real_time() / G_USEC_PER_SEC - time);
    g_autofree char *shown = describe_time(time);
    const json_t *generation = json_object_get(run, "generation");
    g_string_append_printf(out, "host %s · fleet %s", text_of(run, "host"), text_of(run, "fleet"));
    if (json_is_integer(generation)) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT,
                               (gint64)json_integer_value(generation));
    }
    g_string_append_c(out, '\n');
    provenance_format(json_object_get(run, "sources"), out);
    const char *only = text_of(run, "only");
    gboolean has_actions = json_array_size(json_object_get(run, "actions")) > 0;
    g_string_append_printf(out, "last run %s (%s)%s%s%s: %s (exit code %d)\n", age, shown,
                           *only != '\0' ? ", of " : "", only, *only != '\0' ? " alone" : "",
                           describe_exit_code(exit_code, has_actions), exit_code);
    if (*text_of(run, "error") != '\0') {
        g_string_append_printf(out, "error: %s\n", text_of(run, "error"));
    }
}

static void format_status(const Cycle *cycle, const json_t *run, GString *out)
{
    if (run != NULL) {
        format_run(run, out);
    } else {
        g_string_append_printf(out, "host %s: no run of xensure has ended here yet\n",
                               cycle->host_name);
    }
    if (run != NULL || cycle->record->fleet != NULL) {
        format_record(cycle, out);
    }
    format_actions(run, "failed", "failed", out);
    format_actions(run, "held", "held", out);
    format_waiting(run, out);
    format_actions(run, "done", "done", out);
}

/* Ends as the last run ended. */
static gboolean read_status(Cycle *cycle, json_t **run)
{
    if (!cycle_read_state(cycle) || !last_run_read(cycle, run)) {
        return FALSE;
    }
    if (*run != NULL) {
        cycle->exit_code = (int)json_integer_value(json_object_get(*run, "exit_code"));
    }
    return TRUE;
}

static void print_json(Cycle *cycle, json_t *run)
{
    json_t *document =
        json_pack("{s:i, s:s?}", "format_version", REPORT_FORMAT_VERSION, "host", cycle->host_name);
    if (cycle->record != NULL) {
        status_answer_add(cycle, document);
    }
    json_object_set(document, "last_run", run != NULL ? run : json_null());
    json_object_set_new(document, "problems", report_make_problems(cycle->problems));
    json_object_set_new(document, "error",
                        cycle->error != NULL ? json_string(cycle->error) : json_null());
    g_autofree char *json = report_dump(document);
    fputs(json, stdout);
}

int command_status(const Options *options)
{
    Cycle cycle;
    json_t *run = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    cycle_init(&cycle, options);
    gboolean is_read = cycle_read_config(&cycle) && read_status(&cycle, &run);
    report_errors(&cycle);
    if (options->is_json) {
        print_json(&cycle, run);
    } else if (is_read) {
        format_status(&cycle, run, text);
        fputs(text->str, stdout);
    }
    int exit_code = cycle.exit_code;
    json_decref(run);
    cycle_clear(&cycle);
    return exit_code;
}
