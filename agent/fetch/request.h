/* What xensure asks xensure-fetch for (JSON, on standard input). */
#pragma once

#include "agent/fetch.h"

#include <jansson.h>

#define REQUEST_BYTES_MAX (64u * 1024 * 1024)
#define REQUEST_ITEMS_MAX 20000u
#define REQUEST_TEXT_MAX  8192 /* of an address or a path */

typedef struct Request Request;

/* G_FILE_ERROR_INVAL where it is no request, or one of another version. */
Request *request_parse(const char *text, gsize length, GError **error);
void request_free(Request *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Request, request_free)

/* What kind of request it is ("fetch"), and all that it says, for those who read another kind. */
const char *request_profile(const Request *request);
const json_t *request_root(const Request *request);
/* Of the profile "fetch", what is to be fetched; NULL and an error where it does not say that. */
const FetchRequest *request_read_fetch(Request *request, GError **error);
