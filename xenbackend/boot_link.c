#include "xenbackend/boot_link.h"

#include "xenbackend/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char *auto_folder(const char *config_dir)
{
    return g_build_filename(config_dir, "auto", NULL);
}

/* Does the link lead to this file, by whatever way? The file itself need not be there. */
static gboolean leads_to(const char *link, const char *path)
{
    g_autofree char *target = g_file_read_link(link, NULL);
    if (target == NULL) {
        return FALSE;
    }
    g_autofree char *folder = g_path_get_dirname(link);
    g_autofree char *absolute = g_canonicalize_filename(target, folder);
    g_autofree char *wanted = g_canonicalize_filename(path, NULL);
    return strcmp(absolute, wanted) == 0;
}

char *boot_link_find(const char *config_dir, const char *name)
{
    g_autofree char *folder = auto_folder(config_dir);
    g_autofree char *file = g_strconcat(name, ".cfg", NULL);
    g_autofree char *path = g_build_filename(config_dir, file, NULL);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    char *found = NULL;
    const char *entry = NULL;
    while (entries != NULL && (entry = g_dir_read_name(entries)) != NULL) {
        g_autofree char *link = g_build_filename(folder, entry, NULL);
        if ((found == NULL || strcmp(entry, found) < 0) && leads_to(link, path)) {
            g_free(found);
            found = g_strdup(entry);
        }
    }
    return found;
}

gboolean boot_link_remove(const char *config_dir, const char *entry, GError **error)
{
    g_autofree char *folder = auto_folder(config_dir);
    g_autofree char *link = g_build_filename(folder, entry, NULL);
    return file_remove(link, error);
}

static gboolean fail(const char *link, GError **error)
{
    int failure = errno;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(failure), "cannot make %s: %s",
                link, g_strerror(failure));
    return FALSE;
}

gboolean boot_link_put(const char *config_dir, const char *entry, const char *name, GError **error)
{
    g_autofree char *folder = auto_folder(config_dir);
    g_autofree char *link = g_build_filename(folder, entry, NULL);
    g_autofree char *file = g_strconcat(name, ".cfg", NULL);
    g_autofree char *path = g_build_filename(config_dir, file, NULL);
    if (symlink(path, link) != 0 && errno != EEXIST) {
        return fail(link, error);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_durable = fd >= 0 && fsync(fd) == 0;
    if (!is_durable) {
        fail(link, error);
    }
    if (fd >= 0) {
        close(fd);
    }
    return is_durable;
}
