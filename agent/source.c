#include "agent/source.h"

#include "xenbackend/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 10000

G_DEFINE_QUARK(xensure_source_error, source_error)

static gboolean is_trusted_user(uid_t user)
{
    return user == 0 || user == geteuid();
}

static gboolean refuse_unsafe(const char *path, const char *why, GError **error)
{
    g_set_error(
        error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE,
        "%s: expected a path that only root and the user who runs xensure can write, found that %s",
        path, why);
    return FALSE;
}

/* One part of a path. Others may write a folder with the sticky bit, but not replace what is not
 * theirs in it. */
static gboolean is_safe_part(const char *path, GError **error)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    if (!is_trusted_user(status.st_uid)) {
        return refuse_unsafe(path, "it belongs to another user", error);
    }
    gboolean is_sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    gboolean may_others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    /* A group of the owner's own would be safe, but nothing here can tell who is in it. */
    if (may_others_write && !is_sticky_folder && !S_ISLNK(status.st_mode)) {
        return refuse_unsafe(path, "its group or everybody can write it", error);
    }
    return TRUE;
}

static gboolean is_safe(const char *path, GError **error)
{
    g_autofree char *given = g_canonicalize_filename(path, NULL);
    g_autofree char *real = realpath(path, NULL);
    if (real == NULL) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    const char *starts[] = {given, real};
    for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
        g_autofree char *part = g_strdup(starts[i]);
        while (TRUE) {
            if (!is_safe_part(part, error)) {
                return FALSE;
            }
            if (strcmp(part, "/") == 0) {
                break;
            }
            char *above = g_path_get_dirname(part);
            g_free(part);
            part = above;
        }
    }
    return TRUE;
}

static gboolean read_file(const char *path, GPtrArray *texts, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = file_read(path, YAML_BYTES_MAX, &failure);
    if (bytes == NULL) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s", failure->message);
        return FALSE;
    }
    g_ptr_array_add(texts, trusted_text_new_local(path, bytes));
    return TRUE;
}

static gboolean read_standard_input(GPtrArray *texts, GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint8 buffer[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 || all->len + (gsize)got > YAML_BYTES_MAX) {
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "-: %s",
                        got < 0 ? g_strerror(errno) : "it is larger than 16 MiB");
            return FALSE;
        }
        g_byte_array_append(all, buffer, (guint)got);
    }
    g_autoptr(GBytes) bytes = g_bytes_new(all->data, all->len);
    g_ptr_array_add(texts, trusted_text_new_local("-", bytes));
    return TRUE;
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The paths of the files of a folder, in order; NULL and an error. */
static GPtrArray *list_folder(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &failure);
    if (folder == NULL) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s", failure->message);
        return NULL;
    }
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (name[0] != '.' && g_str_has_suffix(name, ".yaml") &&
            !g_file_test(file, G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(files, g_steal_pointer(&file));
        }
    }
    if (files->len > FILES_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE,
                    "%s: expected at most %d files, found %u", path, FILES_MAX, files->len);
        return NULL;
    }
    g_ptr_array_sort(files, compare_names);
    return g_steal_pointer(&files);
}

gboolean source_check_safe(const char *path, GError **error)
{
    if (strcmp(path, "-") == 0) {
        return TRUE;
    }
    if (!is_safe(path, error)) {
        return FALSE;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return TRUE;
    }
    g_autoptr(GPtrArray) files = list_folder(path, error);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        if (!is_safe(g_ptr_array_index(files, i), error)) {
            return FALSE;
        }
    }
    return files != NULL;
}

gboolean source_read(const char *path, GPtrArray *texts, GError **error)
{
    if (strcmp(path, "-") == 0) {
        return read_standard_input(texts, error);
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return read_file(path, texts, error);
    }
    g_autoptr(GPtrArray) files = list_folder(path, error);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        if (!read_file(g_ptr_array_index(files, i), texts, error)) {
            return FALSE;
        }
    }
    return files != NULL;
}
