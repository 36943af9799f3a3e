/* What was done to domains: a log of JSON lines in the state directory, for `explain`. It is no
 * part of the record: nothing is decided by it. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* Puts down what became of an action that was begun. Under the lock. */
gboolean history_add(const Cycle *cycle, const Action *action, const Outcome *outcome,
                     GError **error);
/* What is known of one domain, oldest first: a new array. NULL and an error: it cannot be read. */
json_t *history_read(const char *state_dir, const char *name, GError **error);
