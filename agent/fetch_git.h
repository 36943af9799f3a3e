/* A git repository, as xensure asks xensure-fetch for it. */
#pragma once

#include "agent/fetch.h"
#include "agent/git_request.h"

/* Could that folder be used, or made where it is missing? FETCH_ERROR where others can write there
 * or above it, as fetch_git() would say. */
gboolean fetch_git_check_mirrors(const char *folder, GError **error);
/* Gives one reply: the body is what `git cat-file --batch` printed, the etag the commit that the
 * ref is at. FETCH_NOT_MODIFIED: that is request->here. Makes the folder above request->folder
 * where it is missing, if it is kept. NULL and FETCH_ERROR as fetch_run(). */
FetchReply *fetch_git(const GitRequest *request, GError **error);
