/* Keys that stand twice in one mapping. */
#pragma once

#include "spec/yaml_tree.h"

/* Adds an error for each key of the mapping NODES[MAPPING] that an earlier key equals in its text,
 * quoted or not. Keys without a text are passed over. n log n in the keys. */
void yaml_duplicates_check(const TrustedText *text, const YamlNode *nodes, guint32 mapping,
                           Problems *problems);
