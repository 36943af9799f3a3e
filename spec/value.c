/* Nodes of a spec read as values. */
#include "spec/settings.h"
#include "spec/value_parts.h"

gboolean value_refuse(const ValueReader *reader, const YamlNode *node, const char *expected)
{
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->tree, node, found);
    if (node->kind == YAML_SCALAR && node->text[0] != '\0' &&
        value_is_nothing(node->text, node->is_plain)) {
        g_string_append(found, ", which is nothing in YAML");
    }
    return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                        "expected %s, found %s", expected, found->str);
}

static gboolean read_scalar(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                            Value *out)
{
    g_autofree char *expected = NULL;
    if (node->kind != YAML_SCALAR) {
        g_autoptr(GString) description = g_string_new(NULL);
        value_describe_one(row, description);
        return value_refuse(reader, node, description->str);
    }
    out->where = yaml_tree_position(reader->tree, node);
    if (!value_read_text(row, node->text, node->is_plain, reader->texts, out, &expected)) {
        return value_refuse(reader, node, expected);
    }
    return TRUE;
}

static gboolean read_one(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                         Value *out)
{
    if (row->type != TYPE_TABLE) {
        return read_scalar(reader, row, node, out);
    }
    if (node->kind != YAML_MAPPING) {
        g_autofree char *expected = g_strdup_printf("%s (a mapping)", row->table->name);
        return value_refuse(reader, node, expected);
    }
    out->table = settings_read(reader, row->table, node, FALSE);
    out->form = FORM_TABLE;
    out->where = yaml_tree_position(reader->tree, node);
    return TRUE;
}

static gboolean read_list(const ValueReader *reader, const KeyRow *row, const YamlNode *node,
                          Value *out)
{
    if (node->kind != YAML_SEQUENCE) {
        return value_refuse(reader, node, "a list");
    }
    guint limit = row->items_maximum != 0 ? row->items_maximum : LIST_ITEMS_MAX;
    if (node->count > limit) {
        return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                            "expected at most %u items, found %u", limit, node->count);
    }
    Value list = {
        .where = yaml_tree_position(reader->tree, node), .key = out->key, .form = FORM_LIST};
    list.items = g_new0(Value, MAX(node->count, 1));
    gboolean is_good = TRUE;
    KeyRow words;
    if (row->type == TYPE_SWITCH) {
        words = *row;
        words.type = TYPE_WORD;
        row = &words;
    }
    YAML_FOREACH (reader->tree, node, item) {
        Value *slot = &list.items[list.count];
        if (read_one(reader, row, item, slot)) {
            list.count++;
        } else {
            is_good = FALSE;
        }
    }
    if (!is_good) {
        value_clear(&list);
        return FALSE;
    }
    *out = list;
    return TRUE;
}

gboolean value_read(const ValueReader *reader, const KeyRow *row, const YamlNode *node, Value *out)
{
    if (row->type == TYPE_NODE) {
        return FALSE;
    }
    if (row->type == TYPE_RAW_MAP) {
        return value_read_raw_map(reader, node, out);
    }
    if (row->list == LIST_ALWAYS || (row->list == LIST_OR_ONE && node->kind == YAML_SEQUENCE)) {
        return read_list(reader, row, node, out);
    }
    return read_one(reader, row, node, out);
}
