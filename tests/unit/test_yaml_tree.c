#include "spec/yaml_tree.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A text, what the reader makes of it, and all of its problems as "line:column: message", with " |
 * " between. */
typedef struct {
    TrustedText *text;
    Problems *problems;
    YamlTree *tree;
    GString *found;
} Reading;

static Reading reading_new(const char *bytes, gsize length)
{
    g_autoptr(GBytes) input = g_bytes_new(bytes, length);
    Reading reading = {.text = trusted_text_new_local("spec.yaml", input)};
    reading.problems = problems_new();
    reading.tree = yaml_tree_parse(reading.text, reading.problems);
    reading.found = g_string_new(NULL);
    problems_sort(reading.problems);
    for (guint i = 0; i < problems_count(reading.problems); i++) {
        const Problem *problem = problems_get(reading.problems, i);
        ck_assert_ptr_eq(problem->where.text, reading.text);
        g_string_append_printf(reading.found, "%s%u:%u: %s", i == 0 ? "" : " | ",
                               problem->where.line, problem->where.column, problem->message);
    }
    /* Without a tree, there is a reason. */
    ck_assert(reading.tree != NULL || problems_count_errors(reading.problems) > 0);
    return reading;
}

static void reading_clear(Reading *reading)
{
    yaml_tree_free(reading->tree);
    problems_free(reading->problems);
    trusted_text_free(reading->text);
    g_string_free(reading->found, TRUE);
}

static void assert_problems(const char *bytes, gsize length, const char *expected)
{
    Reading reading = reading_new(bytes, length);
    ck_assert_str_eq(reading.found->str, expected);
    reading_clear(&reading);
}

/* ---- texts that are refused, with all of their problems ---- */

typedef struct {
    const char *bytes;
    gsize length;
    const char *expected;
} Refusal;

#define TEXT(literal) literal, sizeof(literal) - 1

