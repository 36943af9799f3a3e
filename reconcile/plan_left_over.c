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

static void hold_left_over(const Planning *planning, Action *action, const RecordDomain *recorded)
{
    if (recorded->is_protected) {
        action_hold(action, HOLD_WAIT, "it is protected (xensure forget %s ends that)",
                    recorded->name);
    } else if (!planning->policy->prune) {
        action_hold(action, HOLD_WAIT,
                    "prune is off (give it `state: stopped` or `absent`, or set "
                    "`prune: true` in agent.yaml)");
    }
}

static Action *stop_left_over(Planning *planning, const RecordDomain *recorded,
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
    return stop;
}

void plan_left_over(Planning *planning, const RecordDomain *recorded, const Domain *namesake)
{
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *row = plan_find_row(planning, recorded->uuid, &living, &dead);
    if (is_anothers(planning, recorded, row) ||
        plan_begun_migration(planning, NULL, recorded->name, recorded->uuid)) {
        return;
    }
    if (row != NULL) {
        guint first = planning->plan->actions->len;
        Action *stop = stop_left_over(planning, recorded, row, living);
        if (namesake != NULL) {
            action_hold(stop, HOLD_CONFLICT,
                        "the spec has a domain of its name on %s, with the uuid %s (if that is to "
                        "be this one, put `uuid: %s` into the spec; if not, shut down id %u with "
                        "the toolstack)",
                        namesake->host, namesake->uuid, recorded->uuid, row->domid);
        }
        if (living + dead > 1) {
            hold_beside_dead(planning, first);
        }
    }
    const ObservedConfig *config = plan_config_of(planning, recorded->name);
    if (namesake == NULL && planning->policy->prune && config != NULL && config->exists &&
        config->is_ours) {
        Action *action = plan_add(planning, ACTION_REMOVE_CONFIG, recorded->name, recorded->uuid,
                                  NULL, NULL, g_strdup("it is not in the spec"));
        action->removes_boot_link = config->boot_link != NULL;
        hold_left_over(planning, action, recorded);
    }
}
