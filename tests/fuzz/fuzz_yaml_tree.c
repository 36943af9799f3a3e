/* Any bytes as a spec: the reader refuses them with a reason, or gives a tree that keeps what its
 * header says; and with entries that are read on the way it is the same tree. */
#include <stdint.h>
#include <string.h>

#include "spec/characters.h"
#include "spec/yaml_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_scalar(const YamlNode *node)
{
    gsize length = strlen(node->text);
    g_assert(length <= YAML_SCALAR_MAX);
    g_assert(node->count == 0);
    for (const char *at = node->text; at < node->text + length;) {
        g_assert(!character_is_refused(character_next(&at, node->text + length)));
    }
}

/* Keys of one mapping, compared in a way that is not the reader's own. */
static void check_key(const YamlNode *key, GHashTable *keys)
{
    g_assert(key->kind == YAML_SCALAR);
    g_assert(*key->text != '\0');
    g_assert(g_hash_table_add(keys, (gpointer)key->text));
}

static void check_node(const YamlTree *tree, const YamlNode *node, guint depth)
{
    g_assert(depth <= YAML_DEPTH_MAX);
    g_assert(node->line >= 1 && node->column >= 1);
    g_autoptr(GString) description = g_string_new(NULL);
    yaml_tree_describe(tree, node, description);
    g_assert(g_utf8_validate(description->str, (gssize)description->len, NULL));
    if (node->kind == YAML_SCALAR) {
        check_scalar(node);
        return;
    }
    g_assert(depth < YAML_DEPTH_MAX);
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    guint32 count = 0;
    const YamlNode *last = node;
    YAML_FOREACH (tree, node, child) {
        g_assert(child->line > last->line ||
                 (child->line == last->line && child->column >= last->column));
        if (node->kind == YAML_MAPPING && count % 2 == 0) {
            check_key(child, keys);
        }
        check_node(tree, child, depth + 1);
        last = child;
        count++;
    }
    g_assert(count == node->count);
    g_assert(node->kind == YAML_SEQUENCE || count % 2 == 0);
}

static void check_problems(Problems *problems, gsize size)
{
    problems_sort(problems);
    for (guint i = 0; i < problems_count(problems); i++) {
        const Problem *problem = problems_get(problems, i);
        g_assert(strchr(problem->message, '\n') == NULL);
        /* Behind the last byte at most. */
        g_assert(problem->where.line >= 1 && problem->where.line <= size + 1);
        g_assert(problem->where.column >= 1 && problem->where.column <= size + 1);
    }
    g_autoptr(GString) plain = g_string_new(NULL);
    g_autoptr(GString) coloured = g_string_new(NULL);
    problems_format(problems, plain, FALSE);
    problems_format(problems, coloured, TRUE);
    g_assert(g_utf8_validate(plain->str, (gssize)plain->len, NULL));
    g_assert(memchr(plain->str, '\033', plain->len) == NULL);
    g_assert(coloured->len >= plain->len);
}

static void dump(const YamlTree *tree, const YamlNode *node, GString *out)
{
    g_string_append_printf(out, "%u:%u %u %u '%s' [", node->line, node->column, node->kind,
                           node->is_plain, node->text);
    YAML_FOREACH (tree, node, child) {
        dump(tree, child, out);
    }
    g_string_append(out, "]\n");
}

static gpointer dump_entry(gpointer data, const YamlTree *tree, const YamlNode *entry)
{
    (void)data;
    GString *out = g_string_new(NULL);
    dump(tree, entry, out);
    return g_string_free(out, FALSE);
}

/* About half of the sections. */
static gboolean wants_section(gpointer data, const char *section)
{
    (void)data;
    return strlen(section) % 2 == 1;
}

/* The tree with what was made of entries in their places. */
static void dump_with_entries(YamlTree *tree, const YamlNode *node, guint depth, GString *out)
{
    g_autofree char *entry = yaml_tree_take_entry(tree, node);
    g_assert(entry == NULL || (depth == 2 && node->kind == YAML_MAPPING && node->count == 0));
    g_assert(yaml_tree_take_entry(tree, node) == NULL);
    if (entry != NULL) {
        g_string_append(out, entry);
        return;
    }
    g_string_append_printf(out, "%u:%u %u %u '%s' [", node->line, node->column, node->kind,
                           node->is_plain, node->text);
    YAML_FOREACH (tree, node, child) {
        dump_with_entries(tree, child, depth + 1, out);
    }
    g_string_append(out, "]\n");
}

static void check_entries(const TrustedText *text, const YamlTree *plain, const Problems *expected)
{
    const YamlEntryReader reader = {NULL, wants_section, dump_entry, g_free};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(YamlTree) tree = yaml_tree_parse_entries(text, &reader, problems);
    g_autoptr(GString) problems_as_text = g_string_new(NULL);
    g_autoptr(GString) expected_as_text = g_string_new(NULL);
    problems_sort(problems);
    problems_format(problems, problems_as_text, FALSE);
    problems_format(expected, expected_as_text, FALSE);
    g_assert_cmpstr(problems_as_text->str, ==, expected_as_text->str);
    g_assert((tree == NULL) == (plain == NULL));
    for (guint i = 0; tree != NULL && i < yaml_tree_count_documents(tree); i++) {
        g_autoptr(GString) dumped = g_string_new(NULL);
        g_autoptr(GString) expected_dump = g_string_new(NULL);
        dump_with_entries(tree, yaml_tree_document(tree, i), 0, dumped);
        dump(plain, yaml_tree_document(plain, i), expected_dump);
        g_assert_cmpstr(dumped->str, ==, expected_dump->str);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(TrustedText) text = trusted_text_new_local("spec.yaml", bytes);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(YamlTree) tree = yaml_tree_parse(text, problems);
    if (tree == NULL) {
        g_assert(problems_count_errors(problems) > 0);
        check_problems(problems, size);
        check_entries(text, tree, problems);
        return 0;
    }
    check_problems(problems, size);
    check_entries(text, tree, problems);
    for (guint i = 0; i < yaml_tree_count_documents(tree); i++) {
        check_node(tree, yaml_tree_document(tree, i), 0);
    }
    return 0;
}
