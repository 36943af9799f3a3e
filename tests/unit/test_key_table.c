/* Every row of every table, against itself: what a row says of its values must hold. */
#include "agent/agent_config.h"
#include "spec/settings.h"
#include "tests/unit/spec_from_text.h"
#include "tests/unit/xl_names.h"
#include "tests/unit/xm_names.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const KeyTable *const tables[] = {&document_keys, &host_keys,    &domain_keys, &disk_keys,
                                         &vif_keys,      &vfb_keys,     &vkb_keys,    &usbctrl_keys,
                                         &usbdev_keys,   &channel_keys, &agent_keys,  &source_keys};

static gboolean is_of_devices(const KeyTable *table)
{
    return table != &document_keys && table != &host_keys && table != &domain_keys &&
           table != &agent_keys && table != &source_keys;
}

typedef struct {
    const KeyTable *table;
    guint index;
    const KeyRow *row;
} RowCase;

static GArray *rows; /* RowCase */

static const RowCase *row_case(int index)
{
    return &g_array_index(rows, RowCase, (guint)index);
}

/* Reads a scalar without quotes. NULL: accepted. */
static char *refusal(const RowCase *c, const char *text, Value *out)
{
    static GStringChunk *texts;
    if (texts == NULL) {
        texts = g_string_chunk_new(256);
    }
    char *expected = NULL;
    out->key = (guint16)c->index;
    gboolean is_read = value_read_text(c->row, text, TRUE, texts, out, &expected);
    ck_assert_msg(is_read == (expected == NULL), "%s: a refusal without words", c->row->name);
    return expected;
}

static void assert_accepted(const RowCase *c, const char *text)
{
    Value value = {0};
    g_autofree char *expected = refusal(c, text, &value);
    ck_assert_msg(expected == NULL, "%s: '%s' is refused: expected %s", c->row->name, text,
                  expected);
    /* What is written is read back as the same, by a reader that is told so by its quotes. */
    g_autoptr(GString) canonical = g_string_new(NULL);
    value_format(c->table, &value, canonical);
    ck_assert_msg(value.form != FORM_TEXT || canonical->str[0] == '"', "%s: %s has no quotes",
                  c->row->name, canonical->str);
    if (value.form == FORM_INTEGER) {
        Value back = {0};
        g_autofree char *again = refusal(c, canonical->str, &back);
        ck_assert_msg(again == NULL && value_equal(c->table, &value, &back),
                      "%s: '%s' is written as %s, which is another value", c->row->name, text,
                      canonical->str);
    }
}

static void assert_refused(const RowCase *c, const char *text)
{
    Value value = {.integer = 4711};
    g_autofree char *expected = refusal(c, text, &value);
    ck_assert_msg(expected != NULL, "%s: '%s' is accepted", c->row->name, text);
    ck_assert_msg(value.integer == 4711, "%s: a refused value is written", c->row->name);
}

START_TEST(test_documented)
{
    const KeyRow *row = row_case(_i)->row;
    ck_assert_ptr_nonnull(row->name);
    ck_assert_ptr_nonnull(row->doc);
    gsize length = strlen(row->doc);
    ck_assert_msg(length > 0 && row->doc[length - 1] == '.', "%s: no full stop: %s", row->name,
                  row->doc);
    ck_assert_msg(strpbrk(row->doc, "\n\t") == NULL, "%s: more than one line", row->name);
    g_autoptr(GString) type = g_string_new(NULL);
    key_row_describe_type(row, type);
    ck_assert_msg(type->len > 0, "%s: a type without words", row->name);
}
END_TEST

START_TEST(test_found_by_name)
{
    const RowCase *c = row_case(_i);
    ck_assert_ptr_eq(key_table_find(c->table, c->row->name), c->row);
    ck_assert_uint_eq(key_table_index(c->table, c->row), c->index);
    g_autofree char *longer = g_strconcat(c->row->name, "x", NULL);
    ck_assert_ptr_null(key_table_find(c->table, longer));
    const char *dot = strchr(c->row->name, '.');
    if (dot != NULL) {
        g_autofree char *group = g_strndup(c->row->name, (gsize)(dot - c->row->name));
        ck_assert(key_table_has_group(c->table, group));
        ck_assert_ptr_null(key_table_find(c->table, group));
    } else {
        ck_assert(!key_table_has_group(c->table, c->row->name));
    }
}
END_TEST

