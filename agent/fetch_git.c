#include "agent/fetch_git.h"

#include "agent/source.h"
#include "xenbackend/file.h"

#include <string.h>

static gboolean refuse_folder(const char *why, GError **error)
{
    g_set_error(
        error, FETCH_ERROR, FETCH_ERROR_NO_RIGHTS,
        "the folder of the mirrors cannot be used: %s (xensure makes it; it has to be root's, "
        "and what is in it the user xensure-fetch's)",
        why);
    return FALSE;
}

gboolean fetch_git_check_mirrors(const char *folder, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *there = g_strdup(folder);
    while (!g_file_test(there, G_FILE_TEST_EXISTS) && strcmp(there, "/") != 0) {
        char *above = g_path_get_dirname(there);
        g_free(there);
        there = above;
    }
    return source_check_safe(there, &failure) ||
           !g_error_matches(failure, SOURCE_ERROR, SOURCE_ERROR_UNSAFE) ||
           refuse_folder(failure->message, error);
}

/* Only root writes there, nor can anybody else have its path lead elsewhere; and the user that
 * fetches in the mirrors below. */
static gboolean make_folder_above(const GitRequest *request, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *above = g_path_get_dirname(request->folder);
    return request->seed != NULL ||
           (file_make_folder(above, 0755, &failure) && source_check_safe(above, &failure)) ||
           refuse_folder(failure->message, error);
}

FetchReply *fetch_git(const GitRequest *request, GError **error)
{
    const FetchLimits limits = {.count_least = 1,
                                .count_most = 1,
                                .bytes_max = request->bytes_max,
                                .timeout_s = request->timeout_s};
    if (!make_folder_above(request, error)) {
        return NULL;
    }
    char *text = git_request_format(request);
    g_autoptr(GPtrArray) replies = fetch_ask(text, &limits, error);
    free(text);
    return replies != NULL ? g_ptr_array_steal_index(replies, 0) : NULL;
}
