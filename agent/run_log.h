/* The log of one run (`apply --log`): each action as it begins and ends, and what is newly held or
 * wrong. */
#pragma once

#include "agent/cycle.h"
#include "agent/told.h"

/* Who reads it, for Told. */
#define RUN_LOG_AUDIENCE "log"
/* What run_copy_is_new() is asked about, for Told. */
#define RUN_LOG_COPY "copy"
/* What run_log_warning() says, for Told. */
#define RUN_LOG_WARNING "warning"

/* A CycleProgress. */
void run_log_progress(gpointer cycle, const Action *action, const Outcome *outcome);
/* What is left to say at the end: holds, conflicts, problems and the error of the run, where they
 * are new. TOLD NULL: all of them are. */
void run_log_rest(const Cycle *cycle, Told *told);
/* Something beside the run itself went wrong; said where it is new. TOLD may be NULL. */
void run_log_warning(const char *text, Told *told);
/* Did the run come so far that what is held is known? */
gboolean run_knows_holds(const Cycle *cycle);
/* Is it to be said to the audience that the copy of this source is used? TOLD may be NULL. */
gboolean run_copy_is_new(Told *told, const char *audience, const SpecSource *source);
/* Is this hold to be said to the audience? TOLD may be NULL. */
gboolean run_hold_is_new(Told *told, const char *audience, const Action *action,
                         const Outcome *outcome);
