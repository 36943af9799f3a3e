/* What is known of a run beside its plan: when it ended, how long it took, since when its spec is
 * here, and when a run ended well or badly last. What has to be remembered goes on from run to
 * run. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

typedef struct {
    gint64 time; /* when it ended, in seconds since 1970; so are the others */
    gint64 duration_ms;
    char *spec_digest;    /* of all its sources; NULL: none was read */
    gint64 spec_since;    /* since when this spec is applied here; 0: none is */
    gint64 success_time;  /* of the last run that did all it may; 0: not known */
    gint64 error_time;    /* of the last one that did not; 0: not known */
    gint64 applied_time;  /* of the last one that carried out what it had planned for all domains,
                             whatever became of it; 0: not known */
    gint64 details_time;  /* of the last one that held what runs against the spec as a whole; 0: not
                             known */
    json_t *drifted;      /* names of domains in which that has shown what is still so */
    ConfinementGaps gaps; /* of the kernel when xensure-fetch ran last */
} RunFacts;

/* Did a run with this exit code do all it may? What is held waits for somebody, and is no
 * failure. */
gboolean run_was_success(int exit_code);
/* Of a run that ends now. BEFORE: the run before it, as JSON (run_facts_add()); NULL: none is
 * known. */
void run_facts_find(const Cycle *cycle, const json_t *before, RunFacts *out);
void run_facts_clear(RunFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RunFacts, run_facts_clear)
/* Those of a run that ended, as it put them down; point into OBJECT. */
ConfinementGaps run_facts_gaps(const json_t *object);
/* Puts them, and how the run ended, into an object. */
void run_facts_add(const Cycle *cycle, const RunFacts *facts, json_t *object);
