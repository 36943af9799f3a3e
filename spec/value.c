#include "spec/value.h"

#include "spec/settings.h"
#include "spec/text_checks.h"

#include <string.h>

/* What is wrong with a scalar: NULL for "not such a value at all", whose expectation the row
 * describes. */
typedef const char *(*ScalarReader)(const KeyRow *row, const char *text, GStringChunk *texts,
                                    Value *out);

static const char NOT_OF_TYPE[] = "";

/* Decimal without sign and leading zeros, at most 18 digits. */
static gboolean read_digits(const char *text, gsize length, gint64 *out)
{
    if (length == 0 || length > 18 || (text[0] == '0' && length > 1)) {
        return FALSE;
    }
    gint64 number = 0;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i])) {
            return FALSE;
        }
        number = number * 10 + (text[i] - '0');
    }
    *out = number;
    return TRUE;
}

static const char *within_limits(const KeyRow *row, gint64 number, Value *out)
{
    if (number < row->minimum || number > row->maximum) {
        return NOT_OF_TYPE;
    }
    out->integer = number;
    out->form = FORM_INTEGER;
    return NULL;
}

static const char *read_integer(const KeyRow *row, const char *text, GStringChunk *texts,
                                Value *out)
{
    (void)texts;
    gboolean is_negative = text[0] == '-' && row->minimum < 0;
    const char *digits = is_negative ? text + 1 : text;
    gint64 number;
    if (!read_digits(digits, strlen(digits), &number)) {
        return NOT_OF_TYPE;
    }
    return within_limits(row, is_negative ? -number : number, out);
}

static const char *read_size_mib(const KeyRow *row, const char *text, GStringChunk *texts,
                                 Value *out)
{
    static const struct {
        const char *unit;
        guint shift;
    } units[] = {{"", 20}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
    (void)texts;
    gsize digits = strspn(text, "0123456789");
    gint64 number;
    if (!read_digits(text, digits, &number)) {
        return NOT_OF_TYPE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(text + digits, units[i].unit) != 0) {
            continue;
        }
        if (units[i].shift >= 20) {
            guint shift = units[i].shift - 20;
            if (number > (G_MAXINT64 >> shift)) {
                return NOT_OF_TYPE;
            }
            return within_limits(row, number << shift, out);
        }
        gint64 in_one_mib = (gint64)1 << (20 - units[i].shift);
        if (number % in_one_mib != 0) {
            return "a whole number of MiB";
        }
        return within_limits(row, number / in_one_mib, out);
    }
    return NOT_OF_TYPE;
}

static const char *read_seconds(const KeyRow *row, const char *text, GStringChunk *texts,
                                Value *out)
{
    (void)texts;
    gsize digits = strspn(text, "0123456789");
    gint64 number;
    if (!read_digits(text, digits, &number) || text[digits] == '\0' || text[digits + 1] != '\0') {
        return NOT_OF_TYPE;
    }
    gint64 unit = 0;
    switch (text[digits]) {
    case 's':
        unit = 1;
        break;
    case 'm':
        unit = 60;
        break;
    case 'h':
        unit = 3600;
        break;
    case 'd':
        unit = 86400;
        break;
    default:
        return NOT_OF_TYPE;
    }
    if (number > G_MAXINT64 / unit) {
        return NOT_OF_TYPE;
    }
    return within_limits(row, number * unit, out);
}

static const char *read_timestamp(const KeyRow *row, const char *text, GStringChunk *texts,
                                  Value *out)
{
    (void)row;
    (void)texts;
    /* The reader below takes more forms of ISO 8601 than RFC 3339 has: ask for its shape first. */
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    for (gsize i = 0; i < sizeof shape - 1; i++) {
        if (shape[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i]) {
            return NOT_OF_TYPE;
        }
    }
    const char *zone = text + sizeof shape - 1;
    gboolean is_offset = (zone[0] == '+' || zone[0] == '-') && strlen(zone) == 6 && zone[3] == ':';
    if (strcmp(zone, "Z") != 0 && !is_offset) {
        return NOT_OF_TYPE;
    }
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    if (time == NULL) {
        return NOT_OF_TYPE;
    }
    out->integer = g_date_time_to_unix(time);
    out->form = FORM_INTEGER;
    return NULL;
}

