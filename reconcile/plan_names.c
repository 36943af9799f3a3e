/* Domains that the spec has given another name: what is left of the old one, and what still has the
 * new one. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* ---- what is left of the old name ---- */

/* Has neither the spec nor the record a domain of this name by now? */
static gboolean is_free(const Planning *planning, const char *name)
{
    return spec_find(planning->desired, name) == NULL &&
           record_find(planning->applied, name) == NULL;
}

/* The file under the old name is of no use, but a link to it would start the domain at boot: beside
 * xensure, and where it has moved on, a second time. */
static void plan_old_boot_link(Planning *planning, const RecordDomain *recorded,
                               const Domain *owner, const char *name)
{
    const ObservedConfig *config = plan_config_of(planning, name);
    if (config == NULL || config->boot_link == NULL || (config->exists && !config->is_ours)) {
        return;
    }
    Action *action = plan_add(planning, ACTION_WRITE_CONFIG, name, recorded->uuid, NULL, NULL,
                              g_strdup_printf("the spec calls it %s, and the link %s, which would "
                                              "start it at boot, is removed",
                                              owner->name, config->boot_link));
    action->removes_boot_link = TRUE;
    action->keeps_file = TRUE;
    action->is_drift = TRUE;
}

/* Does the domain run under the name that the spec has given it, is it known with what, and is the
 * file of that name as it should be? Until then, what is kept under the old name may be needed. */
static gboolean is_proved(const Planning *planning, const Domain *owner,
                          const RecordDomain *recorded)
{
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *row = plan_find_row(planning, recorded->uuid, &living, &dead);
    const ObservedConfig *config = plan_config_of(planning, owner->name);
    return row != NULL && living + dead == 1 && strcmp(recorded->name, owner->name) == 0 &&
           recorded->is_running && recorded->operation == OPERATION_NONE &&
           recorded->settings != NULL && recorded->domid == row->domid &&
           strcmp(row->name, owner->name) == 0 && !row->is_shut_down &&
           plan_transient(planning, owner, row, recorded) == NULL && config != NULL &&
           config->is_ours && config->is_wanted;
}

static void plan_old_config(Planning *planning, const RecordDomain *recorded, const Domain *owner,
                            const char *name)
{
    const ObservedConfig *config = plan_config_of(planning, name);
    guint living = 0;
    guint dead = 0;
    if (!domain_is_on(owner, planning->policy->host) || recorded->is_protected ||
        g_hash_table_contains(planning->shared_uuids, recorded->uuid) || config == NULL ||
        config->obstacle != NULL || config->boot_link != NULL || !config->exists ||
        !config->is_ours || !is_proved(planning, owner, recorded)) {
        return;
    }
    plan_add(planning, ACTION_REMOVE_CONFIG, name, recorded->uuid, NULL,
             plan_find_row(planning, recorded->uuid, &living, &dead),
             g_strdup_printf("the spec has renamed it, and it runs as %s", owner->name));
}

void plan_former_names(Planning *planning, const RecordDomain *recorded)
{
    const Domain *owner = g_hash_table_lookup(planning->owner_by_uuid, recorded->uuid);
    if (owner == NULL) {
        return;
    }
    /* What is under way keeps its record under the old name until it is over. */
    if (spec_find(planning->desired, recorded->name) == NULL &&
        plan_is_selected(planning, recorded->name)) {
        plan_old_boot_link(planning, recorded, owner, recorded->name);
    }
    for (guint i = 0; i < recorded->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(recorded->former_names, i);
        if (is_free(planning, former->name) && (plan_is_selected(planning, former->name) ||
                                                plan_is_selected(planning, recorded->name))) {
            plan_old_boot_link(planning, recorded, owner, former->name);
            plan_old_config(planning, recorded, owner, former->name);
        }
    }
}

/* ---- what still has the new name ---- */

const RecordDomain *plan_find_name_keeper(const Planning *planning, const char *name,
                                          const char *uuid)
{
    const RecordDomain *keeper = record_find(planning->applied, name);
    guint living = 0;
    guint dead = 0;
    if (keeper == NULL || strcmp(keeper->uuid, uuid) == 0) {
        return NULL;
    }
    gboolean is_named = g_hash_table_contains(planning->owner_by_uuid, keeper->uuid);
    gboolean is_renamed = record_find_uuid(planning->applied, uuid) != NULL;
    gboolean is_here = keeper->is_running || keeper->is_protected ||
                       keeper->operation != OPERATION_NONE ||
                       plan_find_row(planning, keeper->uuid, &living, &dead) != NULL;
    gboolean is_saved = g_hash_table_contains(planning->obstacle_by_uuid, keeper->uuid);
    return is_named || is_saved || (is_renamed && is_here) ? keeper : NULL;
}

void hold_for_name_keeper(Planning *planning, Action *action, const RecordDomain *keeper)
{
    const Domain *owner = g_hash_table_lookup(planning->owner_by_uuid, keeper->uuid);
    const char *obstacle = g_hash_table_lookup(planning->obstacle_by_uuid, keeper->uuid);
    GHashTable *missing = planning->policy->missing_before;
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *row = plan_find_row(planning, keeper->uuid, &living, &dead);
    if (owner != NULL) {
        action_hold(action, HOLD_WAIT,
                    "wait: its name is still that of the domain with the uuid %s, which the spec "
                    "calls %s by now, and which cannot get that name yet",
                    keeper->uuid, owner->name);
    } else if (row != NULL) {
        action_hold(action, HOLD_WAIT,
                    "its name is still that of the domain with the uuid %s, which left the spec "
                    "and is here (id %u; stop that one with the toolstack, or give this one "
                    "another name)",
                    keeper->uuid, row->domid);
    } else if (keeper->is_protected) {
        action_hold(action, HOLD_WAIT,
                    "its name is still that of the domain with the uuid %s, which left the spec "
                    "and is protected (xensure forget %s ends that)",
                    keeper->uuid, keeper->name);
    } else if (obstacle != NULL) {
        action_hold(action, HOLD_WAIT,
                    "its name is still that of the domain with the uuid %s, which left the spec: "
                    "%s",
                    keeper->uuid, obstacle);
    } else {
        action_hold(action, HOLD_WAIT,
                    "wait: its name is still that of the domain with the uuid %s, which left the "
                    "spec, and may come back",
                    keeper->uuid);
        if (missing == NULL || !g_hash_table_contains(missing, keeper->uuid)) {
            g_ptr_array_add(planning->plan->second_look, (gpointer)keeper->uuid);
        }
    }
}
