#include "xenbackend/xen_config_text.h"

#include "xenbackend/xen_config_lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    XenConfigValue *value;
    gboolean is_addition;
    int line;
} Setting;

struct XenConfigText {
    char *source;
    GHashTable *settings; /* name -> Setting: the last of each name, which is the one that counts */
};

typedef struct {
    XenConfigLexer lexer;
    XenConfigText *config;
    XenTokenKind token; /* the one to be read next */
    gboolean has_token;
    guint quiet; /* tokens to accept before another syntax error is told (as in a bison parser) */
    guint depth;
} Parser;

static void value_free(gpointer data)
{
    XenConfigValue *value = data;
    if (value == NULL) {
        return;
    }
    g_free(value->text);
    if (value->items != NULL) {
        g_ptr_array_unref(value->items);
    }
    g_free(value);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenConfigValue, value_free)

static void setting_free(gpointer data)
{
    Setting *setting = data;
    value_free(setting->value);
    g_free(setting);
}

static XenTokenKind peek(Parser *parser)
{
    if (!parser->has_token) {
        parser->token = xen_config_lexer_next(&parser->lexer);
        parser->has_token = TRUE;
    }
    return parser->token;
}

static void shift(Parser *parser)
{
    parser->has_token = FALSE;
    if (parser->quiet > 0) {
        parser->quiet--;
    }
}

static const char *token_name(XenTokenKind kind)
{
    switch (kind) {
    case XEN_TOKEN_END:
        return "$end";
    case XEN_TOKEN_IDENTIFIER:
        return "IDENT";
    case XEN_TOKEN_STRING:
        return "STRING";
    case XEN_TOKEN_NUMBER:
        return "NUMBER";
    case XEN_TOKEN_NEWLINE:
        return "NEWLINE";
    case XEN_TOKEN_ADD:
        return "+=";
    case XEN_TOKEN_ASSIGN:
        return "'='";
    case XEN_TOKEN_COMMA:
        return "','";
    case XEN_TOKEN_OPEN:
        return "'['";
    case XEN_TOKEN_CLOSE:
        return "']'";
    case XEN_TOKEN_SEMICOLON:
        return "';'";
    }
    return "";
}

/* Always FALSE, so that a rule can `return refuse(...)`. */
static gboolean refuse(Parser *parser, const char *expected)
{
    if (parser->quiet == 0) {
        g_autofree char *message = g_strdup_printf("syntax error, unexpected %s, expecting %s",
                                                   token_name(peek(parser)), expected);
        xen_config_lexer_report(&parser->lexer, parser->lexer.token_line, message);
    }
    parser->lexer.has_failed = TRUE;
    parser->quiet = 3;
    return FALSE;
}

static XenConfigValue *parse_value(Parser *parser);

static void skip_newlines(Parser *parser)
{
    while (peek(parser) == XEN_TOKEN_NEWLINE) {
        shift(parser);
    }
}

/* After the opening bracket, up to and with the closing one. */
static XenConfigValue *parse_list(Parser *parser)
{
    g_autoptr(XenConfigValue) list = g_new0(XenConfigValue, 1);
    list->is_list = TRUE;
    list->items = g_ptr_array_new_with_free_func(value_free);
    skip_newlines(parser);
    while (peek(parser) == XEN_TOKEN_STRING || peek(parser) == XEN_TOKEN_NUMBER ||
           peek(parser) == XEN_TOKEN_OPEN) {
        XenConfigValue *item = parse_value(parser);
        if (item == NULL) {
            return NULL;
        }
        g_ptr_array_add(list->items, item);
        skip_newlines(parser);
        if (peek(parser) != XEN_TOKEN_COMMA) {
            break;
        }
        shift(parser);
        skip_newlines(parser);
    }
    if (peek(parser) != XEN_TOKEN_CLOSE) {
        refuse(parser, "']'");
        return NULL;
    }
    shift(parser);
    return g_steal_pointer(&list);
}