START_TEST(test_suggested)
{
    const RowCase *c = row_case(_i);
    const char *name = c->row->name;
    g_autofree char *upper = g_ascii_strup(name, -1);
    g_autofree char *longer = g_strconcat(name, "z", NULL);
    ck_assert_str_eq(key_table_suggest(c->table, upper), name);
    ck_assert_str_eq(key_table_suggest(c->table, longer), name);
    ck_assert_ptr_null(key_table_suggest(c->table, "qqqqqqqqqqqqqqqqqqqqqqqqqqq"));
    g_autofree char *huge = g_strnfill(100000, 'm');
    ck_assert_ptr_null(key_table_suggest(c->table, huge));
}
END_TEST

START_TEST(test_default_reads)
{
    const RowCase *c = row_case(_i);
    const Value *value = key_table_default(c->table, c->index);
    ck_assert_int_eq(value != NULL, c->row->default_text != NULL);
    if (value != NULL) {
        ck_assert_uint_eq(value->key, c->index);
        ck_assert_ptr_null(value->where.text);
        ck_assert_msg(!c->row->is_required, "%s: required, with a default", c->row->name);
        assert_accepted(c, c->row->default_text);
    }
}
END_TEST

/* What the toolstacks take where their files say nothing, and what a member of libxl's JSON that is
 * not there means. */
START_TEST(test_texts_of_toolstacks_read)
{
    const RowCase *c = row_case(_i);
    const KeyRow *row = c->row;
    const Value *xl = key_table_toolstack_default(c->table, c->index, FALSE);
    const Value *xm = key_table_toolstack_default(c->table, c->index, TRUE);
    const Value *absent = NULL;
    ck_assert_int_eq(xl != NULL, row->xl_default != NULL);
    ck_assert_int_eq(xm != NULL, row->xl_default != NULL || row->xm_default != NULL);
    ck_assert_int_eq(key_table_absent(c->table, c->index, &absent), row->seen_absent != NULL);
    ck_assert_int_eq(absent != NULL, row->seen_absent != NULL && *row->seen_absent != '\0');
    ck_assert_msg((row->seen == SEEN_NOWHERE) == (row->seen_path == NULL), "%s: seen", row->name);
    ck_assert_msg(row->seen_path != NULL || (row->seen_words == NULL && row->seen_absent == NULL),
                  "%s: seen how?", row->name);
    guint words = 0;
    while (row->seen_words != NULL && row->seen_words[words] != NULL) {
        words++;
    }
    ck_assert_msg(row->seen_words == NULL || g_strv_length((char **)row->words) == words,
                  "%s: words that are seen", row->name);
    ck_assert_msg(!row->is_numbered || row->type == TYPE_WORD, "%s: numbered", row->name);
}
END_TEST

/* Columns that contradict each other make a row that no loop can serve. */
START_TEST(test_columns_agree)
{
    const KeyRow *row = row_case(_i)->row;
    gboolean has_words = row->type == TYPE_WORD || row->type == TYPE_SWITCH;
    ck_assert_msg(has_words == (row->words != NULL), "%s: words", row->name);
    ck_assert_msg((row->type == TYPE_TABLE) == (row->table != NULL), "%s: table", row->name);
    ck_assert_msg((row->change == CHANGE_LIVE) == (row->live != LIVE_NONE), "%s: live", row->name);
    ck_assert_msg((row->beside == NULL) == (row->xl_name_beside == NULL), "%s: beside", row->name);
    ck_assert_msg(row->beside == NULL || key_table_find(row_case(_i)->table, row->beside) != NULL,
                  "%s: beside what?", row->name);
    ck_assert_msg(row->minimum <= row->maximum, "%s: limits", row->name);
    ck_assert_msg(row->list != LIST_NEVER || row->items_maximum == 0, "%s: items", row->name);
    ck_assert_msg(row->guests <= GUEST_ALL, "%s: guests", row->name);
    ck_assert_msg((row->also_name == NULL) == (row->also_word == NULL), "%s: also", row->name);
    ck_assert_msg(row->also_name == NULL || row->type == TYPE_WORD, "%s: also what?", row->name);
    ck_assert_msg(row->since == 0 || row->since > XEN_RELEASE(4, 1), "%s: since", row->name);
    gboolean is_written = row->xl_name != NULL || row->xm_name != NULL;
    ck_assert_msg(!is_written || row_case(_i)->table != &domain_keys || row->change != CHANGE_NONE,
                  "%s: written, but no change of it ever reaches a domain", row->name);
}
END_TEST

