/* The record as text:
 *
 *     xensure-record 1
 *     fleet lab
 *     generation 42
 *     signed-time 1764000000
 *     source current+configured 42 9f86... - url https://specs.example.org/lab.yaml
 *     signers 43 2:RWQ...,RWR... 1:RWT... 1:RWT... url https://specs.example.org/lab.yaml
 *     wanted web1 5d1c...
 *     host dom0-b 10.0.0.12
 *     forgotten-host dom0-c
 *     domain web1
 *     uuid 5d1c...
 *     flags running claimed
 *     former www 9f86...
 *     settings 2
 *     type: "pvh"
 *     memory: 512MiB
 *     end
 *     forget db1
 */
#include "reconcile/record_rows.h"
#include "spec/characters.h"
#include "spec/identity.h"
#include "spec/text_checks.h"

#include <string.h>

typedef struct {
    const char *at, *end;
    const char *valid; /* up to here the text is UTF-8 */
    const char *start; /* of the line that is being read */
    GString *buffer;   /* that line */
    guint line;
    Record *record;
    RecordDomain *open; /* the block that is being read */
    gboolean is_cut;
    char *misfit; /* the line that does not fit, where it is not the one that is being read */
} RecordReader;

/* Is the line that was read last UTF-8? */
static gboolean is_valid_line(const RecordReader *reader)
{
    return reader->at - 1 <= reader->valid;
}

/* The next whole line without its newline, or NULL at the end or where the text is cut off. It is
 * the reader's, until the next one is read. */
static char *next_line(RecordReader *reader)
{
    const char *newline = memchr(reader->at, '\n', (gsize)(reader->end - reader->at));
    if (newline == NULL) {
        return NULL;
    }
    reader->start = reader->at;
    reader->at = newline + 1;
    reader->line++;
    g_string_truncate(reader->buffer, 0);
    g_string_append_len(reader->buffer, reader->start, newline - reader->start);
    return reader->buffer->str;
}

static gboolean read_number(const char *text, gint64 *out)
{
    return g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, out, NULL);
}

static gboolean set_flag(RecordDomain *domain, const char *word, gsize length)
{
    for (guint i = 0; i < G_N_ELEMENTS(record_flags); i++) {
        if (strlen(record_flags[i].name) == length &&
            memcmp(word, record_flags[i].name, length) == 0) {
            G_STRUCT_MEMBER(gboolean, domain, record_flags[i].offset) = TRUE;
            return TRUE;
        }
    }
    return length == 0;
}

/* Words with blanks between. */
static gboolean read_flags(RecordDomain *domain, const char *text)
{
    const char *end = strchrnul(text, ' ');
    while (set_flag(domain, text, (gsize)(end - text))) {
        if (*end == '\0') {
            return TRUE;
        }
        text = end + 1;
        end = strchrnul(text, ' ');
    }
    return FALSE;
}

static gboolean read_attempts(RecordDomain *domain, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        gint64 time;
        if (domain->attempts->len == RECORD_ATTEMPTS_MAX || !read_number(*word, &time)) {
            return FALSE;
        }
        g_array_append_val(domain->attempts, time);
    }
    return *words != NULL;
}

static gboolean read_operation(RecordDomain *domain, const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(record_operations); i++) {
        if (strcmp(text, record_operations[i]) == 0) {
            domain->operation = (Operation)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* A line of settings looks like "memory: 512MiB"; no line of the log does. So a count that is wrong
 * cannot swallow blocks. */
static gboolean is_setting(const char *line)
{
    const char *c = line;
    while (g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_') {
        c++;
    }
    return c > line && c[0] == ':' && c[1] == ' ';
}

/* COUNT whole lines, taken as they are. Where the text ends before, the block stays open. */
static gboolean read_settings(RecordReader *reader, gint64 count, char **text)
{
    const char *start = reader->at;
    for (gint64 i = 0; i < count; i++) {
        const char *line = next_line(reader);
        if (line == NULL) {
            reader->at = reader->end;
            reader->is_cut = TRUE;
            return TRUE;
        }
        if (!is_setting(line) || !is_valid_line(reader)) {
            reader->misfit = g_strdup(line);
            return FALSE;
        }
    }
    g_free(*text);
    *text = g_strndup(start, (gsize)(reader->at - start));
    return TRUE;
}

static gboolean read_uuid(RecordDomain *domain, const char *text)
{
    if (!identity_is_uuid(text)) {
        return FALSE;
    }
    g_strlcpy(domain->uuid, text, sizeof domain->uuid);
    return TRUE;
}

/* "NAME UUID". */
static gboolean read_wanted(Record *record, const char *text)
{
    const char *uuid = strchr(text, ' ');
    if (uuid == NULL || uuid == text || !identity_is_uuid(uuid + 1)) {
        return FALSE;
    }
    g_hash_table_replace(record->wanted, g_strndup(text, (gsize)(uuid - text)), g_strdup(uuid + 1));
    return TRUE;
}

/* "-" stands for none. */
static char *word_or_null(char *word)
{
    return strcmp(word, "-") != 0 ? word : NULL;
}

/* "WORD GENERATION DIGEST COMMIT NAME". */
static gboolean read_source(Record *record, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 5);
    RecordSource source = {0};
    guint kind = 0;
    for (guint i = 0; i < g_strv_length(words); i++) {
        if (*words[i] == '\0') {
            return FALSE;
        }
    }
    if (g_strv_length(words) != 5) {
        return FALSE;
    }
    while (kind < G_N_ELEMENTS(record_source_words) &&
           strcmp(words[0], record_source_words[kind]) != 0) {
        kind++;
    }
    source.is_current = (kind & 1) != 0;
    source.is_configured = (kind & 2) != 0;
    source.has_generation = word_or_null(words[1]) != NULL;
    source.digest = word_or_null(words[2]);
    source.commit = word_or_null(words[3]);
    source.name = words[4];
    if (kind == G_N_ELEMENTS(record_source_words) ||
        (source.has_generation && !read_number(words[1], &source.generation))) {
        return FALSE;
    }
    record_put_source(record, &source);
    return TRUE;
}

/* "SINCE SET BEFORE ROOT NAME", of a source that stands in a line above. */
static gboolean read_signers(Record *record, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 5);
    for (guint i = 0; i < 5; i++) {
        if (g_strv_length(words) != 5 || *words[i] == '\0') {
            return FALSE;
        }
    }
    const RecordSource *known = record_find_source(record, words[4]);
    if (known == NULL || known->signers != NULL) {
        return FALSE;
    }
    RecordSource source = *known;
    source.signers = words[1];
    source.signers_before = words[2];
    source.signers_root = words[3];
    if (!read_number(words[0], &source.signers_since)) {
        return FALSE;
    }
    record_put_source(record, &source);
    return TRUE;
}

