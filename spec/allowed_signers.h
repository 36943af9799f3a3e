/* A file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"): who may sign commits. A line is
 * `PRINCIPALS [OPTIONS] ssh-ed25519 BASE64 [COMMENT]`. Of the options, `namespaces`, `valid-after`
 * and `valid-before` are read; what else ssh-keygen knows is refused by its name, and nothing is
 * passed over. */
#pragma once

#include "spec/signature_ssh.h"

#define ALLOWED_SIGNERS_BYTES_MAX 262144u
#define ALLOWED_SIGNERS_MAX       1000u

typedef struct AllowedSigners AllowedSigners;

/* SIGNATURE_ERROR_FORMAT where it is not one, SIGNATURE_ERROR_KEY where nobody is in it. */
AllowedSigners *allowed_signers_parse(const char *text, gsize length, GError **error);
void allowed_signers_free(AllowedSigners *signers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AllowedSigners, allowed_signers_free)

guint allowed_signers_count(const AllowedSigners *signers);
/* The principals of the first line by which KEY may sign for git at TIME (seconds since 1970);
 * they belong to SIGNERS. As with git, they are a name and are compared with nothing. NULL and
 * SIGNATURE_ERROR_REFUSED, with the reason, where there is none. */
const char *allowed_signers_find(const AllowedSigners *signers, const SshKey *key, gint64 time,
                                 GError **error);
