/* What `status` says to people. */
#pragma once

#include "agent/last_run.h"

/* How this host is, at a glance, and then what was held, failed and done, and what waits. */
void status_format(const Cycle *cycle, const LastRuns *runs, GString *out);
/* How many of RUNS, counted from the last one back, have ended with its exit code; *since gets when
 * the first of them ended, in seconds since 1970. */
guint status_count_alike(const json_t *runs, gint64 *since);
