/* What comes over the network. xensure opens no connection itself: it starts xensure-fetch, which
 * gives up its rights first, and takes from it nothing but bytes that nobody vouches for yet. */
#pragma once

#include "agent/confinement_gaps.h"

#define FETCH_ERROR (fetch_error_quark())
typedef enum {
    FETCH_ERROR_NO_RIGHTS /* xensure-fetch is not installed, or could not give up its rights:
                             nothing was asked for; the message says what to do */
} FetchError;
GQuark fetch_error_quark(void);

typedef enum {
    FETCH_DONE,         /* there is a body; it is not empty */
    FETCH_NOT_MODIFIED, /* 304: the server says that what we have is what is there */
    FETCH_ABSENT,       /* 404 or 410 of an item that is optional */
    FETCH_UNREACHABLE,  /* no answer: name, connection, time, TLS */
    FETCH_REFUSED,  /* an answer that is not taken: status, redirect, too large, empty, cut off */
    FETCH_NOT_ASKED /* an item before it was not had */
} FetchOutcome;

/* One thing to be fetched. */
typedef struct {
    const char *url;      /* https alone */
    gsize bytes_max;      /* a longer body is refused */
    gboolean is_optional; /* it may be absent */
    const char *etag;     /* of the copy that is there: asks for a 304; NULL: not */
    const char *last_modified;
} FetchItem;

typedef struct {
    /* Files, which are read before the rights are given up. ca_file NULL: the system's. */
    const char *ca_file, *client_certificate, *client_key;
    const char *pin;   /* "sha256//BASE64" of the server's public key; NULL: any that the CA vouches
                          for */
    const char *proxy; /* "http://HOST:PORT"; NULL: none, whatever the environment says */
    guint timeout_s;   /* for all items together */
    gsize bytes_max;   /* of all bodies together */
    const FetchItem *items;
    guint count;
} FetchRequest;

typedef struct {
    FetchOutcome outcome;
    GBytes *body;        /* of FETCH_DONE; else NULL */
    char *etag;          /* what the server calls this body; NULL: it said nothing */
    char *last_modified; /* likewise */
    char *message;       /* what was found instead, for people; NULL: there is nothing to say */
    ConfinementGaps gaps;
} FetchReply;

void fetch_reply_free(FetchReply *reply);
/* What is said of a source that answered so where it should have given WHAT ("spec"). To be freed.
 */
char *fetch_reply_describe(const FetchReply *reply, const char *what);

/* Fetches the items in order over one connection, and ends with the first one that is neither done,
 * nor absent, nor not modified. Gives a FetchReply for each item (of all of them, in order); what
 * goes wrong with xensure-fetch itself counts as an answer that is not taken. NULL and FETCH_ERROR
 * where this host has it not installed rightly. */
GPtrArray *fetch_run(const FetchRequest *request, GError **error);

/* For other kinds of requests: gives REQUEST (JSON) to xensure-fetch. Of the replies, COUNT_LEAST
 * to COUNT_MOST are taken, with bodies of BYTES_MAX together. The time includes some for the
 * program itself. */
typedef struct {
    guint count_least, count_most;
    gsize bytes_max;
    guint timeout_s;
} FetchLimits;
GPtrArray *fetch_ask(const char *request, const FetchLimits *limits, GError **error);