static const char *read_boolean(const KeyRow *row, const char *text, GStringChunk *texts,
                                Value *out)
{
    (void)row;
    (void)texts;
    gboolean is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0) {
        return NOT_OF_TYPE;
    }
    out->integer = is_true;
    out->form = FORM_INTEGER;
    return NULL;
}

static void set_text(Value *out, GStringChunk *texts, const char *text)
{
    out->text = g_string_chunk_insert(texts, text);
    out->form = FORM_TEXT;
}

static const char *read_word(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    (void)texts;
    for (guint i = 0; row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], text) == 0) {
            out->text = row->words[i];
            out->form = FORM_TEXT;
            return NULL;
        }
    }
    return NOT_OF_TYPE;
}

static const char *read_text(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    if (strlen(text) > (gsize)row->maximum) {
        return NOT_OF_TYPE;
    }
    if (strpbrk(text, "\n\t") != NULL) {
        return "a text in one line without tabs";
    }
    const char *expected = row->check != NULL ? row->check(text) : NULL;
    if (expected == NULL) {
        set_text(out, texts, text);
    }
    return expected;
}

static const char *read_path(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    const char *expected = check_path(text);
    return expected != NULL ? expected : read_text(row, text, texts, out);
}

static const char *read_name(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    (void)row;
    const char *expected = check_domain_name(text);
    if (expected == NULL) {
        set_text(out, texts, text);
    }
    return expected;
}

static const char *read_label(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    (void)row;
    const char *expected = check_label(text);
    if (expected == NULL) {
        set_text(out, texts, text);
    }
    return expected;
}

/* Hexadecimal digits in the given shape ('x' is a digit); the lower-case form goes to `out`. */
static gboolean read_shape(const char *text, const char *shape, GStringChunk *texts, Value *out)
{
    char lower[64];
    gsize length = strlen(shape);
    if (strlen(text) != length) {
        return FALSE;
    }
    gboolean is_zero = TRUE;
    for (gsize i = 0; i < length; i++) {
        lower[i] = g_ascii_tolower(text[i]);
        if (shape[i] == 'x' ? !g_ascii_isxdigit(text[i]) : text[i] != shape[i]) {
            return FALSE;
        }
        is_zero = is_zero && (shape[i] != 'x' || text[i] == '0');
    }
    lower[length] = '\0';
    if (!is_zero) {
        set_text(out, texts, lower);
    }
    return !is_zero;
}

static const char *read_uuid(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    (void)row;
    return read_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", texts, out) ? NULL
                                                                                : NOT_OF_TYPE;
}

/* xl takes an all-zero address for "none given" and multicast ones without a word. */
static const char *read_mac(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    (void)row;
    Value read = *out;
    if (!read_shape(text, "xx:xx:xx:xx:xx:xx", texts, &read)) {
        return NOT_OF_TYPE;
    }
    if ((g_ascii_xdigit_value(text[1]) & 1) != 0) {
        return "the MAC address of one card (the first byte is even)";
    }
    *out = read;
    return NULL;
}

static const struct {
    ScalarReader read;
    gboolean may_be_quoted;
} scalar_types[] = {
    [TYPE_TEXT] = {read_text, TRUE},
    [TYPE_PATH] = {read_path, TRUE},
    [TYPE_NAME] = {read_name, TRUE},
    [TYPE_LABEL] = {read_label, TRUE},
    [TYPE_WORD] = {read_word, TRUE},
    [TYPE_INTEGER] = {read_integer, FALSE},
    [TYPE_SIZE_MIB] = {read_size_mib, FALSE},
    [TYPE_SECONDS] = {read_seconds, FALSE},
    [TYPE_TIMESTAMP] = {read_timestamp, FALSE},
    [TYPE_BOOLEAN] = {read_boolean, FALSE},
    [TYPE_UUID] = {read_uuid, TRUE},
    [TYPE_MAC] = {read_mac, TRUE},
    [TYPE_TABLE] = {NULL, FALSE},
    [TYPE_RAW_MAP] = {NULL, FALSE},
    [TYPE_NODE] = {NULL, FALSE},
};

