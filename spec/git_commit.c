#include "spec/git_commit.h"

#include <string.h>

/* git's Documentation/gitformat-signature.txt, and commit.c: gpg_sig_headers */
#define SIGNATURE_HEADER_BEGIN "gpgsig"

typedef struct {
    const char *at, *end;
    guint line; /* the one that was read last */
    gboolean is_sha256;
} CommitReader;

typedef struct {
    const char *text; /* not terminated */
    gsize length;     /* without its LF */
} CommitLine;

void git_commit_free(GitCommit *commit)
{
    if (commit == NULL) {
        return;
    }
    g_array_unref(commit->parents);
    g_clear_pointer(&commit->signature, g_bytes_unref);
    g_clear_pointer(&commit->payload, g_bytes_unref);
    g_free(commit);
}

static gboolean refuse_line(const CommitReader *reader, GError **error, const char *expected)
{
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                "line %u of the commit: expected %s, found something else", reader->line, expected);
    return FALSE;
}

/* All lines of the headers end in LF. */
static gboolean read_line(CommitReader *reader, CommitLine *out, GError **error)
{
    gsize left = (gsize)(reader->end - reader->at);
    const char *newline = left > 0 ? memchr(reader->at, '\n', left) : NULL;
    reader->line++;
    if (newline == NULL) {
        return refuse_line(reader, error, "a line that ends");
    }
    *out = (CommitLine){reader->at, (gsize)(newline - reader->at)};
    reader->at = newline + 1;
    return TRUE;
}

static gboolean begins_with(const CommitLine *line, const char *prefix)
{
    return line->length >= strlen(prefix) && memcmp(line->text, prefix, strlen(prefix)) == 0;
}

static gboolean read_id(const CommitReader *reader, const CommitLine *line, const char *prefix,
                        GitId *out)
{
    gsize length = strlen(prefix);
    return begins_with(line, prefix) &&
           git_id_parse(line->text + length, line->length - length, out) &&
           git_id_is_sha256(out) == reader->is_sha256;
}

/* The tree, then the parents; the line behind them is in *NEXT. */
static gboolean read_links(CommitReader *reader, GitId *tree, GArray *parents, CommitLine *next,
                           GError **error)
{
    if (!read_line(reader, next, error)) {
        return FALSE;
    }
    if (!read_id(reader, next, "tree ", tree)) {
        return refuse_line(reader, error, "'tree' and an id");
    }
    while (read_line(reader, next, error)) {
        GitId parent;
        if (!begins_with(next, "parent ")) {
            return TRUE;
        }
        if (!read_id(reader, next, "parent ", &parent) || parents->len == GIT_COMMIT_PARENTS_MAX) {
            return refuse_line(reader, error, "'parent' and an id, at most 1000 times");
        }
        g_array_append_val(parents, parent);
    }
    return FALSE;
}

/* "committer NAME <ADDRESS> SECONDS ZONE" */
static gboolean read_time(const CommitReader *reader, const CommitLine *line, gint64 *out,
                          GError **error)
{
    g_autofree char *text = g_strndup(line->text, line->length);
    const char *bracket = strrchr(text, '>');
    g_auto(GStrv) words = bracket != NULL ? g_strsplit(bracket, " ", 4) : g_new0(char *, 1);
    guint64 time = 0;
    if (!g_str_has_prefix(text, "committer ") || g_strv_length(words) != 3 ||
        strcmp(words[0], ">") != 0 || strlen(words[2]) != 5 ||
        strpbrk(words[2], "+-") != words[2] || strspn(words[2] + 1, "0123456789") != 4 ||
        !g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXINT32 * G_GINT64_CONSTANT(256), &time,
                                    NULL)) {
        return refuse_line(reader, error, "'committer', a name, an address and a time");
    }
    *out = (gint64)time;
    return TRUE;
}

/* A header of a signature: that of the ids of this kind, and only once. Its further lines begin
 * with a blank. */
static gboolean read_signature(CommitReader *reader, const CommitLine *line, GitCommit *commit,
                               GError **error)
{
    const char *name = reader->is_sha256 ? "gpgsig-sha256 " : "gpgsig ";
    if (!begins_with(line, name) || commit->signature != NULL) {
        return refuse_line(reader, error,
                           reader->is_sha256 ? "one signature, in a header 'gpgsig-sha256'"
                                             : "one signature, in a header 'gpgsig'");
    }
    GString *text = g_string_new(NULL);
    gsize skip = strlen(name);
    g_string_append_len(text, line->text + skip, (gssize)(line->length - skip));
    g_string_append_c(text, '\n');
    gboolean is_read = TRUE;
    while (is_read && reader->at < reader->end && *reader->at == ' ') {
        CommitLine more;
        is_read = read_line(reader, &more, error);
        if (is_read) {
            g_string_append_len(text, more.text + 1, (gssize)more.length - 1);
            g_string_append_c(text, '\n');
        }
    }
    commit->signature = g_string_free_to_bytes(text);
    return is_read;
}

/* The headers behind the committer, up to the empty line; what is signed of them joins PAYLOAD. */
static gboolean read_more_headers(CommitReader *reader, GitCommit *commit, GString *payload,
                                  GError **error)
{
    CommitLine line;
    while (read_line(reader, &line, error)) {
        if (begins_with(&line, SIGNATURE_HEADER_BEGIN)) {
            if (!read_signature(reader, &line, commit, error)) {
                return FALSE;
            }
            continue;
        }
        g_string_append_len(payload, line.text, (gssize)line.length + 1);
        if (line.length == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean read_commit(CommitReader *reader, GitCommit *commit, GError **error)
{
    const char *begin = reader->at;
    CommitLine line;
    if (!read_links(reader, &commit->tree, commit->parents, &line, error)) {
        return FALSE;
    }
    if (!begins_with(&line, "author ")) {
        return refuse_line(reader, error, "'author' and who it is");
    }
    if (!read_line(reader, &line, error) ||
        !read_time(reader, &line, &commit->commit_time, error)) {
        return FALSE;
    }
    g_autoptr(GString) payload = g_string_new_len(begin, reader->at - begin);
    if (!read_more_headers(reader, commit, payload, error)) {
        return FALSE;
    }
    g_string_append_len(payload, reader->at, reader->end - reader->at);
    commit->payload = g_bytes_new(payload->str, payload->len);
    return TRUE;
}

/* git shows a commit up to the NUL alone. */
static gboolean check_text(const char *text, gsize length, GError **error)
{
    const CommitReader start = {text, text + length, 1, FALSE};
    if (length > GIT_COMMIT_BYTES_MAX) {
        return refuse_line(&start, error, "at most 1048576 bytes");
    }
    return length == 0 || memchr(text, '\0', length) == NULL ||
           refuse_line(&start, error, "a text without a NUL byte");
}

GitCommit *git_commit_parse(const char *text, gsize length, gboolean is_sha256, GError **error)
{
    CommitReader reader = {text, text + length, 0, is_sha256};
    g_autoptr(GitCommit) commit = g_new0(GitCommit, 1);
    commit->parents = g_array_new(FALSE, FALSE, sizeof(GitId));
    if (!check_text(text, length, error) || !read_commit(&reader, commit, error)) {
        return NULL;
    }
    return g_steal_pointer(&commit);
}

gboolean git_commit_parse_links(const char *text, gsize length, gboolean is_sha256, GitId *tree,
                                GArray *parents, GError **error)
{
    CommitReader reader = {text, text + length, 0, is_sha256};
    CommitLine next;
    return read_links(&reader, tree, parents, &next, error);
}