static gboolean has_word(const KeyRow *row, const char *word)
{
    return row->words != NULL && g_strv_contains(row->words, word);
}

/* What a value names in dom0, and which releases of Xen take it for what it means. */
START_TEST(test_columns_of_hosts)
{
    const RowCase *c = row_case(_i);
    const KeyRow *row = c->row;
    gboolean is_text = row->type == TYPE_TEXT || row->type == TYPE_PATH;
    ck_assert_msg(row->in_dom0 == DOM0_UNSAID || is_text, "%s: a name of what?", row->name);
    ck_assert_msg(key_row_in_dom0(row) != DOM0_DISK || c->table == &disk_keys, "%s: disk",
                  row->name);
    ck_assert_msg(key_row_in_dom0(row) != DOM0_BRIDGE || c->table == &vif_keys, "%s: bridge",
                  row->name);
    ck_assert_msg(row->in_guest_beside == NULL ||
                      key_table_find(c->table, row->in_guest_beside) != NULL,
                  "%s: beside what?", row->name);
    ck_assert_msg((row->late_word == NULL) == (row->late_since == 0), "%s: late", row->name);
    ck_assert_msg(row->late_word == NULL || has_word(row, row->late_word), "%s: late what?",
                  row->name);
    ck_assert_msg(row->late_since == 0 || row->late_since > MAX(row->since, XEN_RELEASE_FIRST),
                  "%s: not late", row->name);
    /* A path that a spec names is a file of dom0, unless the row says otherwise. */
    ck_assert_msg(row->type != TYPE_PATH || row->in_dom0 != DOM0_UNSAID ||
                      key_row_in_dom0(row) == DOM0_PROGRAM,
                  "%s: path", row->name);
}
END_TEST

/* What only a device string has, and what it cannot carry: commas, and numbers below 0. */
START_TEST(test_columns_of_devices)
{
    const RowCase *c = row_case(_i);
    const KeyRow *row = c->row;
    gboolean has_flags = row->flags[0] != NULL || row->flags[1] != NULL;
    if (!is_of_devices(c->table)) {
        ck_assert_msg(!has_flags && row->xl_words == NULL && !row->is_last_in_string,
                      "%s: stands in no device string", row->name);
        return;
    }
    ck_assert_msg(row->xl_name != NULL, "%s: is not written", row->name);
    ck_assert_msg(!has_flags || row->type == TYPE_BOOLEAN, "%s: flags", row->name);
    ck_assert_msg(row->list == LIST_NEVER, "%s: a list within a device", row->name);
    ck_assert_msg(row->minimum >= 0, "%s: below 0", row->name);
    ck_assert_msg(row->xl_words == NULL ||
                      g_strv_length((char **)row->xl_words) == g_strv_length((char **)row->words),
                  "%s: not a word of xl for each", row->name);
    if ((row->type == TYPE_TEXT || row->type == TYPE_PATH) && !row->is_last_in_string) {
        assert_refused(c, row->type == TYPE_PATH ? "/a,b" : "a,b");
    }
}
END_TEST

/* xl takes a key that it does not know without a word. */
START_TEST(test_known_to_xl)
{
    const RowCase *c = row_case(_i);
    if (c->table != &domain_keys || c->row->xl_name == NULL) {
        return;
    }
    int found = 0;
    for (guint i = 0; i < G_N_ELEMENTS(xl_names); i++) {
        if (strcmp(xl_names[i].name, c->row->xl_name) == 0) {
            guint since = XEN_RELEASE(4u, xl_names[i].minor);
            found++;
            /* With a second name, older releases are told, too. */
            ck_assert_msg(c->row->also_name != NULL ||
                              MAX(c->row->since, XEN_RELEASE(4, 1)) == since,
                          "%s: xl has it since 4.%u", c->row->name, xl_names[i].minor);
        }
        found += g_strcmp0(xl_names[i].name, c->row->also_name) == 0 ? 1 : 0;
        found += g_strcmp0(xl_names[i].name, c->row->xl_name_beside) == 0 ? 1 : 0;
    }
    int wanted = 1 + (c->row->also_name != NULL) + (c->row->xl_name_beside != NULL);
    ck_assert_msg(found == wanted, "%s: a name that xl does not know", c->row->name);
}
END_TEST

