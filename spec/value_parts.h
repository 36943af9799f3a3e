/* What the files value*.c share. */
#pragma once

#include "spec/value.h"

/* Empty, `~` or `null`: YAML's ways of giving no value, which a spec must not use. */
gboolean value_is_nothing(const char *text, gboolean is_plain);
/* Adds "expected EXPECTED, found ..." at the node. Always FALSE. */
gboolean value_refuse(const ValueReader *reader, const YamlNode *node, const char *expected);
/* What a scalar of the row is, where it does not stand in a list. */
void value_describe_one(const KeyRow *row, GString *out);
/* A mapping of raw keys (value_raw.c). On failure adds the problems, and OUT is untouched. */
gboolean value_read_raw_map(const ValueReader *reader, const YamlNode *node, Value *out);
