#include "agent/accepted.h"

#include <string.h>

/* The equals sign in front of the number, or NULL. An address may have some of its own. */
static const char *find_sign(const char *word)
{
    return strrchr(word, '=');
}

static gboolean read_number(const char *word, gint64 *out)
{
    const char *sign = find_sign(word);
    return sign != word &&
           g_ascii_string_to_signed(sign != NULL ? sign + 1 : word, 10, 0, G_MAXINT64, out, NULL);
}

gboolean accepted_is_word(const char *word)
{
    gint64 number = 0;
    return read_number(word, &number);
}

static const char *find_place(const char *source)
{
    const char *blank = strchr(source, ' ');
    return blank != NULL ? blank + 1 : source;
}

gboolean accepted_fits(const char *word, const char *source)
{
    const char *sign = find_sign(word);
    if (sign == NULL) {
        return TRUE;
    }
    g_autofree char *named = g_strndup(word, (gsize)(sign - word));
    return strcmp(named, source) == 0 || strcmp(named, find_place(source)) == 0;
}

Accepted accepted_find(char *const *words, const char *source, gint64 generation)
{
    Accepted found = ACCEPTED_NOT;
    for (; words != NULL && *words != NULL; words++) {
        gint64 number = 0;
        if (read_number(*words, &number) && number == generation && accepted_fits(*words, source)) {
            found = MAX(found, find_sign(*words) != NULL ? ACCEPTED_BY_NAME : ACCEPTED_BY_NUMBER);
        }
    }
    return found;
}

gboolean accepted_has_number(char *const *words, gint64 generation)
{
    gboolean has = FALSE;
    for (; words != NULL && *words != NULL; words++) {
        gint64 number = 0;
        has = has || (read_number(*words, &number) && number == generation);
    }
    return has;
}

char *accepted_make_word(const char *source, gint64 generation)
{
    g_autofree char *word = g_strdup_printf("%s=%" G_GINT64_FORMAT, find_place(source), generation);
    gboolean is_plain = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._/:@=+,") == strlen(word);
    return is_plain ? g_steal_pointer(&word) : g_shell_quote(word);
}
