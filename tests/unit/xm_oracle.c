#include "tests/unit/xm_oracle.h"

#include "tests/unit/oracle.h"
#include "xenbackend/command.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX (256u * 1024 * 1024)
#define TIMEOUT_MS 120000

/* ---- asking Python ---- */

static char *write_texts(const GPtrArray *texts)
{
    char *path = NULL;
    int descriptor = g_file_open_tmp("xm-oracle-XXXXXX", &path, NULL);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < texts->len; i++) {
        g_string_append(all, g_ptr_array_index(texts, i));
        g_string_append_c(all, '\0');
    }
    ck_assert(g_file_set_contents(path, all->str, (gssize)all->len, NULL));
    return path;
}

static char *run_python(const char *texts_path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *program = command_find_program("python3");
    g_autofree char *script =
        g_build_filename(g_getenv("TESTS_ROOT"), "unit", "xm_python.py", NULL);
    ck_assert_msg(program != NULL, "there is no python3");
    const char *argv[] = {program, script, texts_path, NULL};
    CommandRequest request = {.argv = argv, .timeout_ms = TIMEOUT_MS, .output_limit = OUTPUT_MAX};
    g_autoptr(CommandResult) result = command_run(&request, &error);
    ck_assert_msg(result != NULL, "%s", error != NULL ? error->message : "");
    g_autofree char *what = command_result_describe(result);
    ck_assert_msg(command_result_is_success(result), "python3 %s", what);
    return g_strdup(result->output);
}

GPtrArray *xm_oracle_read(const GPtrArray *texts)
{
    g_autofree char *path = write_texts(texts);
    g_autofree char *output = run_python(path);
    unlink(path);
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    GHashTable *values = NULL;
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *blank = strchr(lines[i], ' ');
        if (strcmp(lines[i], "config") == 0) {
            values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
            g_ptr_array_add(all, values);
        } else if (blank != NULL) {
            *blank = '\0';
            char *value = g_strdup(blank + 1);
            if (!g_hash_table_insert(values, g_strdup(lines[i]), value)) {
                g_hash_table_insert(values, g_strdup("error"), g_strdup("a variable twice"));
            }
        }
    }
    ck_assert_uint_eq(all->len, texts->len);
    return all;
}

/* ---- comparing ---- */

typedef struct {
    const Domain *domain;
    GHashTable *values;
    guint met; /* how many of them belong to the domain */
    GString *why;
} Reading;

static char *show_text(const char *text)
{
    GString *out = g_string_new("s");
    for (; *text != '\0'; text++) {
        g_string_append_printf(out, "%02x", (guchar)*text);
    }
    return g_string_free(out, FALSE);
}

/* What xm's variable holds for a word of the spec. */
static const char *word_of(const KeyRow *row, const char *text)
{
    for (guint i = 0; row->xm_words != NULL && row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], text) == 0) {
            return row->xm_words[i];
        }
    }
    return text;
}

static char *show_value(const KeyRow *row, const Value *value)
{
    if (value->form == FORM_INTEGER) {
        return g_strdup_printf("i%" G_GINT64_FORMAT, value->integer);
    }
    if (value->form == FORM_TEXT) {
        const char *word = word_of(row, value->text);
        gboolean is_number = row->xm_words != NULL && g_ascii_isdigit(word[0]);
        return is_number ? g_strconcat("i", word, NULL) : show_text(word);
    }
    g_autoptr(GString) list = g_string_new("l[");
    for (guint i = 0; i < value->count; i++) {
        g_autofree char *item = show_value(row, &value->items[i]);
        g_string_append_printf(list, "%s%s", i > 0 ? "," : "", item);
    }
    g_string_append_c(list, ']');
    return g_strdup(list->str);
}

static gboolean is_same(Reading *reading, const char *name, const char *meant)
{
    const char *seen = g_hash_table_lookup(reading->values, name);
    reading->met++;
    return g_strcmp0(seen, meant) == 0 ||
           oracle_differ(reading->why, "%s: Python reads %s for %s", name,
                         seen != NULL ? seen : "nothing", meant);
}

static char *unhex(const char *hex, gsize length)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i + 1 < length; i += 2) {
        g_string_append_c(
            text, (char)(g_ascii_xdigit_value(hex[i]) * 16 + g_ascii_xdigit_value(hex[i + 1])));
    }
    return g_string_free(text, FALSE);
}

static const char *text_of(const Settings *settings, guint key)
{
    const Value *value = settings_get(settings, key);
    return value != NULL ? value->text : "";
}

