#include "spec/key_set.h"

#include <stdlib.h>
#include <string.h>

static gboolean read_key(const char *text, PublicKey *out)
{
    g_autofree char *file = g_strconcat("untrusted comment: \n", text, "\n", NULL);
    return strlen(text) == KEY_TEXT_LENGTH && public_key_parse(file, strlen(file), out, NULL);
}

const char *key_set_check_key(const char *text)
{
    PublicKey key;
    return read_key(text, &key) ? NULL : "the second line of a public key's file (minisign's)";
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

char *key_set_format(const char *const *keys, guint count, guint threshold)
{
    g_autofree const char **sorted = g_memdup2(keys, count * sizeof *keys);
    g_autoptr(GString) set = g_string_new(NULL);
    qsort(sorted, count, sizeof *sorted, compare_texts);
    g_string_append_printf(set, "%u:", threshold);
    for (guint i = 0; i < count; i++) {
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0) {
            g_string_append_printf(set, "%s%s", i == 0 ? "" : ",", sorted[i]);
        }
    }
    return g_string_free(g_steal_pointer(&set), FALSE);
}

char *key_set_of(const Keyring *keyring)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_assert(keyring_before(keyring) == NULL);
    for (guint i = 0; i < keyring_count(keyring); i++) {
        g_autoptr(GString) file = g_string_new(NULL);
        public_key_format(keyring_key(keyring, i), file);
        const char *text = strchr(file->str, '\n') + 1;
        g_ptr_array_add(keys, g_strndup(text, KEY_TEXT_LENGTH));
    }
    return key_set_format((const char *const *)keys->pdata, keys->len, keyring_threshold(keyring));
}

static gboolean refuse(const char *name, GError **error)
{
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                "%s: expected a set of keys, found "
                "something else",
                name);
    return FALSE;
}

static gboolean add_keys(Keyring *keyring, const char *text, const char *name, GError **error)
{
    g_auto(GStrv) keys = g_strsplit(text, ",", -1);
    gboolean is_good = g_strv_length(keys) <= KEY_SET_KEYS_MAX || refuse(name, error);
    for (char **key = keys; is_good && *key != NULL; key++) {
        PublicKey parsed;
        is_good = read_key(*key, &parsed) ? keyring_add(keyring, &parsed, name, error)
                                          : refuse(name, error);
    }
    return is_good;
}

Keyring *key_set_read(const char *set, const char *name, GError **error)
{
    const char *colon = strchr(set, ':');
    g_autofree char *number = g_strndup(set, colon != NULL ? (gsize)(colon - set) : 0);
    g_autoptr(Keyring) keyring = keyring_new();
    guint64 threshold = 0;
    if (colon == NULL ||
        !g_ascii_string_to_unsigned(number, 10, 1, KEY_SET_KEYS_MAX, &threshold, NULL)) {
        refuse(name, error);
        return NULL;
    }
    return add_keys(keyring, colon + 1, name, error) &&
                   keyring_set_threshold(keyring, (guint)threshold, error)
               ? g_steal_pointer(&keyring)
               : NULL;
}
