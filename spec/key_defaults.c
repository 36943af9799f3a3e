/* The values that the rows of the key tables name by a text: defaults. */
#include "spec/settings.h"

/* The texts of a row that stand for a value. */
typedef enum { TEXT_DEFAULT, TEXT_XL, TEXT_XM, TEXT_ABSENT, TEXT_COUNT } RowText;

static const char *text_of(const KeyRow *row, RowText which)
{
    switch (which) {
    case TEXT_DEFAULT:
        return row->default_text;
    case TEXT_XL:
        return row->xl_default;
    case TEXT_XM:
        return row->xm_default != NULL ? row->xm_default : row->xl_default;
    case TEXT_ABSENT:
        return row->seen_absent;
    case TEXT_COUNT:
        break;
    }
    return NULL;
}

/* Reads a text of a row. What does not fit its own row is a mistake in the table. */
static void read_row_text(const KeyRow *row, guint key, const char *text, GStringChunk *texts,
                          Value *out)
{
    g_autofree char *expected = NULL;
    out->key = (guint16)key;
    gboolean fits = value_read_text(row, text, TRUE, texts, out, &expected);
    g_assert(fits);
}

static Value *make_values(const KeyTable *table, RowText which)
{
    static GStringChunk *texts; /* lives for ever, like the values */
    if (texts == NULL) {
        texts = g_string_chunk_new(256);
    }
    Value *values = g_new0(Value, table->count);
    for (guint i = 0; i < table->count; i++) {
        const char *text = text_of(&table->rows[i], which);
        if (text != NULL && *text != '\0') {
            read_row_text(&table->rows[i], i, text, texts, &values[i]);
        }
    }
    return values;
}

/* The value of a text that the row has. */
static const Value *row_value(const KeyTable *table, guint key, RowText which)
{
    /* Of each table that was asked for. Tables are constants, so this lives for ever. */
    static GHashTable *known[TEXT_COUNT];
    if (known[which] == NULL) {
        known[which] = g_hash_table_new(NULL, NULL);
    }
    const Value *values = g_hash_table_lookup(known[which], table);
    if (values == NULL) {
        Value *made = make_values(table, which);
        g_hash_table_insert(known[which], (gpointer)table, made);
        values = made;
    }
    return &values[key];
}

const Value *key_table_default(const KeyTable *table, guint key)
{
    return table->rows[key].default_text != NULL ? row_value(table, key, TEXT_DEFAULT) : NULL;
}

const Value *key_table_toolstack_default(const KeyTable *table, guint key, gboolean xm)
{
    RowText which = xm ? TEXT_XM : TEXT_XL;
    return text_of(&table->rows[key], which) != NULL ? row_value(table, key, which) : NULL;
}

gboolean key_table_absent(const KeyTable *table, guint key, const Value **out)
{
    const char *text = table->rows[key].seen_absent;
    if (text == NULL) {
        return FALSE;
    }
    *out = *text != '\0' ? row_value(table, key, TEXT_ABSENT) : NULL;
    return TRUE;
}
