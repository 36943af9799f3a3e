/* The spec against what was applied on this host before. */
#include "agent/accepted.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"

#include <string.h>

#define NUMBER "%" G_GINT64_FORMAT

/* ---- generations ---- */

static char *describe_generation(const SpecHeader *header)
{
    return header->has_generation ? g_strdup_printf("the generation " NUMBER, header->generation)
                                  : g_strdup("no generation");
}

/* One that is lower than BEFORE, or too far beyond it: with the way on, up to a closing bracket. */
static char *find_step_trouble(const Cycle *cycle, const SpecHeader *header, gint64 before)
{
    const Value *jump = agent_config_value(cycle->config, AGENT_KEY_trust_max_generation_jump);
    if (!header->has_generation || header->generation < before) {
        g_autofree char *found = describe_generation(header);
        return g_strdup_printf("the spec has %s, and " NUMBER
                               " was applied here before (to go back: publish the old content with "
                               "a higher one",
                               found, before);
    }
    if (jump != NULL && header->generation - before > jump->integer) {
        return g_strdup_printf("the spec has the generation " NUMBER ", which is more than " NUMBER
                               " beyond " NUMBER
                               ", the last one that was applied here (publish it with a lower one",
                               header->generation, jump->integer, before);
    }
    return NULL;
}

/* Nothing here can tell whether it is the newest one: the host is new, or its record was lost. */
static char *find_first_use_trouble(const Cycle *cycle, const SourceClaim *claim)
{
    const char *first_use = agent_config_text(cycle->config, AGENT_KEY_trust_first_use);
    if (!claim->is_remote || strcmp(first_use, "allow") == 0) {
        return NULL;
    }
    g_autofree char *found = describe_generation(claim->header);
    return g_strdup_printf(
        "no spec of %s was applied here before, so nothing here tells the newest "
        "from an old one: it has %s (if that is the newest: `trust: {first_use: "
        "allow}` in agent.yaml",
        claim->name, found);
}

/* Of a signed spec, a generation says one thing only: another one with the same number is old, or
 * was signed behind the back of those who count. */
static gboolean has_other_content(const SourceClaim *claim, const RecordSource *recorded)
{
    return claim->digest != NULL && recorded->digest != NULL && claim->header->has_generation &&
           recorded->has_generation && recorded->generation == claim->header->generation &&
           strcmp(claim->digest, recorded->digest) != 0;
}

/* What was applied here needs no new word. */
static gboolean is_the_last(const SourceClaim *claim, const RecordSource *recorded)
{
    return claim->digest != NULL && g_strcmp0(claim->digest, recorded->digest) == 0 &&
           claim->header->has_generation && claim->header->generation == recorded->generation;
}

static char *find_source_trouble(const Cycle *cycle, const Record *record, const SourceClaim *claim)
{
    const RecordSource *recorded = record_find_source(record, claim->name);
    if (recorded == NULL) {
        return find_first_use_trouble(cycle, claim);
    }
    if (!recorded->has_generation) {
        return NULL;
    }
    /* They vouch for the one spec that named those who follow, and for nothing since. */
    if (claim->is_signed_before && !is_the_last(claim, recorded) &&
        (!claim->header->has_generation || claim->header->generation != recorded->signers_since)) {
        return g_strdup_printf("the spec is signed by keys that others have followed since the "
                               "generation " NUMBER " (sign it by those",
                               recorded->signers_since);
    }
    if (has_other_content(claim, recorded)) {
        return g_strdup_printf("another spec with the same generation, " NUMBER
                               ", was applied here before, and both are signed (publish this one "
                               "with a higher one",
                               recorded->generation);
    }
    return find_step_trouble(cycle, claim->header, recorded->generation);
}

gboolean cycle_accepts(const Cycle *cycle, const SpecSource *source, const SpecHeader *header)
{
    return header->has_generation && accepted_find(cycle->options->accept_generation, source->name,
                                                   header->generation) != ACCEPTED_NOT;
}

