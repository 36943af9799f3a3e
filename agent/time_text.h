/* Points in time and spans, as people read them. All texts are to be freed. */
#pragma once

#include <glib.h>

/* "20 seconds", "5 minutes", "3 hours", "2 days"; of something negative: "no time". */
char *time_text_span(gint64 seconds);
/* "20 seconds ago"; "in the future" where THEN is after NOW. */
char *time_text_age(gint64 then, gint64 now);
/* Reads what somebody gives as a span, from 1 s to MAXIMUM_S: "30m", "8h". NULL, and *SECONDS, on
 * success; else what was expected, in words, to be freed. */
char *time_text_read_span(const char *text, gint64 maximum_s, gint64 *seconds);
/* A time in the host's own zone, with its offset: the zone of whoever reads it may be another. */
char *time_text_point(gint64 time);
