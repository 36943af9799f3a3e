/* Sources that have to be signed. */
#include "agent/source.h"

#include "agent/trust.h"
#include "spec/manifest.h"
#include "xenbackend/file.h"

#include <string.h>

/* What is to be read, and by whom it has to be signed. */
typedef struct {
    const Keyring *keyring;
    gboolean is_local;
    const TrustedText *manifest_text; /* of a folder that has one; else NULL */
    const Manifest *manifest;
} Signing;

static gboolean fail(SourceError code, const GError *failure, GError **error)
{
    g_set_error_literal(error, SOURCE_ERROR, (gint)code, failure->message);
    return FALSE;
}

/* The bytes of a file that its own signatures vouch for. */
static TrustedText *check_signed(const char *path, GBytes *bytes, const Signing *signing,
                                 GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GPtrArray) signatures = trust_read_signatures(path, signing->keyring, &failure);
    if (signatures == NULL) {
        fail(SOURCE_ERROR_UNREADABLE, failure, error);
        return NULL;
    }
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *called = signing->is_local ? NULL : manifest_signed_name(whole);
    TrustedText *text =
        trusted_text_new_signed(path, bytes, called, signing->keyring, signatures, &failure);
    if (text == NULL) {
        g_prefix_error(&failure, "%s: ", path);
        fail(SOURCE_ERROR_UNSIGNED, failure, error);
    }
    return text;
}

static TrustedText *check_listed(const char *path, GBytes *bytes, const Signing *signing,
                                 GError **error)
{
    g_autoptr(GError) failure = NULL;
    TrustedText *text =
        trusted_text_new_listed(path, bytes, signing->manifest_text, signing->manifest, &failure);
    if (text == NULL) {
        g_prefix_error(&failure, "%s: ", path);
        fail(SOURCE_ERROR_UNSIGNED, failure, error);
    }
    return text;
}

static GBytes *read_bytes(const char *path, gsize limit, GError **error)
{
    g_autoptr(GError) failure = NULL;
    GBytes *bytes = file_read(path, limit, &failure);
    if (bytes == NULL) {
        fail(SOURCE_ERROR_UNREADABLE, failure, error);
    }
    return bytes;
}

static gboolean read_file(const char *path, const Signing *signing, GPtrArray *texts,
                          GError **error)
{
    g_autoptr(GBytes) bytes = read_bytes(path, YAML_BYTES_MAX, error);
    TrustedText *text = NULL;
    if (bytes != NULL) {
        text = signing->manifest != NULL ? check_listed(path, bytes, signing, error)
                                         : check_signed(path, bytes, signing, error);
    }
    if (text != NULL) {
        g_ptr_array_add(texts, text);
    }
    return text != NULL;
}

/* The files of a folder. All that its manifest lists have to be there, which are as many if each
 * that is there is listed. */
static gboolean read_files(const char *path, const Signing *signing, GPtrArray *texts,
                           GError **error)
{
    g_autoptr(GPtrArray) files = source_list_folder(path, error);
    gsize bytes = 0;
    for (guint i = 0; files != NULL && i < files->len && bytes <= SPEC_SOURCE_BYTES_MAX; i++) {
        gsize length = 0;
        if (!read_file(g_ptr_array_index(files, i), signing, texts, error)) {
            return FALSE;
        }
        trusted_text_bytes(g_ptr_array_index(texts, texts->len - 1), &length);
        bytes += length;
    }
    if (files != NULL && signing->manifest != NULL &&
        files->len < manifest_count(signing->manifest)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED,
                    "%s: expected the %u files that its signed manifest lists, found %u", path,
                    manifest_count(signing->manifest), files->len);
        return FALSE;
    }
    return files != NULL;
}

/* The signature is checked before anything of the manifest is read. */
static gboolean read_by_manifest(const char *path, const char *manifest_path,
                                 const Signing *signing, GPtrArray *texts, GError **error)
{
    g_autoptr(GBytes) bytes = read_bytes(manifest_path, MANIFEST_BYTES_MAX, error);
    g_autoptr(TrustedText) text =
        bytes != NULL ? check_signed(manifest_path, bytes, signing, error) : NULL;
    if (text == NULL) {
        return FALSE;
    }
    g_autoptr(GError) failure = NULL;
    gsize length = 0;
    const char *data = trusted_text_bytes(text, &length);
    g_autoptr(Manifest) manifest = manifest_parse(data != NULL ? data : "", length, &failure);
    if (manifest == NULL) {
        g_prefix_error(&failure, "%s: ", manifest_path);
        return fail(SOURCE_ERROR_UNSIGNED, failure, error);
    }
    const Signing listed = {signing->keyring, signing->is_local, text, manifest};
    return read_files(path, &listed, texts, error);
}

gboolean source_read_signed(const char *path, gboolean is_local, const Keyring *keyring,
                            GPtrArray *texts, GError **error)
{
    const Signing signing = {.keyring = keyring, .is_local = is_local};
    if (strcmp(path, "-") == 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED,
                    "-: expected a spec that is signed (`trust.required` in agent.yaml), found "
                    "standard input, which has no signature beside it");
        return FALSE;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        return read_file(path, &signing, texts, error);
    }
    g_autofree char *manifest = g_build_filename(path, MANIFEST_NAME, NULL);
    /* A link to nothing is no manifest, but somebody meant one. */
    if (g_file_test(manifest, G_FILE_TEST_EXISTS) ||
        g_file_test(manifest, G_FILE_TEST_IS_SYMLINK)) {
        return read_by_manifest(path, manifest, &signing, texts, error);
    }
    /* Where others can write, files that are signed one by one could be old and new ones mixed. */
    if (!is_local) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_UNSIGNED,
                    "%s: expected a folder with a signed manifest, found none in it (xensure sign "
                    "FOLDER makes it)",
                    path);
        return FALSE;
    }
    return read_files(path, &signing, texts, error);
}
