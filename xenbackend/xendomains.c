#include "xenbackend/xendomains.h"

#include "xenbackend/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct Xendomains {
    char *program;
    char *images_dir;
    GHashTable *links;  /* name of a domain -> GPtrArray of paths of links */
    GHashTable *others; /* name of a file -> what it is, in words */
    GHashTable *images; /* names of files; a set */
    char *trouble;      /* a folder that cannot be read; NULL: none */
};

/* ---- where links lead ---- */

/* PATH without links in its folder; its last part may be missing. NULL: the folder is not there. */
static char *resolve_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *base = g_path_get_basename(path);
    char *real = realpath(folder, NULL);
    char *resolved = real != NULL ? g_build_filename(real, base, NULL) : NULL;
    free(real);
    return resolved;
}

/* What PATH, a link, leads to in the end; where that is missing, what it says. */
static char *resolve_link(const char *path, const char *target)
{
    char *real = realpath(path, NULL);
    if (real != NULL) {
        char *copy = g_strdup(real);
        free(real);
        return copy;
    }
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);
    g_autofree char *named = g_canonicalize_filename(target, folder);
    return resolve_folder(named);
}

/* The name of the domain whose config file the link leads to; NULL: it leads elsewhere. REAL_DIR:
 * the folder of config files, without links. */
static char *name_of_link(const char *path, const char *target, const char *real_dir)
{
    g_autofree char *end = resolve_link(path, target);
    g_autofree char *folder = end != NULL ? g_path_get_dirname(end) : NULL;
    if (folder == NULL || real_dir == NULL || strcmp(folder, real_dir) != 0 ||
        !g_str_has_suffix(end, ".cfg")) {
        return NULL;
    }
    g_autofree char *base = g_path_get_basename(end);
    return g_strndup(base, strlen(base) - strlen(".cfg"));
}

/* ---- reading the folders ---- */

/* Calls VISIT with each entry that a shell's `*` stands for. FALSE and an error: the folder cannot
 * be read. One that is not there is empty. */
static gboolean read_folder(const char *folder,
                            void (*visit)(gpointer data, const char *path,
                                          const struct dirent *entry),
                            gpointer data, GError **error)
{
    DIR *entries = opendir(folder);
    int failure = entries == NULL ? errno : 0;
    for (errno = 0; entries != NULL;) {
        const struct dirent *entry = readdir(entries);
        if (entry == NULL) {
            failure = errno;
            break;
        }
        if (entry->d_name[0] != '.') {
            g_autofree char *path = g_build_filename(folder, entry->d_name, NULL);
            visit(data, path, entry);
        }
        errno = 0;
    }
    if (entries != NULL) {
        closedir(entries);
    }
    if (failure != 0 && failure != ENOENT) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(failure),
                    "cannot look into %s: %s", folder, g_strerror(failure));
        return FALSE;
    }
    return TRUE;
}

typedef struct {
    Xendomains *xendomains;
    char *real_dir;
} Look;

static void add_link(Xendomains *xendomains, char *name, const char *path)
{
    GPtrArray *paths = g_hash_table_lookup(xendomains->links, name);
    if (paths == NULL) {
        paths = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(xendomains->links, name, paths);
    } else {
        g_free(name);
    }
    g_ptr_array_add(paths, g_strdup(path));
}

static void visit_config(gpointer data, const char *path, const struct dirent *entry)
{
    Look *look = data;
    g_autofree char *target = g_file_read_link(path, NULL);
    char *name = target != NULL ? name_of_link(path, target, look->real_dir) : NULL;
    if (name != NULL) {
        add_link(look->xendomains, name, path);
        return;
    }
    char *what = target != NULL
                     ? g_strdup_printf("%s is a link to %s, not to its config file", path, target)
                     : g_strdup_printf("%s is there, and is no link to its config file", path);
    g_hash_table_insert(look->xendomains->others, g_strdup(entry->d_name), what);
}

static void visit_image(gpointer data, const char *path, const struct dirent *entry)
{
    Look *look = data;
    (void)path;
    if (entry->d_type != DT_DIR) {
        g_hash_table_add(look->xendomains->images, g_strdup(entry->d_name));
    }
}

