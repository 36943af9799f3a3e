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

/* The line of a key, or NULL: the canonical text has one for each key that is set. To be freed. */
static char *find_line(const char *text, const char *name)
{
    gsize length = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *newline = strchr(line, '\n');
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            return newline != NULL ? g_strndup(line, (gsize)(newline + 1 - line)) : g_strdup(line);
        }
        line = newline != NULL ? newline + 1 : NULL;
    }
    return NULL;
}

RecordedSettings *recorded_settings_read_key(const char *text, guint key)
{
    g_autofree char *line = find_line(text, domain_keys.rows[key].name);
    return recorded_settings_read(line);
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

/* ---- lists of devices ---- */

static gint find_device(const GArray *devices, const char *identity)
{
    for (guint i = 0; i < devices->len; i++) {
        const Value *device = &g_array_index(devices, Value, i);
        if (g_strcmp0(settings_identity(device->table), identity) == 0) {
            return (gint)i;
        }
    }
    return -1;
}

static void change_device(GArray *devices, const Change *change)
{
    gint index = find_device(devices, change->device);
    Value device = {.form = FORM_TABLE, .table = (Settings *)change->brings};
    if (change->brings == NULL && index >= 0) {
        g_array_remove_index(devices, (guint)index);
    } else if (change->brings != NULL && index >= 0) {
        g_array_index(devices, Value, (guint)index) = device;
    } else if (change->brings != NULL) {
        g_array_append_val(devices, device);
    }
}

/* The same devices, in whatever order? */
static gboolean is_same_set(const GArray *devices, const Value *list)
{
    guint count = list != NULL ? list->count : 0;
    for (guint i = 0; i < count; i++) {
        gint index = find_device(devices, settings_identity(list->items[i].table));
        if (index < 0 || !value_equal(&domain_keys, &list->items[i],
                                      &g_array_index(devices, Value, (guint)index))) {
            return FALSE;
        }
    }
    return devices->len == count;
}

/* The list BEFORE with the changes of the key KEY, in a value that DEVICES holds. */
static Value list_with(const Value *before, guint key, const GArray *changes, GArray *devices)
{
    if (before != NULL) {
        g_array_append_vals(devices, before->items, before->count);
    }
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        if (change->row == &domain_keys.rows[key]) {
            change_device(devices, change);
        }
    }
    return (Value){.key = (guint16)key,
                   .form = FORM_LIST,
                   .count = devices->len,
                   .items = (Value *)(gpointer)devices->data};
}

/* ---- settings ---- */

char *record_settings_with(const char *settings, const Domain *domain, const GArray *changes)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read(settings);
    if (recorded == NULL) {
        return g_strdup(settings);
    }
    const Value *values[DOMAIN_KEY_COUNT];
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    Value merged[DOMAIN_KEY_COUNT];
    for (guint key = 0; key < domain_keys.count; key++) {
        gboolean is_control = domain_keys.rows[key].change == CHANGE_NONE;
        values[key] = is_control ? domain_get(domain, key) : settings_get(recorded->settings, key);
    }
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        guint key = key_table_index(&domain_keys, change->row);
        if (change->device == NULL) {
            values[key] = domain_get(domain, key);
            continue;
        }
        GArray *devices = g_array_new(FALSE, FALSE, sizeof(Value));
        g_ptr_array_add(lists, devices);
        merged[key] = list_with(settings_get(recorded->settings, key), key, changes, devices);
        values[key] =
            is_same_set(devices, domain_get(domain, key)) ? domain_get(domain, key) : &merged[key];
    }
    GString *out = g_string_new(NULL);
    domain_values_format_canonical(values, out);
    return g_string_free(out, FALSE);
}

/* Adds those of LIST that are not there. */
static void add_devices(GArray *devices, const Value *list)
{
    for (guint i = 0; list != NULL && i < list->count; i++) {
        gboolean is_there = FALSE;
        for (guint j = 0; j < devices->len && !is_there; j++) {
            is_there =
                value_equal(&domain_keys, &list->items[i], &g_array_index(devices, Value, j));
        }
        if (!is_there) {
            g_array_append_vals(devices, &list->items[i], 1);
        }
    }
}

char *record_settings_with_disks(const char *settings, const char *other)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read(settings);
    g_autoptr(RecordedSettings) added = recorded_settings_read_key(other, DOMAIN_KEY_disks);
    const Value *disks = added != NULL ? settings_get(added->settings, DOMAIN_KEY_disks) : NULL;
    if (recorded == NULL || disks == NULL) {
        return g_strdup(settings != NULL ? settings : other);
    }
    g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(Value));
    add_devices(devices, settings_get(recorded->settings, DOMAIN_KEY_disks));
    guint count = devices->len;
    add_devices(devices, disks);
    if (devices->len == count) {
        return g_strdup(settings);
    }
    Value merged = {.key = DOMAIN_KEY_disks,
                    .form = FORM_LIST,
                    .count = devices->len,
                    .items = (Value *)(gpointer)devices->data};
    const Value *values[DOMAIN_KEY_COUNT];
    for (guint key = 0; key < domain_keys.count; key++) {
        values[key] = key == DOMAIN_KEY_disks ? &merged : settings_get(recorded->settings, key);
    }
    GString *out = g_string_new(NULL);
    domain_values_format_canonical(values, out);
    return g_string_free(out, FALSE);
}

/* Devices are known by their identity, not by their place. */
static gboolean is_same_value(guint key, const Value *left, const Value *right)
{
    if (domain_keys.rows[key].changed == CHANGE_NONE || left == NULL || right == NULL) {
        return value_equal(&domain_keys, left, right);
    }
    g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(Value));
    g_array_append_vals(devices, left->items, left->count);
    return is_same_set(devices, right);
}

/* Do the settings of a record say what the spec says, but for the keys that change nothing in Xen?
 * Those that cannot be read are not known to differ. */
static gboolean is_as_wanted(const char *settings, const Domain *domain)
{
    g_autoptr(GString) wanted = g_string_new(NULL);
    domain_format_canonical(domain, wanted);
    if (strcmp(wanted->str, settings) == 0) {
        return TRUE;
    }
    g_autoptr(RecordedSettings) recorded = recorded_settings_read(settings);
    for (guint key = 0; recorded != NULL && key < domain_keys.count; key++) {
        if (domain_keys.rows[key].change != CHANGE_NONE && key != DOMAIN_KEY_uuid &&
            !is_same_value(key, settings_get(recorded->settings, key), domain_get(domain, key))) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean record_needs_store(const RecordDomain *recorded, const Domain *domain)
{
    if (recorded == NULL || recorded->is_storing) {
        return recorded != NULL;
    }
    const char *next = recorded->stored != NULL ? recorded->stored : recorded->settings;
    return next != NULL && !is_as_wanted(next, domain);
}

gboolean disk_is_writable(const Settings *disk)
{
    const Value *access = settings_get(disk, DISK_KEY_access);
    return access == NULL || strcmp(access->text, "rw") == 0;
}
