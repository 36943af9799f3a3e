#include "xenbackend/xen_list_row.h"

#include <string.h>

#define STATE_LETTERS 6
#define DOMID_MAX     G_MAXUINT16 /* domid_t, xen/include/public/xen.h */

static gboolean span_has_nul(Span span)
{
    return memchr(span.start, '\0', (gsize)(span.end - span.start)) != NULL;
}

/* The next word of a line that is separated by blanks and tabs; empty at its end. */
static Span word_next(Span *line)
{
    while (line->start < line->end && (*line->start == ' ' || *line->start == '\t')) {
        line->start++;
    }
    Span word = {line->start, line->start};
    while (word.end < line->end && *word.end != ' ' && *word.end != '\t') {
        word.end++;
    }
    line->start = word.end;
    return word;
}

static gboolean word_is(Span word, const char *text)
{
    gsize length = strlen(text);
    return (gsize)(word.end - word.start) == length && memcmp(word.start, text, length) == 0;
}

static gboolean header_add(XenListHeader *header, XenListColumn column)
{
    if (header->count == XEN_LIST_EXTRAS_MAX) {
        return FALSE;
    }
    header->columns[header->count++] = column;
    return TRUE;
}

/* A heading of one word, or of two. */
static XenListColumn heading_column(Span word, Span *line)
{
    static const char *const doubles[][2] = {{"Security", "Label"}, {"NODE", "Affinity"}};
    for (guint i = 0; i < G_N_ELEMENTS(doubles); i++) {
        Span rest = *line;
        if (word_is(word, doubles[i][0]) && word_is(word_next(&rest), doubles[i][1])) {
            *line = rest;
            return COLUMN_WORD;
        }
    }
    if (word_is(word, "UUID")) {
        return COLUMN_UUID;
    }
    if (word_is(word, "Reason-Code")) {
        return COLUMN_REASON;
    }
    return word_is(word, "Claimed") || word_is(word, "Cpupool") ? COLUMN_WORD : COLUMN_UNKNOWN;
}

gboolean xen_list_header_parse(Span line, XenListHeader *header)
{
    static const char *const base[] = {"Name", "ID", "Mem", "VCPUs", "State", "Time(s)"};
    if (line.start == line.end || *line.start != 'N' || span_has_nul(line)) {
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(base); i++) {
        if (!word_is(word_next(&line), base[i])) {
            return FALSE;
        }
    }
    for (Span word = word_next(&line); word.start < word.end; word = word_next(&line)) {
        XenListColumn column = heading_column(word, &line);
        if (!header_add(header, column)) {
            return FALSE;
        }
        /* One heading may be several words: nothing behind an unknown one can be told apart. */
        if (column == COLUMN_UNKNOWN) {
            break;
        }
    }
    return TRUE;
}

static gboolean reason_fits(Span word)
{
    if (word_is(word, "-")) {
        return TRUE;
    }
    for (const char *at = word.start; at < word.end; at++) {
        if (!g_ascii_isxdigit(*at)) {
            return FALSE;
        }
    }
    return word.end - word.start <= 8;
}

static gboolean uuid_read(Span word, char uuid[UUID_TEXT_SIZE])
{
    if (word.end - word.start != UUID_TEXT_SIZE - 1) {
        return FALSE;
    }
    for (guint i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        uuid[i] = g_ascii_tolower(word.start[i]);
    }
    uuid[UUID_TEXT_SIZE - 1] = '\0';
    return g_uuid_string_is_valid(uuid);
}

/* One column behind Time(s). A wide cpupool stands right behind the time: "3.3a-very-long-cpupool".
 */
static gboolean extra_read(XenListColumn column, Span *rest, char uuid[UUID_TEXT_SIZE])
{
    gboolean is_separated = rest->start < rest->end && *rest->start == ' ';
    Span word = word_next(rest);
    if (word.start == word.end) {
        return FALSE;
    }
    for (const char *at = word.start; at < word.end; at++) {
        if (g_ascii_iscntrl(*at)) {
            return FALSE;
        }
    }
    switch (column) {
    case COLUMN_UUID:
        return is_separated && uuid_read(word, uuid);
    case COLUMN_REASON:
        return is_separated && reason_fits(word);
    case COLUMN_WORD:
        return TRUE;
    case COLUMN_UNKNOWN:
        rest->start = rest->end;
        return TRUE;
    }
    return FALSE;
}

