/* Keys that stand twice in one mapping. */
#pragma once

#include "spec/yaml_tree.h"

/* Adds an error for each key of the mapping NODES[MAPPING] that an earlier key equals in its text,
 * quoted or not, and takes the later pair out of the mapping. Returns how many there were. Keys
 * without a text are passed over. n log n in the keys. */
guint yaml_duplicates_check(const TrustedText *text, YamlNode *nodes, guint32 mapping,
                            Problems *problems);
