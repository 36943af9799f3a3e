#include "agent/fetch/http.h"

#include "agent/fetch/http_parts.h"
#include "agent/fetch_answer.h"

#include <string.h>

#define CONNECT_TIMEOUT_MS 10000

HttpClient *http_client_new(const FetchRequest *request, const HttpFiles *files)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }
    HttpClient *client = g_new0(HttpClient, 1);
    client->curl = curl_easy_init();
    client->body = g_byte_array_new();
    client->bytes_left = request->bytes_max;
    client->deadline_us = g_get_monotonic_time() + (gint64)request->timeout_s * G_USEC_PER_SEC;
    if (client->curl == NULL || !http_set_up(client, request, files)) {
        g_clear_pointer(&client, http_client_free);
    }
    return client;
}

void http_client_free(HttpClient *client)
{
    curl_easy_cleanup(client->curl);
    g_byte_array_unref(client->body);
    g_free(client);
    curl_global_cleanup();
}

/* ---- one answer ---- */

static FetchReply *reply_new(FetchOutcome outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);
static FetchReply *reply_new(FetchOutcome outcome, const char *format, ...)
{
    FetchReply *reply = g_new0(FetchReply, 1);
    va_list arguments;
    va_start(arguments, format);
    reply->outcome = outcome;
    reply->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fetch_text_tidy(reply->message);
    return reply;
}

static char *find_header(const HttpClient *client, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(client->curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return NULL;
    }
    char *value = g_strdup(header->value);
    /* One that is too long for a text would come back as another. */
    if (strlen(value) >= FETCH_TEXT_MAX) {
        g_clear_pointer(&value, g_free);
    } else {
        fetch_text_tidy(value);
    }
    return value;
}

static FetchReply *reply_to_failure(const HttpClient *client, CURLcode code)
{
    const char *what = client->trouble[0] != '\0' ? client->trouble : curl_easy_strerror(code);
    if (client->is_body_over) {
        return reply_new(FETCH_REFUSED, "the answer is larger than %zu bytes", client->limit);
    }
    if (client->header_bytes > HTTP_HEADER_BYTES_MAX) {
        return reply_new(FETCH_REFUSED, "the answer has headers of more than %u bytes",
                         HTTP_HEADER_BYTES_MAX);
    }
    if (client->body->len > 0 && code != CURLE_OPERATION_TIMEDOUT) {
        return reply_new(FETCH_REFUSED, "the answer broke off after %u bytes: %s",
                         client->body->len, what);
    }
    return reply_new(FETCH_UNREACHABLE, "%s", what);
}

/* No spec, list or signature begins so. */
static gboolean is_web_page(const GByteArray *body)
{
    guint at = 0;
    while (at < body->len && g_ascii_isspace((char)body->data[at])) {
        at++;
    }
    return at < body->len && body->data[at] == '<';
}

static FetchReply *reply_with_body(HttpClient *client)
{
    g_autofree char *encoding = find_header(client, "Content-Encoding");
    if (encoding != NULL && g_ascii_strcasecmp(encoding, "identity") != 0) {
        return reply_new(FETCH_REFUSED, "the answer is packed (Content-Encoding: %s)", encoding);
    }
    if (client->body->len == 0) {
        return reply_new(FETCH_REFUSED, "the answer is empty");
    }
    if (is_web_page(client->body)) {
        return reply_new(FETCH_REFUSED,
                         "the answer is a web page, as a login or a captive portal gives it");
    }
    FetchReply *reply = g_new0(FetchReply, 1);
    reply->outcome = FETCH_DONE;
    reply->body = g_byte_array_free_to_bytes(g_steal_pointer(&client->body));
    client->body = g_byte_array_new();
    client->bytes_left -= g_bytes_get_size(reply->body);
    return reply;
}

