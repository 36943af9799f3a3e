/* The three-way difference: what the spec says, what we recorded that the domain runs with, what is
 * seen. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"
#include "reconcile/seen_settings.h"

#include <string.h>

/* The pool of CPUs that every host has: Xen xen/common/sched/cpupool.c:cpupool_init. */
#define FIRST_POOL "Pool-0"

void change_clear(Change *change)
{
    g_free(change->have);
    g_free(change->want);
    g_free(change->device);
    g_free(change->why);
}

char *value_for_people(const Value *value)
{
    if (value == NULL) {
        return NULL;
    }
    GString *out = g_string_new(NULL);
    value_format_for_people(&domain_keys, value, out);
    return g_string_free(out, FALSE);
}

static GArray *changes_new(void)
{
    GArray *changes = g_array_new(FALSE, FALSE, sizeof(Change));
    g_array_set_clear_func(changes, (GDestroyNotify)change_clear);
    return changes;
}

static void add_change(GArray *changes, guint key, const Value *have, const Value *want,
                       KeyChange how, gboolean is_drift, const char *why)
{
    const KeyRow *row = &domain_keys.rows[key];
    Change change = {.row = row,
                     .have = value_for_people(have),
                     .want = value_for_people(want),
                     .how = how,
                     .is_drift = is_drift,
                     .live = row->live,
                     .why = g_strdup(why)};
    g_array_append_val(changes, change);
}

gboolean changes_are_drift(const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (!g_array_index(changes, Change, i).is_drift) {
            return FALSE;
        }
    }
    return changes->len > 0;
}

void changes_move(GArray *from, GArray *to)
{
    for (guint i = 0; i < from->len; i++) {
        g_array_append_val(to, g_array_index(from, Change, i));
    }
    g_array_set_clear_func(from, NULL);
    g_array_set_size(from, 0);
    g_array_set_clear_func(from, (GDestroyNotify)change_clear);
}

/* "1024 -> 2048 MiB": the unit once. Of a device that comes or goes live, what it is: what becomes
 * of it the name of the action says. */
static void describe_change(const Change *change, GString *out)
{
    if (change->device != NULL && change->how == CHANGE_LIVE &&
        (change->have == NULL || change->want == NULL)) {
        g_string_append(out, change->have != NULL ? change->have : change->want);
        return;
    }
    const char *have = change->have != NULL ? change->have : "none";
    const char *want = change->want != NULL ? change->want : "none";
    const char *unit = strrchr(have, ' ');
    gsize length = strlen(have);
    if (unit != NULL && change->row->type == TYPE_SIZE_MIB && g_str_has_suffix(want, unit)) {
        length = (gsize)(unit - have);
    }
    g_string_append_printf(out, "%s %.*s -> %s", change->row->name, (int)length, have, want);
    if (change->why != NULL) {
        g_string_append_printf(out, " (%s)", change->why);
    }
}

char *changes_describe(const GArray *changes)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < changes->len; i++) {
        g_string_append(out, i > 0 ? ", " : "");
        describe_change(&g_array_index(changes, Change, i), out);
    }
    return g_string_free(out, FALSE);
}

static gint64 recorded_maximum(const Settings *recorded, guint maximum_key, guint key)
{
    const Value *value = settings_get(recorded, maximum_key);
    value = value != NULL ? value : settings_get(recorded, key);
    return value != NULL ? value->integer : 0;
}

static gint64 recorded_most_memory(const Comparison *about)
{
    gint64 most = recorded_maximum(about->recorded, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory);
    const RecordDomain *record = about->record;
    return record->most_domid == (gint64)about->seen->domid ? MAX(most, record->most_memory_mib)
                                                            : most;
}

/* What the key can be raised to while the domain runs; 0: that is not known. Its maximum was fixed
 * when it was created. What is seen of the maximum may be rounded, and what is recorded may be too
 * low after a live change. */
static gint64 find_maximum(const Comparison *about, guint key)
{
    const ObservedDomain *seen = about->seen;
    const Settings *recorded = about->recorded;
    if (key == DOMAIN_KEY_memory) {
        return seen->has_details && seen->maximum_mib > 0 ? (gint64)seen->maximum_mib
               : recorded != NULL                         ? recorded_most_memory(about)
                                                          : 0;
    }
    return seen->has_details && seen->vcpus_maximum > 0 ? (gint64)seen->vcpus_maximum
           : recorded != NULL ? recorded_maximum(recorded, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus)
                              : 0;
}

/* Why the value cannot be reached while the domain runs; *is_within: it can. To be freed. */
static char *why_not_within(const Comparison *about, guint key, gboolean *is_within)
{
    *is_within = TRUE;
    if (key != DOMAIN_KEY_memory && key != DOMAIN_KEY_vcpus) {
        return NULL;
    }
    gint64 most = find_maximum(about, key);
    *is_within = domain_get_integer(about->domain, key) <= most + domain_keys.rows[key].tolerance;
    /* The record alone may be wrong about it. */
    return *is_within || !about->seen->has_details ? NULL
           : key == DOMAIN_KEY_memory
               ? g_strdup_printf("its maxmem is %" G_GINT64_FORMAT " MiB", most)
               : g_strdup_printf("its maxvcpus is %" G_GINT64_FORMAT, most);
}

/* A value that it runs with, as far as that is known, or NULL. */
static const Value *get_running(const Comparison *about, guint key)
{
    return about->recorded != NULL ? settings_get(about->recorded, key)
                                   : domain_get(about->domain, key);
}

