#include "spec/settings.h"

#include "spec/value_parts.h"

#include <string.h>

/* Of the longest name of a row, and more. */
#define ROW_NAME_SIZE 64

/* What reading one mapping needs. */
typedef struct {
    const ValueReader *values;
    Settings *settings;
    guint room; /* of the settings' values */
    gboolean in_profile;
} SettingsReader;

/* "'stop' (timeout, force)" */
static void append_group(const KeyTable *table, const char *group, GString *out)
{
    gsize length = strlen(group);
    const char *separator = "";
    g_string_append_printf(out, "'%s' (", group);
    for (guint i = 0; i < table->count; i++) {
        const char *name = table->rows[i].name;
        if (strncmp(name, group, length) == 0 && name[length] == '.') {
            g_string_append_printf(out, "%s%s", separator, name + length + 1);
            separator = ", ";
        }
    }
    g_string_append_c(out, ')');
}

/* "did you mean ...?", or which keys there are. */
static void append_hint(const KeyTable *table, const char *name, GString *out)
{
    const char *meant = key_table_find_foreign(table, name);
    meant = meant != NULL ? meant : key_table_suggest(table, name);
    const char *dot = meant != NULL ? strchr(meant, '.') : NULL;
    if (dot != NULL) {
        g_string_append_printf(out, " (did you mean `%.*s: {%s: ...}`?)", (int)(dot - meant), meant,
                               dot + 1);
    } else if (meant != NULL) {
        g_string_append_printf(out, " (did you mean '%s'?)", meant);
    } else if (table == &domain_keys) {
        g_string_append(out, " (other keys of xl.cfg stand under 'xen')");
    } else {
        for (guint i = 0; i < table->count; i++) {
            g_string_append_printf(out, "%s%s", i == 0 ? " (there are " : ", ",
                                   table->rows[i].name);
        }
        g_string_append_c(out, ')');
    }
}

static void refuse_key(const SettingsReader *reader, const YamlNode *key, const char *group)
{
    const KeyTable *table = reader->settings->table;
    g_autoptr(GString) expected = g_string_new("a key of ");
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->values->tree, key, found);
    if (group != NULL) {
        append_group(table, group, expected);
    } else {
        g_string_append(expected, table->name);
        append_hint(table, key->text, found);
    }
    problems_add(reader->values->problems, yaml_tree_position(reader->values->tree, key),
                 "expected %s, found %s", expected->str, found->str);
}

static void mark_refused(Settings *settings, guint key)
{
    if (settings->refused == NULL) {
        settings->refused = g_new0(guint8, settings->table->count);
    }
    settings->refused[key] = TRUE;
}

static guint64 filter_bit(guint key)
{
    return (guint64)1 << (key % 64);
}

/* Where the next value is put. */
static Value *next_value(const Settings *settings)
{
    return &settings->values[settings->count];
}

/* Takes in the value that was put there, in the order of the rows. There are few values, and each
 * comes once. */
static void take_next_value(Settings *settings)
{
    guint at = settings->count++;
    guint key = settings->values[at].key;
    settings->filter |= filter_bit(key);
    if (at == 0 || settings->values[at - 1].key < key) {
        return;
    }
    Value value = settings->values[at];
    for (; at > 0 && settings->values[at - 1].key > key; at--) {
        settings->values[at] = settings->values[at - 1];
    }
    settings->values[at] = value;
}

static void read_row(SettingsReader *reader, const KeyRow *row, const YamlNode *key,
                     const YamlNode *node)
{
    Settings *settings = reader->settings;
    guint index = key_table_index(settings->table, row);
    if (reader->in_profile && row->not_in_profile) {
        problems_add(reader->values->problems, yaml_tree_position(reader->values->tree, key),
                     "expected a key that a profile can have, found '%s', which only a domain has",
                     row->name);
        return;
    }
    if (row->type == TYPE_NODE) {
        return;
    }
    g_assert(settings->count < reader->room);
    Value *value = next_value(settings);
    *value = (Value){.key = (guint16)index};
    if (!value_read(reader->values, row, node, value)) {
        mark_refused(settings, index);
        return;
    }
    for (guint i = 0; i < value->count; i++) {
        value->items[i].key = row->type == TYPE_RAW_MAP ? 0 : (guint16)index;
    }
    take_next_value(settings);
}

static void read_mapping(SettingsReader *reader, const YamlNode *node, const char *group);

/* "stop.timeout": the name of a row in a group. What is longer than any row's name is cut. */
static const char *join(const char *group, const char *name, char joined[ROW_NAME_SIZE])
{
    gsize length = g_strlcpy(joined, group, ROW_NAME_SIZE);
    if (length + 1 < ROW_NAME_SIZE) {
        joined[length] = '.';
        g_strlcpy(joined + length + 1, name, ROW_NAME_SIZE - length - 1);
    }
    return joined;
}

static void read_pair(SettingsReader *reader, const YamlNode *key, const YamlNode *value,
                      const char *group)
{
    const KeyTable *table = reader->settings->table;
    char joined[ROW_NAME_SIZE];
    const char *name = group != NULL ? join(group, key->text, joined) : key->text;
    const KeyRow *row = strchr(key->text, '.') == NULL ? key_table_find(table, name) : NULL;
    if (row != NULL) {
        read_row(reader, row, key, value);
    } else if (group != NULL || !key_table_has_group(table, name)) {
        refuse_key(reader, key, group);
    } else if (value->kind == YAML_MAPPING) {
        read_mapping(reader, value, name);
    } else {
        g_autoptr(GString) keys = g_string_new("a mapping with the keys of ");
        append_group(table, name, keys);
        value_refuse(reader->values, value, keys->str);
    }
}

