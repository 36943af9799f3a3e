/* A domain of somebody else's that is taken over: nothing of it changes, and what it runs with is
 * recorded. What the spec says otherwise comes with the next plan, as for any domain. */
#include "reconcile/plan_steps.h"
#include "reconcile/seen_settings.h"

#include <string.h>

/* The JSON of a plan has all of them. */
#define CHANGES_TOLD_MOST 2u

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

/* What the next plan will find, as much of it as a line takes. To be freed. */
static char *describe_changes(const GArray *changes)
{
    /* The changes stay those of the array. */
    g_autoptr(GArray) first = g_array_new(FALSE, FALSE, sizeof(Change));
    guint count = MIN(changes->len, CHANGES_TOLD_MOST);
    g_array_append_vals(first, changes->data, count);
    g_autofree char *what = changes_describe(first);
    g_autofree char *more =
        changes->len > count
            ? g_strdup_printf(" and %u more (`xensure explain`)", changes->len - count)
            : g_strdup("");
    return count == 0 ? g_strdup("")
                      : g_strdup_printf("; left for the next plan: %s%s", what, more);
}

static char *describe(const Domain *domain, const Action *action)
{
    g_autofree char *left = describe_changes(action->changes);
    gboolean has_other_uuid = strcmp(domain->uuid, action->uuid) != 0;
    g_autofree char *line = has_other_uuid
                                ? g_strdup_printf("; add `uuid: %s` to the spec", action->uuid)
                                : g_strdup("");
    return g_strdup_printf("%s%s%s",
                           action->seen->is_shut_down ? "the spec says adopt"
                                                      : "it runs, and goes on as it is",
                           line, left);
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