/* "NAME ADDRESS", or "NAME". */
static gboolean read_host(Record *record, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    if (words[0] == NULL || check_label(words[0]) != NULL ||
        (words[1] != NULL && check_address(words[1]) != NULL)) {
        return FALSE;
    }
    record_put_host(record, words[0], words[1], FALSE);
    return TRUE;
}

static gboolean read_forgotten_host(Record *record, const char *name)
{
    if (check_label(name) != NULL) {
        return FALSE;
    }
    record_put_host(record, name, NULL, TRUE);
    return TRUE;
}

static void add_boot_link(RecordDomain *domain, const char *path)
{
    guint count = domain->boot_links != NULL ? g_strv_length(domain->boot_links) : 0;
    domain->boot_links = g_renew(char *, domain->boot_links, count + 2);
    domain->boot_links[count] = g_strdup(path);
    domain->boot_links[count + 1] = NULL;
}

/* "NAME DIGEST", or "NAME". */
static gboolean read_former(RecordDomain *domain, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    if (words[0] == NULL || *words[0] == '\0' || (words[1] != NULL && *words[1] == '\0')) {
        return FALSE;
    }
    record_domain_put_former(domain, words[0], words[1]);
    return TRUE;
}

static gboolean read_number_field(RecordDomain *domain, const char *key, const char *value,
                                  gboolean *is_one)
{
    for (guint i = 0; i < G_N_ELEMENTS(record_numbers); i++) {
        if (strcmp(key, record_numbers[i].name) == 0) {
            *is_one = TRUE;
            return read_number(value, &G_STRUCT_MEMBER(gint64, domain, record_numbers[i].offset));
        }
    }
    *is_one = FALSE;
    return FALSE;
}

static gboolean read_text_field(RecordDomain *domain, const char *key, const char *value)
{
    for (guint i = 0; i < G_N_ELEMENTS(record_texts); i++) {
        if (strcmp(key, record_texts[i].name) == 0) {
            char **field = &G_STRUCT_MEMBER(char *, domain, record_texts[i].offset);
            g_free(*field);
            *field = g_strdup(value);
            return *value != '\0';
        }
    }
    return FALSE;
}

static gboolean read_in_block(RecordReader *reader, const char *key, const char *value)
{
    RecordDomain *domain = reader->open;
    gint64 number = 0;
    if (strcmp(key, "end") == 0) {
        if (*value != '\0' || domain->uuid[0] == '\0') {
            return FALSE;
        }
        record_put(reader->record, g_steal_pointer(&reader->open));
        return TRUE;
    }
    if (strcmp(key, "uuid") == 0) {
        return read_uuid(domain, value);
    }
    if (strcmp(key, "flags") == 0) {
        return read_flags(domain, value);
    }
    if (strcmp(key, "attempts") == 0) {
        return read_attempts(domain, value);
    }
    if (strcmp(key, "operation") == 0) {
        return read_operation(domain, value);
    }
    if (strcmp(key, "boot-link") == 0) {
        add_boot_link(domain, value);
        return *value != '\0';
    }
    if (strcmp(key, "former") == 0) {
        return read_former(domain, value);
    }
    if (strcmp(key, "domid") == 0) {
        gboolean is_good = read_number(value, &number) && number <= G_MAXUINT32;
        domain->domid = is_good ? (guint32)number : 0;
        return is_good;
    }
    if (strcmp(key, "bounce") == 0) {
        domain->has_bounce = TRUE;
        return read_number(value, &domain->bounce);
    }
    for (guint i = 0; i < G_N_ELEMENTS(record_settings); i++) {
        if (strcmp(key, record_settings[i].name) == 0) {
            return read_number(value, &number) &&
                   read_settings(reader, number,
                                 &G_STRUCT_MEMBER(char *, domain, record_settings[i].offset));
        }
    }
    gboolean is_number = FALSE;
    gboolean is_read = read_number_field(domain, key, value, &is_number);
    if (is_number) {
        return is_read;
    }
    return read_text_field(domain, key, value);
}

