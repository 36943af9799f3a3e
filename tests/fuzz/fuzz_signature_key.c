/* Any bytes as a public and as a secret key: refused with a reason, or read and written as they
 * stood there. What a secret key signs, its own public half takes. */
#include <stdint.h>
#include <string.h>

#include "spec/signature_secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The second line; its newline may be missing. */
static void check_same(const char *text, size_t size, const GString *again)
{
    const char *line = memchr(text, '\n', size);
    const char *line_again = strchr(again->str, '\n');
    g_assert(line != NULL && line_again != NULL);
    size_t length = size - (size_t)(line - text);
    size_t length_again = strlen(line_again);
    g_assert(length == length_again || length + 1 == length_again);
    g_assert(memcmp(line, line_again, length) == 0);
}

static void check_error(gboolean is_read, const GError *error)
{
    g_assert(is_read == (error == NULL));
    g_assert(is_read ||
             (g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL));
}

static void try_public(const char *text, size_t size)
{
    PublicKey key;
    g_autoptr(GError) error = NULL;
    gboolean is_read = public_key_parse(text, size, &key, &error);
    check_error(is_read, error);
    if (is_read) {
        g_autoptr(GString) again = g_string_new(NULL);
        public_key_format(&key, again);
        check_same(text, size, again);
    }
}

static void try_secret(const char *text, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SecretKey) key = secret_key_parse(text, size, &error);
    check_error(key != NULL, error);
    if (key == NULL) {
        return;
    }
    g_autoptr(GString) again = g_string_new(NULL);
    secret_key_format(key, again);
    check_same(text, size, again);
    if (secret_key_is_locked(key)) {
        return;
    }
    PublicKey half;
    MessageDigest digest;
    message_digest_of(text, size, &digest);
    secret_key_get_public(key, &half);
    g_autoptr(Signature) signature = secret_key_sign(key, &digest, "x");
    g_assert(signature_check(signature, &half, &digest, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    try_public(text, size);
    try_secret(text, size);
    return 0;
}
