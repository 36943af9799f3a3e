/* What a domain of ours that runs, and should, needs. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* The list's Mem is what the guest holds, not what it was given: only a reason to look closer. HVM
 * guests hold video memory and pages of the device model beside their own. */
#define MEMORY_LOOK_CLOSER_MIB     4
#define MEMORY_LOOK_CLOSER_HVM_MIB 32

static void ask_for_details(Planning *planning, const Domain *domain, const ObservedDomain *seen)
{
    gint64 wanted_mib = domain_get_integer(domain, DOMAIN_KEY_memory);
    gint64 tolerance_mib = domain_is(domain, DOMAIN_KEY_type, "hvm") ? MEMORY_LOOK_CLOSER_HVM_MIB
                                                                     : MEMORY_LOOK_CLOSER_MIB;
    gboolean is_memory_odd = ABS((gint64)seen->memory_mib - wanted_mib) > tolerance_mib;
    gboolean are_vcpus_odd = (gint64)seen->vcpus != domain_get_integer(domain, DOMAIN_KEY_vcpus);
    if (!seen->has_details && !planning->policy->details_were_asked &&
        (is_memory_odd || are_vcpus_odd)) {
        g_array_append_val(planning->plan->details, seen->domid);
    }
}

static void move_changes(GArray *from, GArray *to)
{
    for (guint i = 0; i < from->len; i++) {
        g_array_append_val(to, g_array_index(from, Change, i));
    }
    g_array_set_clear_func(from, NULL);
    g_array_set_size(from, 0);
}

static const char *why_changed(const Differences *differences)
{
    return differences->is_drift ? "changed on the host" : "changed in the spec";
}

static void hold_protected(Action *action, const Domain *domain)
{
    if (domain_get_integer(domain, DOMAIN_KEY_protect) != 0) {
        action_hold(action, HOLD_WAIT, "it is protected (`protect: false` ends that)");
    }
}

static Action *add_restart(Planning *planning, const Domain *domain, const char *uuid,
                           const ObservedDomain *seen, char *reason)
{
    Action *action = plan_add(planning, ACTION_RESTART, domain->name, uuid, domain, seen, reason);
    action->stops_living = TRUE;
    hold_protected(action, domain);
    return action;
}

static void plan_recreate(Planning *planning, const Domain *domain, const char *uuid,
                          const ObservedDomain *seen, Differences *differences)
{
    g_autofree char *what = changes_describe(differences->recreate);
    Action *action =
        add_restart(planning, domain, uuid, seen, g_strdup_printf("%s needs a restart", what));
    move_changes(differences->recreate, action->changes);
    if (domain_is(domain, DOMAIN_KEY_on_change, "hold")) {
        action_hold(action, HOLD_WAIT, "on_change is hold");
    }
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
                                  g_strdup_printf("%s (live): %s", what, why_changed(differences)));
        action->is_drift = differences->is_drift;
        move_changes(these, action->changes);
    }
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

/* The config file alone: everything else of this domain is as it should be, or changes at the next
 * start. */
static void plan_config(Planning *planning, const Domain *domain, const char *uuid,
                        Differences *differences)
{
    const ObservedConfig *config = g_hash_table_lookup(planning->observed->configs, domain->name);
    const RecordDomain *recorded = record_find(planning->applied, domain->name);
    if (config == NULL || (config->exists && config->is_wanted)) {
        return;
    }
    gboolean is_edited = config->exists && config->is_ours && recorded != NULL &&
                         recorded->config_digest != NULL && !config->is_as_recorded;
    g_autofree char *what = changes_describe(differences->next_start);
    char *reason = !config->exists ? g_strdup("the config file is missing")
                   : is_edited     ? g_strdup("the config file was edited on the host")
                   : differences->next_start->len > 0
                       ? g_strdup_printf("%s at the next start: %s", what, why_changed(differences))
                       : g_strdup("the config file is not what the spec says");
    Action *action =
        plan_add(planning, ACTION_WRITE_CONFIG, domain->name, uuid, domain, NULL, reason);
    action->is_drift = is_edited;
    move_changes(differences->next_start, action->changes);
    gboolean is_adopted = domain_get_integer(domain, DOMAIN_KEY_adopt) != 0 ||
                          (recorded != NULL && recorded->is_adopted);
    if (config->exists && !config->is_ours && !is_adopted) {
        action_hold(action, HOLD_WAIT,
                    "its config file is there and was not written by xensure (move it away, or say "
                    "`adopt: true`)");
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
    move_changes(differences->next_start, waiting->changes);
    g_ptr_array_add(planning->plan->waiting, waiting);
}

void plan_running(Planning *planning, const Domain *domain, const char *uuid,
                  const ObservedDomain *seen, const RecordDomain *recorded)
{
    Differences differences;
    ask_for_details(planning, domain, seen);
    differences_find(domain, seen, recorded, &differences);
    gint64 bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    gboolean is_bounced = recorded != NULL && recorded->has_bounce && recorded->bounce != bounce;
    guint before = planning->plan->actions->len;
    gboolean restarts = FALSE;
    if (is_bounced) {
        add_restart(planning, domain, uuid, seen,
                    g_strdup_printf("bounce %" G_GINT64_FORMAT " -> %" G_GINT64_FORMAT,
                                    recorded->bounce, bounce));
        restarts = TRUE;
    } else if (differences.recreate->len > 0) {
        plan_recreate(planning, domain, uuid, seen, &differences);
        restarts = TRUE;
    }
    const Action *restart = restarts ? g_ptr_array_index(planning->plan->actions, before) : NULL;
    /* A restart that goes ahead brings everything; one that is held leaves the rest to be done. */
    if (restart == NULL || restart->hold != HOLD_NONE) {
        plan_live(planning, domain, uuid, seen, &differences);
        plan_pause(planning, domain, uuid, seen);
        if (planning->plan->actions->len == before) {
            plan_config(planning, domain, uuid, &differences);
        }
        list_waiting(planning, domain, &differences);
    }
    differences_clear(&differences);
}
