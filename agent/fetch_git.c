#include "agent/fetch_git.h"

#include "agent/source.h"
#include "xenbackend/file.h"

/* Only root writes there, nor can anybody else have its path lead elsewhere; and the user that
 * fetches in the mirrors below. */
static gboolean make_folder_above(const GitRequest *request, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *above = g_path_get_dirname(request->folder);
    if (request->seed != NULL ||
        (file_make_folder(above, 0755, &failure) && source_check_safe(above, &failure))) {
        return TRUE;
    }
    g_set_error(error, FETCH_ERROR, FETCH_ERROR_NO_RIGHTS,
                "the folder of the mirrors cannot be used: %s", failure->message);
    return FALSE;
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
