#include "spec/problem.h"

#include <string.h>

#include "spec/characters.h"

#define EXCERPT_WIDTH  80u
#define NAME_SHOWN_MAX 4096u

/* A place in a text, for finding lines. It moves only forward while the problems do, so that a
 * thousand of them at the end of a long text, or of a long line, do not cost a thousand walks. */
typedef struct {
    const TrustedText *text;
    const char *text_end;
    guint32 line;
    const char *line_start;
    const char *line_end;  /* without the line break */
    const char *next_line; /* NULL: this is the last */
    guint32 column;
    const char *at; /* the character in that column */
} Cursor;

static void cursor_set_line(Cursor *cursor, guint32 line, const char *start)
{
    gsize rest = (gsize)(cursor->text_end - start);
    const char *newline = rest == 0 ? NULL : memchr(start, '\n', rest);
    const char *end = newline == NULL ? cursor->text_end : newline;
    cursor->line = line;
    cursor->line_start = start;
    cursor->line_end = end > start && end[-1] == '\r' ? end - 1 : end;
    cursor->next_line = newline == NULL ? NULL : newline + 1;
    cursor->column = 1;
    cursor->at = start;
}

static void cursor_set_text(Cursor *cursor, const TrustedText *text)
{
    gsize length = 0;
    const char *bytes = trusted_text_bytes(text, &length);
    if (length == 0) {
        bytes = "";
    }
    /* A byte order mark is no column of the first line. */
    gsize mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    cursor->text = text;
    cursor->text_end = bytes + length;
    cursor_set_line(cursor, 1, bytes + mark);
}

/* FALSE: the text has no such line. */
static gboolean cursor_move_to_line(Cursor *cursor, const Position *where)
{
    if (cursor->text != where->text || where->line < cursor->line) {
        cursor_set_text(cursor, where->text);
    }
    while (cursor->line < where->line && cursor->next_line != NULL) {
        cursor_set_line(cursor, cursor->line + 1, cursor->next_line);
    }
    return cursor->line == where->line;
}

/* Stops at the line's end. */
static void cursor_move_to_column(Cursor *cursor, guint32 column)
{
    if (column < cursor->column) {
        cursor->column = 1;
        cursor->at = cursor->line_start;
    }
    while (cursor->column < column && cursor->at < cursor->line_end) {
        character_next(&cursor->at, cursor->line_end);
        cursor->column++;
    }
}

static gboolean line_fits(const Cursor *cursor)
{
    const char *at = cursor->line_start;
    for (guint count = 0; at < cursor->line_end && count < EXCERPT_WIDTH; count++) {
        character_next(&at, cursor->line_end);
    }
    return at == cursor->line_end;
}

/* Appends up to EXCERPT_WIDTH characters from the cursor on, and "..." for the rest of the line. */
static void append_characters(GString *out, const Cursor *cursor)
{
    const char *at = cursor->at;
    for (guint count = 0; at < cursor->line_end && count < EXCERPT_WIDTH; count++) {
        const char *start = at;
        gunichar character = character_next(&at, cursor->line_end);
        if (character == CHARACTER_INVALID) {
            g_string_append(out, "\xef\xbf\xbd");
        } else if (character == '\t' || character_is_refused(character)) {
            g_string_append_c(out, ' ');
        } else {
            g_string_append_len(out, start, at - start);
        }
    }
    g_string_append(out, at < cursor->line_end ? "...\n" : "\n");
}

static void append_excerpt(GString *out, Cursor *cursor, const Position *where,
                           const char *colour_on, const char *colour_off)
{
    if (!cursor_move_to_line(cursor, where) || cursor->line_start == cursor->line_end) {
        return;
    }
    guint32 before = EXCERPT_WIDTH / 2;
    gboolean from_start = where->column <= before || line_fits(cursor);
    cursor_move_to_column(cursor, from_start ? 1 : where->column - before);

    const char *ellipsis = cursor->at == cursor->line_start ? "" : "...";
    g_string_append_printf(out, "  %s", ellipsis);
    append_characters(out, cursor);
    /* A column far behind the end of its line cannot come from the reader; it gets no far caret. */
    guint32 offset = where->column > cursor->column ? where->column - cursor->column : 0;
    int blanks = (int)(strlen("  ") + strlen(ellipsis) + MIN(offset, EXCERPT_WIDTH));
    g_string_append_printf(out, "%*s%s^%s\n", blanks, "", colour_on, colour_off);
}

static void append_place(GString *out, const Position *where, gboolean colour)
{
    const char *name = trusted_text_name(where->text);
    g_string_append(out, colour ? "\033[1m" : "");
    characters_append_escaped(out, name, strlen(name), NAME_SHOWN_MAX);
    if (where->line != 0) {
        g_string_append_printf(out, ":%u:%u", where->line, where->column);
    }
    g_string_append_printf(out, ":%s ", colour ? "\033[0m" : "");
}

static void append_problem(GString *out, Cursor *cursor, const Problem *problem, gboolean colour)
{
    const char *colour_off = colour ? "\033[0m" : "";
    const char *colour_on = "";
    const char *prefix = "";
    switch (problem->severity) {
    case PROBLEM_ERROR:
        colour_on = colour ? "\033[1;31m" : "";
        break;
    case PROBLEM_WARNING:
        colour_on = colour ? "\033[1;35m" : "";
        prefix = "warning: ";
        break;
    }
    if (problem->where.text != NULL) {
        append_place(out, &problem->where, colour);
    }
    g_string_append_printf(out, "%s%s%s%s\n", colour_on, prefix, problem->message, colour_off);
    if (problem->where.text != NULL && problem->where.line != 0) {
        append_excerpt(out, cursor, &problem->where, colour_on, colour_off);
    }
}

void problem_format(const Problem *problem, GString *out, gboolean colour)
{
    Cursor cursor = {0};
    append_problem(out, &cursor, problem, colour);
}

void problems_format(const Problems *problems, GString *out, gboolean colour)
{
    Cursor cursor = {0};
    for (guint i = 0; i < problems_count(problems); i++) {
        append_problem(out, &cursor, problems_get(problems, i), colour);
    }
    guint dropped = problems_count_dropped(problems);
    if (dropped > 0) {
        g_string_append_printf(out, "%u more %s not shown\n", dropped,
                               dropped == 1 ? "problem is" : "problems are");
    }
}
