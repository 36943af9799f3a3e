/* What is data in the Python that xm's config files are written in.
 *
 * A statement is a name, '=' or '+=', and a value: a text (pieces beside each other are one), a
 * number, a list, or what xm does not look at (None, True, False, a tuple). A text alone is a
 * comment. Everything else is code. Lexical rules: the Python 2 language reference, chapter 2. */
#include "xenbackend/xen_config_text_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 40u /* bytes of a piece of code in a message */

typedef struct {
    const char *at;
    const char *end;
    guint depth; /* of brackets: within them a line end is a blank */
    XenConfigText *config;
    XenConfigCursor cursor;
    XenConfigTrouble *trouble;
    const char *bytes;
} Reader;

/* ---- refusing ---- */

/* Always FALSE. PLACE may be before the cursor. */
static gboolean refuse(Reader *reader, const char *place, const char *expected)
{
    XenConfigCursor cursor = {reader->bytes, 1, 1};
    gsize length = (gsize)(reader->end - place);
    const char *newline = length > 0 ? memchr(place, '\n', length) : NULL;
    g_autofree char *found =
        g_strndup(place, MIN(newline != NULL ? (gsize)(newline - place) : length, SHOWN_MAX));
    xen_config_cursor_move(&cursor, place, &reader->trouble->line, &reader->trouble->column);
    g_strchomp(found);
    reader->trouble->message =
        *found != '\0'        ? g_strdup_printf("expected %s, found '%s'", expected, found)
        : place < reader->end ? g_strdup_printf("expected %s, found the end of the line", expected)
                              : g_strdup_printf("expected %s, found the end of the file", expected);
    return FALSE;
}

static const char data[] =
    "data (a number, a text in quotes, or a list of such), since nothing of it is executed";

/* ---- characters ---- */

static char peek(const Reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static gboolean is_at_end(const Reader *reader)
{
    return reader->at >= reader->end;
}

static gboolean is_name_start(char letter)
{
    return g_ascii_isalpha(letter) || letter == '_';
}

static gsize measure_name(const Reader *reader)
{
    gsize length = 0;
    while (reader->at + length < reader->end &&
           (is_name_start(reader->at[length]) ||
            (length > 0 && g_ascii_isdigit(reader->at[length])))) {
        length++;
    }
    return length;
}

static gboolean starts_with(const Reader *reader, const char *text)
{
    gsize length = strlen(text);
    return (gsize)(reader->end - reader->at) >= length && memcmp(reader->at, text, length) == 0;
}

/* Blanks, lines that go on behind a backslash, comments, and within brackets line ends. */
static void skip_blanks(Reader *reader)
{
    while (!is_at_end(reader)) {
        if (*reader->at == '#') {
            while (!is_at_end(reader) && *reader->at != '\n') {
                reader->at++;
            }
        } else if (starts_with(reader, "\\\n")) {
            reader->at += 2;
        } else if (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\f' ||
                   (*reader->at == '\n' && reader->depth > 0)) {
            reader->at++;
        } else {
            return;
        }
    }
}

/* ---- texts ---- */

static gboolean append_code(Reader *reader, guint base, guint least, guint most, GString *out)
{
    const char *start = reader->at;
    guint code = 0;
    guint digits = 0;
    for (; digits < most && !is_at_end(reader); digits++) {
        int digit = g_ascii_xdigit_value(*reader->at);
        if (digit < 0 || (guint)digit >= base) {
            break;
        }
        code = code * base + (guint)digit;
        reader->at++;
    }
    if (digits < least || (code & 0xff) == 0) {
        return refuse(reader, start, "an escape that stands for a character");
    }
    g_string_append_c(out, (char)(code & 0xff));
    return TRUE;
}

/* Behind the backslash. What is no escape to Python stays as it is, backslash included. */
static gboolean append_escape(Reader *reader, GString *out)
{
    static const char letters[] = "\\'\"abfnrtv";
    static const char meanings[] = "\\'\"\a\b\f\n\r\t\v";
    char letter = peek(reader);
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (letter >= '0' && letter <= '7') {
        return append_code(reader, 8, 1, 3, out);
    }
    reader->at++;
    if (letter == 'x') {
        return append_code(reader, 16, 2, 2, out);
    }
    if (found != NULL) {
        g_string_append_c(out, meanings[found - letters]);
    } else if (letter != '\n') {
        g_string_append_c(out, '\\');
        g_string_append_c(out, letter);
    }
    return TRUE;
}

/* One text in quotes, of one or of three. */
static gboolean read_piece(Reader *reader, GString *out)
{
    const char *start = reader->at;
    char quote = *start;
    char three[4] = {quote, quote, quote, '\0'};
    gboolean is_long = starts_with(reader, three);
    gsize quotes = is_long ? 3 : 1;
    reader->at += quotes;
    for (;;) {
        if (is_at_end(reader) || (*reader->at == '\n' && !is_long)) {
            return refuse(reader, start, "a text that ends");
        }
        if (is_long ? starts_with(reader, three) : *reader->at == quote) {
            reader->at += quotes;
            return TRUE;
        }
        char letter = *reader->at++;
        if (letter == '\0') {
            return refuse(reader, start, "a text without NUL bytes");
        }
        if (letter != '\\') {
            g_string_append_c(out, letter);
        } else if (is_at_end(reader) || !append_escape(reader, out)) {
            return reader->trouble->message != NULL ? FALSE
                                                    : refuse(reader, start, "a text that ends");
        }
    }
}

static gboolean is_quote(char letter)
{
    return letter == '"' || letter == '\'';
}

/* Texts beside each other are one. */
static gboolean read_text(Reader *reader, XenConfigValue *value)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (is_quote(peek(reader))) {
        if (!read_piece(reader, text)) {
            return FALSE;
        }
        skip_blanks(reader);
    }
    value->kind = XEN_CONFIG_ATOM;
    value->text = g_strdup(text->str);
    return TRUE;
}

