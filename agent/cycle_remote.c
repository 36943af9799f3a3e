/* Sources elsewhere: what they give, or else the copy that is kept here. Whatever goes wrong with a
 * source changes nothing as long as there is a good copy, and is told as what it is. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/source.h"

#include <string.h>

static void free_texts(GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        trusted_text_free(g_ptr_array_index(texts, i));
    }
    g_ptr_array_unref(texts);
}

/* The texts that BUNDLE vouches for, or NULL and *why. */
static GPtrArray *verify(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                         char **why)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *texts = g_ptr_array_new();
    if (source->kind->verify(cycle, source, bundle, texts, &error)) {
        return texts;
    }
    *why = g_strdup(error->message);
    free_texts(texts);
    return NULL;
}

void cycle_note_confinement(Cycle *cycle, const ConfinementGaps *gaps)
{
    gboolean is_told = cycle->confinement_gaps.parts != NULL;
    cycle->is_confinement_known = TRUE;
    confinement_gaps_copy(gaps, &cycle->confinement_gaps);
    if (gaps->parts != NULL && !is_told && cycle->use == SPEC_TO_PLAN) {
        g_autofree char *sentence = confinement_gaps_describe(gaps);
        problems_add_warning(cycle->problems, (Position){0}, "%s", sentence);
    }
}

/* The copy, if it is still one that is to be believed: keys are revoked, disks decay. */
static SourceBundle *read_copy(Cycle *cycle, const SpecSource *source, GPtrArray **texts)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    SourceBundle *copy = source_cache_read(cycle->state_dir, source->name, &error);
    *texts = copy != NULL ? verify(cycle, source, copy, &why) : NULL;
    if (error != NULL || (copy != NULL && *texts == NULL)) {
        problems_add_warning(cycle->problems, (Position){0},
                             "%s: the copy that is kept here is not used: %s", source->name,
                             error != NULL ? error->message : why);
        g_clear_pointer(&copy, source_bundle_free);
    }
    return copy;
}

/* What a source says of itself, before it joins the others. The texts stay the caller's. NULL: it
 * can be taken; else why not. */
static char *find_misfit(Cycle *cycle, const SpecSource *source, GPtrArray *texts)
{
    g_autoptr(Spec) spec = spec_new();
    g_autoptr(Problems) problems = problems_new();
    SpecHeader header = {0};
    char *trouble = NULL;
    spec_read_source(spec, texts, &header, problems);
    g_ptr_array_set_free_func(spec->texts, NULL);
    if (problems_count_errors(problems) > 0) {
        return cycle_describe_problems(problems, NULL, "it is signed, and no spec");
    }
    const Record *record = cycle_early_record(cycle, NULL);
    if (record == NULL) {
        /* The run ends for that, with all that there is to say. */
        return NULL;
    }
    const char *fleet = agent_config_text(cycle->config, AGENT_KEY_fleet);
    fleet = fleet != NULL ? fleet : record->fleet;
    if (fleet != NULL && strcmp(fleet, spec->fleet) != 0) {
        return g_strdup_printf("it is for the fleet '%s', and this host is of '%s'", spec->fleet,
                               fleet);
    }
    g_autofree char *digest = spec_texts_are_signed(texts) ? spec_texts_digest(texts) : NULL;
    gboolean is_signed_before = FALSE;
    for (guint i = 0; i < texts->len; i++) {
        is_signed_before =
            is_signed_before || trusted_text_is_signed_before(g_ptr_array_index(texts, i));
    }
    const SourceClaim claim = {source->name, &header, digest, TRUE, is_signed_before};
    if (!cycle_accepts(cycle, source, &header)) {
        trouble = cycle_find_generation_trouble(cycle, record, &claim);
    }
    return trouble;
}

static void take_bundle(SpecSource *source, const SourceBundle *bundle, GPtrArray *texts)
{
    g_ptr_array_unref(source->texts);
    source->texts = texts;
    source->fetched = bundle->fetched;
    source->commit = g_strdup(bundle->commit);
}

/* Takes what came, if it is to be believed. NULL: it was; else why not. */
static char *take_new(Cycle *cycle, SpecSource *source, SourceBundle *came, gboolean has_copy)
{
    char *why = NULL;
    GPtrArray *texts = verify(cycle, source, came, &why);
    /* Without a copy there is nothing to go on with, and the run tells all that is wrong. */
    if (texts != NULL && has_copy) {
        why = find_misfit(cycle, source, texts);
    }
    if (why != NULL) {
        g_clear_pointer(&texts, free_texts);
        return why;
    }
    take_bundle(source, came, texts);
    source->bundle = came;
    source->is_new = TRUE;
    return NULL;
}

