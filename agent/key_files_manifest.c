/* The manifest of a folder that is signed. */
#include "agent/key_files.h"
#include "agent/source.h"
#include "spec/manifest.h"
#include "xenbackend/file.h"

#include <string.h>

char *key_files_signed_path(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR) ? g_build_filename(path, MANIFEST_NAME, NULL)
                                                 : g_strdup(path);
}

static gboolean append_file(const char *path, GString *out, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    const char *expected = manifest_check_name(name);
    MessageDigest digest;
    if (expected != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: expected %s, found another", path,
                    expected);
        return FALSE;
    }
    if (!key_files_digest(path, &digest, error)) {
        return FALSE;
    }
    manifest_format_line(name, &digest, out);
    return TRUE;
}

/* Somebody else's file of that name, in whatever format, is not ours to replace. */
static gboolean check_replaces_manifest(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) before = file_read_if_there(path, MANIFEST_BYTES_MAX, &failure);
    gsize length = 0;
    const char *text = before != NULL ? g_bytes_get_data(before, &length) : NULL;
    g_autoptr(Manifest) replaced =
        before != NULL ? manifest_parse(text != NULL ? text : "", length, &failure) : NULL;
    gboolean is_link = before == NULL && g_file_test(path, G_FILE_TEST_IS_SYMLINK);
    gboolean is_ours = before != NULL ? replaced != NULL : failure == NULL;
    if (is_ours && !is_link) {
        return TRUE;
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                "%s is there already, and is not a manifest as xensure writes it: %s; nothing was "
                "written",
                path, is_link ? "it is a link to nothing" : failure->message);
    return FALSE;
}

gboolean key_files_write_manifest(const char *path, MessageDigest *out, GError **error)
{
    g_autoptr(GPtrArray) files = source_list_folder(path, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (files != NULL && files->len == 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "%s: expected a folder with files *.yaml, found none in it", path);
        return FALSE;
    }
    for (guint i = 0; files != NULL && i < files->len; i++) {
        if (!append_file(g_ptr_array_index(files, i), text, error)) {
            return FALSE;
        }
    }
    g_autofree char *manifest = key_files_signed_path(path);
    message_digest_of(text->str, text->len, out);
    return files != NULL && check_replaces_manifest(manifest, error) &&
           file_replace(manifest, text->str, text->len, 0644, error);
}
