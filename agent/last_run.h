/* The result of the last run, kept for `status`: the report of `apply`, with when and how it ended
 * in front.
 *
 * A run that held the lock keeps it durably in the state directory. In the run directory each run
 * does, also one that was refused before it looked at anything. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* Keeps JSON, the report of the run. One that looked at one domain alone does not take the place of
 * one that looked at all. Where it HELD_LOCK, and the state directory cannot be written, the run
 * fails for it. What else cannot be written becomes WARNINGS (of char *, to be freed). */
void last_run_keep(Cycle *cycle, const char *json, gboolean held_lock, GPtrArray *warnings);

/* The run before, as far as its facts are told (run_facts_add()): a new reference. NULL: none is
 * known. */
json_t *last_run_find_before(const Cycle *cycle);

typedef struct {
    json_t *last;    /* the last run; NULL: there was none yet */
    json_t *applied; /* the last one that got as far as a plan, where that is another; else NULL */
    json_t *runs;    /* the runs that are told, oldest first */
} LastRuns;

/* Reads them. FALSE: one cannot be read, and CYCLE has failed. */
gboolean last_runs_read(Cycle *cycle, LastRuns *out);
void last_runs_clear(LastRuns *runs);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LastRuns, last_runs_clear)