static const Refusal refusals[] = {
    /* What YAML has and a spec must not use. */
    {TEXT("a: &x 1\n"), "1:4: expected no anchor, found '&x'"},
    {TEXT("a: &x [1]\nb: &y {c: d}\n"),
     "1:4: expected no anchor, found '&x' | 2:4: expected no anchor, found '&y'"},
    {TEXT("&k a: 1\n"), "1:1: expected no anchor, found '&k'"},
    {TEXT("a: *x\n"), "1:4: expected no alias, found '*x'"},
    {TEXT("*x : 1\n*y : 2\n"),
     "1:1: expected no alias, found '*x' | 2:1: expected no alias, found '*y'"},
    {TEXT("a: !!str 5\n"), "1:4: expected no tag, found '!!str'"},
    {TEXT("a: !mine 5\n"), "1:4: expected no tag, found '!mine'"},
    {TEXT("a: ! 5\n"), "1:4: expected no tag, found '!'"},
    {TEXT("a: !<x:y> [1]\nb: !!map {}\n"),
     "1:4: expected no tag, found 'x:y' | 2:4: expected no tag, found '!!map'"},
    {TEXT("a: &x !!int 5\n"),
     "1:4: expected no anchor, found '&x' | 1:4: expected no tag, found '!!int'"},
    {TEXT("%YAML 1.1\n---\na: 1\n"), "1:1: expected no directive, found the line '%YAML 1.1'"},
    {TEXT("\xef\xbb\xbf%TAG ! x\n---\na: 1\n"),
     "1:1: expected no directive, found the line '%TAG ! x'"},
    {TEXT("a: 1\n...\n%FOO\n%BAR\n---\nb: &x 1\n"),
     "3:1: expected no directive, found the line '%FOO' | "
     "4:1: expected no directive, found the line '%BAR' | "
     "6:4: expected no anchor, found '&x'"},
    {TEXT("%"), "1:1: expected no directive, found the line '%'"},
    {TEXT("a: 'x\n%y'\n"), "2:1: expected no directive, found the line '%y''"},
    {TEXT("<<: {a: 1}\n"), "1:1: expected a key, found the merge key '<<'"},

    /* Keys. */
    {TEXT("a: 1\nb: 2\na: 3\n"), "3:1: expected each key once, found 'a' again (first on line 1)"},
    {TEXT("a: 1\n'a': 2\n\"\\x61\": 3\n"),
     "2:1: expected each key once, found 'a' again (first on line 1) | "
     "3:1: expected each key once, found 'a' again (first on line 1)"},
    {TEXT("x: {a: 1, b: {c: 1, c: 2}, a: 3}\n"),
     "1:21: expected each key once, found 'c' again (first on line 1) | "
     "1:28: expected each key once, found 'a' again (first on line 1)"},
    {TEXT("- a: 1\n  a: 2\n---\na: 1\n---\na: 1\na: 2\n"),
     "2:3: expected each key once, found 'a' again (first on line 1) | "
     "7:1: expected each key once, found 'a' again (first on line 6)"},
    {TEXT("[a]: 1\n{b: c}: 2\n"),
     "1:1: expected a key, found a list | 2:1: expected a key, found a mapping"},
    {TEXT("? - a\n: 1\n"), "1:3: expected a key, found a list"},
    {TEXT("\"\": 1\na: {? : 2}\n"), "1:1: expected a key, found nothing before the ':' | "
                                    "2:7: expected a key, found nothing before the ':'"},

    /* Characters. */
    {TEXT("a: \0\n"), "1:4: expected text, found a NUL character"},
    {TEXT("a: b\x07\nc: \x7f\n"), "1:5: expected text, found the control character U+0007 | "
                                  "2:4: expected text, found the control character U+007F"},
    {TEXT("\xc3\xa4: \xc2\x85\n"), "1:4: expected text, found the control character U+0085"},
    {TEXT("a: \xe2\x80\xa8\n"), "1:4: expected text, found the invisible character U+2028"},
    {TEXT("# \xe2\x80\xae\n"), "1:3: expected text, found the invisible character U+202E"},
    {TEXT("a: \xe2\x81\xa6\n"), "1:4: expected text, found the invisible character U+2066"},
    {TEXT("a: \xef\xbb\xbf\n"),
     "1:4: expected text, found a byte order mark (U+FEFF) inside the text"},
    {TEXT("a: \xef\xbf\xbf\n"), "1:4: expected text, found the invisible character U+FFFF"},
    {TEXT("a: \xff\n"), "1:4: expected UTF-8, found the byte 0xff"},
    {TEXT("\xe2\x82\xac: \xe2\x82\n"), "1:4: expected UTF-8, found the byte 0xe2"},
    {TEXT("a: \xc0\x80\n"), "1:4: expected UTF-8, found the byte 0xc0"},
    {TEXT("a: \xed\xa0\x80\n"), "1:4: expected UTF-8, found the byte 0xed"},
    {TEXT("a: \xf4\x90\x80\x80\n"), "1:4: expected UTF-8, found the byte 0xf4"},
    {TEXT("a: \xc3"), "1:4: expected UTF-8, found the byte 0xc3"},
    {TEXT("a: b\rc\n"), "1:5: expected LF or CR LF at the end of the line, found a CR alone"},
    {TEXT("a: b\r"), "1:5: expected LF or CR LF at the end of the line, found a CR alone"},
    {TEXT("\xff\xfe\x61\x00"),
     "1:1: expected UTF-8, found the byte order mark of UTF-16 or UTF-32"},
    {TEXT("\xfe\xff\x00\x61"),
     "1:1: expected UTF-8, found the byte order mark of UTF-16 or UTF-32"},
    {TEXT("\0\0\xfe\xff\0\0\0a"),
     "1:1: expected UTF-8, found the byte order mark of UTF-16 or UTF-32"},
    /* The rest of the text is checked all the same, and the columns stay right. */
    {TEXT("a: \x01\x01\x02 &x\n\xc2\x80: &y \xe2\x80\xa9\n"),
     "1:4: expected text, found the control character U+0001 | "
     "2:1: expected text, found the control character U+0080 | "
     "2:4: expected no anchor, found '&y'"},
    {TEXT("a: \"\\0\"\n"), "1:4: expected text, found a NUL character, written as an escape"},
    {TEXT("a: \"x\\x01\"\n"),
     "1:4: expected text, found the control character U+0001, written as an escape"},
    {TEXT("\"\\r\": \"\\N\"\n"),
     "1:1: expected text, found the control character U+000D, written as an escape | "
     "1:7: expected text, found the control character U+0085, written as an escape"},
    {TEXT("a: \"\\uFEFF\"\nb: \"\\P\"\n"),
     "1:4: expected text, found a byte order mark (U+FEFF) inside the text, written as an escape | "
     "2:4: expected text, found the invisible character U+2029, written as an escape"},

    /* Syntax: one problem, after all that stands before it. */
    {TEXT("a: &x 1\nb: \"open\n\nc: *x\n"),
     "1:4: expected no anchor, found '&x' | "
     "2:4: expected a closing quote for the text that begins here, found the end of the file"},
    {TEXT("a: 'x\n--- y\n"),
     "2:1: expected the closing quote, found '---' or '...' at the beginning of a line (while "
     "scanning a quoted scalar that began at line 1, column 4)"},
    {TEXT("a: b: c\n"),
     "1:5: expected a value, found ': ' behind it: look at the indentation, or quote the text"},
    {TEXT("\xc3\xa4: b: c\n"),
     "1:5: expected a value, found ': ' behind it: look at the indentation, or quote the text"},
    {TEXT("a: 1\n b: 2\n"),
     "2:3: expected a value, found ': ' behind it: look at the indentation, or quote the text"},
    {TEXT("a:\n\tb: c\n"), "2:1: expected a value or a key, found a character that begins none: "
                           "quote it, or indent with spaces"},
    {TEXT("a: @b\n"), "1:4: expected a value or a key, found a character that begins none: quote "
                      "it, or indent with spaces"},
    {TEXT("a: 1\n\tb: 1\n"), "2:1: expected spaces for the indentation, found a tab (while "
                             "scanning a plain scalar that began at line 1, column 4)"},
    {TEXT("a: |\n\tx\n"), "2:1: expected spaces for the indentation, found a tab (while scanning a "
                          "block scalar that began at line 1, column 4)"},
    {TEXT("a: [1, 2\nb: 3\n"), "2:2: expected ',' or ']', found something else (while parsing a "
                               "flow sequence that began at line 1, column 4)"},
    {TEXT("a: {b: 1\n"), "1:9: expected ',' or '}', found the end of the file"},
    {TEXT("x y: {"), "1:7: expected a value, found the end of the file"},
    {TEXT("a: 1\nb: [\n\n"), "2:5: expected a value, found the end of the file"},
    {TEXT("a: [\xc3\xa4,\n \xc3\xb6"),
     "2:3: expected ',' or ']', found the end of the file "
     "(while parsing a flow sequence that began at line 1, column "
     "4)"},
    {TEXT("a: {b: 1]\n"), "1:9: expected ',' or '}', found something else"},
    {TEXT("a:\n   b: 1\n  c: 2\n"),
     "3:3: expected a key or the end of the mapping, found something else: look at the indentation "
     "(while parsing a block mapping that began at line 1, column 1)"},
    {TEXT("- a\nb: 1\n"),
     "2:1: expected '- ' or the end of the list, found something else: look at the indentation "
     "(while parsing a block collection that began at line 1, column 1)"},
    {TEXT("a: - b\n"), "1:4: expected a value, found '- ': a list begins on a line of its own"},
    {TEXT("a: 1\nb\nc: 2\n"), "2:1: expected ':' after a key, found none"},
    {TEXT("a: 'b' c\n"), "1:8: expected a key or the end of the mapping, found something else: "
                         "look at the indentation"},
    {TEXT("a: \"\\q\"\n"), "1:5: expected an escape that YAML has, found another: double the "
                           "backslash, or use single quotes"},
    {TEXT("a: \"\\xzz\"\n"),
     "1:7: expected hexadecimal digits in the escape, found something else"},
    {TEXT("a: \"\\uD800\"\n"),
     "1:7: expected the escape of a Unicode character, found a number that is none"},
    {TEXT("a: ]\n"), "1:4: expected a value, found something else"},
    {TEXT("a: | b\n"), "1:6: expected the end of the line, found something else"},
    {TEXT("a: !e!x 1\n"), "1:4: expected no tag, found one"},
    {TEXT("a: *\n"), "1:4: expected a text that is quoted when it begins with '&' or '*', found "
                     "one without quotes"},
    {TEXT("[a] [b]\n"), "1:5: expected the end of the document or '---', found something else"},
    {TEXT("a: ? b\n"), "1:4: expected a value, found '? '"},
    {TEXT("a: |0\n x\n"), "1:5: found an indentation indicator equal to 0"},
};

