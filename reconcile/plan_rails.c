/* What holds more than one domain: an empty spec, too many stops at once, a loss that cannot be
 * true. */
#include "reconcile/plan_steps.h"

#define LOSS_LEAST 5

static gboolean is_stop(const Action *action)
{
    return action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY ||
           action->kind == ACTION_RESTART;
}

static guint count_recorded_running(const Planning *planning)
{
    GHashTableIter iterator;
    gpointer value;
    guint count = 0;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        count += ((const RecordDomain *)value)->is_running != FALSE;
    }
    return count;
}

static void hold_all_when_suspended(Planning *planning)
{
    for (guint i = 0; planning->policy->suspended != NULL && i < planning->plan->actions->len;
         i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "suspended: %s (xensure resume)", planning->policy->suspended);
    }
}

/* A command of an earlier run of ours still works on it: nothing new begins. */
static void hold_busy(Planning *planning)
{
    for (guint i = 0; planning->policy->busy != NULL && i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (g_hash_table_contains(planning->policy->busy, action->name)) {
            action_hold(action, HOLD_WAIT,
                        "wait: a command of an earlier run of xensure still works on it");
        }
    }
}

/* An expired spec keeps what it has brought, and brings nothing new. */
static void hold_when_expired(Planning *planning)
{
    for (guint i = 0; planning->policy->expired != NULL && i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        gboolean is_kept = action->recorded != NULL &&
                           (action->kind == ACTION_CREATE || action->kind == ACTION_UNPAUSE);
        if (!is_kept) {
            action_hold(action, HOLD_WAIT,
                        "the spec expired %s and brings no changes (publish one with a later "
                        "`expires`)",
                        planning->policy->expired);
        }
    }
}

static void hold_stops_of_empty_spec(Planning *planning)
{
    for (guint i = 0; planning->desired->domains->len == 0 && i < planning->plan->actions->len;
         i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "the spec has no domains, and an empty spec stops nothing (give the domains "
                    "`state: stopped` or `absent`)");
    }
}

static void hold_too_many_stops(Planning *planning)
{
    const Policy *policy = planning->policy;
    gint64 share = (gint64)count_recorded_running(planning) * policy->stops_percent / 100;
    gint64 limit = MAX(policy->stops_limit, share);
    gint64 stops = 0;
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        stops += action->stops_living && action->hold == HOLD_NONE;
    }
    if (stops <= MAX(limit, policy->allow_stops)) {
        return;
    }
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (action->stops_living) {
            action_hold(action, HOLD_WAIT,
                        "%" G_GINT64_FORMAT
                        " stops are planned and limits.stops allows %" G_GINT64_FORMAT
                        " (if they are meant: xensure apply --allow-stops %" G_GINT64_FORMAT ")",
                        stops, limit, stops);
        }
    }
}

/* More than half of what should run is gone, and the host did not reboot: rather the list is wrong.
 */
static void hold_after_loss(Planning *planning)
{
    guint running = 0;
    guint gone = 0;
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        gboolean is_this_boot = recorded->boot_id != NULL &&
                                g_strcmp0(recorded->boot_id, planning->observed->boot_id) == 0;
        if (recorded->is_running) {
            running++;
            gone += is_this_boot && !g_hash_table_contains(planning->rows_by_uuid, recorded->uuid);
        }
    }
    if (planning->policy->accept_loss || gone < LOSS_LEAST || gone * 2 <= running) {
        return;
    }
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "%u of %u domains that were running are gone and the host did not reboot; the "
                    "list may be wrong (if they are gone: xensure apply --accept-loss)",
                    gone, running);
    }
}

/* What frees a domain's place has to be done before the domain takes it. */
static void hold_behind_held_stops(Planning *planning)
{
    g_autoptr(GHashTable) held = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (is_stop(action) && action->hold != HOLD_NONE) {
            g_hash_table_insert(held, (char *)action->name, action);
        }
    }
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        const Action *stop = g_hash_table_lookup(held, action->name);
        if (stop != NULL && !is_stop(action) &&
            (action->kind == ACTION_CREATE || action->kind == ACTION_REMOVE_CONFIG)) {
            action_hold(action, HOLD_WAIT, "its %s is held", action_kind_name(stop->kind));
        }
    }
}

void plan_apply_rails(Planning *planning)
{
    hold_all_when_suspended(planning);
    hold_busy(planning);
    hold_when_expired(planning);
    hold_stops_of_empty_spec(planning);
    hold_after_loss(planning);
    hold_too_many_stops(planning);
    hold_behind_held_stops(planning);
}
