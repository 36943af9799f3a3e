/* The programs of `on_event` in agent.yaml. */
#pragma once

#include "agent/cycle.h"
#include "agent/told.h"

/* What they are to be told of what a run has done, failed to do, or newly holds. */
typedef struct RunHooks RunHooks;

/* Of a run that has ended. NULL: agent.yaml names no programs. Notes in TOLD what they are told;
 * TOLD NULL: all that is held is new. */
RunHooks *run_hooks_new(const Cycle *cycle, Told *told);
void run_hooks_free(RunHooks *hooks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunHooks, run_hooks_free)
/* Runs those that something is to be told to (HOOKS may be NULL), all at a time, with a document as
 * JSON on their standard input. Waits for them, but no longer than `timeouts.hook` (and the two
 * seconds that a program has to end): the host's lock is not to be held meanwhile. What goes wrong
 * with them is a warning. A signal that ends the run meanwhile ends them first, and then the
 * process as it would have. */
void run_hooks(const Cycle *cycle, RunHooks *hooks);
