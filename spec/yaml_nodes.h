/* The nodes of a tree, while it grows and when it is there; for yaml_*.c alone. */
#pragma once

#include "spec/yaml_tree.h"

struct YamlTree {
    const TrustedText *text;
    YamlNode *nodes; /* a parent stands directly before its first child */
    guint32 node_count, node_room;
    GArray *roots; /* guint32 */
    GStringChunk *strings;
    const YamlEntryReader *reader; /* NULL: none */
    GStringChunk *entry_strings;   /* of the entry that is being parsed */
    GArray *entries;               /* of YamlEntry, in the order of the nodes */
};

/* What was made of an entry. */
typedef struct {
    guint32 node;
    gpointer result; /* NULL: it was taken */
} YamlEntry;

YamlTree *yaml_nodes_new(const TrustedText *text, const YamlEntryReader *reader);
/* Makes room for at least one node more. Nodes may move. */
void yaml_nodes_grow(YamlTree *tree);
/* Has the entry read whose nodes are the last ones, and drops its children. */
void yaml_nodes_read_entry(YamlTree *tree, guint32 entry);
/* Gives back the room for more nodes. */
void yaml_nodes_trim(YamlTree *tree);
/* Appends TEXT as messages show it: PREFIX and the text in quotes, escaped and cut. */
void yaml_nodes_quote(GString *out, const char *prefix, const char *text);
