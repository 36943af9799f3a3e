/* Watches the files and folders that a spec comes from, with inotify. */
#pragma once

#include <glib.h>

typedef struct DaemonWatch DaemonWatch;

/* Watches these paths (of char *): files, folders, links to them, also what is not there yet if its
 * folder is. What is put in their place by a rename is another file, so that a new watch is made
 * once something has changed. NULL and errno: the kernel gives no watch. */
DaemonWatch *daemon_watch_new(const GPtrArray *paths);
void daemon_watch_free(DaemonWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DaemonWatch, daemon_watch_free)

/* Can be read when something has happened. */
int daemon_watch_descriptor(const DaemonWatch *watch);
/* Takes what has happened. TRUE: one of the paths may have changed. A file that is being written
 * has changed once it is closed. */
gboolean daemon_watch_take(DaemonWatch *watch);
