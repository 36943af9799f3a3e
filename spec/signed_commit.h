/* A commit that an allowed signer has signed, and the spec in a folder of it. The signature is over
 * the commit's text; that names its tree by an id, the tree its folders and files, and the commits
 * before it: so it vouches for all that is found from there by ids (git_object.h). Failures are
 * SIGNATURE_ERROR. */
#pragma once

#include "spec/allowed_signers.h"
#include "spec/git_object.h"

#define GIT_SUBDIR_DEPTH_MAX 32u
#define GIT_NOW_IS_NOT_ASKED (-1)

typedef struct SignedCommit SignedCommit;

/* The commit HEAD among OBJECTS, if it is signed by somebody who might do so at the time that it
 * says it was made, and, since its maker chooses that, at NOW, too (GIT_NOW_IS_NOT_ASKED: of one
 * that was taken before). */
SignedCommit *signed_commit_new(const GitObjects *objects, const GitId *head,
                                const AllowedSigners *signers, gint64 now, GError **error);
void signed_commit_free(SignedCommit *commit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignedCommit, signed_commit_free)

const GitId *signed_commit_id(const SignedCommit *commit);
/* The principals of the line that allows it, and the fingerprint of the key. */
const char *signed_commit_signer(const SignedCommit *commit);
const char *signed_commit_fingerprint(const SignedCommit *commit);
/* Is it EARLIER, or one that came after it? OBJECTS has the commits between them. */
gboolean signed_commit_is_after(const SignedCommit *commit, const GitObjects *objects,
                                const GitId *earlier);

/* The files *.yaml of a folder of it, in byte order of their names; those below it, and those that
 * begin with a dot, are not among them. */
typedef struct SignedFolder SignedFolder;
/* SUBDIR: "hosts/lab"; NULL: the uppermost. A file *.yaml that is a link is refused. */
SignedFolder *signed_folder_new(const SignedCommit *commit, const GitObjects *objects,
                                const char *subdir, GError **error);
void signed_folder_free(SignedFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignedFolder, signed_folder_free)

guint signed_folder_count(const SignedFolder *folder);
const char *signed_folder_name(const SignedFolder *folder, guint number);
GBytes *signed_folder_bytes(const SignedFolder *folder, guint number);

/* NULL when it can be such a folder, or what was expected. */
const char *git_check_subdir(const char *text);
