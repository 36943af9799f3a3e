#include "agent/told.h"

#include "agent/state.h"
#include "xenbackend/file.h"

#include <string.h>

#define TOLD_BYTES_MAX (16u * 1024 * 1024)

struct Told {
    gint64 now;
    GHashTable *before; /* key -> gint64, when it was said */
    GHashTable *after;
};

static GHashTable *table_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void put(GHashTable *table, const char *key, gint64 time)
{
    g_hash_table_insert(table, g_strdup(key), g_memdup2(&time, sizeof time));
}

/* TIME, a blank and the key. */
static void read_line(Told *told, const char *line)
{
    gint64 time = 0;
    g_auto(GStrv) parts = g_strsplit(line, " ", 2);
    /* What was said in the future was said before the clock was put right. */
    if (g_strv_length(parts) == 2 &&
        g_ascii_string_to_signed(parts[0], 10, 0, told->now, &time, NULL)) {
        put(told->before, parts[1], time);
    }
}

Told *told_parse(const char *text, gsize length, gint64 now)
{
    Told *told = g_new0(Told, 1);
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    told->now = MAX(now, 0);
    told->before = table_new();
    told->after = table_new();
    for (char **line = lines; *line != NULL; line++) {
        read_line(told, *line);
    }
    return told;
}

static char *find_path(const char *state_dir)
{
    return g_build_filename(state_dir, "told", NULL);
}

Told *told_read(const char *state_dir, gint64 now)
{
    g_autofree char *path = find_path(state_dir);
    g_autoptr(GBytes) bytes = file_read_if_there(path, TOLD_BYTES_MAX, NULL);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    return told_parse(text != NULL ? text : "", length, now);
}

void told_free(Told *told)
{
    if (told == NULL) {
        return;
    }
    g_hash_table_unref(told->before);
    g_hash_table_unref(told->after);
    g_free(told);
}

/* One line: the audience, the subject and the text, each number in it as '#'. */
static char *make_key(const char *audience, const char *subject, const char *what)
{
    GString *key = g_string_new(NULL);
    g_string_append_printf(key, "%s %s: ", audience, subject);
    for (const char *c = what; *c != '\0'; c++) {
        if (!g_ascii_isdigit(*c)) {
            g_string_append_c(key, g_ascii_iscntrl(*c) ? ' ' : *c);
        } else if (key->str[key->len - 1] != '#') {
            g_string_append_c(key, '#');
        }
    }
    g_strdelimit(key->str, "\n\r", ' ');
    return g_string_free(key, FALSE);
}

gboolean told_is_new(Told *told, const char *audience, const char *subject, const char *what)
{
    g_autofree char *key = make_key(audience, subject, what);
    const gint64 *before = g_hash_table_lookup(told->before, key);
    const gint64 *after = g_hash_table_lookup(told->after, key);
    if (after != NULL) {
        return FALSE;
    }
    gboolean is_new = before == NULL || told->now - *before >= TOLD_AGAIN_S;
    put(told->after, key, is_new ? told->now : *before);
    return is_new;
}

/* Keeps what begins so, and was said after SINCE. */
static void keep(Told *told, const char *start, gint64 since)
{
    GHashTableIter iterator;
    gpointer key, time;
    g_hash_table_iter_init(&iterator, told->before);
    while (g_hash_table_iter_next(&iterator, &key, &time)) {
        if (g_str_has_prefix(key, start) && *(const gint64 *)time > since &&
            !g_hash_table_contains(told->after, key)) {
            put(told->after, key, *(const gint64 *)time);
        }
    }
}

void told_keep(Told *told, const char *audience, const char *subject)
{
    g_autofree char *start = g_strdup_printf("%s %s", audience, subject);
    if (told != NULL) {
        keep(told, start, G_MININT64);
    }
}

void told_keep_day(Told *told, const char *audience, const char *subject)
{
    g_autofree char *start = g_strdup_printf("%s %s", audience, subject);
    if (told != NULL) {
        keep(told, start, told->now - TOLD_AGAIN_S);
    }
}

static gboolean has_changed(const Told *told)
{
    if (g_hash_table_size(told->before) != g_hash_table_size(told->after)) {
        return TRUE;
    }
    GHashTableIter iterator;
    gpointer key, time;
    g_hash_table_iter_init(&iterator, told->after);
    while (g_hash_table_iter_next(&iterator, &key, &time)) {
        const gint64 *before = g_hash_table_lookup(told->before, key);
        if (before == NULL || *before != *(const gint64 *)time) {
            return TRUE;
        }
    }
    return FALSE;
}

void told_format(const Told *told, GString *out)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(told->after), (GCompareFunc)strcmp);
    for (const GList *key = keys; key != NULL; key = key->next) {
        const gint64 *time = g_hash_table_lookup(told->after, key->data);
        g_string_append_printf(out, "%" G_GINT64_FORMAT " %s\n", *time, (const char *)key->data);
    }
}

gboolean told_write(const Told *told, const char *state_dir, GError **error)
{
    if (!has_changed(told)) {
        return TRUE;
    }
    g_autofree char *path = find_path(state_dir);
    g_autoptr(GString) text = g_string_new(NULL);
    told_format(told, text);
    return file_make_folder(state_dir, STATE_DIR_MODE, error) &&
           file_replace(path, text->str, text->len, 0600, error);
}
