#include "agent/fetch_answer.h"

#include <jansson.h>
#include <string.h>

/* "\n0000000123\n" */
#define FOOT_BYTES  12
#define FOOT_DIGITS 10

static const char *const outcome_names[] = {
    [FETCH_DONE] = "done",       [FETCH_NOT_MODIFIED] = "not-modified",
    [FETCH_ABSENT] = "absent",   [FETCH_UNREACHABLE] = "unreachable",
    [FETCH_REFUSED] = "refused", [FETCH_NOT_ASKED] = "not-asked",
};

const char *fetch_outcome_name(FetchOutcome outcome)
{
    return outcome_names[outcome];
}

void fetch_reply_free(FetchReply *reply)
{
    if (reply == NULL) {
        return;
    }
    g_clear_pointer(&reply->body, g_bytes_unref);
    g_free(reply->etag);
    g_free(reply->last_modified);
    g_free(reply->message);
    confinement_gaps_clear(&reply->gaps);
    g_free(reply);
}

void fetch_text_tidy(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (c - text >= FETCH_TEXT_MAX) {
            *c = '\0';
            break;
        }
        if (!g_ascii_isprint(*c)) {
            *c = '?';
        }
    }
}

/* ---- reading ---- */

typedef struct {
    GBytes *answer;
    const FetchLimits *limits;
    gsize at;   /* of the next body */
    gsize left; /* bytes of bodies that no reply has claimed */
} Reader;

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, message);
    return FALSE;
}

/* How long the trailer is; 0: there is none. */
static gsize read_foot(const char *text, gsize length)
{
    if (length < FOOT_BYTES) {
        return 0;
    }
    const char *foot = text + length - FOOT_BYTES;
    gsize trailer = 0;
    for (guint i = 1; i <= FOOT_DIGITS; i++) {
        if (!g_ascii_isdigit(foot[i])) {
            return 0;
        }
        trailer = trailer * 10 + (gsize)(foot[i] - '0');
    }
    gboolean is_foot = foot[0] == '\n' && foot[FOOT_BYTES - 1] == '\n';
    return is_foot && trailer <= FETCH_TRAILER_BYTES_MAX && trailer <= length - FOOT_BYTES ? trailer
                                                                                           : 0;
}

/* A text of plain characters, or null. */
static gboolean read_text(const json_t *object, const char *key, char **out, GError **error)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_null(value)) {
        return TRUE;
    }
    g_autofree char *tidy = g_strdup(json_string_value(value));
    if (tidy != NULL) {
        fetch_text_tidy(tidy);
    }
    if (tidy == NULL || strlen(tidy) != json_string_length(value) ||
        strcmp(tidy, json_string_value(value)) != 0) {
        return refuse(error, "'%s' is not a text", key);
    }
    *out = g_steal_pointer(&tidy);
    return TRUE;
}

static gboolean read_outcome(const json_t *value, FetchOutcome *out, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(outcome_names); i++) {
        if (g_strcmp0(json_string_value(value), outcome_names[i]) == 0) {
            *out = (FetchOutcome)i;
            return TRUE;
        }
    }
    return refuse(error, "'outcome' is none that is known");
}

static gboolean read_body(Reader *reader, const json_t *value, FetchReply *reply, GError **error)
{
    gboolean is_done = reply->outcome == FETCH_DONE;
    json_int_t length = json_is_integer(value) ? json_integer_value(value) : -1;
    if (length < 0 || (is_done ? length == 0 : length != 0)) {
        return refuse(error, "'bytes' does not fit the outcome");
    }
    if ((guint64)length > reader->left) {
        return refuse(error, "'bytes' is more than there is");
    }
    if (is_done) {
        reply->body = g_bytes_new_from_bytes(reader->answer, reader->at, (gsize)length);
    }
    reader->at += (gsize)length;
    reader->left -= (gsize)length;
    return TRUE;
}

/* It may be left out. */
static gboolean read_gap(const json_t *object, const char *key, char **out, GError **error)
{
    return json_object_get(object, key) == NULL || read_text(object, key, out, error);
}

