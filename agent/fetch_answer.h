/* What xensure-fetch prints: the bodies one after the other, then a trailer (JSON), and the
 * trailer's length in a line of its own. That comes last, so that what is cut off is noticed. */
#pragma once

#include "agent/fetch.h"

#define FETCH_FORMAT_VERSION    1
#define FETCH_TRAILER_BYTES_MAX (16u * 1024 * 1024)
#define FETCH_TEXT_MAX          1024 /* of an etag, a date, a message */

/* "not-modified". */
const char *fetch_outcome_name(FetchOutcome outcome);

/* Reads an answer; the bodies of the replies (of FetchReply) share its memory. It comes from a
 * process that talks to anybody, and is believed as little. NULL without an *ERROR: the process
 * itself could not do it, *TROUBLE says why (to be freed); with one: it is no such answer, or does
 * not fit the limits. */
GPtrArray *fetch_answer_parse(GBytes *answer, const FetchLimits *limits, char **trouble,
                              GError **error);
/* Appends trailer and last line. REPLIES: of FetchReply, whose bodies have been written already.
 * TROUBLE: why there are none; else NULL. */
void fetch_answer_format_end(const GPtrArray *replies, const char *trouble, GString *out);

/* Control characters become '?', and what is too long is cut. In place. */
void fetch_text_tidy(char *text);