/* Only these two have weights and caps; and what another pool than the first runs is not known (Xen
 * tools/xl/xl_sched.c). */
static const char *why_not_scheduled(const Comparison *about)
{
    const Value *pool = get_running(about, DOMAIN_KEY_pool);
    const char *scheduler = about->policy->scheduler;
    if (pool != NULL && strcmp(pool->text, FIRST_POOL) != 0) {
        return "the scheduler of its pool is not known";
    }
    return scheduler == NULL || strcmp(scheduler, "credit") == 0 ||
                   strcmp(scheduler, "credit2") == 0
               ? NULL
               : "the host's scheduler has no such thing";
}

/* Each pool keeps its own: Xen xen/common/sched/core.c:sched_move_domain. */
static const char *why_not_moved(const Comparison *about)
{
    static const guint keys[] = {DOMAIN_KEY_cpu_weight, DOMAIN_KEY_cap};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (get_running(about, keys[i]) != NULL || domain_get(about->domain, keys[i]) != NULL) {
            return "in another pool it would lose its weight and cap until then";
        }
    }
    return NULL;
}

gboolean differences_can_be_made(const Comparison *about, KeyLive live, const char **why)
{
    gboolean can_be_made = (about->policy->cannot_change & (1u << live)) == 0;
    *why = can_be_made ? NULL : "this host's toolstack cannot do that while it runs";
    return can_be_made;
}

/* Why a change of a key that can be made live has to wait all the same; NULL: it has not. */
static const char *why_not_live(const Comparison *about, KeyLive live)
{
    return live == LIVE_SCHEDULER ? why_not_scheduled(about)
           : live == LIVE_POOL    ? why_not_moved(about)
                                  : NULL;
}

/* When a change can be made. A host that moved is no reason to restart a domain. *why is to be
 * freed. */
static KeyChange class_of(const Comparison *about, guint key, gboolean is_drift, char **why)
{
    const KeyRow *row = &domain_keys.rows[key];
    KeyChange how = row->change;
    const char *cause = NULL;
    gboolean is_within = TRUE;
    *why = NULL;
    if (!differences_can_be_made(about, row->live, &cause)) {
        how = CHANGE_RECREATE;
    } else if ((cause = why_not_live(about, row->live)) != NULL) {
        how = CHANGE_NEXT_START;
    } else if (how == CHANGE_LIVE) {
        *why = why_not_within(about, key, &is_within);
        how = is_within ? CHANGE_LIVE : CHANGE_RECREATE;
    }
    *why = cause != NULL ? g_strdup(cause) : *why;
    return how == CHANGE_RECREATE && is_drift ? CHANGE_NEXT_START : how;
}

GArray *differences_of_class(Differences *differences, KeyChange how)
{
    switch (how) {
    case CHANGE_NONE:
        return NULL;
    case CHANGE_LIVE:
        return differences->live;
    case CHANGE_NEXT_START:
        return differences->next_start;
    case CHANGE_RECREATE:
        return differences->recreate;
    }
    return NULL;
}

/* Where it is not known with what the domain runs, only what is seen differs. */
static void compare_key(const Comparison *about, guint key, Differences *out)
{
    const KeyRow *row = &domain_keys.rows[key];
    const Value *want = domain_get(about->domain, key);
    const Value *have = about->recorded != NULL ? settings_get(about->recorded, key) : want;
    gboolean is_changed = !value_equal(&domain_keys, have, want);
    g_auto(SeenValue) running = {0};
    gboolean has_drifted = seen_differs(about->seen, about->domain, key, &running);
    if (!is_changed && !has_drifted) {
        return;
    }
    if (row->live == LIVE_DISKS || row->live == LIVE_VIFS) {
        devices_compare(about, key, have, has_drifted ? &running : NULL, out);
        return;
    }
    if (has_drifted) {
        have = running.is_set ? &running.value : NULL;
    }
    g_autofree char *why = NULL;
    KeyChange how = class_of(about, key, !is_changed, &why);
    GArray *changes = differences_of_class(out, how);
    out->wants_node = out->wants_node || row->live == LIVE_SCHEDULER;
    if (changes != NULL) {
        add_change(changes, key, have, want, how, !is_changed, why);
    }
}

void differences_find(const Policy *policy, const Domain *domain, const ObservedDomain *seen,
                      const RecordDomain *recorded, Differences *out)
{
    out->live = changes_new();
    out->next_start = changes_new();
    out->recreate = changes_new();
    out->wants_node = FALSE;
    const char *text = recorded != NULL ? recorded->settings : NULL;
    g_autoptr(GString) wanted = g_string_new(NULL);
    domain_format_canonical(domain, wanted);
    if (!seen->has_details && (text == NULL || strcmp(wanted->str, text) == 0)) {
        return;
    }
    g_autoptr(RecordedSettings) values = recorded_settings_read(text);
    Comparison about = {policy, domain, seen, recorded, values != NULL ? values->settings : NULL};
    for (guint key = 0; key < domain_keys.count; key++) {
        if (domain_keys.rows[key].change != CHANGE_NONE && key != DOMAIN_KEY_uuid) {
            compare_key(&about, key, out);
        }
    }
}

void differences_clear(Differences *differences)
{
    g_array_unref(differences->live);
    g_array_unref(differences->next_start);
    g_array_unref(differences->recreate);
}
