#include "xenbackend/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 65536
#define LOCK_MODE 0600
/* Temporary files are named ".NAME.xensure-XXXXXX", so that nothing of anybody else's is taken for
 * one. */
#define TEMPORARY_MARK   ".xensure-"
#define TEMPORARY_RANDOM "XXXXXX"
/* One that is younger may be of a run under way. */
#define LEFTOVER_AGE_S 60

/* Sets "cannot VERB PATH: why" from errno and returns FALSE. */
static gboolean fail(GError **error, const char *verb, const char *path)
{
    int saved = errno;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved), "cannot %s %s: %s", verb,
                path, g_strerror(saved));
    return FALSE;
}

static int open_at(int directory_fd, const char *path, int flags, guint32 mode)
{
    return (int)TEMP_FAILURE_RETRY(openat(directory_fd, path, flags | O_CLOEXEC | O_NOCTTY, mode));
}

static gboolean write_all(int fd, const char *bytes, gsize length)
{
    while (length > 0) {
        gssize written = TEMP_FAILURE_RETRY(write(fd, bytes, length));
        if (written < 0) {
            return FALSE;
        }
        bytes += written;
        length -= (gsize)written;
    }
    return TRUE;
}

/* Makes a new, changed or lost entry of PATH's folder last. */
static gboolean folder_sync(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        return FALSE;
    }
    gboolean is_synced = TEMP_FAILURE_RETRY(fsync(fd)) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_synced;
}

/* Reads to the end, or one byte more than LIMIT. NULL and errno on failure. */
static GByteArray *read_all(int fd, gsize limit, gsize expected)
{
    GByteArray *bytes = g_byte_array_sized_new((guint)MIN(expected + 1, limit + 1));
    while (bytes->len <= limit) {
        guint length = bytes->len;
        gsize step =
            MIN(limit + 1 - length, length < expected + 1 ? expected + 1 - length : READ_STEP);
        g_byte_array_set_size(bytes, length + (guint)step);
        gssize got = TEMP_FAILURE_RETRY(read(fd, bytes->data + length, step));
        g_byte_array_set_size(bytes, length + (guint)MAX(got, 0));
        if (got < 0) {
            g_clear_pointer(&bytes, g_byte_array_unref);
            break;
        }
        /* A file as long as it was said to be ends where a read gives less than there was room for:
         * no need to ask once more. */
        if (got == 0 || ((gsize)got < step && bytes->len == expected)) {
            break;
        }
    }
    return bytes;
}

static GBytes *too_large(const char *name, gsize limit, GError **error)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                "%s is larger than %" G_GSIZE_FORMAT " bytes", name, limit);
    return NULL;
}

static GBytes *read_descriptor(int fd, const char *name, gsize limit, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        fail(error, "read", name);
        return NULL;
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        fail(error, "read", name);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read %s: not a regular file",
                    name);
        return NULL;
    }
    if ((guint64)status.st_size > limit) {
        return too_large(name, limit, error);
    }
    GByteArray *bytes = read_all(fd, limit, (gsize)status.st_size);
    if (bytes == NULL) {
        fail(error, "read", name);
        return NULL;
    }
    if (bytes->len > limit) {
        g_byte_array_unref(bytes);
        return too_large(name, limit, error);
    }
    return g_byte_array_free_to_bytes(bytes);
}

static GBytes *open_and_read(int directory_fd, const char *name, int flags, gsize limit,
                             GError **error)
{
    /* Without O_NONBLOCK a fifo would keep us until somebody writes to it. */
    int fd = open_at(directory_fd, name, O_RDONLY | O_NONBLOCK | flags, 0);
    if (fd < 0) {
        fail(error, "read", name);
        return NULL;
    }
    GBytes *bytes = read_descriptor(fd, name, MIN(limit, FILE_READ_BYTES_MAX), error);
    close(fd);
    return bytes;
}

GBytes *file_read(const char *path, gsize limit, GError **error)
{
    return open_and_read(AT_FDCWD, path, 0, limit, error);
}

