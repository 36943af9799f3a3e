/* The record: what was applied on this host, domain by domain, and what was begun and not yet
 * ended.
 *
 * It is a log of blocks; the last block of a name holds. A step that changes something appends a
 * block before it begins and one after it ended (that is the journal), and a run rewrites the log
 * without the blocks that no longer hold (that is the record). This file knows the text form alone;
 * the agent keeps the bytes. */
#pragma once

#include "reconcile/observed.h"

/* As many as the largest restart.limit counts: with fewer it would never be reached. */
#define RECORD_ATTEMPTS_MAX 1000u
#define RECORD_BYTES_MAX    (512u * 1024 * 1024)

/* What was begun. */
typedef enum {
    OPERATION_NONE,
    OPERATION_CREATE,  /* `create -p` may have run, or may still run */
    OPERATION_CREATED, /* it was seen, paused; `unpause` comes next */
    OPERATION_STOP,
    OPERATION_DESTROY,
    OPERATION_CHANGE, /* pause, unpause, memory, ...: to be looked at, never undone */
    OPERATION_MIGRATE /* it is sent to another host; only a look at both tells how that ended */
} Operation;

/* A name that the spec had for a domain before. */
typedef struct {
    char *name;
    char *config_digest; /* of its config file as we wrote it then; NULL: none */
} FormerName;

typedef struct {
    char *name;
    char uuid[UUID_TEXT_SIZE];
    gboolean is_running;      /* we started it, or took it over, and have not seen or made it end */
    gboolean is_adopted;      /* its uuid is not the one that the spec would give */
    gboolean is_claimed;      /* it belongs here: it ran here, or the operator said so */
    gboolean is_off_by_guest; /* the guest powered itself off and on_guest_poweroff was `leave` */
    gboolean is_protected;
    guint32 domid; /* the last one seen; 0: none */
    char *boot_id; /* dom0's boot in which it was last seen to run; NULL: none */
    char *
        settings; /* canonical text of what it runs with (live changes included); NULL: not known */
    /* The memory that the guest of the id `most_domid` was created with, in MiB, where a live
     * change has lowered it since: it can be given that much again. 0: `settings` tell. */
    gint64 most_memory_mib, most_domid;
    /* Canonical text of what Xen's monitor was given for the guest's own reboot (Xen
     * tools/xl/xl_vmcontrol.c:reload_domain_config); NULL: nothing, and it builds the guest as it
     * is. */
    char *stored;
    /* The command that gives it was begun, and is not known to have ended well: what the monitor
     * has is not known. */
    gboolean is_storing;
    /* Where on_failed_change is `revert`: a run after the one that started it saw it alive with
     * `settings`. */
    gboolean is_proved;
    /* Canonical text of what was proved before a change that is not; NULL: there was none. */
    char *ran;
    gboolean has_not_started; /* its last create is known to have failed */
    /* Digest of the domain of the spec that did not start, so that what ran was put back; NULL:
     * none.
     */
    char *failed_digest;
    char *config_digest; /* of the config file as we wrote it; NULL: none */
    gboolean has_bounce;
    gint64 bounce;
    /* Starts that were tried since the last change of the spec, in seconds since 1970, oldest
     * first. */
    GArray *attempts;   /* of gint64 */
    char *tried_digest; /* of the settings that were tried */
    Operation operation;
    char *operation_id; /* names the commands of the operation ("XENSURE_OPERATION=...") */
    /* The edition of the spec (ownership.h) by which it was last sure that it belongs here; NULL:
     * none, or the spec had one host. */
    char *claim;
    /* Of a migration that was begun, or failed: */
    char *move_to;      /* the host that it was sent to; NULL: none */
    gint64 move_tries;  /* in a row, all in vain */
    gint64 move_time;   /* of the last one, in seconds since 1970 */
    char *move_trouble; /* why it failed; NULL: it did not, or nobody knows */
    char **boot_links;  /* the paths of links of xendomains that were taken away; NULL: none */
    /* Of FormerName: it may still run under one of these, and there may be a config file, a link or
     * a saved image of xendomains of that name (record_names.h). */
    GPtrArray *former_names;
} RecordDomain;

/* What was applied last from one source. */
typedef struct {
    char *name;
    gboolean is_current;    /* the spec that was applied last was read from it, too */
    gboolean is_configured; /* agent.yaml has named it */
    gboolean has_generation;
    gint64 generation;
    char *digest; /* of its texts (spec_texts_digest()), if they were signed; else NULL */
    char *commit; /* of git; else NULL */
    /* Who signs its specs now, and who did before the generation that said so (key_set.h); that
     * holds as long as agent.yaml trusts the set SIGNERS_ROOT. NULL all three: whom agent.yaml
     * trusts. */
    char *signers, *signers_before, *signers_root;
    gint64 signers_since;
} RecordSource;

