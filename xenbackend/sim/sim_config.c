#include "xenbackend/sim/sim_config.h"

#include "xenbackend/sim/sim_config_lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    SimConfigValue *value;
    gboolean is_addition;
    int line;
} Setting;

struct SimConfig {
    char *source;
    GHashTable *settings; /* name -> Setting: the last of each name, which is the one that counts */
};

typedef struct {
    SimLexer lexer;
    SimConfig *config;
    SimTokenKind token; /* the one to be read next */
    gboolean has_token;
    guint quiet; /* tokens to accept before another syntax error is told (as in a bison parser) */
    guint depth;
} Parser;

void sim_config_value_free(SimConfigValue *value)
{
    if (value == NULL)
        return;
    g_free(value->text);
    if (value->items != NULL)
        g_ptr_array_unref(value->items);
    g_free(value);
}

SimConfigValue *sim_config_list_new(void)
{
    SimConfigValue *list = g_new0(SimConfigValue, 1);
    list->is_list = TRUE;
    list->items = g_ptr_array_new_with_free_func((GDestroyNotify)sim_config_value_free);
    return list;
}

static void setting_free(gpointer data)
{
    Setting *setting = data;
    sim_config_value_free(setting->value);
    g_free(setting);
}

static SimTokenKind peek(Parser *parser)
{
    if (!parser->has_token) {
        parser->token = sim_lexer_next(&parser->lexer);
        parser->has_token = TRUE;
    }
    return parser->token;
}

static void shift(Parser *parser)
{
    parser->has_token = FALSE;
    if (parser->quiet > 0)
        parser->quiet--;
}

static const char *token_name(SimTokenKind kind)
{
    switch (kind) {
    case SIM_TOKEN_END:
        return "$end";
    case SIM_TOKEN_IDENTIFIER:
        return "IDENT";
    case SIM_TOKEN_STRING:
        return "STRING";
    case SIM_TOKEN_NUMBER:
        return "NUMBER";
    case SIM_TOKEN_NEWLINE:
        return "NEWLINE";
    case SIM_TOKEN_ADD:
        return "+=";
    case SIM_TOKEN_ASSIGN:
        return "'='";
    case SIM_TOKEN_COMMA:
        return "','";
    case SIM_TOKEN_OPEN:
        return "'['";
    case SIM_TOKEN_CLOSE:
        return "']'";
    case SIM_TOKEN_SEMICOLON:
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
        sim_lexer_report(&parser->lexer, parser->lexer.token_line, message);
    }
    parser->lexer.has_failed = TRUE;
    parser->quiet = 3;
    return FALSE;
}

static SimConfigValue *parse_value(Parser *parser);

static void skip_newlines(Parser *parser)
{
    while (peek(parser) == SIM_TOKEN_NEWLINE)
        shift(parser);
}

/* After the opening bracket, up to and with the closing one. */
static SimConfigValue *parse_list(Parser *parser)
{
    g_autoptr(SimConfigValue) list = sim_config_list_new();
    skip_newlines(parser);
    while (peek(parser) == SIM_TOKEN_STRING || peek(parser) == SIM_TOKEN_NUMBER ||
           peek(parser) == SIM_TOKEN_OPEN) {
        SimConfigValue *item = parse_value(parser);
        if (item == NULL)
            return NULL;
        g_ptr_array_add(list->items, item);
        skip_newlines(parser);
        if (peek(parser) != SIM_TOKEN_COMMA)
            break;
        shift(parser);
        skip_newlines(parser);
    }
    if (peek(parser) != SIM_TOKEN_CLOSE) {
        refuse(parser, "']'");
        return NULL;
    }
    shift(parser);
    return g_steal_pointer(&list);
}

static SimConfigValue *parse_value(Parser *parser)
{
    switch (peek(parser)) {
    case SIM_TOKEN_STRING:
    case SIM_TOKEN_NUMBER: {
        SimConfigValue *value = g_new0(SimConfigValue, 1);
        value->text = g_steal_pointer(&parser->lexer.value);
        shift(parser);
        return value;
    }
    case SIM_TOKEN_OPEN: {
        if (parser->depth >= SIM_CONFIG_DEPTH_MAX) {
            refuse(parser, "fewer nested lists");
            return NULL;
        }
        shift(parser);
        parser->depth++;
        SimConfigValue *list = parse_list(parser);
        parser->depth--;
        return list;
    }
    case SIM_TOKEN_END:
    case SIM_TOKEN_IDENTIFIER:
    case SIM_TOKEN_NEWLINE:
    case SIM_TOKEN_ADD:
    case SIM_TOKEN_ASSIGN:
    case SIM_TOKEN_COMMA:
    case SIM_TOKEN_CLOSE:
    case SIM_TOKEN_SEMICOLON:
        break;
    }
    refuse(parser, "STRING or NUMBER or '['");
    return NULL;
}

