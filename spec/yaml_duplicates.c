#include "spec/yaml_duplicates.h"

#include <string.h>

#include "spec/characters.h"

/* Up to here, comparing each key with each is faster than sorting them. */
#define COMPARED_PAIRWISE_MAX 16u

static void refuse_duplicate(const TrustedText *text, const YamlNode *first, const YamlNode *again,
                             Problems *problems)
{
    g_autoptr(GString) key = g_string_new(NULL);
    characters_append_escaped(key, again->text, strlen(again->text), YAML_EXCERPT_MAX);
    problems_add(problems, (Position){text, again->line, again->column},
                 "expected each key once, found '%s' again (first on line %u)", key->str,
                 first->line);
}

static guint collect_keys(const YamlNode *nodes, guint32 mapping, const YamlNode **out)
{
    guint count = 0;
    guint32 index = mapping + 1;
    for (guint32 i = 0; i < nodes[mapping].count; i++) {
        const YamlNode *node = &nodes[index];
        if (i % 2 == 0 && *node->text != '\0') {
            out[count++] = node;
        }
        index = node->next;
    }
    return count;
}

static void compare_pairwise(const TrustedText *text, const YamlNode *const *keys, guint count,
                             Problems *problems)
{
    for (guint i = 1; i < count; i++) {
        for (guint j = 0; j < i; j++) {
            if (strcmp(keys[i]->text, keys[j]->text) == 0) {
                refuse_duplicate(text, keys[j], keys[i], problems);
                break;
            }
        }
    }
}

/* Equal texts in their order in the source, which is the order of the nodes in their array. */
static int compare_keys(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    const YamlNode *left = *(const YamlNode *const *)a;
    const YamlNode *right = *(const YamlNode *const *)b;
    int order = strcmp(left->text, right->text);
    return order != 0 ? order : (left > right) - (left < right);
}

/* Sorted, not hashed: whoever writes the keys could choose them so that their hashes collide. */
static void compare_sorted(const TrustedText *text, const YamlNode **keys, guint count,
                           Problems *problems)
{
    g_qsort_with_data(keys, (gint)count, sizeof(const YamlNode *), compare_keys, NULL);
    for (guint i = 1, first = 0; i < count; i++) {
        if (strcmp(keys[i]->text, keys[first]->text) == 0) {
            refuse_duplicate(text, keys[first], keys[i], problems);
        } else {
            first = i;
        }
    }
}

void yaml_duplicates_check(const TrustedText *text, const YamlNode *nodes, guint32 mapping,
                           Problems *problems)
{
    guint room = nodes[mapping].count / 2;
    const YamlNode *few[COMPARED_PAIRWISE_MAX];
    if (room <= COMPARED_PAIRWISE_MAX) {
        guint count = collect_keys(nodes, mapping, few);
        compare_pairwise(text, few, count, problems);
    } else {
        g_autofree const YamlNode **keys = g_new(const YamlNode *, room);
        guint count = collect_keys(nodes, mapping, keys);
        compare_sorted(text, keys, count, problems);
    }
}
