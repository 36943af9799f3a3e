/* Domains of ours that the spec names no more. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* Is the row another domain's by now: one of the spec (it was renamed there, or is to be taken over
 * under the name that it has), or one that was recorded later? */
static gboolean is_anothers(const Planning *planning, const RecordDomain *recorded,
                            const ObservedDomain *row)
{
    const Domain *namesake = row != NULL ? spec_find(planning->desired, row->name) : NULL;
    gboolean is_taken_over =
        namesake != NULL && domain_get_integer(namesake, DOMAIN_KEY_adopt) != 0;
    return is_taken_over || g_hash_table_contains(planning->owner_by_uuid, recorded->uuid) ||
           record_find_uuid(planning->applied, recorded->uuid) != recorded;
}

/* The spec has renamed it. Its file under the old name is of no use, but a link to it would start
 * it at boot: beside xensure, and where it has moved on, a second time. */
static void plan_old_boot_link(Planning *planning, const RecordDomain *recorded)
{
    const Domain *owner = g_hash_table_lookup(planning->owner_by_uuid, recorded->uuid);
    const ObservedConfig *config = plan_config_of(planning, recorded->name);
    if (owner == NULL || config == NULL || config->boot_link == NULL ||
        (config->exists && !config->is_ours)) {
        return;
    }
    Action *action =
        plan_add(planning, ACTION_WRITE_CONFIG, recorded->name, recorded->uuid, NULL, NULL,
                 g_strdup_printf("the spec calls it %s, and the link %s, which would start it at "
                                 "boot, is removed",
                                 owner->name, config->boot_link));
    action->removes_boot_link = TRUE;
    action->keeps_file = TRUE;
    action->is_drift = TRUE;
}

/* Does the domain run under the name that the spec has given it, is that in the record, and is the
 * file of that name as it should be? Until then, what is kept under the old name may be needed. */
static gboolean is_proved(const Planning *planning, const Domain *owner,
                          const RecordDomain *recorded, const ObservedDomain *row)
{
    const RecordDomain *renamed = record_find(planning->applied, owner->name);
    const ObservedConfig *config = plan_config_of(planning, owner->name);
    return renamed != NULL && renamed != recorded && strcmp(renamed->uuid, recorded->uuid) == 0 &&
           renamed->is_running && renamed->operation == OPERATION_NONE &&
           renamed->domid == row->domid && strcmp(row->name, owner->name) == 0 &&
           plan_transient(planning, owner, row, renamed) == NULL && !row->is_shut_down &&
           config != NULL && config->is_ours && config->is_wanted;
}

/* Removes what is kept under the name that the domain had before. */
static void plan_old_name(Planning *planning, const RecordDomain *recorded,
                          const ObservedDomain *row, guint count)
{
    const Domain *owner = g_hash_table_lookup(planning->owner_by_uuid, recorded->uuid);
    const ObservedConfig *config = plan_config_of(planning, recorded->name);
    if (owner == NULL || row == NULL || count != 1 ||
        !domain_is_on(owner, planning->policy->host) ||
        g_hash_table_contains(planning->shared_uuids, recorded->uuid) ||
        recorded->operation != OPERATION_NONE || recorded->is_protected || config == NULL ||
        config->obstacle != NULL || config->boot_link != NULL ||
        (config->exists && !config->is_ours) || !is_proved(planning, owner, recorded, row)) {
        return;
    }
    plan_add(planning, ACTION_REMOVE_CONFIG, recorded->name, recorded->uuid, NULL, row,
             g_strdup_printf("the spec has renamed it, and it runs as %s", owner->name));
}

/* The record of this domain that protects it, also under a name that it had before or after; NULL:
 * none does. */
static const RecordDomain *find_protecting(const Planning *planning, const RecordDomain *recorded)
{
    GHashTableIter iterator;
    const RecordDomain *other = NULL;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (!recorded->is_protected && g_hash_table_iter_next(&iterator, NULL, (gpointer *)&other)) {
        if (other->is_protected && strcmp(other->uuid, recorded->uuid) == 0) {
            return other;
        }
    }
    return recorded->is_protected ? recorded : NULL;
}

static void hold_left_over(const Planning *planning, Action *action, const RecordDomain *recorded)
{
    const RecordDomain *protecting = find_protecting(planning, recorded);
    if (protecting != NULL) {
        action_hold(action, HOLD_WAIT, "it is protected (xensure forget %s ends that)",
                    protecting->name);
    } else if (!planning->policy->prune) {
        action_hold(action, HOLD_WAIT,
                    "prune is off (give it `state: stopped` or `absent`, or set "
                    "`prune: true` in agent.yaml)");
    }
}

static void stop_left_over(Planning *planning, const RecordDomain *recorded,
                           const ObservedDomain *row, guint living)
{
    gboolean never_ran = observed_domain_never_ran(row) && record_is_creating(recorded);
    gboolean is_living = !row->is_shut_down && !never_ran;
    Action *stop =
        plan_add(planning, is_living ? ACTION_SHUTDOWN : ACTION_DESTROY, recorded->name,
                 recorded->uuid, NULL, row,
                 g_strdup(is_living   ? row->is_paused ? "it is paused, and is not in the spec"
                                                       : "it runs, and is not in the spec"
                          : never_ran ? "its creation was cut off, and it is not in the spec"
                                      : "it has ended, and is not in the spec"));
    stop->stops_living = is_living;
    hold_while_unclear(stop, living, plan_transient(planning, NULL, row, recorded));
    hold_left_over(planning, stop, recorded);
    if (is_living) {
        hold_paused(stop, NULL, row);
        hold_restarted(stop, NULL, row, recorded);
    }
}

void plan_left_over(Planning *planning, const RecordDomain *recorded)
{
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *row = plan_find_row(planning, recorded->uuid, &living, &dead);
    plan_old_boot_link(planning, recorded);
    plan_old_name(planning, recorded, row, living + dead);
    if (is_anothers(planning, recorded, row) ||
        plan_begun_migration(planning, NULL, recorded->name, recorded->uuid)) {
        return;
    }
    if (row != NULL) {
        guint first = planning->plan->actions->len;
        stop_left_over(planning, recorded, row, living);
        if (living + dead > 1) {
            hold_beside_dead(planning, first);
        }
    }
    const ObservedConfig *config = plan_config_of(planning, recorded->name);
    if (planning->policy->prune && config != NULL && config->exists && config->is_ours) {
        Action *action = plan_add(planning, ACTION_REMOVE_CONFIG, recorded->name, recorded->uuid,
                                  NULL, NULL, g_strdup("it is not in the spec"));
        action->removes_boot_link = config->boot_link != NULL;
        hold_left_over(planning, action, recorded);
    }
}
