/* Reports for people. */
#include "agent/report.h"

#include "agent/provenance.h"
#include "reconcile/plan_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void report_errors(const Cycle *cycle)
{
    g_autoptr(GString) text = g_string_new(NULL);
    problems_format(cycle->problems, text, options_wants_colour(cycle->options, STDERR_FILENO));
    fputs(text->str, stderr);
    if (cycle->error != NULL) {
        fprintf(stderr, "xensure: %s\n", cycle->error);
    }
}

void report_failures(const Cycle *cycle)
{
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        if (outcome->result == RESULT_FAILED || outcome->hold == HOLD_CONFLICT) {
            fprintf(stderr, "xensure: %s: %s %s: %s\n", action->name,
                    action_kind_name(action->kind),
                    outcome->result == RESULT_FAILED ? "failed" : "is held by a conflict",
                    outcome->message != NULL ? outcome->message : "");
        }
    }
}

void report_partial_list(const Cycle *cycle, GString *out)
{
    if (cycle->observed == NULL || cycle->observed->state != OBSERVATION_PARTIAL) {
        return;
    }
    g_string_append(out,
                    "seen in the part of the list that could be read; nothing is done on it:\n");
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *domain = g_ptr_array_index(cycle->observed->domains, i);
        g_autofree char *name = g_strescape(domain->name, NULL);
        g_string_append_printf(out, "  %s (id %u)\n", name, domain->domid);
    }
}

void report_sources(const Cycle *cycle, GString *out)
{
    json_t *sources = provenance_make(cycle);
    provenance_format(sources, FALSE, out);
    json_decref(sources);
}

void report_plan(const Cycle *cycle, gboolean colour, GString *out)
{
    g_autoptr(GString) plan = g_string_new(NULL);
    g_autoptr(GString) sources = g_string_new(NULL);
    plan_format(cycle->plan, colour, plan);
    report_sources(cycle, sources);
    /* Behind the first line, which tells the host. */
    const char *rest = strchr(plan->str, '\n') + 1;
    g_string_append_len(out, plan->str, rest - plan->str);
    g_string_append(out, sources->str);
    g_string_append(out, rest);
}

static const char *word_of(ActionResult result)
{
    switch (result) {
    case RESULT_DONE:
        return "done";
    case RESULT_FAILED:
        return "FAILED";
    case RESULT_HELD:
        return "HELD";
    }
    return "FAILED";
}

static const char *colour_of(ActionResult result)
{
    switch (result) {
    case RESULT_DONE:
        return "\033[32m";
    case RESULT_FAILED:
        return "\033[31m";
    case RESULT_HELD:
        return "\033[33m";
    }
    return "";
}

static void format_outcomes_header(const Cycle *cycle, GString *out)
{
    guint counts[RESULT_HELD + 1] = {0};
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        counts[g_array_index(cycle->outcomes, Outcome, i).result]++;
    }
    g_string_append_printf(out, "host %s · fleet %s", cycle->host_name, cycle->spec->fleet);
    if (cycle->spec->has_generation) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT, cycle->spec->generation);
    }
    g_string_append_printf(out, " · %u done", counts[RESULT_DONE]);
    if (counts[RESULT_FAILED] > 0) {
        g_string_append_printf(out, ", %u FAILED", counts[RESULT_FAILED]);
    }
    if (counts[RESULT_HELD] > 0) {
        g_string_append_printf(out, ", %u held", counts[RESULT_HELD]);
    }
    g_string_append_c(out, '\n');
    report_sources(cycle, out);
    g_string_append_c(out, '\n');
}

void report_outcomes(const Cycle *cycle, gboolean colour, GString *out)
{
    int name_width = 0;
    int kind_width = 0;
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        name_width = MAX(name_width, (int)strlen(action->name));
        kind_width = MAX(kind_width, (int)strlen(action_kind_name(action->kind)));
    }
    format_outcomes_header(cycle, out);
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        g_string_append_printf(
            out, "  %s%-6s%s  %-*s  %-*s  %s%s%s\n", colour ? colour_of(outcome->result) : "",
            word_of(outcome->result), colour ? "\033[0m" : "", name_width, action->name, kind_width,
            action_kind_name(action->kind), action->reason, outcome->message != NULL ? "; " : "",
            outcome->message != NULL ? outcome->message : "");
    }
}

gboolean report_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return TRUE;
    }
    /* Whoever reads through `head` has seen what he wanted. */
    if (errno != EPIPE) {
        fprintf(stderr, "xensure: cannot write to standard output%s%s\n", errno != 0 ? ": " : "",
                errno != 0 ? g_strerror(errno) : "");
    }
    return FALSE;
}

void report_diffs(const Cycle *cycle, GString *out)
{
    g_autoptr(GHashTable) shown = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const char *diff = g_hash_table_lookup(cycle->diffs, action->name);
        if (diff != NULL && g_hash_table_add(shown, (char *)action->name)) {
            g_string_append(out, diff);
        }
    }
}
