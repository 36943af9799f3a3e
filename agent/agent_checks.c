#include "agent/agent_checks.h"

#include "agent/agent_config.h"
#include "spec/text_checks.h"

#include <string.h>

typedef struct {
    const YamlTree *tree;
    Problems *problems;
    GHashTable *checks;
} Reader;

static gboolean refuse(const Reader *reader, const YamlNode *node, const char *expected)
{
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->tree, node, found);
    return problems_add(reader->problems, yaml_tree_position(reader->tree, node),
                        "expected %s, found %s", expected, found->str);
}

/* A program by its absolute path, and arguments. */
static void read_command(const Reader *reader, const char *name, const YamlNode *node)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > AGENT_CHECK_WORDS_MAX) {
        refuse(reader, node, "a list of a program and at most 63 arguments");
        return;
    }
    YAML_FOREACH (reader->tree, node, word) {
        if (word->kind != YAML_SCALAR) {
            refuse(reader, word, "a text");
            return;
        }
        if (words->len == 0 && !g_path_is_absolute(word->text)) {
            refuse(reader, word, "the absolute path of a program");
            return;
        }
        g_ptr_array_add(words, g_strdup(word->text));
    }
    g_ptr_array_add(words, NULL);
    g_hash_table_replace(reader->checks, g_strdup(name), g_ptr_array_steal(words, NULL));
}

static void read_checks(const Reader *reader, const YamlNode *node)
{
    if (node->kind != YAML_MAPPING || node->count / 2 > AGENT_CHECKS_MAX) {
        refuse(reader, node, "a mapping of at most 256 names to commands");
        return;
    }
    for (const YamlNode *key = yaml_tree_first(reader->tree, node); key != NULL;) {
        const YamlNode *value = yaml_tree_next(reader->tree, key);
        const char *expected = check_label(key->text);
        if (expected != NULL) {
            refuse(reader, key, expected);
        } else {
            read_command(reader, key->text, value);
        }
        key = yaml_tree_next(reader->tree, value);
    }
}

GHashTable *agent_checks_read(const YamlTree *tree, const YamlNode *root, Problems *problems)
{
    Reader reader = {
        tree, problems,
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev)};
    for (const YamlNode *key = yaml_tree_first(tree, root); key != NULL;) {
        const YamlNode *value = yaml_tree_next(tree, key);
        if (strcmp(key->text, agent_keys.rows[AGENT_KEY_checks].name) == 0) {
            read_checks(&reader, value);
        }
        key = yaml_tree_next(tree, value);
    }
    return reader.checks;
}
