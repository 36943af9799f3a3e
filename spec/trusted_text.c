#include "spec/trusted_text.h"

struct TrustedText {
    char *name;
    GBytes *bytes;
    gboolean is_local;
    char *signed_digest; /* NULL: it is not signed */
    GPtrArray *signers;  /* of Signer; NULL: it is not signed */
    gint64 signed_time;  /* 0: none */
    gboolean is_signed_before;
};

static TrustedText *text_new(const char *name, GBytes *bytes, gboolean is_local)
{
    TrustedText *text = g_new0(TrustedText, 1);
    text->name = g_strdup(name);
    text->bytes = g_bytes_ref(bytes);
    text->is_local = is_local;
    return text;
}

TrustedText *trusted_text_new_local(const char *name, GBytes *bytes)
{
    return text_new(name, bytes, TRUE);
}

TrustedText *trusted_text_new_signed(const char *name, GBytes *bytes, const char *called,
                                     const Keyring *keyring, const GPtrArray *signatures,
                                     GError **error)
{
    MessageDigest digest;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    message_digest_of(data, length, &digest);
    g_autoptr(GPtrArray) signers = g_ptr_array_new_with_free_func((GDestroyNotify)signer_free);
    g_autoptr(GError) failure = NULL;
    const Keyring *by = keyring;
    if (!keyring_check(keyring, &digest, called, signatures, signers, &failure)) {
        by = keyring_before(keyring);
        if (by == NULL || !keyring_check(by, &digest, called, signatures, signers, NULL)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return NULL;
        }
    }
    TrustedText *text = text_new(name, bytes, called == NULL);
    text->signed_digest = message_digest_show(&digest);
    text->is_signed_before = by != keyring;
    text->signed_time = keyring_signed_time(by, signers);
    text->signers = g_steal_pointer(&signers);
    return text;
}

TrustedText *trusted_text_new_listed(const char *name, GBytes *bytes,
                                     const TrustedText *manifest_text, const Manifest *manifest,
                                     GError **error)
{
    g_assert(manifest_text->signed_digest != NULL);
    MessageDigest digest;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    g_autofree char *base = g_path_get_basename(name);
    message_digest_of(data, length, &digest);
    if (!manifest_check(manifest, base, &digest, error)) {
        return NULL;
    }
    TrustedText *text = text_new(name, bytes, manifest_text->is_local);
    text->signed_digest = message_digest_show(&digest);
    text->signers = g_ptr_array_ref(manifest_text->signers);
    text->signed_time = manifest_text->signed_time;
    text->is_signed_before = manifest_text->is_signed_before;
    return text;
}

TrustedText *trusted_text_new_committed(const char *name, const SignedCommit *commit,
                                        const SignedFolder *folder, guint number)
{
    GBytes *bytes = signed_folder_bytes(folder, number);
    MessageDigest digest;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    message_digest_of(data, length, &digest);
    g_autofree char *whole = g_strconcat(name, "/", signed_folder_name(folder, number), NULL);
    TrustedText *text = text_new(whole, bytes, FALSE);
    Signer *signer = g_new0(Signer, 1);
    g_strlcpy(signer->key_id, signed_commit_fingerprint(commit), sizeof signer->key_id);
    signer->trusted_comment = g_strdup(signed_commit_signer(commit));
    text->signers = g_ptr_array_new_with_free_func((GDestroyNotify)signer_free);
    g_ptr_array_add(text->signers, signer);
    text->signed_digest = message_digest_show(&digest);
    return text;
}

void trusted_text_free(TrustedText *text)
{
    if (text == NULL) {
        return;
    }
    g_bytes_unref(text->bytes);
    g_free(text->name);
    g_free(text->signed_digest);
    g_clear_pointer(&text->signers, g_ptr_array_unref);
    g_free(text);
}

const char *trusted_text_name(const TrustedText *text)
{
    return text->name;
}

gboolean trusted_text_is_local(const TrustedText *text)
{
    return text->is_local;
}

const char *trusted_text_signed_digest(const TrustedText *text)
{
    return text->signed_digest;
}

const GPtrArray *trusted_text_signers(const TrustedText *text)
{
    return text->signers;
}

gboolean trusted_text_is_signed_before(const TrustedText *text)
{
    return text->is_signed_before;
}

gint64 trusted_text_signed_time(const TrustedText *text)
{
    return text->signed_time;
}

const char *trusted_text_bytes(const TrustedText *text, gsize *length)
{
    return g_bytes_get_data(text->bytes, length);
}
