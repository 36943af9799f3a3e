#include "agent/suspension.h"

#include "xenbackend/file.h"

#include <string.h>

#define SUSPENSION_BYTES_MAX 8192

static char *suspension_path(const char *state_dir)
{
    return g_build_filename(state_dir, "suspended", NULL);
}

void suspension_free(Suspension *suspension)
{
    if (suspension == NULL) {
        return;
    }
    g_free(suspension->reason);
    g_free(suspension);
}

/* Two lines: until when, and why. A file that cannot be understood suspends all the same. */
static Suspension *parse(const char *text, gsize length)
{
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", 3);
    Suspension *suspension = g_new0(Suspension, 1);
    gboolean is_whole =
        g_strv_length(lines) >= 2 &&
        g_ascii_string_to_signed(lines[0], 10, 0, G_MAXINT64, &suspension->until, NULL);
    suspension->reason =
        is_whole ? g_utf8_make_valid(lines[1], -1) : g_strdup("for a reason that cannot be read");
    return suspension;
}

Suspension *suspension_read(const char *state_dir, gint64 now, GError **error)
{
    g_autofree char *path = suspension_path(state_dir);
    g_autoptr(GBytes) bytes = file_read_if_there(path, SUSPENSION_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(Suspension) suspension = parse(text != NULL ? text : "", length);
    gboolean is_over = suspension->until != 0 && suspension->until <= now;
    return is_over ? NULL : g_steal_pointer(&suspension);
}

gboolean suspension_write(const char *state_dir, const char *reason, gint64 until, GError **error)
{
    g_autofree char *path = suspension_path(state_dir);
    g_autofree char *line = g_strdup(reason);
    g_strdelimit(line, "\n\r\t", ' ');
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n%s\n", until, line);
    return file_replace(path, text, strlen(text), 0644, error);
}

gboolean suspension_remove(const char *state_dir, GError **error)
{
    g_autofree char *path = suspension_path(state_dir);
    return file_remove(path, error);
}

char *suspension_describe(const Suspension *suspension)
{
    if (suspension->until == 0) {
        return g_strdup(suspension->reason);
    }
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(suspension->until);
    g_autofree char *until = g_date_time_format(time, "%Y-%m-%d %H:%M:%S %z");
    return g_strdup_printf("%s (until %s)", suspension->reason, until);
}
