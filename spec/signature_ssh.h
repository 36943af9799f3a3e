/* Signatures as ssh-keygen makes them (OpenSSH's PROTOCOL.sshsig), of Ed25519 keys, in the
 * namespace of git. As with minisign's (spec/signature.h), a text is taken if ssh-keygen would
 * write it just so: no two texts are the same signature. Failures are SIGNATURE_ERROR. */
#pragma once

#include "spec/signature.h"

#define SSH_KEY_TYPE            "ssh-ed25519"
#define SSH_SIGNATURE_NAMESPACE "git"
/* Room for a large RSA key, so that it is refused by its name. */
#define SSH_SIGNATURE_TEXT_MAX 8192u
#define SSH_KEY_TEXT_MAX       4096u /* characters of base64 */

typedef struct {
    guint8 bytes[32];
} SshKey;

typedef enum { SSH_HASH_SHA512, SSH_HASH_SHA256 } SshHash;

typedef struct {
    SshKey key; /* that it says it is of */
    SshHash hash;
    guint8 bytes[64];
} SshSignature;

/* The base64 of a key, as it stands behind "ssh-ed25519" in one line; LINE is its number, for
 * messages. */
gboolean ssh_key_parse(const char *base64, gsize length, guint line, SshKey *out, GError **error);
gboolean ssh_key_equal(const SshKey *left, const SshKey *right);
/* "SHA256:..." as ssh-keygen -l shows it; to be freed. */
char *ssh_key_fingerprint(const SshKey *key);

/* The armoured text of a signature; it vouches for nothing yet. */
gboolean ssh_signature_parse(const char *text, gsize length, SshSignature *out, GError **error);
/* Did its key sign these bytes? SIGNATURE_ERROR_REFUSED when not. Whose key it is, nobody has asked
 * yet. */
gboolean ssh_signature_check(const SshSignature *signature, const void *bytes, gsize length,
                             GError **error);
