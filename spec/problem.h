/* What is wrong with a spec, and where: collected, so that all of it is reported in one go. */
#pragma once

#include "spec/trusted_text.h"

/* A place in a text. line and column count from 1, columns in characters.
 * line 0: the problem is about the text as a whole; text NULL: about no text (a missing file, a
 * whole source). The text must outlive the problems. */
typedef struct {
    const TrustedText *text;
    guint32 line;
    guint32 column;
} Position;

typedef enum { PROBLEM_ERROR, PROBLEM_WARNING } ProblemSeverity;

typedef struct {
    ProblemSeverity severity;
    Position where;
    char *message; /* one line of UTF-8 without control characters, no position in it */
} Problem;

typedef struct Problems Problems;

/* At most this many are kept; problems_count_dropped() counts the rest. Warnings make room for
 * errors. */
#define PROBLEMS_MAX 1000
/* A message is cut after this many characters. */
#define PROBLEM_MESSAGE_MAX 2000

Problems *problems_new(void);
void problems_free(Problems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)

/* Adds an error. Always returns FALSE, so that a parser can `return problems_add(...)`.
 * The message may quote the input: control characters and bad UTF-8 in it become escapes. */
gboolean problems_add(Problems *problems, Position where, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void problems_add_warning(Problems *problems, Position where, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Adds all that is in FROM, in its order, and leaves nothing there. */
void problems_move(Problems *from, Problems *to);

/* Those that are kept, which problems_get() gives. */
guint problems_count(const Problems *problems);
/* All errors that were added, also those that were dropped: 0 means that nothing was refused. */
guint problems_count_errors(const Problems *problems);
guint problems_count_dropped(const Problems *problems);
const Problem *problems_get(const Problems *problems, guint index);
/* Orders by text (in the order of first mention), line and column; stable. */
void problems_sort(Problems *problems);

/* Appends "file:line:column: message\n", the source line and a caret under the column. A warning's
 * message begins with "warning: ". Long source lines are cut around the column (80 characters),
 * tabs and control characters are shown as blanks, and every character counts as one column wide.
 * A line that is empty or behind the end is not shown. COLOUR: with ANSI colours. */
void problem_format(const Problem *problem, GString *out, gboolean colour);
/* All that are kept, in their present order, and a line that counts the dropped ones. */
void problems_format(const Problems *problems, GString *out, gboolean colour);
