/* A domain of somebody else's that is taken over: nothing of it changes, and what it runs with is
 * recorded. What the spec says otherwise comes with the next plan, as for any domain. */
#include "reconcile/plan_steps.h"
#include "reconcile/seen_settings.h"

#include <string.h>

/* What the next plan will find different. */
static void find_changes(const Policy *policy, const Domain *domain, const ObservedDomain *row,
                         Action *action)
{
    g_autoptr(RecordDomain) recorded = record_domain_new(domain->name, row->uuid);
    Differences differences;
    recorded->settings = seen_settings_format(row, domain);
    differences_find(policy, domain, row, recorded, &differences);
    changes_move(differences.live, action->changes);
    changes_move(differences.next_start, action->changes);
    changes_move(differences.recreate, action->changes);
    differences_clear(&differences);
    for (guint i = 0; i < action->changes->len; i++) {
        g_array_index(action->changes, Change, i).is_drift = TRUE;
    }
    action->is_drift = changes_are_drift(action->changes);
}

static char *describe(const Domain *domain, const Action *action)
{
    g_autofree char *what = changes_describe(action->changes);
    const char *differs = *what != '\0' ? "; what differs is left for the next plan: " : "";
    return strcmp(domain->uuid, action->uuid) == 0
               ? g_strdup_printf("%s%s%s",
                                 action->seen->is_shut_down ? "the spec says adopt"
                                                            : "it runs, and goes on as it is",
                                 differs, what)
               : g_strdup_printf("it runs with the uuid %s; add `uuid: %s` to the spec%s%s",
                                 action->uuid, action->uuid, differs, what);
}

void plan_adopt(Planning *planning, const Domain *domain, const ObservedDomain *row)
{
    Action *action = plan_add(planning, ACTION_ADOPT, domain->name, row->uuid, domain, row, NULL);
    g_hash_table_add(planning->reported, (gpointer)row);
    find_changes(planning->policy, domain, row, action);
    action->reason = describe(domain, action);
    const char *transient = plan_transient(planning, domain, row, NULL);
    if (transient != NULL) {
        action_hold(action, HOLD_WAIT, "%s", transient);
    } else if (row->is_shut_down) {
        action_hold(action, HOLD_WAIT,
                    "it has ended, so nothing is left to take over (destroy id %u with the "
                    "toolstack, and it is started)",
                    row->domid);
    } else if (!row->has_details && !planning->policy->details_were_asked) {
        g_array_append_val(planning->plan->details, row->domid);
    }
}
