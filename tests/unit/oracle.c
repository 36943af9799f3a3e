#include "tests/unit/oracle.h"

gboolean oracle_differ(GString *why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *line = g_strescape(text, NULL);
    g_string_append(why, line);
    return FALSE;
}
