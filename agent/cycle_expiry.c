/* Whether what is read may still bring changes: `expires` of a spec, and `trust.keep_for` of a
 * copy. */
#include "agent/cycle.h"
#include "agent/exit_code.h"

#include <string.h>

/* A clock that is this much behind the newest signature is told. */
#define CLOCK_BEHIND_S 300

char *cycle_describe_time(gint64 time)
{
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_utc(time);
    return then != NULL ? g_date_time_format(then, "on %Y-%m-%dT%H:%M:%SZ") : g_strdup("?");
}

/* ---- whose end it is ---- */

/* Does it speak for its own domains alone? Whoever brings hosts speaks for all. */
static gboolean is_apart(const Cycle *cycle, const SpecSource *source)
{
    return cycle->sources->len > 1 && cycle_is_bounded(source) && source->header.hosts.text == NULL;
}

/* " of url https://...", where there are several. */
static char *describe_owner(const Cycle *cycle, const SpecSource *source)
{
    return cycle->sources->len > 1 ? g_strconcat(" of ", source->name, NULL) : g_strdup("");
}

gint64 cycle_find_expires(const Cycle *cycle)
{
    gint64 first = 0;
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        const SpecHeader *header = &source->header;
        if (header->has_expires && !is_apart(cycle, source)) {
            first = first != 0 ? MIN(first, header->expires) : header->expires;
        }
    }
    return first;
}

/* ---- what was never applied ---- */

/* Of those who speak for all: what a bounded source signs with a time to come ends changes of its
 * own domains alone. The operator's word for one takes away what was recorded: a signature may have
 * been made by a clock that was ahead. */
static gint64 newest_signed_time(const Cycle *cycle, const Record *record)
{
    gint64 newest = 0;
    gboolean is_begun_anew = FALSE;
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (!is_apart(cycle, source)) {
            newest = MAX(newest, source->signed_time);
            is_begun_anew = is_begun_anew || cycle_accepts(cycle, source, &source->header);
        }
    }
    return is_begun_anew ? newest : MAX(newest, record->signed_time);
}

gint64 cycle_newest_signed_time(const Cycle *cycle)
{
    return newest_signed_time(cycle, cycle->record);
}

/* The time for `expires` of a source. NOW: that of all. */
static gint64 now_of(const Cycle *cycle, const SpecSource *source, gint64 now)
{
    return is_apart(cycle, source) ? MAX(now, source->signed_time) : now;
}

static gboolean was_applied(const Record *record, const SpecSource *source)
{
    const SpecHeader *header = &source->header;
    const RecordSource *recorded = record_find_source(record, source->name);
    if (recorded == NULL && (record->fleet == NULL || spec_source_is_remote(source))) {
        return FALSE;
    }
    /* What --spec has given before may be forgotten: the generation of the whole speaks for it. */
    gboolean had_generation = recorded != NULL ? recorded->has_generation : record->has_generation;
    gint64 generation = recorded != NULL ? recorded->generation : record->generation;
    return !header->has_generation || (had_generation && generation == header->generation);
}

static gboolean is_dead_on_arrival(const Record *record, const SpecSource *source, gint64 now)
{
    const SpecHeader *header = &source->header;
    return header->has_expires && header->expires <= now && !was_applied(record, source);
}

char *cycle_find_expiry_trouble(const Cycle *cycle, const Record *record, const SpecSource *source)
{
    gint64 clock = g_get_real_time() / G_USEC_PER_SEC;
    gint64 now = MAX(clock, newest_signed_time(cycle, record));
    if (!is_dead_on_arrival(record, source, now_of(cycle, source, now))) {
        return NULL;
    }
    g_autofree char *time = cycle_describe_time(source->header.expires);
    return g_strdup_printf("the spec expired %s and was never applied here", time);
}

static gboolean refuse_new(Cycle *cycle, gint64 now)
{
    gboolean is_good = TRUE;
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (is_dead_on_arrival(cycle->record, source, now_of(cycle, source, now))) {
            g_autofree char *owner = describe_owner(cycle, source);
            g_autofree char *time = cycle_describe_time(source->header.expires);
            g_autofree char *trouble =
                g_strdup_printf("the spec%s expired %s and was never applied here", owner, time);
            is_good = cycle_refuse(cycle, trouble);
        }
    }
    return is_good;
}

