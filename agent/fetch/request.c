#include "agent/fetch/request.h"

#include "agent/fetch_answer.h"

#include <string.h>

#define TIMEOUT_MAX_S 86400

struct Request {
    json_t *root; /* which the texts below are part of */
    FetchRequest fetch;
    FetchItem *items;
};

static gboolean refuse(GError **error, const char *expected)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                "expected a request with %s, found another", expected);
    return FALSE;
}

static gboolean read_text(const json_t *object, const char *key, const char **out, GError **error)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    if (value == NULL) {
        return TRUE;
    }
    if (text == NULL || *text == '\0' || strlen(text) > REQUEST_TEXT_MAX) {
        return refuse(error, key);
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c)) {
            return refuse(error, key);
        }
    }
    *out = text;
    return TRUE;
}

static gboolean read_size(const json_t *object, const char *key, json_int_t most, json_int_t *out,
                          GError **error)
{
    const json_t *value = json_object_get(object, key);
    *out = json_is_integer(value) ? json_integer_value(value) : 0;
    return (*out >= 1 && *out <= most) || refuse(error, key);
}

Request *request_parse(const char *text, gsize length, GError **error)
{
    json_t *root = length <= REQUEST_BYTES_MAX
                       ? json_loadb(length > 0 ? text : "", length, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    const json_t *version = json_object_get(root, "format_version");
    if (!json_is_integer(version) || json_integer_value(version) != FETCH_FORMAT_VERSION ||
        json_string_value(json_object_get(root, "profile")) == NULL) {
        json_decref(root);
        refuse(error, "a format_version that this program knows, and a profile");
        return NULL;
    }
    Request *request = g_new0(Request, 1);
    request->root = root;
    return request;
}

void request_free(Request *request)
{
    if (request == NULL) {
        return;
    }
    g_free(request->items);
    json_decref(request->root);
    g_free(request);
}

const char *request_profile(const Request *request)
{
    return json_string_value(json_object_get(request->root, "profile"));
}

const json_t *request_root(const Request *request)
{
    return request->root;
}

static gboolean read_item(const json_t *object, FetchItem *item, GError **error)
{
    json_int_t bytes_max = 0;
    if (!read_text(object, "url", &item->url, error) ||
        !read_text(object, "etag", &item->etag, error) ||
        !read_text(object, "last_modified", &item->last_modified, error) ||
        !read_size(object, "bytes_max", G_MAXINT32, &bytes_max, error)) {
        return FALSE;
    }
    item->bytes_max = (gsize)bytes_max;
    item->is_optional = json_is_true(json_object_get(object, "is_optional"));
    return item->url != NULL || refuse(error, "an address for each item");
}

static gboolean read_items(Request *request, GError **error)
{
    const json_t *list = json_object_get(request->root, "items");
    size_t count = json_array_size(list);
    if (count == 0 || count > REQUEST_ITEMS_MAX) {
        return refuse(error, "items");
    }
    request->items = g_new0(FetchItem, count);
    request->fetch.items = request->items;
    request->fetch.count = (guint)count;
    for (size_t i = 0; i < count; i++) {
        if (!read_item(json_array_get(list, i), &request->items[i], error)) {
            return FALSE;
        }
    }
    return TRUE;
}

const FetchRequest *request_read_fetch(Request *request, GError **error)
{
    FetchRequest *fetch = &request->fetch;
    json_int_t timeout_s = 0, bytes_max = 0;
    g_assert(request->items == NULL);
    if (!read_text(request->root, "ca_file", &fetch->ca_file, error) ||
        !read_text(request->root, "client_certificate", &fetch->client_certificate, error) ||
        !read_text(request->root, "client_key", &fetch->client_key, error) ||
        !read_text(request->root, "pin", &fetch->pin, error) ||
        !read_text(request->root, "proxy", &fetch->proxy, error) ||
        !read_size(request->root, "timeout_s", TIMEOUT_MAX_S, &timeout_s, error) ||
        !read_size(request->root, "bytes_max", G_MAXINT32, &bytes_max, error) ||
        !read_items(request, error)) {
        return NULL;
    }
    fetch->timeout_s = (guint)timeout_s;
    fetch->bytes_max = (gsize)bytes_max;
    return fetch;
}