/* Another host of the fleet, that a spec has named. */
typedef struct {
    char *address;         /* by the last spec that named it; NULL: none, or not known here */
    gboolean is_forgotten; /* an operator said that it runs nothing any more */
} RecordHost;

typedef struct {
    char *fleet; /* the first one applied; NULL: none yet */
    gboolean has_generation;
    gint64 generation;   /* the last one applied; of several sources, the highest */
    gint64 signed_time;  /* the newest by which a spec was signed, in seconds since 1970; 0: none */
    GHashTable *sources; /* name -> RecordSource */
    /* name -> uuid: what the spec that was applied last gives to this host, where it has several.
     * It is put down before other hosts are asked: of two hosts that want one domain, at least one
     * sees the other's wish. */
    GHashTable *wanted;
    GHashTable *hosts;   /* name -> RecordHost: all that specs applied here have named beside it */
    GHashTable *domains; /* name -> RecordDomain */
    GHashTable *by_uuid; /* uuid -> RecordDomain */
} Record;

#define RECORD_ERROR (record_error_quark())
typedef enum { RECORD_ERROR_FORMAT } RecordError;
GQuark record_error_quark(void);

Record *record_new(void);
void record_free(Record *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_free)

RecordDomain *record_domain_new(const char *name, const char *uuid);
void record_domain_free(RecordDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecordDomain, record_domain_free)
RecordDomain *record_domain_copy(const RecordDomain *domain);
/* NULL: it had no such name. */
const FormerName *record_domain_find_former(const RecordDomain *domain, const char *name);
/* Puts a former name in, in the place of the same one. CONFIG_DIGEST may be NULL. */
void record_domain_put_former(RecordDomain *domain, const char *name, const char *config_digest);
void record_domain_drop_former(RecordDomain *domain, const char *name);
/* "create"; the word that stands in a record. */
const char *operation_name(Operation operation);
/* Names the operation that is about to begin. */
void record_domain_begin(RecordDomain *domain, Operation operation, const char *operation_id);
/* No operation is under way any more. */
void record_domain_end(RecordDomain *domain);
/* It was seen to be there with this id, in this boot of dom0 (NULL: not known): it counts as
 * running. */
void record_domain_set_running(RecordDomain *domain, guint32 domid, const char *boot_id);

/* Why a row is to be waited for, or NULL (plan_transient.c). RECORDED: NULL where nothing is.
 * BOOT_ID: dom0's boot in which it was seen; a domain that is paused and never ran is known only in
 * the boot in which we made it so. */
const char *observed_domain_transient(const ObservedDomain *seen, const RecordDomain *recorded,
                                      const char *boot_id);
/* It comes to run with AFTER (NULL: not known) in place of BEFORE: what was proved is kept until
 * that is, too. */
void record_domain_keep_what_ran(RecordDomain *domain, const char *before, const char *after);
/* Nothing is stored for the guest's own reboot. */
void record_domain_drop_stored(RecordDomain *domain);

RecordDomain *record_find(const Record *record, const char *name);
RecordDomain *record_find_uuid(const Record *record, const char *uuid);
/* That of this uuid: the one of this name before one of another name. NULL: none. */
RecordDomain *record_find_row(const Record *record, const char *name, const char *uuid);
/* That which had this name before, and whose name is the first of such ones; NULL: none. */
RecordDomain *record_find_former(const Record *record, const char *name);
/* The digest of the config file of this name as we wrote it, for whichever domain; NULL: none. */
const char *record_config_digest(const Record *record, const char *name);
/* Gives a domain another name. The place must be free. */
void record_rename(Record *record, RecordDomain *domain, const char *name);
/* Puts a domain in, in the place of the one of its name. Takes it over. */
void record_put(Record *record, RecordDomain *domain);
void record_forget(Record *record, const char *name);
/* Puts a host in, in the place of the one of its name. ADDRESS may be NULL. */
void record_put_host(Record *record, const char *name, const char *address, gboolean is_forgotten);

/* NULL: nothing was applied from a source of this name. */
const RecordSource *record_find_source(const Record *record, const char *name);
/* Puts down a copy of it, in the place of the one of its name. TRUE: that was another. */
gboolean record_put_source(Record *record, const RecordSource *source);

/* Reads a log. A block that is cut off at the end is left out (*is_cut becomes TRUE): the step that
 * it was to announce had not begun. Anything else that does not fit is RECORD_ERROR_FORMAT, with
 * the line. */
Record *record_parse(const char *text, gsize length, gboolean *is_cut, GError **error);
/* Appends the first line of a log, and the fleet and the generation. */
void record_format_header(const Record *record, GString *out);
/* Appends the block of one domain. */
void record_format_domain(const RecordDomain *domain, GString *out);
/* Appends the block that says that a domain is forgotten. */
void record_format_forgotten(const char *name, GString *out);
/* Appends the whole record, domains in byte order of their names. */
void record_format(const Record *record, GString *out);
