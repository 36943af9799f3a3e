/* The values that the rows of the key tables name by a text: defaults. */
#include "spec/settings.h"

static const char *text_of(const KeyRow *row, KeyText which)
{
    switch (which) {
    case KEY_TEXT_DEFAULT:
        return row->default_text;
    case KEY_TEXT_XL:
        return row->xl_default;
    case KEY_TEXT_XM:
        return row->xm_default != NULL ? row->xm_default : row->xl_default;
    case KEY_TEXT_ABSENT:
        return row->seen_absent;
    case KEY_TEXT_COUNT:
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

static Value *make_values(const KeyTable *table, KeyText which)
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
static const Value *row_value(const KeyTable *table, guint key, KeyText which)
{
    Value **values = &table->index->named[which];
    if (*values == NULL) {
        *values = make_values(table, which);
    }
    return &(*values)[key];
}

const Value *key_table_default(const KeyTable *table, guint key)
{
    return table->rows[key].default_text != NULL ? row_value(table, key, KEY_TEXT_DEFAULT) : NULL;
}

const Value *key_table_toolstack_default(const KeyTable *table, guint key, gboolean xm)
{
    KeyText which = xm ? KEY_TEXT_XM : KEY_TEXT_XL;
    return text_of(&table->rows[key], which) != NULL ? row_value(table, key, which) : NULL;
}

gboolean key_table_absent(const KeyTable *table, guint key, const Value **out)
{
    const char *text = table->rows[key].seen_absent;
    if (text == NULL) {
        return FALSE;
    }
    *out = *text != '\0' ? row_value(table, key, KEY_TEXT_ABSENT) : NULL;
    return TRUE;
}
