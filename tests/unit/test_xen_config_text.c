/* The reader of config files: xl's against Xen's own (libxlutil), which accepts and refuses the
 * same texts, with the same messages and values; and what is data in xm's. */
#include "xenbackend/xen_config_text.h"

#include <check.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
    "",
    "\n",
    "a=1",
    "a=1\n",
    "a=1;b=2",
    ";\n;\n",
    "a = 0x1f\n",
    "a = 0512\n",
    "a = 09\n",
    "a = 1a\n",
    "a = \"5\"\n",
    "a = '5'\n",
    "a = ''\n",
    "a = \"x y\"\n",
    "a = 'it is \"quoted\"'\n",
    "a = \"\\\\ \\' \\\" \\a\\b\\f\\n\\r\\t\\v\"\n",
    "a = \"\\x41\"\n",
    "a = \"\\101\"\n",
    "a = \"\\1\"\n",
    "a = \"\\123456\"\n",
    "a = \"\\q\"\n",
    "a = \"tab\tinside\"\n",
    "a = \"gr\xc3\xbc\xc3\x9f\x65\"\n",
    "a = \"no end\n",
    "a = \"back\\\nslash\"\n",
    "a = [1,2]\n",
    "a = [1,2,]\n",
    "a = [ 1\n, 2\n]\n",
    "a = [[1],[2,3]]\n",
    "a = []\n",
    "a = [,]\n",
    "a = [1,,2]\n",
    "a = [1 2]\n",
    "a = [1",
    "a = [1,",
    "a = [b]\n",
    "a = [1]]\n",
    "a = [1]\n]\n",
    "a += 1\n",
    "a = \"x\"\na += \"y\"\n",
    "a = [\"x\"]\na += [\"y\"]\na += [\"z\"]\n",
    "a = [\"x\"]\na += \"y\"\n",
    "a = \"x\"\na += [\"y\"]\n",
    "a = 1\na += 2\n",
    "a = 1\na = 2\n",
    "a = \"512M\"\n",
    "a = 512M\n",
    "a = -1\n",
    "a = \"-1\"\n",
    "a = 1.5\n",
    "a = 99999999999999999999\n",
    "a = True\n",
    "a = None\n",
    "a = (1, 2)\n",
    "a = 'x' 'y'\n",
    "a = 1 2\n",
    "a = 1 b = 2\n",
    "a b\n=\n=\nc=3\nd d\ne=1\nf=2\ng g\n",
    "a\n",
    "a =\n",
    "a = ;",
    "a == 1\n",
    "= 1\n",
    "\"a\" = 1\n",
    "5\n",
    "A = 1\n",
    "_a = 1\n",
    "a-b = 1\n",
    "a_b.c = 1\na = 2\n",
    "1a = 2\n",
    "# comment\na = 1\n",
    "a = 1 # comment\n",
    "a = 1 # comment",
    "a = 1\n# comment",
    "#",
    "a #",
    "a = 1\r\n",
    "import os\n",
    "def f(x):\n  return x\n",
    "a = @\n",
    "a = @ b\n",
    "a = @@@",
    "\ta\t=\t1\t\n",
};

static const char *const pieces[] = {
    "a",        "b",        "ab",        "=",         "=",          "=",        "+=",
    "[",        "]",        ",",         ";",         "\n",         "\n",       "\n",
    " ",        "\t",       "1",         "0x1f",      "09",         "\"x\"",    "'y'",
    "\"\\n\"",  "\"\\q\"",  "\"\\101\"", "\"\\7\"",   "\"\\x41\"",  "#",        "# c\n",
    "-",        "-1",       "@",         "(",         ")",          ".",        ":",
    "A",        "_",        "\"",        "'",         "\\",         "\r",       "1.5",
    "\xc3\xa9", "\"\\\"\"", "a=1\n",     "b=[1,2]\n", "a+=\"z\"\n", "b+=[3]\n", "a+=5\n",
};

static const char *const names[] = {"a", "b", "ab", "a_b.c"};

