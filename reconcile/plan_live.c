/* What can be changed while the domain runs: an action for each kind of change. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* In the order in which they are carried out: of two devices with one MAC the old one goes first.
 */
static const ActionKind kinds[] = {ACTION_DETACH_DISK, ACTION_DETACH_VIF,    ACTION_SET_MEMORY,
                                   ACTION_SET_VCPUS,   ACTION_SET_SCHEDULER, ACTION_CHANGE_CD,
                                   ACTION_ATTACH_DISK, ACTION_ATTACH_VIF};

/* The action that makes a change. */
static ActionKind kind_of(const Change *change)
{
    switch (change->live) {
    case LIVE_MEMORY:
        return ACTION_SET_MEMORY;
    case LIVE_VCPUS:
        return ACTION_SET_VCPUS;
    case LIVE_DISKS:
        return change->brings != NULL ? ACTION_ATTACH_DISK : ACTION_DETACH_DISK;
    case LIVE_VIFS:
        return change->brings != NULL ? ACTION_ATTACH_VIF : ACTION_DETACH_VIF;
    case LIVE_MEDIA:
        return ACTION_CHANGE_CD;
    case LIVE_POOL:
    case LIVE_AFFINITY:
    case LIVE_SCHEDULER:
    case LIVE_NONE:
        break;
    }
    return ACTION_SET_SCHEDULER;
}

/* "1024 -> 2048 MiB": what the action's name says already is left out. */
static char *describe(const GArray *changes, ActionKind kind)
{
    char *all = changes_describe(changes);
    if (kind != ACTION_SET_MEMORY && kind != ACTION_SET_VCPUS) {
        return all;
    }
    char *rest = g_strdup(strchr(all, ' ') + 1);
    g_free(all);
    return rest;
}

static gboolean is_scheduled(const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (g_array_index(changes, Change, i).live == LIVE_SCHEDULER) {
            return TRUE;
        }
    }
    return FALSE;
}

static void hold_live(const Planning *planning, Action *action, const Domain *domain)
{
    hold_foreign_config(planning, action, domain);
    if (action_brings_device(action)) {
        hold_late_keys(planning, action);
        hold_missing(planning, action);
    }
    if (action->kind == ACTION_DETACH_DISK) {
        hold_protected(action, domain);
    }
    if (planning->policy->node_was_asked && action->scheduler == NULL &&
        is_scheduled(action->changes)) {
        action_hold(action, HOLD_WAIT,
                    "it is not known which scheduler the host has, since `info` of the toolstack "
                    "does not say it");
    }
}

/* THESE: its changes, which it takes over. */
static void add_action(Planning *planning, ActionKind kind, const Domain *domain, const char *uuid,
                       const ObservedDomain *seen, GArray *these)
{
    g_autofree char *what = describe(these, kind);
    gboolean is_drift = changes_are_drift(these);
    Action *action =
        plan_add(planning, kind, domain->name, uuid, domain, seen,
                 g_strdup_printf("%s (live): %s", what,
                                 is_drift ? "changed on the host" : "changed in the spec"));
    action->is_drift = is_drift;
    action->scheduler = planning->policy->scheduler;
    changes_move(these, action->changes);
    hold_live(planning, action, domain);
    /* The command writes the config file, too. */
    note_edited_config(planning, action);
}

gboolean live_is_lost_at_reboot(KeyLive live)
{
    return live == LIVE_POOL || live == LIVE_AFFINITY;
}

static gboolean is_lost_at_reboot(const Action *action)
{
    for (guint i = 0; i < action->changes->len; i++) {
        if (live_is_lost_at_reboot(g_array_index(action->changes, Change, i).live)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The last of a domain's actions sees to it that Xen's monitor has the config, when it is known
 * what is left for the guest's own reboot; those whose change would be lost in one do it
 * themselves. None does where something is held. FALSE: none of them brings the config file. */
static gboolean let_store(GPtrArray *actions, guint first, LiveStore store)
{
    Action *last = NULL;
    gboolean is_any_held = FALSE;
    for (guint i = first; i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        is_any_held = is_any_held || action->hold != HOLD_NONE;
        last = action->hold == HOLD_NONE || action->kind != ACTION_DETACH_DISK ? action : last;
    }
    for (guint i = first; store != LIVE_STORE_NOTHING && !is_any_held && i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        action->may_store =
            (store == LIVE_STORE_REST && action == last) || is_lost_at_reboot(action);
    }
    return last != NULL;
}

gboolean plan_live(Planning *planning, const Domain *domain, const char *uuid,
                   const ObservedDomain *seen, Differences *differences, LiveStore store)
{
    GPtrArray *actions = planning->plan->actions;
    guint first = actions->len;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GArray) these = g_array_new(FALSE, FALSE, sizeof(Change));
        for (guint j = 0; j < differences->live->len; j++) {
            Change *change = &g_array_index(differences->live, Change, j);
            if (kind_of(change) == kinds[i]) {
                g_array_append_val(these, *change);
            }
        }
        if (these->len > 0) {
            add_action(planning, kinds[i], domain, uuid, seen, these);
        }
    }
    /* The arrays of the actions own them now. */
    g_array_set_clear_func(differences->live, NULL);
    g_array_set_size(differences->live, 0);
    return let_store(actions, first, store);
}
