/* xl's grammar of config files. */
#include "xenbackend/xen_config_lexer.h"
#include "xenbackend/xen_config_text_parts.h"

#include <string.h>

#define SHOWN_MAX 40u /* bytes of a token in a message */

typedef struct {
    XenConfigLexer lexer;
    XenConfigText *config;
    XenConfigCursor cursor;
    XenTokenKind token; /* the one to be read next */
    gboolean has_token;
    guint quiet; /* tokens to accept before another syntax error is told (as in a bison parser) */
    guint depth;
} Parser;

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
    g_autoptr(XenConfigValue) list = xen_config_value_new(XEN_CONFIG_LIST);
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

static XenConfigValue *parse_atom(Parser *parser)
{
    XenConfigValue *value = xen_config_value_new(XEN_CONFIG_ATOM);
    value->is_number = parser->token == XEN_TOKEN_NUMBER;
    value->text = g_steal_pointer(&parser->lexer.value);
    shift(parser);
    return value;
}

static XenConfigValue *parse_nested(Parser *parser)
{
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

static XenConfigValue *parse_value(Parser *parser)
{
    XenTokenKind token = peek(parser);
    gboolean is_atom = token == XEN_TOKEN_STRING || token == XEN_TOKEN_NUMBER;
    if (!is_atom && token != XEN_TOKEN_OPEN) {
        refuse(parser, "STRING or NUMBER or '['");
        return NULL;
    }
    guint line;
    guint column;
    xen_config_cursor_move(&parser->cursor, parser->lexer.text, &line, &column);
    XenConfigValue *value = is_atom ? parse_atom(parser) : parse_nested(parser);
    if (value != NULL) {
        value->line = line;
        value->column = column;
    }
    return value;
}

/* Takes it over. */
static void store(Parser *parser, XenConfigSetting *setting)
{
    if (parser->lexer.has_failed) {
        xen_config_setting_free(setting);
    } else if (!xen_config_text_put(parser->config, setting)) {
        xen_config_lexer_report_lexical(&parser->lexer,
                                        "can't add [list] to \"string\" or vice versa");
    }
}

static gboolean parse_assignment(Parser *parser)
{
    g_autoptr(XenConfigSetting) setting = g_new0(XenConfigSetting, 1);
    xen_config_cursor_move(&parser->cursor, parser->lexer.text, &setting->line, &setting->column);
    setting->name = g_steal_pointer(&parser->lexer.value);
    shift(parser);
    XenTokenKind operation = peek(parser);
    if (operation != XEN_TOKEN_ASSIGN && operation != XEN_TOKEN_ADD) {
        return refuse(parser, "+= or '='");
    }
    shift(parser);
    peek(parser);
    setting->is_addition = operation == XEN_TOKEN_ADD;
    setting->xl_line = parser->lexer.token_line;
    setting->value = parse_value(parser);
    if (setting->value == NULL) {
        return FALSE;
    }
    store(parser, g_steal_pointer(&setting));
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

/* What is told of the first thing that xl's parser says. */
static void describe_trouble(const XenConfigLexer *lexer, const char *bytes,
                             XenConfigTrouble *trouble)
{
    gsize length = lexer->trouble_length;
    const char *text = lexer->trouble_at;
    XenConfigCursor cursor = {bytes, 1, 1};
    xen_config_cursor_move(&cursor, text, &trouble->line, &trouble->column);
    if (length > 0 && memchr(text, '\r', length) != NULL) {
        trouble->message =
            g_strdup("expected a line end that xl knows, found CR LF, which it refuses");
    } else if (length > 0 && text[0] == '#') {
        trouble->message = g_strdup("expected a line end behind a comment, found the end of the "
                                    "file, which xl refuses");
    } else {
        g_autofree char *piece = g_strndup(text, MIN(length, SHOWN_MAX));
        g_strchomp(piece);
        trouble->message =
            *piece != '\0'
                ? g_strdup_printf("expected what xl reads, found '%s': %s", piece, lexer->trouble)
                : g_strdup_printf("expected what xl reads, found something else: %s",
                                  lexer->trouble);
    }
}

gboolean xen_config_parse_xl(XenConfigText *config, const char *source, const char *bytes,
                             gsize length, GString *report, XenConfigTrouble *trouble)
{
    Parser parser = {.config = config, .cursor = {bytes, 1, 1}};
    xen_config_lexer_init(&parser.lexer, source, bytes, length, report);
    parse_file(&parser);
    gboolean has_failed = parser.lexer.has_failed;
    if (has_failed && parser.lexer.looks_like_python) {
        g_string_append(report, "warning: Config file looks like it contains Python code.\n"
                                "warning:  Arbitrary Python is no longer supported.\n"
                                "warning:  See https://wiki.xen.org/wiki/PythonInXlConfig\n");
    }
    if (has_failed) {
        describe_trouble(&parser.lexer, bytes, trouble);
    }
    xen_config_lexer_clear(&parser.lexer);
    return !has_failed;
}
