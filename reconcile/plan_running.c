/* What a domain of ours that runs, and should, needs. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* The list's Mem is what the guest holds, not what it was given: only a reason to look closer. HVM
 * guests hold video memory and pages of the device model beside their own. */
#define MEMORY_LOOK_CLOSER_MIB     4
#define MEMORY_LOOK_CLOSER_HVM_MIB 32

/* Would the details (`xl list -l ID`) decide what is to be done? */
static gboolean is_odd(const Domain *domain, const ObservedDomain *seen,
                       const RecordDomain *recorded, const Differences *differences)
{
    gint64 wanted_mib = domain_get_integer(domain, DOMAIN_KEY_memory);
    gint64 tolerance_mib = domain_is(domain, DOMAIN_KEY_type, "hvm") ? MEMORY_LOOK_CLOSER_HVM_MIB
                                                                     : MEMORY_LOOK_CLOSER_MIB;
    for (guint i = 0; i < differences->recreate->len; i++) {
        /* Above the maximum, by the record: the host knows better. */
        if (g_array_index(differences->recreate, Change, i).row->change == CHANGE_LIVE) {
            return TRUE;
        }
    }
    /* Of one whose settings nobody has put down, what runs is all that can be known. */
    gboolean is_unknown = recorded == NULL || recorded->settings == NULL;
    return is_unknown || ABS((gint64)seen->memory_mib - wanted_mib) > tolerance_mib ||
           (gint64)seen->vcpus != domain_get_integer(domain, DOMAIN_KEY_vcpus);
}

static void ask_for_details(Planning *planning, const Domain *domain, const ObservedDomain *seen,
                            const RecordDomain *recorded, const Differences *differences)
{
    if (!seen->has_details && !planning->policy->details_were_asked &&
        is_odd(domain, seen, recorded, differences)) {
        g_array_append_val(planning->plan->details, seen->domid);
    }
}

static const char *why_changed(const GArray *changes)
{
    return changes_are_drift(changes) ? "changed on the host" : "changed in the spec";
}

static Action *add_restart(Planning *planning, const Domain *domain, const char *uuid,
                           const ObservedDomain *seen, char *reason)
{
    Action *action = plan_add(planning, ACTION_RESTART, domain->name, uuid, domain, seen, reason);
    action->stops_living = TRUE;
    hold_protected(action, domain);
    hold_paused(action, domain, seen);
    hold_foreign_config(planning, action, domain);
    note_edited_config(planning, action);
    hold_before_obstacle(planning, action);
    hold_late_keys(planning, action);
    hold_missing(planning, action);
    plan_prepare_revert(planning, action);
    return action;
}

static Action *plan_recreate(Planning *planning, const Domain *domain, const char *uuid,
                             const ObservedDomain *seen, Differences *differences)
{
    g_autofree char *what = changes_describe(differences->recreate);
    Action *action =
        add_restart(planning, domain, uuid, seen, g_strdup_printf("%s needs a restart", what));
    changes_move(differences->recreate, action->changes);
    if (domain_is(domain, DOMAIN_KEY_on_change, "hold")) {
        action_hold(action, HOLD_WAIT,
                    "on_change is hold (its next start takes it; a new `bounce` restarts it now)");
    }
    for (guint i = 0; !seen->has_details && i < action->changes->len; i++) {
        const KeyRow *row = g_array_index(action->changes, Change, i).row;
        if (row->change == CHANGE_LIVE) {
            /* By the record alone: the host may say that it can be done while the domain runs. */
            action_hold(action, HOLD_WAIT,
                        "what %s it can be given while it runs is not known (the toolstack did not "
                        "say; the next run asks again)",
                        row->name);
        }
    }
    return action;
}

static ActionKind live_action(KeyLive live)
{
    switch (live) {
    case LIVE_MEMORY:
        return ACTION_SET_MEMORY;
    case LIVE_VCPUS:
        return ACTION_SET_VCPUS;
    case LIVE_SCHEDULER:
    case LIVE_NONE:
        return ACTION_SET_SCHEDULER;
    }
    return ACTION_SET_SCHEDULER;
}

/* "1024 -> 2048 MiB": what the action's name says already is left out. */
static char *describe_live(const GArray *changes, ActionKind kind)
{
    char *all = changes_describe(changes);
    if (kind == ACTION_SET_SCHEDULER) {
        return all;
    }
    char *rest = g_strdup(strchr(all, ' ') + 1);
    g_free(all);
    return rest;
}

