/* A bundle as it is kept:
 *
 *     xensure-source 1
 *     source url https://specs.example.org/lab.yaml
 *     fetched 1764000000
 *     etag "5f3a"
 *     file 18244 lab.yaml
 *     file 312 lab.yaml.minisig
 *
 *     (18244 bytes, 312 bytes)
 */
#include "agent/source_bundle.h"

#include <string.h>

#define FIRST_LINE "xensure-source 1"

G_DEFINE_QUARK(xensure_source_bundle_error, source_bundle_error)

/* The texts that may be missing, in the order in which they are written. TO ADD ONE: a row. */
static const struct {
    const char *word;
    gsize offset; /* in SourceBundle */
} texts[] = {
    {"source", G_STRUCT_OFFSET(SourceBundle, source)},
    {"etag", G_STRUCT_OFFSET(SourceBundle, etag)},
    {"last-modified", G_STRUCT_OFFSET(SourceBundle, last_modified)},
    {"commit", G_STRUCT_OFFSET(SourceBundle, commit)},
    {"generation", G_STRUCT_OFFSET(SourceBundle, generation)},
};

static void file_free(gpointer data)
{
    SourceFile *file = data;
    g_free(file->name);
    g_bytes_unref(file->bytes);
    g_free(file);
}

SourceBundle *source_bundle_new(const char *source, gint64 fetched)
{
    SourceBundle *bundle = g_new0(SourceBundle, 1);
    bundle->source = g_strdup(source);
    bundle->fetched = fetched;
    bundle->files = g_ptr_array_new_with_free_func(file_free);
    return bundle;
}

void source_bundle_free(SourceBundle *bundle)
{
    if (bundle == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_free(G_STRUCT_MEMBER(char *, bundle, texts[i].offset));
    }
    g_ptr_array_unref(bundle->files);
    g_free(bundle);
}

void source_bundle_add(SourceBundle *bundle, const char *name, GBytes *bytes)
{
    SourceFile *file = g_new0(SourceFile, 1);
    file->name = g_strdup(name);
    file->bytes = g_bytes_ref(bytes);
    g_ptr_array_add(bundle->files, file);
}

GBytes *source_bundle_find(const SourceBundle *bundle, const char *name)
{
    for (guint i = 0; i < bundle->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(bundle->files, i);
        if (strcmp(file->name, name) == 0) {
            return file->bytes;
        }
    }
    return NULL;
}

gboolean source_bundle_equal(const SourceBundle *left, const SourceBundle *right)
{
    gboolean is_equal = left->files->len == right->files->len;
    for (guint i = 0; is_equal && i < left->files->len; i++) {
        const SourceFile *one = g_ptr_array_index(left->files, i);
        const SourceFile *other = g_ptr_array_index(right->files, i);
        is_equal = strcmp(one->name, other->name) == 0 && g_bytes_equal(one->bytes, other->bytes);
    }
    return is_equal;
}

/* ---- as it is kept ---- */

void source_bundle_format(const SourceBundle *bundle, GString *out)
{
    g_string_append(out, FIRST_LINE "\n");
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = G_STRUCT_MEMBER(char *, bundle, texts[i].offset);
        if (text != NULL) {
            g_string_append_printf(out, "%s %s\n", texts[i].word, text);
        }
    }
    g_string_append_printf(out, "fetched %" G_GINT64_FORMAT "\n", bundle->fetched);
    for (guint i = 0; i < bundle->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(bundle->files, i);
        g_string_append_printf(out, "file %" G_GSIZE_FORMAT " %s\n", g_bytes_get_size(file->bytes),
                               file->name);
    }
    g_string_append_c(out, '\n');
    for (guint i = 0; i < bundle->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(bundle->files, i);
        gsize length = 0;
        const char *bytes = g_bytes_get_data(file->bytes, &length);
        g_string_append_len(out, bytes != NULL ? bytes : "", (gssize)length);
    }
}

/* What is being read. */
typedef struct {
    SourceBundle *bundle;
    GArray *lengths; /* of gsize, of its files, which have no bytes yet */
    GPtrArray *names;
    GHashTable *known; /* names */
    gboolean has_time;
} BundleReader;

