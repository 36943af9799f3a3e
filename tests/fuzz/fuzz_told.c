/* Any bytes as what was said already: written again it is the same, and no time of it is beyond the
 * present; what was said lately is not said again, and what was not is, once. */
#include <stdint.h>
#include <string.h>

#include "agent/told.h"

#define NOW      1700000000
#define AUDIENCE "log"
#define SUBJECT  "hold web1 restart"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        char *rest = NULL;
        guint64 time = g_ascii_strtoull(*line, &rest, 10);
        g_assert(time <= NOW && g_str_has_prefix(rest, " " AUDIENCE " "));
    }
}

/* What is read is what is written of it. */
static void check_reading(const char *bytes, size_t size)
{
    g_autoptr(GString) first = g_string_new(NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    g_autoptr(Told) told = told_parse(bytes, size, NOW);
    told_keep(told, AUDIENCE, "");
    told_format(told, first);
    check_lines(first->str);
    g_autoptr(Told) reread = told_parse(first->str, first->len, NOW);
    told_keep(reread, AUDIENCE, "");
    told_format(reread, again);
    g_assert(strcmp(first->str, again->str) == 0);
}

/* Of what is over, what was said within a day is kept, and nothing else. */
static void check_day(const char *bytes, size_t size)
{
    g_autoptr(GString) kept = g_string_new(NULL);
    g_autoptr(Told) told = told_parse(bytes, size, NOW);
    told_keep_day(told, AUDIENCE, "");
    told_format(told, kept);
    check_lines(kept->str);
    g_auto(GStrv) lines = g_strsplit(kept->str, "\n", -1);
    for (char **line = lines; *line != NULL && **line != '\0'; line++) {
        g_assert(g_ascii_strtoull(*line, NULL, 10) > NOW - TOLD_AGAIN_S);
    }
}

static gboolean is_new(const GString *file, gint64 now, const char *what)
{
    g_autoptr(Told) told = told_parse(file->str, file->len, now);
    return told_is_new(told, AUDIENCE, SUBJECT, what);
}

/* Whatever text it is, and whatever was said of it before. */
static void check_saying(const char *bytes, size_t size, const char *what)
{
    g_autoptr(GString) file = g_string_new(NULL);
    g_autoptr(Told) known = told_parse(bytes, size, NOW);
    told_is_new(known, AUDIENCE, SUBJECT, what);
    g_assert(!told_is_new(known, AUDIENCE, SUBJECT, what));
    g_autoptr(Told) unknown = told_parse("", 0, NOW);
    g_assert(told_is_new(unknown, AUDIENCE, SUBJECT, what));
    told_format(unknown, file);
    g_assert(!is_new(file, NOW + TOLD_AGAIN_S - 1, what));
    g_assert(is_new(file, NOW + TOLD_AGAIN_S, what));
    g_assert(is_new(file, NOW - 1, what));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = size > 0 ? (const char *)data : "";
    g_autofree char *what = g_strndup(bytes, size);
    check_reading(bytes, size);
    check_day(bytes, size);
    check_saying(bytes, size, what);
    return 0;
}
