/* Whose signatures count, and how many it takes. */
#pragma once

#include "spec/signature.h"

typedef struct Keyring Keyring;

/* A file that should be a signature. */
typedef struct {
    char *name; /* for messages */
    GBytes *bytes;
} SignatureFile;

SignatureFile *signature_file_new(const char *name, GBytes *bytes);
void signature_file_free(SignatureFile *file);

/* A signature that counts. */
#define SIGNER_ID_SIZE 64
typedef struct {
    char key_id[SIGNER_ID_SIZE]; /* of ssh's keys, the fingerprint */
    char *trusted_comment;       /* of ssh's keys, whose it is */
} Signer;
Signer *signer_copy(const Signer *signer);
void signer_free(Signer *signer);

/* Takes over nothing. */
Keyring *keyring_new(void);
void keyring_free(Keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keyring, keyring_free)

/* Adds a key. NAME is where it is from. One that is there already counts once. SIGNATURE_ERROR_KEY
 * where another key has its id, or the same key another id: it would count twice. */
gboolean keyring_add(Keyring *keyring, const PublicKey *key, const char *name, GError **error);
/* From now on signatures of this key (key_id_check()) count for nothing, whoever has it. */
void keyring_revoke(Keyring *keyring, const char *key_id);
/* How many different keys must have signed. SIGNATURE_ERROR_KEY where there are not so many that
 * are not revoked. To be called last. */
gboolean keyring_set_threshold(Keyring *keyring, guint threshold, GError **error);
guint keyring_threshold(const Keyring *keyring);
/* Of the keys, those before included, which come last. */
guint keyring_count(const Keyring *keyring);
const PublicKey *keyring_key(const Keyring *keyring, guint number);
/* The keys that these have followed (taken over; NULL: none): what enough of them have signed is
 * told from what was signed since. */
void keyring_set_before(Keyring *keyring, Keyring *before);
Keyring *keyring_before(const Keyring *keyring);
/* Does the key of this id count for nothing? */
gboolean keyring_is_revoked(const Keyring *keyring, const char *key_id);
/* The id of a key, by number. */
void keyring_show_id(const Keyring *keyring, guint number, char out[KEY_ID_TEXT_SIZE]);

/* Do enough of the keys vouch for the bytes of this digest? FILES (of SignatureFile) are what there
 * is of signatures; what one of them is worth is looked for in each on its own.
 * SIGNATURE_ERROR_REFUSED where not, with what was found in each. SIGNERS (of Signer; NULL: not
 * wanted) gets those that count. NAME: only those count whose trusted comment has the field
 * "file:NAME", as xensure and minisign write it (manifest_signed_name()); NULL: any do. */
gboolean keyring_check(const Keyring *keyring, const MessageDigest *digest, const char *name,
                       const GPtrArray *files, GPtrArray *signers, GError **error);
/* When they signed, in seconds since 1970, by the "timestamp:" that minisign and xensure put in
 * front of a trusted comment: the latest time that so many of them say or outdo as have to sign, so
 * that no single clock decides. 0: fewer say one. */
gint64 keyring_signed_time(const Keyring *keyring, const GPtrArray *signers);
