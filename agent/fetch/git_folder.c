/* The folder of a mirror. */
#include "agent/fetch/git_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 32 /* a bare repository is not half as deep */

static gboolean fail_folder(const char *path, const char *why, GError **error)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "%s: %s", path, why);
    return FALSE;
}

/* Where others could write, they could put a link in the way. */
static gboolean check_above(const char *path, GError **error)
{
    struct stat status;
    g_autofree char *above = g_path_get_dirname(path);
    if (stat(above, &status) != 0) {
        return fail_folder(above, g_strerror(errno), error);
    }
    return ((status.st_uid == 0 || status.st_uid == geteuid()) &&
            (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) ||
           fail_folder(above, "expected a folder that only root can write", error);
}

gboolean git_make_folder(const GitRequest *request, const ConfineUser *user, GError **error)
{
    struct stat status;
    if (!check_above(request->folder, error)) {
        return FALSE;
    }
    if (mkdir(request->folder, 0700) != 0 && errno != EEXIST) {
        return fail_folder(request->folder, g_strerror(errno), error);
    }
    int fd = open(request->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return fail_folder(request->folder, g_strerror(errno), error);
    }
    gboolean is_made = fstat(fd, &status) == 0 &&
                       (status.st_uid == user->uid ||
                        (status.st_uid == geteuid() && fchown(fd, user->uid, user->gid) == 0));
    close(fd);
    return is_made ||
           fail_folder(request->folder,
                       "expected a folder of the user that fetches, found another's", error);
}

/* Calls EACH with everything below the folder, what is deeper first. Links are not followed. */
static void walk(const char *path, guint depth, void (*each)(const char *path, gpointer data),
                 gpointer data)
{
    g_autoptr(GDir) folder = depth < DEPTH_MAX ? g_dir_open(path, 0, NULL) : NULL;
    for (const char *name = folder != NULL ? g_dir_read_name(folder) : NULL; name != NULL;
         name = g_dir_read_name(folder)) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (!g_file_test(below, G_FILE_TEST_IS_SYMLINK)) {
            walk(below, depth + 1, each, data);
        }
        each(below, data);
    }
}

static void add_size(const char *path, gpointer sum)
{
    struct stat status;
    if (lstat(path, &status) == 0) {
        *(guint64 *)sum += (guint64)status.st_blocks * 512;
    }
}

guint64 git_measure_folder(const char *path)
{
    guint64 sum = 0;
    walk(path, 0, add_size, &sum);
    return sum;
}

static void discard(const char *path, gpointer unused)
{
    (void)unused;
    remove(path);
}

void git_empty_folder(const char *path)
{
    walk(path, 0, discard, NULL);
}

/* ---- one at a time ---- */

int git_lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Of git's own: its locks, and what it has had of a fetch (tmp_pack_..., and over HTTP without
 * git's protocol ....temp). */
static void discard_leftover(const char *path, gpointer unused)
{
    static const char *const ends[] = {".lock", "/gc.pid", ".temp"};
    const char *name = strrchr(path, '/');
    gboolean is_leftover = name != NULL && g_str_has_prefix(name, "/tmp_");
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        is_leftover = is_leftover || g_str_has_suffix(path, ends[i]);
    }
    if (is_leftover) {
        discard(path, unused);
    }
}

void git_remove_leftovers(const char *path)
{
    walk(path, 0, discard_leftover, NULL);
}
