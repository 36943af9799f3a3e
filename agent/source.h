/* Where the spec comes from: local files, folders, standard input. */
#pragma once

#include "spec/spec.h"

#define SOURCE_ERROR (source_error_quark())
typedef enum {
    SOURCE_ERROR_UNREADABLE, /* a path that cannot be read: exit 1 */
    SOURCE_ERROR_UNSAFE,     /* a path that others may write: exit 3 */
    SOURCE_ERROR_UNSIGNED    /* bytes that too few keys vouch for: exit 3 */
} SourceError;
GQuark source_error_quark(void);

/* Sets SOURCE_ERROR_UNSIGNED; always FALSE. */
gboolean source_refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Can nobody but root and the user who runs us change what the path leads to: the file (of a
 * folder: the folder, and each file in it that source_read() reads), the folders above it, and the
 * links on the way? A folder above with the sticky bit (/tmp) is safe if what lies in it is; so is
 * "-". SOURCE_ERROR_UNSAFE where not, SOURCE_ERROR_UNREADABLE where it cannot be found out. */
gboolean source_check_safe(const char *path, GError **error);
/* Reads the texts of a path, in order: the file; of a folder its *.yaml files in byte order of
 * their names, not those below it and none that begin with a dot; of "-" standard input. Appends
 * TrustedText to TEXTS, also where it fails. */
gboolean source_read(const char *path, GPtrArray *texts, GError **error);
/* The same of what enough keys must have signed; what is checked are the bytes that are given. A
 * file has its signatures beside it; a folder has a signed manifest in it, or each of its files is
 * signed. IS_LOCAL: source_check_safe() has found nothing; else a folder needs the manifest, and
 * what is signed has to be called so, too.
 * SOURCE_ERROR_UNSIGNED where something is not signed, as "-" never is. */
gboolean source_read_signed(const char *path, gboolean is_local, const Keyring *keyring,
                            GPtrArray *texts, GError **error);
/* The paths of the *.yaml files of a folder, in order; NULL and an error. */
GPtrArray *source_list_folder(const char *path, GError **error);
