/* What was said already of things that last, so that a run every minute does not say them every
 * minute: <state>/told, a line for each with when it was said. */
#pragma once

#include <glib.h>

/* What lasts is said again after a day. */
#define TOLD_AGAIN_S (24 * 3600)

typedef struct Told Told;

/* NOW: seconds since 1970. A line that is none says nothing; of two with one text, the later one
 * counts. */
Told *told_parse(const char *text, gsize length, gint64 now);
/* Reads the file. One that is not there, or cannot be read, says that nothing was said. */
Told *told_read(const char *state_dir, gint64 now);
void told_free(Told *told);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Told, told_free)

/* Is this so, and is it to be said? AUDIENCE says to whom ("log", "hook"), SUBJECT and WHAT
 * what it is; numbers in WHAT are not looked at, since they count. Notes that it was said. */
gboolean told_is_new(Told *told, const char *audience, const char *subject, const char *what);
/* Nothing is known of what of this audience begins with this subject: all that was said of it is
 * taken for so still. SUBJECT "": of the audience altogether. TOLD may be NULL. */
void told_keep(Told *told, const char *audience, const char *subject);
/* The same of what was said less than TOLD_AGAIN_S ago, and may be over: it may come and go. */
void told_keep_day(Told *told, const char *audience, const char *subject);
/* Appends what is so still, as told_parse() reads it: what neither told_is_new() nor told_keep()
 * was asked about is over. */
void told_format(const Told *told, GString *out);
/* Writes that to the file, if anything has changed. */
gboolean told_write(const Told *told, const char *state_dir, GError **error);
