/* What xensure keeps on disk: the record, the lock, the last run. */
#pragma once

#include "reconcile/record.h"

#define STATE_DIR_MODE 0700

typedef struct State State;

/* Names the folder; touches nothing. */
State *state_new(const char *folder);
void state_free(State *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_free)

/* Makes the folder if needed, takes the host's lock, and makes sure that the folder can be written.
 * G_FILE_ERROR_AGAIN: another run holds the lock. */
gboolean state_lock(State *state, GError **error);
/* Gives the lock back: nothing is to be written any more. */
void state_unlock(State *state);
/* Reads the record; an empty one where there is none yet. */
Record *state_read_record(State *state, GError **error);
/* Rewrites the record whole, if a block was cut off, IS_CHANGED says so, or blocks that no longer
 * hold have made it long. To be called under the lock. */
gboolean state_tidy_record(State *state, const Record *record, gboolean is_changed, GError **error);
/* Appends what is now true of a domain (NULL: it is forgotten), durably. Under the lock. */
gboolean state_append(State *state, const char *name, const RecordDomain *domain, GError **error);

/* The result of the last run, as JSON text. */
gboolean state_write_last_run(State *state, const char *json, GError **error);
/* NULL without an error: there was none yet. */
char *state_read_last_run(State *state, GError **error);