START_TEST(test_refusal)
{
    const Refusal *row = &refusals[_i];
    assert_problems(row->bytes, row->length, row->expected);
}
END_TEST

/* ---- texts that are taken ---- */

static void write_node(const YamlTree *tree, const YamlNode *node, GString *out)
{
    Position where = yaml_tree_position(tree, node);
    g_string_append_printf(out, "%u:%u ", where.line, where.column);
    yaml_tree_describe(tree, node, out);
    if (node->kind == YAML_SCALAR) {
        return;
    }
    guint32 count = 0;
    g_string_append_c(out, '<');
    YAML_FOREACH (tree, node, child) {
        g_string_append(out, count++ == 0 ? "" : ", ");
        write_node(tree, child, out);
    }
    g_string_append_c(out, '>');
    ck_assert_uint_eq(node->count, count);
}

typedef struct {
    const char *bytes;
    gsize length;
    const char *expected; /* the documents, each with " ---" behind it */
} Structure;

static const Structure structures[] = {
    {TEXT(""), ""},
    {TEXT("\n# nothing\n\n"), ""},
    {TEXT("\xef\xbb\xbf"), ""},
    {TEXT("a"), "1:1 'a' ---"},
    {TEXT("\xef\xbb\xbf"
          "a: b\n"),
     "1:1 a mapping<1:1 'a', 1:4 'b'> ---"},
    {TEXT("a: 1\r\nb: 2\r\n"), "1:1 a mapping<1:1 'a', 1:4 '1', 2:1 'b', 2:4 '2'> ---"},
    {TEXT("a: 'x'\nb: \"y\"\nc: |\n  z\n  z\n"),
     "1:1 a mapping<1:1 'a', 1:4 the text 'x', 2:1 'b', 2:4 the text 'y', 3:1 'c', 3:4 the text "
     "'z\\nz\\n'> ---"},
    {TEXT("a:\nb: ~\nc: ''\n"),
     "1:1 a mapping<1:1 'a', 1:3 nothing, 2:1 'b', 2:4 '~', 3:1 'c', 3:4 "
     "the text ''> ---"},
    {TEXT("- 1\n- [2, [], {}]\n-\n  - 3\n- {a: {b: c}}\n"),
     "1:1 a list<1:3 '1', 2:3 a list<2:4 '2', 2:7 a list<>, 2:11 a mapping<>>, 4:3 a list<4:5 "
     "'3'>, "
     "5:3 a mapping<5:4 'a', 5:7 a mapping<5:8 'b', 5:11 'c'>>> ---"},
    {TEXT("a: 1\n---\n- b\n...\n---\n---\nc\n"),
     "1:1 a mapping<1:1 'a', 1:4 '1'> ---3:1 a list<3:3 'b'> ---6:1 nothing ---7:1 'c' ---"},
    {TEXT("'<<': x\n\xc3\xa4\xf0\x9f\x98\x80: \xe2\x82\xac\n"),
     "1:1 a mapping<1:1 the text '<<', 1:7 'x', 2:1 '\xc3\xa4\xf0\x9f\x98\x80', 2:5 "
     "'\xe2\x82\xac'> ---"},
    {TEXT("a: \"tab\\tnewline\\n\"\nb: x\ty # \t\n"),
     "1:1 a mapping<1:1 'a', 1:4 the text 'tab\\tnewline\\n', 2:1 'b', 2:4 'x\\ty'> ---"},
    {TEXT("a: 100%\n %b\n"), "1:1 a mapping<1:1 'a', 1:4 '100% %b'> ---"},
    {TEXT("a: x&y*z!\nb: 'a: [&'\n"),
     "1:1 a mapping<1:1 'a', 1:4 'x&y*z!', 2:1 'b', 2:4 the text 'a: [&'> ---"},
    {TEXT("{a: 1, A: 1, 'a ': 1, \"b\": {a: 1}}\n"),
     "1:1 a mapping<1:2 'a', 1:5 '1', 1:8 'A', 1:11 '1', 1:14 the text 'a ', 1:20 '1', 1:23 the "
     "text 'b', 1:28 a mapping<1:29 'a', 1:32 '1'>> ---"},
    {TEXT("0123456789012345678901234567890123456789012345678901234567890"),
     "1:1 '012345678901234567890123456789012345678901234567890123456789...' ---"},
};

