#include "spec/problem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) literal, sizeof(literal) - 1

static TrustedText *text_new(const char *name, const char *bytes, gsize length)
{
    g_autoptr(GBytes) input = g_bytes_new(bytes, length);
    return trusted_text_new_local(name, input);
}

/* ---- one problem, as it is shown ---- */

typedef struct {
    const char *bytes;
    gsize length;
    guint32 line, column;
    const char *expected; /* after "f:line:column: m\n" */
} Excerpt;

#define TEN(x)   x x x x x x x x x x
#define THIRTY   TEN("abc")
#define BLANKS40 "                                        "

static const Excerpt excerpts[] = {
    {TEXT("a: 1\nb: 2\nc: 3\n"), 1, 1, "  a: 1\n  ^\n"},
    {TEXT("a: 1\nb: 2\nc: 3\n"), 2, 4, "  b: 2\n     ^\n"},
    {TEXT("a: 1\nb: 2\nc: 3"), 3, 5, "  c: 3\n      ^\n"},
    {TEXT("a: 1\r\nb: 2\r\n"), 1, 5, "  a: 1\n      ^\n"},
    /* No such line, or nothing on it. */
    {TEXT("a: 1\n\nb: 2\n"), 2, 1, ""},
    {TEXT("a: 1\n"), 2, 1, ""},
    {TEXT("a: 1\n"), 3, 1, ""},
    {TEXT("a: 1\r\n\r\n"), 2, 1, ""},
    {TEXT(""), 1, 1, ""},
    {TEXT("\xef\xbb\xbf"), 1, 1, ""},
    /* A column is a character; the byte order mark is none. */
    {TEXT("\xef\xbb\xbf"
          "a: 1\n"),
     1, 4, "  a: 1\n     ^\n"},
    {TEXT("\xc3\xa4\xe2\x82\xac: \xf0\x9f\x98\x80 x\n"), 1, 7,
     "  \xc3\xa4\xe2\x82\xac: \xf0\x9f\x98\x80 x\n        ^\n"},
    /* What cannot be shown as it is. */
    {TEXT("a:\tb\n"), 1, 4, "  a: b\n     ^\n"},
    {TEXT("a\x1b[1m\0b\x7f\n"), 1, 7, "  a [1m b \n        ^\n"},
    {TEXT("\xe2\x80\xaex\n"), 1, 2, "   x\n   ^\n"},
    {TEXT("a\xff\xc3(\n"), 1, 4, "  a\xef\xbf\xbd\xef\xbf\xbd(\n     ^\n"},
    {TEXT("a\xe2\x82\n"), 1, 3, "  a\xef\xbf\xbd\xef\xbf\xbd\n    ^\n"},
    /* 80 characters are shown whole, wherever the problem is. */
    {TEXT(TEN("12345678") "\n"), 1, 80,
     "  " TEN("12345678") "\n  " BLANKS40 "                                       ^\n"},
    {TEXT(TEN("12345678") "\n"), 1, 81, "  " TEN("12345678") "\n  " BLANKS40 BLANKS40 "^\n"},
    /* 81 and more are cut, at the end, at the beginning, at both. */
    {TEXT(TEN("12345678") "9\n"), 1, 1, "  " TEN("12345678") "...\n  ^\n"},
    {TEXT(TEN("12345678") "9\n"), 1, 40,
     "  " TEN("12345678") "...\n  "
                          "                                       ^\n"},
    {TEXT(TEN("12345678") "9"), 1, 81,
     "  ...12345678123456781234567812345678123456789\n     " BLANKS40 "^\n"},
    {TEXT(TEN("12345678") "9"), 1, 82,
     "  ...2345678123456781234567812345678123456789\n     " BLANKS40 "^\n"},
    {TEXT(THIRTY THIRTY THIRTY THIRTY THIRTY THIRTY), 1, 91,
     "  ..."
     "cabcabcabcabcabcabcabcabcabcabcabcabcabc"
     "abcabcabcabcabcabcabcabcabcabcabcabcabca"
     "...\n     " BLANKS40 "^\n"},
};

START_TEST(test_excerpt)
{
    const Excerpt *row = &excerpts[_i];
    g_autoptr(TrustedText) text = text_new("f", row->bytes, row->length);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GString) out = g_string_new(NULL);
    problems_add(problems, (Position){text, row->line, row->column}, "m");
    problem_format(problems_get(problems, 0), out, FALSE);
    g_autofree char *expected =
        g_strdup_printf("f:%u:%u: m\n%s", row->line, row->column, row->expected);
    g_autofree char *shown = g_strescape(out->str, NULL);
    g_autofree char *wanted = g_strescape(expected, NULL);
    ck_assert_str_eq(shown, wanted);
}
END_TEST

/* ---- messages ---- */