/* The copy goes on, whatever came in its place. That something came which is refused is an alarm:
 * somebody has put it there. */
static gboolean take_copy(Cycle *cycle, SpecSource *source, const SourceBundle *copy,
                          GPtrArray *texts, gboolean is_refused)
{
    int exit_code = is_refused ? EXIT_REJECTED : EXIT_IN_SYNC;
    if (copy == NULL) {
        return cycle_fail(cycle, is_refused ? EXIT_REJECTED : EXIT_ERROR,
                          "%s %s (and there is no copy of it here that can be used%s)",
                          source->name, source->trouble,
                          cycle->use == SPEC_TO_CHECK
                              ? "; `xensure validate PATH` or `--spec PATH` takes a file in its "
                                "place"
                              : "");
    }
    take_bundle(source, copy, texts);
    cycle->source_exit_code = exit_code_worse(cycle->source_exit_code, exit_code);
    source->is_copy = source->trouble != NULL;
    source->is_refused = is_refused;
    if (source->is_copy) {
        g_autofree char *time = cycle_describe_time(copy->fetched);
        problems_add_warning(cycle->problems, (Position){0},
                             "%s %s; the copy that was fetched %s is used", source->name,
                             source->trouble, time);
    }
    return TRUE;
}

char *cycle_note_unasked(Cycle *cycle, const GError *error)
{
    cycle->source_exit_code = exit_code_worse(cycle->source_exit_code, EXIT_ERROR);
    return g_strdup_printf("could not be asked: %s", error->message);
}

static SourceAnswer ask(Cycle *cycle, SpecSource *source, const SourceBundle *copy,
                        SourceBundle **came, SpecUse use)
{
    if (use == SPEC_TO_CHECK) {
        source->trouble = g_strdup("is not asked by this command");
        return SOURCE_ANSWER_NONE;
    }
    return source->kind->fetch(cycle, source, copy, came, &source->trouble);
}

/* What it gave is known, and the source is not asked once more: that, or the copy. */
static gboolean read_again(Cycle *cycle, SpecSource *source)
{
    g_autofree char *why = NULL;
    GPtrArray *texts = NULL;
    if (!source->is_new) {
        g_autoptr(SourceBundle) copy = read_copy(cycle, source, &texts);
        if (copy == NULL && source->trouble == NULL) {
            source->trouble = g_strdup("gives nothing new");
        }
        return take_copy(cycle, source, copy, texts, source->is_refused);
    }
    texts = verify(cycle, source, source->bundle, &why);
    if (texts == NULL) {
        return cycle_fail(cycle, EXIT_REJECTED, "%s gives what is refused: %s", source->name, why);
    }
    take_bundle(source, source->bundle, texts);
    return TRUE;
}

/* As it was when it was asked, which was lately. */
static gboolean is_spared(Cycle *cycle, SpecSource *source, const SourceBundle *copy)
{
    source->fetched = copy->fetched;
    source_cache_read_asked(cycle->state_dir, source->name, &source->asked);
    source->is_spared = cycle_spares_source(cycle, source);
    if (source->is_spared) {
        source->trouble = g_strdup(source->asked.trouble);
    } else {
        source_asked_clear(&source->asked);
    }
    return source->is_spared;
}

