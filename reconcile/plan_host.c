/* What this host holds against a domain: what its start would lack, and what xendomains has of it.
 */
#include "reconcile/plan_steps.h"

#include <string.h>

const char *plan_find_obstacle(const Planning *planning, const char *name, const char *uuid)
{
    const ObservedConfig *config = plan_config_of(planning, name);
    return config != NULL && config->obstacle != NULL
               ? config->obstacle
               : g_hash_table_lookup(planning->obstacle_by_uuid, uuid);
}

void hold_before_obstacle(const Planning *planning, Action *action)
{
    const char *obstacle = plan_find_obstacle(planning, action->name, action->uuid);
    if (obstacle != NULL) {
        action_hold(action, HOLD_WAIT, "%s", obstacle);
    }
}

void hold_late_keys(const Planning *planning, Action *action)
{
    const ObservedConfig *config = plan_config_of(planning, action->name);
    if (config != NULL && config->late_keys != NULL) {
        action_hold(action, HOLD_WAIT,
                    "this host's release of Xen lacks %s, and would pass over that without a "
                    "word (take it out of the spec, or update Xen)",
                    config->late_keys);
    }
}

/* A vif that goes may be one that comes back with other settings. */
gboolean action_brings_device(const Action *action)
{
    return action->kind == ACTION_ATTACH_DISK || action->kind == ACTION_ATTACH_VIF ||
           action->kind == ACTION_DETACH_VIF || action->kind == ACTION_CHANGE_CD;
}

void hold_missing(const Planning *planning, Action *action)
{
    const ObservedConfig *config = plan_config_of(planning, action->name);
    if (config != NULL && config->missing != NULL) {
        action_hold(action, HOLD_WAIT, "%s: this host lacks %s (put it there, or change the spec)",
                    action_brings_device(action) ? "its devices are left as they are"
                                                 : "its start would fail, so it is not stopped",
                    config->missing);
    }
}

/* ---- what xendomains would start ---- */

/* A link to somebody else's file is that one's, unless the file gives way to ours. */
static gboolean may_remove_link(const Planning *planning, const Domain *domain, const char *uuid,
                                const ObservedConfig *config)
{
    const RecordDomain *recorded = plan_recorded(planning, domain->name, uuid);
    return !config->exists || config->is_ours ||
           domain_get_integer(domain, DOMAIN_KEY_adopt) != 0 ||
           (recorded != NULL && recorded->is_adopted);
}

/* Does the action tell of the link, or is it one of a domain that nothing is done to? A migration
 * takes the link away when it begins, and puts it back if the domain stays. */
static gboolean tell_of_link(Action *action, const char *why)
{
    gboolean is_about_link = action->kind == ACTION_WRITE_CONFIG ||
                             action->kind == ACTION_REMOVE_CONFIG || action->kind == ACTION_MIGRATE;
    if (!is_about_link || action->hold != HOLD_NONE) {
        return action->hold == HOLD_CONFLICT;
    }
    g_autofree char *before = action->reason;
    action->reason = g_strdup_printf("%s; %s", before, why);
    return TRUE;
}

/* Every action removes the link before it begins. One that is no more than that is added, unless
 * the config file has an action anyway: what holds the others does not hold it. */
void plan_boot_link(Planning *planning, const Domain *domain, const char *uuid, guint first)
{
    GPtrArray *actions = planning->plan->actions;
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    if (config == NULL || config->boot_link == NULL ||
        !may_remove_link(planning, domain, uuid, config)) {
        return;
    }
    g_autofree char *why = g_strdup_printf(
        "the link %s would start it at boot beside xensure, and is removed", config->boot_link);
    gboolean is_told = FALSE;
    for (guint i = first; i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        action->removes_boot_link = TRUE;
        is_told = tell_of_link(action, why) || is_told;
    }
    if (!is_told) {
        Action *action = plan_add(planning, ACTION_WRITE_CONFIG, domain->name, uuid, domain, NULL,
                                  g_steal_pointer(&why));
        action->removes_boot_link = TRUE;
        action->keeps_file = TRUE;
        action->is_drift = TRUE;
        /* Before the others of its domain, which then wait for it. */
        g_ptr_array_insert(actions, (gint)first,
                           g_ptr_array_steal_index(actions, actions->len - 1));
    }
}

/* ---- what is to be looked at ---- */

/* Does it start the domain or give it a device, or bring a config for a start to come? */
static gboolean brings_config(const Action *action)
{
    return action->may_store || (action->hold == HOLD_NONE &&
                                 (action_brings_device(action) || action->kind == ACTION_CREATE ||
                                  action->kind == ACTION_RESTART ||
                                  (action->kind == ACTION_WRITE_CONFIG && !action->keeps_file)));
}

void plan_wish_checks(Planning *planning)
{
    g_autoptr(GHashTable) wished = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        const ObservedConfig *config = plan_config_of(planning, action->name);
        if (brings_config(action) && config != NULL && !config->is_checked &&
            g_hash_table_add(wished, (gpointer)action->domain)) {
            g_ptr_array_add(planning->plan->host_checks, (gpointer)action->domain);
        }
    }
}