typedef struct {
    XLU_Config *theirs;
    XenConfigText *ours;
    FILE *report;
    char *report_text;
    size_t report_length;
    GString *our_report;
    int error;
} Pair;

static void pair_read(Pair *pair, const char *text, gsize length)
{
    *pair = (Pair){.our_report = g_string_new(NULL)};
    pair->report = open_memstream(&pair->report_text, &pair->report_length);
    pair->theirs = xlu_cfg_init(pair->report, "F");
    pair->error = xlu_cfg_readdata(pair->theirs, text, (int)length);
    pair->ours = xen_config_text_parse("F", text, length, pair->our_report);
}

static void pair_clear(Pair *pair)
{
    fclose(pair->report);
    free(pair->report_text);
    xlu_cfg_destroy(pair->theirs);
    xen_config_text_free(pair->ours);
    g_string_free(pair->our_report, TRUE);
}

static void compare_list(Pair *pair, const char *name, const char *shown)
{
    XLU_ConfigList *list = NULL;
    int count = 0;
    int error = xlu_cfg_get_list(pair->theirs, name, &list, &count, 0);
    g_autoptr(GPtrArray) ours = xen_config_text_get_list(pair->ours, name, pair->our_report);
    ck_assert_msg((error == 0) == (ours != NULL), "%s is a list for one of the two in %s", name,
                  shown);
    if (ours == NULL)
        return;
    for (guint i = 0; i < ours->len; i++)
        ck_assert_msg(g_strcmp0(xlu_cfg_get_listitem(list, (int)i), g_ptr_array_index(ours, i)) ==
                          0,
                      "item %u of %s differs in %s", i, name, shown);
    ck_assert_msg(xlu_cfg_get_listitem(list, (int)ours->len) == NULL,
                  "%s has more than %u items in %s", name, ours->len, shown);
}

static void compare_values(Pair *pair, const char *name, const char *shown)
{
    const char *text = NULL;
    long number = -77;
    long our_number = -77;
    xlu_cfg_get_string(pair->theirs, name, &text, 0);
    const char *our_text = xen_config_text_get_string(pair->ours, name, pair->our_report);
    ck_assert_msg(g_strcmp0(text, our_text) == 0, "text of %s is '%s', not '%s', in %s", name,
                  our_text, text, shown);
    xlu_cfg_get_long(pair->theirs, name, &number, 0);
    xen_config_text_get_long(pair->ours, name, &our_number, pair->our_report);
    ck_assert_msg(number == our_number, "number of %s is %ld, not %ld, in %s", name, our_number,
                  number, shown);
    compare_list(pair, name, shown);
}

static void compare(const char *text, gsize length)
{
    Pair pair;
    g_autofree char *shown = g_strescape(text, NULL);
    pair_read(&pair, text, length);
    ck_assert_msg((pair.error == 0) == (pair.ours != NULL), "%s: xl says %d, we %s it", shown,
                  pair.error, pair.ours != NULL ? "accept" : "refuse");
    for (guint i = 0; pair.ours != NULL && i < G_N_ELEMENTS(names); i++)
        compare_values(&pair, names[i], shown);
    fflush(pair.report);
    g_autofree char *theirs = g_strescape(pair.report_text, NULL);
    g_autofree char *ours = g_strescape(pair.our_report->str, NULL);
    ck_assert_msg(strcmp(theirs, ours) == 0, "%s: xl prints '%s', we '%s'", shown, theirs, ours);
    pair_clear(&pair);
}

START_TEST(test_text)
{
    compare(texts[_i], strlen(texts[_i]));
}
END_TEST

/* _i is the seed. */
START_TEST(test_generated)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint n = 0; n < 2000; n++) {
        g_string_truncate(text, 0);
        gint count = g_rand_int_range(rand, 1, 14);
        for (gint i = 0; i < count; i++)
            g_string_append(text, pieces[g_rand_int_range(rand, 0, (gint)G_N_ELEMENTS(pieces))]);
        compare(text->str, text->len);
    }
}
END_TEST

