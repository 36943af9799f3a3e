/* One run of the daemon: `xensure apply --log` as a process of its own, so that nothing that
 * becomes of it can end the daemon. */
#pragma once

#include "agent/daemon_config.h"
#include "xenbackend/command.h"

/* The path of our own program, to be freed. To be asked for at the start: once the file is replaced
 * (an upgrade), the kernel names one that is not there. NULL and an error. */
char *daemon_run_find_program(GError **error);
/* Starts it, from what is at the path of PROGRAM now; it prints where we print. NULL and an error.
 */
Command *daemon_run_start(const char *program, const Options *options, const DaemonConfig *config,
                          GError **error);
/* Ends it: at once, because a run can be killed at any moment. Commands that it has begun go on.
 * Takes COMMAND over. FALSE: it could not be ended, and was left to itself. */
gboolean daemon_run_break_off(Command *command);
