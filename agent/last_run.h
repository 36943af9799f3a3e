/* The result of the last run, kept for `status`: the report of `apply`, with when and how it ended
 * in front. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* Keeps JSON, the report of the run. One that looked at one domain alone does not take the place of
 * one that looked at all. Cannot it be written, the run fails for it. */
void last_run_keep(Cycle *cycle, const char *json);

/* Reads the last run: *run becomes it, or NULL where there was none yet. FALSE: it cannot be read,
 * and CYCLE has failed. */
gboolean last_run_read(Cycle *cycle, json_t **run);
