/* The text of a commit: which tree, after which commits, and who signed it. */
#pragma once

#include "spec/git_object.h"

#define GIT_COMMIT_BYTES_MAX   1048576u
#define GIT_COMMIT_PARENTS_MAX 1000u

typedef struct {
    GitId tree;
    GArray *parents;    /* of GitId */
    gint64 commit_time; /* in seconds since 1970; whoever made the commit chose it */
    GBytes *signature;  /* its text, without the blanks in front of the lines; NULL: not signed */
    GBytes *payload;    /* what is signed: the commit without that header */
} GitCommit;

/* Reads a commit that may be signed. IS_SHA256: of a repository with such ids. A commit with two
 * signatures, or one for ids of the other kind, is refused. SIGNATURE_ERROR_FORMAT where it is no
 * commit. */
GitCommit *git_commit_parse(const char *text, gsize length, gboolean is_sha256, GError **error);
void git_commit_free(GitCommit *commit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitCommit, git_commit_free)
/* Reads the first lines of one alone, its tree and its parents (of GitId): what old programs wrote
 * behind them is of no interest. */
gboolean git_commit_parse_links(const char *text, gsize length, gboolean is_sha256, GitId *tree,
                                GArray *parents, GError **error);
