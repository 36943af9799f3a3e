#include "spec/yaml_bytes.h"

#include <string.h>

#include "spec/characters.h"
#include "spec/yaml_tree.h"

typedef struct {
    const TrustedText *text;
    Problems *problems;
    const char *bytes; /* behind the byte order mark */
    const char *end;
    char *repaired; /* NULL until the first repair */
    guint32 line;
    const char *line_start;
    gboolean line_has_problem;
} Scan;

static gboolean begins_with(const char *bytes, gsize length, const char *prefix,
                            gsize prefix_length)
{
    return length >= prefix_length && memcmp(bytes, prefix, prefix_length) == 0;
}

static gboolean is_utf16_or_utf32(const char *bytes, gsize length)
{
    return begins_with(bytes, length, "\xff\xfe", 2) || begins_with(bytes, length, "\xfe\xff", 2) ||
           begins_with(bytes, length, "\0\0\xfe\xff", 4);
}

/* The column is counted only when it is needed: columns are characters, and counting them all the
 * time would cost more than the rest of the scan. */
static Position position_of(const Scan *scan, const char *at)
{
    guint32 column = 1;
    const char *before = scan->line_start;
    while (before < at) {
        character_next(&before, scan->end);
        column++;
    }
    return (Position){scan->text, scan->line, column};
}

/* Overwrites one character by one that is as long and means nothing in YAML. */
static void repair(Scan *scan, const char *start, const char *end, char ascii)
{
    static const char *const replacements[] = {"\xc2\xa0", "\xef\xbf\xbd"};
    if (scan->repaired == NULL) {
        gsize length = (gsize)(scan->end - scan->bytes);
        scan->repaired = g_malloc(length);
        memcpy(scan->repaired, scan->bytes, length);
    }
    char *target = scan->repaired + (start - scan->bytes);
    gsize width = (gsize)(end - start);
    if (width == 1) {
        *target = ascii;
    } else {
        g_assert(width - 2 < G_N_ELEMENTS(replacements));
        memcpy(target, replacements[width - 2], width);
    }
}

static void refuse_directive(Scan *scan)
{
    gsize rest = (gsize)(scan->end - scan->line_start);
    const char *newline = memchr(scan->line_start, '\n', rest);
    gsize length = newline == NULL ? rest : (gsize)(newline - scan->line_start);
    g_autoptr(GString) found = g_string_new(NULL);
    characters_append_escaped(found, scan->line_start, length, YAML_EXCERPT_MAX);
    problems_add(scan->problems, position_of(scan, scan->line_start),
                 "expected no directive, found the line '%s'", found->str);
    repair(scan, scan->line_start, scan->line_start + 1, '#');
}

static void refuse_character(Scan *scan, const char *start, const char *end, gunichar character)
{
    if (!scan->line_has_problem) {
        Position where = position_of(scan, start);
        if (character == CHARACTER_INVALID) {
            problems_add(scan->problems, where, "expected UTF-8, found the byte 0x%02x",
                         (guint)(guchar)*start);
        } else if (character == '\r') {
            problems_add(scan->problems, where,
                         "expected LF or CR LF at the end of the line, found a CR alone");
        } else {
            g_autoptr(GString) found = g_string_new(NULL);
            character_describe(character, found);
            problems_add(scan->problems, where, "expected text, found %s", found->str);
        }
        scan->line_has_problem = TRUE;
    }
    repair(scan, start, end, '_');
}

/* A character that is neither printable ASCII nor a newline. Returns the place behind it. */
static const char *check_character(Scan *scan, const char *at)
{
    const char *next = at;
    gunichar character = character_next(&next, scan->end);
    gboolean is_line_end = character == '\r' && next < scan->end && *next == '\n';
    if (character_is_refused(character) && !is_line_end) {
        refuse_character(scan, at, next, character);
    }
    return next;
}

static void scan_lines(Scan *scan)
{
    const char *at = scan->bytes;
    while (at < scan->end) {
        if (at == scan->line_start && *at == '%') {
            refuse_directive(scan);
        }
        at = characters_skip_printable(at, scan->end);
        if (at == scan->end) {
            break;
        }
        if (*at == '\n') {
            at++;
            scan->line++;
            scan->line_start = at;
            scan->line_has_problem = FALSE;
        } else {
            at = check_character(scan, at);
        }
    }
}

gboolean yaml_bytes_check(const TrustedText *text, Problems *problems, YamlBytes *out)
{
    gsize length = 0;
    const char *bytes = trusted_text_bytes(text, &length);
    if (length == 0) {
        bytes = "";
    }
    if (length > YAML_BYTES_MAX) {
        return problems_add(problems, (Position){.text = text},
                            "expected at most %u bytes, found %" G_GSIZE_FORMAT, YAML_BYTES_MAX,
                            length);
    }
    if (is_utf16_or_utf32(bytes, length)) {
        return problems_add(problems, (Position){text, 1, 1},
                            "expected UTF-8, found the byte order mark of UTF-16 or UTF-32");
    }
    gsize mark = begins_with(bytes, length, "\xef\xbb\xbf", 3) ? 3 : 0;
    Scan scan = {
        .text = text,
        .problems = problems,
        .bytes = bytes + mark,
        .end = bytes + length,
        .line = 1,
        .line_start = bytes + mark,
    };
    scan_lines(&scan);
    out->owned = scan.repaired;
    out->bytes = scan.repaired != NULL ? scan.repaired : scan.bytes;
    out->length = length - mark;
    return TRUE;
}
