/* The look at the bytes of a text before the YAML parser sees them.
 *
 * Three things are better found here than by libyaml: characters that are no text (its own error
 * for them has no line), UTF-16 (which it would take), and directives (a long row of %TAG lines
 * costs it quadratic time before it gives its first event). */
#pragma once

#include "spec/problem.h"

typedef struct {
    const char *bytes; /* valid UTF-8 without a byte order mark; not terminated */
    gsize length;
    char *owned; /* NULL, or a repaired copy that BYTES points to; free with g_free */
} YamlBytes;

/* Adds an error for every directive and, at most once a line, for characters that are refused
 * (character_is_refused(), bad UTF-8, and a CR without an LF, because editors disagree on whether
 * that ends a line). A text with such errors is given as a copy in which each of these characters
 * is replaced by a harmless one and each directive is a comment, so that the rest of the text can
 * still be checked and every column stays right.
 *
 * No line may begin with '%', not even inside of a text in quotes: there, YAML itself allows it
 * only where the whole document is a scalar or a flow collection.
 *
 * FALSE: the text cannot be parsed at all (too long, or not UTF-8 but UTF-16 or UTF-32); an error
 * was added and OUT is untouched. */
gboolean yaml_bytes_check(const TrustedText *text, Problems *problems, YamlBytes *out);
