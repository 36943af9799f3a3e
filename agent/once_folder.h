/* A folder in /tmp for the mirror of one run: /tmp/xensure-git-XXXXXX. Its run removes it; what a
 * run that was killed has left goes with the next one that asks a repository. */
#pragma once

#include <glib.h>

typedef struct {
    char *path; /* everybody may pass through it, and nobody else may write in it */
    int lock;   /* is held as long as its run lives, and not inherited */
} OnceFolder;

/* FALSE and G_FILE_ERROR: there is none. */
gboolean once_folder_make(OnceFolder *out, GError **error);
/* Removes it with all that is in it. */
void once_folder_end(OnceFolder *folder);
/* Removes those of our own that no run holds any more, once they are a minute old. Links are not
 * followed, whoever puts them there. */
void once_folder_sweep(void);
