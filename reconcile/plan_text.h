/* A plan as a person reads it. */
#pragma once

#include "reconcile/plan.h"

/* Appends the header line, a line for each action, what waits for a restart, and the domains that
 * are not ours. COLOUR: with ANSI colours. */
void plan_format(const Plan *plan, gboolean colour, GString *out);