gboolean value_read_text(const KeyRow *row, const char *text, gboolean is_plain,
                         GStringChunk *texts, Value *out, char **expected)
{
    const char *wanted = NOT_OF_TYPE;
    gboolean is_empty =
        text[0] == '\0' || (is_plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
                                         strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0));
    if (!is_empty && scalar_types[row->type].read != NULL &&
        (is_plain || scalar_types[row->type].may_be_quoted)) {
        Value read = {0};
        wanted = scalar_types[row->type].read(row, text, texts, &read);
        if (wanted == NULL) {
            read.where = out->where;
            read.key = out->key;
            *out = read;
            return TRUE;
        }
    }
    if (wanted != NOT_OF_TYPE) {
        *expected = g_strdup(wanted);
        return FALSE;
    }
    GString *description = g_string_new(NULL);
    KeyRow one = *row;
    one.list = LIST_NEVER;
    key_row_describe_type(&one, description);
    if (!is_plain && !is_empty && !scalar_types[row->type].may_be_quoted) {
        g_string_append(description, " (without quotes)");
    }
    *expected = g_string_free(description, FALSE);
    return FALSE;
}

static gboolean refuse(const ValueReader *reader, const YamlNode *node, const char *expected)
{
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->tree, node, found);
    return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                        "expected %s, found %s", expected, found->str);
}

static gboolean read_scalar(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                            Value *out)
{
    g_autofree char *expected = NULL;
    if (node->kind != YAML_SCALAR) {
        g_autoptr(GString) description = g_string_new(NULL);
        KeyRow one = *row;
        one.list = LIST_NEVER;
        key_row_describe_type(&one, description);
        return refuse(reader, node, description->str);
    }
    out->where = yaml_tree_position(reader->tree, node);
    if (!value_read_text(row, node->text, node->is_plain, reader->texts, out, &expected)) {
        return refuse(reader, node, expected);
    }
    return TRUE;
}

static gboolean read_one(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                         Value *out)
{
    if (row->type != TYPE_TABLE) {
        return read_scalar(reader, row, node, out);
    }
    if (node->kind != YAML_MAPPING) {
        g_autofree char *expected = g_strdup_printf("%s (a mapping)", row->table->name);
        return refuse(reader, node, expected);
    }
    out->table = settings_read(reader, row->table, node, FALSE);
    out->form = FORM_TABLE;
    out->where = yaml_tree_position(reader->tree, node);
    return TRUE;
}

static gboolean read_list(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                          Value *out)
{
    if (node->kind != YAML_SEQUENCE) {
        return refuse(reader, node, "a list");
    }
    guint limit = row->items_maximum != 0 ? row->items_maximum : LIST_ITEMS_MAX;
    if (node->count > limit) {
        return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                            "expected at most %u items, found %u", limit, node->count);
    }
    Value list = {
        .where = yaml_tree_position(reader->tree, node), .key = out->key, .form = FORM_LIST};
    list.items = g_new0(Value, MAX(node->count, 1));
    gboolean is_good = TRUE;
    YAML_FOREACH (reader->tree, node, item) {
        Value *slot = &list.items[list.count];
        if (read_one(reader, row, item, slot)) {
            list.count++;
        } else {
            is_good = FALSE;
        }
    }
    if (!is_good) {
        value_clear(&list);
        return FALSE;
    }
    *out = list;
    return TRUE;
}

/* A raw value is a text, an integer, true or false (which xl writes 1 and 0), or a list of those.
 */