/* Wherever it stands in a line, beside the smallest and the largest characters that may. */
START_TEST(test_character_is_refused_at_every_column)
{
    static const struct {
        const char *bytes, *found;
    } refused[] = {{"\x1f", "the control character U+001F"},
                   {"\x7f", "the control character U+007F"},
                   {"\x80", NULL},
                   {"\xff", NULL},
                   {"\xc2\x80", "the control character U+0080"}};
    for (guint column = 4; column < 24; column++) {
        g_autoptr(GString) text = g_string_new("a: ");
        for (guint i = 4; i < column; i++) {
            g_string_append_c(text, i % 2 == 0 ? '~' : '!');
        }
        g_string_append(text, refused[_i].bytes);
        g_string_append(text, "~!~!~!~!~\n");
        g_autofree char *expected =
            refused[_i].found != NULL
                ? g_strdup_printf("1:%u: expected text, found %s", column, refused[_i].found)
                : g_strdup_printf("1:%u: expected UTF-8, found the byte 0x%02x", column,
                                  (guint)(guchar)refused[_i].bytes[0]);
        assert_problems(text->str, text->len, expected);
    }
}
END_TEST

START_TEST(test_structure)
{
    const Structure *row = &structures[_i];
    Reading reading = reading_new(row->bytes, row->length);
    ck_assert_str_eq(reading.found->str, "");
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < yaml_tree_count_documents(reading.tree); i++) {
        write_node(reading.tree, yaml_tree_document(reading.tree, i), out);
        g_string_append(out, " ---");
    }
    ck_assert_str_eq(out->str, row->expected);
    reading_clear(&reading);
}
END_TEST

