/* What another host of the fleet says of itself when it is asked (`xensure -o json status` there):
 * which domains it has, keeps a record of, and wants. It comes from another machine: until it was
 * checked, nothing in it is known. */
#pragma once

#include "reconcile/observed.h"

/* How far the clocks of two hosts may be apart, and how old an answer may be. */
#define HOST_ANSWER_AGE_MOST_S 120

/* What the other host's own list, made for this answer, shows of a domain. */
typedef enum {
    ANSWER_SEEN_UNKNOWN,
    ANSWER_SEEN_ABSENT,
    ANSWER_SEEN_RUNNING,
    ANSWER_SEEN_PAUSED,
    ANSWER_SEEN_SHUT_DOWN /* or suspended, or dying: it is there, and does not run */
} AnswerSeen;

/* What the other host's record says. */
typedef enum {
    ANSWER_RECORDED_NOT,
    ANSWER_RECORDED_KNOWN,   /* it is there, and does not say that the domain belongs there */
    ANSWER_RECORDED_CLAIMED, /* it says that the domain belongs there */
    ANSWER_RECORDED_RUNNING  /* it says that the domain runs there, or that something was begun */
} AnswerRecorded;

/* A disk, as the spec says it. */
typedef struct {
    char *path;
    char *script;  /* NULL: none */
    char *backend; /* NULL: dom0 */
    gboolean is_writable;
} AnswerDisk;

typedef struct {
    char *name;                /* as in that host's list, else as in its record */
    char uuid[UUID_TEXT_SIZE]; /* "": the list does not say */
    AnswerSeen seen;
    AnswerRecorded recorded;
    gboolean is_wanted; /* by the spec that was applied there last */
    /* Of AnswerDisk: what it has there, or may get when its guest reboots, if it is there and that
     * host's record knows it. */
    GPtrArray *disks;
} AnswerDomain;

typedef struct {
    /* Why nothing is known of the host, in words that follow its name: "does not answer: ...".
     * NULL: all below is known. */
    char *trouble;
    char *host;
    char *fleet; /* of the spec that was applied there last; NULL: none was yet */
    gboolean has_generation;
    gint64 generation;
    gint64 time;            /* when it answered, by its clock: seconds since 1970 */
    char *list_trouble;     /* why its list is not known; NULL: it is, and is whole */
    char *xen_version;      /* "4.17.7"; NULL: not known */
    gint64 free_memory_mib; /* -1: not known */
    GPtrArray *hosts;       /* of char *: names of other hosts that it knows */
    GPtrArray *domains;     /* of AnswerDomain: of its list, its record and its spec */
    GHashTable *known_by;   /* their uuids and plain names: host_answer_may_have() */
} HostAnswer;

HostAnswer *host_answer_new(void);
/* An answer that says nothing but why. */
HostAnswer *host_answer_new_trouble(const char *format, ...) G_GNUC_PRINTF(1, 2);
void host_answer_free(HostAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HostAnswer, host_answer_free)
/* Appends a domain. */
AnswerDomain *host_answer_add(HostAnswer *answer, const char *name, const char *uuid);

/* Appends a disk to a domain; SCRIPT and BACKEND may be NULL. */
void answer_domain_add_disk(AnswerDomain *domain, const char *path, const char *script,
                            const char *backend, gboolean is_writable);

/* The words of an answer as JSON: "shut-down", "claimed"; NULL for ANSWER_RECORDED_NOT. */
const char *answer_seen_name(AnswerSeen seen);
const char *answer_recorded_name(AnswerRecorded recorded);

/* Is it the answer of HOST, of this FLEET, of NOW, with a list that is known? If not, its `trouble`
 * says why; one that it has is kept. */
void host_answer_check(HostAnswer *answer, const char *host, const char *fleet, gint64 now);

/* Is it, by its uuid, or under the name, the domain that is asked about? Under the name also while
 * it is sent or received (NAME--incoming, NAME--migratedaway, migrating-NAME: Xen
 * tools/xl/xl_migrate.c, tools/python/xen/xend/XendCheckpoint.py). One whose uuid is not told may
 * be any domain. */
gboolean answer_domain_is(const AnswerDomain *domain, const char *name, const char *uuid);
/* Is one of its domains that? Says so without a walk through all of them. */
gboolean host_answer_may_have(const HostAnswer *answer, const char *name, const char *uuid);
/* The plain name of a domain on its way, or NULL where NAME is not one of these three. To be freed.
 */
char *domain_name_under_way(const char *name);
