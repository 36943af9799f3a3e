/* Config text -> tokens (internal to the config reader). Rules: Xen libxlu_cfg_l.l. */
#pragma once

#include <glib.h>

typedef enum {
    XEN_TOKEN_END,
    XEN_TOKEN_IDENTIFIER,
    XEN_TOKEN_STRING,
    XEN_TOKEN_NUMBER,
    XEN_TOKEN_NEWLINE,
    XEN_TOKEN_ADD,
    XEN_TOKEN_ASSIGN,
    XEN_TOKEN_COMMA,
    XEN_TOKEN_OPEN,
    XEN_TOKEN_CLOSE,
    XEN_TOKEN_SEMICOLON
} XenTokenKind;

typedef struct {
    const char *source;
    GString *report;
    const char *next;
    const char *end;
    int line;         /* of `next`, from 1 */
    int token_line;   /* of the last token, as xl counts it */
    int error_line;   /* of the last lexical error; no syntax error is told up to there */
    const char *text; /* the last token as written */
    gsize text_length;
    char *value; /* what an identifier, number or string means; taken by the parser */
    gboolean is_at_end;
    gboolean looks_like_python;
    gboolean has_failed;
    /* The first thing that was reported: where its token begins, and what xl says to it. */
    const char *trouble_at;
    gsize trouble_length;
    char *trouble; /* NULL: nothing was */
} XenConfigLexer;

void xen_config_lexer_init(XenConfigLexer *lexer, const char *source, const char *bytes,
                           gsize length, GString *report);
void xen_config_lexer_clear(XenConfigLexer *lexer);
XenTokenKind xen_config_lexer_next(XenConfigLexer *lexer);
/* Reports MESSAGE at the last token. */
void xen_config_lexer_report(XenConfigLexer *lexer, int line, const char *message);
/* Reports MESSAGE as an error of the text itself: syntax errors of the same line are then not told.
 */
void xen_config_lexer_report_lexical(XenConfigLexer *lexer, const char *message);
