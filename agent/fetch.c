#include "agent/fetch.h"

#include "agent/fetch_answer.h"
#include "xenbackend/command.h"

#include <jansson.h>
#include <string.h>

#define PROGRAM "xensure-fetch"
/* For the program's own start and end, beyond the time that the network has. */
#define PROGRAM_TIME_MS 5000

G_DEFINE_QUARK(xensure_fetch_error, fetch_error)

/* Beside ourselves, in its folder of a build, where it is installed, or on PATH. */
static char *find_program(void)
{
    char *program = command_find_beside(PROGRAM, "agent/fetch");
    program = program != NULL ? program : command_find_program(XENSURE_LIBEXEC_DIR "/" PROGRAM);
    return program != NULL ? program : command_find_program(PROGRAM);
}

char *fetch_reply_describe(const FetchReply *reply, const char *what)
{
    const char *message = reply->message != NULL ? reply->message : "it is not said why";
    switch (reply->outcome) {
    case FETCH_UNREACHABLE:
        return g_strdup_printf("does not answer: %s", message);
    case FETCH_ABSENT:
        message = "it is said to be absent";
        break;
    case FETCH_NOT_MODIFIED:
        message = "it says that it was not modified, which was not asked";
        break;
    case FETCH_REFUSED:
    case FETCH_DONE:
    case FETCH_NOT_ASKED:
        break;
    }
    return g_strdup_printf("gives no %s: %s", what, message);
}

/* An answer that says the same of each item. */
static GPtrArray *reply_alike(guint count, FetchOutcome outcome, const char *message)
{
    GPtrArray *replies = g_ptr_array_new_with_free_func((GDestroyNotify)fetch_reply_free);
    for (guint i = 0; i < count; i++) {
        FetchReply *reply = g_new0(FetchReply, 1);
        reply->outcome = i == 0 ? outcome : FETCH_NOT_ASKED;
        reply->message = i == 0 ? g_strdup(message) : NULL;
        g_ptr_array_add(replies, reply);
    }
    return replies;
}

/* What it printed. Where it ended otherwise than by itself, whoever it talked to may have had it
 * do so: that is no fault of this host. */
static GPtrArray *read_answer(CommandResult *result, const FetchLimits *limits, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *trouble = NULL;
    if (!command_result_is_success(result)) {
        g_autofree char *how = command_result_describe(result);
        g_autofree char *message = g_strconcat(PROGRAM " ", how, NULL);
        FetchOutcome outcome = result->end == COMMAND_TIMED_OUT ? FETCH_UNREACHABLE : FETCH_REFUSED;
        return reply_alike(limits->count_least, outcome, message);
    }
    g_autoptr(GBytes) answer =
        g_bytes_new_take(g_steal_pointer(&result->output), result->output_length);
    GPtrArray *replies = fetch_answer_parse(answer, limits, &trouble, &failure);
    if (failure != NULL) {
        g_prefix_error(&failure, "the answer of " PROGRAM " does not fit: ");
        return reply_alike(limits->count_least, FETCH_REFUSED, failure->message);
    }
    if (replies == NULL) {
        g_set_error(error, FETCH_ERROR, FETCH_ERROR_NO_RIGHTS, PROGRAM ": %s", trouble);
    }
    return replies;
}

GPtrArray *fetch_ask(const char *request, const FetchLimits *limits, GError **error)
{
    g_autofree char *program = find_program();
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) input = g_bytes_new_static(request, strlen(request));
    const char *const argv[] = {program, NULL};
    CommandRequest command = {.argv = argv,
                              .input = input,
                              .timeout_ms = limits->timeout_s * 1000 + PROGRAM_TIME_MS,
                              .output_limit = limits->bytes_max + FETCH_TRAILER_BYTES_MAX};
    if (program == NULL) {
        g_set_error(error, FETCH_ERROR, FETCH_ERROR_NO_RIGHTS,
                    "expected the program " PROGRAM " beside xensure, in " XENSURE_LIBEXEC_DIR
                    " or on PATH, since a source is not local; found none");
        return NULL;
    }
    g_autoptr(CommandResult) result = command_run(&command, &failure);
    if (result == NULL) {
        g_set_error_literal(error, FETCH_ERROR, FETCH_ERROR_NO_RIGHTS, failure->message);
        return NULL;
    }
    return read_answer(result, limits, error);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(object, key, json_string(text));
    }
}

static char *format_request(const FetchRequest *request)
{
    json_t *items = json_array();
    for (guint i = 0; i < request->count; i++) {
        const FetchItem *item = &request->items[i];
        json_t *object = json_pack("{s:s, s:I, s:b}", "url", item->url, "bytes_max",
                                   (json_int_t)item->bytes_max, "is_optional", item->is_optional);
        set_text(object, "etag", item->etag);
        set_text(object, "last_modified", item->last_modified);
        json_array_append_new(items, object);
    }
    json_t *root = json_pack("{s:i, s:s, s:i, s:I, s:o}", "format_version", FETCH_FORMAT_VERSION,
                             "profile", "fetch", "timeout_s", (int)request->timeout_s, "bytes_max",
                             (json_int_t)request->bytes_max, "items", items);
    set_text(root, "ca_file", request->ca_file);
    set_text(root, "client_certificate", request->client_certificate);
    set_text(root, "client_key", request->client_key);
    set_text(root, "pin", request->pin);
    set_text(root, "proxy", request->proxy);
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    return text;
}

GPtrArray *fetch_run(const FetchRequest *request, GError **error)
{
    const FetchLimits limits = {.count_least = request->count,
                                .count_most = request->count,
                                .bytes_max = request->bytes_max,
                                .timeout_s = request->timeout_s};
    char *text = format_request(request);
    GPtrArray *replies = fetch_ask(text, &limits, error);
    free(text);
    for (guint i = 0; replies != NULL && i < replies->len; i++) {
        const FetchReply *reply = g_ptr_array_index(replies, i);
        if (reply->body != NULL && g_bytes_get_size(reply->body) > request->items[i].bytes_max) {
            g_ptr_array_unref(replies);
            return reply_alike(request->count, FETCH_REFUSED,
                               "the answer of " PROGRAM " is longer than what was asked for");
        }
    }
    return replies;
}
