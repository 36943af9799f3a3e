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
    return files != NULL && file_replace(manifest, text->str, text->len, 0644, error);
}

static gboolean refuse(const char *path, const char *message, GError **error)
{
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED, "%s: %s", path, message);
    return FALSE;
}

static Manifest *read_manifest(const char *path, const MessageDigest *digest, GError **error)
{
    g_autofree char *manifest_path = key_files_signed_path(path);
    g_autoptr(GBytes) bytes = file_read(manifest_path, MANIFEST_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    MessageDigest found;
    message_digest_of(text, length, &found);
    if (memcmp(&found, digest, sizeof found) != 0) {
        refuse(manifest_path, "it changed while it was looked at", error);
        return NULL;
    }
    return manifest_parse(text != NULL ? text : "", length, error);
}

gboolean key_files_check_manifest(const char *path, const MessageDigest *digest, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return TRUE;
    }
    g_autoptr(Manifest) manifest = read_manifest(path, digest, error);
    g_autoptr(GPtrArray) files = manifest != NULL ? source_list_folder(path, error) : NULL;
    for (guint i = 0; files != NULL && i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        g_autofree char *name = g_path_get_basename(file);
        MessageDigest of_file;
        if (!key_files_digest(file, &of_file, error)) {
            return FALSE;
        }
        if (!manifest_check(manifest, name, &of_file, error)) {
            g_prefix_error(error, "%s: ", file);
            return FALSE;
        }
    }
    return files != NULL && (files->len == manifest_count(manifest) ||
                             refuse(path, "files that its manifest lists are missing", error));
}
