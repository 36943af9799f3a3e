#include "agent/time_text.h"

#include "spec/value.h"

/* From how many of a unit on the next larger one is told. */
#define UNITS_LEAST 2

char *time_text_span(gint64 seconds)
{
    static const struct {
        gint64 seconds;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
        gint64 count = seconds / units[i].seconds;
        if (count >= UNITS_LEAST || (count > 0 && units[i].seconds == 1)) {
            return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count, units[i].name,
                                   count == 1 ? "" : "s");
        }
    }
    return g_strdup(seconds < 0 ? "no time" : "0 seconds");
}

char *time_text_age(gint64 then, gint64 now)
{
    if (then > now) {
        return g_strdup("in the future");
    }
    g_autofree char *span = time_text_span(now - then);
    return g_strconcat(span, " ago", NULL);
}

char *time_text_read_span(const char *text, gint64 maximum_s, gint64 *seconds)
{
    const KeyRow row = {.type = TYPE_SECONDS, .minimum = 1, .maximum = maximum_s};
    g_autoptr(GStringChunk) texts = g_string_chunk_new(16);
    char *expected = NULL;
    Value value = {0};
    if (value_read_text(&row, text, TRUE, texts, &value, &expected)) {
        *seconds = value.integer;
    }
    return expected;
}

char *time_text_point(gint64 time)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(time);
    return then != NULL ? g_date_time_format(then, "%Y-%m-%d %H:%M:%S %z") : g_strdup("?");
}
