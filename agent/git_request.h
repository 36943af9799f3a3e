/* What xensure-fetch is asked for of a git repository: the profile "git". Both sides know it. */
#pragma once

#include "spec/git_object.h"

#include <jansson.h>

#define GIT_URL_BYTES_MAX 2048u
#define GIT_REF_BYTES_MAX 255u
#define GIT_PROFILE       "git"

typedef struct {
    const char *url; /* https://..., ssh://..., or the absolute path of a repository of this host */
    const char *ref; /* "refs/heads/main" */
    const char *subdir; /* whose *.yaml files are wanted; NULL: the uppermost folder */
    /* Where the mirror is kept, or made for this once: a folder of xensure-fetch's user, in one
     * that is root's. */
    const char *folder;
    const char *seed; /* for once: the mirror that is kept, whose objects are not fetched again;
                         NULL: FOLDER is that one */
    GitId known;      /* the commit that was applied last, all commits since which are wanted; "" */
    GitId here;       /* the commit of the copy that is here: if the ref is at it, nothing more is
                         asked; "" */
    /* Files, for the unprivileged user to read; NULL: none. */
    const char *ca_file, *ssh_key, *known_hosts;
    const char *proxy; /* as fetch.h has it */
    guint timeout_s;
    gsize bytes_max; /* of the objects that are given */
} GitRequest;

/* As text, to be freed with free(). */
char *git_request_format(const GitRequest *request);
/* Its texts are ROOT's. FALSE: it is not one. */
gboolean git_request_read(const json_t *root, GitRequest *out);

/* NULL when it can be the place of a repository, or what was expected. A name or password for https
 * is not taken: it would be shown wherever the source is named. */
const char *git_check_url(const char *text);
/* Is it the path of a repository of this host? */
gboolean git_url_is_local(const char *url);
/* Of a branch: "main"; of a full name: "refs/heads/main". git's check-ref-format, and stricter. */
const char *git_check_branch(const char *text);
const char *git_check_ref(const char *text);
