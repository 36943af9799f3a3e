#include "spec/settings.h"

#include <string.h>

static int compare_keys(gconstpointer left, gconstpointer right)
{
    const Value *a = left;
    const Value *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static void refuse_key(const ValueReader *reader, const KeyTable *table, const YamlNode *key,
                       const char *full_name)
{
    const char *meant = key_table_suggest(table, full_name);
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->tree, key, found);
    if (meant != NULL) {
        g_string_append_printf(found, " (did you mean '%s'?)", meant);
    }
    problems_add(reader->problems, yaml_tree_position(reader->tree, key),
                 "expected a key of %s, found %s", table->name, found->str);
}

static void read_mapping(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                         const char *group, gboolean in_profile, GArray *values, guint8 *seen);

static void read_pair(const ValueReader *reader, const KeyTable *table, const YamlNode *key,
                      const YamlNode *value, const char *group, gboolean in_profile, GArray *values,
                      guint8 *seen)
{
    g_autofree char *joined = group != NULL ? g_strconcat(group, ".", key->text, NULL) : NULL;
    const char *name = joined != NULL ? joined : key->text;
    const KeyRow *row = strchr(key->text, '.') == NULL ? key_table_find(table, name) : NULL;
    if (row == NULL && group == NULL && key_table_has_group(table, name)) {
        if (value->kind != YAML_MAPPING) {
            g_autoptr(GString) found = g_string_new(NULL);
            yaml_tree_describe(reader->tree, value, found);
            problems_add(reader->problems, yaml_tree_position(reader->tree, value),
                         "expected a mapping, found %s", found->str);
            return;
        }
        read_mapping(reader, table, value, name, in_profile, values, seen);
        return;
    }
    if (row == NULL) {
        refuse_key(reader, table, key, name);
        return;
    }
    guint index = key_table_index(table, row);
    seen[index] = TRUE;
    if (in_profile && row->not_in_profile) {
        problems_add(reader->problems, yaml_tree_position(reader->tree, key),
                     "expected a key that a profile can have, found '%s', which only a domain has",
                     row->name);
        return;
    }
    Value read = {.key = (guint16)index};
    if (value_read(reader, row, value, &read)) {
        read.key = (guint16)index;
        for (guint i = 0; i < read.count; i++) {
            read.items[i].key = row->type == TYPE_RAW_MAP ? 0 : (guint16)index;
        }
        g_array_append_val(values, read);
    }
}

static void read_mapping(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                         const char *group, gboolean in_profile, GArray *values, guint8 *seen)
{
    const YamlNode *key = yaml_tree_first(reader->tree, node);
    while (key != NULL) {
        const YamlNode *value = yaml_tree_next(reader->tree, key);
        read_pair(reader, table, key, value, group, in_profile, values, seen);
        key = yaml_tree_next(reader->tree, value);
    }
}

/* A domain's required keys may come from a profile: spec.c looks for those after the merge. */
static void miss_required(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                          const guint8 *seen)
{
    for (guint i = 0; i < table->count; i++) {
        if (table->rows[i].is_required && !seen[i]) {
            problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                         "expected the key '%s' in %s, found none", table->rows[i].name,
                         table->name);
        }
    }
}

Settings *settings_read(const ValueReader *reader, const KeyTable *table, const YamlNode *node,
                        gboolean in_profile)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(Value));
    g_autofree guint8 *seen = g_new0(guint8, table->count);
    read_mapping(reader, table, node, NULL, in_profile, values, seen);
    if (table != &domain_keys) {
        miss_required(reader, table, node, seen);
    }
    g_array_sort(values, compare_keys);
    Settings *settings = g_new0(Settings, 1);
    settings->table = table;
    settings->where = yaml_tree_position(reader->tree, node);
    settings->count = values->len;
    settings->values =
        values->len > 0 ? g_memdup2(values->data, (gsize)values->len * sizeof(Value)) : NULL;
    return settings;
}

void settings_free(Settings *settings)
{
    if (settings == NULL) {
        return;
    }
    for (guint i = 0; i < settings->count; i++) {
        value_clear(&settings->values[i]);
    }
    g_free(settings->values);
    g_free(settings);
}

Settings *settings_copy(const Settings *settings)
{
    Settings *copy = g_memdup2(settings, sizeof *settings);
    copy->values = g_new0(Value, MAX(settings->count, 1));
    for (guint i = 0; i < settings->count; i++) {
        copy->values[i] = value_copy(&settings->values[i]);
    }
    return copy;
}

const Value *settings_own(const Settings *settings, guint key)
{
    guint low = 0;
    guint high = settings->count;
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

const Value *settings_get(const Settings *settings, guint key)
{
    const Value *value = settings_own(settings, key);
    return value != NULL ? value : key_table_default(settings->table, key);
}

void settings_set(Settings *settings, const Value *value)
{
    Value *present = (Value *)settings_own(settings, value->key);
    if (present != NULL) {
        value_clear(present);
        *present = *value;
        return;
    }
    settings->values = g_renew(Value, settings->values, settings->count + 1);
    settings->values[settings->count++] = *value;
    qsort(settings->values, settings->count, sizeof(Value), compare_keys);
}

/* The defaults of a table, read once from the texts of its rows. */
static Value *make_defaults(const KeyTable *table)
{
    Value *defaults = g_new0(Value, table->count);
    for (guint i = 0; i < table->count; i++) {
        const KeyRow *row = &table->rows[i];
        g_autofree char *expected = NULL;
        if (row->default_text == NULL) {
            continue;
        }
        static GStringChunk *texts;
        if (texts == NULL) {
            texts = g_string_chunk_new(256);
        }
        defaults[i].key = (guint16)i;
        if (!value_read_text(row, row->default_text, TRUE, texts, &defaults[i], &expected)) {
            g_error("the default of '%s' does not fit its own row: expected %s", row->name,
                    expected);
        }
    }
    return defaults;
}

const Value *key_table_default(const KeyTable *table, guint key)
{
    /* Lives for ever: tables are constants. Reads are far more than tables, so a list will do. */
    static GSList *tables;
    typedef struct {
        const KeyTable *table;
        Value *values;
    } TableDefaults;
    if (table->rows[key].default_text == NULL) {
        return NULL;
    }
    for (GSList *link = tables; link != NULL; link = link->next) {
        TableDefaults *known = link->data;
        if (known->table == table) {
            return &known->values[key];
        }
    }
    TableDefaults *fresh = g_new(TableDefaults, 1);
    fresh->table = table;
    fresh->values = make_defaults(table);
    tables = g_slist_prepend(tables, fresh);
    return &fresh->values[key];
}