/* What --accept-generation has to say for it. */
static gint64 acceptable_generation(const SpecHeader *header)
{
    return header->has_generation ? header->generation : 0;
}

/* The operator's word is the last way on. TROUBLE, which ends within a bracket, is taken over.
 * SOURCE: which one it is about, where there are several; else NULL. */
static char *add_last_way(char *trouble, const char *source, const SpecHeader *header)
{
    g_autofree char *open = trouble;
    gint64 generation = acceptable_generation(header);
    g_autofree char *word = source != NULL ? accepted_make_word(source, generation)
                                           : g_strdup_printf(NUMBER, generation);
    return open != NULL
               ? g_strdup_printf("%s, or xensure apply --accept-generation %s)", open, word)
               : NULL;
}

char *cycle_find_generation_trouble(const Cycle *cycle, const Record *record,
                                    const SourceClaim *claim)
{
    return add_last_way(find_source_trouble(cycle, record, claim),
                        cycle->sources->len > 1 ? claim->name : NULL, claim->header);
}

gboolean cycle_refuse(Cycle *cycle, const char *trouble)
{
    if (cycle->error != NULL) {
        problems_add(cycle->problems, (Position){0}, "%s", trouble);
    }
    return cycle_fail(cycle, EXIT_REJECTED, "%s", trouble);
}

/* What --accept-generation was needed for. */
typedef struct {
    guint count;
    guint by_number; /* sources that it did not name */
} AcceptedCount;

/* A trouble that --accept-generation does not take away. */
static gboolean refuse_source(Cycle *cycle, const SpecSource *source, const char *trouble,
                              AcceptedCount *count)
{
    Accepted accepted = accepted_find(cycle->options->accept_generation, source->name,
                                      acceptable_generation(&source->header));
    count->count += accepted != ACCEPTED_NOT ? 1 : 0;
    count->by_number += accepted == ACCEPTED_BY_NUMBER ? 1 : 0;
    return accepted == ACCEPTED_NOT && !cycle_refuse(cycle, trouble);
}

/* Nobody has said yet that it is the newest; to look at what it would do is no harm. */
static gboolean is_first_look(const Cycle *cycle, const SourceClaim *claim)
{
    return cycle->use == SPEC_TO_PLAN && record_find_source(cycle->record, claim->name) == NULL;
}

static gboolean check_source(Cycle *cycle, const SpecSource *source, AcceptedCount *count)
{
    const SourceClaim claim = {source->name, &source->header,
                               source->is_signed ? source->digest : NULL,
                               spec_source_is_remote(source), source->is_signed_before};
    if (!cycle_check_signers(cycle, source)) {
        return FALSE;
    }
    g_autofree char *trouble = cycle_find_generation_trouble(cycle, cycle->record, &claim);
    if (trouble == NULL) {
        return TRUE;
    }
    if (is_first_look(cycle, &claim)) {
        cycle->is_untrusted = TRUE;
        problems_add_warning(cycle->problems, (Position){0}, "`apply` would refuse this spec: %s",
                             trouble);
        return TRUE;
    }
    return !refuse_source(cycle, source, trouble, count);
}

/* Are the sources among those that the last spec was made of? Then each is held against its own
 * past, and the whole has none: of several, the one with the highest generation may be gone. */
static gboolean are_known(const Cycle *cycle)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        const RecordSource *recorded = record_find_source(cycle->record, source->name);
        if (recorded == NULL || !recorded->is_current) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean check_whole(Cycle *cycle, AcceptedCount *count)
{
    const Spec *spec = cycle->spec;
    const SpecHeader header = {.has_generation = spec->has_generation,
                               .generation = spec->generation};
    if (!cycle->record->has_generation || are_known(cycle)) {
        return TRUE;
    }
    g_autofree char *trouble =
        add_last_way(find_step_trouble(cycle, &header, cycle->record->generation), NULL, &header);
    gboolean is_accepted = trouble != NULL && accepted_has_number(cycle->options->accept_generation,
                                                                  acceptable_generation(&header));
    count->count += is_accepted ? 1 : 0;
    return trouble == NULL || is_accepted || cycle_refuse(cycle, trouble);
}

