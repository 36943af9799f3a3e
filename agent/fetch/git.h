/* git, run by the process without rights: it keeps a mirror of a repository, and gives the objects
 * that a spec is made of. Nothing of what a repository says of itself is followed: no hooks, no
 * submodules, no filters, no other protocol than that of its address. */
#pragma once

#include "agent/fetch.h"
#include "agent/fetch/confine.h"
#include "agent/git_request.h"

/* Makes the folder of the mirror, and gives it to USER, while there are the rights to do so.
 * G_FILE_ERROR where it is another's, or lies where others can write. */
gboolean git_make_folder(const GitRequest *request, const ConfineUser *user, GError **error);
/* Brings the mirror up to date and reads from it: the body is what `git cat-file --batch` prints of
 * the commit, those between it and request->known, its trees down to the folder, and the *.yaml
 * files there; the etag is the commit's id. */
FetchReply *git_fetch(const GitRequest *request);
/* git's program; to be freed. NULL: it is not installed. */
char *git_find_program(void);
