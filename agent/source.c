#include "agent/source.h"

#include "xenbackend/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 10000
#define STEPS_MAX 4096 /* of a path, links and what they lead to counted */

G_DEFINE_QUARK(xensure_source_error, source_error)

static gboolean is_trusted_user(uid_t user)
{
    return user == 0 || user == geteuid();
}

static gboolean may_others_write(const struct stat *status)
{
    return (status->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

static gboolean fail_to_read(const char *path, int error_number, GError **error)
{
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNREADABLE, "%s: %s", path,
                g_strerror(error_number));
    return FALSE;
}

gboolean source_refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(error,
                      g_error_new_valist(SOURCE_ERROR, SOURCE_ERROR_UNSIGNED, format, arguments));
    va_end(arguments);
    return FALSE;
}

static gboolean refuse_unsafe(const char *path, const char *why, GError **error)
{
    g_set_error(
        error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE,
        "%s: expected a path that only root and the user who runs xensure can write, found that %s",
        path, why);
    return FALSE;
}

/* One part of a path. Others may write a folder above with the sticky bit, but not replace what is
 * not theirs in it. */
static gboolean is_safe_part(const char *path, gboolean *is_link, GError **error)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        return fail_to_read(path, errno, error);
    }
    *is_link = S_ISLNK(status.st_mode);
    if (!is_trusted_user(status.st_uid)) {
        return refuse_unsafe(path, "it belongs to another user", error);
    }
    gboolean is_sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    /* A group of the owner's own would be safe, but nothing here can tell who is in it. */
    if (may_others_write(&status) && !is_sticky_folder && !*is_link) {
        return refuse_unsafe(path, "its group or everybody can write it", error);
    }
    return TRUE;
}

/* What NAME in the folder AT leads to: *at becomes it. Of a link, *rest gets the target in front,
 * and *at is the folder in which it is to be looked for. */
static gboolean step_safely(char **at, const char *name, char **rest, GError **error)
{
    g_autofree char *above = g_steal_pointer(at);
    gboolean is_link = FALSE;
    if (*name == '\0' || strcmp(name, ".") == 0) {
        *at = g_steal_pointer(&above);
        return TRUE;
    }
    if (strcmp(name, "..") == 0) {
        *at = g_path_get_dirname(above);
        return TRUE;
    }
    *at = g_build_filename(above, name, NULL);
    if (!is_safe_part(*at, &is_link, error)) {
        return FALSE;
    }
    if (is_link) {
        g_autofree char *target = g_file_read_link(*at, NULL);
        if (target == NULL) {
            return fail_to_read(*at, errno, error);
        }
        g_autofree char *after = g_steal_pointer(rest);
        *rest = g_strconcat(target, "/", after, NULL);
        g_free(*at);
        *at = **rest == '/' ? g_strdup("/") : g_steal_pointer(&above);
    }
    return TRUE;
}

/* Walks the path as the kernel does, part by part and through every link: where others can change
 * one part, they can make the whole lead elsewhere between the look and the reading. */
static gboolean is_safe(const char *path, GError **error)
{
    g_autofree char *real = realpath(path, NULL);
    if (real == NULL) {
        return fail_to_read(path, errno, error);
    }
    g_autofree char *here = g_get_current_dir();
    g_autofree char *rest =
        g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(here, path, NULL);
    g_autofree char *at = g_strdup("/");
    gboolean is_link = FALSE;
    gboolean is_good = is_safe_part(at, &is_link, error);
    for (guint steps = 0; is_good && *rest != '\0'; steps++) {
        g_auto(GStrv) parts = g_strsplit(rest, "/", 2);
        g_free(rest);
        rest = g_strdup(parts[1] != NULL ? parts[1] : "");
        is_good = steps < STEPS_MAX ? step_safely(&at, parts[0], &rest, error)
                                    : fail_to_read(path, ELOOP, error);
    }
    return is_good;
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

GPtrArray *source_list_folder(const char *path, GError **error)
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
    struct stat status;
    if (!is_safe(path, error)) {
        return FALSE;
    }
    if (stat(path, &status) != 0) {
        return fail_to_read(path, errno, error);
    }
    if (!S_ISDIR(status.st_mode)) {
        return TRUE;
    }
    /* The sticky bit keeps nobody from putting one more file beside those that are looked at. */
    if (may_others_write(&status)) {
        return refuse_unsafe(path, "its group or everybody can add files to it", error);
    }
    g_autoptr(GPtrArray) files = source_list_folder(path, error);
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
    g_autoptr(GPtrArray) files = source_list_folder(path, error);
    gsize bytes = 0;
    /* What is too much for a source is refused with the text that makes it so; the rest is not
     * read any more. */
    for (guint i = 0; files != NULL && i < files->len && bytes <= SPEC_SOURCE_BYTES_MAX; i++) {
        gsize length = 0;
        if (!read_file(g_ptr_array_index(files, i), texts, error)) {
            return FALSE;
        }
        trusted_text_bytes(g_ptr_array_index(texts, texts->len - 1), &length);
        bytes += length;
    }
    return files != NULL;
}
