#include "spec/key_table.h"

#include "spec/units.h"

#include <string.h>

/* What stands in an index for the name of a group. */
static const KeyRow group_row = {.name = "a group"};

struct KeySlot {
    const char *name; /* NULL: the slot is free */
    gsize length;
    const KeyRow *row; /* &group_row: the name of a group */
    KeySlot *next;     /* what was asked for after it the last time, and was found */
};

/* The slot of a name, or the free one where it would stand. */
static KeySlot *find_slot(const KeyIndex *index, const char *name, gsize length)
{
    guint32 hash = 0;
    for (gsize i = 0; i < length; i++) {
        hash = (hash ^ (guchar)name[i]) * 16777619; /* FNV */
    }
    for (;; hash++) {
        KeySlot *slot = &index->slots[hash & (index->slot_count - 1)];
        if (slot->name == NULL ||
            (slot->length == length && memcmp(slot->name, name, length) == 0)) {
            return slot;
        }
    }
}

static void put_name(const KeyIndex *index, const char *name, gsize length, const KeyRow *row)
{
    *find_slot(index, name, length) = (KeySlot){.name = name, .length = length, .row = row};
}

static void make_slots(const KeyTable *table)
{
    KeyIndex *index = table->index;
    index->slot_count = 64;
    while (index->slot_count < 4 * table->count) {
        index->slot_count *= 2;
    }
    index->slots = g_new0(KeySlot, index->slot_count);
    for (guint i = 0; i < table->count; i++) {
        const KeyRow *row = &table->rows[i];
        const char *dot = strchr(row->name, '.');
        put_name(index, row->name, strlen(row->name), row);
        if (dot != NULL) {
            put_name(index, row->name, (gsize)(dot - row->name), &group_row);
        }
    }
}

static gboolean is_named(const KeySlot *slot, const char *name)
{
    return strncmp(slot->name, name, slot->length) == 0 && name[slot->length] == '\0';
}

/* One mapping mostly has its keys in the order that the one before had. */
static const KeyRow *look_up(const KeyTable *table, const char *name)
{
    KeyIndex *index = table->index;
    if (index->slots == NULL) {
        make_slots(table);
    }
    KeySlot *guess = index->last != NULL ? index->last->next : NULL;
    KeySlot *slot =
        guess != NULL && is_named(guess, name) ? guess : find_slot(index, name, strlen(name));
    if (slot->row != NULL) {
        if (index->last != NULL) {
            index->last->next = slot;
        }
        index->last = slot;
    }
    return slot->row;
}

const KeyRow *key_table_find(const KeyTable *table, const char *name)
{
    const KeyRow *row = look_up(table, name);
    return row != &group_row ? row : NULL;
}

gboolean key_table_has_group(const KeyTable *table, const char *name)
{
    return look_up(table, name) == &group_row;
}

guint key_table_index(const KeyTable *table, const KeyRow *row)
{
    return (guint)(row - table->rows);
}

/* How many letters must change, or change places with the next, to make one word the other. */
static guint edit_distance(const char *left, const char *right)
{
    guint columns = (guint)strlen(right);
    g_autofree guint *before = g_new0(guint, columns + 1);
    g_autofree guint *above = g_new0(guint, columns + 1);
    g_autofree guint *row = g_new(guint, columns + 1);
    for (guint j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (guint i = 1; left[i - 1] != '\0'; i++) {
        guint *last = before;
        before = above;
        above = row;
        row = last;
        row[0] = i;
        for (guint j = 1; j <= columns; j++) {
            char letter = g_ascii_tolower(left[i - 1]);
            row[j] =
                MIN(above[j - 1] + (letter == right[j - 1] ? 0 : 1), MIN(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && letter == right[j - 2] &&
                g_ascii_tolower(left[i - 2]) == right[j - 1]) {
                row[j] = MIN(row[j], before[j - 2] + 1);
            }
        }
    }
    return row[columns];
}

const char *names_suggest(const GPtrArray *names, const char *name)
{
    gsize length = strlen(name);
    if (length > 64) {
        return NULL;
    }
    /* In a short name, one letter is as much as two are in a longer one: there are many short ones.
     */
    const char *best = NULL;
    guint best_distance = length < 6 ? 2 : 3;
    for (guint i = 0; i < names->len; i++) {
        const char *meant = g_ptr_array_index(names, i);
        guint distance = edit_distance(name, meant);
        if (distance < best_distance && distance < length) {
            best = meant;
            best_distance = distance;
        }
    }
    return best;
}

const char *key_table_suggest(const KeyTable *table, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < table->count; i++) {
        g_ptr_array_add(names, (gpointer)table->rows[i].name);
    }
    return names_suggest(names, name);
}

const char *key_table_find_foreign(const KeyTable *table, const char *name)
{
    for (guint i = 0; i < table->count; i++) {
        const KeyRow *row = &table->rows[i];
        if (g_strcmp0(row->xl_name, name) == 0 || g_strcmp0(row->xm_name, name) == 0 ||
            g_strcmp0(row->xl_name_beside, name) == 0 || g_strcmp0(row->also_name, name) == 0) {
            return row->name;
        }
    }
    return NULL;
}

const char *key_table_suggest_foreign(const KeyTable *table, const char *name)
{
    /* Keys of xl that the table lacks, and that look like others of it. */
    static const char *const others[] = {"smbios", "vif2", NULL};
    if (g_strv_contains(others, name)) {
        return NULL;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < table->count; i++) {
        const KeyRow *row = &table->rows[i];
        const char *const written[] = {row->name, row->xl_name, row->xm_name, row->xl_name_beside,
                                       row->also_name};
        gboolean is_written = row->xl_name != NULL || row->xm_name != NULL;
        for (guint j = 0; is_written && j < G_N_ELEMENTS(written); j++) {
            if (written[j] != NULL) {
                g_ptr_array_add(names, (gpointer)written[j]);
            }
        }
    }
    const char *meant = names_suggest(names, name);
    const char *own = meant != NULL ? key_table_find_foreign(table, meant) : NULL;
    return own != NULL ? own : meant;
}

static void append_integer(gint64 number, GString *out)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
}

