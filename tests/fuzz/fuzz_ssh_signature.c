/* Any bytes as a signature of ssh-keygen's: refused with a reason, or read; what was read is
 * written as it stood there. None but the ones that were signed hold. */
#include <stdint.h>
#include <string.h>

#include "spec/signature_ssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `printf 'A message\n' | ssh-keygen -Y sign -n git`, which is in the corpus, too. */
#define SAMPLE_MESSAGE "A message\n"
static const char sample[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgd1hhIkBPep819RZ8C53mGmvO9a\n"
    "6SRvmDyqUswfZ5pOMAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5\n"
    "AAAAQCjFEMrjIz93Ky+Oz1TARlX8akxl3avwWIRVqdE0ZKGeiG0RbDEp8CVE13XWeKA+mK\n"
    "NCEa2uAsovbsedVjqkOQ0=\n"
    "-----END SSH SIGNATURE-----\n";

static void append_string(GByteArray *out, const void *bytes, size_t length)
{
    const guint8 head[] = {0, 0, 0, (guint8)length};
    g_byte_array_append(out, head, sizeof head);
    g_byte_array_append(out, bytes, (guint)length);
}

/* What PROTOCOL.sshsig says, and ssh-keygen's lines. */
static char *write_again(const SshSignature *signature)
{
    g_autoptr(GByteArray) key = g_byte_array_new();
    append_string(key, SSH_KEY_TYPE, strlen(SSH_KEY_TYPE));
    append_string(key, signature->key.bytes, sizeof signature->key.bytes);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    append_string(bytes, SSH_KEY_TYPE, strlen(SSH_KEY_TYPE));
    append_string(bytes, signature->bytes, sizeof signature->bytes);
    g_autoptr(GByteArray) blob = g_byte_array_new();
    g_byte_array_append(blob, (const guint8 *)"SSHSIG\0\0\0\1", 10);
    append_string(blob, key->data, key->len);
    append_string(blob, "git", 3);
    append_string(blob, "", 0);
    append_string(blob, signature->hash == SSH_HASH_SHA512 ? "sha512" : "sha256", 6);
    append_string(blob, bytes->data, bytes->len);
    g_autofree char *base64 = g_base64_encode(blob->data, blob->len);
    GString *text = g_string_new("-----BEGIN SSH SIGNATURE-----\n");
    for (size_t i = 0; i < strlen(base64); i += 70) {
        g_string_append_len(text, base64 + i, (gssize)MIN(70, strlen(base64) - i));
        g_string_append_c(text, '\n');
    }
    g_string_append(text, "-----END SSH SIGNATURE-----\n");
    return g_string_free(text, FALSE);
}

/* The same, though the newline at the end may be missing. */
static gboolean is_same(const char *text, size_t size, const char *whole)
{
    return (size == strlen(whole) || size + 1 == strlen(whole)) && memcmp(text, whole, size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    g_autoptr(GError) error = NULL;
    SshSignature signature;
    if (!ssh_signature_parse(text, size, &signature, &error)) {
        g_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
        return 0;
    }
    g_assert(error == NULL);
    g_autofree char *again = write_again(&signature);
    g_assert(is_same(text, size, again));
    /* Of the same message and key, there is one over the other hash in the corpus. */
    if (signature.hash == SSH_HASH_SHA512 &&
        ssh_signature_check(&signature, SAMPLE_MESSAGE, strlen(SAMPLE_MESSAGE), NULL)) {
        g_assert(is_same(text, size, sample));
    }
    return 0;
}
