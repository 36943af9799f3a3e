#include "spec/yaml_wording.h"

#include <string.h>

/* The left side is libyaml's (src/scanner.c and src/parser.c); a text that it changes only loses
 * its better wording. */
static const YamlWording wordings[] = {
    {"block sequence entries are not allowed in this context",
     "expected a value, found '- ': a list begins on a line of its own", FALSE},
    {"could not find expected ':'", "expected ':' after a key, found none", TRUE},
    {"did not find expected ',' or ']'", "expected ',' or ']', found something else", FALSE},
    {"did not find expected ',' or '}'", "expected ',' or '}', found something else", FALSE},
    {"did not find expected '-' indicator",
     "expected '- ' or the end of the list, found something else: look at the indentation", FALSE},
    {"did not find expected <document start>",
     "expected the end of the document or '---', found something else", FALSE},
    {"did not find expected alphabetic or numeric character",
     "expected a text that is quoted when it begins with '&' or '*', found one without quotes",
     TRUE},
    {"did not find expected comment or line break",
     "expected the end of the line, found something else", FALSE},
    {"did not find expected hexdecimal number",
     "expected hexadecimal digits in the escape, found something else", FALSE},
    {"did not find expected key",
     "expected a key or the end of the mapping, found something else: look at the indentation",
     FALSE},
    {"did not find expected node content", "expected a value, found something else", FALSE},
    {"found a tab character that violates indentation",
     "expected spaces for the indentation, found a tab", FALSE},
    {"found a tab character where an indentation space is expected",
     "expected spaces for the indentation, found a tab", FALSE},
    {"found character that cannot start any token",
     "expected a value or a key, found a character that begins none: quote it, or indent with "
     "spaces",
     FALSE},
    {"found invalid Unicode character escape code",
     "expected the escape of a Unicode character, found a number that is none", FALSE},
    {"found undefined tag handle", "expected no tag, found one", FALSE},
    {"found unexpected ':'", "expected no ':' in the text, found one: quote the text", FALSE},
    {"found unexpected document indicator",
     "expected the closing quote, found '---' or '...' at the beginning of a line", FALSE},
    {"found unexpected end of stream",
     "expected a closing quote for the text that begins here, found the end of the file", TRUE},
    {"found unknown escape character",
     "expected an escape that YAML has, found another: double the backslash, or use single quotes",
     FALSE},
    {"mapping keys are not allowed in this context", "expected a value, found '? '", FALSE},
    {"mapping values are not allowed in this context",
     "expected a value, found ': ' behind it: look at the indentation, or quote the text", FALSE},
};

const YamlWording *yaml_wording_find(const char *problem)
{
    for (guint i = 0; i < G_N_ELEMENTS(wordings); i++) {
        if (strcmp(wordings[i].problem, problem) == 0) {
            return &wordings[i];
        }
    }
    return NULL;
}
