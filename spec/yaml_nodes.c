#include "spec/yaml_nodes.h"

#include <string.h>

#include "spec/characters.h"

#define NODES_AT_FIRST     1024u
#define STRINGS_CHUNK_SIZE (64 * 1024)
#define ENTRY_CHUNK_SIZE   1024 /* of which malloc keeps some at hand */

/* ---- while it grows ---- */

YamlTree *yaml_nodes_new(const TrustedText *text, const YamlEntryReader *reader)
{
    YamlTree *tree = g_new0(YamlTree, 1);
    tree->text = text;
    tree->roots = g_array_new(FALSE, FALSE, sizeof(guint32));
    tree->strings = g_string_chunk_new(STRINGS_CHUNK_SIZE);
    tree->reader = reader;
    if (reader != NULL) {
        tree->entry_strings = g_string_chunk_new(ENTRY_CHUNK_SIZE);
        tree->entries = g_array_new(FALSE, FALSE, sizeof(YamlEntry));
    }
    return tree;
}

void yaml_nodes_grow(YamlTree *tree)
{
    tree->node_room = MAX(tree->node_room * 2, NODES_AT_FIRST);
    tree->nodes = g_renew(YamlNode, tree->nodes, tree->node_room);
}

void yaml_nodes_read_entry(YamlTree *tree, guint32 entry)
{
    YamlEntry made = {.node = entry};
    made.result = tree->reader->read(tree->reader->data, tree, &tree->nodes[entry]);
    g_array_append_val(tree->entries, made);
    tree->node_count = entry + 1;
    tree->nodes[entry].count = 0;
    g_string_chunk_clear(tree->entry_strings);
}

void yaml_nodes_trim(YamlTree *tree)
{
    tree->node_room = tree->node_count;
    tree->nodes = g_renew(YamlNode, tree->nodes, tree->node_room);
}

/* ---- when it is there ---- */

static void free_entries(YamlTree *tree)
{
    for (guint i = 0; i < tree->entries->len; i++) {
        gpointer result = g_array_index(tree->entries, YamlEntry, i).result;
        if (result != NULL) {
            tree->reader->discard(result);
        }
    }
    g_array_unref(tree->entries);
    g_string_chunk_free(tree->entry_strings);
}

void yaml_tree_free(YamlTree *tree)
{
    if (tree == NULL) {
        return;
    }
    if (tree->entries != NULL) {
        free_entries(tree);
    }
    g_string_chunk_free(tree->strings);
    g_array_unref(tree->roots);
    g_free(tree->nodes);
    g_free(tree);
}

static int compare_entries(gconstpointer left, gconstpointer right)
{
    guint32 a = ((const YamlEntry *)left)->node;
    guint32 b = ((const YamlEntry *)right)->node;
    return (a > b) - (a < b);
}

gpointer yaml_tree_take_entry(YamlTree *tree, const YamlNode *entry)
{
    YamlEntry key = {.node = (guint32)(entry - tree->nodes)};
    guint index = 0;
    if (tree->entries == NULL ||
        !g_array_binary_search(tree->entries, &key, compare_entries, &index)) {
        return NULL;
    }
    return g_steal_pointer(&g_array_index(tree->entries, YamlEntry, index).result);
}

guint yaml_tree_count_documents(const YamlTree *tree)
{
    return tree->roots->len;
}

const YamlNode *yaml_tree_document(const YamlTree *tree, guint index)
{
    g_return_val_if_fail(index < tree->roots->len, NULL);
    return &tree->nodes[g_array_index(tree->roots, guint32, index)];
}

const YamlNode *yaml_tree_first(const YamlTree *tree, const YamlNode *node)
{
    (void)tree;
    return node->count == 0 ? NULL : node + 1;
}

const YamlNode *yaml_tree_next(const YamlTree *tree, const YamlNode *node)
{
    return node->next == 0 ? NULL : &tree->nodes[node->next];
}

Position yaml_tree_position(const YamlTree *tree, const YamlNode *node)
{
    return (Position){tree->text, node->line, node->column};
}

void yaml_nodes_quote(GString *out, const char *prefix, const char *text)
{
    g_string_append_printf(out, "'%s", prefix);
    characters_append_escaped(out, text, strlen(text), YAML_EXCERPT_MAX);
    g_string_append_c(out, '\'');
}

static void describe_scalar(const YamlNode *node, GString *out)
{
    if (node->is_plain && *node->text == '\0') {
        g_string_append(out, "nothing");
        return;
    }
    if (!node->is_plain) {
        g_string_append(out, "the text ");
    }
    yaml_nodes_quote(out, "", node->text);
}

void yaml_tree_describe(const YamlTree *tree, const YamlNode *node, GString *out)
{
    (void)tree;
    switch ((YamlKind)node->kind) {
    case YAML_SCALAR:
        describe_scalar(node, out);
        break;
    case YAML_SEQUENCE:
        g_string_append(out, "a list");
        break;
    case YAML_MAPPING:
        g_string_append(out, "a mapping");
        break;
    }
}