START_TEST(test_text_of_scalars_is_whole)
{
    Reading reading = reading_new(TEXT("a: ' x '\nb: \"\\xe4\\u20AC\\_\"\n"));
    const YamlNode *root = yaml_tree_document(reading.tree, 0);
    const YamlNode *a = yaml_tree_next(reading.tree, yaml_tree_first(reading.tree, root));
    const YamlNode *b = yaml_tree_next(reading.tree, yaml_tree_next(reading.tree, a));
    ck_assert_str_eq(a->text, " x ");
    ck_assert_str_eq(b->text, "\xc3\xa4\xe2\x82\xac\xc2\xa0");
    ck_assert_ptr_null(yaml_tree_next(reading.tree, b));
    ck_assert_ptr_null(yaml_tree_first(reading.tree, b));
    reading_clear(&reading);
}
END_TEST

/* ---- limits, at and over each ---- */

START_TEST(test_limit_of_bytes)
{
    GString *text = g_string_new(NULL);
    while (text->len < YAML_BYTES_MAX) {
        g_string_append(text, "# a comment ..\n\n");
    }
    ck_assert_uint_eq(text->len, YAML_BYTES_MAX);
    assert_problems(text->str, text->len, "");
    g_string_append_c(text, '\n');
    assert_problems(text->str, text->len, "0:0: expected at most 16777216 bytes, found 16777217");
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(test_limit_of_scalar)
{
    static const char *const forms[] = {"a: %s\n", "a: '%s'\n", "a: \"%s\"\n", "? %s\n: a\n"};
    static const char *const problems[] = {
        "1:4: expected a text of at most 65536 bytes, found 65537",
        "1:4: expected a text of at most 65536 bytes, found 65537",
        "1:4: expected a text of at most 65536 bytes, found 65537",
        "1:3: expected a text of at most 65536 bytes, found 65537"};
    g_autofree char *scalar = g_strnfill(YAML_SCALAR_MAX + 1, 'x');
    g_auto(GStrv) parts = g_strsplit(forms[_i], "%s", 2);
    g_autofree char *over = g_strconcat(parts[0], scalar, parts[1], NULL);
    g_autofree char *at = g_strconcat(parts[0], scalar + 1, parts[1], NULL);
    assert_problems(at, strlen(at), "");
    assert_problems(over, strlen(over), problems[_i]);
}
END_TEST

/* Opens DEPTH collections, in one of four ways. */
static GString *nested(int way, guint depth)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < depth; i++) {
        switch (way) {
        case 0:
            g_string_append_c(text, '[');
            break;
        case 1:
            g_string_append(text, "{a: ");
            break;
        case 2:
            g_string_append(text, "- ");
            break;
        default:
            g_string_append_printf(text, "%*sa:\n", (int)i, "");
            break;
        }
    }
    for (guint i = 0; i < depth && way < 2; i++) {
        g_string_append_c(text, way == 0 ? ']' : '}');
    }
    return text;
}

