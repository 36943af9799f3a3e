#include "agent/fetch/http_parts.h"

/* Slower than this, for a third of the time, is given up. */
#define SPEED_LEAST 256

/* What stands on the page of an error or a redirect is of no interest. It is read, so that the
 * connection can go on being used, but not for ever. */
static size_t pass_over(HttpClient *client, size_t length)
{
    client->passed_over += length;
    return client->passed_over <= HTTP_HEADER_BYTES_MAX ? length : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
    HttpClient *client = user;
    size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != HTTP_OK) {
        return pass_over(client, length);
    }
    client->is_body_over = length > client->limit - MIN(client->limit, client->body->len);
    if (client->is_body_over) {
        return 0;
    }
    g_byte_array_append(client->body, (const guint8 *)bytes, (guint)length);
    return length;
}

/* libcurl keeps all headers, and has no limit for them together. */
static size_t count_header(char *bytes, size_t size, size_t count, void *user)
{
    HttpClient *client = user;
    (void)bytes;
    client->header_bytes += size * count;
    return client->header_bytes <= HTTP_HEADER_BYTES_MAX ? size * count : 0;
}

static gboolean set_blob(CURL *curl, CURLoption option, GBytes *bytes)
{
    gsize length = 0;
    gconstpointer data = g_bytes_get_data(bytes, &length);
    struct curl_blob blob = {.data = (void *)data, .len = length, .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(curl, option, &blob) == CURLE_OK;
}

/* Whom to believe, and who we are. With a file of its own, the system's certificates count for
 * nothing, also not those that libcurl looks for in a folder by itself. */
static gboolean set_certificates(CURL *curl, const FetchRequest *request, const HttpFiles *files)
{
    gboolean is_set = TRUE;
    if (files->ca != NULL) {
        is_set = set_blob(curl, CURLOPT_CAINFO_BLOB, files->ca) &&
                 set_blob(curl, CURLOPT_PROXY_CAINFO_BLOB, files->ca) &&
                 curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
                 curl_easy_setopt(curl, CURLOPT_PROXY_CAPATH, NULL) == CURLE_OK;
    }
    if (files->client_certificate != NULL) {
        GBytes *key = files->client_key != NULL ? files->client_key : files->client_certificate;
        is_set = is_set && set_blob(curl, CURLOPT_SSLCERT_BLOB, files->client_certificate) &&
                 set_blob(curl, CURLOPT_SSLKEY_BLOB, key);
    }
    return is_set && (request->pin == NULL ||
                      curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, request->pin) == CURLE_OK);
}

static gboolean set_callbacks(HttpClient *client)
{
    CURL *curl = client->curl;
    return curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->trouble) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, client) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, count_header) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, client) == CURLE_OK;
}

gboolean http_set_up(HttpClient *client, const FetchRequest *request, const HttpFiles *files)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0}, /* we look where it leads first */
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        /* One request after the other: HTTP/2 would be more code that reads what strangers send. */
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_LOW_SPEED_LIMIT, SPEED_LEAST},
        {CURLOPT_LOW_SPEED_TIME, MAX(1, (long)request->timeout_s / 3)},
    };
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_PROTOCOLS_STR, "https"},
        {CURLOPT_REDIR_PROTOCOLS_STR, "https"},
        {CURLOPT_PROXY, request->proxy != NULL ? request->proxy : ""},
        {CURLOPT_NOPROXY, ""},
        {CURLOPT_USERAGENT, "xensure-fetch/" XENSURE_VERSION},
    };
    gboolean is_set = set_callbacks(client);
    for (guint i = 0; is_set && i < G_N_ELEMENTS(numbers); i++) {
        is_set = curl_easy_setopt(client->curl, numbers[i].option, numbers[i].value) == CURLE_OK;
    }
    for (guint i = 0; is_set && i < G_N_ELEMENTS(texts); i++) {
        is_set = curl_easy_setopt(client->curl, texts[i].option, texts[i].value) == CURLE_OK;
    }
    return is_set && set_certificates(client->curl, request, files);
}

/* A part of an address; NULL: it has none. To be freed with curl_free(). */
static char *find_part(CURLU *address, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(address, part, &text, 0) == CURLUE_OK ? text : NULL;
}

/* The host of an HTTPS address. To be freed with curl_free(). */
static char *find_host(const char *url)
{
    CURLU *address = curl_url();
    char *host = NULL;
    if (address != NULL && curl_url_set(address, CURLUPART_URL, url, 0) == CURLUE_OK) {
        char *scheme = find_part(address, CURLUPART_SCHEME);
        char *user = find_part(address, CURLUPART_USER);
        if (g_strcmp0(scheme, "https") == 0 && user == NULL) {
            host = find_part(address, CURLUPART_HOST);
        }
        curl_free(scheme);
        curl_free(user);
    }
    curl_url_cleanup(address);
    return host;
}

gboolean http_is_same_host(const char *left, const char *right)
{
    char *of_left = find_host(left);
    char *of_right = find_host(right);
    gboolean is_same =
        of_left != NULL && of_right != NULL && g_ascii_strcasecmp(of_left, of_right) == 0;
    curl_free(of_left);
    curl_free(of_right);
    return is_same;
}
