/* Config text -> tokens (internal to the config reader). Rules: Xen libxlu_cfg_l.l. */
#pragma once

#include <glib.h>

typedef enum {
    SIM_TOKEN_END,
    SIM_TOKEN_IDENTIFIER,
    SIM_TOKEN_STRING,
    SIM_TOKEN_NUMBER,
    SIM_TOKEN_NEWLINE,
    SIM_TOKEN_ADD,
    SIM_TOKEN_ASSIGN,
    SIM_TOKEN_COMMA,
    SIM_TOKEN_OPEN,
    SIM_TOKEN_CLOSE,
    SIM_TOKEN_SEMICOLON
} SimTokenKind;

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
} SimLexer;

void sim_lexer_init(SimLexer *lexer, const char *source, const char *bytes, gsize length,
                    GString *report);
void sim_lexer_clear(SimLexer *lexer);
SimTokenKind sim_lexer_next(SimLexer *lexer);
/* Reports MESSAGE at the last token. */
void sim_lexer_report(SimLexer *lexer, int line, const char *message);
/* Reports MESSAGE as an error of the text itself: syntax errors of the same line are then not told.
 */
void sim_lexer_report_lexical(SimLexer *lexer, const char *message);
