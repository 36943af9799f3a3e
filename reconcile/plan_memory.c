/* Whether what is to be started fits into the memory of this host. What is not known is not short:
 * a start is held only where it would be sure to fail. */
#include "reconcile/memory.h"
#include "reconcile/plan_steps.h"

/* What it leaves to the host when it is gone, at most. */
static gint64 released_mib(const Action *action)
{
    return action->seen != NULL ? memory_most_mib(action->seen->memory_mib) : 0;
}

void plan_memory_begin(const Planning *planning, MemoryPlan *out)
{
    *out = (MemoryPlan){.is_known = planning->policy->knows_free_memory,
                        .free_mib = planning->policy->free_memory_mib,
                        .stops = g_array_new(FALSE, FALSE, sizeof(guint))};
}

void plan_memory_clear(MemoryPlan *memory)
{
    g_array_unref(memory->stops);
}

/* It waits for the stops of the plan only where it needs them: they may take long, or fail. A
 * domain that would not start again is not stopped. */
static void admit_restart(MemoryPlan *memory, Action *action)
{
    gint64 more_mib = memory_least_mib(action->domain) - released_mib(action);
    if (more_mib > memory->free_mib + memory->freed_mib) {
        g_autofree char *lack =
            memory_describe_lack(TRUE, more_mib, memory->free_mib + memory->freed_mib);
        action_hold(action, HOLD_WAIT, "%s", lack);
        return;
    }
    for (guint i = 0; more_mib > memory->free_mib && i < memory->stops->len; i++) {
        plan_add_need(action, g_array_index(memory->stops, guint, i));
    }
    memory->free_mib -= MAX(more_mib, 0);
    memory->shrunk_mib += MAX(-more_mib, 0);
}

/* All that comes before it is done by then. */
static void admit_create(MemoryPlan *memory, Action *action)
{
    gint64 needed_mib = memory_least_mib(action->domain);
    gint64 left_mib = memory->free_mib + memory->freed_mib + memory->shrunk_mib;
    if (needed_mib > left_mib) {
        g_autofree char *lack = memory_describe_lack(FALSE, needed_mib, left_mib);
        action_hold(action, HOLD_WAIT, "%s", lack);
        return;
    }
    memory->free_mib -= needed_mib;
}

void plan_memory_admit(MemoryPlan *memory, Action *action, guint index)
{
    if (!memory->is_known || action->hold != HOLD_NONE) {
        return;
    }
    if (action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY) {
        memory->freed_mib += released_mib(action);
        g_array_append_val(memory->stops, index);
    } else if (action->kind == ACTION_SET_MEMORY) {
        gint64 more_mib = domain_get_integer(action->domain, DOMAIN_KEY_memory) -
                          (gint64)action->seen->memory_mib;
        memory->free_mib -= MAX(more_mib, 0);
        /* Guests give it back when they like. */
        memory->shrunk_mib += MAX(-more_mib, 0);
    } else if (action->kind == ACTION_RESTART) {
        admit_restart(memory, action);
    } else if (action->kind == ACTION_CREATE) {
        admit_create(memory, action);
    }
}
