#include "spec/signature_ssh.h"

#include "spec/signature_parts.h"

#include <sodium.h>
#include <string.h>

#define ARMOUR_BEGIN "-----BEGIN SSH SIGNATURE-----"
#define ARMOUR_END   "-----END SSH SIGNATURE-----"
#define ARMOUR_WIDTH 70 /* OpenSSH sshbuf-misc.c: sshbuf_dtob64() with wrap */
#define MAGIC        "SSHSIG"
#define VERSION      1u
#define STRING_SHOWN 64 /* bytes of a name in a message */

G_STATIC_ASSERT(sizeof((SshKey){0}.bytes) == crypto_sign_ed25519_PUBLICKEYBYTES);
G_STATIC_ASSERT(sizeof((SshSignature){0}.bytes) == crypto_sign_ed25519_BYTES);
G_STATIC_ASSERT(crypto_hash_sha256_BYTES < crypto_hash_sha512_BYTES);

static const char *const hash_names[] = {
    [SSH_HASH_SHA512] = "sha512",
    [SSH_HASH_SHA256] = "sha256",
};

/* ---- strings as ssh packs them: a length of 4 bytes, big end first, and the bytes ---- */

typedef struct {
    const guint8 *at;
    gsize left;
    const SignatureReader *text; /* where it stood, for messages */
} Blob;

typedef struct {
    const guint8 *bytes;
    gsize length;
} BlobString;

static gboolean read_number(Blob *blob, guint32 *out, GError **error)
{
    guint32 big_end_first;
    if (blob->left < sizeof big_end_first) {
        return signature_refuse(blob->text, error, "expected more bytes in it, found its end");
    }
    memcpy(&big_end_first, blob->at, sizeof big_end_first);
    blob->at += sizeof big_end_first;
    blob->left -= sizeof big_end_first;
    *out = GUINT32_FROM_BE(big_end_first);
    return TRUE;
}

static gboolean read_string(Blob *blob, BlobString *out, GError **error)
{
    guint32 length = 0;
    if (!read_number(blob, &length, error)) {
        return FALSE;
    }
    if (length > blob->left) {
        return signature_refuse(blob->text, error, "expected more bytes in it, found its end");
    }
    *out = (BlobString){blob->at, length};
    blob->at += length;
    blob->left -= length;
    return TRUE;
}

static gboolean is_text(const BlobString *string, const char *text)
{
    return string->length == strlen(text) && memcmp(string->bytes, text, string->length) == 0;
}

/* What a string says, fit for a message; to be freed. */
static char *show_string(const BlobString *string)
{
    char *shown = g_strndup((const char *)string->bytes, MIN(string->length, STRING_SHOWN));
    for (char *c = shown; *c != '\0'; c++) {
        *c = g_ascii_isprint(*c) ? *c : '?';
    }
    return shown;
}

/* A string that has to be this text. */
static gboolean expect_string(Blob *blob, const char *what, const char *expected, GError **error)
{
    BlobString found = {0};
    if (!read_string(blob, &found, error)) {
        return FALSE;
    }
    g_autofree char *shown = show_string(&found);
    return is_text(&found, expected) ||
           signature_refuse(blob->text, error, "expected %s '%s', found '%s'", what, expected,
                            shown);
}

static gboolean expect_end(const Blob *blob, GError **error)
{
    return blob->left == 0 ||
           signature_refuse(blob->text, error, "expected the end of its bytes, found more");
}

/* "ssh-ed25519" and SIZE bytes, and nothing else. */
static gboolean read_ed25519(Blob blob, const char *what, guint8 *out, gsize size, GError **error)
{
    BlobString bytes = {0};
    if (!expect_string(&blob, what, SSH_KEY_TYPE, error) || !read_string(&blob, &bytes, error) ||
        !expect_end(&blob, error)) {
        return FALSE;
    }
    if (bytes.length != size) {
        return signature_refuse(blob.text, error,
                                "expected %" G_GSIZE_FORMAT
                                " bytes of an Ed25519 key or signature, found %" G_GSIZE_FORMAT,
                                size, bytes.length);
    }
    memcpy(out, bytes.bytes, size);
    return TRUE;
}

