#include "agent/status_text.h"

#include "agent/exit_code.h"
#include "agent/provenance.h"
#include "agent/run_facts.h"
#include "agent/run_folder.h"
#include "agent/time_text.h"

#include <string.h>

#define PROBLEMS_TOLD_MOST 5u

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static gint64 integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static gint64 now_s(void)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

/* ---- how it is ---- */

static gboolean is_refused_run(const json_t *run)
{
    return integer_of(run, "exit_code") == EXIT_REJECTED && *text_of(run, "error") != '\0';
}

static const char *describe_exit_code(const json_t *run, gboolean has_actions)
{
    switch ((ExitCode)integer_of(run, "exit_code")) {
    case EXIT_IN_SYNC:
        return has_actions ? "done, in sync" : "in sync";
    case EXIT_REJECTED:
        return is_refused_run(run) ? "the spec was refused"
                                   : "a new spec was refused, and the copy before it used";
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

static guint count_results(const json_t *run, const char *result)
{
    size_t index;
    const json_t *action;
    guint count = 0;
    json_array_foreach(json_object_get(run, "actions"), index, action)
    {
        count += strcmp(text_of(action, "result"), result) == 0;
    }
    return count;
}

static void format_verdict(const json_t *run, GString *out)
{
    guint held = count_results(run, "held");
    guint failed = count_results(run, "failed");
    switch ((ExitCode)integer_of(run, "exit_code")) {
    case EXIT_IN_SYNC:
        g_string_append(out, " · in sync");
        break;
    case EXIT_HELD:
    case EXIT_CONFLICT:
    case EXIT_FAILED:
        g_string_append_printf(out, " · NOT IN SYNC: %u held, %u failed", held, failed);
        break;
    case EXIT_REJECTED:
        g_string_append(out, is_refused_run(run)
                                 ? " · SPEC REFUSED, NOT KNOWN whether it is in sync"
                                 : " · A NEW SPEC REFUSED, the copy before it is used");
        if (held + failed > 0) {
            g_string_append_printf(out, ": NOT IN SYNC: %u held, %u failed", held, failed);
        }
        break;
    case EXIT_TO_DO:
    case EXIT_LOCKED:
    case EXIT_ERROR:
        g_string_append(out, " · NOT KNOWN whether it is in sync");
        break;
    }
}

/* PLANNED: the last run that got as far as a plan, which knows the spec; or the last one. */
static void format_header(const json_t *last, const json_t *planned, const StatusAge *age,
                          GString *out)
{
    gboolean is_refused = is_refused_run(planned);
    const json_t *generation = is_refused ? NULL : json_object_get(planned, "generation");
    g_string_append_printf(out, "host %s", text_of(last, "host"));
    if (*text_of(planned, "fleet") != '\0') {
        g_string_append_printf(out, " · fleet %s", text_of(planned, "fleet"));
    }
    if (json_is_integer(generation)) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT,
                               (gint64)json_integer_value(generation));
    }
    if (age->is_over) {
        g_string_append(out, " · OVERDUE, NOT KNOWN whether it is in sync");
    } else {
        format_verdict(last, out);
    }
    g_string_append_c(out, '\n');
    /* Of a spec that was refused nothing is here. */
    if (!is_refused) {
        provenance_format(json_object_get(planned, "sources"), TRUE, out);
    }
}

/* ---- its runs ---- */

guint status_count_alike(const json_t *runs, gint64 *since)
{
    guint count = 0;
    gint64 exit_code = 0;
    for (size_t i = json_array_size(runs); i > 0; i--) {
        const json_t *run = json_array_get(runs, i - 1);
        if (count > 0 && integer_of(run, "exit_code") != exit_code) {
            break;
        }
        exit_code = integer_of(run, "exit_code");
        *since = integer_of(run, "time");
        count++;
    }
    return count;
}

static void format_alike(const json_t *runs, const json_t *last, GString *out)
{
    gint64 since = 0;
    guint count = status_count_alike(runs, &since);
    if (count < 2 || integer_of(last, "exit_code") == EXIT_IN_SYNC) {
        return;
    }
    g_autofree char *shown = time_text_point(since);
    g_autofree char *age = time_text_age(since, now_s());
    g_string_append_printf(out, "so ended the last %u%s runs, since %s (%s)\n", count,
                           count >= RUN_FOLDER_RUNS ? " or more" : "", shown, age);
}

/* The first mistakes of a spec that was refused. */
static void format_problems(const json_t *run, GString *out)
{
    size_t index;
    const json_t *problem;
    guint count = 0;
    json_array_foreach(json_object_get(run, "problems"), index, problem)
    {
        if (strcmp(text_of(problem, "severity"), "error") == 0 && ++count <= PROBLEMS_TOLD_MOST) {
            g_string_append(out, "  ");
            if (*text_of(problem, "file") != '\0') {
                g_string_append_printf(out, "%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ": ",
                                       text_of(problem, "file"), integer_of(problem, "line"),
                                       integer_of(problem, "column"));
            }
            g_string_append_printf(out, "%s\n", text_of(problem, "message"));
        }
    }
    if (count > PROBLEMS_TOLD_MOST) {
        g_string_append_printf(out, "  and %u more\n", count - PROBLEMS_TOLD_MOST);
    }
}

