#include "agent/confinement_gaps.h"

void confinement_gaps_clear(ConfinementGaps *gaps)
{
    g_clear_pointer(&gaps->parts, g_free);
    g_clear_pointer(&gaps->rules, g_free);
}

void confinement_gaps_copy(const ConfinementGaps *gaps, ConfinementGaps *out)
{
    const ConfinementGaps copy = {g_strdup(gaps->parts), g_strdup(gaps->rules)};
    confinement_gaps_clear(out);
    *out = copy;
}

char *confinement_gaps_describe(const ConfinementGaps *gaps)
{
    if (gaps->parts != NULL) {
        return g_strdup_printf(
            "xensure-fetch is confined less than it should be: this kernel has no %s", gaps->parts);
    }
    return gaps->rules != NULL
               ? g_strdup_printf("xensure-fetch is confined as far as this kernel goes: its "
                                 "Landlock has no rules for %s",
                                 gaps->rules)
               : NULL;
}
