/* What tells one signed spec from another. */
#include "spec/spec.h"

#include <string.h>

static int compare_digests(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

char *spec_signed_digest(const Spec *spec)
{
    g_autoptr(GPtrArray) digests = g_ptr_array_new();
    for (guint i = 0; i < spec->texts->len; i++) {
        const char *digest = trusted_text_signed_digest(g_ptr_array_index(spec->texts, i));
        if (digest == NULL) {
            return NULL;
        }
        g_ptr_array_add(digests, (gpointer)digest);
    }
    g_ptr_array_sort(digests, compare_digests);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < digests->len; i++) {
        const char *digest = g_ptr_array_index(digests, i);
        g_checksum_update(checksum, (const guint8 *)digest, (gssize)strlen(digest) + 1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}
