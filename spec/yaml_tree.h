/* YAML text -> a tree with positions. Only yaml_tree.c knows libyaml.
 *
 * It reads the part of YAML that leaves nothing to guess, and refuses the rest: anchors, aliases,
 * tags, directives, the merge key `<<`, duplicate and empty keys, keys that are no scalars, the
 * characters of character_is_refused() (raw or by an escape), UTF-16, and anything over a limit
 * below. Scalars have no types here: `no` is the text "no". */
#pragma once

#include "spec/problem.h"

#define YAML_BYTES_MAX (16u * 1024 * 1024)
/* Mappings and lists within each other; a scalar is no level. */
#define YAML_DEPTH_MAX 16u
/* In bytes. */
#define YAML_SCALAR_MAX (64u * 1024)
/* Of all documents of a text, 24 bytes each. Ordinary YAML of YAML_BYTES_MAX has half as many. */
#define YAML_NODES_MAX (4u * 1024 * 1024)
/* What a key or a quoted piece of the input shows in a message at most. */
#define YAML_EXCERPT_MAX 60u

typedef enum { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING } YamlKind;

typedef struct {
    const char *text; /* of a scalar: UTF-8, no NUL inside; owned by the tree */
    guint32 line;
    guint32 next;         /* index of the next sibling; 0: none */
    guint32 count;        /* children: items, or keys and values (key, value, key, ...) together */
    guint32 column : 28;  /* up to YAML_BYTES_MAX and one more */
    guint32 kind : 2;     /* YamlKind */
    guint32 is_again : 1; /* a key that stood before in its mapping */
    guint32 is_plain : 1; /* a scalar without quotes, not a block scalar */
} YamlNode;

typedef struct YamlTree YamlTree;

/* Reads all documents of TEXT (a stream). A text is refused when an error was added to PROBLEMS, in
 * no particular order (problems_sort()). Returns NULL when it is refused so that nothing can be
 * said of the rest; with no more than duplicate keys, anchors or tags in it, the tree is there all
 * the same (the first of a key counts), so that what else is wrong can be told. All that is refused
 * is reported in one go, but nothing behind a syntax error, a nesting that is too deep, or the last
 * of YAML_NODES_MAX. An empty stream gives a tree without documents; a document, value or item that
 * is left empty is a plain scalar with the text "". TEXT must outlive every use of the positions.
 * The time is linear in the bytes (n log n in the keys of one mapping), whatever they say. */
YamlTree *yaml_tree_parse(const TrustedText *text, Problems *problems);

/* Who reads the entries of a large mapping while the text is parsed, so that the nodes of one entry
 * at a time are in memory. An entry is a mapping under a key of a section, and a section is a
 * mapping under a key of a document: in `domains: {web1: {...}}` the section is `domains`. */
typedef struct {
    gpointer data; /* for the functions */
    /* Is the next entry of this section to be read? */
    gboolean (*wants)(gpointer data, const char *section);
    /* Makes something of the entry (never NULL), whose children are gone afterwards. What is wrong
     * in it must not go into the problems of yaml_tree_parse(): whether this entry, or the text, is
     * refused is not known before the end. */
    gpointer (*read)(gpointer data, const YamlTree *tree, const YamlNode *entry);
    /* Frees what nobody took. */
    GDestroyNotify discard;
} YamlEntryReader;

/* yaml_tree_parse() with a reader of entries, which must outlive the tree. Entries behind an error
 * for which the text is refused as a whole are not read. */
YamlTree *yaml_tree_parse_entries(const TrustedText *text, const YamlEntryReader *reader,
                                  Problems *problems);
/* What was made of an entry (taken over); NULL: nothing, and its children are there. */
gpointer yaml_tree_take_entry(YamlTree *tree, const YamlNode *entry);

void yaml_tree_free(YamlTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(YamlTree, yaml_tree_free)

guint yaml_tree_count_documents(const YamlTree *tree);
/* The root node of a document. */
const YamlNode *yaml_tree_document(const YamlTree *tree, guint index);
/* First child and next sibling; NULL: none. */
const YamlNode *yaml_tree_first(const YamlTree *tree, const YamlNode *node);
const YamlNode *yaml_tree_next(const YamlTree *tree, const YamlNode *node);
Position yaml_tree_position(const YamlTree *tree, const YamlNode *node);
/* What a message shows as found: "a mapping", "a list", "nothing" (an empty plain scalar), "'12x'",
 * or "the text '12'" when it has quotes or is a block; escaped, and cut at YAML_EXCERPT_MAX.
 * Appends to OUT. */
void yaml_tree_describe(const YamlTree *tree, const YamlNode *node, GString *out);

/* NODE runs over the children of PARENT. */
#define YAML_FOREACH(tree, parent, node)                                                           \
    for (const YamlNode *node = yaml_tree_first(tree, parent); node != NULL;                       \
         node = yaml_tree_next(tree, node))
