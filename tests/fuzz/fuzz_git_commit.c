/* Any bytes as a commit: refused with a reason, or read; what is signed of it and the signature are
 * then all that it has, and only what a signature vouches for holds. */
#include <stdint.h>
#include <string.h>

#include "spec/git_commit.h"
#include "spec/signature_ssh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many lines of the headers of TEXT begin with the name of a signature. */
static guint count_signatures(const char *text, gsize length)
{
    guint count = 0;
    const char *end = text + length;
    while (text < end && *text != '\n') {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        count += g_str_has_prefix(text, "gpgsig") ? 1 : 0;
        text = newline != NULL ? newline + 1 : end;
    }
    return count;
}

/* The payload has everything but the signature: as many bytes less as that took with its name and
 * the blanks in front of its lines. */
static void check_parts(const GitCommit *commit, gsize size, gboolean is_sha256)
{
    gsize length = 0;
    const char *payload = g_bytes_get_data(commit->payload, &length);
    g_autofree char *copy = g_strndup(payload, length);
    g_assert(count_signatures(copy, length) == 0);
    gsize taken = 0;
    if (commit->signature != NULL) {
        gsize signature_length = 0;
        const char *text = g_bytes_get_data(commit->signature, &signature_length);
        taken = strlen(is_sha256 ? "gpgsig-sha256" : "gpgsig") + signature_length;
        for (gsize i = 0; i < signature_length; i++) {
            taken += text[i] == '\n';
        }
    }
    g_assert(length + taken == size);
}

static void check(const char *text, size_t size, gboolean is_sha256)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GitCommit) commit = git_commit_parse(text, size, is_sha256, &error);
    g_assert((commit == NULL) == (error != NULL));
    if (commit == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
        return;
    }
    g_assert(git_id_is_sha256(&commit->tree) == is_sha256 && commit->commit_time >= 0);
    check_parts(commit, size, is_sha256);
    GitId tree;
    g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(GitId));
    g_assert(git_commit_parse_links(text, size, is_sha256, &tree, parents, NULL));
    g_assert(git_id_equal(&tree, &commit->tree) && parents->len == commit->parents->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    check(text, size, FALSE);
    check(text, size, TRUE);
    return 0;
}
