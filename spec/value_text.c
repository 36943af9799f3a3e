/* Values compared, copied and written. */
#include "spec/value.h"

#include "spec/settings.h"
#include "spec/units.h"

#include <string.h>

void value_clear(Value *value)
{
    switch ((ValueForm)value->form) {
    case FORM_LIST:
    case FORM_MAP:
        for (guint i = 0; i < value->count; i++) {
            value_clear(&value->items[i]);
        }
        g_free(value->items);
        break;
    case FORM_TABLE:
        settings_free(value->table);
        break;
    case FORM_INTEGER:
    case FORM_TEXT:
        break;
    }
    value->form = FORM_INTEGER;
    value->count = 0;
}

Value value_copy(const Value *value)
{
    Value copy = *value;
    switch ((ValueForm)value->form) {
    case FORM_LIST:
    case FORM_MAP:
        copy.items = g_new0(Value, MAX(value->count, 1));
        for (guint i = 0; i < value->count; i++) {
            copy.items[i] = value_copy(&value->items[i]);
        }
        break;
    case FORM_TABLE:
        copy.table = settings_copy(value->table);
        break;
    case FORM_INTEGER:
    case FORM_TEXT:
        break;
    }
    return copy;
}

static const Value *find_in_map(const Value *map, const char *name)
{
    for (guint i = 0; i < map->count; i += 2) {
        if (strcmp(map->items[i].text, name) == 0) {
            return &map->items[i + 1];
        }
    }
    return NULL;
}

static gboolean tables_equal(const Settings *left, const Settings *right)
{
    for (guint key = 0; key < left->table->count; key++) {
        if (!value_equal(left->table, settings_get(left, key), settings_get(right, key))) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Of as many keys. Here a key counts even if its value is empty: it is written. */
static gboolean maps_equal(const KeyTable *table, const Value *left, const Value *right)
{
    for (guint i = 0; i < left->count; i += 2) {
        const Value *other = find_in_map(right, left->items[i].text);
        if (other == NULL || !value_equal(table, &left->items[i + 1], other)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* An empty list or mapping says what a missing one says; it stands in a spec only to hide a
 * profile's. */
static gboolean is_empty(const Value *value)
{
    return value == NULL ||
           ((value->form == FORM_LIST || value->form == FORM_MAP) && value->count == 0);
}

gboolean value_equal(const KeyTable *table, const Value *left, const Value *right)
{
    if (is_empty(left) || is_empty(right)) {
        return is_empty(left) && is_empty(right);
    }
    if (left->form != right->form || left->count != right->count) {
        return FALSE;
    }
    switch ((ValueForm)left->form) {
    case FORM_INTEGER:
        return left->integer == right->integer;
    case FORM_TEXT:
        return strcmp(left->text, right->text) == 0;
    case FORM_LIST:
        for (guint i = 0; i < left->count; i++) {
            if (!value_equal(table, &left->items[i], &right->items[i])) {
                return FALSE;
            }
        }
        return TRUE;
    case FORM_MAP:
        return maps_equal(table, left, right);
    case FORM_TABLE:
        return tables_equal(left->table, right->table);
    }
    return FALSE;
}

static const char *escape_of(char character)
{
    return character == '"'    ? "\\\""
           : character == '\\' ? "\\\\"
           : character == '\n' ? "\\n"
                               : "\\t";
}

void yaml_quote(const char *text, GString *out)
{
    g_string_append_c(out, '"');
    for (const char *c = text; *c != '\0';) {
        gsize plain = strcspn(c, "\"\\\n\t");
        g_string_append_len(out, c, (gssize)plain);
        c += plain;
        if (*c != '\0') {
            g_string_append(out, escape_of(*c++));
        }
    }
    g_string_append_c(out, '"');
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp((*(const Value *const *)left)->text, (*(const Value *const *)right)->text);
}

static void format_map(const KeyTable *table, const Value *value, GString *out)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < value->count; i += 2) {
        g_ptr_array_add(names, &value->items[i]);
    }
    g_ptr_array_sort(names, compare_names);
    g_string_append_c(out, '{');
    for (guint i = 0; i < names->len; i++) {
        const Value *name = g_ptr_array_index(names, i);
        g_string_append_printf(out, "%s%s: ", i > 0 ? ", " : "", name->text);
        value_format(table, &name[1], out);
    }
    g_string_append_c(out, '}');
}

static void format_table(const Settings *settings, GString *out)
{
    gboolean is_first = TRUE;
    g_string_append_c(out, '{');
    for (guint i = 0; i < settings->count; i++) {
        const Value *value = &settings->values[i];
        if (value_equal(settings->table, value, key_table_default(settings->table, value->key))) {
            continue;
        }
        g_string_append(out, is_first ? "" : ", ");
        g_string_append(out, settings->table->rows[value->key].name);
        g_string_append(out, ": ");
        value_format(settings->table, value, out);
        is_first = FALSE;
    }
    g_string_append_c(out, '}');
}

static void format_integer(KeyType type, gint64 integer, GString *out)
{
    if (type == TYPE_BOOLEAN || type == TYPE_SWITCH) {
        g_string_append(out, integer != 0 ? "true" : "false");
        return;
    }
    if (type == TYPE_TIMESTAMP) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(integer);
        g_autofree char *text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
        g_string_append(out, text);
        return;
    }
    units_append_number(integer, out);
    if (type == TYPE_SECONDS) {
        g_string_append_c(out, 's');
    } else if (type == TYPE_SIZE_MIB) {
        g_string_append(out, "MiB");
    }
}

void value_format(const KeyTable *table, const Value *value, GString *out)
{
    /* A raw value has no row of its own: its integers are plain. */
    const KeyRow *row = &table->rows[value->key];
    switch ((ValueForm)value->form) {
    case FORM_INTEGER:
        format_integer(row->type, value->integer, out);
        break;
    case FORM_TEXT:
        yaml_quote(value->text, out);
        break;
    case FORM_LIST:
        g_string_append_c(out, '[');
        for (guint i = 0; i < value->count; i++) {
            if (i > 0) {
                g_string_append(out, ", ");
            }
            value_format(table, &value->items[i], out);
        }
        g_string_append_c(out, ']');
        break;
    case FORM_MAP:
        format_map(table, value, out);
        break;
    case FORM_TABLE:
        format_table(value->table, out);
        break;
    }
}

static void format_items_for_people(const KeyTable *table, const Value *list, GString *out)
{
    for (guint i = 0; i < list->count; i++) {
        g_string_append(out, i > 0 ? ", " : "");
        value_format_for_people(table, &list->items[i], out);
    }
}

void value_format_for_people(const KeyTable *table, const Value *value, GString *out)
{
    const KeyRow *row = &table->rows[value->key];
    switch ((ValueForm)value->form) {
    case FORM_TEXT:
        g_string_append(out, value->text);
        break;
    case FORM_INTEGER:
        if (row->type == TYPE_SIZE_MIB) {
            g_string_append_printf(out, "%" G_GINT64_FORMAT " MiB", value->integer);
        } else if (row->type == TYPE_SECONDS) {
            units_append_seconds(value->integer, out);
        } else {
            format_integer(row->type, value->integer, out);
        }
        break;
    case FORM_LIST:
        format_items_for_people(table, value, out);
        break;
    case FORM_TABLE:
    case FORM_MAP:
        value_format(table, value, out);
        break;
    }
}