START_TEST(test_limit_of_depth)
{
    static const char *const places[] = {"1:17", "1:65", "1:33", "17:17"};
    GString *at = nested(_i, YAML_DEPTH_MAX);
    GString *over = nested(_i, YAML_DEPTH_MAX + 1);
    g_autofree char *expected = g_strconcat(
        places[_i], ": expected at most 16 mappings and lists within each other, found more", NULL);
    assert_problems(at->str, at->len, "");
    assert_problems(over->str, over->len, expected);
    g_string_free(at, TRUE);
    g_string_free(over, TRUE);
}
END_TEST

START_TEST(test_limit_of_nodes)
{
    /* The list itself is one of them. The column says that the last one allowed was taken. */
    GString *text = g_string_new("[");
    for (guint i = 1; i < YAML_NODES_MAX; i++) {
        g_string_append(text, i % 64 == 0 ? "a,\n" : "a,");
    }
    g_string_append(text, "a]");
    assert_problems(text->str, text->len,
                    "65536:127: expected at most 4194304 values and keys in one text, found more");
    g_string_free(text, TRUE);
}
END_TEST

static gboolean wants_all(gpointer data, const char *section)
{
    (void)data;
    (void)section;
    return TRUE;
}

static gpointer read_nothing(gpointer data, const YamlTree *tree, const YamlNode *entry)
{
    (void)data;
    (void)tree;
    return (gpointer)entry;
}

static void discard_nothing(gpointer data)
{
    (void)data;
}

/* Nodes of entries count, though they are gone: three are around them all, four are an entry's, and
 * the rest are the items of its list. */
START_TEST(test_limit_of_nodes_in_entries)
{
    static const YamlEntryReader reader = {NULL, wants_all, read_nothing, discard_nothing};
    g_autoptr(GString) text = g_string_new("a:\n");
    for (guint left = YAML_NODES_MAX - 3 + (guint)_i, i = 0; left > 0; i++) {
        guint count = MIN(left, 4096);
        g_string_append_printf(text, " %u: {b: [", i);
        for (guint item = 4; item < count; item++) {
            g_string_append(text, "1,");
        }
        g_string_append(text, "]}\n");
        left -= count;
    }
    g_autoptr(GBytes) input = g_bytes_new(text->str, text->len);
    g_autoptr(TrustedText) trusted = trusted_text_new_local("spec.yaml", input);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(YamlTree) tree = yaml_tree_parse_entries(trusted, &reader, problems);
    ck_assert_uint_eq(problems_count(problems), (guint)_i);
    ck_assert_int_eq(tree != NULL, _i == 0);
}
END_TEST

/* ---- duplicate keys in mappings of every size ---- */

/* COUNT keys in an order that is neither theirs nor its reverse; then, on the next lines, the third
 * and the last again. All begin with PREFIX. */
