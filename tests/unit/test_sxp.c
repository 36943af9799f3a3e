#include "xenbackend/sxp.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far.
 */
static Sxp *parse(const char *text, gsize length, char **trouble)
{
    g_autofree char *copy = g_memdup2(text, length);
    return sxp_parse(copy, length, trouble);
}

static Sxp *parse_right(const char *text)
{
    char *trouble = NULL;
    Sxp *sxp = parse(text, strlen(text), &trouble);
    ck_assert_msg(sxp != NULL, "%s: %s", text, trouble);
    ck_assert_ptr_null(trouble);
    return sxp;
}

/* The tree, written without a doubt: atoms in <>. */
static void show(const Sxp *sxp, SxpNode node, GString *out)
{
    for (; node != 0; node = sxp_next(sxp, node)) {
        const char *atom = sxp_atom(sxp, node);
        if (atom != NULL) {
            g_string_append_printf(out, "<%s>", atom);
            ck_assert_uint_eq(sxp_child(sxp, node), 0);
        } else {
            g_string_append_c(out, '(');
            show(sxp, sxp_child(sxp, node), out);
            g_string_append_c(out, ')');
        }
    }
}

static const struct {
    const char *text, *shown;
} right[] = {
    {"", ""},
    {" \n\t ", ""},
    {"a", "<a>"},
    {"a b", "<a><b>"},
    {"()", "()"},
    {"(a)", "(<a>)"},
    {"(a (b c) ())d(e)", "(<a>(<b><c>)())<d>(<e>)"},
    {"((((a))))", "((((<a>))))"},
    {"(bootloader )", "(<bootloader>)"},
    {"(cpus (() ()))", "(<cpus>(()()))"},
    {"(a ''  \"\")", "(<a><><>)"},
    {"'it\\'s' \"it's\" 'say \"x\"'", "<it's><it's><say \"x\">"},
    {"'(not a list)' '# no comment'", "<(not a list)><# no comment>"},
    {"'a\\\\b' 'a\\nb' 'a\\tb' 'a\\rb'", "<a\\b><a\nb><a\tb><a\rb>"},
    {"'\\a\\b\\v\\f'", "<\a\b\v\f>"},
    {"'\\xc3\\xa4\\x41' '\\101\\7'", "<\xc3\xa4"
                                     "A><A\a>"},
    {"'\\x4' '\\x4g'", "<\x04><\x04"
                       "g>"},
    {"-1 1.2e+16 1e-05 a.b/c:d~e_f", "<-1><1.2e+16><1e-05><a.b/c:d~e_f>"},
    {"!writable|x {a} [b];", "<!writable|x><{a}><[b];>"},
    {"(a(b)c)", "(<a>(<b>)<c>)"},
    {"a'b'", "<a><b>"},
    {"\xc3\xa4", NULL},
    {"(", NULL},
    {"(a", NULL},
    {")", NULL},
    {"(a))", NULL},
    {"'a", NULL},
    {"\"a'", NULL},
    {"'a\\", NULL},
    {"'\\q'", NULL},
    {"'\\x'", NULL},
    {"'\\xg'", NULL},
    {"'\\x00'", NULL},
    {"'\\0'", NULL},
    {"'\\777'", NULL},
    {"#", NULL},
    {"\\", NULL},
    {"\x01", NULL},
};

START_TEST(test_texts)
{
    const char *text = right[_i].text;
    g_autofree char *trouble = NULL;
    g_autoptr(Sxp) sxp = parse(text, strlen(text), &trouble);
    ck_assert_msg((sxp != NULL) == (right[_i].shown != NULL), "%s: %s", text, trouble);
    ck_assert((sxp == NULL) == (trouble != NULL));
    if (sxp != NULL) {
        g_autoptr(GString) shown = g_string_new(NULL);
        show(sxp, sxp_first(sxp), shown);
        ck_assert_str_eq(shown->str, right[_i].shown);
    } else {
        ck_assert(g_str_has_prefix(trouble, "line 1: "));
    }
    /* Nobody has to want the reason. */
    g_autoptr(Sxp) again = parse(text, strlen(text), NULL);
    ck_assert((again != NULL) == (sxp != NULL));
}
END_TEST

START_TEST(test_nul_is_refused_everywhere)
{
    static const char *const texts[] = {"a\0b", "'a\0b'", "(\0)", "\0"};
    static const gsize lengths[] = {3, 5, 3, 1};
    ck_assert_ptr_null(parse(texts[_i], lengths[_i], NULL));
}
END_TEST

START_TEST(test_the_line_is_told)
{
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(parse("(a\n b\n 'c\\q')", 13, &trouble));
    ck_assert(g_str_has_prefix(trouble, "line 3: expected an escape"));
}
END_TEST

static char *nested(guint depth)
{
    g_autofree char *open = g_strnfill(depth, '(');
    g_autofree char *close = g_strnfill(depth, ')');
    return g_strconcat(open, close, NULL);
}

START_TEST(test_limit_of_depth)
{
    g_autofree char *most = nested(SXP_DEPTH_MAX);
    g_autofree char *more = nested(SXP_DEPTH_MAX + 1);
    g_autoptr(Sxp) sxp = parse_right(most);
    ck_assert_ptr_nonnull(sxp);
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(parse(more, strlen(more), &trouble));
    ck_assert_ptr_nonnull(strstr(trouble, "nested"));
}
END_TEST