START_TEST(test_depth)
{
    g_autoptr(GString) text = g_string_new("a=");
    g_autoptr(GString) report = g_string_new(NULL);
    for (guint i = 0; i < 100000; i++)
        g_string_append_c(text, '[');
    ck_assert_ptr_null(xen_config_text_parse("F", text->str, text->len, report));
}
END_TEST

/* ---- where things stand, and xm's files ---- */

static void format_value(const XenConfigValue *value, GString *out)
{
    switch (value->kind) {
    case XEN_CONFIG_ATOM: {
        g_autofree char *escaped = g_strescape(value->text, NULL);
        const char *quote = value->is_number ? "" : "\"";
        g_string_append_printf(out, "%s%s%s", quote, escaped, quote);
        break;
    }
    case XEN_CONFIG_NOTHING:
        g_string_append_printf(out, "~%s", value->text);
        break;
    case XEN_CONFIG_LIST:
        g_string_append_c(out, '[');
        for (guint i = 0; i < value->items->len; i++) {
            g_string_append(out, i > 0 ? "," : "");
            format_value(g_ptr_array_index(value->items, i), out);
        }
        g_string_append_c(out, ']');
        break;
    }
}

/* "1:1 a@1:5=VALUE; ..." or "!LINE:COLUMN: MESSAGE". To be freed. */
static char *describe(XenDialect dialect, const char *text, gsize length, gboolean is_located)
{
    GString *out = g_string_new(NULL);
    XenConfigTrouble trouble = {0};
    /* A copy that ends where the text ends, so that a sanitizer sees it read too far. */
    g_autofree char *copy = g_memdup2(text, length);
    g_autoptr(XenConfigText) config = xen_config_text_read(dialect, copy, length, &trouble);
    ck_assert((config == NULL) == (trouble.message != NULL));
    if (config == NULL) {
        g_string_append_printf(out, "!%u:%u: %s", trouble.line, trouble.column, trouble.message);
        g_free(trouble.message);
        return g_string_free(out, FALSE);
    }
    for (guint i = 0; i < xen_config_text_count(config); i++) {
        const XenConfigSetting *setting = xen_config_text_nth(config, i);
        g_string_append(out, i > 0 ? "; " : "");
        if (is_located) {
            g_string_append_printf(out, "%u:%u %s@%u:%u", setting->line, setting->column,
                                   setting->name, setting->value->line, setting->value->column);
        } else {
            g_string_append(out, setting->name);
        }
        g_string_append_c(out, '=');
        format_value(setting->value, out);
        ck_assert_ptr_eq(xen_config_text_get(config, setting->name), setting->value);
    }
    return g_string_free(out, FALSE);
}

static const struct {
    const char *text;
    const char *expected;
} places[] = {
    {"a=1", "1:1 a@1:3=1"},
    {"\n  a  =  1 ; b = \"x\"\n", "2:3 a@2:9=1; 2:13 b@2:17=\"x\""},
    {"a = [ 1,\n 'x' ]\nb=2\n", "1:1 a@1:5=[1,\"x\"]; 3:1 b@3:3=2"},
    {"a = \"gr\xc3\xbc\xc3\x9f\"; b = 2\n", "1:1 a@1:5=\"gr\\303\\274\\303\\237\"; 1:13 b@1:17=2"},
    {"a = 1\nb = 2\na = 3\n", "3:1 a@3:5=3; 2:1 b@2:5=2"},
    {"a = [1]\na += [2]\n", "2:1 a@2:6=[1,2]"},
    {"a = 0x1f\nb = \"7\"\n", "1:1 a@1:5=0x1f; 2:1 b@2:5=\"7\""},
    {"a = 1\r\n", "!1:6: expected a line end that xl knows, found CR LF, which it refuses"},
    {"a = 1 # end",
     "!1:7: expected a line end behind a comment, found the end of the file, which xl refuses"},
    {"# x\na = -5\n", "!2:5: expected what xl reads, found '-5': lexical error"},
    {"a = 512M\n", "!1:8: expected what xl reads, found 'M': lexical error"},
    {"a = True\n", "!1:5: expected what xl reads, found 'True': lexical error"},
    {"import os\n", "!1:8: expected what xl reads, found 'os': syntax error, unexpected IDENT, "
                    "expecting += or '='"},
    {"a = [1\n", "!2:1: expected what xl reads, found something else: syntax error, unexpected "
                 "$end, expecting ']'"},
    {"a = \"\\x41\"\n", "!1:5: expected what xl reads, found '\"\\x41\"': invalid digit after "
                        "backslash hexnumerical character escape in quoted string"},
    {"a = [\"x\"]\na += \"y\"\n",
     "!2:6: expected what xl reads, found '\"y\"': can't add [list] to \"string\" or vice versa"},
};

