#include "agent/source_bundle_signed.h"

#include "agent/source.h"
#include "agent/trust.h"

#include <string.h>

/* FILE.minisig and FILE.KEYID.minisig. */
static GPtrArray *find_signatures(const SourceBundle *bundle, const char *name)
{
    g_autofree char *prefix = g_strconcat(name, ".", NULL);
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)signature_file_free);
    for (guint i = 0; i < bundle->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(bundle->files, i);
        if (g_str_has_prefix(file->name, prefix) &&
            g_str_has_suffix(file->name, SIGNATURE_SUFFIX)) {
            g_ptr_array_add(found, signature_file_new(file->name, file->bytes));
        }
    }
    return found;
}

/* The first file, which its own signatures have to vouch for. */
static TrustedText *read_first(const SourceBundle *bundle, const char *place,
                               const Keyring *keyring, GError **error)
{
    if (keyring == NULL) {
        source_refuse(error,
                      "expected a key that is trusted (`trust.keys` in agent.yaml), found none");
        return NULL;
    }
    if (bundle->files->len == 0) {
        source_refuse(error, "expected a file, found none");
        return NULL;
    }
    const SourceFile *file = g_ptr_array_index(bundle->files, 0);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GPtrArray) signatures = find_signatures(bundle, file->name);
    g_autofree char *name = g_strconcat(place, file->name, NULL);
    g_autofree char *plain = g_uri_unescape_string(name, NULL);
    g_autofree char *called = manifest_signed_name(plain != NULL ? plain : name);
    TrustedText *text =
        trusted_text_new_signed(name, file->bytes, called, keyring, signatures, &failure);
    if (text == NULL) {
        source_refuse(error, "%s: %s", file->name, failure->message);
    }
    return text;
}

static Manifest *read_manifest(const TrustedText *text, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gsize length = 0;
    const char *bytes = trusted_text_bytes(text, &length);
    Manifest *manifest = manifest_parse(bytes != NULL ? bytes : "", length, &failure);
    if (manifest == NULL) {
        source_refuse(error, "%s: %s", MANIFEST_NAME, failure->message);
    }
    return manifest;
}

static gboolean has_manifest(const SourceBundle *bundle)
{
    const SourceFile *file = bundle->files->len > 0 ? g_ptr_array_index(bundle->files, 0) : NULL;
    return file != NULL && strcmp(file->name, MANIFEST_NAME) == 0;
}

/* Every file that the manifest lists, and no other. */
static gboolean read_listed(const SourceBundle *bundle, const char *place,
                            const TrustedText *manifest_text, GPtrArray *texts, GError **error)
{
    g_autoptr(Manifest) manifest = read_manifest(manifest_text, error);
    g_autoptr(GPtrArray) names = manifest != NULL ? manifest_list(manifest) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        GBytes *bytes = source_bundle_find(bundle, name);
        g_autofree char *shown = g_strconcat(place, name, NULL);
        g_autoptr(GError) failure = NULL;
        if (bytes == NULL) {
            return source_refuse(
                error, "%s: expected this file, which the signed manifest lists, found none", name);
        }
        TrustedText *text =
            trusted_text_new_listed(shown, bytes, manifest_text, manifest, &failure);
        if (text == NULL) {
            return source_refuse(error, "%s: %s", name, failure->message);
        }
        g_ptr_array_add(texts, text);
    }
    return names != NULL;
}

gboolean source_bundle_read_signed(const SourceBundle *bundle, const char *place,
                                   const Keyring *keyring, GPtrArray *texts, GError **error)
{
    g_autoptr(TrustedText) first = read_first(bundle, place, keyring, error);
    if (first == NULL) {
        return FALSE;
    }
    if (has_manifest(bundle)) {
        return read_listed(bundle, place, first, texts, error);
    }
    g_ptr_array_add(texts, g_steal_pointer(&first));
    return TRUE;
}

GPtrArray *source_bundle_list_signed(const SourceBundle *bundle, const char *place,
                                     const Keyring *keyring, GError **error)
{
    g_autoptr(TrustedText) first = read_first(bundle, place, keyring, error);
    g_autoptr(Manifest) manifest = first != NULL ? read_manifest(first, error) : NULL;
    if (manifest == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) names = manifest_list(manifest);
    GPtrArray *copies = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        g_ptr_array_add(copies, g_strdup(g_ptr_array_index(names, i)));
    }
    return copies;
}
