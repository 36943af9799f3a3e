/* What sources elsewhere have given last: <state>/sources/DIGEST/, with the digest of the source's
 * name. `copy` is what was applied last; `copy.1` (the latest) to `copy.10` what was before. Read
 * without a lock, written under the host's. */
#pragma once

#include "agent/source_bundle.h"

#define SOURCE_CACHE_BEFORE 10u

/* The copy of a source; nobody vouches for it until it is verified. NULL without an error: there is
 * none. */
SourceBundle *source_cache_read(const char *state_dir, const char *source, GError **error);
/* What was kept NUMBER changes before it, from 1 to SOURCE_CACHE_BEFORE, and its PATH, to be freed.
 * NULL: there is none that can be read. */
SourceBundle *source_cache_read_before(const char *state_dir, const char *source, guint number,
                                       char **path);
/* Keeps a bundle, durably, and what was kept before it. One that is the same is not written again.
 */
gboolean source_cache_keep(const char *state_dir, const SourceBundle *bundle, GError **error);

/* When a source has answered last, with what is kept or something new. */
typedef struct {
    gint64 time;   /* seconds since 1970; 0: it is not known */
    char *boot_id; /* dom0's boot in which it did; NULL: it is not known */
} SourceAnswered;
void source_answered_clear(SourceAnswered *answered);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SourceAnswered, source_answered_clear)

/* A line: the time and the boot. What is no such line is not known. */
void source_answered_parse(const char *text, SourceAnswered *out);
/* To be freed. */
char *source_answered_format(const SourceAnswered *answered);
/* What cannot be read is not known. */
void source_cache_read_answered(const char *state_dir, const char *source, SourceAnswered *out);
gboolean source_cache_write_answered(const char *state_dir, const char *source,
                                     const SourceAnswered *answered, GError **error);

/* When a source was asked last, and what came of it. */
typedef struct {
    gint64 time;         /* seconds since 1970; 0: it is not known */
    char *boot_id;       /* dom0's boot in which it was; NULL: it is not known */
    gboolean is_refused; /* what came was refused */
    char *trouble;       /* what kept it from being used (SpecSource); NULL: nothing did */
} SourceAsked;
void source_asked_clear(SourceAsked *asked);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SourceAsked, source_asked_clear)

/* Two lines: the time, the boot and the result; and what was wrong. What is no such thing is not
 * known. */
void source_asked_parse(const char *text, SourceAsked *out);
/* To be freed. */
char *source_asked_format(const SourceAsked *asked);
/* What cannot be read is not known. */
void source_cache_read_asked(const char *state_dir, const char *source, SourceAsked *out);
gboolean source_cache_write_asked(const char *state_dir, const char *source,
                                  const SourceAsked *asked, GError **error);