GBytes *file_read_at(int directory_fd, const char *name, gsize limit, GError **error)
{
    return open_and_read(directory_fd, name, O_NOFOLLOW, limit, error);
}

GBytes *file_read_if_there(const char *path, gsize limit, GError **error)
{
    g_autoptr(GError) failure = NULL;
    GBytes *bytes = file_read(path, limit, &failure);
    if (bytes == NULL && !g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    return bytes;
}

/* Fills a new file; LASTS: and makes its contents last. */
static gboolean fill(int fd, const char *bytes, gsize length, guint32 mode, gboolean lasts)
{
    return fchmod(fd, mode) == 0 && write_all(fd, bytes, length) &&
           (!lasts || TEMP_FAILURE_RETRY(fsync(fd)) == 0);
}

/* Writes a temporary file beside PATH. Its name, or NULL and errno; then it is gone again. */
static char *temporary_write(const char *path, const char *bytes, gsize length, guint32 mode,
                             gboolean lasts)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *hidden = g_strconcat(".", base, TEMPORARY_MARK TEMPORARY_RANDOM, NULL);
    g_autofree char *temporary = g_build_filename(folder, hidden, NULL);
    int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return NULL;
    }
    gboolean is_written = fill(fd, bytes, length, mode, lasts);
    int saved = errno;
    if (close(fd) != 0 && is_written) {
        is_written = FALSE;
        saved = errno;
    }
    if (!is_written) {
        unlink(temporary);
        errno = saved;
        return NULL;
    }
    return g_steal_pointer(&temporary);
}

static gboolean is_leftover(int folder, const char *name)
{
    const char *mark = name[0] == '.' ? g_strrstr(name, TEMPORARY_MARK) : NULL;
    struct stat status;
    return mark != NULL && strlen(mark) == strlen(TEMPORARY_MARK TEMPORARY_RANDOM) &&
           fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
           status.st_mtime + LEFTOVER_AGE_S < g_get_real_time() / G_USEC_PER_SEC;
}

void file_remove_leftovers(const char *path)
{
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    int folder = entries != NULL ? open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) : -1;
    const char *name = NULL;
    while (folder >= 0 && (name = g_dir_read_name(entries)) != NULL) {
        if (is_leftover(folder, name)) {
            unlinkat(folder, name, 0);
        }
    }
    if (folder >= 0) {
        close(folder);
    }
}

static gboolean replace(const char *path, const char *bytes, gsize length, guint32 mode,
                        gboolean lasts, GError **error)
{
    g_autofree char *temporary = temporary_write(path, bytes, length, mode, lasts);
    if (temporary == NULL) {
        return fail(error, "write", path);
    }
    if (rename(temporary, path) != 0) {
        fail(error, "replace", path);
        unlink(temporary);
        return FALSE;
    }
    return !lasts || folder_sync(path) || fail(error, "make last", path);
}

gboolean file_replace(const char *path, const char *bytes, gsize length, guint32 mode,
                      GError **error)
{
    return replace(path, bytes, length, mode, TRUE, error);
}

gboolean file_replace_fleeting(const char *path, const char *bytes, gsize length, guint32 mode,
                               GError **error)
{
    return replace(path, bytes, length, mode, FALSE, error);
}

gboolean file_create(const char *path, const char *bytes, gsize length, guint32 mode,
                     GError **error)
{
    g_autofree char *temporary = temporary_write(path, bytes, length, mode, TRUE);
    if (temporary == NULL) {
        return fail(error, "write", path);
    }
    /* A link never replaces what is there, which a rename does. */
    gboolean is_linked = link(temporary, path) == 0 || fail(error, "create", path);
    unlink(temporary);
    return is_linked && (folder_sync(path) || fail(error, "make last", path));
}

gboolean file_remove(const char *path, GError **error)
{
    if (unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR) {
        return fail(error, "remove", path);
    }
    /* Also when it was gone: that may not have reached the disk yet. */
    if (!folder_sync(path) && errno != ENOENT && errno != ENOTDIR) {
        return fail(error, "make last the removal of", path);
    }
    return TRUE;
}