START_TEST(test_message_is_one_line_of_text)
{
    static const char *const rows[][2] = {
        {"plain", "plain"},
        {"a\nb\tc", "a\\nb\\tc"},
        {"\x1b[31m\x7f\r", "\\x1b[31m\\x7f\\x0d"},
        {"\xff\xc3\xa4\xe2\x82", "\\xff\xc3\xa4\\xe2\\x82"},
        {"\xc2\x85\xe2\x80\xae\xef\xbb\xbf", "\\u0085\\u202e\\ufeff"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Problems) problems = problems_new();
        ck_assert_int_eq(problems_add(problems, (Position){0}, "%s", rows[i][0]), FALSE);
        ck_assert_str_eq(problems_get(problems, 0)->message, rows[i][1]);
    }
}
END_TEST

START_TEST(test_long_message_is_cut)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *at = g_strnfill(PROBLEM_MESSAGE_MAX, 'x');
    g_autofree char *over = g_strnfill(PROBLEM_MESSAGE_MAX + 1, 'x');
    g_autofree char *cut = g_strconcat(at, "...", NULL);
    problems_add(problems, (Position){0}, "%s", at);
    problems_add(problems, (Position){0}, "%s", over);
    ck_assert_str_eq(problems_get(problems, 0)->message, at);
    ck_assert_str_eq(problems_get(problems, 1)->message, cut);
}
END_TEST

/* ---- the whole list ---- */

static void assert_format(const Problems *problems, gboolean colour, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);
    problems_format(problems, out, colour);
    g_autofree char *shown = g_strescape(out->str, NULL);
    g_autofree char *wanted = g_strescape(expected, NULL);
    ck_assert_str_eq(shown, wanted);
}

START_TEST(test_list_is_sorted_and_shown)
{
    g_autoptr(TrustedText) first = text_new("b.yaml", TEXT("one\ntwo two\n"));
    g_autoptr(TrustedText) second = text_new("a\n.yaml", TEXT("three\n"));
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, (Position){first, 2, 5}, "late");
    problems_add(problems, (Position){second, 1, 1}, "other file");
    problems_add(problems, (Position){NULL, 0, 0}, "no file");
    problems_add(problems, (Position){first, 2, 1}, "same place, first");
    problems_add_warning(problems, (Position){first, 2, 1}, "same place, second");
    problems_add(problems, (Position){first, 1, 3}, "early");
    problems_add(problems, (Position){first, 0, 0}, "all of it");
    ck_assert_uint_eq(problems_count(problems), 7);
    ck_assert_uint_eq(problems_count_errors(problems), 6);
    ck_assert_uint_eq(problems_count_dropped(problems), 0);
    problems_sort(problems);
    assert_format(problems, FALSE,
                  "b.yaml: all of it\n"
                  "b.yaml:1:3: early\n  one\n    ^\n"
                  "b.yaml:2:1: same place, first\n  two two\n  ^\n"
                  "b.yaml:2:1: warning: same place, second\n  two two\n  ^\n"
                  "b.yaml:2:5: late\n  two two\n      ^\n"
                  "a\\n.yaml:1:1: other file\n  three\n  ^\n"
                  "no file\n");
}
END_TEST

/* Problems that are not in order, too: the walk over the text has to go back. */
START_TEST(test_unsorted_list_is_shown)
{
    g_autoptr(TrustedText) text = text_new("f", TEXT("one\ntwo\nthree\n"));
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, (Position){text, 3, 5}, "c");
    problems_add(problems, (Position){text, 3, 2}, "b");
    problems_add(problems, (Position){text, 1, 2}, "a");
    assert_format(problems, FALSE,
                  "f:3:5: c\n  three\n      ^\nf:3:2: b\n  three\n   ^\nf:1:2: a\n  one\n   ^\n");
}
END_TEST

START_TEST(test_unsorted_problems_of_a_long_line_are_shown)
{
    g_autoptr(TrustedText) text = text_new("f", TEXT(THIRTY THIRTY THIRTY THIRTY THIRTY THIRTY));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GString) alone = g_string_new(NULL);
    g_autoptr(GString) together = g_string_new(NULL);
    problems_add(problems, (Position){text, 1, 150}, "m");
    problems_add(problems, (Position){text, 1, 91}, "m");
    problem_format(problems_get(problems, 0), alone, FALSE);
    problem_format(problems_get(problems, 1), alone, FALSE);
    problems_format(problems, together, FALSE);
    g_autofree char *shown = g_strescape(together->str, NULL);
    g_autofree char *wanted = g_strescape(alone->str, NULL);
    ck_assert_str_eq(shown, wanted);
}
END_TEST

START_TEST(test_colours)
{
    g_autoptr(TrustedText) text = text_new("f", TEXT("one\n"));
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, (Position){text, 1, 2}, "bad");
    problems_add_warning(problems, (Position){NULL, 0, 0}, "odd");
    assert_format(problems, TRUE,
                  "\033[1mf:1:2:\033[0m \033[1;31mbad\033[0m\n  one\n   \033[1;31m^\033[0m\n"
                  "\033[1;35mwarning: odd\033[0m\n");
}
END_TEST