static void plan_live(Planning *planning, const Domain *domain, const char *uuid,
                      const ObservedDomain *seen, Differences *differences)
{
    static const KeyLive order[] = {LIVE_MEMORY, LIVE_VCPUS, LIVE_SCHEDULER};
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        g_autoptr(GArray) these = g_array_new(FALSE, FALSE, sizeof(Change));
        for (guint j = 0; j < differences->live->len; j++) {
            Change *change = &g_array_index(differences->live, Change, j);
            if (change->row->live == order[i]) {
                g_array_append_val(these, *change);
            }
        }
        if (these->len == 0) {
            continue;
        }
        ActionKind kind = live_action(order[i]);
        g_autofree char *what = describe_live(these, kind);
        Action *action = plan_add(planning, kind, domain->name, uuid, domain, seen,
                                  g_strdup_printf("%s (live): %s", what, why_changed(these)));
        action->is_drift = changes_are_drift(these);
        /* The command writes the config file, too. */
        hold_foreign_config(planning, action, domain);
        note_edited_config(planning, action);
        changes_move(these, action->changes);
    }
    /* The arrays of the actions own them now. */
    g_array_set_clear_func(differences->live, NULL);
    g_array_set_size(differences->live, 0);
}

static gboolean wants_pause_change(const Domain *domain, const ObservedDomain *seen)
{
    return seen->is_paused != domain_is(domain, DOMAIN_KEY_state, "paused");
}

static void plan_pause(Planning *planning, const Domain *domain, const char *uuid,
                       const ObservedDomain *seen)
{
    if (!wants_pause_change(domain, seen)) {
        return;
    }
    if (seen->is_paused) {
        plan_add(planning, ACTION_UNPAUSE, domain->name, uuid, domain, seen,
                 g_strdup("it is paused, the spec says running"));
    } else {
        plan_add(planning, ACTION_PAUSE, domain->name, uuid, domain, seen,
                 g_strdup("it runs, the spec says paused"));
    }
}

static void list_waiting(Planning *planning, const Domain *domain, Differences *differences)
{
    if (differences->next_start->len == 0) {
        return;
    }
    Waiting *waiting = g_new0(Waiting, 1);
    waiting->name = domain->name;
    waiting->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    g_array_set_clear_func(waiting->changes, (GDestroyNotify)change_clear);
    changes_move(differences->next_start, waiting->changes);
    g_ptr_array_add(planning->plan->waiting, waiting);
}

/* The restart that the domain needs, or NULL. */
static const Action *plan_restart(Planning *planning, const Domain *domain, const char *uuid,
                                  const ObservedDomain *seen, const RecordDomain *recorded,
                                  Differences *differences)
{
    if (is_bounced(domain, recorded)) {
        g_autofree char *what = changes_describe(differences->recreate);
        Action *action = add_restart(
            planning, domain, uuid, seen,
            g_strdup_printf("bounce %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT "%s%s",
                            recorded->bounce, domain_get_integer(domain, DOMAIN_KEY_bounce),
                            *what != '\0' ? "; it brings " : "", what));
        changes_move(differences->recreate, action->changes);
        return action;
    }
    return differences->recreate->len > 0 ? plan_recreate(planning, domain, uuid, seen, differences)
                                          : NULL;
}

void plan_running(Planning *planning, const Domain *domain, const char *uuid,
                  const ObservedDomain *seen, const RecordDomain *recorded)
{
    Differences differences;
    differences_find(domain, seen, recorded, &differences);
    ask_for_details(planning, domain, seen, recorded, &differences);
    if (plan_is_put_back(domain, recorded) &&
        differences.recreate->len + differences.live->len > 0) {
        plan_put_back(planning, domain, uuid, seen, &differences);
        plan_pause(planning, domain, uuid, seen);
        list_waiting(planning, domain, &differences);
        differences_clear(&differences);
        return;
    }
    const Action *restart = plan_restart(planning, domain, uuid, seen, recorded, &differences);
    /* A restart that goes ahead brings everything; one that is held leaves the rest to be done. */
    if (restart == NULL || restart->hold != HOLD_NONE) {
        guint before = planning->plan->actions->len;
        plan_live(planning, domain, uuid, seen, &differences);
        gboolean brings_config = planning->plan->actions->len > before;
        plan_pause(planning, domain, uuid, seen);
        if (restart == NULL && !brings_config) {
            plan_write_config(planning, domain, uuid, recorded, &differences);
        }
        list_waiting(planning, domain, &differences);
    }
    differences_clear(&differences);
}
