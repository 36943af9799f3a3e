/* Any bytes as the manifest of a folder: refused with a reason, or read; each of its lines is then
 * as it would be written, and vouches for the one file that it names. */
#include <stdint.h>
#include <string.h>

#include "spec/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of two digits. */
static guint8 read_byte(const char *digits)
{
    return (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
}

static void check_line(const Manifest *manifest, const char *line)
{
    MessageDigest digest;
    for (guint i = 0; i < sizeof digest.bytes; i++) {
        digest.bytes[i] = read_byte(line + 2 * i);
    }
    const char *name = line + 2 * sizeof digest.bytes + 2;
    g_assert(manifest_check_name(name) == NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    manifest_format_line(name, &digest, again);
    g_string_truncate(again, again->len - 1);
    g_assert(strcmp(again->str, line) == 0);
    g_assert(manifest_check(manifest, name, &digest, NULL));
    digest.bytes[0] ^= 1;
    g_assert(!manifest_check(manifest, name, &digest, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    g_autoptr(GError) error = NULL;
    g_autoptr(Manifest) manifest = manifest_parse(text, size, &error);
    g_assert((manifest == NULL) == (error != NULL));
    if (manifest == NULL) {
        g_assert(g_utf8_validate(error->message, -1, NULL) && strchr(error->message, '\n') == NULL);
        return 0;
    }
    g_autofree char *copy = g_strndup(text, size);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    guint count = 0;
    for (char **line = lines; *line != NULL && **line != '\0'; line++, count++) {
        check_line(manifest, *line);
    }
    g_assert(count == manifest_count(manifest));
    return 0;
}