/* `+=`: what was there before comes first. */
static gboolean prepend_previous(Parser *parser, Setting *previous, SimConfigValue *value)
{
    if (previous->value->is_list != value->is_list) {
        sim_lexer_report_lexical(&parser->lexer, "can't add [list] to \"string\" or vice versa");
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
    previous->value->items = g_ptr_array_new_with_free_func((GDestroyNotify)sim_config_value_free);
    return TRUE;
}

static void store(Parser *parser, char *name, gboolean is_addition, int line, SimConfigValue *value)
{
    g_autofree char *owned_name = name;
    g_autoptr(SimConfigValue) owned_value = value;
    if (parser->lexer.has_failed)
        return;
    Setting *previous = g_hash_table_lookup(parser->config->settings, name);
    if (is_addition && previous != NULL && !prepend_previous(parser, previous, value))
        return;
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
    SimTokenKind operation = peek(parser);
    if (operation != SIM_TOKEN_ASSIGN && operation != SIM_TOKEN_ADD)
        return refuse(parser, "+= or '='");
    shift(parser);
    peek(parser);
    int line = parser->lexer.token_line;
    SimConfigValue *value = parse_value(parser);
    if (value == NULL)
        return FALSE;
    store(parser, g_steal_pointer(&name), operation == SIM_TOKEN_ADD, line, value);
    return TRUE;
}

/* After a syntax error: on with the next line. FALSE: the text ended. */
static gboolean recover(Parser *parser)
{
    while (peek(parser) != SIM_TOKEN_NEWLINE) {
        if (parser->token == SIM_TOKEN_END)
            return FALSE;
        parser->has_token = FALSE;
    }
    shift(parser);
    return TRUE;
}

static void parse_file(Parser *parser)
{
    for (;;) {
        switch (peek(parser)) {
        case SIM_TOKEN_END:
            return;
        case SIM_TOKEN_NEWLINE:
        case SIM_TOKEN_SEMICOLON:
            shift(parser);
            continue;
        case SIM_TOKEN_IDENTIFIER:
            if (!parse_assignment(parser)) {
                if (!recover(parser))
                    return;
                continue;
            }
            if (peek(parser) == SIM_TOKEN_END)
                return;
            if (peek(parser) != SIM_TOKEN_NEWLINE && peek(parser) != SIM_TOKEN_SEMICOLON) {
                /* xl's parser takes the file for complete here, and cannot recover. */
                refuse(parser, "$end");
                return;
            }
            shift(parser);
            continue;
        case SIM_TOKEN_STRING:
        case SIM_TOKEN_NUMBER:
        case SIM_TOKEN_ADD:
        case SIM_TOKEN_ASSIGN:
        case SIM_TOKEN_COMMA:
        case SIM_TOKEN_OPEN:
        case SIM_TOKEN_CLOSE:
            refuse(parser, "$end or IDENT or NEWLINE or ';'");
            if (!recover(parser))
                return;
            continue;
        }
    }
}

SimConfig *sim_config_new(const char *source)
{
    SimConfig *config = g_new0(SimConfig, 1);
    config->source = g_strdup(source);
    config->settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, setting_free);
    return config;
}

void sim_config_put(SimConfig *config, const char *name, SimConfigValue *value, int line)
{
    Setting *setting = g_new0(Setting, 1);
    setting->value = value;
    setting->line = line;
    g_hash_table_replace(config->settings, g_strdup(name), setting);
}

SimConfig *sim_config_parse(const char *source, const char *bytes, gsize length, GString *report)
{
    g_autoptr(SimConfig) config = sim_config_new(source);
    if (length > SIM_CONFIG_BYTES_MAX) {
        g_string_append_printf(report, "%s: larger than %u bytes\n", source, SIM_CONFIG_BYTES_MAX);
        return NULL;
    }
    Parser parser = {.config = config};
    sim_lexer_init(&parser.lexer, source, bytes, length, report);
    parse_file(&parser);
    gboolean has_failed = parser.lexer.has_failed;
    if (has_failed && parser.lexer.looks_like_python)
        g_string_append(report, "warning: Config file looks like it contains Python code.\n"
                                "warning:  Arbitrary Python is no longer supported.\n"
                                "warning:  See https://wiki.xen.org/wiki/PythonInXlConfig\n");
    sim_lexer_clear(&parser.lexer);
    return has_failed ? NULL : g_steal_pointer(&config);
}

void sim_config_free(SimConfig *config)
{
    if (config == NULL)
        return;
    g_hash_table_unref(config->settings);
    g_free(config->source);
    g_free(config);
}

const SimConfigValue *sim_config_get(const SimConfig *config, const char *name)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    return setting == NULL ? NULL : setting->value;
}

G_GNUC_PRINTF(4, 5)
static void warn(const SimConfig *config, const Setting *setting, GString *report,
                 const char *format, ...)
{
    if (report == NULL)
        return;
    va_list arguments;
    g_string_append_printf(report, "%s:%d: warning: ", config->source, setting->line);
    va_start(arguments, format);
    g_string_append_vprintf(report, format, arguments);
    va_end(arguments);
    g_string_append_c(report, '\n');
}

static const Setting *get_atom(const SimConfig *config, const char *name, GString *report)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    if (setting == NULL)
        return NULL;
    if (setting->value->is_list) {
        warn(config, setting, report, "parameter `%s' is a list but should be a single value",
             name);
        return NULL;
    }
    return setting;
}

const char *sim_config_get_string(const SimConfig *config, const char *name, GString *report)
{
    const Setting *setting = get_atom(config, name, report);
    return setting == NULL ? NULL : setting->value->text;
}

gboolean sim_config_get_long(const SimConfig *config, const char *name, long *value,
                             GString *report)
{
    const Setting *setting = get_atom(config, name, report);
    if (setting == NULL)
        return FALSE;
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

GPtrArray *sim_config_get_list(const SimConfig *config, const char *name, GString *report)
{
    const Setting *setting = g_hash_table_lookup(config->settings, name);
    if (setting == NULL)
        return NULL;
    if (!setting->value->is_list) {
        warn(config, setting, report, "parameter `%s' is a single value but should be a list",
             name);
        return NULL;
    }
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < setting->value->items->len; i++) {
        const SimConfigValue *item = g_ptr_array_index(setting->value->items, i);
        if (item->is_list)
            break;
        g_ptr_array_add(texts, g_strdup(item->text));
    }
    return texts;
}
