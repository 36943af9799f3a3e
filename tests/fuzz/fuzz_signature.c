/* Any bytes as a signature: refused with a reason, or read; what was read is written as it stood
 * there, but for the untrusted comment. None but the one that was signed holds. */
#include <stdint.h>
#include <string.h>

#include "spec/signature.h"
#include "tests/unit/signature_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is behind the first line. */
static const char *behind_comment(const char *text, size_t size, size_t *length)
{
    const char *newline = memchr(text, '\n', size);
    g_assert(newline != NULL);
    *length = size - (size_t)(newline + 1 - text);
    return newline + 1;
}

/* The same, though the newline at the end may be missing. */
static gboolean is_same(const char *text, size_t size, const char *whole)
{
    size_t length = 0;
    size_t length_whole = 0;
    const char *one = behind_comment(text, size, &length);
    const char *other = behind_comment(whole, strlen(whole), &length_whole);
    return (length == length_whole || length + 1 == length_whole) &&
           memcmp(one, other, length) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    g_autoptr(GError) error = NULL;
    g_autoptr(Signature) signature = signature_parse(text, size, &error);
    g_assert((signature == NULL) == (error != NULL));
    if (signature == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
        return 0;
    }
    g_assert(signature_check_comment(signature->trusted_comment) == NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    signature_format(signature, "", again);
    g_assert(is_same(text, size, again->str));
    PublicKey key;
    MessageDigest digest;
    g_assert(public_key_parse(SAMPLE_PUBLIC_KEY, strlen(SAMPLE_PUBLIC_KEY), &key, NULL));
    message_digest_of(SAMPLE_MESSAGE, strlen(SAMPLE_MESSAGE), &digest);
    if (signature_check(signature, &key, &digest, NULL)) {
        g_assert(is_same(text, size, SAMPLE_SIGNATURE));
    }
    return 0;
}
