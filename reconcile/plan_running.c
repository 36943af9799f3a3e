/* What a domain of ours that runs, and should, needs. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

/* The list's Mem is what the guest holds, not what it was given: only a reason to look closer. HVM
 * guests hold video memory and pages of the device model beside their own. */
#define MEMORY_LOOK_CLOSER_MIB     4
#define MEMORY_LOOK_CLOSER_HVM_MIB 32

/* Is it of a number whose most was fixed when the domain was created? */
static gboolean has_maximum(const Change *change)
{
    return change->row->live == LIVE_MEMORY || change->row->live == LIVE_VCPUS;
}

static gint64 recorded_number(const RecordDomain *recorded, guint key)
{
    g_autoptr(RecordedSettings) values = recorded_settings_read_key(recorded->settings, key);
    const Value *value = values != NULL ? settings_get(values->settings, key) : NULL;
    return value != NULL ? value->integer : -1;
}

/* Is the number that is seen neither what the spec wants nor what we gave it last? */
static gboolean is_number_odd(const Domain *domain, const RecordDomain *recorded, guint key,
                              gint64 seen, gint64 tolerance)
{
    return ABS(seen - domain_get_integer(domain, key)) > tolerance &&
           ABS(seen - recorded_number(recorded, key)) > tolerance;
}

/* Are the details asked for whatever the list shows? What had drifted is looked at until it has not
 * any more. */
static gboolean is_due(const Policy *policy, const Domain *domain)
{
    return policy->details_are_due ||
           (policy->drifted != NULL && g_hash_table_contains(policy->drifted, domain->name));
}

/* Would the details (`xl list -l ID`) decide what is to be done? */
static gboolean is_odd(const Domain *domain, const ObservedDomain *seen,
                       const RecordDomain *recorded, const Differences *differences)
{
    gint64 tolerance_mib = domain_is(domain, DOMAIN_KEY_type, "hvm") ? MEMORY_LOOK_CLOSER_HVM_MIB
                                                                     : MEMORY_LOOK_CLOSER_MIB;
    for (guint i = 0; i < differences->recreate->len; i++) {
        /* Above the maximum, by the record: the host knows better. */
        if (has_maximum(&g_array_index(differences->recreate, Change, i))) {
            return TRUE;
        }
    }
    /* Of one whose settings nobody has put down, what runs is all that can be known. */
    gboolean is_unknown = recorded == NULL || recorded->settings == NULL;
    return is_unknown ||
           is_number_odd(domain, recorded, DOMAIN_KEY_memory, (gint64)seen->memory_mib,
                         tolerance_mib) ||
           is_number_odd(domain, recorded, DOMAIN_KEY_vcpus, (gint64)seen->vcpus, 0);
}

/* One that came from another host is taken to run with what the spec says, and may have come with
 * less: what the spec gave it on the way it has not. It is known by the config file that it lacks
 * until the first run has written that. */
static gboolean may_be_received(const Planning *planning, const Domain *domain)
{
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    return config != NULL && !config->exists;
}

static void ask_for_details(Planning *planning, const Domain *domain, const ObservedDomain *seen,
                            const RecordDomain *recorded, const Differences *differences)
{
    if (!seen->has_details && !planning->policy->details_were_asked &&
        (is_due(planning->policy, domain) || may_be_received(planning, domain) ||
         is_odd(domain, seen, recorded, differences))) {
        g_array_append_val(planning->plan->details, seen->domid);
    }
}

static Action *add_restart(Planning *planning, const Domain *domain, const char *uuid,
                           const ObservedDomain *seen, char *reason)
{
    Action *action = plan_add(planning, ACTION_RESTART, domain->name, uuid, domain, seen, reason);
    action->stops_living = TRUE;
    hold_protected(action, domain);
    hold_paused(action, domain, seen);
    hold_restarted(action, domain, seen, action->recorded);
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
    gboolean is_free = action->hold == HOLD_NONE;
    if (domain_is(domain, DOMAIN_KEY_on_change, "hold")) {
        action_hold(action, HOLD_WAIT,
                    "on_change is hold (its next start takes it; a new `bounce` restarts it now)");
        action->may_store = is_free;
    }
    for (guint i = 0; !seen->has_details && i < action->changes->len; i++) {
        const Change *change = &g_array_index(action->changes, Change, i);
        if (has_maximum(change)) {
            /* By the record alone: the host may say that it can be done while the domain runs. */
            action_hold(action, HOLD_WAIT,
                        "what %s it can be given while it runs is not known (the toolstack did not "
                        "say; the next run asks again)",
                        change->row->name);
        }
    }
    return action;
}

