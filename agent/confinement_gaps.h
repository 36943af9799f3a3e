/* What this kernel has not to confine xensure-fetch with, as that has told. */
#pragma once

#include <glib.h>

typedef struct {
    char *parts; /* what it has not at all: "Landlock"; NULL: it has all */
    char *rules; /* what its Landlock has no rules for, where newer kernels have them: "signals";
                    NULL: for nothing that we know of */
} ConfinementGaps;

void confinement_gaps_clear(ConfinementGaps *gaps);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ConfinementGaps, confinement_gaps_clear)
/* What OUT was goes. */
void confinement_gaps_copy(const ConfinementGaps *gaps, ConfinementGaps *out);
/* A sentence about the parts that are missing, or else about the rules; NULL: there are no gaps. To
 * be freed. */
char *confinement_gaps_describe(const ConfinementGaps *gaps);