static XenConfigValue *parse_value(Parser *parser)
{
    switch (peek(parser)) {
    case XEN_TOKEN_STRING:
    case XEN_TOKEN_NUMBER: {
        XenConfigValue *value = g_new0(XenConfigValue, 1);
        value->text = g_steal_pointer(&parser->lexer.value);
        shift(parser);
        return value;
    }
    case XEN_TOKEN_OPEN: {
        if (parser->depth >= XEN_CONFIG_TEXT_DEPTH_MAX) {
            refuse(parser, "fewer nested lists");
            return NULL;
        }
        shift(parser);
        parser->depth++;
        XenConfigValue *list = parse_list(parser);
        parser->depth--;
        return list;
    }
    case XEN_TOKEN_END:
    case XEN_TOKEN_IDENTIFIER:
    case XEN_TOKEN_NEWLINE:
    case XEN_TOKEN_ADD:
    case XEN_TOKEN_ASSIGN:
    case XEN_TOKEN_COMMA:
    case XEN_TOKEN_CLOSE:
    case XEN_TOKEN_SEMICOLON:
        break;
    }
    refuse(parser, "STRING or NUMBER or '['");
    return NULL;
}

/* `+=`: what was there before comes first. */
static gboolean prepend_previous(Parser *parser, Setting *previous, XenConfigValue *value)
{
    if (previous->value->is_list != value->is_list) {
        xen_config_lexer_report_lexical(&parser->lexer,
                                        "can't add [list] to \"string\" or vice versa");
        return FALSE;
    }
    if (!value->is_list) {
        char *joined = g_strconcat(previous->value->text, value->text, NULL);
        g_free(value->text);
        value->text = joined;
        return TRUE;
    }
    GPtrArray *items = g_steal_pointer(&previous->value->items);
    g_ptr_array_extend_and_steal(items, value->items);
    value->items = items;
    previous->value->items = g_ptr_array_new_with_free_func(value_free);
    return TRUE;
}

static void store(Parser *parser, char *name, gboolean is_addition, int line, XenConfigValue *value)
{
    g_autofree char *owned_name = name;
    g_autoptr(XenConfigValue) owned_value = value;
    if (parser->lexer.has_failed) {
        return;
    }
    Setting *previous = g_hash_table_lookup(parser->config->settings, name);
    if (is_addition && previous != NULL && !prepend_previous(parser, previous, value)) {
        return;
    }
    Setting *setting = g_new0(Setting, 1);
    setting->value = g_steal_pointer(&owned_value);
    setting->is_addition = is_addition;
    setting->line = line;
    g_hash_table_replace(parser->config->settings, g_steal_pointer(&owned_name), setting);
}

static gboolean parse_assignment(Parser *parser)
{
    g_autofree char *name = g_steal_pointer(&parser->lexer.value);
    shift(parser);
    XenTokenKind operation = peek(parser);
    if (operation != XEN_TOKEN_ASSIGN && operation != XEN_TOKEN_ADD) {
        return refuse(parser, "+= or '='");
    }
    shift(parser);
    peek(parser);
    int line = parser->lexer.token_line;
    XenConfigValue *value = parse_value(parser);
    if (value == NULL) {
        return FALSE;
    }
    store(parser, g_steal_pointer(&name), operation == XEN_TOKEN_ADD, line, value);
    return TRUE;
}

/* After a syntax error: on with the next line. FALSE: the text ended. */
static gboolean recover(Parser *parser)
{
    while (peek(parser) != XEN_TOKEN_NEWLINE) {
        if (parser->token == XEN_TOKEN_END) {
            return FALSE;
        }
        parser->has_token = FALSE;
    }
    shift(parser);
    return TRUE;
}

static void parse_file(Parser *parser)
{
    for (;;) {
        switch (peek(parser)) {
        case XEN_TOKEN_END:
            return;
        case XEN_TOKEN_NEWLINE:
        case XEN_TOKEN_SEMICOLON:
            shift(parser);
            continue;
        case XEN_TOKEN_IDENTIFIER:
            if (!parse_assignment(parser)) {
                if (!recover(parser)) {
                    return;
                }
                continue;
            }
            if (peek(parser) == XEN_TOKEN_END) {
                return;
            }
            if (peek(parser) != XEN_TOKEN_NEWLINE && peek(parser) != XEN_TOKEN_SEMICOLON) {
                /* xl's parser takes the file for complete here, and cannot recover. */
                refuse(parser, "$end");
                return;
            }
            shift(parser);
            continue;
        case XEN_TOKEN_STRING:
        case XEN_TOKEN_NUMBER:
        case XEN_TOKEN_ADD:
        case XEN_TOKEN_ASSIGN:
        case XEN_TOKEN_COMMA:
        case XEN_TOKEN_OPEN:
        case XEN_TOKEN_CLOSE:
            refuse(parser, "$end or IDENT or NEWLINE or ';'");
            if (!recover(parser)) {
                return;
            }
            continue;
        }
    }
}

