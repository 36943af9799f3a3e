#include "agent/vnc_password.h"

#include "agent/source.h"
#include "xenbackend/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PASSWORD_BYTES_MAX 4096

static gboolean refuse(const char *path, const char *why, GError **error)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "the VNC password in %s: %s", path, why);
    return FALSE;
}

/* Whoever can read it can use every display. */
static gboolean check_rights(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return refuse(path, g_strerror(errno), error);
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return refuse(path,
                      "expected a file that its owner alone can read, found that its group or "
                      "everybody can (chmod 600)",
                      error);
    }
    g_autoptr(GError) failure = NULL;
    return source_check_safe(path, &failure) || refuse(path, failure->message, error);
}

char *vnc_password_read(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!check_rights(path, error)) {
        return NULL;
    }
    g_autoptr(GBytes) bytes = file_read(path, PASSWORD_BYTES_MAX, &failure);
    if (bytes == NULL) {
        refuse(path, failure->message, error);
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autofree char *line = g_strndup(text != NULL ? text : "", length);
    gboolean is_cut = strlen(line) < length; /* at a NUL */
    line[strcspn(line, "\n")] = '\0';
    g_strchomp(line);
    for (const char *c = line; *c != '\0'; c++) {
        is_cut = is_cut || !g_ascii_isprint(*c);
    }
    if (*line == '\0' || is_cut) {
        refuse(path,
               is_cut ? "expected printable ASCII in its first line, found something else"
                      : "expected it in the first line, found nothing",
               error);
        return NULL;
    }
    return g_steal_pointer(&line);
}
