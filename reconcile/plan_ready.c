/* What a start waits for beside the starts of what comes before it: that this is ready. */
#include "reconcile/plan_steps.h"

static gboolean has_readiness(const Domain *domain)
{
    return domain_is(domain, DOMAIN_KEY_state, "running") &&
           (domain_get(domain, DOMAIN_KEY_ready_running) != NULL ||
            domain_get(domain, DOMAIN_KEY_ready_check) != NULL);
}

/* The action of this plan that starts the domain; G_MAXUINT: none does. */
static guint find_start(const GPtrArray *actions, const GArray *indices)
{
    for (guint i = 0; indices != NULL && i < indices->len; i++) {
        guint index = g_array_index(indices, guint, i);
        const Action *action = g_ptr_array_index(actions, index);
        if (action->kind == ACTION_CREATE || action->kind == ACTION_UNPAUSE ||
            (action->kind == ACTION_RESTART && action->hold == HOLD_NONE)) {
            return index;
        }
    }
    return G_MAXUINT;
}

static void hold_without_check(const Planning *planning, Action *action, const Domain *before)
{
    const char *check = domain_get_text(before, DOMAIN_KEY_ready_check);
    GHashTable *known = planning->policy->checks;
    if (check != NULL && (known == NULL || !g_hash_table_contains(known, check))) {
        action_hold(action, HOLD_WAIT,
                    "%s, which comes before it, is ready by the check '%s', and this host has none "
                    "of that name (put it under `checks` in agent.yaml)",
                    before->name, check);
    }
}

void plan_await_ready(Planning *planning, GHashTable *by_name, guint index)
{
    GPtrArray *actions = planning->plan->actions;
    Action *action = g_ptr_array_index(actions, index);
    gboolean starts = action_kind_creates(action->kind);
    const Value *after = starts ? domain_get(action->domain, DOMAIN_KEY_after) : NULL;
    for (guint i = 0; after != NULL && i < after->count; i++) {
        const char *name = after->items[i].text;
        const Domain *before = spec_find(planning->desired, name);
        if (before == NULL || !has_readiness(before)) {
            continue;
        }
        guint watch = plan_add_watch(planning, before,
                                     find_start(actions, g_hash_table_lookup(by_name, name)));
        g_array_append_val(action->awaits, watch);
        hold_without_check(planning, action, before);
    }
}