static gboolean extras_read(const XenListHeader *header, Span rest, char uuid[UUID_TEXT_SIZE])
{
    uuid[0] = '\0';
    for (guint i = 0; i < header->count; i++) {
        if (!extra_read(header->columns[i], &rest, uuid)) {
            return FALSE;
        }
    }
    return rest.start == rest.end;
}

/* Takes the blanks between two columns off the end: at least one, and however many a width has
 * left. */
static gboolean gap_take(Span *row)
{
    const char *end = row->end;
    while (row->end > row->start && row->end[-1] == ' ') {
        row->end--;
    }
    return row->end < end;
}

/* Takes a decimal number and the gap before it off the end. */
static gboolean number_take(Span *row, guint64 maximum, guint64 *out)
{
    const char *end = row->end;
    guint64 value = 0, power = 1;
    while (row->end > row->start && g_ascii_isdigit(row->end[-1])) {
        guint64 digit = (guint64)(*--row->end - '0');
        if (end - row->end > 19 || digit > (maximum - value) / power) {
            return FALSE;
        }
        value += digit * power;
        power *= 10;
    }
    gssize digits = end - row->end;
    if (digits == 0 || (digits > 1 && *row->end == '0')) {
        return FALSE;
    }
    *out = value;
    return gap_take(row);
}

static gboolean reason_decode(char letter, ShutdownReason *reason)
{
    static const char letters[] = "-rscwS?";
    static const ShutdownReason reasons[] = {SHUTDOWN_REASON_POWEROFF, SHUTDOWN_REASON_REBOOT,
                                             SHUTDOWN_REASON_SUSPEND,  SHUTDOWN_REASON_CRASH,
                                             SHUTDOWN_REASON_WATCHDOG, SHUTDOWN_REASON_SOFT_RESET,
                                             SHUTDOWN_REASON_UNKNOWN};
    const char *found = memchr(letters, letter, sizeof letters - 1);
    if (found != NULL) {
        *reason = reasons[found - letters];
    }
    return found != NULL;
}

static gboolean flag_decode(char letter, char set, gboolean *flag)
{
    *flag = letter == set;
    return *flag || letter == '-';
}

/* Takes the six letters. Each is decoded by itself, because every combination occurs. */
static gboolean state_take(Span *row, ObservedDomain *domain)
{
    if (row->end - row->start < STATE_LETTERS) {
        return FALSE;
    }
    row->end -= STATE_LETTERS;
    const char *letters = row->end;
    gboolean fits = flag_decode(letters[0], 'r', &domain->is_running) &&
                    flag_decode(letters[1], 'b', &domain->is_blocked) &&
                    flag_decode(letters[2], 'p', &domain->is_paused) &&
                    flag_decode(letters[3], 's', &domain->is_shut_down) &&
                    reason_decode(letters[4], &domain->reason) &&
                    flag_decode(letters[5], 'd', &domain->is_dying);
    if (!domain->is_shut_down) {
        domain->reason = SHUTDOWN_REASON_NONE;
    }
    return fits;
}

/* Reads a row backwards from the one decimal of Time(s) at its end. */
static gboolean base_read(Span row, ObservedDomain *domain, Span *name)
{
    guint64 tenths = (guint64)(row.end[-1] - '0');
    guint64 seconds = 0, domid = 0, memory = 0, vcpus = 0;
    row.end -= 2;
    if (!number_take(&row, G_MAXUINT64 / 10 - 1, &seconds) || !state_take(&row, domain) ||
        !gap_take(&row) || !number_take(&row, G_MAXUINT32, &vcpus) ||
        !number_take(&row, G_MAXUINT64, &memory) || !number_take(&row, DOMID_MAX, &domid)) {
        return FALSE;
    }
    domain->cpu_deciseconds = seconds * 10 + tenths;
    domain->vcpus = (guint32)vcpus;
    domain->memory_mib = memory;
    domain->domid = (guint32)domid;
    /* What is left is the name; the blanks that filled its column went with the gap. */
    *name = row;
    return TRUE;
}

gboolean xen_list_row_parse(Span line, const XenListHeader *header, ObservedDomain *domain)
{
    if (line.end - line.start < 2 || span_has_nul(line)) {
        return FALSE;
    }
    for (const char *at = line.end - 2; at > line.start; at--) {
        Span name;
        if (at[0] != '.' || !g_ascii_isdigit(at[1]) ||
            !base_read((Span){line.start, at + 2}, domain, &name)) {
            continue;
        }
        if (extras_read(header, (Span){at + 2, line.end}, domain->uuid)) {
            domain->name = g_strndup(name.start, (gsize)(name.end - name.start));
            return TRUE;
        }
    }
    return FALSE;
}
