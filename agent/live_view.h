/* What a run is doing now, on the last line of a terminal: how much has ended, and what is under
 * way for how long. It goes when the run has ended; what ended stays above it, a line each. */
#pragma once

#include <glib.h>

typedef struct LiveView LiveView;

/* COUNT: how many actions are to be done. NULL where the standard error is no terminal, or one that
 * cannot go back in a line. */
LiveView *live_view_new(guint count);
/* The line goes. */
void live_view_free(LiveView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LiveView, live_view_free)

/* An action has begun. Both texts are the caller's, until it has ended. */
void live_view_begin(LiveView *view, const char *name, const char *what);
/* It has ended. To be called before that is told. */
void live_view_end(LiveView *view, const char *name, const char *what);
/* Takes the line away, for something else to be written. */
void live_view_clear(LiveView *view);
/* Draws the line anew. */
void live_view_draw(LiveView *view);
