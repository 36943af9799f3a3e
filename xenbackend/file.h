/* Files: read whole with a limit, replaced atomically and durably, never edited in place. Failures
 * are in G_FILE_ERROR, with a message that names the file. */
#pragma once

#include <glib.h>

/* A limit above this counts as this. */
#define FILE_READ_BYTES_MAX (1024u * 1024 * 1024)

/* Reads a regular file of at most LIMIT bytes. Fails (G_FILE_ERROR) on a directory, a fifo, a
 * device, and on a larger file (G_FILE_ERROR_FAILED, "... is larger than N bytes"). Links are
 * followed. */
GBytes *file_read(const char *path, gsize limit, GError **error);
/* As above; NULL without an error where there is no such file. */
GBytes *file_read_if_there(const char *path, gsize limit, GError **error);
/* As file_read(), but NAME is in the folder DIRECTORY_FD, and a link is refused
 * (G_FILE_ERROR_LOOP); for many files of one folder. */
GBytes *file_read_at(int directory_fd, const char *name, gsize limit, GError **error);

/* Replaces PATH with these bytes: a temporary file in the same folder (".NAME.xensure-XXXXXX"),
 * write, fsync, rename, fsync of the folder. MODE is set whatever the umask. A link at PATH is
 * replaced, not followed. On failure PATH is as it was and the temporary file is gone; only when
 * the last fsync fails, PATH has the new bytes and nobody knows for how long. */
gboolean file_replace(const char *path, const char *bytes, gsize length, guint32 mode,
                      GError **error);
/* The same without any fsync, for what a crash of the host may take away. */
gboolean file_replace_fleeting(const char *path, const char *bytes, gsize length, guint32 mode,
                               GError **error);
/* Writes a file that must not exist yet, as durably. G_FILE_ERROR_EXIST when it does. */
gboolean file_create(const char *path, const char *bytes, gsize length, guint32 mode,
                     GError **error);
/* Removes the temporary files that runs which were killed have left in this folder, once they are a
 * minute old. */
void file_remove_leftovers(const char *folder);
/* Removes PATH and fsyncs its folder. A PATH that is not there is no failure. */
gboolean file_remove(const char *path, GError **error);
/* Makes a symbolic link to TARGET and fsyncs its folder. What is at PATH already is left as it is,
 * and is no failure. */
gboolean file_make_link(const char *path, const char *target, GError **error);
/* Appends to a file (created with MODE if missing) and fdatasyncs it. A link is refused. On failure
 * it is cut back to its former length. */
gboolean file_append(const char *path, const char *bytes, gsize length, guint32 mode,
                     GError **error);
/* The same without fdatasync. After a crash of the host, the end of the file may be missing. */
gboolean file_append_fleeting(const char *path, const char *bytes, gsize length, guint32 mode,
                              GError **error);
/* Makes a folder and those above it, as durably; MODE, whatever the umask, for those it makes. A
 * link to a folder counts as one. */
gboolean file_make_folder(const char *path, guint32 mode, GError **error);

/* An exclusive lock (flock) on PATH, which is created if needed. Returns a descriptor that holds it
 * until it is closed or the process ends; it is not inherited by children. -1 and
 * G_FILE_ERROR_AGAIN when somebody else holds it. A link is refused. Nobody may ever remove PATH:
 * two would hold the lock then. */
int file_lock(const char *path, GError **error);
