/* The answer of xensure-fetch, written and read; and what is not believed. */
#include "agent/fetch_answer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const FetchLimits limits = {.count_least = 1, .count_most = 3, .bytes_max = 10};

static FetchReply *reply_new(FetchOutcome outcome, const char *body)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    reply->outcome = outcome;
    reply->body = body != NULL ? g_bytes_new(body, strlen(body)) : NULL;
    return reply;
}

/* The answer that has these bodies, whatever the replies say of them. */
static GBytes *make_answer(const char *bodies, GPtrArray *replies, const char *trouble)
{
    g_autoptr(GString) text = g_string_new(bodies);
    fetch_answer_format_end(replies, trouble, text);
    return g_bytes_new(text->str, text->len);
}

/* One reply with a body of three bytes, and one without. */
static GPtrArray *make_replies(void)
{
    GPtrArray *replies = g_ptr_array_new_with_free_func((GDestroyNotify)fetch_reply_free);
    FetchReply *first = reply_new(FETCH_DONE, "one");
    first->gaps = (ConfinementGaps){g_strdup("Landlock"), g_strdup("signals")};
    first->etag = g_strdup("\"a-1\"");
    first->last_modified = g_strdup("Wed, 25 Nov 2026 01:00:00 GMT");
    FetchReply *second = reply_new(FETCH_ABSENT, NULL);
    second->message = g_strdup("the server answered 404");
    g_ptr_array_add(replies, first);
    g_ptr_array_add(replies, second);
    return replies;
}

static void assert_refused(GBytes *answer, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(fetch_answer_parse(answer, &limits, &trouble, &error));
    ck_assert_ptr_null(trouble);
    ck_assert_msg(strstr(error->message, expected) != NULL, "%s", error->message);
}

START_TEST(test_whole)
{
    g_autoptr(GPtrArray) replies = make_replies();
    g_autoptr(GBytes) answer = make_answer("one", replies, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    g_autoptr(GPtrArray) read = fetch_answer_parse(answer, &limits, &trouble, &error);
    ck_assert_msg(error == NULL, "%s", error->message);
    ck_assert_uint_eq(read->len, 2);
    const FetchReply *first = g_ptr_array_index(read, 0);
    const FetchReply *second = g_ptr_array_index(read, 1);
    ck_assert(first->outcome == FETCH_DONE && second->outcome == FETCH_ABSENT);
    ck_assert_str_eq(first->gaps.parts, "Landlock");
    ck_assert_str_eq(first->gaps.rules, "signals");
    ck_assert_ptr_null(second->gaps.parts);
    ck_assert_ptr_null(second->gaps.rules);
    ck_assert_uint_eq(g_bytes_get_size(first->body), 3);
    ck_assert_mem_eq(g_bytes_get_data(first->body, NULL), "one", 3);
    ck_assert_str_eq(first->etag, "\"a-1\"");
    ck_assert_str_eq(first->last_modified, "Wed, 25 Nov 2026 01:00:00 GMT");
    ck_assert_ptr_null(first->message);
    ck_assert_ptr_null(second->body);
    ck_assert_str_eq(second->message, "the server answered 404");
}
END_TEST

START_TEST(test_trouble)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GBytes) answer = make_answer("", none, "expected a user, found none");
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(fetch_answer_parse(answer, &limits, &trouble, &error));
    ck_assert(error == NULL && strcmp(trouble, "expected a user, found none") == 0);
}
END_TEST

/* Cut off anywhere, at either end, it is no answer. */
START_TEST(test_cut)
{
    g_autoptr(GPtrArray) replies = make_replies();
    g_autoptr(GBytes) whole = make_answer("one", replies, NULL);
    gsize length = g_bytes_get_size(whole);
    for (gsize kept = 0; kept < length; kept++) {
        g_autoptr(GBytes) start = g_bytes_new_from_bytes(whole, 0, kept);
        g_autoptr(GBytes) end = g_bytes_new_from_bytes(whole, length - kept, kept);
        assert_refused(start, "");
        assert_refused(end, "");
    }
}
END_TEST