static gboolean read_raw_scalar(const ValueReader *reader, const YamlNode *node, Value *out)
{
    static const KeyRow raw[] = {
        {.type = TYPE_INTEGER, .minimum = 0, .maximum = G_MAXINT64},
        {.type = TYPE_BOOLEAN},
        {.type = TYPE_TEXT, .minimum = 1, .maximum = TEXT_MAX},
    };
    out->where = yaml_tree_position(reader->tree, node);
    g_autofree char *expected = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(raw); i++) {
        g_clear_pointer(&expected, g_free);
        if (value_read_text(&raw[i], node->text, node->is_plain, reader->texts, out, &expected)) {
            return TRUE;
        }
    }
    return refuse(reader, node, expected);
}

static gboolean read_raw(const ValueReader *reader, const YamlNode *node, Value *out)
{
    if (node->kind == YAML_SCALAR) {
        return read_raw_scalar(reader, node, out);
    }
    if (node->kind != YAML_SEQUENCE || node->count > LIST_ITEMS_MAX) {
        return refuse(reader, node, "a text, an integer or a list of such");
    }
    Value list = {.form = FORM_LIST, .where = yaml_tree_position(reader->tree, node)};
    list.items = g_new0(Value, MAX(node->count, 1));
    YAML_FOREACH (reader->tree, node, item) {
        if (item->kind != YAML_SCALAR ? !refuse(reader, item, "a text or an integer")
                                      : !read_raw_scalar(reader, item, &list.items[list.count])) {
            value_clear(&list);
            return FALSE;
        }
        list.count++;
    }
    *out = list;
    return TRUE;
}

/* xl's lexer: Xen tools/libs/util/libxlu_cfg_l.l. */
static gboolean is_raw_key(const char *text)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._") == strlen(text);
}

static const KeyRow *row_that_writes(const char *xl_name)
{
    for (guint i = 0; i < domain_keys.count; i++) {
        const KeyRow *row = &domain_keys.rows[i];
        if (g_strcmp0(row->xl_name, xl_name) == 0 || g_strcmp0(row->xl_name_beside, xl_name) == 0) {
            return row;
        }
    }
    return NULL;
}

static gboolean check_raw_key(const ValueReader *reader, const YamlNode *node)
{
    if (!is_raw_key(node->text)) {
        return refuse(reader, node, "a key of xl.cfg (lower-case letters, digits, '_' and '.')");
    }
    const KeyRow *row = row_that_writes(node->text);
    if (row != NULL || strcmp(node->text, "name") == 0) {
        return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                            "expected a key that xensure has no name for, found '%s', which is "
                            "written for '%s'",
                            node->text, row != NULL ? row->name : "the domain's name");
    }
    return TRUE;
}

static gboolean read_raw_map(const ValueReader *reader, const YamlNode *node, Value *out)
{
    if (node->kind != YAML_MAPPING) {
        return refuse(reader, node, "a mapping of xl.cfg's keys");
    }
    Value map = {
        .where = yaml_tree_position(reader->tree, node), .key = out->key, .form = FORM_MAP};
    map.items = g_new0(Value, MAX(node->count, 1));
    gboolean is_good = TRUE;
    const YamlNode *key = yaml_tree_first(reader->tree, node);
    while (key != NULL) {
        const YamlNode *value = yaml_tree_next(reader->tree, key);
        Value *pair = &map.items[map.count];
        if (check_raw_key(reader, key) && read_raw(reader, value, &pair[1])) {
            set_text(&pair[0], reader->texts, key->text);
            pair[0].where = yaml_tree_position(reader->tree, key);
            map.count += 2;
        } else {
            is_good = FALSE;
        }
        key = yaml_tree_next(reader->tree, value);
    }
    if (!is_good) {
        value_clear(&map);
        return FALSE;
    }
    *out = map;
    return TRUE;
}

gboolean value_read(const ValueReader *reader, const KeyRow *row, const YamlNode *node, Value *out)
{
    if (row->type == TYPE_NODE) {
        return FALSE;
    }
    if (row->type == TYPE_RAW_MAP) {
        return read_raw_map(reader, node, out);
    }
    if (row->list == LIST_ALWAYS || (row->list == LIST_OR_ONE && node->kind == YAML_SEQUENCE)) {
        return read_list(reader, row, node, out);
    }
    return read_one(reader, row, node, out);
}
