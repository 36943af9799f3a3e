/* Carries a plan out through a backend. Every step that changes something is put down before it
 * begins and after it was looked at; results are believed only after looking again. */
#pragma once

#include "reconcile/backend.h"

const char *action_result_name(ActionResult result);

typedef struct {
    guint parallel;        /* actions at a time, at least 1 */
    guint gone_timeout_ms; /* how long a destroyed domain may take to leave the list */
    guint grace_ms;        /* how long Xen's monitor has to clean up what has shut down */
    guint migrate_wait_ms; /* how long a migration is waited for; it then goes on without us */
} ExecuteLimits;

/* Carries out what is not held and updates RECORD with it. OBSERVED is the list that the plan was
 * made of; as long as it is fresh, what is about to be done is held against it, as against any
 * other list. Details may be added to it. Returns an array of Outcome, one for each action of the
 * plan, in its order. */
GArray *plan_execute(const Plan *plan, Observed *observed, Record *record, const Backend *backend,
                     const ExecuteLimits *limits);
/* 0: all done; 4: something is held; 5: a conflict; 6: something failed. The worst wins (5, 6, 4).
 */
int outcomes_exit_code(const GArray *outcomes);
