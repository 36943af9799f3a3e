/* The three-way difference: what the spec says, what we recorded that the domain runs with, what is
 * seen. */
#include "reconcile/plan_steps.h"

#include <string.h>

void change_clear(Change *change)
{
    g_free(change->have);
    g_free(change->want);
}

static char *value_for_people(const Value *value)
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
                       KeyChange how)
{
    Change change = {&domain_keys.rows[key], value_for_people(have), value_for_people(want), how};
    g_array_append_val(changes, change);
}

/* "1024 -> 2048 MiB": the unit once. */
static void describe_change(const Change *change, GString *out)
{
    const char *have = change->have != NULL ? change->have : "none";
    const char *want = change->want != NULL ? change->want : "none";
    const char *unit = strrchr(have, ' ');
    gsize length = strlen(have);
    if (unit != NULL && change->row->type == TYPE_SIZE_MIB && g_str_has_suffix(want, unit)) {
        length = (gsize)(unit - have);
    }
    g_string_append_printf(out, "%s %.*s -> %s", change->row->name, (int)length, have, want);
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

/* What is seen of a key on the host, or FALSE: not seen is not different. */
static gboolean see(const ObservedDomain *seen, guint key, gint64 *out)
{
    if (!seen->has_details) {
        return FALSE;
    }
    if (key == DOMAIN_KEY_memory) {
        *out = (gint64)seen->target_mib;
        return TRUE;
    }
    if (key == DOMAIN_KEY_vcpus && seen->vcpus_available > 0) {
        *out = seen->vcpus_available;
        return TRUE;
    }
    return FALSE;
}

static const Value *recorded_value(const Settings *recorded, guint key)
{
    return settings_get(recorded, key);
}

static gint64 recorded_maximum(const Settings *recorded, guint maximum_key, guint key)
{
    const Value *value = settings_get(recorded, maximum_key);
    value = value != NULL ? value : settings_get(recorded, key);
    return value != NULL ? value->integer : 0;
}

/* Can the value be reached while the domain runs? Its maximum was fixed when it was created. */
static gboolean is_within_maximum(const Domain *domain, const ObservedDomain *seen,
                                  const Settings *recorded, guint key)
{
    if (key == DOMAIN_KEY_memory) {
        gint64 most = seen->has_details && seen->maximum_mib > 0
                          ? (gint64)seen->maximum_mib
                          : recorded_maximum(recorded, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory);
        return domain_get_integer(domain, DOMAIN_KEY_memory) <= most;
    }
    if (key == DOMAIN_KEY_vcpus) {
        gint64 most = seen->has_details && seen->vcpus_maximum > 0
                          ? (gint64)seen->vcpus_maximum
                          : recorded_maximum(recorded, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus);
        return domain_get_integer(domain, DOMAIN_KEY_vcpus) <= most;
    }
    return TRUE;
}

static void compare_key(const Domain *domain, const ObservedDomain *seen, const Settings *recorded,
                        guint key, Differences *out)
{
    const KeyRow *row = &domain_keys.rows[key];
    const Value *want = domain_get(domain, key);
    const Value *have = recorded_value(recorded, key);
    gboolean is_changed = !value_equal(&domain_keys, have, want);
    gint64 seen_now = 0;
    gboolean is_seen = row->seen != SEEN_NOWHERE && see(seen, key, &seen_now);
    gboolean has_drifted =
        is_seen && want != NULL && ABS(seen_now - want->integer) > row->tolerance;
    if (!is_changed && !has_drifted) {
        return;
    }
    Value seen_value = want != NULL ? *want : (Value){.key = (guint16)key};
    if (is_seen) {
        seen_value.integer = seen_now;
        have = &seen_value;
    }
    KeyChange how = row->change;
    if (how == CHANGE_LIVE && !is_within_maximum(domain, seen, recorded, key)) {
        how = CHANGE_RECREATE;
    }
    out->is_drift = out->is_drift && !is_changed;
    switch (how) {
    case CHANGE_NONE:
        break;
    case CHANGE_LIVE:
        add_change(out->live, key, have, want, how);
        break;
    case CHANGE_NEXT_START:
        add_change(out->next_start, key, have, want, how);
        break;
    case CHANGE_RECREATE:
        add_change(out->recreate, key, have, want, how);
        break;
    }
}

/* The settings that are recorded, as values; NULL when they are not known or cannot be read. */
static Settings *read_recorded(const char *text, TrustedText **source, GStringChunk *texts)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(Problems) problems = problems_new();
    *source = trusted_text_new_local("record", bytes);
    return domain_read_canonical(*source, texts, problems);
}

void differences_find(const Domain *domain, const ObservedDomain *seen,
                      const RecordDomain *recorded, Differences *out)
{
    out->live = changes_new();
    out->next_start = changes_new();
    out->recreate = changes_new();
    out->is_drift = TRUE;
    if (recorded == NULL || recorded->settings == NULL) {
        return;
    }
    g_autoptr(GString) wanted = g_string_new(NULL);
    domain_format_canonical(domain, wanted);
    gboolean is_same = strcmp(wanted->str, recorded->settings) == 0;
    if (is_same && !seen->has_details) {
        return;
    }
    g_autoptr(TrustedText) source = NULL;
    g_autoptr(GStringChunk) texts = g_string_chunk_new(1024);
    g_autoptr(Settings) values = read_recorded(recorded->settings, &source, texts);
    for (guint key = 0; values != NULL && key < domain_keys.count; key++) {
        if (domain_keys.rows[key].change != CHANGE_NONE && key != DOMAIN_KEY_uuid) {
            compare_key(domain, seen, values, key, out);
        }
    }
}

void differences_clear(Differences *differences)
{
    g_array_unref(differences->live);
    g_array_unref(differences->next_start);
    g_array_unref(differences->recreate);
}