/* What xl has and the table lacks, for which `xen:` is there, is not taken for mistyped. */
START_TEST(test_not_mistyped)
{
    guint count = 0;
    for (guint i = 0; i < G_N_ELEMENTS(xl_names); i++) {
        const char *name = xl_names[i].name;
        if (key_table_find_foreign(&domain_keys, name) == NULL) {
            const char *meant = key_table_suggest_foreign(&domain_keys, name);
            ck_assert_msg(meant == NULL, "%s is taken for %s", name, meant);
            count++;
        }
    }
    ck_assert_uint_gt(count, 0);
    ck_assert_str_eq(key_table_suggest_foreign(&domain_keys, "vpcus"), "vcpus");
    ck_assert_str_eq(key_table_suggest_foreign(&domain_keys, "vifs"), "vifs");
    ck_assert_str_eq(key_table_suggest_foreign(&domain_keys, "on_crsh"), "on_crash");
    ck_assert_ptr_null(key_table_suggest_foreign(&domain_keys, "stop"));
}
END_TEST

/* xm takes a variable that it does not know without a word, too. */
START_TEST(test_known_to_xm)
{
    const RowCase *c = row_case(_i);
    if (c->table != &domain_keys || c->row->xm_name == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(xm_names); i++) {
        if (strcmp(xm_names[i].name, c->row->xm_name) == 0) {
            ck_assert_msg(MAX(c->row->xm_since, XEN_RELEASE(3, 3)) == xm_names[i].release,
                          "%s: xm has it since %u.%u", c->row->name, xm_names[i].release / 100,
                          xm_names[i].release % 100);
            return;
        }
    }
    ck_assert_msg(FALSE, "%s: a name that xm does not know", c->row->name);
}
END_TEST

/* What a row says of xm belongs to something that xm has. */
START_TEST(test_columns_of_xm)
{
    const KeyRow *row = row_case(_i)->row;
    gboolean says_more = row->xm_words != NULL || row->xm_guests != 0 || row->xm_since != 0 ||
                         row->xm_list != XM_LIST_SAME || row->xm_check != NULL;
    ck_assert_msg(row->xm_name != NULL || !says_more, "%s: xm does not have it", row->name);
    ck_assert_msg(row->xm_name == NULL || row->xl_name != NULL, "%s: xl does not have it",
                  row->name);
    ck_assert_msg(row->xm_words == NULL ||
                      g_strv_length((char **)row->xm_words) == g_strv_length((char **)row->words),
                  "%s: not a word of xm for each", row->name);
    ck_assert_msg(row->xm_list == XM_LIST_SAME || row->list != LIST_NEVER, "%s: no list",
                  row->name);
    ck_assert_msg(row->xm_name == NULL || key_row_xm_guests(row) != 0, "%s: no guests", row->name);
    guint guests = row->guests != 0 ? row->guests : GUEST_ALL;
    ck_assert_msg((row->xm_guests & ~guests) == 0, "%s: guests of xm alone", row->name);
    ck_assert_msg(row->xm_check == NULL || row->check != NULL || row->type == TYPE_TEXT,
                  "%s: check", row->name);
}
END_TEST

/* Whatever the guest, a default stands where the row does, and nowhere else. */
START_TEST(test_defaults_of_guests)
{
    static const char *const types[] = {"pv", "pvh", "hvm"};
    const RowCase *c = row_case(_i);
    if (c->table != &domain_keys || c->row->default_text == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *yaml = g_strdup_printf(
            "xensure: 1\nfleet: lab\ndomains: {a: {type: %s, memory: 1, kernel: /k}}\n", types[i]);
        g_autoptr(Problems) problems = problems_new();
        g_autoptr(Spec) spec = spec_from_text("spec", yaml, strlen(yaml), problems);
        ck_assert_uint_eq(problems_count(problems), 0);
        gboolean has_row = c->row->guests == 0 || (c->row->guests & guest_type_of(types[i])) != 0;
        const Value *value = domain_get(spec_find(spec, "a"), c->index);
        ck_assert_msg((value != NULL) == has_row, "%s: %s", c->row->name, types[i]);
    }
}
END_TEST

