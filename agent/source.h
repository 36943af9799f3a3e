/* Where the spec comes from: local files, folders, standard input. */
#pragma once

#include "spec/spec.h"

#define SOURCE_ERROR (source_error_quark())
typedef enum {
    SOURCE_ERROR_UNREADABLE, /* a path that cannot be read: exit 1 */
    SOURCE_ERROR_UNSAFE      /* a path that others may write: exit 3 */
} SourceError;
GQuark source_error_quark(void);

/* Reads the texts of a path, in order: the file; of a folder its *.yaml files in byte order of
 * their names, not those below it and none that begin with a dot; of "-" standard input. Appends
 * TrustedText to TEXTS.
 *
 * MUST_BE_SAFE: nobody but root and the user who runs us may be able to write the path or a folder
 * above it; a folder with the sticky bit (/tmp) is safe if what lies in it is. SOURCE_ERROR_UNSAFE
 * otherwise. */
gboolean source_read(const char *path, gboolean must_be_safe, GPtrArray *texts, GError **error);