/* ---- numbers ---- */

static gsize measure_number(const Reader *reader)
{
    gsize length = 0;
    while (reader->at + length < reader->end &&
           (g_ascii_isalnum(reader->at[length]) || reader->at[length] == '.')) {
        length++;
    }
    return length;
}

/* Decimal, 0x1f, 0o17, and with a leading 0 octal, as the config has it; of a real number without a
 * rest its whole part. */
static gboolean is_number(const char *text, char **canonical)
{
    char *end = NULL;
    *canonical = NULL;
    errno = 0;
    const char *octal = text[0] == '0' && (text[1] == 'o' || text[1] == 'O') ? text + 2 : NULL;
    if (octal != NULL) {
        guint64 number = g_ascii_strtoull(octal, &end, 8);
        *canonical = g_strdup_printf("%" G_GUINT64_FORMAT, number);
        return errno == 0 && end != octal && *end == '\0';
    }
    if (strpbrk(text, ".eE") != NULL && text[1] != 'x' && text[1] != 'X') {
        double number = g_ascii_strtod(text, &end);
        gint64 whole = number >= 0 && number < 1e15 ? (gint64)number : 0;
        gboolean is_whole = (double)whole >= number && (double)whole <= number;
        *canonical = is_whole ? g_strdup_printf("%" G_GINT64_FORMAT, whole) : g_strdup(text);
        return errno == 0 && *end == '\0';
    }
    g_ascii_strtoull(text, &end, 0);
    *canonical = g_strdup(text);
    return errno == 0 && end != text && *end == '\0';
}

static gboolean read_number(Reader *reader, XenConfigValue *value)
{
    const char *start = reader->at;
    gboolean is_negative = *start == '-';
    if (is_negative) {
        reader->at++;
        skip_blanks(reader);
    }
    gsize length = measure_number(reader);
    g_autofree char *written = g_strndup(reader->at, length);
    g_autofree char *canonical = NULL;
    if (!g_ascii_isdigit(written[0]) || !is_number(written, &canonical)) {
        return refuse(reader, start, data);
    }
    reader->at += length;
    value->kind = XEN_CONFIG_ATOM;
    value->is_number = TRUE;
    value->text = g_strconcat(is_negative ? "-" : "", canonical, NULL);
    return TRUE;
}

/* ---- values ---- */

static XenConfigValue *read_value(Reader *reader);

/* The items up to the closing bracket, which is taken, too. *has_comma: one stood between or behind
 * them. */
static gboolean read_items(Reader *reader, char close, GPtrArray *items, gboolean *has_comma)
{
    const char *start = reader->at++;
    *has_comma = FALSE;
    if (reader->depth >= XEN_CONFIG_TEXT_DEPTH_MAX) {
        return refuse(reader, start, "fewer brackets within each other");
    }
    reader->depth++;
    skip_blanks(reader);
    while (peek(reader) != close) {
        XenConfigValue *item = read_value(reader);
        if (item == NULL) {
            return FALSE;
        }
        g_ptr_array_add(items, item);
        skip_blanks(reader);
        if (peek(reader) == ',') {
            *has_comma = TRUE;
            reader->at++;
            skip_blanks(reader);
        } else if (peek(reader) != close) {
            return refuse(reader, reader->at,
                          close == ']' ? "',' or ']' behind an item of data"
                                       : "',' or ')' behind an item of data");
        }
    }
    reader->at++;
    reader->depth--;
    return TRUE;
}

static gboolean read_list(Reader *reader, XenConfigValue *value)
{
    gboolean has_comma;
    value->kind = XEN_CONFIG_LIST;
    value->items = g_ptr_array_new_with_free_func((GDestroyNotify)xen_config_value_free);
    return read_items(reader, ']', value->items, &has_comma);
}

