/* Any bytes as a file of allowed signers: refused with a reason, or read; whoever is found in it is
 * named by a word that stands there, and the key of nobody is found. */
#include <stdint.h>
#include <string.h>

#include "spec/allowed_signers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of tests/fixtures/git/allowed_signers, and of the corpus. */
#define SAMPLE_KEY "AAAAC3NzaC1lZDI1NTE5AAAAIHdYYSJAT3qfNfUWfAud5hprzvWukkb5g8qlLMH2eaTj"

static gboolean is_printable(const char *text)
{
    return g_utf8_validate(text, -1, NULL) && strchr(text, '\n') == NULL;
}

/* Lengths and times at the edges of what a commit can say. */
static void find(const AllowedSigners *signers, const SshKey *key, const char *text, size_t size)
{
    static const gint64 times[] = {0, 1767225600, 1790000000, G_GINT64_CONSTANT(1) << 38};
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autoptr(GError) error = NULL;
        const char *found = allowed_signers_find(signers, key, times[i], &error);
        g_assert((found == NULL) == (error != NULL));
        g_assert(is_printable(found != NULL ? found : error->message));
        g_assert(found == NULL || (*found != '\0' && strpbrk(found, " \t#\"") != found &&
                                   g_strstr_len(text, (gssize)size, found) != NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    g_autoptr(GError) error = NULL;
    g_autoptr(AllowedSigners) signers = allowed_signers_parse(text, size, &error);
    g_assert((signers == NULL) == (error != NULL));
    if (signers == NULL) {
        g_assert(is_printable(error->message));
        return 0;
    }
    g_assert(allowed_signers_count(signers) > 0);
    SshKey key;
    g_assert(ssh_key_parse(SAMPLE_KEY, strlen(SAMPLE_KEY), 1, &key, NULL));
    find(signers, &key, text, size);
    gboolean is_named = g_strstr_len(text, (gssize)size, SAMPLE_KEY) != NULL;
    g_assert(is_named || allowed_signers_find(signers, &key, 1790000000, NULL) == NULL);
    return 0;
}
