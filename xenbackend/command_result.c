#include "xenbackend/command.h"

#include <string.h>

#define ERROR_LINE_MAX 300

void command_result_free(CommandResult *result)
{
    if (result == NULL) {
        return;
    }
    g_free(result->output);
    g_free(result->errors);
    g_free(result);
}

gboolean command_result_is_success(const CommandResult *result)
{
    return result->end == COMMAND_EXITED && result->status == 0 && !result->is_output_over_limit;
}

/* A line, fit to stand in a sentence. */
static char *line_for_sentence(const char *line)
{
    char *text = g_utf8_make_valid(line, -1);
    g_strstrip(text);
    for (char *at = text; *at != '\0'; at++) {
        *at = g_ascii_iscntrl(*at) ? '?' : *at;
    }
    if (g_utf8_strlen(text, -1) > ERROR_LINE_MAX) {
        strcpy(g_utf8_offset_to_pointer(text, ERROR_LINE_MAX - 3), "...");
    }
    return text;
}

/* The line that says most: the first that speaks of an error, because libxl tells the cause first
 * and then how it cleaned up; else the last that is not blank. NULL: there is none. */
static char *errors_line(const char *errors)
{
    g_auto(GStrv) lines = g_strsplit(errors, "\n", -1);
    const char *last = NULL;
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *lower = g_ascii_strdown(*line, -1);
        if (strstr(lower, "error") != NULL) {
            return line_for_sentence(*line);
        }
        g_strchug(lower);
        last = *lower != '\0' ? *line : last;
    }
    return last != NULL ? line_for_sentence(last) : NULL;
}

static void append_end(const CommandResult *result, GString *out)
{
    switch (result->end) {
    case COMMAND_EXITED:
        g_string_append_printf(out, "exited with %d", result->status);
        break;
    case COMMAND_KILLED:
        g_string_append_printf(out, "was killed by signal %d (%s)", result->status,
                               g_strsignal(result->status));
        break;
    case COMMAND_TIMED_OUT:
        if (result->timeout_ms % 1000 == 0) {
            g_string_append_printf(out, "did not answer within %u s", result->timeout_ms / 1000);
        } else {
            g_string_append_printf(out, "did not answer within %u ms", result->timeout_ms);
        }
        break;
    }
}

char *command_result_describe(const CommandResult *result)
{
    GString *out = g_string_new(NULL);
    if (result->is_output_over_limit) {
        g_string_append_printf(out, "printed more than %" G_GSIZE_FORMAT " bytes",
                               result->output_length);
    } else {
        append_end(result, out);
    }
    if (result->is_left_behind) {
        g_string_append(out, " and cannot be killed");
    }
    g_autofree char *line = errors_line(result->errors);
    if (line != NULL) {
        g_string_append_printf(out, ": %s", line);
    }
    return g_string_free(out, FALSE);
}
