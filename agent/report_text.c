/* Reports for people. */
#include "agent/report.h"

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

void report_outcomes(const Cycle *cycle, gboolean colour, GString *out)
{
    (void)colour;
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        const char *word = outcome->result == RESULT_DONE     ? "done"
                           : outcome->result == RESULT_FAILED ? "FAILED"
                                                              : "HELD";
        g_string_append_printf(out, "%s %s: %s: %s%s%s\n", action->name,
                               action_kind_name(action->kind), word, action->reason,
                               outcome->message != NULL ? "; " : "",
                               outcome->message != NULL ? outcome->message : "");
    }
}