gboolean file_make_link(const char *path, const char *target, GError **error)
{
    if (symlink(target, path) != 0 && errno != EEXIST) {
        return fail(error, "make the link", path);
    }
    return folder_sync(path) || fail(error, "make last", path);
}

/* Opens for appending; *is_new says whether the file was made. */
static int append_open(const char *path, guint32 mode, gboolean *is_new)
{
    const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
    for (;;) {
        int fd = open_at(AT_FDCWD, path, flags, 0);
        *is_new = fd < 0 && errno == ENOENT;
        if (!*is_new) {
            return fd;
        }
        fd = open_at(AT_FDCWD, path, flags | O_CREAT | O_EXCL, mode);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
}

/* Appends all or nothing: half a record would spoil the one that is written after it. */
static gboolean append_whole(int fd, const char *bytes, gsize length, gboolean lasts)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return FALSE;
    }
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return FALSE;
    }
    if (write_all(fd, bytes, length) && (!lasts || TEMP_FAILURE_RETRY(fdatasync(fd)) == 0)) {
        return TRUE;
    }
    int saved = errno;
    if (ftruncate(fd, status.st_size) != 0) {
        /* The write is reported as failed in any case, and its reader must bear a torn record. */
    }
    errno = saved;
    return FALSE;
}

static gboolean append(const char *path, const char *bytes, gsize length, guint32 mode,
                       gboolean lasts, GError **error)
{
    gboolean is_new = FALSE;
    int fd = append_open(path, mode, &is_new);
    if (fd < 0) {
        return fail(error, "append to", path);
    }
    gboolean is_done = (!is_new || fchmod(fd, mode) == 0) && append_whole(fd, bytes, length, lasts);
    if (!is_done) {
        fail(error, "append to", path);
    } else if (is_new && lasts && !folder_sync(path)) {
        is_done = fail(error, "make last", path);
    }
    close(fd);
    return is_done;
}

gboolean file_append(const char *path, const char *bytes, gsize length, guint32 mode,
                     GError **error)
{
    return append(path, bytes, length, mode, TRUE, error);
}

gboolean file_append_fleeting(const char *path, const char *bytes, gsize length, guint32 mode,
                              GError **error)
{
    return append(path, bytes, length, mode, FALSE, error);
}

/* Makes one folder whose parent is there; one that exists already is as good. */
static gboolean folder_make_one(const char *path, guint32 mode)
{
    if (mkdir(path, 0700) != 0) {
        int saved = errno;
        if (saved == EEXIST && !g_file_test(path, G_FILE_TEST_IS_DIR)) {
            saved = ENOTDIR;
        }
        errno = saved;
        return g_file_test(path, G_FILE_TEST_IS_DIR);
    }
    int fd = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    if (fd < 0) {
        return FALSE;
    }
    gboolean is_set = fchmod(fd, mode) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return is_set && folder_sync(path);
}

gboolean file_make_folder(const char *path, guint32 mode, GError **error)
{
    g_autofree char *whole = g_strdup(path);
    /* Blank out each slash in turn, so that each folder above is made first. */
    for (char *at = whole + 1; whole[0] != '\0'; at++) {
        gboolean is_last = *at == '\0';
        if (!is_last && *at != '/') {
            continue;
        }
        *at = '\0';
        if (!folder_make_one(whole, mode)) {
            return fail(error, "make the folder", whole);
        }
        if (is_last) {
            return TRUE;
        }
        *at = '/';
    }
    errno = ENOENT;
    return fail(error, "make the folder", path);
}

int file_lock(const char *path, GError **error)
{
    int fd = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, LOCK_MODE);
    if (fd < 0) {
        fail(error, "lock", path);
        return -1;
    }
    if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | LOCK_NB)) != 0) {
        fail(error, "lock", path);
        close(fd);
        return -1;
    }
    return fd;
}