static gboolean read_file_line(BundleReader *reader, const char *value)
{
    g_auto(GStrv) words = g_strsplit(value, " ", 2);
    guint64 length = 0;
    if (words[0] == NULL || words[1] == NULL || *words[1] == '\0' ||
        reader->names->len >= SOURCE_BUNDLE_FILES_MAX ||
        !g_ascii_string_to_unsigned(words[0], 10, 0, SOURCE_BUNDLE_BYTES_MAX, &length, NULL) ||
        !g_hash_table_add(reader->known, g_strdup(words[1]))) {
        return FALSE;
    }
    gsize size = (gsize)length;
    g_array_append_val(reader->lengths, size);
    g_ptr_array_add(reader->names, g_strdup(words[1]));
    return TRUE;
}

static gboolean read_text(SourceBundle *bundle, const char *word, const char *value)
{
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        char **text = &G_STRUCT_MEMBER(char *, bundle, texts[i].offset);
        if (strcmp(word, texts[i].word) == 0) {
            gboolean is_new = *text == NULL && *value != '\0';
            *text = is_new ? g_strdup(value) : *text;
            return is_new;
        }
    }
    return FALSE;
}

static gboolean read_line(BundleReader *reader, char *line)
{
    char *value = strchr(line, ' ');
    if (value == NULL || !g_utf8_validate(line, -1, NULL)) {
        return FALSE;
    }
    *value++ = '\0';
    if (strcmp(line, "file") == 0) {
        return read_file_line(reader, value);
    }
    if (strcmp(line, "fetched") == 0) {
        gboolean is_new = !reader->has_time;
        reader->has_time = TRUE;
        return is_new &&
               g_ascii_string_to_signed(value, 10, 0, G_MAXINT64, &reader->bundle->fetched, NULL);
    }
    return read_text(reader->bundle, line, value);
}

/* The lines up to the empty one. *AT becomes what follows. */
static gboolean read_lines(BundleReader *reader, const char **at, const char *end)
{
    for (guint number = 0;; number++) {
        const char *newline = memchr(*at, '\n', (gsize)(end - *at));
        if (newline == NULL || newline - *at > (gssize)SOURCE_BUNDLE_TEXT_MAX + 64) {
            return FALSE;
        }
        g_autofree char *line = g_strndup(*at, (gsize)(newline - *at));
        gboolean is_whole = strlen(line) == (gsize)(newline - *at);
        *at = newline + 1;
        if (is_whole && *line == '\0') {
            return number > 0 && reader->has_time && reader->bundle->source != NULL;
        }
        if (!is_whole || (number == 0 ? strcmp(line, FIRST_LINE) != 0 : !read_line(reader, line))) {
            return FALSE;
        }
    }
}

static gboolean read_files(BundleReader *reader, const char *at, const char *end)
{
    for (guint i = 0; i < reader->names->len; i++) {
        gsize length = g_array_index(reader->lengths, gsize, i);
        if (length > (gsize)(end - at)) {
            return FALSE;
        }
        g_autoptr(GBytes) bytes = g_bytes_new(at, length);
        source_bundle_add(reader->bundle, g_ptr_array_index(reader->names, i), bytes);
        at += length;
    }
    return at == end;
}

SourceBundle *source_bundle_parse(const char *bytes, gsize length, GError **error)
{
    g_autoptr(SourceBundle) bundle = source_bundle_new(NULL, 0);
    g_autoptr(GArray) lengths = g_array_new(FALSE, FALSE, sizeof(gsize));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    BundleReader reader = {bundle, lengths, names, known, FALSE};
    const char *at = bytes;
    gboolean is_good = length <= SOURCE_BUNDLE_BYTES_MAX &&
                       read_lines(&reader, &at, bytes + length) &&
                       read_files(&reader, at, bytes + length);
    if (!is_good) {
        g_set_error(error, SOURCE_BUNDLE_ERROR, SOURCE_BUNDLE_ERROR_FORMAT,
                    "expected the copy of a source as xensure keeps it, found something else, or a "
                    "part of it");
        return NULL;
    }
    return g_steal_pointer(&bundle);
}