static gboolean check_generation(Cycle *cycle)
{
    AcceptedCount count = {0};
    gboolean is_good = TRUE;
    for (guint i = 0; i < cycle->sources->len; i++) {
        is_good = check_source(cycle, g_ptr_array_index(cycle->sources, i), &count) && is_good;
    }
    /* Of another source, an old spec may have the same number. */
    if (count.by_number > 1) {
        is_good = cycle_refuse(cycle, "--accept-generation is needed for several sources, and a "
                                      "number alone is a word for one: say "
                                      "--accept-generation SOURCE=N for each of them");
    }
    is_good = check_whole(cycle, &count) && is_good;
    if (is_good && count.count == 0 && cycle->options->accept_generation != NULL &&
        !cycle_is_behind(cycle->record->signed_time)) {
        problems_add_warning(cycle->problems, (Position){0},
                             "--accept-generation was not needed: nothing that was applied here "
                             "speaks against the generation of the spec");
    }
    return is_good;
}

/* ---- the record ---- */

gboolean cycle_check_record(Cycle *cycle)
{
    gboolean has_own = agent_config_text(cycle->config, AGENT_KEY_fleet) != NULL;
    gboolean is_good = has_own || cycle_check_fleet(cycle, cycle->record->fleet,
                                                    "the first one that was applied here");
    is_good = check_generation(cycle) && is_good;
    return cycle_check_expiry(cycle, is_good);
}

/* Those that --spec gave, some time ago, would only become more and more: the generation of the
 * whole speaks for them. What agent.yaml names may come back. */
static gboolean forget_sources(Cycle *cycle)
{
    GHashTableIter iterator;
    gpointer value;
    gboolean is_changed = FALSE;
    g_hash_table_iter_init(&iterator, cycle->record->sources);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        RecordSource *recorded = value;
        gboolean is_current = FALSE;
        for (guint i = 0; i < cycle->sources->len; i++) {
            const SpecSource *source = g_ptr_array_index(cycle->sources, i);
            is_current = is_current || strcmp(source->name, recorded->name) == 0;
        }
        is_changed = is_changed || recorded->is_current != is_current;
        recorded->is_current = is_current;
        if (!is_current && !recorded->is_configured) {
            g_hash_table_iter_remove(&iterator);
            is_changed = TRUE;
        }
    }
    return is_changed;
}

static gboolean note_source(Cycle *cycle, const SpecSource *source)
{
    const SpecHeader *header = &source->header;
    RecordSource now = {.name = source->name,
                        .is_current = TRUE,
                        .is_configured = source->settings != NULL,
                        .has_generation = header->has_generation,
                        .generation = header->generation,
                        .digest = source->is_signed ? source->digest : NULL,
                        .commit = source->commit};
    cycle_note_signers(cycle, source, &now);
    return record_put_source(cycle->record, &now);
}

gboolean cycle_note_applied(Cycle *cycle)
{
    Record *record = cycle->record;
    const Spec *spec = cycle->spec;
    gint64 newest = cycle_newest_signed_time(cycle);
    gboolean is_changed = record->fleet == NULL || record->has_generation != spec->has_generation ||
                          (spec->has_generation && record->generation != spec->generation) ||
                          record->signed_time != newest;
    is_changed = forget_sources(cycle) || is_changed;
    for (guint i = 0; i < cycle->sources->len; i++) {
        is_changed = note_source(cycle, g_ptr_array_index(cycle->sources, i)) || is_changed;
    }
    if (record->fleet == NULL) {
        record->fleet = g_strdup(spec->fleet);
    }
    record->has_generation = spec->has_generation;
    record->generation = spec->generation;
    record->signed_time = newest;
    return is_changed;
}
