#include "spec/signature_parts.h"

#include <sodium.h>
#include <string.h>

#define PLAIN_ALGORITHM  "Ed" /* of keys, and of signatures over the bytes themselves */
#define HASHED_ALGORITHM "ED"

G_STATIC_ASSERT(sizeof((PublicKey){0}.bytes) == crypto_sign_ed25519_PUBLICKEYBYTES);
G_STATIC_ASSERT(sizeof((Signature){0}.bytes) == crypto_sign_ed25519_BYTES);
G_STATIC_ASSERT(MESSAGE_DIGEST_BYTES == crypto_generichash_blake2b_BYTES_MAX);

/* As in the files, without gaps. */
typedef struct {
    guint8 algorithm[2];
    guint8 id[KEY_ID_BYTES];
    guint8 bytes[32];
} PublicKeyForm;
typedef struct {
    guint8 algorithm[2];
    guint8 key_id[KEY_ID_BYTES];
    guint8 bytes[64];
} SignatureForm;
G_STATIC_ASSERT(sizeof(PublicKeyForm) == 42 && sizeof(SignatureForm) == 74);

/* ---- public keys ---- */

gboolean public_key_parse(const char *text, gsize length, PublicKey *out, GError **error)
{
    SignatureReader reader = {text, text + length, 0};
    const char *comment;
    gsize comment_length;
    PublicKeyForm form;
    if (!signature_read_comment(&reader, COMMENT_PREFIX, SIGNATURE_COMMENT_MAX, &comment,
                                &comment_length, error) ||
        !signature_read_base64(&reader, (guint8 *)&form, sizeof form, error) ||
        !signature_read_end(&reader, error)) {
        return FALSE;
    }
    if (memcmp(form.algorithm, PLAIN_ALGORITHM, sizeof form.algorithm) != 0) {
        return signature_refuse(&reader, error, "expected an Ed25519 key, found another kind");
    }
    memcpy(out->id, form.id, sizeof out->id);
    memcpy(out->bytes, form.bytes, sizeof out->bytes);
    return TRUE;
}

void public_key_format(const PublicKey *key, GString *out)
{
    PublicKeyForm form;
    char id[KEY_ID_TEXT_SIZE];
    memcpy(form.algorithm, PLAIN_ALGORITHM, sizeof form.algorithm);
    memcpy(form.id, key->id, sizeof form.id);
    memcpy(form.bytes, key->bytes, sizeof form.bytes);
    key_id_show(key->id, id);
    g_string_append_printf(out, COMMENT_PREFIX "minisign public key %s\n", id);
    signature_append_base64((const guint8 *)&form, sizeof form, out);
}

/* As the number that it is on a little-endian machine. */
void key_id_show(const guint8 id[KEY_ID_BYTES], char out[KEY_ID_TEXT_SIZE])
{
    for (guint i = 0; i < KEY_ID_BYTES; i++) {
        g_snprintf(out + 2 * i, 3, "%02X", id[KEY_ID_BYTES - 1 - i]);
    }
}

const char *key_id_check(const char *text)
{
    gsize digits = strspn(text, "0123456789ABCDEF");
    return digits == KEY_ID_TEXT_SIZE - 1 && text[digits] == '\0'
               ? NULL
               : "the id of a key, as 16 digits 0-9 and A-F";
}

/* ---- signatures ---- */

const char *signature_check_comment(const char *text)
{
    static const char expected[] =
        "one line of UTF-8 without control characters, of at most 8174 bytes";
    gsize length = strlen(text);
    if (length > SIGNATURE_TRUSTED_COMMENT_MAX || !g_utf8_validate(text, (gssize)length, NULL)) {
        return expected;
    }
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        if (*c != '\t' && g_unichar_iscntrl(g_utf8_get_char(c))) {
            return expected;
        }
    }
    return NULL;
}

static gboolean read_trusted_comment(SignatureReader *reader, Signature *out, GError **error)
{
    const char *text;
    gsize length;
    if (!signature_read_comment(reader, TRUSTED_COMMENT_PREFIX, SIGNATURE_TRUSTED_COMMENT_MAX,
                                &text, &length, error)) {
        return FALSE;
    }
    out->trusted_comment = g_strndup(text, length);
    const char *expected = signature_check_comment(out->trusted_comment);
    return expected == NULL || signature_refuse(reader, error, "expected %s", expected);
}

static gboolean take_form(const SignatureReader *reader, const SignatureForm *form, Signature *out,
                          GError **error)
{
    if (memcmp(form->algorithm, PLAIN_ALGORITHM, sizeof form->algorithm) == 0) {
        return signature_refuse(reader, error,
                                "expected a signature over the hash of the bytes (\"ED\"), found "
                                "one of the older kind (\"Ed\"; minisign's option -l)");
    }
    if (memcmp(form->algorithm, HASHED_ALGORITHM, sizeof form->algorithm) != 0) {
        return signature_refuse(reader, error,
                                "expected an Ed25519 signature (\"ED\"), found "
                                "another kind");
    }
    memcpy(out->key_id, form->key_id, sizeof out->key_id);
    memcpy(out->bytes, form->bytes, sizeof out->bytes);
    return TRUE;
}

