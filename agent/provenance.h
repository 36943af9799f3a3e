/* Which spec a run acts on: its sources, and what is known of each. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* An array with an object for each source: source, generation, digest, signers (ids of keys),
 * commit, fetched (seconds since 1970; null: it is local), copy (it is the one that is kept here),
 * trouble (why), expired (when; null: it has not), keys_since (the
 * generation that named the keys which count; null: those of agent.yaml do). */
json_t *provenance_make(const Cycle *cycle);
/* The same for people, a line for each; nothing of one local source that nobody has signed, as most
 * are. SOURCES: such an array; NULL: none is known. IS_FULL: no warning tells beside it why a copy
 * is used. */
void provenance_format(const json_t *sources, gboolean is_full, GString *out);
/* What the comment of a config file says of a source: "fleet lab, generation 42, ...". To be freed.
 */
char *provenance_describe(const Spec *spec, const SpecSource *source);
