/* The parts of http.c that stand in other files; for nobody else. */
#pragma once

#include "agent/fetch/http.h"

#include <curl/curl.h>

#define HTTP_OK 200

struct HttpClient {
    CURL *curl;
    gint64 deadline_us;
    gsize bytes_left; /* of all bodies together */
    /* Of the request under way. */
    gsize limit;
    gsize header_bytes, passed_over;
    GByteArray *body;
    gboolean is_body_over;
    char trouble[CURL_ERROR_SIZE];
};

/* What holds for all requests of a client. */
gboolean http_set_up(HttpClient *client, const FetchRequest *request, const HttpFiles *files);
/* Are both HTTPS, on one host, and without a user's name? */
gboolean http_is_same_host(const char *left, const char *right);
