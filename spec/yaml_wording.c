#include "spec/yaml_wording.h"

#include <glib.h>
#include <string.h>

typedef struct {
    const char *problem;
    const char *wording;
} Wording;

/* The left side is libyaml's (src/scanner.c and src/parser.c); a text that it changes only loses
 * its better wording. */
static const Wording wordings[] = {
    {"block sequence entries are not allowed in this context",
     "expected a value, found '- ': a list begins on a line of its own"},
    {"could not find expected ':'", "expected ':' after a key, found none"},
    {"did not find expected ',' or ']'", "expected ',' or ']', found something else"},
    {"did not find expected ',' or '}'", "expected ',' or '}', found something else"},
    {"did not find expected '-' indicator",
     "expected '- ' or the end of the list, found something else: look at the indentation"},
    {"did not find expected <document start>",
     "expected the end of the document or '---', found something else"},
    {"did not find expected comment or line break",
     "expected the end of the line, found something else"},
    {"did not find expected hexdecimal number",
     "expected hexadecimal digits in the escape, found something else"},
    {"did not find expected key",
     "expected a key or the end of the mapping, found something else: look at the indentation"},
    {"did not find expected node content", "expected a value, found something else"},
    {"found a tab character that violates indentation",
     "expected spaces for the indentation, found a tab"},
    {"found a tab character where an indentation space is expected",
     "expected spaces for the indentation, found a tab"},
    {"found character that cannot start any token",
     "expected a value or a key, found a character that cannot begin one: quote the text, or "
     "indent "
     "with spaces instead of tabs"},
    {"found invalid Unicode character escape code",
     "expected the escape of a Unicode character, found a number that is none"},
    {"found undefined tag handle", "expected no tag, found one"},
    {"found unexpected ':'", "expected no ':' in the text, found one: quote the text"},
    {"found unexpected document indicator",
     "expected the closing quote, found '---' or '...' at the beginning of a line"},
    {"found unexpected end of stream", "expected the closing quote, found the end of the text"},
    {"found unknown escape character",
     "expected an escape that YAML has, found another: double the backslash, or use single quotes"},
    {"mapping keys are not allowed in this context", "expected a value, found '? '"},
    {"mapping values are not allowed in this context",
     "expected a value, found ': ' behind it: look at the indentation, or quote the text"},
};

const char *yaml_wording_find(const char *problem)
{
    for (guint i = 0; i < G_N_ELEMENTS(wordings); i++) {
        if (strcmp(wordings[i].problem, problem) == 0) {
            return wordings[i].wording;
        }
    }
    return NULL;
}
