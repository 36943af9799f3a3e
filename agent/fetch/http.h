/* HTTPS, by libcurl. Nobody else knows it. */
#pragma once

#include "agent/fetch.h"

#define HTTP_REDIRECTS_MAX    5
#define HTTP_HEADER_BYTES_MAX (64u * 1024)

typedef struct HttpClient HttpClient;

/* The contents of the files that a request names, in PEM; NULL: it names none. */
typedef struct {
    GBytes *ca, *client_certificate, *client_key;
} HttpFiles;

/* Both outlive the client. The time begins now. NULL: libcurl cannot be used. */
HttpClient *http_client_new(const FetchRequest *request, const HttpFiles *files);
void http_client_free(HttpClient *client);
/* Fetches one item. */
FetchReply *http_client_get(HttpClient *client, const FetchItem *item);