/* A number as one would write it for this row; NULL: it has none. */
static char *number_text(const KeyRow *row, gint64 number)
{
    switch (row->type) {
    case TYPE_INTEGER:
        return g_strdup_printf("%" G_GINT64_FORMAT, number);
    case TYPE_SIZE_MIB:
        return g_strdup_printf("%" G_GINT64_FORMAT "MiB", number);
    case TYPE_SECONDS:
        return g_strdup_printf("%" G_GINT64_FORMAT "s", number);
    case TYPE_TEXT:
    case TYPE_PATH:
    case TYPE_NAME:
    case TYPE_LABEL:
    case TYPE_WORD:
    case TYPE_TIMESTAMP:
    case TYPE_BOOLEAN:
    case TYPE_SWITCH:
    case TYPE_UUID:
    case TYPE_MAC:
    case TYPE_TABLE:
    case TYPE_RAW_MAP:
    case TYPE_NODE:
        return NULL;
    }
    return NULL;
}

START_TEST(test_limits_of_numbers)
{
    const RowCase *c = row_case(_i);
    const gint64 inside[] = {c->row->minimum, c->row->maximum};
    for (guint i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_autofree char *text = number_text(c->row, inside[i]);
        if (text != NULL) {
            assert_accepted(c, text);
        }
    }
    g_autofree char *under = number_text(c->row, c->row->minimum - 1);
    if (under != NULL) {
        assert_refused(c, under);
    }
    g_autofree char *over = c->row->maximum == G_MAXINT64
                                ? g_strdup("9223372036854775808")
                                : number_text(c->row, c->row->maximum + 1);
    if (over != NULL) {
        assert_refused(c, over);
    }
}
END_TEST

START_TEST(test_length_of_texts)
{
    const RowCase *c = row_case(_i);
    if (c->row->type != TYPE_TEXT && c->row->type != TYPE_PATH) {
        return;
    }
    g_autofree char *longest = g_strnfill((gsize)c->row->maximum, '1');
    if (c->row->type == TYPE_PATH) {
        longest[0] = '/';
    }
    if (c->row->check == NULL || c->row->check(longest) == NULL) {
        assert_accepted(c, longest);
    }
    g_autofree char *over = g_strconcat(longest, "1", NULL);
    assert_refused(c, over);
}
END_TEST

START_TEST(test_words)
{
    /* A switch that can be a list has its words there alone. */
    const RowCase *c = row_case(_i);
    KeyRow item = *c->row;
    RowCase of_item = {c->table, c->index, &item};
    if (item.type == TYPE_SWITCH && item.list != LIST_NEVER) {
        assert_refused(c, item.words[0]);
        item.type = TYPE_WORD;
        c = &of_item;
    }
    for (guint i = 0; c->row->words != NULL && c->row->words[i] != NULL; i++) {
        assert_accepted(c, c->row->words[i]);
        g_autofree char *upper = g_ascii_strup(c->row->words[i], -1);
        assert_refused(c, upper);
        g_autofree char *longer = g_strconcat(c->row->words[i], "x", NULL);
        assert_refused(c, longer);
    }
}
END_TEST

#define PIN_OF(digit) "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" digit "="

/* Adds a value, if the text is one and another than the one before; TEXT may be NULL. */
static void take_value(const RowCase *c, const char *text, Value out[2], guint *count)
{
    Value value = {0};
    g_autofree char *expected =
        *count < 2 && text != NULL ? refusal(c, text, &value) : g_strdup("nothing");
    if (expected == NULL && (*count == 0 || !value_equal(c->table, &out[0], &value))) {
        out[(*count)++] = value;
    }
}

/* Two values of the row, as one would write them; FALSE: it has only one, or none that is a scalar.
 */