static void describe_limits(const KeyRow *row, const char *what,
                            void (*append)(gint64 number, GString *out), GString *out)
{
    if (row->minimum == row->maximum) {
        g_string_append(out, "the number ");
        append(row->minimum, out);
        return;
    }
    g_string_append_printf(out, "%s from ", what);
    append(row->minimum, out);
    g_string_append(out, " to ");
    append(row->maximum, out);
}

static void describe_words(const KeyRow *row, GString *out)
{
    g_string_append(out, "one of ");
    for (guint i = 0; row->words[i] != NULL; i++) {
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", row->words[i]);
    }
}

static void describe_one(const KeyRow *row, GString *out)
{
    switch (row->type) {
    case TYPE_TEXT:
        g_string_append_printf(out, "a text of 1 to %" G_GINT64_FORMAT " bytes", row->maximum);
        break;
    case TYPE_PATH:
        g_string_append_printf(out, "an absolute path of at most %" G_GINT64_FORMAT " bytes",
                               row->maximum);
        break;
    case TYPE_NAME:
        g_string_append(out, "the name of a domain");
        break;
    case TYPE_LABEL:
        g_string_append(out, "a name");
        break;
    case TYPE_WORD:
        describe_words(row, out);
        break;
    case TYPE_INTEGER:
        describe_limits(row, "an integer", append_integer, out);
        break;
    case TYPE_SIZE_MIB:
        describe_limits(row, "a size such as 512MiB or 2GiB,", units_append_size, out);
        break;
    case TYPE_SECONDS:
        describe_limits(row, "a time such as 90s, 5m, 8h or 1d,", units_append_seconds, out);
        break;
    case TYPE_TIMESTAMP:
        g_string_append(out, "a time such as 2027-01-31T00:00:00Z");
        break;
    case TYPE_BOOLEAN:
        g_string_append(out, "true or false");
        break;
    case TYPE_SWITCH:
        g_string_append(out, "true or false");
        if (row->list == LIST_NEVER) {
            g_string_append(out, ", or ");
            describe_words(row, out);
        }
        break;
    case TYPE_UUID:
        g_string_append(out, "a UUID");
        break;
    case TYPE_MAC:
        g_string_append(out, "a MAC address such as 00:16:3e:5e:6c:01");
        break;
    case TYPE_TABLE:
        g_string_append_printf(out, "%s (a mapping)", row->table->name);
        break;
    case TYPE_RAW_MAP:
        g_string_append(out, "a mapping of xl.cfg's keys");
        break;
    case TYPE_NODE:
        g_string_append(out, "a mapping");
        break;
    }
}

void key_row_describe_type(const KeyRow *row, GString *out)
{
    if (row->list == LIST_ALWAYS) {
        g_string_append(out, "a list, each item ");
    }
    describe_one(row, out);
    if (row->list == LIST_OR_ONE && row->type == TYPE_SWITCH) {
        g_string_append(out, ", or a list, each item ");
        describe_words(row, out);
    } else if (row->list == LIST_OR_ONE) {
        g_string_append(out, ", or a list of such");
    }
}

const char *key_change_name(KeyChange change)
{
    switch (change) {
    case CHANGE_NONE:
        return NULL;
    case CHANGE_LIVE:
        return "live";
    case CHANGE_NEXT_START:
        return "next-start";
    case CHANGE_RECREATE:
        return "re-create";
    }
    return NULL;
}

guint guest_type_of(const char *word)
{
    static const struct {
        const char *word;
        guint type;
    } types[] = {{"pv", GUEST_PV}, {"pvh", GUEST_PVH}, {"hvm", GUEST_HVM}};
    for (guint i = 0; word != NULL && i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].word, word) == 0) {
            return types[i].type;
        }
    }
    return 0;
}

guint key_row_xm_guests(const KeyRow *row)
{
    guint guests = row->xm_guests != 0 ? row->xm_guests
                   : row->guests != 0  ? row->guests
                                       : GUEST_ALL;
    return guests & ~(guint)GUEST_PVH;
}

static char *release_name(guint release)
{
    return release != 0 ? g_strdup_printf("%u.%u", release / 100, release % 100) : NULL;
}

char *key_row_since(const KeyRow *row)
{
    return release_name(row->since);
}

char *key_row_xm_since(const KeyRow *row)
{
    return release_name(row->xm_since);
}

KeyInDom0 key_row_in_dom0(const KeyRow *row)
{
    if (row->in_dom0 != DOM0_UNSAID) {
        return row->in_dom0;
    }
    return row->type == TYPE_PATH ? DOM0_PROGRAM : DOM0_NOTHING;
}

KeyBound key_row_bound(const KeyRow *row)
{
    if (row->bound != BOUND_UNSAID) {
        return row->bound;
    }
    if (row->runs_program) {
        return BOUND_PROGRAMS;
    }
    KeyInDom0 in_dom0 = key_row_in_dom0(row);
    return in_dom0 == DOM0_DISK                                  ? BOUND_DISKS
           : in_dom0 == DOM0_BRIDGE || in_dom0 == DOM0_INTERFACE ? BOUND_BRIDGES
           : in_dom0 == DOM0_PROGRAM || row->type == TYPE_PATH   ? BOUND_FILES
                                                                 : BOUND_NOTHING;
}
