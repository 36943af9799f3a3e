#include "agent/source_cache.h"

#include "xenbackend/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWERED_BYTES_MAX 256u
#define ASKED_BYTES_MAX    (64u * 1024)

static char *cache_path(const char *state_dir, const char *source, const char *name)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, source, -1);
    return g_build_filename(state_dir, "sources", digest, name, NULL);
}

static char *before_path(const char *path, guint number)
{
    return number == 0 ? g_strdup(path) : g_strdup_printf("%s.%u", path, number);
}

static SourceBundle *read_bundle(const char *path, const char *source, GError **error)
{
    g_autoptr(GBytes) bytes = file_read_if_there(path, SOURCE_BUNDLE_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(SourceBundle) bundle = source_bundle_parse(text != NULL ? text : "", length, error);
    if (bundle == NULL) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    if (strcmp(bundle->source, source) != 0) {
        g_set_error(error, SOURCE_BUNDLE_ERROR, SOURCE_BUNDLE_ERROR_FORMAT,
                    "%s: expected the copy of %s, found that of another source", path, source);
        return NULL;
    }
    return g_steal_pointer(&bundle);
}

SourceBundle *source_cache_read(const char *state_dir, const char *source, GError **error)
{
    g_autofree char *path = cache_path(state_dir, source, "copy");
    return read_bundle(path, source, error);
}

SourceBundle *source_cache_read_before(const char *state_dir, const char *source, guint number,
                                       char **path)
{
    g_autofree char *present = cache_path(state_dir, source, "copy");
    g_autofree char *before = before_path(present, number);
    SourceBundle *bundle = read_bundle(before, source, NULL);
    if (bundle != NULL) {
        *path = g_steal_pointer(&before);
    }
    return bundle;
}

/* The copy gets a second name, so that there is one at any moment; those before it move by one. */
static gboolean push_down(const char *path, GError **error)
{
    for (guint number = SOURCE_CACHE_BEFORE; number > 0; number--) {
        g_autofree char *from = before_path(path, number - 1);
        g_autofree char *to = before_path(path, number);
        gboolean is_moved = number > 1
                                ? rename(from, to) == 0
                                : ((unlink(to) == 0 || errno == ENOENT) && link(from, to) == 0);
        if (!is_moved && errno != ENOENT) {
            g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "%s: %s", to,
                        g_strerror(errno));
            return FALSE;
        }
    }
    return TRUE;
}