static gboolean find_two(const RowCase *c, Value out[2])
{
    static const char *const texts[] = {"a",
                                        "b",
                                        "/a",
                                        "/b",
                                        "true",
                                        "false",
                                        "1",
                                        "2",
                                        "xvda",
                                        "xvdb",
                                        "cd",
                                        "dc",
                                        "0-1",
                                        "0-2",
                                        "127.0.0.1",
                                        "127.0.0.2",
                                        "10Mb/s",
                                        "20Mb/s",
                                        "pygrub",
                                        "pty",
                                        "uefi",
                                        "bios",
                                        "tablet",
                                        "mouse",
                                        "host,a=0",
                                        "host,a=1",
                                        "01:00.0",
                                        "02:00.0",
                                        "2f8-2ff",
                                        "3f8-3ff",
                                        "fe000,1",
                                        "fe001,1",
                                        "nodes=1",
                                        "nodes=2",
                                        "0123456789ABCDEF",
                                        "0123456789ABCDE0",
                                        "a:b:c",
                                        "a:b:d",
                                        "00:16:3e:00:00:01",
                                        "00:16:3e:00:00:02",
                                        "00000000-0000-4000-8000-000000000001",
                                        "00000000-0000-4000-8000-000000000002",
                                        "2027-01-31T00:00:00Z",
                                        "2027-02-01T00:00:00Z",
                                        "/dev/ttyS0",
                                        "https://a.example/b.yaml",
                                        "https://a.example/c/",
                                        "http://a.example:1",
                                        "http://a.example:2",
                                        "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPq",
                                        "RWROKI0dB1zR7CpRvxi8cF33i8XR0KEcZCVH52U57O9CoCX50/B7bFPr",
                                        PIN_OF("A"),
                                        PIN_OF("B"),
                                        "refs/a",
                                        "refs/b"};
    guint count = 0;
    KeyRow item = *c->row;
    item.type = item.type == TYPE_SWITCH ? TYPE_BOOLEAN : item.type;
    const RowCase of_item = {c->table, c->index, &item};
    for (guint i = 0; item.words != NULL && item.words[i] != NULL; i++) {
        take_value(&of_item, item.words[i], out, &count);
    }
    g_autofree char *least = number_text(&item, item.minimum);
    g_autofree char *most = number_text(&item, item.maximum);
    take_value(&of_item, least, out, &count);
    take_value(&of_item, most, out, &count);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        take_value(&of_item, texts[i], out, &count);
    }
    return count == 2;
}

static gboolean is_scalar(const KeyRow *row)
{
    return row->type != TYPE_TABLE && row->type != TYPE_RAW_MAP && row->type != TYPE_NODE;
}

START_TEST(test_compared)
{
    const RowCase *c = row_case(_i);
    const KeyRow *row = c->row;
    Value values[2];
    memset(values, 0, sizeof values);
    gboolean has_one =
        (row->words != NULL && row->words[1] == NULL) || row->minimum == row->maximum;
    if (!is_scalar(row)) {
        return;
    }
    if (!find_two(c, values)) {
        gboolean is_number = row->type == TYPE_INTEGER || row->type == TYPE_WORD;
        ck_assert_msg(is_number && has_one, "%s: no two values are known", row->name);
        return;
    }
    g_autoptr(GString) one = g_string_new(NULL);
    g_autoptr(GString) other = g_string_new(NULL);
    value_format(c->table, &values[0], one);
    value_format(c->table, &values[1], other);
    ck_assert_msg(strcmp(one->str, other->str) != 0, "%s: two values are written as %s", row->name,
                  one->str);
    ck_assert_msg(!value_equal(c->table, &values[0], &values[1]), "%s: %s equals %s", row->name,
                  one->str, other->str);
    ck_assert_msg(!value_equal(c->table, &values[0], NULL), "%s: %s is nothing", row->name,
                  one->str);
    ck_assert(value_equal(c->table, &values[0], &values[0]));
    ck_assert(value_equal(c->table, &values[1], &values[1]));
}
END_TEST

/* No row takes nothing for something. */
START_TEST(test_nothing_is_refused)
{
    static const char *const nothings[] = {"", "~", "null", "Null", "NULL"};
    for (guint i = 0; i < G_N_ELEMENTS(nothings); i++) {
        assert_refused(row_case(_i), nothings[i]);
    }
}
END_TEST

/* Free texts that name nothing of the host, whatever stands in them. */
static const char *const unbound_texts[] = {
    /* for the guest, or for the stub domain of its device model */
    "root", "cmdline", "pvshim_cmdline", "pvshim_extra", "stubdomain_cmdline",
    /* of the guest's own */
    "name", "cpuid"};
/* What speaks of the host, and names no device of it: that is done by another key, which has a
 * bound. */
static const char *const unbound_hosts[] = {"passthrough", "usbctrl", "e820_host", "hostbus",
                                            "hostaddr"};