Signature *signature_parse(const char *text, gsize length, GError **error)
{
    SignatureReader reader = {text, text + length, 0};
    g_autoptr(Signature) signature = g_new0(Signature, 1);
    const char *comment;
    gsize comment_length;
    SignatureForm form;
    gboolean is_read = signature_read_comment(&reader, COMMENT_PREFIX, SIGNATURE_COMMENT_MAX,
                                              &comment, &comment_length, error) &&
                       signature_read_base64(&reader, (guint8 *)&form, sizeof form, error) &&
                       take_form(&reader, &form, signature, error) &&
                       read_trusted_comment(&reader, signature, error) &&
                       signature_read_base64(&reader, signature->over_comment,
                                             sizeof signature->over_comment, error) &&
                       signature_read_end(&reader, error);
    return is_read ? g_steal_pointer(&signature) : NULL;
}

void signature_free(Signature *signature)
{
    if (signature == NULL) {
        return;
    }
    g_free(signature->trusted_comment);
    g_free(signature);
}

void signature_format(const Signature *signature, const char *comment, GString *out)
{
    SignatureForm form;
    memcpy(form.algorithm, HASHED_ALGORITHM, sizeof form.algorithm);
    memcpy(form.key_id, signature->key_id, sizeof form.key_id);
    memcpy(form.bytes, signature->bytes, sizeof form.bytes);
    g_string_append_printf(out, COMMENT_PREFIX "%s\n", comment);
    signature_append_base64((const guint8 *)&form, sizeof form, out);
    g_string_append_printf(out, TRUSTED_COMMENT_PREFIX "%s\n", signature->trusted_comment);
    signature_append_base64(signature->over_comment, sizeof signature->over_comment, out);
}

/* ---- the bytes ---- */

typedef crypto_generichash_blake2b_state HashState;

struct MessageHash {
    HashState *state;                                      /* within ROOM */
    guint8 room[sizeof(HashState) + G_ALIGNOF(HashState)]; /* g_malloc() aligns to less */
};

MessageHash *message_hash_new(void)
{
    signature_make_ready();
    MessageHash *hash = g_new0(MessageHash, 1);
    gsize beyond = (gsize)hash->room % G_ALIGNOF(HashState);
    hash->state = (HashState *)(void *)(hash->room + G_ALIGNOF(HashState) - beyond);
    crypto_generichash_blake2b_init(hash->state, NULL, 0, MESSAGE_DIGEST_BYTES);
    return hash;
}

void message_hash_add(MessageHash *hash, const void *bytes, gsize length)
{
    crypto_generichash_blake2b_update(hash->state, bytes, length);
}

void message_hash_end(MessageHash *hash, MessageDigest *out)
{
    crypto_generichash_blake2b_final(hash->state, out->bytes, sizeof out->bytes);
    g_free(hash);
}

void message_digest_of(const void *bytes, gsize length, MessageDigest *out)
{
    MessageHash *hash = message_hash_new();
    message_hash_add(hash, bytes, length);
    message_hash_end(hash, out);
}

char *message_digest_show(const MessageDigest *digest)
{
    GString *hex = g_string_sized_new(2 * sizeof digest->bytes);
    for (guint i = 0; i < sizeof digest->bytes; i++) {
        g_string_append_printf(hex, "%02x", digest->bytes[i]);
    }
    return g_string_free(hex, FALSE);
}

/* ---- checking ---- */

GByteArray *signature_bytes_and_comment(const Signature *signature)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, signature->bytes, sizeof signature->bytes);
    g_byte_array_append(bytes, (const guint8 *)signature->trusted_comment,
                        (guint)strlen(signature->trusted_comment));
    return bytes;
}

static gboolean refuse_signature(const char *why, GError **error)
{
    g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED, why);
    return FALSE;
}

gboolean signature_check(const Signature *signature, const PublicKey *key,
                         const MessageDigest *digest, GError **error)
{
    signature_make_ready();
    if (memcmp(signature->key_id, key->id, sizeof key->id) != 0) {
        return refuse_signature("it is another key's", error);
    }
    if (crypto_sign_ed25519_verify_detached(signature->bytes, digest->bytes, sizeof digest->bytes,
                                            key->bytes) != 0) {
        return refuse_signature("the key did not sign these bytes", error);
    }
    g_autoptr(GByteArray) signed_bytes = signature_bytes_and_comment(signature);
    if (crypto_sign_ed25519_verify_detached(signature->over_comment, signed_bytes->data,
                                            signed_bytes->len, key->bytes) != 0) {
        return refuse_signature("the key did not sign its trusted comment", error);
    }
    return TRUE;
}