START_TEST(test_limit_of_nodes)
{
    GString *text = g_string_sized_new(2 * SXP_NODES_MAX + 2);
    for (guint i = 0; i < SXP_NODES_MAX; i++) {
        g_string_append(text, "1 ");
    }
    g_autoptr(Sxp) sxp = sxp_parse(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(sxp);
    g_string_append(text, "1");
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(sxp_parse(text->str, text->len, &trouble));
    ck_assert_ptr_nonnull(strstr(trouble, "more than"));
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(test_limit_of_bytes)
{
    g_autofree char *text = g_strnfill(SXP_BYTES_MAX + 1, ' ');
    g_autoptr(Sxp) sxp = sxp_parse(text, SXP_BYTES_MAX, NULL);
    ck_assert_ptr_nonnull(sxp);
    g_autofree char *trouble = NULL;
    ck_assert_ptr_null(sxp_parse(text, SXP_BYTES_MAX + 1, &trouble));
    ck_assert_ptr_nonnull(strstr(trouble, "longer"));
}
END_TEST

START_TEST(test_values)
{
    g_autoptr(Sxp) sxp = parse_right("(domain (name web1) (empty) (two a b) (list (a)) (twice 1) x "
                                     "(twice 2) ((name) y) (inner (name other)))\nname");
    SxpNode domain = sxp_first(sxp);
    ck_assert(sxp_is_named(sxp, domain, "domain"));
    ck_assert(!sxp_is_named(sxp, domain, "name"));
    ck_assert_str_eq(sxp_value(sxp, domain, "name"), "web1");
    ck_assert_ptr_null(sxp_value(sxp, domain, "empty"));
    ck_assert_ptr_null(sxp_value(sxp, domain, "two"));
    ck_assert_ptr_null(sxp_value(sxp, domain, "list"));
    ck_assert_ptr_null(sxp_value(sxp, domain, "twice"));
    ck_assert_ptr_null(sxp_value(sxp, domain, "x"));
    ck_assert_ptr_null(sxp_value(sxp, domain, "missing"));
    ck_assert_uint_eq(sxp_find(sxp, domain, "missing"), 0);
    ck_assert_uint_ne(sxp_find(sxp, domain, "empty"), 0);
    SxpNode inner = sxp_find(sxp, domain, "inner");
    ck_assert_str_eq(sxp_value(sxp, inner, "name"), "other");
    SxpNode last = sxp_next(sxp, domain);
    ck_assert_str_eq(sxp_atom(sxp, last), "name");
    ck_assert(!sxp_is_named(sxp, last, "name"));
    ck_assert_ptr_null(sxp_value(sxp, last, "name"));
    ck_assert_uint_eq(sxp_next(sxp, last), 0);
}
END_TEST

/* What Python's repr() makes of any bytes comes back as these bytes. */
static void append_repr(const char *bytes, GString *out)
{
    gboolean is_double = strchr(bytes, '\'') != NULL && strchr(bytes, '"') == NULL;
    char quote = is_double ? '"' : '\'';
    g_string_append_c(out, quote);
    for (const char *c = bytes; *c != '\0'; c++) {
        if (*c == quote || *c == '\\') {
            g_string_append_printf(out, "\\%c", *c);
        } else if (*c == '\n' || *c == '\t' || *c == '\r') {
            g_string_append(out, *c == '\n' ? "\\n" : *c == '\t' ? "\\t" : "\\r");
        } else if (g_ascii_isprint(*c)) {
            g_string_append_c(out, *c);
        } else {
            g_string_append_printf(out, "\\x%02x", (guchar)*c);
        }
    }
    g_string_append_c(out, quote);
}

START_TEST(test_any_bytes_come_back)
{
    GRand *random = g_rand_new_with_seed((guint32)_i + 1);
    for (guint round = 0; round < 200; round++) {
        char bytes[24] = "";
        int length = g_rand_int_range(random, 0, 23);
        for (int i = 0; i < length; i++) {
            static const char likely[] = "'\"\\()\n x";
            bytes[i] = g_rand_boolean(random)
                           ? likely[g_rand_int_range(random, 0, sizeof likely - 1)]
                           : (char)g_rand_int_range(random, 1, 256);
        }
        g_autoptr(GString) text = g_string_new("(a ");
        append_repr(bytes, text);
        g_string_append(text, ")");
        g_autoptr(Sxp) sxp = parse_right(text->str);
        SxpNode list = sxp_first(sxp);
        ck_assert_str_eq(sxp_atom(sxp, sxp_next(sxp, sxp_child(sxp, list))), bytes);
        ck_assert_uint_eq(sxp_next(sxp, list), 0);
    }
    g_rand_free(random);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sxp");
    TCase *tcase = tcase_create("sxp");
    tcase_add_loop_test(tcase, test_texts, 0, G_N_ELEMENTS(right));
    tcase_add_loop_test(tcase, test_nul_is_refused_everywhere, 0, 4);
    tcase_add_test(tcase, test_the_line_is_told);
    tcase_add_test(tcase, test_limit_of_depth);
    tcase_add_test(tcase, test_limit_of_nodes);
    tcase_add_test(tcase, test_limit_of_bytes);
    tcase_add_test(tcase, test_values);
    tcase_add_loop_test(tcase, test_any_bytes_come_back, 0, 10);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
