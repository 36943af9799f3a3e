#include "agent/git_request.h"

#include "agent/fetch_answer.h"
#include "spec/signed_commit.h"

#include <string.h>

#define HTTPS      "https://"
#define SSH        "ssh://"
#define REFS       "refs/"
#define TEXT_MAX   8192
#define TIME_MAX_S 86400

/* ---- checks ---- */

static gboolean is_plain(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isgraph(*c) || strchr("\"'\\<>^`{|}", *c) != NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean git_url_is_local(const char *url)
{
    return *url == '/';
}

const char *git_check_url(const char *text)
{
    static const char expected[] =
        "https://HOST/PATH (without a name or password), ssh://[USER@]HOST/PATH, or an absolute "
        "path, of printable characters without blanks and quotes";
    const char *host = g_str_has_prefix(text, HTTPS) ? text + strlen(HTTPS)
                       : g_str_has_prefix(text, SSH) ? text + strlen(SSH)
                                                     : NULL;
    if (strlen(text) > GIT_URL_BYTES_MAX || !is_plain(text)) {
        return expected;
    }
    if (host == NULL) {
        return git_url_is_local(text) ? NULL : expected;
    }
    gsize length = strcspn(host, "/");
    g_autofree char *authority = g_strndup(host, length);
    const char *at = strchr(authority, '@');
    gboolean is_https = g_str_has_prefix(text, HTTPS);
    const char *name = at != NULL ? at + 1 : authority;
    if (*name == '\0' || *name == '-' || *authority == '-' || host[length] != '/' ||
        (at != NULL && (is_https || memchr(authority, ':', (gsize)(at - authority)) != NULL))) {
        return expected;
    }
    return NULL;
}

/* What git allows in the name of a ref (its refs.c: check_refname_component()), and blanks, quotes
 * and what is not ASCII not at all. */
static gboolean is_ref_name(const char *text)
{
    gsize length = strlen(text);
    if (length == 0 || length > GIT_REF_BYTES_MAX || !is_plain(text) ||
        strpbrk(text, "~:?*[") != NULL || strstr(text, "..") != NULL ||
        strstr(text, "@{") != NULL || text[length - 1] == '.' || *text == '-') {
        return FALSE;
    }
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (**part == '\0' || **part == '.' || g_str_has_suffix(*part, ".lock")) {
            return FALSE;
        }
    }
    return TRUE;
}

const char *git_check_branch(const char *text)
{
    return is_ref_name(text) && strcmp(text, "@") != 0 ? NULL : "the name of a branch, as 'main'";
}

const char *git_check_ref(const char *text)
{
    return is_ref_name(text) && g_str_has_prefix(text, REFS)
               ? NULL
               : "the whole name of a ref, as 'refs/heads/main'";
}

/* ---- JSON ---- */

/* The texts of a request. Of those that are not there: NULL. */
typedef struct {
    const char *key;
    gsize offset;
} TextRow;

static const TextRow text_rows[] = {
    {"url", G_STRUCT_OFFSET(GitRequest, url)},
    {"ref", G_STRUCT_OFFSET(GitRequest, ref)},
    {"subdir", G_STRUCT_OFFSET(GitRequest, subdir)},
    {"folder", G_STRUCT_OFFSET(GitRequest, folder)},
    {"seed", G_STRUCT_OFFSET(GitRequest, seed)},
    {"ca_file", G_STRUCT_OFFSET(GitRequest, ca_file)},
    {"ssh_key", G_STRUCT_OFFSET(GitRequest, ssh_key)},
    {"known_hosts", G_STRUCT_OFFSET(GitRequest, known_hosts)},
    {"proxy", G_STRUCT_OFFSET(GitRequest, proxy)},
};

char *git_request_format(const GitRequest *request)
{
    json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:i, s:I}", "format_version",
                             FETCH_FORMAT_VERSION, "profile", GIT_PROFILE, "known",
                             request->known.text, "here", request->here.text, "timeout_s",
                             (int)request->timeout_s, "bytes_max", (json_int_t)request->bytes_max);
    for (guint i = 0; i < G_N_ELEMENTS(text_rows); i++) {
        const char *const *text = G_STRUCT_MEMBER_P(request, text_rows[i].offset);
        if (*text != NULL) {
            json_object_set_new(root, text_rows[i].key, json_string(*text));
        }
    }
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(root);
    return text;
}

/* A line of text. What is not there is NULL. */
static gboolean read_text(const json_t *root, const char *key, const char **out)
{
    const json_t *value = json_object_get(root, key);
    *out = json_string_value(value);
    if (value == NULL) {
        return TRUE;
    }
    if (*out == NULL || **out == '\0' || strlen(*out) > TEXT_MAX) {
        return FALSE;
    }
    for (const char *c = *out; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean read_id(const json_t *root, const char *key, GitId *out)
{
    const char *text = json_string_value(json_object_get(root, key));
    *out = (GitId){""};
    return text != NULL && (*text == '\0' || git_id_parse(text, strlen(text), out));
}

static gboolean read_number(const json_t *root, const char *key, json_int_t most, json_int_t *out)
{
    const json_t *value = json_object_get(root, key);
    *out = json_is_integer(value) ? json_integer_value(value) : 0;
    return *out >= 1 && *out <= most;
}

static gboolean is_path(const char *text)
{
    return text == NULL || *text == '/';
}

gboolean git_request_read(const json_t *root, GitRequest *out)
{
    GitRequest request = {0};
    json_int_t timeout_s = 0;
    json_int_t bytes_max = 0;
    for (guint i = 0; i < G_N_ELEMENTS(text_rows); i++) {
        if (!read_text(root, text_rows[i].key,
                       (const char **)G_STRUCT_MEMBER_P(&request, text_rows[i].offset))) {
            return FALSE;
        }
    }
    if (!read_id(root, "known", &request.known) || !read_id(root, "here", &request.here) ||
        !read_number(root, "timeout_s", TIME_MAX_S, &timeout_s) ||
        !read_number(root, "bytes_max", GIT_OBJECTS_BYTES_MAX, &bytes_max) || request.url == NULL ||
        git_check_url(request.url) != NULL || request.ref == NULL ||
        git_check_ref(request.ref) != NULL || request.folder == NULL || !is_path(request.folder) ||
        !is_path(request.seed) || !is_path(request.ca_file) || !is_path(request.ssh_key) ||
        !is_path(request.known_hosts) ||
        (request.subdir != NULL && git_check_subdir(request.subdir) != NULL)) {
        return FALSE;
    }
    request.timeout_s = (guint)timeout_s;
    request.bytes_max = (gsize)bytes_max;
    *out = request;
    return TRUE;
}