/* A value in brackets is the value; with a comma, or empty, it is a tuple. */
static gboolean read_tuple(Reader *reader, XenConfigValue *value)
{
    const char *start = reader->at;
    gboolean has_comma;
    g_autoptr(GPtrArray) items =
        g_ptr_array_new_with_free_func((GDestroyNotify)xen_config_value_free);
    if (!read_items(reader, ')', items, &has_comma)) {
        return FALSE;
    }
    if (items->len == 1 && !has_comma) {
        XenConfigValue *inner = g_ptr_array_steal_index(items, 0);
        *value = *inner;
        g_free(inner);
    } else {
        value->kind = XEN_CONFIG_NOTHING;
        value->text = g_strndup(start, (gsize)(reader->at - start));
    }
    return TRUE;
}

static gboolean read_word(Reader *reader, XenConfigValue *value)
{
    static const char *const words[] = {"None", "True", "False", NULL};
    gsize length = measure_name(reader);
    g_autofree char *word = g_strndup(reader->at, length);
    if (!g_strv_contains(words, word)) {
        return refuse(reader, reader->at, data);
    }
    reader->at += length;
    value->kind = XEN_CONFIG_NOTHING;
    value->text = g_steal_pointer(&word);
    return TRUE;
}

static XenConfigValue *read_value(Reader *reader)
{
    g_autoptr(XenConfigValue) value = xen_config_value_new(XEN_CONFIG_ATOM);
    guint line;
    guint column;
    char first = peek(reader);
    xen_config_cursor_move(&reader->cursor, reader->at, &line, &column);
    gboolean is_read = is_quote(first)                          ? read_text(reader, value)
                       : first == '['                           ? read_list(reader, value)
                       : first == '('                           ? read_tuple(reader, value)
                       : first == '-' || g_ascii_isdigit(first) ? read_number(reader, value)
                       : is_name_start(first)                   ? read_word(reader, value)
                                                                : refuse(reader, reader->at, data);
    value->line = line;
    value->column = column;
    return is_read ? g_steal_pointer(&value) : NULL;
}

/* ---- statements ---- */

static gboolean read_assignment(Reader *reader)
{
    const char *start = reader->at;
    g_autoptr(XenConfigSetting) setting = g_new0(XenConfigSetting, 1);
    gsize length = measure_name(reader);
    xen_config_cursor_move(&reader->cursor, start, &setting->line, &setting->column);
    setting->name = g_strndup(start, length);
    reader->at += length;
    skip_blanks(reader);
    setting->is_addition = starts_with(reader, "+=");
    if (peek(reader) != '=' && !setting->is_addition) {
        return refuse(reader, start, "NAME = VALUE, since nothing of the file is executed");
    }
    reader->at += setting->is_addition ? 2 : 1;
    skip_blanks(reader);
    setting->value = read_value(reader);
    if (setting->value == NULL) {
        return FALSE;
    }
    const XenConfigValue *previous = xen_config_text_get(reader->config, setting->name);
    if (setting->is_addition && previous == NULL) {
        return refuse(reader, start, "a name that was set before '+='");
    }
    if (setting->is_addition && (previous->is_number || setting->value->is_number)) {
        return refuse(reader, start, "no number beside '+=', since nothing is counted out");
    }
    return xen_config_text_put(reader->config, g_steal_pointer(&setting)) ||
           refuse(reader, start, "texts or lists alone on both sides of '+='");
}

/* A text alone says something to people. */
static gboolean read_comment(Reader *reader)
{
    g_autoptr(XenConfigValue) comment = read_value(reader);
    return comment != NULL;
}

static gboolean read_statement(Reader *reader)
{
    return is_quote(peek(reader))        ? read_comment(reader)
           : is_name_start(peek(reader)) ? read_assignment(reader)
                                         : refuse(reader, reader->at, "NAME = VALUE");
}

/* The statements of a line. */
static gboolean read_line(Reader *reader)
{
    for (;;) {
        if (!read_statement(reader)) {
            return FALSE;
        }
        skip_blanks(reader);
        if (is_at_end(reader) || peek(reader) == '\n') {
            return TRUE;
        }
        if (peek(reader) != ';') {
            return refuse(reader, reader->at,
                          "the end of the line behind a value, since nothing of the file is "
                          "executed");
        }
        reader->at++;
        skip_blanks(reader);
        if (is_at_end(reader) || peek(reader) == '\n') {
            return TRUE;
        }
    }
}

gboolean xen_config_parse_xm(XenConfigText *config, const char *bytes, gsize length,
                             XenConfigTrouble *trouble)
{
    Reader reader = {.at = bytes,
                     .end = bytes + length,
                     .config = config,
                     .cursor = {bytes, 1, 1},
                     .trouble = trouble,
                     .bytes = bytes};
    const char *carriage = length > 0 ? memchr(bytes, '\r', length) : NULL;
    if (carriage != NULL) {
        return refuse(&reader, carriage, "lines that end in a newline alone");
    }
    while (!is_at_end(&reader)) {
        const char *line_start = reader.at;
        skip_blanks(&reader);
        if (peek(&reader) == '\n') {
            reader.at++;
        } else if (!is_at_end(&reader)) {
            if (reader.at != line_start) {
                return refuse(&reader, reader.at, "a statement at the beginning of its line");
            }
            if (!read_line(&reader)) {
                return FALSE;
            }
        }
    }
    return TRUE;
}
