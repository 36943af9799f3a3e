/* The spec against what was applied on this host before. */
#include "agent/cycle.h"
#include "agent/exit_code.h"

#include <string.h>

/* Of a signed spec, a generation says one thing only: another one with the same number is old, or
 * was signed behind the back of those who count. */
static gboolean has_other_content(const Spec *spec, const Record *record)
{
    if (record->signed_digest == NULL || !spec->has_generation || !record->has_generation ||
        spec->generation != record->generation) {
        return FALSE;
    }
    g_autofree char *digest =
        spec_texts_are_signed(spec->texts) ? spec_texts_digest(spec->texts) : NULL;
    return digest != NULL && strcmp(digest, record->signed_digest) != 0;
}

/* Why the generation keeps the spec from being applied, with what to do about it; NULL: it does
 * not. To be freed. */
static char *find_generation_trouble(const Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    const Record *record = cycle->record;
    const Value *jump = agent_config_value(cycle->config, AGENT_KEY_trust_max_generation_jump);
    if (!record->has_generation) {
        return NULL;
    }
    if (!spec->has_generation || spec->generation < record->generation) {
        g_autofree char *found =
            spec->has_generation
                ? g_strdup_printf("the generation %" G_GINT64_FORMAT, spec->generation)
                : g_strdup("no generation");
        return g_strdup_printf("the spec has %s, and %" G_GINT64_FORMAT
                               " was applied here before (to go back: publish the old content with "
                               "a higher one",
                               found, record->generation);
    }
    if (has_other_content(spec, record)) {
        return g_strdup_printf("another spec with the same generation, %" G_GINT64_FORMAT
                               ", was applied here before, and both are signed (publish this one "
                               "with a higher one",
                               spec->generation);
    }
    if (jump != NULL && spec->generation - record->generation > jump->integer) {
        return g_strdup_printf("the spec has the generation %" G_GINT64_FORMAT
                               ", which is more than %" G_GINT64_FORMAT " beyond %" G_GINT64_FORMAT
                               ", the last one that was applied here (publish it with a lower one",
                               spec->generation, jump->integer, record->generation);
    }
    return NULL;
}

static gboolean check_generation(Cycle *cycle)
{
    gint64 generation = cycle->spec->has_generation ? cycle->spec->generation : 0;
    gint64 accepted = cycle->options->accept_generation;
    g_autofree char *trouble = find_generation_trouble(cycle);
    if (trouble == NULL && accepted != OPTION_NOT_GIVEN) {
        problems_add_warning(cycle->problems, (Position){0},
                             "--accept-generation was not needed: nothing that was applied here "
                             "speaks against the generation of the spec");
    }
    return trouble == NULL || generation == accepted ||
           cycle_fail(cycle, EXIT_REJECTED,
                      "%s, or xensure apply --accept-generation %" G_GINT64_FORMAT ")", trouble,
                      generation);
}

static gboolean check_expiry(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (cycle->expired == NULL) {
        return TRUE;
    }
    gboolean was_applied =
        cycle->record->fleet != NULL &&
        (!spec->has_generation ||
         (cycle->record->has_generation && cycle->record->generation == spec->generation));
    if (!was_applied) {
        return cycle_fail(cycle, EXIT_REJECTED, "the spec expired %s and was never applied here",
                          cycle->expired);
    }
    return TRUE;
}

gboolean cycle_check_record(Cycle *cycle)
{
    gboolean has_own = agent_config_text(cycle->config, AGENT_KEY_fleet) != NULL;
    return (has_own || cycle_check_fleet(cycle, cycle->record->fleet,
                                         "the first one that was applied here")) &&
           check_generation(cycle) && check_expiry(cycle);
}
