#include "spec/yaml_duplicates.h"

#include <string.h>

#include "spec/characters.h"

/* Up to here, comparing each key with each is faster than sorting them. A domain has some twenty.
 */
#define COMPARED_PAIRWISE_MAX 48u

static void refuse_duplicate(const TrustedText *text, const YamlNode *first, YamlNode *again,
                             Problems *problems)
{
    g_autoptr(GString) key = g_string_new(NULL);
    characters_append_escaped(key, again->text, strlen(again->text), YAML_EXCERPT_MAX);
    problems_add(problems, (Position){text, again->line, again->column},
                 "expected each key once, found '%s' again (first on line %u)", key->str,
                 first->line);
    again->is_again = 1;
}

static guint collect_keys(YamlNode *nodes, guint32 mapping, YamlNode **out)
{
    guint count = 0;
    guint32 index = mapping + 1;
    for (guint32 i = 0; i < nodes[mapping].count; i++) {
        YamlNode *node = &nodes[index];
        if (i % 2 == 0 && *node->text != '\0') {
            out[count++] = node;
        }
        index = node->next;
    }
    return count;
}

/* The first eight bytes as a number: few keys that differ have the same. */
static guint64 beginning_of(const char *text)
{
    guint64 beginning = 0;
    for (guint i = 0; i < 8 && text[i] != '\0'; i++) {
        beginning = beginning << 8 | (guchar)text[i];
    }
    return beginning;
}

static guint64 filter_bit(guint64 beginning)
{
    return (guint64)1 << (beginning * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) >> 58);
}

static void compare_pairwise(const TrustedText *text, YamlNode *const *keys, guint count,
                             Problems *problems)
{
    guint64 beginnings[COMPARED_PAIRWISE_MAX];
    guint64 filter = 0; /* a bit for each that was seen; where it is new, nothing is like it */
    for (guint i = 0; i < count; i++) {
        beginnings[i] = beginning_of(keys[i]->text);
        guint64 bit = filter_bit(beginnings[i]);
        guint compared = (filter & bit) != 0 ? i : 0;
        filter |= bit;
        for (guint j = 0; j < compared; j++) {
            if (beginnings[j] == beginnings[i] && strcmp(keys[i]->text, keys[j]->text) == 0) {
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
static void compare_sorted(const TrustedText *text, YamlNode **keys, guint count,
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

/* The first of a name stays; the later pairs are taken out of the mapping's children. */
static void unlink_again(YamlNode *nodes, guint32 mapping)
{
    guint32 index = mapping + 1;
    YamlNode *kept = NULL; /* the value of the last pair that stays */
    guint pairs = nodes[mapping].count / 2;
    for (guint i = 0; i < pairs; i++) {
        YamlNode *key = &nodes[index];
        YamlNode *value = &nodes[key->next];
        index = value->next;
        if (key->is_again == 0) {
            kept = value;
        } else if (kept != NULL) {
            kept->next = value->next;
            nodes[mapping].count -= 2;
        }
    }
}

guint yaml_duplicates_check(const TrustedText *text, YamlNode *nodes, guint32 mapping,
                            Problems *problems)
{
    guint errors = problems_count_errors(problems);
    guint room = nodes[mapping].count / 2;
    YamlNode *few[COMPARED_PAIRWISE_MAX];
    if (room <= COMPARED_PAIRWISE_MAX) {
        guint count = collect_keys(nodes, mapping, few);
        compare_pairwise(text, few, count, problems);
    } else {
        g_autofree YamlNode **keys = g_new(YamlNode *, room);
        guint count = collect_keys(nodes, mapping, keys);
        compare_sorted(text, keys, count, problems);
    }
    guint found = problems_count_errors(problems) - errors;
    if (found > 0) {
        unlink_again(nodes, mapping);
    }
    return found;
}
