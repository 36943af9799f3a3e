#include "spec/manifest.h"

#include <string.h>

#define DIGEST_DIGITS  (2 * MESSAGE_DIGEST_BYTES)
#define NAME_MAX_BYTES 253

struct Manifest {
    GHashTable *digests; /* name -> digest in hex */
};

void manifest_free(Manifest *manifest)
{
    if (manifest == NULL) {
        return;
    }
    g_hash_table_unref(manifest->digests);
    g_free(manifest);
}

guint manifest_count(const Manifest *manifest)
{
    return g_hash_table_size(manifest->digests);
}

const char *manifest_check_name(const char *name)
{
    static const char expected[] =
        "a name *.yaml of printable UTF-8 that does not begin with a dot";
    gsize length = strlen(name);
    if (*name == '.' || length > NAME_MAX_BYTES || !g_str_has_suffix(name, ".yaml") ||
        strpbrk(name, "/\\") != NULL || !g_utf8_validate(name, (gssize)length, NULL)) {
        return expected;
    }
    for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c)) {
        if (g_unichar_iscntrl(g_utf8_get_char(c))) {
            return expected;
        }
    }
    return NULL;
}

static gboolean refuse_line(guint line, const char *expected, GError **error)
{
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                "line %u of the manifest: expected %s, found something else", line, expected);
    return FALSE;
}

/* A line without its newline, which may be cut. */
static gboolean read_line(Manifest *manifest, guint number, char *line, GError **error)
{
    const char *name = line + DIGEST_DIGITS + 2;
    if (strlen(line) <= DIGEST_DIGITS + 2 || strspn(line, "0123456789abcdef") != DIGEST_DIGITS ||
        strncmp(line + DIGEST_DIGITS, "  ", 2) != 0) {
        return refuse_line(number, "128 hexadecimal digits, two blanks and a name", error);
    }
    const char *expected = manifest_check_name(name);
    if (expected != NULL) {
        return refuse_line(number, expected, error);
    }
    if (g_hash_table_contains(manifest->digests, name)) {
        return refuse_line(number, "each name once", error);
    }
    if (manifest_count(manifest) == MANIFEST_FILES_MAX) {
        return refuse_line(number, "at most 10000 files", error);
    }
    g_hash_table_insert(manifest->digests, g_strdup(name), g_strndup(line, DIGEST_DIGITS));
    return TRUE;
}

Manifest *manifest_parse(const char *text, gsize length, GError **error)
{
    g_autoptr(Manifest) manifest = g_new0(Manifest, 1);
    manifest->digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *end = text + length;
    guint number = 0;
    for (const char *at = text; at < end;) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        number++;
        if (newline == NULL || memchr(at, '\0', (gsize)(newline - at)) != NULL) {
            refuse_line(number, "a line of text that ends", error);
            return NULL;
        }
        g_autofree char *line = g_strndup(at, (gsize)(newline - at));
        if (!read_line(manifest, number, line, error)) {
            return NULL;
        }
        at = newline + 1;
    }
    return g_steal_pointer(&manifest);
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

GPtrArray *manifest_list(const Manifest *manifest)
{
    GPtrArray *names = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer name;
    g_hash_table_iter_init(&iterator, manifest->digests);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        g_ptr_array_add(names, name);
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

gboolean manifest_check(const Manifest *manifest, const char *name, const MessageDigest *digest,
                        GError **error)
{
    const char *expected = g_hash_table_lookup(manifest->digests, name);
    g_autofree char *found = message_digest_show(digest);
    if (expected != NULL && strcmp(expected, found) == 0) {
        return TRUE;
    }
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED,
                expected == NULL
                    ? "expected a file that the signed manifest lists, found another"
                    : "expected the bytes that the signed manifest lists, found others");
    return FALSE;
}

void manifest_format_line(const char *name, const MessageDigest *digest, GString *out)
{
    g_autofree char *hex = message_digest_show(digest);
    g_string_append_printf(out, "%s  %s\n", hex, name);
}

char *manifest_signed_name(const char *path)
{
    g_autofree char *valid = g_utf8_make_valid(path, -1);
    char *name = strrchr(valid, '/');
    if (name != NULL && strcmp(name + 1, MANIFEST_NAME) == 0) {
        *name = '\0';
        char *folder = strrchr(valid, '/');
        *name = '/';
        name = folder != NULL ? folder : name;
    }
    char *signed_name = g_strdup(name != NULL ? name + 1 : valid);
    /* A tab would end the field. */
    return g_strdelimit(signed_name, "\n\r\t", '?');
}
