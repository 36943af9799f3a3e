#include "spec/characters.h"

#include <string.h>

gunichar character_next(const char **at, const char *end)
{
    const char *start = *at;
    guchar first = (guchar)*start;
    *at = start + 1;
    if (first < 0x80) {
        return first;
    }
    gunichar character = g_utf8_get_char_validated(start, end - start);
    if (character == (gunichar)-1 || character == (gunichar)-2) {
        return CHARACTER_INVALID;
    }
    *at = g_utf8_next_char(start);
    return character;
}

/* Eight at a time: a high bit in the first term comes
 * from a byte of 0x7f or more, in the second from one below 0x20 (or above 0x9f). What such a byte
 * carries into the next one does not matter, since it is found itself. */
const char *characters_skip_printable(const char *at, const char *end)
{
    const guint64 each = G_GUINT64_CONSTANT(0x0101010101010101);
    while (end - at >= 8) {
        guint64 bytes;
        memcpy(&bytes, at, sizeof bytes);
        if ((((bytes + each) | (bytes - 0x20 * each)) & (0x80 * each)) != 0) {
            break;
        }
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x7f) {
        at++;
    }
    return at;
}

gboolean character_is_refused(gunichar character)
{
    if (character < 0x20) {
        return character != '\t' && character != '\n';
    }
    return (character >= 0x7f && character <= 0x9f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xfeff ||
           character == 0xfffe || character == 0xffff || character == CHARACTER_INVALID;
}

gboolean characters_are_fit(const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        if (character_is_refused(character_next(&text, end))) {
            return FALSE;
        }
    }
    return TRUE;
}

void character_describe(gunichar character, GString *out)
{
    if (character == 0) {
        g_string_append(out, "a NUL character");
    } else if (character < 0xa0) {
        g_string_append_printf(out, "the control character U+%04X", character);
    } else if (character == 0xfeff) {
        g_string_append(out, "a byte order mark (U+FEFF) inside the text");
    } else {
        g_string_append_printf(out, "the invisible character U+%04X", character);
    }
}

static void append_one_escaped(GString *out, const char *start, const char *end, gunichar character)
{
    if (character == '\n') {
        g_string_append(out, "\\n");
    } else if (character == '\t') {
        g_string_append(out, "\\t");
    } else if (!character_is_refused(character)) {
        g_string_append_len(out, start, end - start);
    } else if (end - start == 1) {
        g_string_append_printf(out, "\\x%02x", (guint)(guchar)*start);
    } else {
        g_string_append_printf(out, "\\u%04x", character);
    }
}

void characters_append_escaped(GString *out, const char *bytes, gsize length, guint characters_max)
{
    const char *at = bytes;
    const char *end = bytes + length;
    for (guint count = 0; at < end && count < characters_max; count++) {
        const char *start = at;
        gunichar character = character_next(&at, end);
        append_one_escaped(out, start, at, character);
    }
    if (at < end) {
        g_string_append(out, "...");
    }
}
