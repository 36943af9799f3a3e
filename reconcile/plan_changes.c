/* The three-way difference: what the spec says, what we recorded that the domain runs with, what is
 * seen. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"
#include "reconcile/seen_settings.h"

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
                       KeyChange how, gboolean is_drift)
{
    Change change = {&domain_keys.rows[key], value_for_people(have), value_for_people(want), how,
                     is_drift};
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

static gint64 recorded_maximum(const Settings *recorded, guint maximum_key, guint key)
{
    const Value *value = settings_get(recorded, maximum_key);
    value = value != NULL ? value : settings_get(recorded, key);
    return value != NULL ? value->integer : 0;
}

/* Can the value be reached while the domain runs? Its maximum was fixed when it was created. What
 * is seen of the maximum may be rounded, and what is recorded may be too low after a live change.
 */
static gboolean is_within_maximum(const Domain *domain, const ObservedDomain *seen,
                                  const Settings *recorded, guint key)
{
    gint64 most = 0;
    if (key == DOMAIN_KEY_memory) {
        most = seen->has_details && seen->maximum_mib > 0 ? (gint64)seen->maximum_mib
               : recorded != NULL ? recorded_maximum(recorded, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory)
                                  : 0;
    } else if (key == DOMAIN_KEY_vcpus) {
        most = seen->has_details && seen->vcpus_maximum > 0 ? (gint64)seen->vcpus_maximum
               : recorded != NULL
                   ? recorded_maximum(recorded, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus)
                   : 0;
    } else {
        return TRUE;
    }
    return domain_get_integer(domain, key) <= most + domain_keys.rows[key].tolerance;
}

/* When a change can be made. A host that moved is no reason to restart a domain. */
static KeyChange class_of(const Domain *domain, const ObservedDomain *seen,
                          const Settings *recorded, guint key, gboolean is_drift)
{
    KeyChange how = domain_keys.rows[key].change;
    if (how == CHANGE_LIVE && !is_within_maximum(domain, seen, recorded, key)) {
        how = CHANGE_RECREATE;
    }
    return how == CHANGE_RECREATE && is_drift ? CHANGE_NEXT_START : how;
}

/* RECORDED is NULL when it is not known with what the domain runs: then only what is seen differs.
 */
static void compare_key(const Domain *domain, const ObservedDomain *seen, const Settings *recorded,
                        guint key, Differences *out)
{
    const Value *want = domain_get(domain, key);
    const Value *have = recorded != NULL ? settings_get(recorded, key) : want;
    gboolean is_changed = !value_equal(&domain_keys, have, want);
    g_auto(SeenValue) running = {0};
    gboolean has_drifted = seen_differs(seen, domain, key, &running);
    if (!is_changed && !has_drifted) {
        return;
    }
    if (has_drifted) {
        have = running.is_set ? &running.value : NULL;
    }
    KeyChange how = class_of(domain, seen, recorded, key, !is_changed);
    switch (how) {
    case CHANGE_NONE:
        break;
    case CHANGE_LIVE:
        add_change(out->live, key, have, want, how, !is_changed);
        break;
    case CHANGE_NEXT_START:
        add_change(out->next_start, key, have, want, how, !is_changed);
        break;
    case CHANGE_RECREATE:
        add_change(out->recreate, key, have, want, how, !is_changed);
        break;
    }
}

void differences_find(const Domain *domain, const ObservedDomain *seen,
                      const RecordDomain *recorded, Differences *out)
{
    out->live = changes_new();
    out->next_start = changes_new();
    out->recreate = changes_new();
    const char *text = recorded != NULL ? recorded->settings : NULL;
    g_autoptr(GString) wanted = g_string_new(NULL);
    domain_format_canonical(domain, wanted);
    if (!seen->has_details && (text == NULL || strcmp(wanted->str, text) == 0)) {
        return;
    }
    g_autoptr(RecordedSettings) values = recorded_settings_read(text);
    for (guint key = 0; key < domain_keys.count; key++) {
        if (domain_keys.rows[key].change != CHANGE_NONE && key != DOMAIN_KEY_uuid) {
            compare_key(domain, seen, values != NULL ? values->settings : NULL, key, out);
        }
    }
}

void differences_clear(Differences *differences)
{
    g_array_unref(differences->live);
    g_array_unref(differences->next_start);
    g_array_unref(differences->recreate);
}