/* ---- what was ---- */

/* Nothing new is done by it, but who looks in vain for a change should read why. */
static void warn(Cycle *cycle, const SpecSource *source)
{
    gboolean is_own = is_apart(cycle, source);
    g_autofree char *owner = describe_owner(cycle, source);
    const char *kept = is_own ? "what should run of its domains is kept, and nothing else done "
                                "to them"
                              : "what should run is kept, and nothing else done";
    if (source->expired != NULL) {
        problems_add_warning(cycle->problems, (Position){0}, "the spec%s expired %s: %s", owner,
                             source->expired, kept);
    }
    if (source->unrenewed != NULL) {
        problems_add_warning(cycle->problems, (Position){0},
                             "the source of the spec%s answered last %s, longer ago than "
                             "`trust.keep_for` in agent.yaml: %s",
                             owner, source->unrenewed, kept);
    }
}

static void take_for_all(char **all, const char *own)
{
    if (*all == NULL) {
        *all = g_strdup(own);
    }
}

void cycle_note_expiry(Cycle *cycle, gint64 now)
{
    gint64 first = cycle_find_expires(cycle);
    for (guint i = 0; i < cycle->sources->len; i++) {
        SpecSource *source = g_ptr_array_index(cycle->sources, i);
        const SpecHeader *header = &source->header;
        gint64 its_now = now_of(cycle, source, now);
        g_clear_pointer(&source->expired, g_free);
        g_clear_pointer(&source->unrenewed, g_free);
        if (header->has_expires && header->expires <= its_now) {
            source->expired = cycle_describe_time(header->expires);
        }
        source->unrenewed = cycle_find_old_copy(cycle, source, its_now);
        warn(cycle, source);
        if (!is_apart(cycle, source)) {
            take_for_all(&cycle->unrenewed, source->unrenewed);
        }
    }
    if (first != 0 && first <= now) {
        g_free(cycle->expired);
        cycle->expired = cycle_describe_time(first);
    }
}

gboolean cycle_is_behind(gint64 signed_time)
{
    return signed_time > g_get_real_time() / G_USEC_PER_SEC + CLOCK_BEHIND_S;
}

/* It cannot be earlier than what was signed already. Who sets a clock back would let an expired
 * spec bring changes again. */
static gint64 distrust_clock(Cycle *cycle)
{
    gint64 clock = g_get_real_time() / G_USEC_PER_SEC;
    gint64 newest = cycle_newest_signed_time(cycle);
    if (cycle_is_behind(newest)) {
        g_autofree char *shown = cycle_describe_time(newest);
        problems_add_warning(cycle->problems, (Position){0},
                             "the clock of this host is behind the newest signature, which was "
                             "made %s: that is taken as the time for `expires` (if the clock is "
                             "right: sign a next spec by a right one, and say once xensure apply "
                             "--accept-generation N, with its generation)",
                             shown);
    }
    return MAX(clock, newest);
}

/* ---- whom it concerns ---- */

static void freeze(Cycle *cycle, const char *name, const SpecSource *source)
{
    const Freeze freeze = {source->name, source->expired, source->unrenewed};
    g_hash_table_insert(cycle->frozen, g_strdup(name), g_memdup2(&freeze, sizeof freeze));
}

static void freeze_domains(Cycle *cycle, const SpecSource *source)
{
    GHashTableIter iterator;
    gpointer name;
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (cycle_find_source(cycle, domain->where.text) == source) {
            freeze(cycle, domain->name, source);
        }
    }
    /* Whose one was that has left the spec, nothing tells: it is the source's if it can be. */
    g_hash_table_iter_init(&iterator, cycle->record->domains);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        if (spec_find(cycle->spec, name) == NULL && cycle_may_define(source, name)) {
            freeze(cycle, name, source);
        }
    }
}

gboolean cycle_check_expiry(Cycle *cycle, gboolean is_good)
{
    gint64 now = distrust_clock(cycle);
    if (!refuse_new(cycle, now) || !is_good) {
        return FALSE;
    }
    cycle_note_expiry(cycle, now);
    cycle->frozen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (is_apart(cycle, source) && (source->expired != NULL || source->unrenewed != NULL)) {
            freeze_domains(cycle, source);
        }
    }
    return TRUE;
}
