/* What a real xl said: the transcripts of tests/fixtures/xl/transcripts, which tests/xenhost makes.
 */
#pragma once

#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* The whole transcript of a session; to be freed. It may have a NUL in it, hence the length. */
static inline char *transcript_read(const char *session, gsize *length)
{
    g_autofree char *file = g_strconcat(session, ".txt", NULL);
    g_autofree char *path =
        g_build_filename(g_getenv("TESTS_ROOT"), "fixtures", "xl", "transcripts", file, NULL);
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, length, NULL), "cannot read %s", path);
    return text;
}

/* What the next COMMAND ("xl list -v") at or behind *AT printed on standard output; to be freed.
 * *AT is moved behind it. NULL: there is none. */
static inline char *transcript_next(const char *text, gsize length, const char *command, gsize *at,
                                    gsize *output_length)
{
    static const char begin[] = "--- stdout\n", end[] = "--- stderr\n";
    g_autofree char *wanted = g_strconcat("$ ", command, "\n", begin, NULL);
    const char *found = memmem(text + *at, length - *at, wanted, strlen(wanted));
    if (found == NULL) {
        return NULL;
    }
    const char *output = found + strlen(wanted);
    const char *behind = memmem(output, (gsize)(text + length - output), end, strlen(end));
    ck_assert_ptr_nonnull(behind);
    *at = (gsize)(behind - text);
    *output_length = (gsize)(behind - output);
    return g_strndup(output, *output_length);
}

/* What COMMAND printed in a session for the NTH time (from 0); to be freed. */
static inline char *transcript_output(const char *session, const char *command, guint nth,
                                      gsize *length)
{
    gsize text_length = 0, at = 0;
    g_autofree char *text = transcript_read(session, &text_length);
    char *output = NULL;
    for (guint i = 0; i <= nth; i++) {
        g_free(output);
        output = transcript_next(text, text_length, command, &at, length);
        ck_assert_msg(output != NULL, "%s has no %s number %u", session, command, i);
    }
    return output;
}
