#include "reconcile/record_settings.h"

#include <string.h>

const char *record_uuid_of(const RecordDomain *recorded, const Domain *domain)
{
    gboolean has_own = domain_get(domain, DOMAIN_KEY_uuid) != NULL;
    return recorded != NULL && recorded->is_adopted && !has_own ? recorded->uuid : domain->uuid;
}

RecordedSettings *recorded_settings_read(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(RecordedSettings) recorded = g_new0(RecordedSettings, 1);
    recorded->text = trusted_text_new_local("record", bytes);
    recorded->strings = g_string_chunk_new(1024);
    recorded->settings = domain_read_canonical(recorded->text, recorded->strings, problems);
    return recorded->settings != NULL ? g_steal_pointer(&recorded) : NULL;
}

void recorded_settings_free(RecordedSettings *recorded)
{
    if (recorded == NULL) {
        return;
    }
    settings_free(recorded->settings);
    g_string_chunk_free(recorded->strings);
    trusted_text_free(recorded->text);
    g_free(recorded);
}

char *record_settings_with(const char *settings, const Domain *domain, const GArray *changes)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read(settings);
    if (recorded == NULL) {
        return g_strdup(settings);
    }
    const Value *values[DOMAIN_KEY_COUNT];
    for (guint key = 0; key < domain_keys.count; key++) {
        gboolean is_control = domain_keys.rows[key].change == CHANGE_NONE;
        values[key] = is_control ? domain_get(domain, key) : settings_get(recorded->settings, key);
    }
    for (guint i = 0; i < changes->len; i++) {
        guint key = key_table_index(&domain_keys, g_array_index(changes, Change, i).row);
        values[key] = domain_get(domain, key);
    }
    GString *out = g_string_new(NULL);
    domain_values_format_canonical(values, out);
    return g_string_free(out, FALSE);
}