XenConfigText *xen_config_text_parse(const char *source, const char *bytes, gsize length,
                                     GString *report)
{
    g_autoptr(XenConfigText) config = g_new0(XenConfigText, 1);
    config->source = g_strdup(source);
    config->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, setting_free);
    if (length > XEN_CONFIG_TEXT_BYTES_MAX) {
        g_string_append_printf(report, "%s: larger than %u bytes\n", source,
                               XEN_CONFIG_TEXT_BYTES_MAX);
        return NULL;
    }
    Parser parser = {.config = config};
    xen_config_lexer_init(&parser.lexer, source, bytes, length, report);
    parse_file(&parser);
    gboolean has_failed = parser.lexer.has_failed;
    if (has_failed && parser.lexer.looks_like_python) {
        g_string_append(report, "warning: Config file looks like it contains Python code.\n"
                                "warning:  Arbitrary Python is no longer supported.\n"
                                "warning:  See https://wiki.xen.org/wiki/PythonInXlConfig\n");
    }
    xen_config_lexer_clear(&parser.lexer);
    return has_failed ? NULL : g_steal_pointer(&config);
}

void xen_config_text_free(XenConfigText *config)
{
    if (config == NULL) {
        return;
    }
    g_hash_table_unref(config->settings);
    g_free(config->source);
    g_free(config);
}

const XenConfigValue *xen_config_text_get(const XenConfigText *config, const char *name)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    return setting == NULL ? NULL : setting->value;
}

G_GNUC_PRINTF(4, 5)
static void warn(const XenConfigText *config, const Setting *setting, GString *report,
                 const char *format, ...)
{
    if (report == NULL) {
        return;
    }
    va_list arguments;
    g_string_append_printf(report, "%s:%d: warning: ", config->source, setting->line);
    va_start(arguments, format);
    g_string_append_vprintf(report, format, arguments);
    va_end(arguments);
    g_string_append_c(report, '\n');
}

static const Setting *get_atom(const XenConfigText *config, const char *name, GString *report)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    if (setting == NULL) {
        return NULL;
    }
    if (setting->value->is_list) {
        warn(config, setting, report, "parameter `%s' is a list but should be a single value",
             name);
        return NULL;
    }
    return setting;
}

const char *xen_config_text_get_string(const XenConfigText *config, const char *name,
                                       GString *report)
{
    const Setting *setting = get_atom(config, name, report);
    return setting == NULL ? NULL : setting->value->text;
}

gboolean xen_config_text_get_long(const XenConfigText *config, const char *name, long *value,
                                  GString *report)
{
    const Setting *setting = get_atom(config, name, report);
    if (setting == NULL) {
        return FALSE;
    }
    if (setting->is_addition) {
        warn(config, setting, report, "can't use += with numbers for parameter `%s'", name);
        return FALSE;
    }
    const char *text = setting->value->text;
    char *after = NULL;
    errno = 0;
    long number = strtol(text, &after, 0);
    if (errno != 0) {
        warn(config, setting, report, "parameter `%s' could not be parsed as a number: %s", name,
             g_strerror(errno));
        return FALSE;
    }
    if (*after != '\0' || after == text) {
        warn(config, setting, report, "parameter `%s' is not a valid number", name);
        return FALSE;
    }
    *value = number;
    return TRUE;
}

GPtrArray *xen_config_text_get_list(const XenConfigText *config, const char *name, GString *report)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    if (setting == NULL) {
        return NULL;
    }
    if (!setting->value->is_list) {
        warn(config, setting, report, "parameter `%s' is a single value but should be a list",
             name);
        return NULL;
    }
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < setting->value->items->len; i++) {
        const XenConfigValue *item = g_ptr_array_index(setting->value->items, i);
        if (item->is_list) {
            break;
        }
        g_ptr_array_add(texts, g_strdup(item->text));
    }
    return texts;
}
