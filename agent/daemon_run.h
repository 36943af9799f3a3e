/* One run of the daemon: `xensure apply --log` as a process of its own, so that nothing that
 * becomes of it can end the daemon. */
#pragma once

#include "agent/daemon_config.h"
#include "xenbackend/command.h"

/* Starts it; it prints where we print. NULL and an error. */
Command *daemon_run_start(const Options *options, const DaemonConfig *config, GError **error);
/* Ends it: at once, because a run can be killed at any moment. Commands that it has begun go on.
 * Takes COMMAND over. FALSE: it could not be ended, and was left to itself. */
gboolean daemon_run_break_off(Command *command);