/* xm/create.py:preprocess_disk cuts at commas, blkif.py:parse_uname at the colons of the name. */
static gboolean is_same_disk(Reading *reading, const char *seen, const Settings *disk)
{
    g_auto(GStrv) fields = g_strsplit(seen, ",", -1);
    guint count = g_strv_length(fields);
    const char *path = text_of(disk, DISK_KEY_path);
    const char *format = text_of(disk, DISK_KEY_format);
    const char *driver = text_of(disk, DISK_KEY_driver);
    gboolean is_cdrom = strcmp(text_of(disk, DISK_KEY_devtype), "cdrom") == 0;
    gboolean is_read_only = is_cdrom || strcmp(text_of(disk, DISK_KEY_access), "ro") == 0;
    g_autofree char *blktap = g_strconcat(driver, ":", NULL);
    const char *start =
        strcmp(format, "vhd") == 0        ? "tap2:vhd:"
        : strcmp(format, "qcow") == 0     ? "tap:qcow:"
        : strcmp(format, "qcow2") == 0    ? "tap:qcow2:"
        : g_str_has_prefix(driver, "tap") ? blktap
        : strcmp(driver, "phy") == 0 || (*driver == '\0' && g_str_has_prefix(path, "/dev/"))
            ? "phy:"
            : "file:";
    g_autofree char *uname = *path != '\0' ? g_strconcat(start, path, NULL) : g_strdup("");
    g_autofree char *dev =
        g_strconcat(text_of(disk, DISK_KEY_vdev), is_cdrom ? ":cdrom" : "", NULL);
    const char *backend = text_of(disk, DISK_KEY_backend);
    gboolean is_right = count == (*backend != '\0' ? 4 : 3) && strcmp(fields[0], uname) == 0 &&
                        strcmp(fields[1], dev) == 0 &&
                        strcmp(fields[2], is_read_only ? "r" : "w") == 0 &&
                        (*backend == '\0' || strcmp(fields[3], backend) == 0);
    return is_right || oracle_differ(reading->why, "disk: xm reads '%s'", seen);
}

/* xm/create.py:comma_sep_kv_to_dict. */
static gboolean is_same_pairs(Reading *reading, const char *seen, const Settings *device)
{
    const KeyTable *table = device->table;
    guint meant = 0;
    for (guint key = 0; key < table->count; key++) {
        meant += table->rows[key].xm_name != NULL && settings_get(device, key) != NULL;
    }
    g_auto(GStrv) pairs = g_strsplit(seen, ",", -1);
    for (guint i = 0; pairs[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(pairs[i], "=", 2);
        const KeyRow *row = pair[0] != NULL ? key_table_find(table, g_strstrip(pair[0])) : NULL;
        const Value *value = row != NULL ? settings_get(device, key_table_index(table, row)) : NULL;
        if (value == NULL || row->xm_name == NULL || pair[1] == NULL) {
            return *seen == '\0' ||
                   oracle_differ(reading->why, "%s: xm reads '%s'", table->name, pairs[i]);
        }
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, value->integer);
        const char *text = value->form == FORM_TEXT ? value->text : number;
        if (strcmp(g_strstrip(pair[1]), text) != 0) {
            return oracle_differ(reading->why, "%s: xm reads '%s' for '%s'", table->name, pair[1],
                                 text);
        }
        meant--;
    }
    return meant == 0 ||
           oracle_differ(reading->why, "%s: %u keys too few in '%s'", table->name, meant, seen);
}

static gboolean are_same_devices(Reading *reading, const char *name, const Value *list)
{
    const char *seen = g_hash_table_lookup(reading->values, name);
    reading->met++;
    if (seen == NULL || !g_str_has_prefix(seen, "l[")) {
        return oracle_differ(reading->why, "%s: Python reads no list", name);
    }
    g_autofree char *inner = g_strndup(seen + 2, strlen(seen) - 3);
    g_auto(GStrv) items = g_strsplit(inner, ",", -1);
    if (g_strv_length(items) != list->count) {
        return oracle_differ(reading->why, "%s: Python reads %u items", name, g_strv_length(items));
    }
    for (guint i = 0; i < list->count; i++) {
        g_autofree char *text = unhex(items[i] + 1, strlen(items[i]) - 1);
        const Settings *device = list->items[i].table;
        if (!(device->table == &disk_keys ? is_same_disk(reading, text, device)
                                          : is_same_pairs(reading, text, device))) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_same_row(Reading *reading, const KeyRow *row, const Value *value)
{
    if (row->type == TYPE_TABLE) {
        return are_same_devices(reading, row->xm_name, value);
    }
    gboolean is_list = value->form == FORM_LIST;
    if (is_list && value->count == 0 && row->xm_list != XM_LIST_SAME) {
        return TRUE; /* not set */
    }
    g_autofree char *meant =
        show_value(row, is_list && row->xm_list == XM_LIST_ONE ? &value->items[0] : value);
    if (row->xm_list != XM_LIST_JOINED) {
        return is_same(reading, row->xm_name, meant);
    }
    reading->met++; /* the text itself */
    return is_same(reading, "bootargs.words", meant);
}

static gboolean is_same_raw(Reading *reading, const Value *map)
{
    static const KeyRow raw = {.name = "xen"};
    for (guint i = 0; i < map->count; i += 2) {
        g_autofree char *meant = show_value(&raw, &map->items[i + 1]);
        if (!is_same(reading, map->items[i].text, meant)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean xm_oracle_agrees(const Domain *domain, const char *uuid, GHashTable *values, GString *why)
{
    Reading reading = {domain, values, 0, why};
    g_autofree char *name = show_text(domain->name);
    g_autofree char *identity = show_text(uuid);
    const char *error = g_hash_table_lookup(values, "error");
    if (error != NULL) {
        return oracle_differ(reading.why, "Python refuses the config: %s", error);
    }
    gboolean is_right = is_same(&reading, "name", name) && is_same(&reading, "uuid", identity);
    for (guint key = 0; is_right && key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *value = domain_get(domain, key);
        if (value != NULL && row->xm_name != NULL && key != DOMAIN_KEY_uuid) {
            is_right = is_same_row(&reading, row, value);
        } else if (value != NULL && row->type == TYPE_RAW_MAP) {
            is_right = is_same_raw(&reading, value);
        }
    }
    guint count = g_hash_table_size(values);
    return is_right &&
           (count == reading.met ||
            oracle_differ(reading.why, "Python reads %u variables for %u", count, reading.met));
}
