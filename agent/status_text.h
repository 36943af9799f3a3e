/* What `status` says to people. */
#pragma once

#include "agent/last_run.h"

/* How old the last run over all domains is that carried out what it had planned, against how old it
 * may be (`--max-age`). */
typedef struct {
    gint64 most_s;  /* 0: any age is right */
    gint64 applied; /* when it ended, in seconds since 1970; 0: none is known */
    gboolean is_over;
} StatusAge;

/* How this host is, at a glance, and then what was held, failed and done, and what waits. */
void status_format(const Cycle *cycle, const LastRuns *runs, const StatusAge *age, GString *out);
/* How many of RUNS, counted from the last one back, have ended with its exit code; *since gets when
 * the first of them ended, in seconds since 1970. */
guint status_count_alike(const json_t *runs, gint64 *since);
