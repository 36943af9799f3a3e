/* `suspend`: everything is frozen until somebody resumes it, or its time has passed. */
#pragma once

#include "agent/state.h"

typedef struct {
    char *reason;
    gint64 until; /* seconds since 1970; 0: for ever */
} Suspension;

void suspension_free(Suspension *suspension);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suspension, suspension_free)

/* What is suspended now; NULL without an error: nothing. One whose time has passed is nothing. */
Suspension *suspension_read(const char *state_dir, gint64 now, GError **error);
gboolean suspension_write(const char *state_dir, const char *reason, gint64 until, GError **error);
/* Nothing to remove is no failure. */
gboolean suspension_remove(const char *state_dir, GError **error);
/* "disk work (until 2027-01-31 10:00:00)", for a sentence. To be freed. */
char *suspension_describe(const Suspension *suspension);
