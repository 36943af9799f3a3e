/* Texts of scalars read as values: numbers, words, names, ... */
#include "spec/text_checks.h"
#include "spec/value_parts.h"

#include <string.h>

/* Reads a scalar. NULL: it is read; else what was expected, and OUT is untouched. NOT_OF_TYPE: it
 * is not such a value at all, and the row describes what was expected. */
typedef const char *(*ScalarReader)(const KeyRow *row, const char *text, GStringChunk *texts,
                                    Value *out);

static const char NOT_OF_TYPE[] = "";

/* Decimal without sign and leading zeros, up to G_MAXINT64. */
static gboolean read_digits(const char *text, gsize length, gint64 *out)
{
    /* What has at most 19 digits cannot overflow before it is compared. */
    if (length == 0 || length > 19 || (text[0] == '0' && length > 1)) {
        return FALSE;
    }
    guint64 number = 0;
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i])) {
            return FALSE;
        }
        number = number * 10 + (guint64)(text[i] - '0');
    }
    if (number > G_MAXINT64) {
        return FALSE;
    }
    *out = (gint64)number;
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

/* Two digits up to a limit. */
static gboolean is_part_of_time(const char *digits, int most)
{
    return g_ascii_isdigit(digits[0]) && g_ascii_isdigit(digits[1]) &&
           g_ascii_digit_value(digits[0]) * 10 + g_ascii_digit_value(digits[1]) <= most;
}

/* "Z", or an offset such as "+01:00". */
static gboolean is_zone(const char *text)
{
    return strcmp(text, "Z") == 0 ||
           ((text[0] == '+' || text[0] == '-') && strlen(text) == strlen("+hh:mm") &&
            is_part_of_time(text + 1, 23) && text[3] == ':' && is_part_of_time(text + 4, 59));
}