static FetchReply *reply_to_status(HttpClient *client, const FetchItem *item, long status)
{
    gboolean is_conditional = item->etag != NULL || item->last_modified != NULL;
    FetchReply *reply = NULL;
    if (status == HTTP_OK) {
        reply = reply_with_body(client);
    } else if (status == 304 && is_conditional) {
        reply = g_new0(FetchReply, 1);
        reply->outcome = FETCH_NOT_MODIFIED;
    } else if (item->is_optional && (status == 404 || status == 410)) {
        return reply_new(FETCH_ABSENT, "the server answered %ld", status);
    } else {
        return reply_new(FETCH_REFUSED, "the server answered %ld", status);
    }
    if (reply->outcome != FETCH_REFUSED) {
        reply->etag = find_header(client, "ETag");
        reply->last_modified = find_header(client, "Last-Modified");
    }
    return reply;
}

/* ---- asking ---- */

static struct curl_slist *make_headers(const FetchItem *item)
{
    struct curl_slist *headers = NULL;
    if (item->etag != NULL) {
        g_autofree char *line = g_strconcat("If-None-Match: ", item->etag, NULL);
        headers = curl_slist_append(headers, line);
    }
    if (item->last_modified != NULL) {
        g_autofree char *line = g_strconcat("If-Modified-Since: ", item->last_modified, NULL);
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

/* One request to one address. Is there an answer, whatever it says? */
static CURLcode ask(HttpClient *client, const char *url)
{
    gint64 left_ms = (client->deadline_us - g_get_monotonic_time()) / 1000;
    client->header_bytes = client->passed_over = 0;
    client->is_body_over = FALSE;
    client->trouble[0] = '\0';
    g_byte_array_set_size(client->body, 0);
    if (left_ms <= 0) {
        return CURLE_OPERATION_TIMEDOUT;
    }
    curl_easy_setopt(client->curl, CURLOPT_URL, url);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)MIN(left_ms, CONNECT_TIMEOUT_MS));
    CURLcode code = curl_easy_perform(client->curl);
    gboolean is_enough = code == CURLE_WRITE_ERROR && client->passed_over > HTTP_HEADER_BYTES_MAX;
    return is_enough ? CURLE_OK : code;
}

/* Where the answer leads on to: *next. NULL, and a reply where it must not be followed; NULL alone:
 * it leads nowhere. */
static char *find_redirect(const HttpClient *client, const char *url, FetchReply **refusal)
{
    char *target = NULL;
    curl_easy_getinfo(client->curl, CURLINFO_REDIRECT_URL, &target);
    if (target == NULL) {
        return NULL;
    }
    if (!http_is_same_host(url, target)) {
        *refusal =
            reply_new(FETCH_REFUSED,
                      "the server sends on to %s, which is not HTTPS on the same host", target);
        return NULL;
    }
    return g_strdup(target);
}

static FetchReply *get(HttpClient *client, const FetchItem *item)
{
    g_autofree char *url = g_strdup(item->url);
    FetchReply *refusal = NULL;
    for (guint redirects = 0; redirects <= HTTP_REDIRECTS_MAX; redirects++) {
        CURLcode code = ask(client, url);
        if (code != CURLE_OK) {
            return reply_to_failure(client, code);
        }
        char *next = find_redirect(client, url, &refusal);
        if (next == NULL) {
            long status = 0;
            curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
            return refusal != NULL ? refusal : reply_to_status(client, item, status);
        }
        g_free(url);
        url = next;
    }
    return reply_new(FETCH_REFUSED, "the server sends on more than %d times", HTTP_REDIRECTS_MAX);
}

FetchReply *http_client_get(HttpClient *client, const FetchItem *item)
{
    struct curl_slist *headers = make_headers(item);
    client->limit = MIN(item->bytes_max, client->bytes_left);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    FetchReply *reply = http_is_same_host(item->url, item->url)
                            ? get(client, item)
                            : reply_new(FETCH_REFUSED, "expected an address https://HOST/PATH "
                                                       "without a user's name in it");
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return reply;
}
