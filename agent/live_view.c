#include "agent/live_view.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_OTHERWISE 80
/* To the first column, and what is behind it away: ECMA-48, which all but "dumb" terminals know. */
#define CLEAR "\r\033[K"

typedef struct {
    const char *name;
    const char *what;
    gint64 since_us;
} Entry;

struct LiveView {
    guint count;
    guint ended;
    gboolean is_drawn;
    GArray *entries; /* of Entry: what is under way, in the order in which it began */
};

LiveView *live_view_new(guint count)
{
    const char *terminal = g_getenv("TERM");
    if (!isatty(STDERR_FILENO) || terminal == NULL || *terminal == '\0' ||
        strcmp(terminal, "dumb") == 0) {
        return NULL;
    }
    LiveView *view = g_new0(LiveView, 1);
    view->count = count;
    view->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    return view;
}

void live_view_free(LiveView *view)
{
    if (view == NULL) {
        return;
    }
    live_view_clear(view);
    g_array_unref(view->entries);
    g_free(view);
}

void live_view_begin(LiveView *view, const char *name, const char *what)
{
    Entry entry = {name, what, g_get_monotonic_time()};
    g_array_append_val(view->entries, entry);
    live_view_draw(view);
}

void live_view_end(LiveView *view, const char *name, const char *what)
{
    for (guint i = 0; i < view->entries->len; i++) {
        const Entry *entry = &g_array_index(view->entries, Entry, i);
        if (strcmp(entry->name, name) == 0 && strcmp(entry->what, what) == 0) {
            g_array_remove_index(view->entries, i);
            view->ended++;
            break;
        }
    }
    live_view_clear(view);
}

void live_view_clear(LiveView *view)
{
    if (view->is_drawn) {
        fputs(CLEAR, stderr);
        fflush(stderr);
    }
    view->is_drawn = FALSE;
}

static guint find_width(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : WIDTH_OTHERWISE;
}

void live_view_draw(LiveView *view)
{
    gint64 now_us = g_get_monotonic_time();
    guint width = find_width();
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%u of %u done", view->ended, view->count);
    for (guint i = 0; i < view->entries->len && line->len < width; i++) {
        const Entry *entry = &g_array_index(view->entries, Entry, i);
        g_string_append_printf(line, "%s%s %s %" G_GINT64_FORMAT " s", i == 0 ? ": " : ", ",
                               entry->name, entry->what,
                               (now_us - entry->since_us) / G_USEC_PER_SEC);
    }
    /* A terminal goes on to the next line when the last column is written. */
    if (line->len >= width) {
        g_string_truncate(line, width > 4 ? width - 4 : 0);
        g_string_append(line, "...");
    }
    fprintf(stderr, CLEAR "%s", line->str);
    fflush(stderr);
    view->is_drawn = TRUE;
}
