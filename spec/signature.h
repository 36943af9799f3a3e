/* Signatures in minisign's format: Ed25519 over the BLAKE2b-512 of the bytes ("ED"). The older kind
 * over the bytes themselves ("Ed") is refused: a signature of either kind can be given out as one
 * of the other, over bytes that nobody signed.
 *
 * Only spec/signature*.c know libsodium. A text is taken if minisign would write it just so, apart
 * from the untrusted comments and the newline at the very end, so that no two texts are the same
 * signature. */
#pragma once

#include <glib.h>

/* minisign 0.11, src/minisign.h: COMMENTMAXBYTES, TRUSTEDCOMMENTMAXBYTES; the prefixes and the NUL
 * count there. */
#define SIGNATURE_COMMENT_MAX         1004u /* bytes of an untrusted comment */
#define SIGNATURE_TRUSTED_COMMENT_MAX 8174u
#define SIGNATURE_FILE_BYTES_MAX      16384u /* more than any key or signature has */
#define SIGNATURE_SUFFIX              ".minisig"
#define KEY_ID_BYTES                  8
#define KEY_ID_TEXT_SIZE              17 /* with its NUL */
#define MESSAGE_DIGEST_BYTES          64

#define SIGNATURE_ERROR (signature_error_quark())
typedef enum {
    SIGNATURE_ERROR_FORMAT,  /* a text that is no key or signature */
    SIGNATURE_ERROR_REFUSED, /* a signature that does not hold */
    SIGNATURE_ERROR_KEY      /* a key that cannot be used: a password, a set that does not fit */
} SignatureError;
GQuark signature_error_quark(void);

typedef struct {
    guint8 id[KEY_ID_BYTES];
    guint8 bytes[32];
} PublicKey;

typedef struct {
    guint8 key_id[KEY_ID_BYTES];
    guint8 bytes[64];
    guint8 over_comment[64]; /* the one over BYTES and the trusted comment */
    char *trusted_comment;   /* UTF-8 without control characters, but for tabs */
} Signature;

typedef struct {
    guint8 bytes[MESSAGE_DIGEST_BYTES];
} MessageDigest;

/* What the file of a public key says. */
gboolean public_key_parse(const char *text, gsize length, PublicKey *out, GError **error);
void public_key_format(const PublicKey *key, GString *out);
/* The id as minisign shows it, all 16 digits: "00AB54FF0102030F". */
void key_id_show(const guint8 id[KEY_ID_BYTES], char out[KEY_ID_TEXT_SIZE]);
/* NULL when it is such an id, or what was expected. */
const char *key_id_check(const char *text);

/* What a .minisig file says; it vouches for nothing yet. */
Signature *signature_parse(const char *text, gsize length, GError **error);
void signature_free(Signature *signature);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Signature, signature_free)
/* COMMENT: the untrusted one. */
void signature_format(const Signature *signature, const char *comment, GString *out);
/* NULL when it can be a trusted comment, or what was expected. */
const char *signature_check_comment(const char *text);

/* Bytes may come in any pieces. */
typedef struct MessageHash MessageHash;
MessageHash *message_hash_new(void);
void message_hash_add(MessageHash *hash, const void *bytes, gsize length);
/* Ends and frees it. */
void message_hash_end(MessageHash *hash, MessageDigest *out);
/* In hex, to be freed. */
char *message_digest_show(const MessageDigest *digest);
void message_digest_of(const void *bytes, gsize length, MessageDigest *out);

/* Is it the key's signature of these bytes, and of its own trusted comment? SIGNATURE_ERROR_REFUSED
 * when not. */
gboolean signature_check(const Signature *signature, const PublicKey *key,
                         const MessageDigest *digest, GError **error);
