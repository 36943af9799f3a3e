/* Key files, and what is signed with them. */
#pragma once

#include "agent/options.h"
#include "spec/signature_secret.h"

#define PUBLIC_KEY_PATH "xensure.pub"
#define SECRET_KEY_PATH "xensure.key"

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
 * was written and not of what may stand there by now. */
gboolean key_files_write_manifest(const char *path, MessageDigest *out, GError **error);
/* Of a folder, is it as its manifest says, which must be that of DIGEST? SIGNATURE_ERROR_REFUSED
 * when not. Of a file, nothing. */
gboolean key_files_check_manifest(const char *path, const MessageDigest *digest, GError **error);
/* Writes a signature. What is there already must be one, and is replaced. */
gboolean key_files_write_signature(const char *path, const Signature *signature, GError **error);
