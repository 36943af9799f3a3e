#include "xenbackend/xen_config_lexer.h"

#include <stdlib.h>
#include <string.h>

void xen_config_lexer_init(XenConfigLexer *lexer, const char *source, const char *bytes,
                           gsize length, GString *report)
{
    *lexer = (XenConfigLexer){.source = source,
                              .report = report,
                              .next = bytes,
                              .end = bytes + length,
                              .line = 1,
                              .token_line = 1,
                              .error_line = -1};
}

void xen_config_lexer_clear(XenConfigLexer *lexer)
{
    g_clear_pointer(&lexer->value, g_free);
    g_clear_pointer(&lexer->trouble, g_free);
}

/* Xen libxlu_cfg.c:xlu__cfg_yyerror, with its way of counting the line of a newline. */
void xen_config_lexer_report(XenConfigLexer *lexer, int line, const char *message)
{
    lexer->has_failed = TRUE;
    if (lexer->trouble == NULL) {
        lexer->trouble = g_strdup(message);
        lexer->trouble_at = lexer->text;
        lexer->trouble_length = lexer->text_length;
    }
    if (line <= lexer->error_line) {
        return;
    }
    gsize length = lexer->text_length;
    const char *newline = "";
    if (length > 0 && lexer->text[length - 1] == '\n') {
        length--;
        line--;
        if (length == 0) {
            newline = "<newline>";
        }
    }
    while (length > 0 && (lexer->text[length - 1] == '\t' || lexer->text[length - 1] == ' ')) {
        length--;
    }
    gboolean is_quoted = length > 0 || lexer->is_at_end;
    g_string_append_printf(lexer->report, "%s:%d: config parsing error near %s", lexer->source,
                           line, is_quoted ? "`" : "");
    g_string_append_len(lexer->report, lexer->text, (gssize)strnlen(lexer->text, length));
    g_string_append_printf(lexer->report, "%s%s: %s\n", is_quoted ? "'" : "", newline, message);
}

void xen_config_lexer_report_lexical(XenConfigLexer *lexer, const char *message)
{
    xen_config_lexer_report(lexer, lexer->line, message);
    lexer->error_line = lexer->line;
}

/* The number after a backslash. xl reads it (decimal, although it calls it octal), steps over it
 * and then forgets to emit the character: the escape vanishes. */
static gboolean skip_octal_escape(const char **next, const char *end)
{
    char digits[4] = "";
    for (gsize i = 0; i < 3 && *next + i < end; i++) {
        digits[i] = (*next)[i];
    }
    char *after = digits;
    (void)strtoul(digits, &after, 10);
    if (after <= digits + 1) {
        return FALSE;
    }
    *next += after - digits;
    return TRUE;
}

static int simple_escape(char letter)
{
    static const char letters[] = "\"'\\abfnrtv";
    static const char meanings[] = "\"'\\\a\b\f\n\r\t\v";
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    return found != NULL ? meanings[found - letters] : -1;
}

/* Xen libxlu_cfg.c:xlu__cfgl_dequote. */
static char *dequote(XenConfigLexer *lexer)
{
    GString *value = g_string_sized_new(lexer->text_length);
    const char *next = lexer->text + 1;
    const char *end = lexer->text + lexer->text_length - 1;
    while (next < end && !lexer->has_failed) {
        char letter = *next++;
        if (letter != '\\') {
            g_string_append_c(value, letter);
            continue;
        }
        letter = *next++;
        int meaning = simple_escape(letter);
        if (meaning >= 0) {
            g_string_append_c(value, (char)meaning);
        } else if (letter == 'x') {
            xen_config_lexer_report_lexical(lexer,
                                            "invalid digit after backslash hexnumerical character "
                                            "escape in quoted string");
        } else if (letter < '0' || letter > '7') {
            xen_config_lexer_report_lexical(lexer,
                                            "invalid character after backlash in quoted string");
        } else if (!skip_octal_escape(&next, end + 1)) {
            xen_config_lexer_report_lexical(lexer, "invalid digit after backslash octalnumerical "
                                                   "character escape in quoted string");
        }
    }
    return g_string_free(value, FALSE);
}

static gboolean is_lower(char letter)
{
    return letter >= 'a' && letter <= 'z';
}

static gboolean is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

/* How far a quoted string reaches, quotes included; 0: it does not end on its line. */
static gsize measure_string(const char *text, const char *end)
{
    char quote = *text;
    for (const char *p = text + 1; p < end && *p != '\n'; p++) {
        if (*p == quote) {
            return (gsize)(p - text) + 1;
        }
        if (*p == '\\') {
            p++;
            if (p >= end || *p == '\n') {
                return 0;
            }
        }
    }
    return 0;
}