static gboolean read_outside(RecordReader *reader, const char *key, const char *value)
{
    Record *record = reader->record;
    if (strcmp(key, "domain") == 0) {
        reader->open = record_domain_new(value, "");
        return *value != '\0';
    }
    if (strcmp(key, "forget") == 0) {
        record_forget(record, value);
        return *value != '\0';
    }
    if (strcmp(key, "fleet") == 0) {
        g_free(record->fleet);
        record->fleet = g_strdup(value);
        return *value != '\0';
    }
    if (strcmp(key, "generation") == 0) {
        record->has_generation = TRUE;
        return read_number(value, &record->generation);
    }
    if (strcmp(key, "signed-time") == 0) {
        return read_number(value, &record->signed_time);
    }
    if (strcmp(key, "source") == 0) {
        return read_source(record, value);
    }
    if (strcmp(key, "signers") == 0) {
        return read_signers(record, value);
    }
    /* The digest of the whole, of versions before there was one of each source. */
    if (strcmp(key, "signed") == 0) {
        return *value != '\0';
    }
    if (strcmp(key, "host") == 0) {
        return read_host(record, value);
    }
    if (strcmp(key, "forgotten-host") == 0) {
        return read_forgotten_host(record, value);
    }
    return strcmp(key, "wanted") == 0 && read_wanted(record, value);
}

static gboolean read_line(RecordReader *reader, char *line)
{
    if (reader->line == 1) {
        return strcmp(line, RECORD_FIRST_LINE) == 0;
    }
    char *value = strchr(line, ' ');
    if (value != NULL) {
        *value++ = '\0';
    } else {
        value = line + strlen(line);
    }
    return reader->open != NULL ? read_in_block(reader, line, value)
                                : read_outside(reader, line, value);
}

static gboolean refuse_line(const RecordReader *reader, const char *line, GError **error)
{
    g_autofree char *shown = g_strndup(reader->misfit != NULL ? reader->misfit : line, 60);
    g_autofree char *escaped = g_strescape(shown, NULL);
    g_set_error(error, RECORD_ERROR, RECORD_ERROR_FORMAT,
                "line %u of the record does not fit: '%s'", reader->line, escaped);
    return FALSE;
}

/* The end of what is UTF-8; a record is nearly always ASCII. */
static const char *find_valid(const char *at, const char *end)
{
    while (at < end && (*at == '\n' || (*at >= 0x20 && *at < 0x7f))) {
        at = *at == '\n' ? at + 1 : characters_skip_printable(at, end);
    }
    g_utf8_validate(at, end - at, &at);
    return at;
}

static gboolean read_lines(RecordReader *reader, GError **error)
{
    reader->valid = find_valid(reader->at, reader->end);
    for (char *line = next_line(reader); line != NULL; line = next_line(reader)) {
        const char *start = reader->start;
        const char *end = reader->at - 1; /* its newline */
        if (*line == '\0' || !is_valid_line(reader) || !read_line(reader, line)) {
            g_autofree char *copy = g_strndup(start, (gsize)(end - start));
            return refuse_line(reader, copy, error);
        }
    }
    return TRUE;
}

static gboolean is_cut_in_first_line(const char *text, gsize length)
{
    return length < sizeof RECORD_FIRST_LINE && strncmp(text, RECORD_FIRST_LINE, length) == 0;
}

Record *record_parse(const char *text, gsize length, gboolean *is_cut, GError **error)
{
    if (length > RECORD_BYTES_MAX || memchr(text, '\0', length) != NULL) {
        g_set_error(error, RECORD_ERROR, RECORD_ERROR_FORMAT, "the record %s",
                    length > RECORD_BYTES_MAX ? "is too long" : "has a NUL byte in it");
        return NULL;
    }
    g_autoptr(Record) record = record_new();
    g_autoptr(GString) buffer = g_string_sized_new(256);
    RecordReader reader = {.at = text, .end = text + length, .record = record, .buffer = buffer};
    gboolean is_good = read_lines(&reader, error);
    gboolean ends_open = reader.open != NULL || reader.at < reader.end || reader.is_cut;
    record_domain_free(reader.open);
    g_free(reader.misfit);
    if (!is_good) {
        return NULL;
    }
    if (reader.line == 0 && !is_cut_in_first_line(text, length)) {
        g_set_error(error, RECORD_ERROR, RECORD_ERROR_FORMAT, "the record has no first line");
        return NULL;
    }
    *is_cut = ends_open;
    return g_steal_pointer(&record);
}
