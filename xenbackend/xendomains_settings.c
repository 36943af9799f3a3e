#include "xenbackend/xendomains_settings.h"

#include <string.h>

/* A line that begins as an assignment to NAME: what stands behind the '='; else NULL. */
static const char *find_value(const char *line, const char *name)
{
    static const char export[] = "export ";
    line += strspn(line, " \t");
    if (g_str_has_prefix(line, export)) {
        line += strlen(export);
        line += strspn(line, " \t");
    }
    gsize length = strlen(name);
    return strncmp(line, name, length) == 0 && line[length] == '=' ? line + length + 1 : NULL;
}

/* What ends a word of shell, outside quotes. */
static gboolean is_end(char c)
{
    return c == '\0' || strchr(" \t\r;#&|<>()", c) != NULL;
}

/* A word of shell without anything that a shell would replace. NULL: it is none. */
static char *read_word(const char *text)
{
    g_autoptr(GString) word = g_string_new(NULL);
    char quote = '\0';
    for (; quote != '\0' || !is_end(*text); text++) {
        gboolean is_replaced = strchr("$`\\", *text) != NULL && quote != '\'';
        gboolean is_glob = quote == '\0' && strchr("*?[~{!", *text) != NULL;
        if (*text == '\0' || is_replaced || is_glob) {
            return NULL;
        }
        if (quote != '\0' && *text == quote) {
            quote = '\0';
        } else if (quote == '\0' && (*text == '\'' || *text == '"')) {
            quote = *text;
        } else {
            g_string_append_c(word, *text);
        }
    }
    return g_string_free(g_steal_pointer(&word), FALSE);
}

static void read_folder(const char *line, const char *name, XendomainsFolder *out)
{
    const char *value = find_value(line, name);
    if (value == NULL) {
        return;
    }
    g_autofree char *word = read_word(value);
    gboolean is_folder =
        word != NULL && (*word == '\0' || *word == '/') && g_utf8_validate(word, -1, NULL);
    g_free(out->folder);
    out->is_unclear = !is_folder;
    out->folder = is_folder ? g_steal_pointer(&word) : NULL;
}

void xendomains_settings_parse(const char *text, gsize length, XendomainsSettings *out)
{
    memset(out, 0, sizeof *out);
    const char *end = length <= XENDOMAINS_SETTINGS_BYTES_MAX ? text + length : text;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        const char *line_end = newline != NULL ? newline : end;
        g_autofree char *line = g_strndup(text, (gsize)(line_end - text));
        read_folder(line, "XENDOMAINS_AUTO", &out->configs);
        read_folder(line, "XENDOMAINS_SAVE", &out->images);
        text = newline != NULL ? newline + 1 : end;
    }
}

void xendomains_settings_clear(XendomainsSettings *settings)
{
    g_free(settings->configs.folder);
    g_free(settings->images.folder);
    memset(settings, 0, sizeof *settings);
}