static void assert_duplicates_found(guint count, const char *prefix)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < count; i++) {
        g_string_append_printf(text, "%s%u: 1\n", prefix, i * 7919 % 1000003);
    }
    assert_problems(text->str, text->len, "");
    guint last = (count - 1) * 7919 % 1000003;
    g_string_append_printf(text, "%s%u: 1\n%s%u: 1\n", prefix, 2 * 7919u, prefix, last);
    g_autofree char *expected =
        g_strdup_printf("%u:1: expected each key once, found '%s15838' again (first on line 3) | "
                        "%u:1: expected each key once, found '%s%u' again (first on line %u)",
                        count + 1, prefix, count + 2, prefix, last, count);
    assert_problems(text->str, text->len, expected);
    g_string_free(text, TRUE);
}

START_TEST(test_duplicates)
{
    static const guint counts[] = {4, 16, 45, 46, 47, 48, 49, 1000, 50000};
    assert_duplicates_found(counts[_i], "k");
    assert_duplicates_found(counts[_i], "beginning");
}
END_TEST

/* ---- entries that are read while the text is parsed ---- */

typedef struct {
    GString *log; /* what was asked and read */
    guint alive;  /* results that are neither taken nor discarded */
} Entries;

typedef struct {
    Entries *entries;
    char *keys;
} Entry;

static gboolean wants_entry(gpointer data, const char *section)
{
    Entries *entries = data;
    g_string_append_printf(entries->log, "%s? ", section);
    return strcmp(section, "domains") == 0;
}

static gpointer read_entry(gpointer data, const YamlTree *tree, const YamlNode *node)
{
    GString *keys = g_string_new(NULL);
    YAML_FOREACH (tree, node, child) {
        g_string_append_printf(keys, "%s ", child->text);
    }
    Entry *entry = g_new(Entry, 1);
    *entry = (Entry){data, g_string_free(keys, FALSE)};
    entry->entries->alive++;
    g_string_append_printf(entry->entries->log, "%s", entry->keys);
    return entry;
}

static void discard_entry(gpointer data)
{
    Entry *entry = data;
    entry->entries->alive--;
    g_free(entry->keys);
    g_free(entry);
}

static const struct {
    const char *bytes;
    const char *log;
    guint kept; /* results that the tree has; without a tree none */
} entry_texts[] = {
    {"domains: {a: {b: 1, c: 2}}", "domains? b 1 c 2 ", 1},
    {"domains: {a: {b: 1}, d: {e: 2}}\nother: {f: {g: 3}}", "domains? b 1 domains? e 2 other? ", 2},
    {"domains: {a: {}}\n---\ndomains: {b: {c: 1}}", "domains? domains? c 1 ", 2},
    {"domains: {a: [1], b: 2, c: }", "", 0},
    {"domains: [{a: {b: 1}}]", "", 0},
    {"[{domains: {a: {b: 1}}}]", "", 0},
    {"x: {domains: {a: {b: 1}}}", "x? ", 0},
    {"domains: {a: {b: {c: 1}, d: [e, {f: 2}]}}", "domains? b  d  ", 1},
    /* With an error that leaves the tree, they are read; with another, no more. */
    {"domains: {a: {b: 1}, a: {c: 2}, d: {e: 3, e: 4}}", "domains? b 1 domains? c 2 domains? e 3 ",
     3},
    {"domains: {a: {b: &x 1}, c: {d: 2}}", "domains? b 1 domains? d 2 ", 2},
    {"domains: {a: {b: 1}, c: {d: *x}, e: {f: 3}}", "domains? b 1 domains? ", 0},
    {"domains: {a: {b: 1}, [c]: {d: 2}}", "domains? b 1 ", 0},
    {"domains: {a: {b: 1}, {c: d}: {e: 2}}", "domains? b 1 ", 0},
    {"domains: {a: {b: 1}, c: {d: 2}", "domains? b 1 domains? d 2 ", 0},
};

