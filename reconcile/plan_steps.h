/* The steps of plan_make(), for plan_*.c alone. */
#pragma once

#include "reconcile/plan.h"

/* What the steps share. */
typedef struct {
    const Spec *desired;
    const Observed *observed;
    const Record *applied;
    const Policy *policy;
    Plan *plan;
    GHashTable *rows_by_uuid; /* uuid -> GPtrArray of ObservedDomain */
    GHashTable *row_by_name;  /* name -> ObservedDomain (the first) */
} Planning;

/* Adds an action to the plan. REASON is taken over. */
Action *plan_add(Planning *planning, ActionKind kind, const char *name, const char *uuid,
                 const Domain *domain, const ObservedDomain *seen, char *reason);
/* Holds an action, unless it is held already (the first word counts, a conflict above all). */
void action_hold(Action *action, HoldKind hold, const char *format, ...) G_GNUC_PRINTF(3, 4);
void change_clear(Change *change);
/* The changes as one phrase: "memory 1024 -> 2048 MiB, kernel /boot/a -> /boot/b". To be freed. */
char *changes_describe(const GArray *changes);

/* What differs between what a domain runs with and what the spec says (plan_changes.c). */
typedef struct {
    GArray *live;       /* of Change, in the table's order */
    GArray *next_start; /* of Change */
    GArray *recreate;   /* of Change */
    gboolean is_drift;  /* only the host moved: the record says what the spec says */
} Differences;
void differences_find(const Domain *domain, const ObservedDomain *seen,
                      const RecordDomain *recorded, Differences *out);
void differences_clear(Differences *differences);

/* A domain of this host that the spec names (plan_domain.c). */
void plan_domain(Planning *planning, const Domain *domain);
/* A domain that runs with our uuid and differs (plan_running.c). */
void plan_running(Planning *planning, const Domain *domain, const char *uuid,
                  const ObservedDomain *seen, const RecordDomain *recorded);
/* Why a domain of the list is to be waited for, or NULL (plan_domain.c). */
const char *observed_domain_transient(const ObservedDomain *seen, const RecordDomain *recorded);
/* The order of the actions and what they need of each other (plan_order.c). */
void plan_order(Planning *planning);
/* Everything that holds more than one domain (plan_rails.c). */
void plan_apply_rails(Planning *planning);
