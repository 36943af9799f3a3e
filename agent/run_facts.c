#include "agent/run_facts.h"

#include "agent/exit_code.h"

static const char lacks_key[] = "confinement_lacks";
static const char lacks_rules_key[] = "confinement_lacks_rules";

gboolean run_was_success(int exit_code)
{
    return exit_code == EXIT_IN_SYNC || exit_code == EXIT_HELD;
}

/* Of a spec that was refused nothing is applied. */
static char *find_spec_digest(const Cycle *cycle)
{
    if (cycle->plan == NULL || cycle->spec == NULL) {
        return NULL;
    }
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        g_checksum_update(sum, (const guchar *)source->digest, -1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

static gint64 integer_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static char *text_of(const json_t *object, const char *key)
{
    return (char *)json_string_value(json_object_get(object, key));
}

ConfinementGaps run_facts_gaps(const json_t *object)
{
    return (ConfinementGaps){text_of(object, lacks_key), text_of(object, lacks_rules_key)};
}

static gboolean is_whole(const Cycle *cycle)
{
    return cycle->outcomes != NULL && cycle->options->only == NULL;
}

/* The first run only notes the time: what was just started, or adopted, is as it should be. */
static gint64 find_details_time(const Cycle *cycle, const json_t *before, gint64 now)
{
    gint64 last = integer_of(before, "details_time");
    return is_whole(cycle) && (cycle->details_are_due || last == 0) ? now : last;
}

static json_t *find_drifted(const Cycle *cycle, const json_t *before)
{
    json_t *names = json_array();
    if (cycle->drifted == NULL) {
        json_array_extend(names, json_object_get(before, "drifted"));
        return names;
    }
    g_autoptr(GList) drifted = cycle_find_drifted(cycle);
    for (const GList *link = drifted; link != NULL; link = link->next) {
        json_array_append_new(names, json_string(link->data));
    }
    return names;
}

void run_facts_find(const Cycle *cycle, const json_t *before, RunFacts *out)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gboolean is_success = run_was_success(cycle->exit_code);
    *out = (RunFacts){
        .time = now,
        .duration_ms = (g_get_monotonic_time() - cycle->begun_us) / 1000,
        .spec_digest = find_spec_digest(cycle),
        .spec_since = integer_of(before, "spec_since"),
        .success_time = is_success ? now : integer_of(before, "success_time"),
        .error_time = is_success ? integer_of(before, "error_time") : now,
        .applied_time = is_whole(cycle) ? now : integer_of(before, "applied_time"),
        .details_time = find_details_time(cycle, before, now),
        .drifted = find_drifted(cycle, before),
    };
    const ConfinementGaps gaps = run_facts_gaps(before);
    confinement_gaps_copy(cycle->is_confinement_known ? &cycle->confinement_gaps : &gaps,
                          &out->gaps);
    const char *digest = json_string_value(json_object_get(before, "spec_digest"));
    if (out->spec_digest == NULL) {
        out->spec_digest = g_strdup(digest);
    } else if (g_strcmp0(digest, out->spec_digest) != 0) {
        out->spec_since = now;
    }
}

void run_facts_clear(RunFacts *facts)
{
    g_clear_pointer(&facts->spec_digest, g_free);
    g_clear_pointer(&facts->drifted, json_decref);
    confinement_gaps_clear(&facts->gaps);
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *time_or_null(gint64 time)
{
    return time != 0 ? json_integer(time) : json_null();
}

void run_facts_add(const Cycle *cycle, const RunFacts *facts, json_t *object)
{
    const char *only = cycle->options->only;
    json_object_set_new(object, "time", json_integer(facts->time));
    json_object_set_new(object, "duration_ms", json_integer(facts->duration_ms));
    json_object_set_new(object, "exit_code", json_integer(cycle->exit_code));
    json_object_set_new(object, "only", text_or_null(only));
    json_object_set_new(object, "expires", time_or_null(cycle_find_expires(cycle)));
    json_object_set_new(object, "spec_digest", text_or_null(facts->spec_digest));
    json_object_set_new(object, "spec_since", time_or_null(facts->spec_since));
    json_object_set_new(object, "success_time", time_or_null(facts->success_time));
    json_object_set_new(object, "error_time", time_or_null(facts->error_time));
    json_object_set_new(object, "applied_time", time_or_null(facts->applied_time));
    json_object_set_new(object, "details_time", time_or_null(facts->details_time));
    json_object_set(object, "drifted", facts->drifted);
    json_object_set_new(object, lacks_key, text_or_null(facts->gaps.parts));
    json_object_set_new(object, lacks_rules_key, text_or_null(facts->gaps.rules));
}
