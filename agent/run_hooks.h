/* The programs of `on_event` in agent.yaml. */
#pragma once

#include "agent/cycle.h"
#include "agent/told.h"

/* Runs those that are to be told of what this run has done, failed to do, or newly holds, all at a
 * time, with a document as JSON on their standard input. Waits for them, but no longer than
 * `timeouts.hook` (and the two seconds that a program has to end). What goes wrong with them is a
 * warning. TOLD NULL: all that is held is new. */
void run_hooks(const Cycle *cycle, Told *told);
