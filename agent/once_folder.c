#include "agent/once_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ABOVE     "/tmp"
#define PREFIX    "xensure-git-"
#define MODE      0711
#define DEPTH_MAX 32 /* a bare repository is not half as deep */
/* Between its making and its lock, it is nobody's. */
#define LEFT_S 60

static int open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* NULL: it cannot be listed. */
static DIR *list_folder(int at, const char *name)
{
    int fd = open_folder(at, name);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL && fd >= 0) {
        close(fd);
    }
    return folder;
}

/* Another user may be at work in it: names are looked up in open folders alone, so that nothing
 * beside it can be reached by a link that takes the place of a folder. */
static void empty(int at, const char *name, guint depth)
{
    DIR *folder = depth < DEPTH_MAX ? list_folder(at, name) : NULL;
    if (folder == NULL) {
        return;
    }
    int fd = dirfd(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *below = entry->d_name;
        if (strcmp(below, ".") != 0 && strcmp(below, "..") != 0 && unlinkat(fd, below, 0) != 0) {
            empty(fd, below, depth + 1);
            unlinkat(fd, below, AT_REMOVEDIR);
        }
    }
    closedir(folder);
}

static void discard(int at, const char *name)
{
    empty(at, name, 0);
    unlinkat(at, name, AT_REMOVEDIR);
}

gboolean once_folder_make(OnceFolder *out, GError **error)
{
    char path[] = ABOVE "/" PREFIX "XXXXXX";
    int lock = mkdtemp(path) != NULL ? open_folder(AT_FDCWD, path) : -1;
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0 || fchmod(lock, MODE) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno),
                    "a folder " ABOVE "/" PREFIX "XXXXXX cannot be made: %s", g_strerror(errno));
        if (lock >= 0) {
            close(lock);
            rmdir(path);
        }
        return FALSE;
    }
    *out = (OnceFolder){g_strdup(path), lock};
    return TRUE;
}

void once_folder_end(OnceFolder *folder)
{
    discard(AT_FDCWD, folder->path);
    close(folder->lock);
    g_clear_pointer(&folder->path, g_free);
}

/* Anybody can make a folder of this name, also while it is looked at. */
static void sweep_one(int above, const char *name)
{
    struct stat status;
    int fd = open_folder(above, name);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
        time(NULL) - status.st_mtime >= LEFT_S && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        discard(above, name);
    }
    close(fd);
}

void once_folder_sweep(void)
{
    DIR *above = list_folder(AT_FDCWD, ABOVE);
    if (above == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(above); entry != NULL; entry = readdir(above)) {
        if (g_str_has_prefix(entry->d_name, PREFIX)) {
            sweep_one(dirfd(above), entry->d_name);
        }
    }
    closedir(above);
}