static void read_mapping(SettingsReader *reader, const YamlNode *node, const char *group)
{
    const YamlNode *key = yaml_tree_first(reader->values->tree, node);
    while (key != NULL) {
        const YamlNode *value = yaml_tree_next(reader->values->tree, key);
        read_pair(reader, key, value, group);
        key = yaml_tree_next(reader->values->tree, value);
    }
}

/* How many values a mapping can give: one for each key, also of its groups. */
static guint count_values(const YamlTree *tree, const KeyTable *table, const YamlNode *node)
{
    guint count = node->count / 2;
    const YamlNode *key = yaml_tree_first(tree, node);
    while (key != NULL) {
        const YamlNode *value = yaml_tree_next(tree, key);
        if (value->kind == YAML_MAPPING && key_table_has_group(table, key->text)) {
            count += value->count / 2;
        }
        key = yaml_tree_next(tree, value);
    }
    return count;
}

static void miss_required(const ValueReader *reader, const Settings *settings)
{
    for (guint i = 0; i < settings->table->count; i++) {
        const KeyRow *row = &settings->table->rows[i];
        if (row->is_required && settings_own(settings, i) == NULL &&
            !settings_is_refused(settings, i)) {
            problems_add(reader->problems, settings->where,
                         "expected the key '%s' in %s, found none", row->name,
                         settings->table->name);
        }
    }
}

static Settings *new_with_room(const KeyTable *table, guint room)
{
    Settings *settings = g_malloc0(sizeof(Settings) + room * sizeof(Value));
    settings->table = table;
    settings->values = settings->first;
    return settings;
}

Settings *settings_new(const KeyTable *table)
{
    return new_with_room(table, 0);
}

Settings *settings_read(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                        gboolean in_profile)
{
    guint room = count_values(reader->tree, table, node);
    Settings *settings = new_with_room(table, room);
    settings->where = yaml_tree_position(reader->tree, node);
    SettingsReader mapping = {reader, settings, room, in_profile};
    read_mapping(&mapping, node, NULL);
    /* A domain's required keys may come from a profile: spec_merge.c looks for those. */
    if (table != &domain_keys) {
        miss_required(reader, settings);
    }
    return settings;
}

Settings *settings_new_refused(const KeyTable *table, Position where)
{
    Settings *settings = settings_new(table);
    settings->where = where;
    for (guint i = 0; i < table->count; i++) {
        mark_refused(settings, i);
    }
    return settings;
}

gboolean settings_is_refused(const Settings *settings, guint key)
{
    return settings->refused != NULL && settings->refused[key];
}

void settings_free(Settings *settings)
{
    if (settings == NULL) {
        return;
    }
    for (guint i = 0; i < settings->count; i++) {
        value_clear(&settings->values[i]);
    }
    if (settings->values != settings->first) {
        g_free(settings->values);
    }
    g_free(settings->refused);
    g_free(settings);
}

Settings *settings_copy(const Settings *settings)
{
    Settings *copy = g_memdup2(settings, sizeof *settings);
    copy->refused =
        g_memdup2(settings->refused, settings->refused != NULL ? settings->table->count : 0);
    copy->values = g_new0(Value, MAX(settings->count, 1));
    for (guint i = 0; i < settings->count; i++) {
        copy->values[i] = value_copy(&settings->values[i]);
    }
    return copy;
}

const Value *settings_own(const Settings *settings, guint key)
{
    guint low = 0;
    guint high = (settings->filter & filter_bit(key)) != 0 ? settings->count : 0;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (settings->values[middle].key == key) {
            return &settings->values[middle];
        }
        if (settings->values[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *settings_own_text(const Settings *settings, guint key)
{
    const Value *value = settings_own(settings, key);
    return value != NULL ? value->text : NULL;
}

const Value *settings_get(const Settings *settings, guint key)
{
    const Value *value = settings_own(settings, key);
    return value != NULL ? value : key_table_default(settings->table, key);
}

const char *settings_identity(const Settings *settings)
{
    for (guint key = 0; key < settings->table->count; key++) {
        if (settings->table->rows[key].is_identity) {
            return settings_own_text(settings, key);
        }
    }
    return NULL;
}

/* Room for one value more. */
static void make_room(Settings *settings)
{
    guint room = settings->count + 1;
    if (settings->values != settings->first) {
        settings->values = g_renew(Value, settings->values, room);
    } else {
        settings->values = g_new(Value, room);
        memcpy(settings->values, settings->first, settings->count * sizeof(Value));
    }
}

void settings_set(Settings *settings, const Value *value)
{
    Value *present = (Value *)settings_own(settings, value->key);
    if (present != NULL) {
        value_clear(present);
        *present = *value;
        return;
    }
    make_room(settings);
    *next_value(settings) = *value;
    take_next_value(settings);
}

void settings_unset(Settings *settings, guint key)
{
    Value *present = (Value *)settings_own(settings, key);
    if (present == NULL) {
        return;
    }
    value_clear(present);
    guint index = (guint)(present - settings->values);
    settings->count--;
    memmove(present, present + 1, (settings->count - index) * sizeof *present);
}
