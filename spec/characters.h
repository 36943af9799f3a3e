/* The characters that a spec may hold, and how the others are shown. */
#pragma once

#include <glib.h>

/* What character_next() gives for a byte that is no part of valid UTF-8. */
#define CHARACTER_INVALID ((gunichar)-1)

/* Reads the character at *AT (which must be before END) and moves *AT behind it; a byte that is no
 * part of valid UTF-8 counts as one character. */
gunichar character_next(const char **at, const char *end);

/* The first byte from AT on that is not printable ASCII, or END. */
const char *characters_skip_printable(const char *at, const char *end);

/* Is this a character that no spec may hold, neither raw nor by an escape? That is every control
 * character (C0 but tab and newline, DEL, C1), the line separators U+2028 and U+2029, the byte
 * order mark, the noncharacters U+FFFE and U+FFFF, and the marks that turn the direction of writing
 * (U+202A..U+202E, U+2066..U+2069), by which a text can look different from what it says. */
gboolean character_is_refused(gunichar character);

/* Is the text UTF-8 without such characters? */
gboolean characters_are_fit(const char *text);

/* For messages: "the control character U+0007". Appends to OUT. */
void character_describe(gunichar character, GString *out);

/* Appends BYTES to OUT as one line of valid UTF-8: newlines, tabs and refused characters become
 * escapes
 * ("\n", "\x1b", "\u2028"). Stops after CHARACTERS_MAX characters of BYTES, with "..." for the
 * rest. */
void characters_append_escaped(GString *out, const char *bytes, gsize length, guint characters_max);
