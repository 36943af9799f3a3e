/* Whether a start fits into the memory that the host has free at the time. The plan has seen that
 * it should; others take memory too, and what was stopped may give it back late. */
#include "reconcile/execute_run.h"

#include "reconcile/memory.h"

/* What the run takes of what is free, at least; 0: it takes none. */
static gint64 taken_mib(const Run *run)
{
    const Action *action = run->action;
    if (action->kind == ACTION_CREATE) {
        return memory_least_mib(action->domain);
    }
    if (action->kind == ACTION_RESTART && action->seen != NULL) {
        gint64 more_mib =
            memory_least_mib(action->domain) - memory_most_mib(action->seen->memory_mib);
        return MAX(more_mib, 0);
    }
    return 0;
}

static void ask(Execution *execution)
{
    const Backend *backend = execution->backend;
    execution->memory_left_mib = backend->free_memory_mib(backend->data);
    execution->is_memory_known = execution->memory_left_mib >= 0;
    execution->was_memory_asked = TRUE;
}

static gboolean take(Run *run, gint64 needed_mib)
{
    run->execution->memory_left_mib -= needed_mib;
    run->execution->memory_users++;
    run->has_memory = TRUE;
    return TRUE;
}

/* What is being built has not taken all of its memory yet: as long as there is such a one, what was
 * seen before counts, less what has been promised since. */
gboolean run_takes_memory(Run *run)
{
    Execution *execution = run->execution;
    gint64 needed_mib = taken_mib(run);
    if (needed_mib == 0 || (execution->was_memory_asked && !execution->is_memory_known)) {
        return TRUE;
    }
    if (execution->memory_users > 0) {
        return needed_mib <= execution->memory_left_mib && take(run, needed_mib);
    }
    ask(execution);
    if (!execution->is_memory_known || needed_mib <= execution->memory_left_mib) {
        return take(run, needed_mib);
    }
    g_autofree char *lack = memory_describe_lack(run->action->kind == ACTION_RESTART, needed_mib,
                                                 execution->memory_left_mib);
    run_hold(run, HOLD_WAIT, "%s", lack);
    return FALSE;
}

void run_returns_memory(Run *run)
{
    run->execution->memory_users -= run->has_memory != FALSE;
    run->has_memory = FALSE;
}
