#include "xenbackend/sxp.h"

#include <string.h>

#define NO_TEXT G_MAXUINT32

/* Nodes stand in the order of the text, so that the elements of a list follow it up to `end`. */
typedef struct {
    guint32 text; /* of an atom: where it begins in `texts`; NO_TEXT: a list */
    guint32 end;  /* the node behind it and all that is in it */
    guint32 list; /* the one that it is in */
} Node;

struct Sxp {
    GArray *nodes;  /* of Node; the first is a list of everything */
    GString *texts; /* each with its NUL */
};

typedef struct {
    const char *start;
    const char *at;
    const char *end;
    Sxp *sxp;
    guint32 open[SXP_DEPTH_MAX + 1]; /* the lists that are open; the first is everything */
    guint depth;
    char *trouble;
} Reader;

static gboolean fail(Reader *reader, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean fail(Reader *reader, const char *format, ...)
{
    guint line = 1;
    for (const char *c = reader->start; c < reader->at; c++) {
        line += *c == '\n';
    }
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    reader->trouble = g_strdup_printf("line %u: %s", line, what);
    return FALSE;
}

static Node *node_at(const Sxp *sxp, guint32 index)
{
    return &g_array_index(sxp->nodes, Node, index);
}

static gboolean add_node(Reader *reader, guint32 text)
{
    GArray *nodes = reader->sxp->nodes;
    if (nodes->len > SXP_NODES_MAX) {
        return fail(reader, "there are more than %u expressions", SXP_NODES_MAX);
    }
    Node node = {text, nodes->len + 1, reader->open[reader->depth]};
    g_array_append_val(nodes, node);
    return TRUE;
}

/* ---- atoms ---- */

static gboolean is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static gboolean is_plain(char c)
{
    return g_ascii_isgraph(c) && strchr("()\"'\\#", c) == NULL;
}

/* The character of a numeric escape: at most MOST digits to the base, the first of which stands at
 * reader->at. */
static gboolean read_code(Reader *reader, guint base, guint most, char *out)
{
    guint code = 0;
    guint digits = 0;
    while (digits < most && reader->at < reader->end) {
        int digit = g_ascii_xdigit_value(*reader->at);
        if (digit < 0 || (guint)digit >= base) {
            break;
        }
        code = code * base + (guint)digit;
        reader->at++;
        digits++;
    }
    *out = (char)code;
    return (digits > 0 && code > 0 && code <= 255) ||
           fail(reader, "expected the code of a character in an escape");
}

static gboolean read_escape(Reader *reader, char *out)
{
    static const char letters[] = "abtnvfr\\'\"";
    static const char meanings[] = "\a\b\t\n\v\f\r\\'\"";
    char c = reader->at < reader->end ? *reader->at : '\0';
    const char *found = c != '\0' ? strchr(letters, c) : NULL;
    if (found != NULL) {
        *out = meanings[found - letters];
        reader->at++;
        return TRUE;
    }
    if (c == 'x') {
        reader->at++;
        return read_code(reader, 16, 2, out);
    }
    if (c >= '0' && c <= '7') {
        return read_code(reader, 8, 3, out);
    }
    return fail(reader, "expected an escape that xend writes behind a backslash");
}

static gboolean read_quoted(Reader *reader)
{
    GString *texts = reader->sxp->texts;
    guint32 text = (guint32)texts->len;
    char quote = *reader->at++;
    while (reader->at < reader->end && *reader->at != quote) {
        char c = *reader->at++;
        if (c == '\\' && !read_escape(reader, &c)) {
            return FALSE;
        }
        if (c == '\0') {
            return fail(reader, "expected a text, found a NUL in it");
        }
        g_string_append_c(texts, c);
    }
    if (reader->at == reader->end) {
        return fail(reader, "expected the end of a text in quotes, found the end of it all");
    }
    reader->at++;
    g_string_append_c(texts, '\0');
    return add_node(reader, text);
}

static gboolean read_plain(Reader *reader)
{
    GString *texts = reader->sxp->texts;
    guint32 text = (guint32)texts->len;
    const char *start = reader->at;
    while (reader->at < reader->end && is_plain(*reader->at)) {
        reader->at++;
    }
    if (reader->at == start) {
        return fail(reader, "expected a bracket, a text or a number, found the byte %u",
                    (guint)(guchar)*start);
    }
    g_string_append_len(texts, start, reader->at - start);
    g_string_append_c(texts, '\0');
    return add_node(reader, text);
}

/* ---- lists ---- */

static gboolean open_list(Reader *reader)
{
    guint32 index = reader->sxp->nodes->len;
    if (reader->depth == SXP_DEPTH_MAX) {
        return fail(reader, "the lists are nested more than %u deep", SXP_DEPTH_MAX);
    }
    if (!add_node(reader, NO_TEXT)) {
        return FALSE;
    }
    reader->open[++reader->depth] = index;
    reader->at++;
    return TRUE;
}

static gboolean close_list(Reader *reader)
{
    if (reader->depth == 0) {
        return fail(reader, "a list ends that has not begun");
    }
    node_at(reader->sxp, reader->open[reader->depth--])->end = reader->sxp->nodes->len;
    reader->at++;
    return TRUE;
}

static gboolean read_one(Reader *reader)
{
    switch (*reader->at) {
    case '(':
        return open_list(reader);
    case ')':
        return close_list(reader);
    case '"':
    case '\'':
        return read_quoted(reader);
    default:
        return read_plain(reader);
    }
}

static gboolean read_all(Reader *reader)
{
    add_node(reader, NO_TEXT);
    while (reader->at < reader->end) {
        if (is_blank(*reader->at)) {
            reader->at++;
        } else if (!read_one(reader)) {
            return FALSE;
        }
    }
    if (reader->depth > 0) {
        return fail(reader, "expected the end of a list, found the end of it all");
    }
    node_at(reader->sxp, 0)->end = reader->sxp->nodes->len;
    return TRUE;
}

Sxp *sxp_parse(const char *text, gsize length, char **trouble)
{
    g_autoptr(Sxp) sxp = g_new0(Sxp, 1);
    sxp->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
    sxp->texts = g_string_new(NULL);
    Reader reader = {.start = text, .at = text, .end = text + length, .sxp = sxp};
    gboolean is_read = length <= SXP_BYTES_MAX
                           ? read_all(&reader)
                           : fail(&reader, "the text is longer than %u bytes", SXP_BYTES_MAX);
    if (trouble != NULL) {
        *trouble = reader.trouble;
    } else {
        g_free(reader.trouble);
    }
    return is_read ? g_steal_pointer(&sxp) : NULL;
}

void sxp_free(Sxp *sxp)
{
    if (sxp == NULL) {
        return;
    }
    g_array_unref(sxp->nodes);
    g_string_free(sxp->texts, TRUE);
    g_free(sxp);
}

/* ---- asking ---- */

SxpNode sxp_first(const Sxp *sxp)
{
    return sxp->nodes->len > 1 ? 1 : 0;
}

SxpNode sxp_next(const Sxp *sxp, SxpNode node)
{
    const Node *this = node_at(sxp, node);
    return this->end < node_at(sxp, this->list)->end ? this->end : 0;
}

SxpNode sxp_child(const Sxp *sxp, SxpNode node)
{
    const Node *this = node_at(sxp, node);
    return this->text == NO_TEXT && this->end > node + 1 ? node + 1 : 0;
}

const char *sxp_atom(const Sxp *sxp, SxpNode node)
{
    guint32 text = node_at(sxp, node)->text;
    return text != NO_TEXT ? sxp->texts->str + text : NULL;
}

gboolean sxp_is_named(const Sxp *sxp, SxpNode list, const char *name)
{
    SxpNode first = sxp_child(sxp, list);
    return first != 0 && g_strcmp0(sxp_atom(sxp, first), name) == 0;
}

SxpNode sxp_find(const Sxp *sxp, SxpNode list, const char *name)
{
    for (SxpNode node = sxp_child(sxp, list); node != 0; node = sxp_next(sxp, node)) {
        if (sxp_is_named(sxp, node, name)) {
            return node;
        }
    }
    return 0;
}

const char *sxp_value(const Sxp *sxp, SxpNode list, const char *name)
{
    SxpNode found = sxp_find(sxp, list, name);
    if (found == 0) {
        return NULL;
    }
    for (SxpNode other = sxp_next(sxp, found); other != 0; other = sxp_next(sxp, other)) {
        if (sxp_is_named(sxp, other, name)) {
            return NULL;
        }
    }
    SxpNode value = sxp_next(sxp, sxp_child(sxp, found));
    return value != 0 && sxp_next(sxp, value) == 0 ? sxp_atom(sxp, value) : NULL;
}
