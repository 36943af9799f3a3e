/* The value of one key, and how a scalar of the spec becomes one. */
#pragma once

#include "spec/key_table.h"
#include "spec/yaml_tree.h"

typedef struct Settings Settings;

typedef enum { FORM_INTEGER, FORM_TEXT, FORM_LIST, FORM_TABLE, FORM_MAP } ValueForm;

/* A value of any type. INTEGER carries integers, sizes (MiB), times (s), timestamps and booleans.
 */
struct Value {
    Position where; /* where.text NULL: a default */
    guint16 key;    /* the row of its table */
    guint16 form;   /* ValueForm */
    guint32 count;  /* LIST: items. MAP: texts and values together (name, value, name, ...) */
    union {
        gint64 integer;
        const char *text; /* owned by the spec's texts */
        Value *items;     /* LIST, MAP */
        Settings *table;  /* TABLE */
    };
};

/* What readers of values share. */
typedef struct {
    const YamlTree *tree;
    Problems *problems;
    GStringChunk *texts; /* keeps the texts of values */
} ValueReader;

/* Reads the value of a row from a node. On failure adds the problems and returns FALSE; `out` is
 * untouched. TYPE_NODE is not read (FALSE without a problem). */
gboolean value_read(const ValueReader *reader, const KeyRow *row, const YamlNode *node, Value *out);
/* Reads a scalar from a text; IS_PLAIN: as if it stood in a spec without quotes. The value's text
 * is kept in TEXTS. Where and key of `out` stay as they are. Returns FALSE and sets *expected (to
 * be freed) when it does not fit; `out` is untouched then. */
gboolean value_read_text(const KeyRow *row, const char *text, gboolean is_plain,
                         GStringChunk *texts, Value *out, char **expected);
/* The same for a single value under `xen:`, which has no row: a text, an integer, or true or false.
 */
gboolean value_read_raw_text(const char *text, gboolean is_plain, GStringChunk *texts, Value *out,
                             char **expected);
/* Can this stand under `xen:` as a name of xl's lexer? */
gboolean value_is_raw_key(const char *text);
/* Frees what a value holds (items, tables), not the value itself. */
void value_clear(Value *value);
/* A copy of its own; texts are shared. */
Value value_copy(const Value *value);

/* Alike in meaning; positions do not matter. NULL is a value that is not set, which is what an
 * empty list or mapping means, too. */
gboolean value_equal(const KeyTable *table, const Value *left, const Value *right);
/* Appends the value as canonical YAML in one line: numbers bare, texts in double quotes, lists and
 * tables in flow style, defaults of tables left out. What our own reader reads back as the same
 * value. */
void value_format(const KeyTable *table, const Value *value, GString *out);
/* Appends the value as a person reads it: "2048 MiB", "8h", "/boot/vmlinuz". */
void value_format_for_people(const KeyTable *table, const Value *value, GString *out);
/* Appends TEXT in double quotes with YAML's escapes. */
void yaml_quote(const char *text, GString *out);