static void format_run(const json_t *run, const char *which, GString *out)
{
    gint64 time = integer_of(run, "time");
    int exit_code = (int)integer_of(run, "exit_code");
    g_autofree char *age = time_text_age(time, now_s());
    g_autofree char *shown = time_text_point(time);
    const char *only = text_of(run, "only");
    gboolean has_actions = json_array_size(json_object_get(run, "actions")) > 0;
    g_string_append_printf(out, "%s %s (%s)%s%s%s: %s (exit code %d)\n", which, age, shown,
                           *only != '\0' ? ", of " : "", only, *only != '\0' ? " alone" : "",
                           describe_exit_code(run, has_actions), exit_code);
    if (*text_of(run, "error") != '\0') {
        g_string_append_printf(out, "error: %s\n", text_of(run, "error"));
        format_problems(run, out);
    }
}

static void format_overdue(const StatusAge *age, GString *out)
{
    if (!age->is_over) {
        return;
    }
    g_autofree char *most = time_text_span(age->most_s);
    if (age->applied == 0) {
        g_string_append(out, "OVERDUE: no run over all domains has got as far as carrying out");
    } else {
        g_autofree char *shown = time_text_point(age->applied);
        g_autofree char *since = time_text_age(age->applied, now_s());
        g_string_append_printf(out,
                               "OVERDUE: the last run over all domains that got as far as carrying "
                               "out ended %s (%s)",
                               since, shown);
    }
    g_string_append_printf(out, "; there should be one every %s\n", most);
}

static void format_next(const Cycle *cycle, GString *out)
{
    gint64 next = run_folder_read_next(cycle->run_dir);
    gint64 now = now_s();
    if (next == 0) {
        return;
    }
    g_autofree char *span = time_text_span(ABS(next - now));
    g_string_append_printf(out, next >= now ? "next run in %s\n" : "next run: due %s ago\n", span);
}

static void format_spec(const json_t *last, const json_t *planned, GString *out)
{
    gint64 since = integer_of(last, "spec_since");
    gint64 expires = is_refused_run(planned) ? 0 : integer_of(planned, "expires");
    gint64 now = now_s();
    if (since != 0) {
        g_autofree char *shown = time_text_point(since);
        g_autofree char *age = time_text_age(since, now);
        g_string_append_printf(out, "spec applied here since %s (%s)", shown, age);
    }
    if (expires != 0) {
        g_autofree char *span = time_text_span(ABS(expires - now));
        g_string_append_printf(out, expires > now ? "%sexpires in %s" : "%sEXPIRED %s ago",
                               since != 0 ? "; it " : "spec ", span);
    }
    g_string_append(out, since != 0 || expires != 0 ? "\n" : "");
}

static void format_confinement(const json_t *last, GString *out)
{
    const ConfinementGaps gaps = run_facts_gaps(last);
    g_autofree char *sentence = confinement_gaps_describe(&gaps);
    if (sentence != NULL) {
        g_string_append_printf(out, "%s\n", sentence);
    }
}

/* ---- its domains ---- */

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
    if (strcmp(agent_config_text(cycle->config, AGENT_KEY_mode), "report") == 0) {
        g_string_append(out, "mode is report: nothing is carried out on this host\n");
    }
    g_string_append_printf(out, "recorded here: %u domain%s, %u of them running\n", count,
                           count == 1 ? "" : "s", running);
    if (begun->len > 0) {
        g_string_append_printf(out, "\nbegun:\n%s", begun->str);
    }
}

void status_format(const Cycle *cycle, const LastRuns *runs, const StatusAge *age, GString *out)
{
    const json_t *planned = runs->applied != NULL ? runs->applied : runs->last;
    if (runs->last != NULL) {
        format_header(runs->last, planned, age, out);
        format_run(runs->last, "last run", out);
        format_alike(runs->runs, runs->last, out);
        if (runs->applied != NULL) {
            format_run(runs->applied, "the last run that looked at the host:", out);
        }
        format_overdue(age, out);
        format_next(cycle, out);
        format_spec(runs->last, planned, out);
        format_confinement(runs->last, out);
    } else {
        g_string_append_printf(out, "host %s: no run of xensure has ended here yet\n",
                               cycle->host_name);
        format_overdue(age, out);
        format_next(cycle, out);
    }
    if (runs->last != NULL || cycle->record->fleet != NULL) {
        format_record(cycle, out);
    }
    format_actions(planned, "failed", "failed", out);
    format_actions(planned, "held", "held", out);
    format_waiting(planned, out);
    format_actions(planned, "done", "done", out);
}
