#include "reconcile/plan_text.h"

#include "reconcile/plan_steps.h"

#include <string.h>

#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define PLAIN  "\033[0m"

static char sign_of(const Action *action)
{
    return action->hold != HOLD_NONE ? '!' : action_row(action->kind)->sign;
}

static const char *colour_of(char sign)
{
    switch (sign) {
    case '+':
        return GREEN;
    case '-':
        return RED;
    case '!':
        return YELLOW;
    case '>':
        return CYAN;
    default:
        return "";
    }
}

/* A name from the host may hold anything. */
static char *safe_name(const char *name)
{
    char *escaped = g_utf8_make_valid(name, -1);
    for (char *c = escaped; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c)) {
            *c = '?';
        }
    }
    return escaped;
}

static void format_header(const Plan *plan, GString *out)
{
    guint to_do = plan_count_to_do(plan);
    guint held = plan_count_held(plan);
    g_string_append_printf(out, "host %s · fleet %s", plan->host, plan->fleet);
    if (plan->has_generation) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT, plan->generation);
    }
    if (plan->suspended != NULL) {
        g_string_append_printf(out, " · SUSPENDED: %s", plan->suspended);
    }
    if (to_do == 0 && held == 0) {
        g_string_append(out, " · in sync\n");
        return;
    }
    g_string_append_printf(out, " · %u to do", to_do);
    if (held > 0) {
        g_string_append_printf(out, ", %u held", held);
    }
    g_string_append(out, "\n\n");
}

static void format_action(const Action *action, int name_width, int kind_width, gboolean colour,
                          GString *out)
{
    char sign = sign_of(action);
    const char *on = colour ? colour_of(sign) : "";
    const char *off = colour && *on != '\0' ? PLAIN : "";
    g_string_append_printf(out, "  %s%c %-*s   %-*s  %s", on, sign, name_width, action->name,
                           kind_width, action_kind_name(action->kind), action->reason);
    if (action->held != NULL) {
        g_string_append_printf(out, "; HELD: %s", action->held);
    }
    g_string_append_printf(out, "%s\n", off);
}

static void format_waiting(const Plan *plan, GString *out)
{
    if (plan->waiting->len == 0) {
        return;
    }
    g_string_append(out, "\nwaiting for the next start:\n");
    for (guint i = 0; i < plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(plan->waiting, i);
        g_autofree char *what = changes_describe(waiting->changes);
        g_string_append_printf(out, "  %s  %s\n", waiting->name, what);
    }
}

static void format_foreign(const Plan *plan, GString *out)
{
    if (plan->foreign->len == 0) {
        return;
    }
    g_string_append(out, "\nnot ours, left alone:");
    for (guint i = 0; i < plan->foreign->len; i++) {
        const ObservedDomain *domain = g_ptr_array_index(plan->foreign, i);
        g_autofree char *name = safe_name(domain->name);
        g_string_append_printf(out, "%s %s (id %u)", i > 0 ? "," : "", name, domain->domid);
    }
    g_string_append_c(out, '\n');
}

void plan_format(const Plan *plan, gboolean colour, GString *out)
{
    int name_width = 0;
    int kind_width = 0;
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        name_width = MAX(name_width, (int)strlen(action->name));
        kind_width = MAX(kind_width, (int)strlen(action_kind_name(action->kind)));
    }
    format_header(plan, out);
    for (guint i = 0; i < plan->actions->len; i++) {
        format_action(g_ptr_array_index(plan->actions, i), name_width, kind_width, colour, out);
    }
    format_waiting(plan, out);
    format_foreign(plan, out);
}