START_TEST(test_entries)
{
    const char *bytes = entry_texts[_i].bytes;
    g_autoptr(GBytes) input = g_bytes_new_static(bytes, strlen(bytes));
    g_autoptr(TrustedText) text = trusted_text_new_local("spec.yaml", input);
    g_autoptr(Problems) problems = problems_new();
    Entries entries = {.log = g_string_new(NULL)};
    const YamlEntryReader reader = {&entries, wants_entry, read_entry, discard_entry};
    YamlTree *tree = yaml_tree_parse_entries(text, &reader, problems);
    ck_assert_str_eq(entries.log->str, entry_texts[_i].log);
    ck_assert_uint_eq(entries.alive, entry_texts[_i].kept);
    yaml_tree_free(tree);
    ck_assert_uint_eq(entries.alive, 0);
    g_string_free(entries.log, TRUE);
}
END_TEST

START_TEST(test_entry_is_taken_once)
{
    static const char bytes[] = "domains: {a: {b: 1}, c: {d: 2}}";
    g_autoptr(GBytes) input = g_bytes_new_static(bytes, strlen(bytes));
    g_autoptr(TrustedText) text = trusted_text_new_local("spec.yaml", input);
    g_autoptr(Problems) problems = problems_new();
    Entries entries = {.log = g_string_new(NULL)};
    const YamlEntryReader reader = {&entries, wants_entry, read_entry, discard_entry};
    g_autoptr(YamlTree) tree = yaml_tree_parse_entries(text, &reader, problems);
    const YamlNode *section = yaml_tree_first(tree, yaml_tree_document(tree, 0)) + 1;
    const YamlNode *a = yaml_tree_next(tree, yaml_tree_first(tree, section));
    const YamlNode *c = yaml_tree_next(tree, yaml_tree_next(tree, a));
    Entry *taken = yaml_tree_take_entry(tree, c);
    ck_assert_str_eq(taken->keys, "d 2 ");
    ck_assert_ptr_null(yaml_tree_take_entry(tree, c));
    ck_assert_ptr_null(yaml_tree_take_entry(tree, section));
    ck_assert_ptr_null(yaml_tree_first(tree, c));
    discard_entry(taken);
    taken = yaml_tree_take_entry(tree, a);
    ck_assert_str_eq(taken->keys, "b 1 ");
    discard_entry(taken);
    g_string_free(entries.log, TRUE);
}
END_TEST

START_TEST(test_flood_of_problems_is_counted)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 5000; i++) {
        g_string_append(text, "- &a x\n");
    }
    Reading reading = reading_new(text->str, text->len);
    ck_assert_uint_eq(problems_count(reading.problems), PROBLEMS_MAX);
    ck_assert_uint_eq(problems_count_errors(reading.problems), 5000);
    reading_clear(&reading);
    g_string_free(text, TRUE);
}
END_TEST

/* An earlier text's errors do not make a good text bad. */
START_TEST(test_earlier_errors_do_not_count)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("a: 1", 4);
    g_autoptr(TrustedText) text = trusted_text_new_local("spec.yaml", bytes);
    g_autoptr(Problems) problems = problems_new();
    problems_add(problems, (Position){0}, "another text's");
    g_autoptr(YamlTree) tree = yaml_tree_parse(text, problems);
    ck_assert_ptr_nonnull(tree);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("yaml_tree");
    TCase *tests = tcase_create("yaml_tree");
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, test_refusal, 0, G_N_ELEMENTS(refusals));
    tcase_add_loop_test(tests, test_character_is_refused_at_every_column, 0, 5);
    tcase_add_loop_test(tests, test_structure, 0, G_N_ELEMENTS(structures));
    tcase_add_test(tests, test_text_of_scalars_is_whole);
    tcase_add_test(tests, test_limit_of_bytes);
    tcase_add_loop_test(tests, test_limit_of_scalar, 0, 4);
    tcase_add_loop_test(tests, test_limit_of_depth, 0, 4);
    tcase_add_test(tests, test_limit_of_nodes);
    tcase_add_loop_test(tests, test_limit_of_nodes_in_entries, 0, 2);
    tcase_add_loop_test(tests, test_duplicates, 0, 9);
    tcase_add_loop_test(tests, test_entries, 0, G_N_ELEMENTS(entry_texts));
    tcase_add_test(tests, test_entry_is_taken_once);
    tcase_add_test(tests, test_flood_of_problems_is_counted);
    tcase_add_test(tests, test_earlier_errors_do_not_count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
