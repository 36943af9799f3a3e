/* What tells one source of a spec from another. */
#include "spec/spec.h"

#include <string.h>

static int compare_digests(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

gboolean spec_texts_are_signed(const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        if (trusted_text_signed_digest(g_ptr_array_index(texts, i)) == NULL) {
            return FALSE;
        }
    }
    return texts->len > 0;
}

/* The digest that was signed, or one of the same kind. */
static char *digest_of(const TrustedText *text)
{
    const char *digest = trusted_text_signed_digest(text);
    if (digest != NULL) {
        return g_strdup(digest);
    }
    MessageDigest own;
    gsize length = 0;
    const char *bytes = trusted_text_bytes(text, &length);
    message_digest_of(bytes, length, &own);
    return message_digest_show(&own);
}

char *spec_texts_digest(const GPtrArray *texts)
{
    g_autoptr(GPtrArray) digests = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < texts->len; i++) {
        g_ptr_array_add(digests, digest_of(g_ptr_array_index(texts, i)));
    }
    g_ptr_array_sort(digests, compare_digests);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < digests->len; i++) {
        const char *digest = g_ptr_array_index(digests, i);
        g_checksum_update(checksum, (const guint8 *)digest, (gssize)strlen(digest) + 1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}
