/* A case of tests/golden/plan: a spec, a list, a record and a policy, as text files in a folder.
 *
 *   spec.yaml    the spec
 *   list.txt     what `xl list -v` printed
 *   record.txt   the record in its text form; may be left out
 *   policy.txt   lines of a word and its value; may be left out:
 *                  host NAME, now SECONDS, boot_id TEXT (none: not known), free_memory MIB
 *                (left out: not known), stops_limit N,
 * stops_percent N, allow_stops N, accept_loss, prune, only_reports, only NAME, suspended TEXT,
 * expired TEXT, frozen NAME TEXT (when the spec of its source alone has expired), stale TEXT,
 * unrenewed TEXT, busy NAME, check NAME (one that agent.yaml has), missing_before UUID (none: a
 * second look was taken, and found all), config NAME wanted|edited|stale|foreign|absent|unseen (all
 * files are as wanted unless told otherwise), obstacle NAME TEXT, link NAME PATH (by which
 * xendomains would start it), missing NAME TEXT and late_keys NAME TEXT (what this host lacks for
 * its start), unchecked NAME (the host was not looked at for it; all others were), details DOMID
 * TARGET_MIB MAXIMUM_MIB VCPUS MAXIMUM_VCPUS (none: asked without an answer), details_are_due,
 * disks_were_asked, drifted NAME, seen DOMID JSON (what `xl list -l` printed of it, in one line),
 * xen_version TEXT (of this host; none: not known), cannot_migrate TOOLSTACK, answer HOST TEXT
 * (what stands in its way, or "ok", "ok XEN FREE_MIB"), has HOST NAME UUID SEEN RECORDED WANTED
 * (what a host that answered says of a domain: the words of the JSON, "-" and "wanted"), disk HOST
 * NAME PATH rw|ro [SCRIPT] (which that domain has there), scheduler NAME and release NUMBER (none:
 * asked without an answer; credit2 and 417 unless told otherwise), no_node (it was not asked what
 * Xen says of this host), cannot_store, cannot_change LIVE (what the toolstack has no command for,
 * as a number)
 *
 * and plan.txt, what is expected. */
#pragma once

#include "reconcile/plan.h"

typedef struct {
    Spec *spec;
    Problems *problems;
    Observed *observed;
    Record *record;
    Policy policy;
    GHashTable *missing_before;
    GHashTable *busy;
    GHashTable *checks;
    GHashTable *drifted;
    GHashTable *frozen;
    GHashTable *answers;
    char *policy_text; /* what the policy points into */
    GPtrArray *words;  /* its lines, split */
    GPtrArray *kept;   /* of RecordedSettings that what is seen points into */
} PlanCase;

/* Ends the program with a line on stderr when a file is missing or wrong: a case is part of the
 * test. */
PlanCase *plan_case_read(const char *folder);
/* The same from texts; NULL and an error when they are not right. RECORD and POLICY may be NULL. */
PlanCase *plan_case_make(const char *spec, const char *list, const char *record, const char *policy,
                         GError **error);
void plan_case_free(PlanCase *plan_case);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanCase, plan_case_free)

/* Puts into the case's list, record and config files what carrying out PLAN does when nothing goes
 * wrong. PLAN was made of another copy of the case. */
void plan_case_apply(PlanCase *plan_case, const Plan *plan);

/* Makes the plan of the case, carries it out on AFTER (another copy of it) and plans again. Returns
 * what is wrong with these plans whatever the case is, in one line and to be freed, or NULL:
 * - only what is ours is touched, by the id and the uuid of a row of the list, and never Domain-0;
 * - nothing starts that a row of the list may be, and what lives ends only by a shutdown or a
 * restart, which is counted, and once;
 * - what somebody did on the host stops nothing;
 * - the second plan has nothing to do, and holds nothing that the first did not hold. Without AFTER
 * there is no second one. */
char *plan_case_find_fault(const PlanCase *plan_case, PlanCase *after);