/* ---- base64 ---- */

/* Decodes all of it; the size follows from the text. */
static GByteArray *decode(const SignatureReader *reader, const char *text, gsize length,
                          GError **error)
{
    gsize padding = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=') {
        padding++;
    }
    gsize size = length / 4 * 3;
    if (length == 0 || length % 4 != 0) {
        signature_refuse(reader, error,
                         "expected base64 of a multiple of 4 characters, found %" G_GSIZE_FORMAT,
                         length);
        return NULL;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)size);
    g_byte_array_set_size(bytes, (guint)(size - padding));
    if (!signature_decode_base64(reader, text, length, bytes->data, bytes->len, error)) {
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

/* ---- keys ---- */

gboolean ssh_key_parse(const char *base64, gsize length, guint line, SshKey *out, GError **error)
{
    const SignatureReader reader = {base64, base64 + length, line};
    if (length > SSH_KEY_TEXT_MAX) {
        return signature_refuse(&reader, error, "expected a key of at most %u characters",
                                SSH_KEY_TEXT_MAX);
    }
    g_autoptr(GByteArray) bytes = decode(&reader, base64, length, error);
    if (bytes == NULL) {
        return FALSE;
    }
    const Blob blob = {bytes->data, bytes->len, &reader};
    SshKey key;
    if (!read_ed25519(blob, "a key of the type", key.bytes, sizeof key.bytes, error)) {
        return FALSE;
    }
    *out = key;
    return TRUE;
}

gboolean ssh_key_equal(const SshKey *left, const SshKey *right)
{
    return memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0;
}

static void append_string(GByteArray *out, const void *bytes, gsize length)
{
    guint32 big_end_first = GUINT32_TO_BE((guint32)length);
    g_byte_array_append(out, (const guint8 *)&big_end_first, sizeof big_end_first);
    g_byte_array_append(out, bytes, (guint)length);
}

char *ssh_key_fingerprint(const SshKey *key)
{
    g_autoptr(GByteArray) blob = g_byte_array_new();
    append_string(blob, SSH_KEY_TYPE, strlen(SSH_KEY_TYPE));
    append_string(blob, key->bytes, sizeof key->bytes);
    guint8 digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, blob->data, blob->len);
    g_autofree char *text = g_base64_encode(digest, sizeof digest);
    *strchrnul(text, '=') = '\0';
    return g_strconcat("SHA256:", text, NULL);
}

/* ---- signatures ---- */

static gboolean expect_line(SignatureReader *reader, const char *expected, GError **error)
{
    const char *line;
    gsize length;
    return signature_read_line(reader, &line, &length, error) &&
           ((length == strlen(expected) && memcmp(line, expected, length) == 0) ||
            signature_refuse(reader, error, "expected '%s'", expected));
}

/* The lines up to the one that ends it, all but the last of them full. */
static gboolean read_armour(SignatureReader *reader, GString *out, GError **error)
{
    gsize width = ARMOUR_WIDTH;
    while (TRUE) {
        const char *line;
        gsize length;
        if (!signature_read_line(reader, &line, &length, error)) {
            return FALSE;
        }
        if (length == strlen(ARMOUR_END) && memcmp(line, ARMOUR_END, length) == 0) {
            return signature_read_end(reader, error);
        }
        if (width != ARMOUR_WIDTH || length == 0 || length > ARMOUR_WIDTH) {
            return signature_refuse(reader, error,
                                    "expected lines of %d characters of base64, the last of them "
                                    "of less, and '%s'",
                                    ARMOUR_WIDTH, ARMOUR_END);
        }
        width = length;
        g_string_append_len(out, line, (gssize)length);
    }
}

static gboolean read_hash(Blob *blob, SshHash *out, GError **error)
{
    BlobString found;
    if (!read_string(blob, &found, error)) {
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(hash_names); i++) {
        if (is_text(&found, hash_names[i])) {
            *out = (SshHash)i;
            return TRUE;
        }
    }
    g_autofree char *shown = show_string(&found);
    return signature_refuse(blob->text, error, "expected the hash 'sha512' or 'sha256', found '%s'",
                            shown);
}