START_TEST(test_place)
{
    g_autofree char *found =
        describe(XEN_DIALECT_XL, places[_i].text, strlen(places[_i].text), TRUE);
    ck_assert_str_eq(found, places[_i].expected);
}
END_TEST

/* What Python 2 makes of the texts, or that they are more than data. */
static const struct {
    const char *text;
    const char *expected; /* of a refusal: the beginning */
} xm_texts[] = {
    {"", ""},
    {"\n\n# c\n   # c\n", ""},
    {"# no newline", ""},
    {"a=1", "a=1"},
    {"a = 1 # c\nb = 'x'# c", "a=1; b=\"x\""},
    {"a=1; b=2;\n", "a=1; b=2"},
    {"A_b1 = 1\n_c = 2\n", "A_b1=1; _c=2"},
    {"a = 1\na = 2\n", "a=2"},
    {"a = 0512\nb = 0x1F\nc = 0o17\nd = 007\n", "a=0512; b=0x1F; c=15; d=007"},
    {"a = -5\nb = - 5\n", "a=-5; b=-5"},
    {"a = 512.0\nb = 1.5\nc = 1e3\n", "a=512; b=1.5; c=1000"},
    {"a = 'x' \"y\"\n", "a=\"xy\""},
    {"a = ['x'\n  'y', # c\n 'z',\n]\n", "a=[\"xy\",\"z\"]"},
    {"a = 'x' \\\n 'y'\n", "a=\"xy\""},
    {"a = 1 \\\n\n", "a=1"},
    {"a = \"it's\"\nb = 'a \"b\"'\n", "a=\"it's\"; b=\"a \\\"b\\\"\""},
    {"a = '\\\\ \\' \\\" \\a\\b\\f\\n\\r\\t\\v'\n", "a=\"\\\\ ' \\\" \\007\\b\\f\\n\\r\\t\\v\""},
    {"a = '\\x41\\101\\7'\n", "a=\"AA\\007\""},
    {"a = '\\q\\.'\n", "a=\"\\\\q\\\\.\""},
    {"a = 'x\\\ny'\n", "a=\"xy\""},
    {"a = '''x\ny'''\nb = \"\"\"it's \"q\" \"\"\"\n", "a=\"x\\ny\"; b=\"it's \\\"q\\\" \""},
    {"a = ''\nb = \"\"\n", "a=\"\"; b=\"\""},
    {"\"\"\"a comment\nof two lines\"\"\"\na = 1\n", "a=1"},
    {"a = []\nb = [ ]\nc = [1, [2, 'x'], 3]\n", "a=[]; b=[]; c=[1,[2,\"x\"],3]"},
    {"a = ('x')\nb = ('x' 'y')\nc = (5)\n", "a=\"x\"; b=\"xy\"; c=5"},
    {"a = ('x',)\nb = (1, 2)\nc = ()\n", "a=~('x',); b=~(1, 2); c=~()"},
    {"a = True\nb = False\nc = None\n", "a=~True; b=~False; c=~None"},
    {"a = 'x'\na += 'y'\nb = [1]\nb += [2]\n", "a=\"xy\"; b=[1,2]"},
    {"a = 'gr\xc3\xbc'\n", "a=\"gr\\303\\274\""},
    {"a = [\n\n1,\n2\n]", "a=[1,2]"},
    {"a\t=\t1\n", "a=1"},
    /* Code. */
    {"import os\n",
     "!1:1: expected NAME = VALUE, since nothing of the file is executed, found 'import os'"},
    {"def f(x):\n    return x\n",
     "!1:1: expected NAME = VALUE, since nothing of the file is executed, found 'def f(x):'"},
    {"print 'x'\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"if True:\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"a.b = 1\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"a[0] = 1\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"a, b = 1, 2\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"a -= 1\n", "!1:1: expected NAME = VALUE, since nothing"},
    {"a == 1\n", "!1:4: expected data (a number, a text in quotes, or a list of such), since "
                 "nothing of it is executed, found '= 1'"},
    {"a = b\n", "!1:5: expected data (a number"},
    {"a = f(1)\n", "!1:5: expected data (a number"},
    {"a = os.getenv('x')\n", "!1:5: expected data (a number"},
    {"a = lambda: 1\n", "!1:5: expected data (a number"},
    {"a = {'x': 1}\n", "!1:5: expected data (a number"},
    {"a = r'x'\n", "!1:5: expected data (a number"},
    {"a = u'x'\n", "!1:5: expected data (a number"},
    {"a = `1`\n", "!1:5: expected data (a number"},
    {"a = 512M\n", "!1:5: expected data (a number"},
    {"a = 08\n", "!1:5: expected data (a number"},
    {"a = 1 + 1\n", "!1:7: expected the end of the line behind a value"},
    {"a = 'x' + b\n", "!1:9: expected the end of the line behind a value"},
    {"name = 'VM%d' % vmid\n", "!1:15: expected the end of the line behind a value, since nothing "
                               "of the file is executed, found '% vmid'"},
    {"a = 'x'.lower()\n", "!1:8: expected the end of the line behind a value"},
    {"a = 1, 2\n", "!1:6: expected the end of the line behind a value"},
    {"a = b = 1\n", "!1:5: expected data"},
    {"a = 1 if 1 else 2\n", "!1:7: expected the end of the line behind a value"},
    {"d = [ 'phy:sda%d,sda1,w' % (7),\n 'x' ]\n",
     "!1:26: expected ',' or ']' behind an item of data"},
    {"d = [ x for x in y ]\n", "!1:7: expected data"},
    {"d = [ 'a' 'b' c ]\n", "!1:15: expected ',' or ']'"},
    {"a = (1 + 2)\n", "!1:8: expected ',' or ')'"},
    {"a = 1; import os\n", "!1:8: expected NAME = VALUE"},
    {"a = 1\n  b = 2\n", "!2:3: expected a statement at the beginning of its line, found 'b = 2'"},
    {"a += 'x'\n", "!1:1: expected a name that was set before '+=', found 'a += 'x''"},
    {"a = 1\na += 2\n", "!2:1: expected no number beside '+='"},
    {"a = 1\na += 'x'\n", "!2:1: expected no number beside '+='"},
    {"a = 'x'\na += ['y']\n", "!2:1: expected texts or lists alone on both sides of '+='"},
    {"a =\n", "!1:4: expected data (a number, a text in quotes, or a list of such), since nothing "
              "of it is executed, found the end of the line"},
    {"a =", "!1:4: expected data (a number, a text in quotes, or a list of such), since nothing of "
            "it is executed, found the end of the file"},
    {"a = 'x\n", "!1:5: expected a text that ends, found ''x'"},
    {"a = 'x", "!1:5: expected a text that ends"},
    {"a = '''x\n\ny", "!1:5: expected a text that ends"},
    {"a = 'x\\", "!1:5: expected a text that ends"},
    {"a = '\\x4'\n", "!1:8: expected an escape that stands for a character"},
    {"a = '\\0'\n", "!1:7: expected an escape that stands for a character"},
    {"a = [1, 2\n", "!2:1: expected ',' or ']' behind an item of data, found the end of the file"},
    {"a = [,]\n", "!1:6: expected data"},
    {"a = 1\r\n", "!1:6: expected lines that end in a newline alone"},
    {"5\n", "!1:1: expected NAME = VALUE, found '5'"},
    {"= 1\n", "!1:1: expected NAME = VALUE, found '= 1'"},
    {"a = - x\n", "!1:5: expected data"},
};

START_TEST(test_xm_text)
{
    g_autofree char *found =
        describe(XEN_DIALECT_XM, xm_texts[_i].text, strlen(xm_texts[_i].text), FALSE);
    gboolean is_beginning = xm_texts[_i].expected[0] == '!';
    ck_assert_msg(is_beginning ? g_str_has_prefix(found, xm_texts[_i].expected)
                               : strcmp(found, xm_texts[_i].expected) == 0,
                  "%s: expected %s, found %s", xm_texts[_i].text, xm_texts[_i].expected, found);
}
END_TEST

/* _i is the dialect. */
START_TEST(test_limits)
{
    XenDialect dialect = (XenDialect)_i;
    g_autofree char *text = g_strnfill(XEN_CONFIG_TEXT_BYTES_MAX + 1, '\n');
    g_autofree char *just = describe(dialect, text, XEN_CONFIG_TEXT_BYTES_MAX, FALSE);
    ck_assert_str_eq(just, "");
    g_autofree char *over = describe(dialect, text, XEN_CONFIG_TEXT_BYTES_MAX + 1, FALSE);
    ck_assert_str_eq(over, "!0:0: expected at most 4194304 bytes, found 4194305");
    for (guint depth = XEN_CONFIG_TEXT_DEPTH_MAX; depth <= XEN_CONFIG_TEXT_DEPTH_MAX + 1; depth++) {
        g_autofree char *open = g_strnfill(depth, '[');
        g_autofree char *close = g_strnfill(depth, ']');
        g_autofree char *nested = g_strconcat("a=", open, close, NULL);
        g_autofree char *found = describe(dialect, nested, strlen(nested), FALSE);
        ck_assert_int_eq(found[0] == '!', depth > XEN_CONFIG_TEXT_DEPTH_MAX);
    }
}
END_TEST

START_TEST(test_xm_nul)
{
    g_autofree char *nul = describe(XEN_DIALECT_XM, "a = 'x\0y'\n", 10, FALSE);
    ck_assert_str_eq(nul, "!1:5: expected a text without NUL bytes, found ''x'");
}
END_TEST

/* As many additions as a file may have: what takes the square of that never ends. */
START_TEST(test_many_additions)
{
    static const char line[] = "a+=\"xy\"\n";
    const guint count = XEN_CONFIG_TEXT_BYTES_MAX / (guint)strlen(line);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        g_string_append(text, line);
    }
    XenConfigTrouble trouble = {0};
    g_autoptr(XenConfigText) config =
        xen_config_text_read(XEN_DIALECT_XL, text->str, text->len, &trouble);
    ck_assert_msg(config != NULL, "%s", trouble.message);
    ck_assert_uint_eq(strlen(xen_config_text_get(config, "a")->text), 2 * (gsize)count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_config_text");
    TCase *cases = tcase_create("xen_config_text");
    tcase_add_loop_test(cases, test_text, 0, (int)G_N_ELEMENTS(texts));
    tcase_add_loop_test(cases, test_generated, 1, 9);
    tcase_add_test(cases, test_depth);
    tcase_add_loop_test(cases, test_place, 0, (int)G_N_ELEMENTS(places));
    tcase_add_loop_test(cases, test_xm_text, 0, (int)G_N_ELEMENTS(xm_texts));
    tcase_add_loop_test(cases, test_limits, XEN_DIALECT_XL, XEN_DIALECT_XM + 1);
    tcase_add_test(cases, test_xm_nul);
    tcase_add_test(cases, test_many_additions);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
