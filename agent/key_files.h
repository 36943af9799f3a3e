/* Key files, and what is signed with them. */
#pragma once

#include "agent/options.h"
#include "spec/signature_secret.h"

#define PUBLIC_KEY_PATH "xensure.pub"
#define SECRET_KEY_PATH "xensure.key"

/* From now on nobody else of the same user can look into the memory of this process, and it leaves
 * no core: to be called before a secret key or a password is read. */
void key_files_hide(void);
/* Makes a key pair, with the password that the options name or the user types. Never overwrites a
 * file. ID: of the key. */
gboolean key_files_make(const Options *options, char id[KEY_ID_TEXT_SIZE], GError **error);
/* Reads the secret key that the options name, with its password. */
SecretKey *key_files_open_secret(const Options *options, GError **error);
gboolean key_files_read_public(const char *path, PublicKey *out, GError **error);
/* The digest of a file of any size. */
gboolean key_files_digest(const char *path, MessageDigest *out, GError **error);
/* What is signed of PATH: the file itself; of a folder, its manifest. To be freed. */
char *key_files_signed_path(const char *path);
/* Of a folder, writes the manifest of the *.yaml files that are in it: *out is its digest, of what
 * was written and not of what may stand there by now. What stands there before must be such a
 * manifest, and is replaced. */
gboolean key_files_write_manifest(const char *path, MessageDigest *out, GError **error);
/* May a signature by KEY be written to PATH? What is there already must be one by the same key. */
gboolean key_files_check_place(const char *path, const SecretKey *key, GError **error);
/* Writes a signature, and replaces what is there. */
gboolean key_files_write_signature(const char *path, const Signature *signature, GError **error);