static gboolean read_magic(Blob *blob, GError **error)
{
    guint32 version = 0;
    if (blob->left < strlen(MAGIC) || memcmp(blob->at, MAGIC, strlen(MAGIC)) != 0) {
        return signature_refuse(blob->text, error, "expected its bytes to begin with '" MAGIC "'");
    }
    blob->at += strlen(MAGIC);
    blob->left -= strlen(MAGIC);
    return read_number(blob, &version, error) &&
           (version == VERSION ||
            signature_refuse(blob->text, error, "expected version %u of the format, found %u",
                             VERSION, version));
}

static gboolean read_signature(Blob blob, SshSignature *out, GError **error)
{
    BlobString key;
    BlobString bytes;
    if (!read_magic(&blob, error) || !read_string(&blob, &key, error) ||
        !read_ed25519((Blob){key.bytes, key.length, blob.text}, "a signature by a key of the type",
                      out->key.bytes, sizeof out->key.bytes, error)) {
        return FALSE;
    }
    return expect_string(&blob, "the namespace", SSH_SIGNATURE_NAMESPACE, error) &&
           expect_string(&blob, "the reserved text", "", error) &&
           read_hash(&blob, &out->hash, error) && read_string(&blob, &bytes, error) &&
           expect_end(&blob, error) &&
           read_ed25519((Blob){bytes.bytes, bytes.length, blob.text}, "a signature of the type",
                        out->bytes, sizeof out->bytes, error);
}

gboolean ssh_signature_parse(const char *text, gsize length, SshSignature *out, GError **error)
{
    SignatureReader reader = {text, text + length, 0};
    g_autoptr(GString) base64 = g_string_new(NULL);
    if (length > SSH_SIGNATURE_TEXT_MAX) {
        return signature_refuse(&reader, error, "expected at most %u bytes, found %" G_GSIZE_FORMAT,
                                SSH_SIGNATURE_TEXT_MAX, length);
    }
    if (!expect_line(&reader, ARMOUR_BEGIN, error) || !read_armour(&reader, base64, error)) {
        return FALSE;
    }
    g_autoptr(GByteArray) bytes = decode(&reader, base64->str, base64->len, error);
    SshSignature signature;
    if (bytes == NULL ||
        !read_signature((Blob){bytes->data, bytes->len, &reader}, &signature, error)) {
        return FALSE;
    }
    *out = signature;
    return TRUE;
}

/* ---- checking ---- */

/* What is signed in place of the bytes (PROTOCOL.sshsig, "Signed Data"). */
static GByteArray *signed_bytes(SshHash hash, const void *bytes, gsize length)
{
    guint8 digest[crypto_hash_sha512_BYTES];
    gsize size = 0;
    switch (hash) {
    case SSH_HASH_SHA512:
        crypto_hash_sha512(digest, bytes, length);
        size = crypto_hash_sha512_BYTES;
        break;
    case SSH_HASH_SHA256:
        crypto_hash_sha256(digest, bytes, length);
        size = crypto_hash_sha256_BYTES;
        break;
    }
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)MAGIC, (guint)strlen(MAGIC));
    append_string(out, SSH_SIGNATURE_NAMESPACE, strlen(SSH_SIGNATURE_NAMESPACE));
    append_string(out, "", 0);
    append_string(out, hash_names[hash], strlen(hash_names[hash]));
    append_string(out, digest, size);
    return out;
}

gboolean ssh_signature_check(const SshSignature *signature, const void *bytes, gsize length,
                             GError **error)
{
    signature_make_ready();
    g_autoptr(GByteArray) message = signed_bytes(signature->hash, bytes, length);
    if (crypto_sign_ed25519_verify_detached(signature->bytes, message->data, message->len,
                                            signature->key.bytes) != 0) {
        g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED,
                            "the key did not sign these bytes");
        return FALSE;
    }
    return TRUE;
}