static gboolean wants_pause_change(const Domain *domain, const ObservedDomain *seen)
{
    return seen->is_paused != domain_is(domain, DOMAIN_KEY_state, "paused");
}

/* Did the spec say the same when the domain was started? What is not known counts as the spec's. */
static gboolean had_same_state(const Domain *domain, const RecordDomain *recorded)
{
    g_autoptr(RecordedSettings) values =
        recorded_settings_read(recorded != NULL ? recorded->settings : NULL);
    return values != NULL && value_equal(&domain_keys, domain_get(domain, DOMAIN_KEY_state),
                                         settings_get(values->settings, DOMAIN_KEY_state));
}

static gboolean plan_pause(Planning *planning, const Domain *domain, const char *uuid,
                           const ObservedDomain *seen)
{
    if (!wants_pause_change(domain, seen)) {
        return FALSE;
    }
    Action *action = plan_add(planning, seen->is_paused ? ACTION_UNPAUSE : ACTION_PAUSE,
                              domain->name, uuid, domain, seen,
                              g_strdup(seen->is_paused ? "it is paused, the spec says running"
                                                       : "it runs, the spec says paused"));
    action->is_drift = had_same_state(domain, action->recorded);
    return TRUE;
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
static Action *plan_restart(Planning *planning, const Domain *domain, const char *uuid,
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

/* Xen's monitor builds a guest that reboots from what is stored for that; what this host may not
 * start is not stored. Nor is a config whose name another domain has: the guest would end, and not
 * come back. */
static gboolean may_be_stored(const Planning *planning, const Domain *domain, const char *uuid,
                              const RecordDomain *recorded)
{
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    return planning->policy->can_store && !is_foreign_config(planning, domain, recorded) &&
           plan_find_obstacle(planning, domain->name, uuid) == NULL &&
           plan_find_namesake(planning, domain->name, uuid) == NULL &&
           (config == NULL || (config->missing == NULL && config->late_keys == NULL));
}

static gboolean is_any_held(const Planning *planning, guint first)
{
    for (guint i = first; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (action->hold != HOLD_NONE) {
            return TRUE;
        }
    }
    return FALSE;
}

void plan_running(Planning *planning, const Domain *domain, const char *uuid,
                  const ObservedDomain *seen, const RecordDomain *recorded)
{
    Differences differences;
    differences_find(planning->policy, domain, seen, recorded, &differences);
    ask_for_details(planning, domain, seen, recorded, &differences);
    if (plan_is_put_back(domain, recorded) &&
        differences.recreate->len + differences.live->len > 0) {
        plan_put_back(planning, domain, uuid, seen, &differences);
        plan_pause(planning, domain, uuid, seen);
        list_waiting(planning, domain, &differences);
        differences_clear(&differences);
        return;
    }
    if (differences.wants_node && !planning->policy->node_was_asked) {
        planning->plan->asks_node = TRUE;
    }
    Action *restart = plan_restart(planning, domain, uuid, seen, recorded, &differences);
    /* A restart that goes ahead brings everything; one that is held leaves the rest to be done. */
    if (restart == NULL || restart->hold != HOLD_NONE) {
        /* What anything but on_change holds is not to come about by a reboot either. */
        gboolean may_store = may_be_stored(planning, domain, uuid, recorded) &&
                             (restart == NULL || restart->may_store);
        guint first = planning->plan->actions->len;
        gboolean is_rest = restart != NULL || differences.next_start->len > 0 ||
                           (recorded != NULL && (recorded->is_storing || recorded->stored != NULL));
        gboolean brings_config = plan_live(planning, domain, uuid, seen, &differences,
                                           !may_store ? LIVE_STORE_NOTHING
                                           : is_rest  ? LIVE_STORE_REST
                                                      : LIVE_STORE_LOST);
        may_store = may_store && !is_any_held(planning, first);
        gboolean is_paused_too = plan_pause(planning, domain, uuid, seen);
        gboolean stores = may_store && !brings_config && record_needs_store(recorded, domain);
        if (restart != NULL) {
            restart->may_store = stores && !is_paused_too;
        } else if (!brings_config) {
            plan_write_config(planning, domain, uuid, recorded, &differences, stores ? seen : NULL);
        }
        list_waiting(planning, domain, &differences);
    }
    differences_clear(&differences);
}
