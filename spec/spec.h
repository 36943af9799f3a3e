/* A spec: what should run in a fleet. Read from trusted texts, merged, completed and checked. No
 * I/O. */
#pragma once

#include "spec/settings.h"

#define SPEC_DOMAINS_MAX 100000u
#define UUID_SIZE        37 /* with its NUL */

typedef struct {
    const char *name;
    Settings *settings; /* host_keys */
} SpecHost;

typedef struct DomainBase DomainBase;

/* What holds for a key: derived, own, profile, default profile, the table's default, in this order;
 * domain_get() and its like tell it. */
typedef struct {
    const char *name;
    Position where;
    const char *host; /* NULL: the host that reads the spec, always so without `hosts` */
    Settings *own;
    const Settings *profile;         /* NULL: none */
    const Settings *default_profile; /* NULL: none */
    Settings *derived; /* values made from others: MACs, merged `xen`, on_poweroff; NULL: none */
    const DomainBase *base; /* profiles and defaults; NULL: none */
    char uuid[UUID_SIZE];   /* the spec's own, else made from fleet and name */
} Domain;

/* What one source says of itself. */
typedef struct {
    gboolean has_generation;
    gint64 generation;
    gboolean has_expires;
    gint64 expires; /* seconds since 1970 */
    /* Who signs the specs that follow (key_set.h); the spec's own. NULL: who has signed this one.
     */
    const char *signers;
    Position hosts; /* where it gives `hosts`; without a text: it does not */
} SpecHeader;

typedef struct Spec {
    GPtrArray *texts; /* of TrustedText: what positions point into */
    GStringChunk *strings;
    const char *fleet;
    Position fleet_where;
    gboolean is_incomplete; /* a text could not be read at all, so things only seem to be missing */
    gboolean has_hosts;     /* `hosts` was given, if only as {} */
    gboolean hosts_are_refused;
    gboolean has_generation;
    gint64 generation;
    /* The generations of all sources together, each of which never goes down: a sum that is greater
     * by one is the very next spec. Not known where a source has none. */
    gboolean has_generation_sum;
    gint64 generation_sum;
    gboolean has_expires;
    gint64 expires;     /* seconds since 1970 */
    GPtrArray *hosts;   /* of SpecHost */
    GPtrArray *domains; /* of Domain, in the order of the texts */
    GHashTable *hosts_by_name, *domains_by_name;
    GHashTable *profiles_by_name; /* of Settings */
    GHashTable *bases;            /* of DomainBase */
} Spec;

Spec *spec_new(void);
void spec_free(Spec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spec, spec_free)

/* Of all texts of a source together. */
#define SPEC_SOURCE_BYTES_MAX (16u * 1024 * 1024)

/* Reads the texts of one source (takes them over: TrustedText *) into the spec. All that is wrong
 * is added to PROBLEMS; what was right is kept, so that all problems are found in one go. HEADER
 * (NULL: not wanted): what the source says of itself. */
void spec_read_source(Spec *spec, GPtrArray *texts, SpecHeader *header, Problems *problems);

/* Merges profiles, makes uuids and MACs, and checks what concerns more than one key. To be called
 * once, after the last source. PROGRAMS: values of rows that run a program that are allowed in
 * texts that do not come from a local path (NULL-terminated; NULL: none). A spec with errors in
 * PROBLEMS must not be acted on. */
void spec_finish(Spec *spec, const char *const *programs, Problems *problems);
/* Of a row that makes dom0 run a program: is the value one of PROGRAMS (NULL: none), or one that
 * runs none? */
gboolean spec_allows_program(const KeyRow *row, const Value *value, const char *const *programs);

/* Tells the texts of one source (of TrustedText) from others, whatever its files are called: a
 * digest in hex, to be freed. */
char *spec_texts_digest(const GPtrArray *texts);
/* Is each of them signed? */
gboolean spec_texts_are_signed(const GPtrArray *texts);

/* How the other hosts reach it, or NULL. */
const char *spec_host_address(const SpecHost *host);
Domain *spec_find(const Spec *spec, const char *name);
/* Was `hosts` given? Then each domain is one of these hosts'; otherwise all are this host's. */
gboolean spec_has_hosts(const Spec *spec);
/* Is the domain this host's? */
gboolean domain_is_on(const Domain *domain, const char *host);

/* DOMAIN as it was by other settings (taken over; none of a profile's): what they do not say is the
 * table's default, and how xensure treats the domain stays DOMAIN's. Its values stand nowhere.
 * DOMAIN must outlive it. */
Domain *domain_new_with(const Domain *domain, Settings *settings);
void domain_free_with(Domain *domain);

/* The value that holds, or NULL. */
const Value *domain_get(const Domain *domain, DomainKey key);
/* The values of all keys; for loops over the table. */
void domain_get_all(const Domain *domain, const Value *out[DOMAIN_KEY_COUNT]);
/* Lays a value over what the domain has (takes over what it holds). Values that domain_get() gave
 * before may move. */
void domain_set(Domain *domain, const Value *value);
/* The integer (size, seconds, boolean) of a key that is set; 0 when it is not. */
gint64 domain_get_integer(const Domain *domain, DomainKey key);
const char *domain_get_text(const Domain *domain, DomainKey key);
/* Is the word of this key WORD? */
gboolean domain_is(const Domain *domain, DomainKey key, const char *word);
/* Is it to be there, running or paused? */
gboolean domain_is_to_run(const Domain *domain);
/* `maxmem`, or `memory` where it is left out; likewise for the virtual CPUs. */
gint64 domain_maximum_memory_mib(const Domain *domain);
gint64 domain_maximum_vcpus(const Domain *domain);

/* The domain as canonical YAML: every value that is not the table's default, in the table's order,
 * whatever profile it came from. Two domains with the same text are the same. `host` and `profile`
 * are left out. */
void domain_format_canonical(const Domain *domain, GString *out);
/* The same for DOMAIN_KEY_COUNT values that need not be a spec's. */
void domain_values_format_canonical(const Value *const *values, GString *out);
/* SHA-256 of the canonical text, in hex. To be freed. */
char *domain_digest(const Domain *domain);
/* Reads a canonical text back, as the settings of a domain (never a profile's). NULL and problems
 * when it is not right. TEXT and TEXTS must outlive the result. */
Settings *domain_read_canonical(const TrustedText *text, GStringChunk *texts, Problems *problems);

/* Was the MAC of a domain's vif made of its name, since the spec leaves it out? */
gboolean vif_mac_is_made(const Settings *vif);
