/* Starts on a host of several: only of what no other host may run. */
#include "reconcile/ownership.h"
#include "reconcile/plan_steps.h"

#include <string.h>

void plan_ask_host(Planning *planning, const SpecHost *host)
{
    if (!g_ptr_array_find(planning->plan->ask_hosts, host, NULL)) {
        g_ptr_array_add(planning->plan->ask_hosts, (gpointer)host);
    }
}

static void ask_all(Planning *planning)
{
    for (guint i = 0; i < planning->desired->hosts->len; i++) {
        const SpecHost *host = g_ptr_array_index(planning->desired->hosts, i);
        if (strcmp(host->name, planning->policy->host) != 0) {
            plan_ask_host(planning, host);
        }
    }
}

/* Since then a later spec may have given the domain to another host, which runs it. */
static void hold_stale(Planning *planning, Action *action)
{
    const RecordDomain *recorded = action->recorded;
    gboolean ran_in_this_boot = recorded != NULL && recorded->is_running &&
                                recorded->boot_id != NULL &&
                                g_strcmp0(recorded->boot_id, planning->observed->boot_id) == 0;
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
    for (guint i = 0; planning->desired->hosts->len > 1 && i < planning->plan->actions->len; i++) {
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
        OwnershipQuestion question = {planning->desired,
                                      edition,
                                      planning->policy->host,
                                      action->name,
                                      action->uuid,
                                      action->recorded,
                                      planning->observed->boot_id,
                                      planning->policy->answers};
        OwnershipVerdict verdict = ownership->may_start(&question, &why);
        if (verdict == OWNERSHIP_TO_ASK) {
            ask_all(planning);
        }
        if (verdict != OWNERSHIP_GRANTED) {
            action_hold(action, HOLD_WAIT, "%s", why);
        }
    }
}
