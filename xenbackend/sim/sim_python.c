#include "xenbackend/sim/sim_python.h"

#include <string.h>

typedef struct {
    const char *source;
    const char *at;
    const char *end;
    int line;
    guint depth;
    GString *report;
} Reader;

/* Always FALSE, so that a rule can `return refuse(...)`. */
static gboolean refuse(Reader *reader, const char *expected)
{
    g_string_append_printf(reader->report, "%s:%d: expected %s\n", reader->source, reader->line,
                           expected);
    return FALSE;
}

static char peek(const Reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_line(Reader *reader)
{
    while (reader->at < reader->end && *reader->at != '\n')
        reader->at++;
}

/* Blanks and comments; within brackets, line ends, too. */
static void skip_blanks(Reader *reader)
{
    for (;;) {
        char c = peek(reader);
        if (c == '#') {
            skip_line(reader);
        } else if (c == ' ' || c == '\t' || (c == '\n' && reader->depth > 0)) {
            reader->line += c == '\n';
            reader->at++;
        } else {
            return;
        }
    }
}

static gboolean read_escape(Reader *reader, GString *text)
{
    static const char letters[] = "\\'\"abfnrtv";
    static const char meanings[] = "\\'\"\a\b\f\n\r\t\v";
    char c = peek(reader);
    const char *found = c != '\0' ? strchr(letters, c) : NULL;
    if (found == NULL)
        return refuse(reader, "a plain escape in a text");
    g_string_append_c(text, meanings[found - letters]);
    reader->at++;
    return TRUE;
}

static SimConfigValue *read_text(Reader *reader)
{
    char quote = *reader->at++;
    g_autoptr(GString) text = g_string_new(NULL);
    while (reader->at < reader->end && *reader->at != quote) {
        char c = *reader->at++;
        if (c == '\n' || c == '\0') {
            refuse(reader, "the end of a text in its line");
            return NULL;
        }
        if (c == '\\') {
            if (!read_escape(reader, text))
                return NULL;
        } else {
            g_string_append_c(text, c);
        }
    }
    if (reader->at == reader->end) {
        refuse(reader, "the end of a text");
        return NULL;
    }
    reader->at++;
    SimConfigValue *value = g_new0(SimConfigValue, 1);
    value->text = g_strdup(text->str);
    return value;
}

/* Python takes 010 for an octal number, and 2^31 of a 32-bit host for a long, which xm passes over.
 */
static SimConfigValue *read_number(Reader *reader)
{
    const char *start = reader->at;
    reader->at += peek(reader) == '-';
    const char *digits = reader->at;
    while (g_ascii_isdigit(peek(reader)))
        reader->at++;
    gsize count = (gsize)(reader->at - digits);
    if (count == 0 || count > 10 || (count > 1 && *digits == '0')) {
        refuse(reader, "a plain decimal number");
        return NULL;
    }
    SimConfigValue *value = g_new0(SimConfigValue, 1);
    value->text = g_strndup(start, (gsize)(reader->at - start));
    return value;
}

static SimConfigValue *read_value(Reader *reader);

static SimConfigValue *read_list(Reader *reader)
{
    g_autoptr(SimConfigValue) list = sim_config_list_new();
    if (reader->depth == SIM_CONFIG_DEPTH_MAX) {
        refuse(reader, "fewer nested lists");
        return NULL;
    }
    reader->depth++;
    reader->at++;
    skip_blanks(reader);
    while (peek(reader) != ']') {
        SimConfigValue *item = read_value(reader);
        if (item == NULL)
            return NULL;
        g_ptr_array_add(list->items, item);
        skip_blanks(reader);
        if (peek(reader) == ',') {
            reader->at++;
            skip_blanks(reader);
        } else if (peek(reader) != ']') {
            refuse(reader, "a comma or the end of a list");
            return NULL;
        }
    }
    reader->depth--;
    reader->at++;
    return g_steal_pointer(&list);
}

static SimConfigValue *read_value(Reader *reader)
{
    char c = peek(reader);
    if (c == '[')
        return read_list(reader);
    if (c == '"' || c == '\'')
        return read_text(reader);
    return read_number(reader);
}

static gboolean is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

static gboolean read_assignment(Reader *reader, SimConfig *config)
{
    const char *start = reader->at;
    int line = reader->line;
    while (is_word(peek(reader)))
        reader->at++;
    g_autofree char *name = g_strndup(start, (gsize)(reader->at - start));
    if (*name == '\0' || g_ascii_isdigit(*name))
        return refuse(reader, "a variable at the beginning of a line");
    skip_blanks(reader);
    if (peek(reader) != '=')
        return refuse(reader, "an assignment");
    reader->at++;
    skip_blanks(reader);
    SimConfigValue *value = read_value(reader);
    if (value == NULL)
        return FALSE;
    sim_config_put(config, name, value, line);
    skip_blanks(reader);
    return reader->at == reader->end || peek(reader) == '\n' ||
           refuse(reader, "the end of the line");
}

/* A line of blanks and a comment alone may begin as it likes. */
static gboolean read_line(Reader *reader, SimConfig *config)
{
    const char *start = reader->at;
    skip_blanks(reader);
    if (reader->at < reader->end && peek(reader) != '\n') {
        if (reader->at != start)
            return refuse(reader, "a line that is not indented");
        if (!read_assignment(reader, config))
            return FALSE;
    }
    reader->at += reader->at < reader->end;
    reader->line++;
    return TRUE;
}

SimConfig *sim_python_parse(const char *source, const char *bytes, gsize length, GString *report)
{
    g_autoptr(SimConfig) config = sim_config_new(source);
    Reader reader = {source, bytes, bytes + length, 1, 0, report};
    if (length > SIM_CONFIG_BYTES_MAX) {
        refuse(&reader, "a smaller file");
        return NULL;
    }
    for (gsize i = 0; i < length; i++) {
        if ((guchar)bytes[i] >= 0x80 || bytes[i] == '\0') {
            refuse(&reader, "ASCII alone");
            return NULL;
        }
    }
    while (reader.at < reader.end)
        if (!read_line(&reader, config))
            return NULL;
    return g_steal_pointer(&config);
}
