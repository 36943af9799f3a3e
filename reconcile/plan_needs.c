/* Names that are taken. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* xl refuses a second domain of one name; a restart would find that out when the domain is down
 * already. */
void plan_hold_taken_names(Planning *planning)
{
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        const ObservedDomain *row = action_kind_creates(action->kind)
                                        ? plan_find_namesake(planning, action->name, action->uuid)
                                        : NULL;
        if (row != NULL && row->uuid[0] != '\0') {
            action_hold(
                action, HOLD_CONFLICT,
                "its name is taken by the domain with id %u and the uuid %s (rename or stop "
                "that one with the toolstack)",
                row->domid, row->uuid);
        }
    }
}