gboolean cycle_read_remote(Cycle *cycle, SpecSource *source, SpecUse use)
{
    GPtrArray *texts = NULL;
    g_autoptr(SourceBundle) came = NULL;
    if (source->kind->prepare != NULL && !source->kind->prepare(cycle, source, use)) {
        return FALSE;
    }
    source_cache_read_answered(cycle->state_dir, source->name, &source->answered);
    if (source->is_asked) {
        return read_again(cycle, source);
    }
    g_autoptr(SourceBundle) copy = read_copy(cycle, source, &texts);
    source->is_asked = TRUE;
    source->has_copy = copy != NULL;
    if (copy != NULL && use != SPEC_TO_CHECK && is_spared(cycle, source, copy)) {
        return take_copy(cycle, source, copy, texts, source->asked.is_refused);
    }
    SourceAnswer answer = ask(cycle, source, copy, &came, use);
    gboolean is_other = came != NULL && (copy == NULL || !source_bundle_equal(copy, came));
    char *why = is_other ? take_new(cycle, source, came, copy != NULL) : NULL;
    /* What is refused is no answer: whoever gave it may keep the newest spec back. */
    source->has_answered = answer != SOURCE_ANSWER_NONE && why == NULL;
    source->asked.time = g_get_real_time() / G_USEC_PER_SEC;
    if (is_other && why == NULL) {
        g_steal_pointer(&came);
        g_clear_pointer(&texts, free_texts);
        return TRUE;
    }
    if (why != NULL) {
        source->trouble = g_strdup_printf("gives what is refused: %s", why);
        g_free(why);
    } else {
        /* The same, under another ETag. */
        source->bundle = g_steal_pointer(&came);
    }
    return take_copy(cycle, source, copy, texts, is_other);
}

/* ---- what is kept ---- */

/* How often it is put down that a source has answered, if nothing else is to be. */
#define ANSWERED_EVERY_S 300

/* Where that counts: what came of the question. */
static gboolean keep_asked(const Cycle *cycle, SpecSource *source, const char *boot_id,
                           GError **error)
{
    SourceAsked *asked = &source->asked;
    if (source->is_spared || asked->time == 0 || cycle_fetch_interval(source) == 0) {
        return TRUE;
    }
    gint64 time = asked->time;
    source_asked_clear(asked);
    *asked = (SourceAsked){time, g_strdup(boot_id), source->is_refused, g_strdup(source->trouble)};
    return source_cache_write_asked(cycle->state_dir, source->name, asked, error);
}

static gboolean keep_source(const Cycle *cycle, SpecSource *source, const char *boot_id,
                            GError **error)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    const SourceAnswered *before = &source->answered;
    gboolean is_due = source->bundle != NULL || cycle_fetch_interval(source) > 0 ||
                      before->time > now || now - before->time >= ANSWERED_EVERY_S ||
                      g_strcmp0(before->boot_id, boot_id) != 0;
    if (source->bundle != NULL && source->header.has_generation) {
        g_free(source->bundle->generation);
        source->bundle->generation =
            g_strdup_printf("%" G_GINT64_FORMAT, source->header.generation);
    }
    if (source->bundle != NULL && !source_cache_keep(cycle->state_dir, source->bundle, error)) {
        return FALSE;
    }
    g_clear_pointer(&source->bundle, source_bundle_free);
    if (!source->has_answered || !is_due) {
        return TRUE;
    }
    source_answered_clear(&source->answered);
    source->answered = (SourceAnswered){now, g_strdup(boot_id)};
    return source_cache_write_answered(cycle->state_dir, source->name, &source->answered, error);
}

gboolean cycle_keep_sources(Cycle *cycle, const char *boot_id)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        SpecSource *source = g_ptr_array_index(cycle->sources, i);
        g_autoptr(GError) error = NULL;
        if (!keep_source(cycle, source, boot_id, &error) ||
            !keep_asked(cycle, source, boot_id, &error)) {
            return cycle_fail(cycle, EXIT_ERROR,
                              "cannot keep a copy of %s, so nothing was started: %s", source->name,
                              error->message);
        }
    }
    return TRUE;
}

/* ---- how old it is ---- */

/* What was read is a copy that the source did not vouch for in this run. */
static gboolean is_unheard(const SpecSource *source)
{
    return source->is_copy || source->is_spared;
}

void cycle_note_stale(Cycle *cycle, const char *boot_id)
{
    g_clear_pointer(&cycle->stale, g_free);
    for (guint i = 0; cycle->stale == NULL && i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (is_unheard(source) && !source->has_answered &&
            (boot_id == NULL || g_strcmp0(source->answered.boot_id, boot_id) != 0)) {
            g_autofree char *time = cycle_describe_time(cycle_last_answer(source));
            cycle->stale = g_strdup_printf("fetched %s", time);
        }
    }
}

char *cycle_find_old_copy(const Cycle *cycle, const SpecSource *source, gint64 now)
{
    gint64 limit = agent_config_integer(cycle->config, AGENT_KEY_trust_keep_for);
    gint64 answered = cycle_last_answer(source);
    return is_unheard(source) && now - answered >= limit ? cycle_describe_time(answered) : NULL;
}
