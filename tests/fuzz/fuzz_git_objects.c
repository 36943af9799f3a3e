/* Any bytes as what `git cat-file --batch` printed: refused with a reason, or read; the first
 * commit among them is then looked at as a head, which nobody may have signed. */
#include <stdint.h>
#include <string.h>

#include "spec/signed_commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The key of nobody: all of its bytes are 0. */
#define SIGNERS "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static gboolean is_sentence(const GError *error)
{
    return g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = size > 0 ? (const char *)data : "";
    g_autoptr(GError) error = NULL;
    g_autoptr(GitObjects) objects = git_objects_parse(bytes, size, &error);
    g_assert((objects == NULL) == (error != NULL));
    if (objects == NULL) {
        g_assert(is_sentence(error));
        return 0;
    }
    const char *blank = size > 0 ? memchr(bytes, ' ', size) : NULL;
    g_assert((blank == NULL) == (git_objects_count(objects) == 0));
    if (blank == NULL) {
        return 0;
    }
    GitId id;
    GitId again;
    g_assert(git_id_parse(bytes, (size_t)(blank - bytes), &id));
    GBytes *blob = git_objects_find(objects, &id, GIT_BLOB, NULL);
    if (blob != NULL) {
        gsize length = 0;
        const void *found = g_bytes_get_data(blob, &length);
        git_id_of(GIT_BLOB, found != NULL ? found : "", length, git_id_is_sha256(&id), &again);
        g_assert(git_id_equal(&id, &again));
    }
    g_autoptr(AllowedSigners) signers = allowed_signers_parse(SIGNERS, strlen(SIGNERS), NULL);
    g_autoptr(SignedCommit) commit = signed_commit_new(objects, &id, signers, 1790000000, &error);
    g_assert(commit == NULL && is_sentence(error));
    return 0;
}