static XenTokenKind accept(XenConfigLexer *lexer, gsize length, XenTokenKind kind)
{
    lexer->text = lexer->next;
    lexer->text_length = length;
    lexer->next += length;
    lexer->token_line = lexer->line;
    return kind;
}

static XenTokenKind accept_newline(XenConfigLexer *lexer, gsize length)
{
    accept(lexer, length, XEN_TOKEN_NEWLINE);
    lexer->line++;
    return XEN_TOKEN_NEWLINE;
}

static XenTokenKind accept_end(XenConfigLexer *lexer)
{
    lexer->text = lexer->end;
    lexer->text_length = 0;
    lexer->is_at_end = TRUE;
    return XEN_TOKEN_END;
}

/* A character that begins nothing: it is an error up to the next blank. TRUE: *KIND is to be
 * returned (the line or the text ended), FALSE: reading goes on after the bad piece. */
static gboolean take_bad_text(XenConfigLexer *lexer, XenTokenKind *kind)
{
    const char *start = lexer->next;
    if (memchr("+-.():,", *start, 7) != NULL) {
        lexer->looks_like_python = TRUE;
    }
    const char *after = start + 1;
    if (after == lexer->end) {
        /* xl's scanner ends here without a word. */
        *kind = accept_end(lexer);
        lexer->next = after;
        lexer->text = start;
        lexer->text_length = 1;
        return TRUE;
    }
    lexer->text = start;
    if (*after == '\n') {
        lexer->text_length = 2;
        lexer->next = after + 1;
        lexer->line++;
        xen_config_lexer_report_lexical(lexer, "lexical error");
        lexer->token_line = lexer->line;
        *kind = XEN_TOKEN_NEWLINE;
        return TRUE;
    }
    if (*after == ' ' || *after == '\t') {
        after++;
    } else {
        while (after < lexer->end && *after != ' ' && *after != '\t' && *after != '\n') {
            after++;
        }
    }
    lexer->text_length = (gsize)(after - start);
    lexer->next = after;
    xen_config_lexer_report_lexical(lexer, "lexical error");
    return FALSE;
}

static XenTokenKind accept_word(XenConfigLexer *lexer, gsize length, XenTokenKind kind)
{
    accept(lexer, length, kind);
    g_free(lexer->value);
    lexer->value =
        kind == XEN_TOKEN_STRING ? dequote(lexer) : g_strndup(lexer->text, lexer->text_length);
    return kind;
}

/* The token that begins at `next`, or -1 when nothing does. */
static int take_token(XenConfigLexer *lexer)
{
    const char *start = lexer->next;
    gsize length = 1;
    gsize left = (gsize)(lexer->end - start);
    if (is_lower(*start)) {
        while (length < left && (is_lower(start[length]) || is_digit(start[length]) ||
                                 start[length] == '.' || start[length] == '_')) {
            length++;
        }
        return (int)accept_word(lexer, length, XEN_TOKEN_IDENTIFIER);
    }
    if (is_digit(*start)) {
        while (length < left && (is_digit(start[length]) || start[length] == 'x' ||
                                 (start[length] >= 'a' && start[length] <= 'f'))) {
            length++;
        }
        return (int)accept_word(lexer, length, XEN_TOKEN_NUMBER);
    }
    switch (*start) {
    case '\n':
        return (int)accept_newline(lexer, 1);
    case '#': {
        const char *newline = memchr(start, '\n', left);
        return newline == NULL ? -1 : (int)accept_newline(lexer, (gsize)(newline - start) + 1);
    }
    case '"':
    case '\'':
        length = measure_string(start, lexer->end);
        return length == 0 ? -1 : (int)accept_word(lexer, length, XEN_TOKEN_STRING);
    case ',':
        return (int)accept(lexer, 1, XEN_TOKEN_COMMA);
    case '[':
        return (int)accept(lexer, 1, XEN_TOKEN_OPEN);
    case ']':
        return (int)accept(lexer, 1, XEN_TOKEN_CLOSE);
    case '=':
        return (int)accept(lexer, 1, XEN_TOKEN_ASSIGN);
    case ';':
        return (int)accept(lexer, 1, XEN_TOKEN_SEMICOLON);
    case '+':
        return left > 1 && start[1] == '=' ? (int)accept(lexer, 2, XEN_TOKEN_ADD) : -1;
    default:
        return -1;
    }
}

XenTokenKind xen_config_lexer_next(XenConfigLexer *lexer)
{
    for (;;) {
        while (lexer->next < lexer->end && (*lexer->next == ' ' || *lexer->next == '\t')) {
            lexer->next++;
        }
        if (lexer->next >= lexer->end) {
            return accept_end(lexer);
        }
        int kind = take_token(lexer);
        if (kind >= 0) {
            return (XenTokenKind)kind;
        }
        XenTokenKind ended = XEN_TOKEN_END;
        if (take_bad_text(lexer, &ended)) {
            return ended;
        }
    }
}
