#include "agent/told.h"

#include "agent/state.h"
#include "xenbackend/file.h"

#include <string.h>

#define TOLD_BYTES_MAX (16u * 1024 * 1024)

struct Told {
    char *path;
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
    char *rest = NULL;
    gint64 time = g_ascii_strtoll(line, &rest, 10);
    /* What was said in the future was said before the clock was put right. */
    if (rest != line && *rest == ' ' && time <= told->now) {
        put(told->before, rest + 1, time);
    }
}

Told *told_read(const char *state_dir, gint64 now)
{
    Told *told = g_new0(Told, 1);
    told->path = g_build_filename(state_dir, "told", NULL);
    told->now = now;
    told->before = table_new();
    told->after = table_new();
    g_autoptr(GBytes) bytes = file_read_if_there(told->path, TOLD_BYTES_MAX, NULL);
    if (bytes != NULL && g_bytes_get_size(bytes) > 0) {
        g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line != NULL; line++) {
            read_line(told, *line);
        }
    }
    return told;
}

void told_free(Told *told)
{
    if (told == NULL) {
        return;
    }
    g_free(told->path);
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

void told_keep(Told *told, const char *audience, const char *subject)
{
    g_autofree char *start = g_strdup_printf("%s %s", audience, subject);
    GHashTableIter iterator;
    gpointer key, time;
    if (told == NULL) {
        return;
    }
    g_hash_table_iter_init(&iterator, told->before);
    while (g_hash_table_iter_next(&iterator, &key, &time)) {
        if (g_str_has_prefix(key, start) && !g_hash_table_contains(told->after, key)) {
            put(told->after, key, *(const gint64 *)time);
        }
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

gboolean told_write(const Told *told, GError **error)
{
    if (!has_changed(told)) {
        return TRUE;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTableIter iterator;
    gpointer key, time;
    g_hash_table_iter_init(&iterator, told->after);
    while (g_hash_table_iter_next(&iterator, &key, &time)) {
        g_string_append_printf(text, "%" G_GINT64_FORMAT " %s\n", *(const gint64 *)time,
                               (const char *)key);
    }
    g_autofree char *folder = g_path_get_dirname(told->path);
    return file_make_folder(folder, STATE_DIR_MODE, error) &&
           file_replace(told->path, text->str, text->len, 0600, error);
}