static gboolean takes(const RowCase *c, const char *text)
{
    Value value = {0};
    g_autofree char *expected = refusal(c, text, &value);
    return expected == NULL;
}

static gboolean is_listed(const char *const *names, guint count, const char *name)
{
    for (guint i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Whatever can name a file or a device of the host has a bound, so that a source that agent.yaml
 * bounds cannot reach it by a key that was forgotten. */
START_TEST(test_bounded)
{
    const RowCase *c = row_case(_i);
    const KeyRow *row = c->row;
    KeyBound bound = key_row_bound(row);
    ck_assert_msg(bound != BOUND_UNSAID, "%s", row->name);
    if (row->xl_name == NULL && row->xm_name == NULL) {
        return;
    }
    ck_assert_msg(row->bound != BOUND_UNSAID || bound != BOUND_NOTHING,
                  "%s of %s: what of dom0 or of other domains does it reach? BOUND(...) or UNBOUND",
                  row->name, c->table->name);
    ck_assert_msg(row->free_texts == NULL || bound == BOUND_DEVICES, "%s: FREE without BOUND",
                  row->name);
    gboolean is_text = row->type == TYPE_TEXT || row->type == TYPE_PATH;
    gboolean takes_path = row->type == TYPE_RAW_MAP ||
                          (is_text && (takes(c, "/etc/shadow") || takes(c, "/dev/sda") ||
                                       takes(c, "file:/etc/shadow") || takes(c, "disk:/dev/sda")));
    ck_assert_msg(!takes_path || bound != BOUND_NOTHING ||
                      is_listed(unbound_texts, G_N_ELEMENTS(unbound_texts), row->name),
                  "%s can name a file of dom0, and no bound holds it: BOUND(...)", row->name);
    ck_assert_msg(strstr(row->doc, "of the host") == NULL || bound != BOUND_NOTHING ||
                      is_listed(unbound_hosts, G_N_ELEMENTS(unbound_hosts), row->name),
                  "%s says 'of the host', and no bound holds it: BOUND(...)", row->name);
    ck_assert_msg(strstr(row->doc, "host's") == NULL || bound != BOUND_NOTHING ||
                      is_listed(unbound_hosts, G_N_ELEMENTS(unbound_hosts), row->name),
                  "%s says 'the host's', and no bound holds it: BOUND(...)", row->name);
}
END_TEST

int main(void)
{
    rows = g_array_new(FALSE, FALSE, sizeof(RowCase));
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        for (guint j = 0; j < tables[i]->count; j++) {
            RowCase c = {tables[i], j, &tables[i]->rows[j]};
            g_array_append_val(rows, c);
        }
    }
    int count = (int)rows->len;
    Suite *suite = suite_create("key_table");
    TCase *tests = tcase_create("rows");
    tcase_add_loop_test(tests, test_documented, 0, count);
    tcase_add_loop_test(tests, test_found_by_name, 0, count);
    tcase_add_loop_test(tests, test_suggested, 0, count);
    tcase_add_loop_test(tests, test_default_reads, 0, count);
    tcase_add_loop_test(tests, test_texts_of_toolstacks_read, 0, count);
    tcase_add_loop_test(tests, test_columns_agree, 0, count);
    tcase_add_loop_test(tests, test_columns_of_devices, 0, count);
    tcase_add_loop_test(tests, test_columns_of_hosts, 0, count);
    tcase_add_loop_test(tests, test_compared, 0, count);
    tcase_add_loop_test(tests, test_known_to_xl, 0, count);
    tcase_add_test(tests, test_not_mistyped);
    tcase_add_loop_test(tests, test_known_to_xm, 0, count);
    tcase_add_loop_test(tests, test_columns_of_xm, 0, count);
    tcase_add_loop_test(tests, test_defaults_of_guests, 0, count);
    tcase_add_loop_test(tests, test_limits_of_numbers, 0, count);
    tcase_add_loop_test(tests, test_length_of_texts, 0, count);
    tcase_add_loop_test(tests, test_words, 0, count);
    tcase_add_loop_test(tests, test_nothing_is_refused, 0, count);
    tcase_add_loop_test(tests, test_bounded, 0, count);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner,
                            CK_NOFORK); /* thousands of small tests: a process each is slow */
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_array_unref(rows);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
