#include "agent/daemon_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rights count, too: a file that others can write is refused until they are put right. */
#define WHAT                                                                                       \
    (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define BUFFER_SIZE 4096

/* A folder: of what lies in it, what matters. */
typedef struct {
    char *path;
    gboolean is_whole; /* all names */
    GHashTable *names;
} Folder;

struct DaemonWatch {
    int fd;
    GHashTable *folders; /* the kernel's number -> Folder */
};

static void folder_free(gpointer data)
{
    Folder *folder = data;
    g_free(folder->path);
    g_hash_table_unref(folder->names);
    g_free(folder);
}

/* NULL: it cannot be watched, as one that is not there. */
static Folder *watch_folder(DaemonWatch *watch, const char *path)
{
    int number = inotify_add_watch(watch->fd, path, WHAT);
    if (number < 0) {
        return NULL;
    }
    Folder *folder = g_hash_table_lookup(watch->folders, GINT_TO_POINTER(number));
    if (folder == NULL) {
        folder = g_new0(Folder, 1);
        folder->path = g_strdup(path);
        folder->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(watch->folders, GINT_TO_POINTER(number), folder);
    }
    return folder;
}

static void watch_name(DaemonWatch *watch, const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    Folder *folder = watch_folder(watch, parent);
    if (folder != NULL) {
        g_hash_table_add(folder->names, g_path_get_basename(path));
    }
}

/* The path as it is written, where it leads to, and of a folder what is in it. */
static void watch_path(DaemonWatch *watch, const char *path)
{
    g_autofree char *written = g_canonicalize_filename(path, NULL);
    char *led_to = realpath(written, NULL);
    watch_name(watch, written);
    if (led_to != NULL && strcmp(led_to, written) != 0) {
        watch_name(watch, led_to);
    }
    Folder *folder = g_file_test(written, G_FILE_TEST_IS_DIR) ? watch_folder(watch, written) : NULL;
    if (folder != NULL) {
        folder->is_whole = TRUE;
    }
    free(led_to);
}

DaemonWatch *daemon_watch_new(const GPtrArray *paths)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) {
        return NULL;
    }
    DaemonWatch *watch = g_new0(DaemonWatch, 1);
    watch->fd = fd;
    watch->folders = g_hash_table_new_full(NULL, NULL, NULL, folder_free);
    for (guint i = 0; i < paths->len; i++) {
        watch_path(watch, g_ptr_array_index(paths, i));
    }
    return watch;
}

void daemon_watch_free(DaemonWatch *watch)
{
    if (watch == NULL) {
        return;
    }
    close(watch->fd);
    g_hash_table_unref(watch->folders);
    g_free(watch);
}

int daemon_watch_descriptor(const DaemonWatch *watch)
{
    return watch->fd;
}

/* One that was just made is about to be written; a link or a folder is there at once. */
static gboolean is_being_made(const Folder *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder->path, name, NULL);
    struct stat status;
    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* By its name; of a file also the signatures beside it, which may come later. */
static gboolean is_watched(const Folder *folder, const char *name)
{
    GHashTableIter iterator;
    gpointer watched;
    g_hash_table_iter_init(&iterator, folder->names);
    while (g_hash_table_iter_next(&iterator, &watched, NULL)) {
        if (strcmp(name, watched) == 0 ||
            (g_str_has_prefix(name, watched) && g_str_has_suffix(name, ".minisig"))) {
            return TRUE;
        }
    }
    /* No spec begins with a dot, but where all of a folder is exchanged by one link, as Kubernetes
     * does it, that is called "..data". */
    return folder->is_whole && (name[0] != '.' || name[1] == '.');
}

static gboolean matters(const DaemonWatch *watch, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        return TRUE;
    }
    const Folder *folder = g_hash_table_lookup(watch->folders, GINT_TO_POINTER(event->wd));
    if (folder == NULL || (event->mask & IN_IGNORED) != 0) {
        return FALSE;
    }
    if (event->len == 0) {
        return folder->is_whole; /* the folder itself */
    }
    if (!is_watched(folder, event->name)) {
        return FALSE;
    }
    return (event->mask & IN_CREATE) == 0 || !is_being_made(folder, event->name);
}

gboolean daemon_watch_take(DaemonWatch *watch)
{
    _Alignas(struct inotify_event) char buffer[BUFFER_SIZE];
    gboolean has_changed = FALSE;
    gssize got;
    while ((got = read(watch->fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
        for (gssize at = 0; at < got;) {
            const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
            has_changed = matters(watch, event) || has_changed;
            at += (gssize)(sizeof *event + event->len);
        }
    }
    return has_changed;
}