static const char *read_timestamp(const KeyRow *row, const char *text, GStringChunk *texts,
                                  Value *out)
{
    (void)row;
    (void)texts;
    /* The reader below takes more forms of ISO 8601 than RFC 3339 has, and seconds beyond 60: ask
     * for the shape first. */
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    for (gsize i = 0; i < sizeof shape - 1; i++) {
        if (shape[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i]) {
            return NOT_OF_TYPE;
        }
    }
    const char *zone = text + sizeof shape - 1;
    if (!is_part_of_time(zone - 2, 59) || !is_zone(zone)) {
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

/* A word alone would be taken for a boolean by xl where it expects a list of such. */
static const char *read_switch(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    const char *expected = read_boolean(row, text, texts, out);
    return expected != NULL && row->list == LIST_NEVER ? read_word(row, text, texts, out)
                                                       : expected;
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

/* Hexadecimal digits in the given shape ('x' is a digit), which become lower case. All zeros stand
 * for "none" in Xen, so they are no identity and no address. */
static const char *read_shape(const char *text, const char *shape, char *lower)
{
    gsize length = strlen(shape);
    if (strlen(text) != length) {
        return NOT_OF_TYPE;
    }
    gboolean is_zero = TRUE;
    for (gsize i = 0; i < length; i++) {
        lower[i] = g_ascii_tolower(text[i]);
        if (shape[i] == 'x' ? !g_ascii_isxdigit(text[i]) : text[i] != shape[i]) {
            return NOT_OF_TYPE;
        }
        is_zero = is_zero && (shape[i] != 'x' || text[i] == '0');
    }
    lower[length] = '\0';
    return is_zero ? "an identity that is not all zeros, which Xen takes for none" : NULL;
}

static const char *read_uuid(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    char lower[sizeof shape];
    (void)row;
    const char *expected = read_shape(text, shape, lower);
    if (expected == NULL) {
        set_text(out, texts, lower);
    }
    return expected;
}

/* xl takes multicast addresses without a word; the guest's packets are then lost. */
static const char *read_mac(const KeyRow *row, const char *text, GStringChunk *texts, Value *out)
{
    static const char shape[] = "xx:xx:xx:xx:xx:xx";
    char lower[sizeof shape];
    (void)row;
    const char *expected = read_shape(text, shape, lower);
    if (expected == NULL && (g_ascii_xdigit_value(text[1]) & 1) != 0) {
        expected = "the MAC address of one card (its first byte is even)";
    }
    if (expected == NULL) {
        set_text(out, texts, lower);
    }
    return expected;
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
    [TYPE_SWITCH] = {read_switch, TRUE},
    [TYPE_UUID] = {read_uuid, TRUE},
    [TYPE_MAC] = {read_mac, TRUE},
    [TYPE_TABLE] = {NULL, FALSE},
    [TYPE_RAW_MAP] = {NULL, FALSE},
    [TYPE_NODE] = {NULL, FALSE},
};

gboolean value_is_nothing(const char *text, gboolean is_plain)
{
    static const char *const words[] = {"null", "Null", "NULL", NULL};
    return is_plain && (text[0] == '\0' || strcmp(text, "~") == 0 ||
                        ((text[0] == 'n' || text[0] == 'N') && g_strv_contains(words, text)));
}

void value_describe_one(const KeyRow *row, GString *out)
{
    KeyRow one = *row;
    one.type = row->type == TYPE_SWITCH && row->list != LIST_NEVER ? TYPE_BOOLEAN : row->type;
    one.list = LIST_NEVER;
    key_row_describe_type(&one, out);
}

static char *describe_scalar(const KeyRow *row, gboolean is_quoted)
{
    GString *description = g_string_new(NULL);
    value_describe_one(row, description);
    if (is_quoted && !scalar_types[row->type].may_be_quoted) {
        g_string_append(description, " (without quotes)");
    }
    return g_string_free(description, FALSE);
}

/* The size that "512M", "512 mb" or "2gib" are meant to be, in words; NULL: none. To be freed. */
static char *suggest_size(const KeyRow *row, const char *text)
{
    gsize digits = strspn(text, "0123456789");
    const char *unit = text + digits + strspn(text + digits, " ");
    gboolean is_unit = *unit != '\0' && strchr("KMGT", g_ascii_toupper(*unit)) != NULL &&
                       (unit[1] == '\0' || g_ascii_strcasecmp(unit + 1, "B") == 0 ||
                        g_ascii_strcasecmp(unit + 1, "iB") == 0);
    g_autofree char *meant =
        is_unit ? g_strdup_printf("%.*s%ciB", (int)digits, text, g_ascii_toupper(*unit)) : NULL;
    Value value = {0};
    return meant != NULL && read_size_mib(row, meant, NULL, &value) == NULL
               ? g_strdup_printf("%s, as sizes are written (a bare number is MiB)", meant)
               : NULL;
}

/* NULL: nothing can stand there. */
static ScalarReader reader_of(const KeyRow *row, gboolean is_plain)
{
    if (is_plain) {
        return scalar_types[row->type].read;
    }
    if (row->type == TYPE_SWITCH) {
        /* In quotes, a boolean is a text. */
        return row->list == LIST_NEVER ? read_word : NULL;
    }
    return scalar_types[row->type].may_be_quoted ? scalar_types[row->type].read : NULL;
}

gboolean value_read_text(const KeyRow *row, const char *text, gboolean is_plain,
                         GStringChunk *texts, Value *out, char **expected)
{
    const char *wanted = NOT_OF_TYPE;
    ScalarReader read = reader_of(row, is_plain);
    if (read != NULL && text[0] != '\0' && !value_is_nothing(text, is_plain)) {
        wanted = read(row, text, texts, out);
    }
    if (wanted == NULL) {
        return TRUE;
    }
    *expected = wanted != NOT_OF_TYPE                    ? g_strdup(wanted)
                : is_plain && row->type == TYPE_SIZE_MIB ? suggest_size(row, text)
                                                         : NULL;
    *expected = *expected != NULL ? *expected : describe_scalar(row, !is_plain);
    return FALSE;
}
