/* Which files a signed folder is made of, so that none of them is an old one or left out: a line
 * for each, as b2sum writes them: the digest of its bytes in hex, two blanks, its name. */
#pragma once

#include "spec/signature.h"

#define MANIFEST_NAME      "MANIFEST"
#define MANIFEST_FILES_MAX 10000u
/* 256: two blanks, the name and the newline. */
#define MANIFEST_BYTES_MAX (MANIFEST_FILES_MAX * (2 * MESSAGE_DIGEST_BYTES + 256))

typedef struct Manifest Manifest;

/* SIGNATURE_ERROR_FORMAT where it is not one. */
Manifest *manifest_parse(const char *text, gsize length, GError **error);
void manifest_free(Manifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manifest, manifest_free)

guint manifest_count(const Manifest *manifest);
/* The names of its files (the manifest's own), in byte order. */
GPtrArray *manifest_list(const Manifest *manifest);
/* Is it the file of this name that was signed? SIGNATURE_ERROR_REFUSED when not. */
gboolean manifest_check(const Manifest *manifest, const char *name, const MessageDigest *digest,
                        GError **error);
/* What a trusted comment has to say, behind "file:", of what lies at a path or an address: its last
 * part; of a manifest, that of its folder, too ("racks/MANIFEST"). So what is signed for one place
 * is not taken at another. To be freed. */
char *manifest_signed_name(const char *path);
/* NULL when a file of a folder can be called so, or what was expected. */
const char *manifest_check_name(const char *name);
void manifest_format_line(const char *name, const MessageDigest *digest, GString *out);
