/* Any bytes as the answer of xensure-fetch: refused with a reason, or read; and then no reply has
 * more than there is, nor a body where it says that it has none. */
#include "agent/fetch_answer.h"

#include <stdint.h>
#include <string.h>

#define COUNT_LEAST 1
#define COUNT_MOST  3
#define BYTES_MAX   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    if (text != NULL) {
        g_autofree char *tidy = g_strdup(text);
        fetch_text_tidy(tidy);
        g_assert(strcmp(tidy, text) == 0 && strlen(text) <= FETCH_TEXT_MAX);
    }
}

/* What was read and written again is the same. */
static void check_again(GBytes *answer, GPtrArray *replies, gsize bodies)
{
    const FetchLimits limits = {
        .count_least = replies->len, .count_most = replies->len, .bytes_max = BYTES_MAX};
    g_autoptr(GString) text = g_string_new_len(g_bytes_get_data(answer, NULL), (gssize)bodies);
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    fetch_answer_format_end(replies, NULL, text);
    g_autoptr(GBytes) written = g_bytes_new(text->str, text->len);
    g_autoptr(GPtrArray) again = fetch_answer_parse(written, &limits, &trouble, &error);
    g_assert(again != NULL && again->len == replies->len);
    for (guint i = 0; i < again->len; i++) {
        const FetchReply *left = g_ptr_array_index(replies, i);
        const FetchReply *right = g_ptr_array_index(again, i);
        g_assert(left->outcome == right->outcome);
        g_assert((left->body == NULL) == (right->body == NULL));
        g_assert(left->body == NULL || g_bytes_equal(left->body, right->body));
        g_assert(g_strcmp0(left->etag, right->etag) == 0);
        g_assert(g_strcmp0(left->message, right->message) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const FetchLimits limits = {
        .count_least = COUNT_LEAST, .count_most = COUNT_MOST, .bytes_max = BYTES_MAX};
    g_autoptr(GBytes) answer = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    g_autoptr(GPtrArray) replies = fetch_answer_parse(answer, &limits, &trouble, &error);
    g_assert((replies != NULL) + (trouble != NULL) + (error != NULL) == 1);
    check_text(trouble);
    gsize bodies = 0;
    for (guint i = 0; replies != NULL && i < replies->len; i++) {
        const FetchReply *reply = g_ptr_array_index(replies, i);
        gsize length = reply->body != NULL ? g_bytes_get_size(reply->body) : 0;
        g_assert((reply->outcome == FETCH_DONE) == (length > 0));
        check_text(reply->etag);
        check_text(reply->last_modified);
        check_text(reply->message);
        bodies += length;
    }
    g_assert(bodies <= BYTES_MAX && bodies <= size);
    if (replies != NULL) {
        g_assert(replies->len >= COUNT_LEAST && replies->len <= COUNT_MOST);
        check_again(answer, replies, bodies);
    }
    return 0;
}
