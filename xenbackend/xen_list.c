#include "xenbackend/xen_list.h"

#include "xenbackend/xen_list_row.h"

#include <string.h>

#define SHOWN_BYTES_MAX 100
#define XM_NO_NAME      "??" /* Xen up to 4.4, tools/python/xen/xm/main.py:parse_doms_info */

/* The reading of one list. */
typedef struct {
    Observed *observed;
    XenListHeader header;
    guint line;
    guint bad_lines;
    GString *trouble;   /* about the first bad line */
    GHashTable *domids; /* those of the rows before */
    gboolean has_domain_0;
} Reading;

/* A line in quotes, cut, with what is not printable ASCII as escapes. */
static char *line_show(Span line)
{
    gsize length = MIN((gsize)(line.end - line.start), SHOWN_BYTES_MAX);
    GString *out = g_string_new("'");
    for (gsize i = 0; i < length; i++) {
        char byte = line.start[i];
        if (g_ascii_isprint(byte)) {
            g_string_append_c(out, byte);
        } else {
            g_string_append_printf(out, "\\x%02x", (guchar)byte);
        }
    }
    g_string_append(out, line.start + length < line.end ? "...'" : "'");
    return g_string_free(out, FALSE);
}

static void reading_add_trouble(Reading *reading, Span line, const char *what)
{
    if (reading->bad_lines++ == 0) {
        g_autofree char *shown = line_show(line);
        g_string_append_printf(reading->trouble, "line %u %s: %s", reading->line, what, shown);
    }
}

/* xm looks for a name before it looks for an id. */
static void note_name(Reading *reading, Span name)
{
    g_autofree char *text = g_strndup(name.start, (gsize)(name.end - name.start));
    guint64 number = 0;
    gboolean is_number = g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL) &&
                         (text[0] != '0' || text[1] == '\0');
    if (is_number) {
        g_hash_table_add(reading->observed->ids_taken, GUINT_TO_POINTER((guint)number));
    }
}

/* What xm does otherwise: rows of domains that do not run, and the word for a name that is not
 * known. TRUE: the line is done with. */
static gboolean reading_add_of_xm(Reading *reading, Span line, ObservedDomain *domain)
{
    Span name;
    if (domain->name == NULL) {
        gboolean is_halted = xm_list_row_parse_halted(line, &name);
        if (is_halted) {
            note_name(reading, name);
        }
        return is_halted;
    }
    note_name(reading, (Span){domain->name, domain->name + strlen(domain->name)});
    if (strcmp(domain->name, XM_NO_NAME) == 0) {
        g_free(domain->name);
        domain->name = g_strdup(OBSERVED_NO_NAME);
    }
    return FALSE;
}

static void reading_add_row(Reading *reading, Span line, gboolean is_ended)
{
    g_autoptr(ObservedDomain) domain = observed_domain_new();
    if (!is_ended) {
        reading_add_trouble(reading, line, "is cut off");
        return;
    }
    gboolean is_row = xen_list_row_parse(line, &reading->header, domain);
    if (reading->header.kind == LIST_OF_XM && reading_add_of_xm(reading, line, domain)) {
        return;
    }
    if (!is_row) {
        reading_add_trouble(reading, line, "does not fit");
        return;
    }
    if (!g_hash_table_add(reading->domids, GUINT_TO_POINTER(domain->domid))) {
        reading_add_trouble(reading, line, "has the id of a line before");
        return;
    }
    reading->has_domain_0 |= domain->domid == 0;
    g_ptr_array_add(reading->observed->domains, g_steal_pointer(&domain));
}

/* FALSE: nothing is known. */
static gboolean reading_run(Reading *reading, const char *text, gsize length)
{
    if (length > XEN_LIST_BYTES_MAX) {
        g_string_append_printf(reading->trouble, "the list is longer than %u bytes",
                               XEN_LIST_BYTES_MAX);
        return FALSE;
    }
    if (length == 0) {
        g_string_append(reading->trouble, "the list is empty");
        return FALSE;
    }
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        Span line = {text, newline != NULL ? newline : end};
        reading->line++;
        if (reading->line > 1) {
            reading_add_row(reading, line, newline != NULL);
        } else if (newline == NULL || !xen_list_header_parse(line, &reading->header)) {
            reading_add_trouble(reading, line, "is not the heading of a list");
            return FALSE;
        }
        text = line.end + 1;
    }
    if (!reading->has_domain_0) {
        g_string_append_printf(reading->trouble, "%sthe list has no row with id 0",
                               reading->trouble->len > 0 ? "; " : "");
    }
    return reading->has_domain_0;
}

static void list_parse(XenListKind kind, const char *text, gsize length, Observed *observed)
{
    Reading reading = {
        .observed = observed, .header = {.kind = kind}, .trouble = g_string_new(NULL)};
    reading.domids = g_hash_table_new(NULL, NULL);
    g_ptr_array_set_size(observed->domains, 0);
    g_hash_table_remove_all(observed->ids_taken);
    g_clear_pointer(&observed->trouble, g_free);

    if (!reading_run(&reading, text, length)) {
        g_ptr_array_set_size(observed->domains, 0);
        observed->state = OBSERVATION_UNKNOWN;
    } else if (reading.bad_lines > 0) {
        observed->state = OBSERVATION_PARTIAL;
    } else {
        observed->state = OBSERVATION_COMPLETE;
    }
    if (reading.bad_lines > 1) {
        g_string_append_printf(reading.trouble, " (and %u more lines)", reading.bad_lines - 1);
    }
    g_hash_table_unref(reading.domids);
    observed->trouble = g_string_free(reading.trouble, reading.trouble->len == 0);
}

void xen_list_parse(const char *text, gsize length, Observed *observed)
{
    list_parse(LIST_OF_XL, text, length, observed);
}

void xm_list_parse(const char *text, gsize length, Observed *observed)
{
    list_parse(LIST_OF_XM, text, length, observed);
}
