/* A look at a file that may be on a server which does not answer. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

/* As stat(2), links are followed; but waits no longer than TIMEOUT_MS. 0, or an errno: ETIMEDOUT
 * when it takes longer. The look itself then goes on in a thread of its own, which nobody waits
 * for. */
int file_look(const char *path, guint timeout_ms, struct stat *out);
