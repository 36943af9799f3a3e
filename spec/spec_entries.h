/* Domains of a text that are read while it is parsed: of a large spec, most of the memory is saved
 * that its nodes would need. For spec.c alone. */
#pragma once

#include "spec/spec.h"

/* Of one text. */
typedef struct {
    GStringChunk *texts; /* keeps the texts of values */
    Problems *problems;  /* of the next domain; to be freed */
    guint domains, problem_count;
} SpecEntries;

/* The reader of entries; ENTRIES must outlive it. */
YamlEntryReader spec_entries_reader(SpecEntries *entries);
/* The settings of a domain if they were read already, and what was found wrong in them; else NULL.
 */
Settings *spec_entries_take(YamlTree *tree, const YamlNode *node, Problems *problems);