Xendomains *xendomains_look(const XendomainsPlaces *places)
{
    Xendomains *xendomains = g_new0(Xendomains, 1);
    xendomains->program = g_strdup(places->program);
    xendomains->images_dir = g_strdup(places->images_dir);
    xendomains->links =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    xendomains->others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    xendomains->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    xendomains->trouble = g_strdup(places->trouble);
    g_autoptr(GError) error = NULL;
    Look look = {xendomains, realpath(places->config_dir, NULL)};
    if ((places->auto_dir != NULL && !read_folder(places->auto_dir, visit_config, &look, &error)) ||
        (places->images_dir != NULL &&
         !read_folder(places->images_dir, visit_image, &look, &error))) {
        g_free(xendomains->trouble);
        xendomains->trouble = g_strdup(error->message);
    }
    free(look.real_dir);
    return xendomains;
}

void xendomains_free(Xendomains *xendomains)
{
    if (xendomains == NULL) {
        return;
    }
    g_hash_table_unref(xendomains->links);
    g_hash_table_unref(xendomains->others);
    g_hash_table_unref(xendomains->images);
    g_free(xendomains->program);
    g_free(xendomains->images_dir);
    g_free(xendomains->trouble);
    g_free(xendomains);
}

/* ---- asking ---- */

static int compare_paths(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *xendomains_find_link(const Xendomains *xendomains, const char *name)
{
    GPtrArray *paths = g_hash_table_lookup(xendomains->links, name);
    if (paths == NULL) {
        return NULL;
    }
    g_ptr_array_sort(paths, compare_paths);
    return g_ptr_array_index(paths, 0);
}

char **xendomains_find_links(const Xendomains *xendomains, const char *name)
{
    const GPtrArray *paths = g_hash_table_lookup(xendomains->links, name);
    GPtrArray *copies = g_ptr_array_new();
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        if (g_utf8_validate(path, -1, NULL) && strpbrk(path, "\n\r") == NULL) {
            g_ptr_array_add(copies, g_strdup(path));
        }
    }
    if (copies->len > 0) {
        g_ptr_array_add(copies, NULL);
    }
    return (char **)g_ptr_array_free(copies, copies->len == 0);
}

GList *xendomains_linked_names(const Xendomains *xendomains)
{
    return g_hash_table_get_keys(xendomains->links);
}

static const char *find_other(const Xendomains *xendomains, const char *name)
{
    if (g_hash_table_size(xendomains->others) == 0) {
        return NULL;
    }
    g_autofree char *with_suffix = g_strconcat(name, ".cfg", NULL);
    const char *other = g_hash_table_lookup(xendomains->others, name);
    return other != NULL ? other : g_hash_table_lookup(xendomains->others, with_suffix);
}

char *xendomains_find_obstacle(const Xendomains *xendomains, const char *name)
{
    if (g_hash_table_contains(xendomains->images, name)) {
        return g_strdup_printf("xendomains has saved it in %s/%s, and its disks must not become "
                               "newer than that image (bring it back with `%s restore %s/%s`, or "
                               "remove the file)",
                               xendomains->images_dir, name, xendomains->program,
                               xendomains->images_dir, name);
    }
    const char *other = find_other(xendomains, name);
    if (other != NULL) {
        return g_strdup_printf("%s, so that xendomains starts it at boot as well (move it away)",
                               other);
    }
    return xendomains->trouble != NULL
               ? g_strdup_printf("what xendomains would start or restore is not known: %s",
                                 xendomains->trouble)
               : NULL;
}

/* ---- changing ---- */

gboolean xendomains_remove_links(const XendomainsPlaces *places, const char *name, GError **error)
{
    XendomainsPlaces configs = *places;
    configs.images_dir = NULL;
    g_autoptr(Xendomains) xendomains = xendomains_look(&configs);
    const GPtrArray *paths = g_hash_table_lookup(xendomains->links, name);
    if (xendomains->trouble != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", xendomains->trouble);
        return FALSE;
    }
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        if (!file_remove(g_ptr_array_index(paths, i), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean xendomains_put_link(const XendomainsPlaces *places, const char *path, const char *name,
                             GError **error)
{
    g_autofree char *base = g_strconcat(name, ".cfg", NULL);
    g_autofree char *target = g_build_filename(places->config_dir, base, NULL);
    return file_make_link(path, target, error);
}
