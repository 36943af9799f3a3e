/* Any bytes as a tree: refused with a reason, or read; its entries are then found by their names,
 * and written again they are the same bytes. */
#include <stdint.h>
#include <string.h>

#include "spec/git_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes behind the mode, of which a file has several. */
static void append_entry(const GitEntry *entry, GByteArray *out)
{
    g_byte_array_append(out, (const guint8 *)entry->name, (guint)strlen(entry->name) + 1);
    for (const char *digits = entry->id.text; *digits != '\0'; digits += 2) {
        guint8 byte =
            (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
        g_byte_array_append(out, &byte, 1);
    }
}

static void check(const char *bytes, size_t size, gboolean is_sha256)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) tree = git_tree_parse(bytes, size, is_sha256, &error);
    g_assert((tree == NULL) == (error != NULL));
    if (tree == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
        return;
    }
    const char *at = bytes;
    for (guint i = 0; i < tree->len; i++) {
        const GitEntry *entry = g_ptr_array_index(tree, i);
        g_autoptr(GByteArray) again = g_byte_array_new();
        g_assert(git_tree_find(tree, entry->name) == entry && git_is_name(entry->name));
        append_entry(entry, again);
        at = (const char *)memchr(at, ' ', (size_t)(bytes + size - at)) + 1;
        g_assert((size_t)(bytes + size - at) >= again->len);
        g_assert(memcmp(at, again->data, again->len) == 0);
        at += again->len;
    }
    g_assert(at == bytes + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = size > 0 ? (const char *)data : "";
    check(bytes, size, FALSE);
    check(bytes, size, TRUE);
    return 0;
}