START_TEST(test_limits)
{
    g_autoptr(GPtrArray) replies = make_replies();
    FetchReply *last = reply_new(FETCH_DONE, "1234567");
    g_ptr_array_add(replies, last);
    g_autoptr(GBytes) at = make_answer("one1234567", replies, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *trouble = NULL;
    g_autoptr(GPtrArray) read = fetch_answer_parse(at, &limits, &trouble, &error);
    ck_assert_ptr_nonnull(read);
    g_bytes_unref(last->body);
    last->body = g_bytes_new("12345678", 8);
    g_autoptr(GBytes) longer = make_answer("one12345678", replies, NULL);
    assert_refused(longer, "longer than");
    g_autoptr(GBytes) fewer_bytes = make_answer("one1234567", replies, NULL);
    assert_refused(fewer_bytes, "more than there is");
    g_ptr_array_add(replies, reply_new(FETCH_ABSENT, NULL));
    g_autoptr(GBytes) more = make_answer("one12345678", replies, NULL);
    assert_refused(more, "longer than");
    g_ptr_array_remove_index(replies, 2);
    g_ptr_array_add(replies, reply_new(FETCH_ABSENT, NULL));
    g_autoptr(GBytes) four = make_answer("one", replies, NULL);
    assert_refused(four, "not as many");
}
END_TEST

/* One word of the trailer is another, of the same length. */
static const struct {
    const char *before, *after, *expected;
} changes[] = {
    {"\"outcome\":\"done\"", "\"outcome\":\"gone\"", "'outcome'"},
    {"\"outcome\":\"absent\"", "\"outcome\":    null", "'outcome'"},
    {"\"bytes\":3", "\"bytes\":2", "more than the replies say"},
    {"\"bytes\":3", "\"bytes\":4", "more than there is"},
    {"\"bytes\":3", "\"bytes\":0", "'bytes' does not fit"},
    {"\"bytes\":0", "\"bytes\":1", "'bytes' does not fit"},
    {"\"bytes\":3", "\"bits\":33", "'bytes' does not fit"},
    {"\\\"a-1\\\"", "\\u000a1", "'etag'"},
    {"\"message\":null", "\"message\":0000", "no JSON"},
    {"\"message\":null", "\"message\":1000", "'message'"},
    {"\"message\":null", "\"massage\":null", "'message'"},
    {"\"format_version\":1", "\"format_version\":2", "another version"},
    {"\"replies\":[", "\"repeats\":[", "not as many"},
};

START_TEST(test_changed)
{
    g_autoptr(GPtrArray) replies = make_replies();
    g_autoptr(GBytes) answer = make_answer("one", replies, NULL);
    gsize length = 0;
    const char *data = g_bytes_get_data(answer, &length);
    g_autofree char *text = g_strndup(data, length);
    char *at = strstr(text, changes[_i].before);
    ck_assert_msg(at != NULL, "%s is not in %s", changes[_i].before, text);
    gsize before = strlen(changes[_i].before), after = strlen(changes[_i].after);
    ck_assert_msg(after <= before, "%s is longer", changes[_i].after);
    memset(at, ' ', before);
    memcpy(at, changes[_i].after, after);
    g_autoptr(GBytes) changed = g_bytes_new(text, length);
    assert_refused(changed, changes[_i].expected);
}
END_TEST

START_TEST(test_tidy)
{
    char text[FETCH_TEXT_MAX + 2] = "a\r\nb\x7f\xc3";
    fetch_text_tidy(text);
    ck_assert_str_eq(text, "a??b??");
    memset(text, 'x', sizeof text - 1);
    fetch_text_tidy(text);
    ck_assert_uint_eq(strlen(text), FETCH_TEXT_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fetch_answer");
    TCase *tcase = tcase_create("fetch_answer");
    tcase_add_test(tcase, test_whole);
    tcase_add_test(tcase, test_trouble);
    tcase_add_test(tcase, test_cut);
    tcase_add_test(tcase, test_limits);
    tcase_add_loop_test(tcase, test_changed, 0, G_N_ELEMENTS(changes));
    tcase_add_test(tcase, test_tidy);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