static FetchReply *read_reply(Reader *reader, const json_t *object, GError **error)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    if (!read_outcome(json_object_get(object, "outcome"), &reply->outcome, error) ||
        !read_body(reader, json_object_get(object, "bytes"), reply, error) ||
        !read_text(object, "etag", &reply->etag, error) ||
        !read_text(object, "last_modified", &reply->last_modified, error) ||
        !read_text(object, "message", &reply->message, error) ||
        !read_gap(object, "lacks", &reply->gaps.parts, error) ||
        !read_gap(object, "lacks_rules", &reply->gaps.rules, error)) {
        g_clear_pointer(&reply, fetch_reply_free);
    }
    return reply;
}

static GPtrArray *read_replies(Reader *reader, const json_t *list, GError **error)
{
    g_autoptr(GPtrArray) replies = g_ptr_array_new_with_free_func((GDestroyNotify)fetch_reply_free);
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count < reader->limits->count_least ||
        count > reader->limits->count_most) {
        refuse(error, "'replies' are not as many as were asked for");
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        FetchReply *reply = read_reply(reader, json_array_get(list, i), error);
        if (reply == NULL) {
            return NULL;
        }
        g_ptr_array_add(replies, reply);
    }
    if (reader->left != 0) {
        refuse(error, "there is more than the replies say");
        return NULL;
    }
    return g_steal_pointer(&replies);
}

static GPtrArray *read_trailer(Reader *reader, const json_t *root, char **trouble, GError **error)
{
    const json_t *version = json_object_get(root, "format_version");
    if (!json_is_integer(version) || json_integer_value(version) != FETCH_FORMAT_VERSION) {
        refuse(error, "it is of another version");
        return NULL;
    }
    if (!read_text(root, "error", trouble, error) || *trouble != NULL) {
        return NULL;
    }
    return read_replies(reader, json_object_get(root, "replies"), error);
}

GPtrArray *fetch_answer_parse(GBytes *answer, const FetchLimits *limits, char **trouble,
                              GError **error)
{
    gsize length = 0;
    const char *text = g_bytes_get_data(answer, &length);
    gsize trailer = read_foot(text, length);
    if (trailer == 0) {
        refuse(error, "it is cut off");
        return NULL;
    }
    Reader reader = {.answer = answer, .limits = limits, .left = length - FOOT_BYTES - trailer};
    if (reader.left > limits->bytes_max) {
        refuse(error, "it is longer than what was asked for may be");
        return NULL;
    }
    json_error_t where;
    json_t *root = json_loadb(text + reader.left, trailer, JSON_REJECT_DUPLICATES, &where);
    if (root == NULL) {
        refuse(error, "its trailer is no JSON: column %d", where.column);
        return NULL;
    }
    GPtrArray *replies = read_trailer(&reader, root, trouble, error);
    json_decref(root);
    return replies;
}

/* ---- writing ---- */

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

void fetch_answer_format_end(const GPtrArray *replies, const char *trouble, GString *out)
{
    json_t *list = json_array();
    for (guint i = 0; i < replies->len; i++) {
        const FetchReply *reply = g_ptr_array_index(replies, i);
        json_int_t bytes = reply->body != NULL ? (json_int_t)g_bytes_get_size(reply->body) : 0;
        json_array_append_new(list, json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "outcome",
                                              fetch_outcome_name(reply->outcome), "bytes", bytes,
                                              "etag", text_or_null(reply->etag), "last_modified",
                                              text_or_null(reply->last_modified), "message",
                                              text_or_null(reply->message), "lacks",
                                              text_or_null(reply->gaps.parts), "lacks_rules",
                                              text_or_null(reply->gaps.rules)));
    }
    json_t *root = json_pack("{s:i, s:o, s:o}", "format_version", FETCH_FORMAT_VERSION, "error",
                             text_or_null(trouble), "replies", list);
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    g_string_append_printf(out, "%s\n%0*zu\n", text, FOOT_DIGITS, strlen(text));
    free(text);
    json_decref(root);
}