gboolean source_cache_keep(const char *state_dir, const SourceBundle *bundle, GError **error)
{
    g_autofree char *path = cache_path(state_dir, bundle->source, "copy");
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(SourceBundle) kept = source_cache_read(state_dir, bundle->source, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    /* What cannot be read back is no copy. What has come as another set of headers alone is no
     * other spec, but has to be asked for by these. */
    source_bundle_format(bundle, text);
    if (text->len > SOURCE_BUNDLE_BYTES_MAX) {
        g_set_error(error, SOURCE_BUNDLE_ERROR, SOURCE_BUNDLE_ERROR_FORMAT,
                    "%s: expected at most %u bytes, found %" G_GSIZE_FORMAT, path,
                    SOURCE_BUNDLE_BYTES_MAX, text->len);
        return FALSE;
    }
    gboolean is_other = kept != NULL && !source_bundle_equal(kept, bundle);
    return file_make_folder(folder, 0700, error) && (!is_other || push_down(path, error)) &&
           file_replace(path, text->str, text->len, 0600, error);
}

/* ---- when it has answered ---- */

/* The text of a file beside the copy; NULL: there is none that can be read. To be freed. */
static char *read_beside(const char *state_dir, const char *source, const char *name, gsize limit)
{
    g_autofree char *path = cache_path(state_dir, source, name);
    g_autoptr(GBytes) bytes = file_read_if_there(path, limit, NULL);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    return bytes != NULL ? g_strndup(text != NULL ? text : "", length) : NULL;
}

static gboolean write_beside(const char *state_dir, const char *source, const char *name,
                             const char *text, GError **error)
{
    g_autofree char *path = cache_path(state_dir, source, name);
    g_autofree char *folder = g_path_get_dirname(path);
    return file_make_folder(folder, 0700, error) &&
           file_replace(path, text, strlen(text), 0600, error);
}

void source_answered_clear(SourceAnswered *answered)
{
    g_clear_pointer(&answered->boot_id, g_free);
    answered->time = 0;
}

void source_answered_parse(const char *text, SourceAnswered *out)
{
    g_autofree char *line = g_strchomp(g_strdup(text));
    g_auto(GStrv) words = g_strsplit(line, " ", 2);
    source_answered_clear(out);
    if (g_strv_length(words) == 2 &&
        g_ascii_string_to_signed(words[0], 10, 0, G_MAXINT64, &out->time, NULL)) {
        out->boot_id = g_strdup(words[1]);
    }
}

char *source_answered_format(const SourceAnswered *answered)
{
    return g_strdup_printf("%" G_GINT64_FORMAT " %s\n", answered->time,
                           answered->boot_id != NULL ? answered->boot_id : "-");
}

void source_cache_read_answered(const char *state_dir, const char *source, SourceAnswered *out)
{
    g_autofree char *text = read_beside(state_dir, source, "answered", ANSWERED_BYTES_MAX);
    source_answered_parse(text != NULL ? text : "", out);
}

gboolean source_cache_write_answered(const char *state_dir, const char *source,
                                     const SourceAnswered *answered, GError **error)
{
    g_autofree char *text = source_answered_format(answered);
    return write_beside(state_dir, source, "answered", text, error);
}

/* ---- when it was asked ---- */

/* TIME BOOT RESULT, and in the second line what was wrong. */
static const char asked_answered[] = "answered";
static const char asked_silent[] = "silent";
static const char asked_refused[] = "refused";

void source_asked_clear(SourceAsked *asked)
{
    g_clear_pointer(&asked->boot_id, g_free);
    g_clear_pointer(&asked->trouble, g_free);
    asked->is_refused = FALSE;
    asked->time = 0;
}

static gboolean read_asked(const char *text, SourceAsked *out)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    g_auto(GStrv) words = g_strsplit(lines[0] != NULL ? lines[0] : "", " ", 3);
    if (g_strv_length(lines) != 3 || g_strv_length(words) != 3 || *lines[2] != '\0' ||
        !g_utf8_validate(text, -1, NULL) ||
        !g_ascii_string_to_signed(words[0], 10, 1, G_MAXINT64, &out->time, NULL)) {
        return FALSE;
    }
    out->boot_id = g_strdup(words[1]);
    out->is_refused = strcmp(words[2], asked_refused) == 0;
    gboolean is_answered = strcmp(words[2], asked_answered) == 0;
    out->trouble = is_answered ? NULL : g_strdup(lines[1]);
    return is_answered ||
           ((out->is_refused || strcmp(words[2], asked_silent) == 0) && *out->trouble != '\0');
}

void source_asked_parse(const char *text, SourceAsked *out)
{
    source_asked_clear(out);
    if (!read_asked(text, out)) {
        source_asked_clear(out);
    }
}

char *source_asked_format(const SourceAsked *asked)
{
    g_autofree char *trouble =
        asked->trouble != NULL ? g_utf8_make_valid(asked->trouble, -1) : g_strdup("");
    g_strdelimit(trouble, "\r\n", ' ');
    const char *result = asked->trouble == NULL ? asked_answered
                         : asked->is_refused    ? asked_refused
                                                : asked_silent;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s %s\n%s\n", asked->time,
                           asked->boot_id != NULL ? asked->boot_id : "-", result, trouble);
}

void source_cache_read_asked(const char *state_dir, const char *source, SourceAsked *out)
{
    g_autofree char *text = read_beside(state_dir, source, "asked", ASKED_BYTES_MAX);
    source_asked_parse(text != NULL ? text : "", out);
}

gboolean source_cache_write_asked(const char *state_dir, const char *source,
                                  const SourceAsked *asked, GError **error)
{
    g_autofree char *text = source_asked_format(asked);
    return write_beside(state_dir, source, "asked", text, error);
}
