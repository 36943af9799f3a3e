/* Starts on a host of several: only of what no other host may run. */
#include "reconcile/ownership.h"
#include "reconcile/plan_steps.h"

#include <string.h>

void plan_ask_host(Planning *planning, const char *name, const char *address, gboolean is_former)
{
    GPtrArray *hosts = planning->plan->ask_hosts;
    for (guint i = 0; i < hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(hosts, i);
        if (strcmp(host->name, name) == 0) {
            return;
        }
    }
    g_ptr_array_add(hosts, fleet_host_new(name, address, is_former));
}

void plan_ask_all(Planning *planning, const GPtrArray *hosts)
{
    for (guint i = 0; i < hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(hosts, i);
        plan_ask_host(planning, host->name, host->address, host->is_former);
    }
}

/* Since then a later spec may have given the domain to another host, which runs it. */
static void hold_stale(Planning *planning, Action *action)
{
    const RecordDomain *recorded = action->recorded;
    gboolean ran_in_this_boot =
        recorded != NULL && recorded->is_running && strcmp(recorded->uuid, action->uuid) == 0 &&
        recorded->boot_id != NULL && g_strcmp0(recorded->boot_id, planning->observed->boot_id) == 0;
    if (planning->policy->stale != NULL && !ran_in_this_boot) {
        action_hold(action, HOLD_WAIT,
                    "the spec is a copy %s, and its source has not answered since dom0 was booted; "
                    "a later one may have given it to another host (xensure apply --accept-stale "
                    "starts it)",
                    planning->policy->stale);
    }
}

void plan_hold_not_owned(Planning *planning)
{
    const Ownership *ownership = &ownership_none;
    g_autofree char *edition = NULL;
    g_autoptr(GPtrArray) hosts =
        fleet_hosts_list(planning->desired, planning->applied, planning->policy->host);
    for (guint i = 0; hosts->len > 0 && i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (action->kind == ACTION_CREATE) {
            hold_stale(planning, action);
        }
        if (action->kind != ACTION_CREATE || action->hold != HOLD_NONE) {
            continue;
        }
        if (edition == NULL) {
            edition = spec_edition(planning->desired);
        }
        g_autofree char *why = NULL;
        OwnershipQuestion question = {hosts,
                                      edition,
                                      action->name,
                                      action->uuid,
                                      action->recorded,
                                      planning->observed->boot_id,
                                      planning->policy->answers};
        OwnershipVerdict verdict = ownership->may_start(&question, &why);
        if (verdict == OWNERSHIP_TO_ASK) {
            plan_ask_all(planning, hosts);
        }
        if (verdict != OWNERSHIP_GRANTED) {
            action_hold(action, HOLD_WAIT, "%s", why);
        }
    }
}
