/* `xen:`, the keys of xl.cfg that the table lacks. */
#include "spec/value_parts.h"

#include <string.h>

/* xl reads "010" as the number 8. */
static gboolean is_doubtful_number(const char *text, gboolean is_plain)
{
    return is_plain && text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

gboolean value_read_raw_text(const char *text, gboolean is_plain, GStringChunk *texts, Value *out,
                             char **expected)
{
    /* A text, an integer, or true or false (which xl writes 1 and 0). */
    static const KeyRow raw[] = {
        {.type = TYPE_INTEGER, .minimum = 0, .maximum = G_MAXINT64},
        {.type = TYPE_BOOLEAN},
        {.type = TYPE_TEXT, .minimum = 1, .maximum = TEXT_MAX},
    };
    *expected = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(raw); i++) {
        g_clear_pointer(expected, g_free);
        if (raw[i].type == TYPE_TEXT && is_doubtful_number(text, is_plain)) {
            *expected = g_strdup("an integer without leading zeros, or a text in quotes");
            return FALSE;
        }
        if (value_read_text(&raw[i], text, is_plain, texts, out, expected)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_raw_scalar(const ValueReader *reader, const YamlNode *node, Value *out)
{
    Value value = {.where = yaml_tree_position(reader->tree, node)};
    g_autofree char *expected = NULL;
    if (value_read_raw_text(node->text, node->is_plain, reader->texts, &value, &expected)) {
        *out = value;
        return TRUE;
    }
    return value_refuse(reader, node, expected);
}

static gboolean read_raw_list(const ValueReader *reader, const YamlNode *node, Value *out)
{
    Value list = {.form = FORM_LIST, .where = yaml_tree_position(reader->tree, node)};
    if (node->count > LIST_ITEMS_MAX) {
        return problems_add(reader->problems, list.where, "expected at most %u items, found %u",
                            LIST_ITEMS_MAX, node->count);
    }
    gboolean is_good = TRUE;
    list.items = g_new0(Value, MAX(node->count, 1));
    YAML_FOREACH (reader->tree, node, item) {
        if (item->kind != YAML_SCALAR) {
            is_good = value_refuse(reader, item, "a text or an integer");
        } else if (read_raw_scalar(reader, item, &list.items[list.count])) {
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

static gboolean read_raw(const ValueReader *reader, const YamlNode *node, Value *out)
{
    switch ((YamlKind)node->kind) {
    case YAML_SCALAR:
        return read_raw_scalar(reader, node, out);
    case YAML_SEQUENCE:
        return read_raw_list(reader, node, out);
    case YAML_MAPPING:
        return value_refuse(reader, node, "a text, an integer or a list of such");
    }
    return FALSE;
}

/* xl's lexer: Xen tools/libs/util/libxlu_cfg_l.l. */
gboolean value_is_raw_key(const char *text)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._") == strlen(text);
}

/* xl takes any key without a word, and does nothing with one that it does not know. So what looks
 * like a key of the table that was mistyped is told of; it may be one that the table lacks, too, as
 * xm's `cpu` is (Xen 4.1 tools/python/xen/xm/create.py). */
static void warn_of_near_key(const ValueReader *reader, const YamlNode *node)
{
    const char *meant = key_table_suggest_foreign(&domain_keys, node->text);
    if (meant != NULL && strcmp(node->text, "cpu") != 0) {
        problems_add_warning(reader->problems, yaml_tree_position(reader->tree, node),
                             "'%s' is no key that xensure knows, and is written as it is: did you "
                             "mean the domain's own key '%s'?",
                             node->text, meant);
    }
}

static gboolean check_raw_key(const ValueReader *reader, const YamlNode *node)
{
    if (!value_is_raw_key(node->text)) {
        return value_refuse(reader, node,
                            "a key of xl.cfg (lower-case letters, digits, '_' and '.')");
    }
    Position where = yaml_tree_position(reader->tree, node);
    const char *own = key_table_find_foreign(&domain_keys, node->text);
    if (own != NULL) {
        return problems_add(reader->problems, where,
                            "expected a key that is not written already, found '%s': use the "
                            "domain's own key '%s'",
                            node->text, own);
    }
    if (strcmp(node->text, "spicepasswd") == 0) {
        return problems_add(reader->problems, where,
                            "expected no password in a spec, found 'spicepasswd'");
    }
    if (strcmp(node->text, "vncpasswd") == 0) {
        return problems_add(reader->problems, where,
                            "expected no password in a spec, found 'vncpasswd': put it into a file "
                            "of the host that agent.yaml names as `vnc_password_file`");
    }
    if (strcmp(node->text, "name") == 0) {
        return problems_add(reader->problems, where,
                            "expected a key that is not written already, found 'name', which is "
                            "the domain's name in the spec");
    }
    warn_of_near_key(reader, node);
    return TRUE;
}

gboolean value_read_raw_map(const ValueReader *reader, const YamlNode *node, Value *out)
{
    if (node->kind != YAML_MAPPING) {
        return value_refuse(reader, node, "a mapping of xl.cfg's keys");
    }
    Value map = {
        .where = yaml_tree_position(reader->tree, node), .key = out->key, .form = FORM_MAP};
    if (node->count / 2 > LIST_ITEMS_MAX) {
        return problems_add(reader->problems, map.where, "expected at most %u keys, found %u",
                            LIST_ITEMS_MAX, node->count / 2);
    }
    map.items = g_new0(Value, MAX(node->count, 1));
    gboolean is_good = TRUE;
    const YamlNode *key = yaml_tree_first(reader->tree, node);
    while (key != NULL) {
        const YamlNode *value = yaml_tree_next(reader->tree, key);
        Value *pair = &map.items[map.count];
        if (check_raw_key(reader, key) && read_raw(reader, value, &pair[1])) {
            pair[0].where = yaml_tree_position(reader->tree, key);
            pair[0].text = g_string_chunk_insert(reader->texts, key->text);
            pair[0].form = FORM_TEXT;
            map.count += 2;
        } else {
            is_good = FALSE;
        }
        key = yaml_tree_next(reader->tree, value);
    }
    if (!is_good) {
        value_clear(&map);
        return FALSE;
    }
    *out = map;
    return TRUE;
}