START_TEST(test_limit_of_problems)
{
    g_autoptr(Problems) problems = problems_new();
    for (guint i = 0; i < PROBLEMS_MAX; i++) {
        problems_add(problems, (Position){0}, "%u", i);
    }
    ck_assert_uint_eq(problems_count(problems), PROBLEMS_MAX);
    ck_assert_uint_eq(problems_count_dropped(problems), 0);
    problems_add(problems, (Position){0}, "over");
    problems_add_warning(problems, (Position){0}, "over");
    ck_assert_uint_eq(problems_count(problems), PROBLEMS_MAX);
    ck_assert_uint_eq(problems_count_errors(problems), PROBLEMS_MAX + 1);
    ck_assert_uint_eq(problems_count_dropped(problems), 2);
    g_autoptr(GString) out = g_string_new(NULL);
    problems_format(problems, out, FALSE);
    ck_assert(g_str_has_suffix(out->str, "\n999\n2 more problems are not shown\n"));
}
END_TEST

/* However many warnings there are, the error is seen: else a spec would be refused without a
 * reason. */
START_TEST(test_warnings_make_room_for_errors)
{
    g_autoptr(Problems) problems = problems_new();
    for (guint i = 0; i < PROBLEMS_MAX; i++) {
        problems_add_warning(problems, (Position){0}, "%u", i);
    }
    ck_assert_uint_eq(problems_count_errors(problems), 0);
    problems_add(problems, (Position){0}, "an error");
    ck_assert_uint_eq(problems_count_errors(problems), 1);
    ck_assert_uint_eq(problems_count(problems), PROBLEMS_MAX);
    ck_assert_uint_eq(problems_count_dropped(problems), 1);
    ck_assert_str_eq(problems_get(problems, PROBLEMS_MAX - 1)->message, "an error");
    ck_assert_str_eq(problems_get(problems, PROBLEMS_MAX - 2)->message, "998");
    g_autoptr(GString) out = g_string_new(NULL);
    problems_format(problems, out, FALSE);
    ck_assert(g_str_has_suffix(out->str, "\nan error\n1 more problem is not shown\n"));
}
END_TEST

START_TEST(test_problems_are_moved)
{
    g_autoptr(Problems) from = problems_new();
    g_autoptr(Problems) to = problems_new();
    problems_add(to, (Position){.line = 2}, "first");
    problems_add_warning(from, (Position){.line = 2}, "second");
    problems_add(from, (Position){.line = 1}, "third");
    problems_move(from, to);
    problems_add(to, (Position){.line = 2}, "fourth");
    problems_sort(to);
    const char *const expected[] = {"third", "first", "second", "fourth"};
    ck_assert_uint_eq(problems_count(to), G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        ck_assert_str_eq(problems_get(to, i)->message, expected[i]);
    }
    ck_assert_uint_eq(problems_count_errors(to), 3);
    ck_assert_uint_eq(problems_count(from), 0);
    ck_assert_uint_eq(problems_count_errors(from), 0);
}
END_TEST

START_TEST(test_moved_problems_are_counted_over_the_limit)
{
    g_autoptr(Problems) from = problems_new();
    g_autoptr(Problems) to = problems_new();
    problems_add_warning(to, (Position){0}, "warning");
    for (guint i = 0; i < PROBLEMS_MAX + 5; i++) {
        problems_add(from, (Position){0}, "%u", i);
    }
    for (guint i = 1; i < PROBLEMS_MAX; i++) {
        problems_add(to, (Position){0}, "%u", i);
    }
    problems_move(from, to);
    /* One took the place of the warning. */
    ck_assert_uint_eq(problems_count(to), PROBLEMS_MAX);
    ck_assert_uint_eq(problems_count_errors(to), 2 * PROBLEMS_MAX + 4);
    ck_assert_uint_eq(problems_count_dropped(to), PROBLEMS_MAX + 5);
    ck_assert_str_eq(problems_get(to, PROBLEMS_MAX - 1)->message, "0");
    problems_move(from, to);
    ck_assert_uint_eq(problems_count_errors(to), 2 * PROBLEMS_MAX + 4);
    ck_assert_uint_eq(problems_count_dropped(from), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("problem");
    TCase *tests = tcase_create("problem");
    tcase_add_loop_test(tests, test_excerpt, 0, G_N_ELEMENTS(excerpts));
    tcase_add_test(tests, test_message_is_one_line_of_text);
    tcase_add_test(tests, test_long_message_is_cut);
    tcase_add_test(tests, test_list_is_sorted_and_shown);
    tcase_add_test(tests, test_unsorted_list_is_shown);
    tcase_add_test(tests, test_unsorted_problems_of_a_long_line_are_shown);
    tcase_add_test(tests, test_colours);
    tcase_add_test(tests, test_limit_of_problems);
    tcase_add_test(tests, test_warnings_make_room_for_errors);
    tcase_add_test(tests, test_problems_are_moved);
    tcase_add_test(tests, test_moved_problems_are_counted_over_the_limit);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
