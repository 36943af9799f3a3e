/* xensure-fetch: fetches what xensure asks for, with as few rights as can be. Started by xensure
 * alone: a request (JSON) on standard input, the answer (agent/fetch_answer.h) on standard output.
 */
#include "agent/fetch/confine.h"
#include "agent/fetch/git.h"
#include "agent/fetch/http.h"
#include "agent/fetch/request.h"
#include "agent/fetch_answer.h"
#include "xenbackend/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PEM_BYTES_MAX (4u * 1024 * 1024)
/* Beyond the time that the network has. */
#define GRACE_S 3

static gboolean write_all(const void *bytes, gsize length)
{
    const char *at = bytes;
    while (length > 0) {
        gssize written = write(STDOUT_FILENO, at, length);
        if (written < 0 && errno != EINTR) {
            return FALSE;
        }
        at += MAX(written, 0);
        length -= (gsize)MAX(written, 0);
    }
    return TRUE;
}

static GByteArray *read_input(void)
{
    GByteArray *all = g_byte_array_new();
    guint8 buffer[65536];
    gssize got = 1;
    while (all->len <= REQUEST_BYTES_MAX && got != 0) {
        got = read(STDIN_FILENO, buffer, sizeof buffer);
        if (got < 0 && errno != EINTR) {
            break;
        }
        g_byte_array_append(all, buffer, (guint)MAX(got, 0));
    }
    return all;
}

static void note_lacks(const GPtrArray *replies, const ConfineLacks *lacks)
{
    for (guint i = 0; i < replies->len; i++) {
        FetchReply *reply = g_ptr_array_index(replies, i);
        reply->gaps = (ConfinementGaps){g_strdup(lacks->parts), g_strdup(lacks->rules)};
    }
}

static gboolean write_end(const GPtrArray *replies, const char *trouble)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *tidy = g_strdup(trouble);
    if (tidy != NULL) {
        fetch_text_tidy(tidy);
    }
    fetch_answer_format_end(replies, tidy, text);
    return write_all(text->str, text->len);
}

/* ---- the profile "fetch" ---- */

static gboolean read_pem(const char *path, GBytes **out, GError **error)
{
    if (path != NULL) {
        *out = file_read(path, PEM_BYTES_MAX, error);
    }
    return path == NULL || *out != NULL;
}

/* What root alone may read is read while we are root. */
static gboolean read_files(const FetchRequest *request, HttpFiles *files, GError **error)
{
    return read_pem(request->ca_file, &files->ca, error) &&
           read_pem(request->client_certificate, &files->client_certificate, error) &&
           read_pem(request->client_key, &files->client_key, error);
}

static gboolean is_good(const FetchReply *reply)
{
    return reply->outcome == FETCH_DONE || reply->outcome == FETCH_NOT_MODIFIED ||
           reply->outcome == FETCH_ABSENT;
}

static gboolean fetch_all(const FetchRequest *request, const HttpFiles *files, GPtrArray *replies,
                          GError **error)
{
    HttpClient *client = http_client_new(request, files);
    gboolean goes_on = TRUE;
    if (client == NULL) {
        g_set_error(error, CONFINE_ERROR, CONFINE_ERROR_FAILED, "libcurl cannot be used");
        return FALSE;
    }
    for (guint i = 0; i < request->count; i++) {
        FetchReply *reply =
            goes_on ? http_client_get(client, &request->items[i]) : g_new0(FetchReply, 1);
        if (!goes_on) {
            reply->outcome = FETCH_NOT_ASKED;
        }
        goes_on = goes_on && is_good(reply);
        g_ptr_array_add(replies, reply);
        gsize length = 0;
        gconstpointer bytes = reply->body != NULL ? g_bytes_get_data(reply->body, &length) : NULL;
        if (!write_all(bytes, length)) {
            break;
        }
    }
    /* The client goes with the process, and with it a thread that still looks up a name. */
    return TRUE;
}

static gboolean run_fetch(Request *request, GPtrArray *replies, GError **error)
{
    const FetchRequest *fetch = request_read_fetch(request, error);
    HttpFiles files = {.ca = NULL};
    Confinement confinement = {.profile = CONFINE_FETCH};
    if (fetch == NULL || !read_files(fetch, &files, error) ||
        !confine_find_user(&confinement.user, error)) {
        return FALSE;
    }
    confinement.seconds = fetch->timeout_s + GRACE_S;
    ConfineLacks lacks = {NULL, NULL};
    gboolean is_done =
        confine_self(&confinement, &lacks, error) && fetch_all(fetch, &files, replies, error);
    note_lacks(replies, &lacks);
    return is_done;
}

/* ---- the profile "git" ---- */

static gboolean run_git(Request *request, GPtrArray *replies, GError **error)
{
    GitRequest git;
    Confinement confinement = {.profile = CONFINE_GIT};
    if (!git_request_read(request_root(request), &git)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "expected a request for a git repository, found another");
        return FALSE;
    }
    if (!confine_find_user(&confinement.user, error) ||
        !git_make_folder(&git, &confinement.user, error)) {
        return FALSE;
    }
    g_autoptr(GPtrArray) readable = g_ptr_array_new();
    const char *const paths[] = {git_url_is_local(git.url) ? git.url : NULL, git.seed, git.ca_file,
                                 git.ssh_key, git.known_hosts};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        if (paths[i] != NULL) {
            g_ptr_array_add(readable, (char *)paths[i]);
        }
    }
    g_ptr_array_add(readable, NULL);
    confinement.readable = (const char *const *)readable->pdata;
    confinement.writable = git.folder;
    confinement.seconds = git.timeout_s + GRACE_S;
    ConfineLacks lacks = {NULL, NULL};
    if (!confine_self(&confinement, &lacks, error)) {
        return FALSE;
    }
    FetchReply *reply = git_fetch(&git);
    g_ptr_array_add(replies, reply);
    note_lacks(replies, &lacks);
    gsize length = 0;
    gconstpointer bytes = reply->body != NULL ? g_bytes_get_data(reply->body, &length) : NULL;
    write_all(bytes, length);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*run)(Request *request, GPtrArray *replies, GError **error);
} profiles[] = {{"fetch", run_fetch}, {GIT_PROFILE, run_git}};

static gboolean run(Request *request, GPtrArray *replies, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(profiles); i++) {
        if (strcmp(request_profile(request), profiles[i].name) == 0) {
            return profiles[i].run(request, replies, error);
        }
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "expected a profile that is known");
    return FALSE;
}

int main(void)
{
    g_autoptr(GError) error = NULL;
    GByteArray *input = read_input();
    Request *request = request_parse((const char *)input->data, input->len, &error);
    if (request == NULL) {
        fprintf(stderr, "xensure-fetch: %s. It is started by xensure alone.\n", error->message);
        return 1;
    }
    GPtrArray *replies = g_ptr_array_new_with_free_func((GDestroyNotify)fetch_reply_free);
    gboolean is_done = run(request, replies, &error);
    gboolean is_written = write_end(replies, is_done ? NULL : error->message);
    /* See confine_self(): no handlers. All memory goes with the process. */
    _exit(is_written ? 0 : 1);
}
