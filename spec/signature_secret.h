/* Secret keys in minisign's format, and signing. What is secret is wiped before its memory is given
 * back. */
#pragma once

#include "spec/signature.h"

/* What a new key is made of, all by chance: its id, its seed, and the salt of its password. */
#define SECRET_KEY_CHANCE_BYTES (KEY_ID_BYTES + 32 + 32)
/* minisign 0.11, src/minisign.h: PASSWORDMAXBYTES; a NUL counts there. */
#define SECRET_KEY_PASSWORD_MAX 1023u

/* What scrypt may take to turn a password into a key. */
typedef struct {
    guint64 operations;
    guint64 memory_bytes;
} PasswordCost;

/* What minisign takes, and the most that is taken from a file: 1 GiB, some seconds. */
extern const PasswordCost password_cost_full;

typedef struct SecretKey SecretKey;

SecretKey *secret_key_new(const guint8 chance[SECRET_KEY_CHANCE_BYTES]);
void secret_key_free(SecretKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SecretKey, secret_key_free)

/* What the file of a secret key says. Without a password, the key is looked at, too. */
SecretKey *secret_key_parse(const char *text, gsize length, GError **error);
void secret_key_format(const SecretKey *key, GString *out);

/* Can it be used only after secret_key_unlock()? */
gboolean secret_key_is_locked(const SecretKey *key);
/* Takes the password off. SIGNATURE_ERROR_KEY where it is wrong, or the memory is not there; the
 * key is as it was then. */
gboolean secret_key_unlock(SecretKey *key, const char *password, GError **error);
/* Puts a password on. Where the memory is not there it makes do with half of it, and so on, as
 * minisign does; *is_weaker says so. */
gboolean secret_key_lock(SecretKey *key, const char *password, const PasswordCost *cost,
                         gboolean *is_weaker, GError **error);

/* Of a key that is not locked: its public half, and its signature. TRUSTED_COMMENT must be one
 * (signature_check_comment()). */
void secret_key_get_public(const SecretKey *key, PublicKey *out);
Signature *secret_key_sign(const SecretKey *key, const MessageDigest *digest,
                           const char *trusted_comment);
