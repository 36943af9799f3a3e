#include "spec/key_table.h"

#include "spec/key_words.h"
#include "spec/text_checks.h"
#include "spec/units.h"

#include <string.h>

static const char *const words_state[] = {"running", "paused", "stopped", "absent", NULL};
static const char *const words_type[] = {"pv", "pvh", "hvm", NULL};
static const char *const words_on_event[] = {"destroy",  "restart",          "rename-restart",
                                             "preserve", "coredump-destroy", "coredump-restart",
                                             NULL};
static const char *const words_on_change[] = {"hold", "restart", NULL};
static const char *const words_on_guest_poweroff[] = {"start", "leave", NULL};
static const char *const words_migrate[] = {"live", "stop", NULL};
static const char *const words_access[] = {"rw", "ro", NULL};
static const char *const words_disk_format[] = {"raw", "qcow", "qcow2", "vhd", "qed", NULL};
static const char *const words_backendtype[] = {"phy", "qdisk", "tap", NULL};
static const char *const words_vif_type[] = {"ioemu", "vif", NULL};

#define KEY(id, key_name, text, ...)                                                               \
    [DOMAIN_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow domain_rows[] = {
#include "spec/domain_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...) [DISK_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow disk_rows[] = {
#include "spec/disk_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...) [VIF_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow vif_rows[] = {
#include "spec/vif_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...)                                                               \
    [DOCUMENT_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow document_rows[] = {
#include "spec/document_keys.def"
};
#undef KEY
#define KEY(id, key_name, text, ...) [HOST_KEY_##id] = {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow host_rows[] = {
#include "spec/host_keys.def"
};
#undef KEY

const KeyTable domain_keys = {"a domain", domain_rows, G_N_ELEMENTS(domain_rows)};
const KeyTable disk_keys = {"a disk", disk_rows, G_N_ELEMENTS(disk_rows)};
const KeyTable vif_keys = {"a vif", vif_rows, G_N_ELEMENTS(vif_rows)};
const KeyTable document_keys = {"a document of the spec", document_rows,
                                G_N_ELEMENTS(document_rows)};
const KeyTable host_keys = {"a host", host_rows, G_N_ELEMENTS(host_rows)};

const KeyRow *key_table_find(const KeyTable *table, const char *name)
{
    for (guint i = 0; i < table->count; i++) {
        const char *row_name = table->rows[i].name;
        if (row_name[0] == name[0] && strcmp(row_name, name) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

gboolean key_table_has_group(const KeyTable *table, const char *name)
{
    gsize length = strlen(name);
    for (guint i = 0; i < table->count; i++) {
        const char *row_name = table->rows[i].name;
        if (strncmp(row_name, name, length) == 0 && row_name[length] == '.') {
            return TRUE;
        }
    }
    return FALSE;
}

guint key_table_index(const KeyTable *table, const KeyRow *row)
{
    return (guint)(row - table->rows);
}

/* How many letters must change to make one word the other (Levenshtein), capped by the words'
 * lengths. */
static guint edit_distance(const char *left, const char *right)
{
    guint columns = (guint)strlen(right);
    g_autofree guint *row = g_new(guint, columns + 1);
    for (guint j = 0; j <= columns; j++) {
        row[j] = j;
    }
    for (guint i = 1; left[i - 1] != '\0'; i++) {
        guint diagonal = row[0];
        row[0] = i;
        for (guint j = 1; j <= columns; j++) {
            guint replaced = diagonal + (g_ascii_tolower(left[i - 1]) == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[columns];
}

const char *key_table_suggest(const KeyTable *table, const char *name)
{
    gsize length = strlen(name);
    if (length > 64) {
        return NULL;
    }
    /* In a short name, one letter is as much as two are in a longer one. */
    const char *best = NULL;
    guint best_distance = length < 4 ? 2 : 3;
    for (guint i = 0; i < table->count; i++) {
        guint distance = edit_distance(name, table->rows[i].name);
        if (distance < best_distance && distance < length) {
            best = table->rows[i].name;
            best_distance = distance;
        }
    }
    return best;
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
    if (row->list == LIST_OR_ONE) {
        g_string_append(out, ", or a list of such");
    }
}
