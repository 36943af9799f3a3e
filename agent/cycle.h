/* One run: read the spec, look at the host, plan, and carry out. */
#pragma once

#include "agent/agent_config.h"
#include "agent/confinement_gaps.h"
#include "agent/live_view.h"
#include "agent/options.h"
#include "agent/spec_source.h"
#include "agent/state.h"
#include "reconcile/execute.h"
#include "xenbackend/xen_host.h"

/* Everything that a run has found out; what was not reached is NULL. */
struct Cycle {
    const Options *options;
    Problems *problems;  /* of the spec and of agent.yaml */
    SpecUse use;         /* what the spec was read for */
    GPtrArray *sources;  /* of SpecSource: what the spec is read from */
    GHashTable *paths;   /* of files that the spec was read from */
    Keyring *trusted;    /* the keys that agent.yaml trusts; NULL: none */
    char *trusted_set;   /* the same (key_set.h) */
    char *trusted_root;  /* the same, with what is revoked: tells one `trust` from another */
    Record *early;       /* the record as it was before the lock was taken; NULL: not read */
    Keyring *keyring;    /* those that the source is held to that is being read; NULL: none */
    GPtrArray *keyrings; /* of Keyring: sets that followed those of agent.yaml */
    AgentConfig *config;
    char *config_path; /* of the file that was read; NULL: there is none */
    char *host_name;
    char *state_dir;
    char *run_dir;   /* directories.run; NULL: agent.yaml was not read */
    gint64 begun_us; /* by the monotonic clock */
    char **ssh;      /* the command that reaches another host */
    Spec *spec;
    XenHost *host;
    State *state;
    Record *record;
    GHashTable *busy;           /* names */
    GHashTable *missing_before; /* uuids; NULL: no second look was taken */
    Observed *observed;
    gboolean is_untrusted; /* the spec is one that `apply` would refuse: no host is asked for it */
    gboolean details_were_asked;
    gboolean details_are_due;        /* of all domains: `details_interval` */
    gboolean all_details_were_asked; /* by one list */
    GHashTable *drifted;             /* names: RunFacts' of the run before; NULL: not known yet */
    char *details_trouble;           /* why devices are not seen that were to be; NULL: they are */
    GHashTable *answers;             /* host name -> HostAnswer; NULL: nobody was asked */
    gboolean is_settled;             /* the list changed the record */
    /* What speaks for all domains has expired, or is a copy whose source has answered longer ago
     * than `trust.keep_for`: when it did. NULL: it has not, it is not. */
    char *expired;
    char *unrenewed;
    GHashTable *frozen; /* the same of the domains of one source alone: name -> Freeze */
    /* The spec is a copy whose source has not answered since dom0 was booted: since when, in words.
     * NULL: it is not, as all local sources. */
    char *stale;
    char *suspended;      /* why; NULL: it is not */
    XenInfo *info;        /* of the host, by the toolstack; NULL: not asked for, or not had */
    char *info_trouble;   /* why it could not be had; NULL: it was not asked for, or is there */
    GHashTable *findings; /* domain name -> GPtrArray of HostFinding, of what was checked */
    gboolean is_doubt_told;
    gboolean is_confinement_known; /* xensure-fetch ran */
    ConfinementGaps confinement_gaps;
    GHashTable *told; /* findings by what they are about, as text */
    Plan *plan;
    GHashTable *diffs; /* domain name -> unified diff of its config file; NULL: not asked for */
    GArray *outcomes;  /* of Outcome; NULL: nothing was carried out */
    LiveView *view;    /* of what is carried out; NULL: there is none */
    char *error;       /* in words; NULL: none */
    int exit_code;
    gboolean drops_signers; /* keys that a spec has named count no more */
    int source_exit_code;   /* the least that the run ends with: what a source gave was refused */
};

/* Who watches what is carried out; the first argument is the Cycle. */
typedef struct {
    /* Is told of each action that begins (OUTCOME NULL) and ends. */
    void (*progress)(gpointer cycle, const Action *action, const Outcome *outcome);
    void (*tick)(gpointer cycle); /* is called each second or so; NULL: is not */
} CycleWatcher;

void cycle_init(Cycle *cycle, const Options *options);
void cycle_clear(Cycle *cycle);

/* Ends a run early: keeps the sentence, makes the exit code worse. Always returns FALSE. */
gboolean cycle_fail(Cycle *cycle, int exit_code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Reads agent.yaml; knows then who this host is and where its folders are. */
gboolean cycle_read_config(Cycle *cycle);
/* Can nobody else write agent.yaml? It decides what may be stopped. */
gboolean cycle_check_config_path(Cycle *cycle);
/* Reads and checks the spec from PATHS (NULL: --spec, else the sources of agent.yaml). */
gboolean cycle_read_spec(Cycle *cycle, char **paths, SpecUse use);
/* Reads the keys that agent.yaml trusts, if the spec is to be planned or carried out. */
gboolean cycle_read_keyring(Cycle *cycle, SpecUse use);
/* Reads a source of local paths (SpecSourceKind). */
gboolean cycle_read_paths(Cycle *cycle, SpecSource *source, SpecUse use);
/* Appends the texts of one of its paths, if it may be believed. */
gboolean cycle_read_path(Cycle *cycle, SpecSource *source, const char *path, SpecUse use);
/* Reads a source elsewhere: what it gives, or the copy that is kept here (cycle_remote.c). */
gboolean cycle_read_remote(Cycle *cycle, SpecSource *source, SpecUse use);
/* A source could not be asked, which is no fault of its own: the run ends with an error, and what
 * runs is kept all the same. What is said of the source; to be freed. */
char *cycle_note_unasked(Cycle *cycle, const GError *error);
/* Has a source elsewhere given something new, of which there is a good copy here
 * (cycle_hold_back.c)? */
gboolean cycle_can_hold_back(const Cycle *cycle);
/* Holds back what is new of those that are at fault, which PROBLEMS and `expires` tell; of all such
 * sources, as WHY says (NULL: nothing else is wrong), where it is the fault of none: read again,
 * they give the copies. FALSE: none was held back. */
gboolean cycle_hold_back(Cycle *cycle, const Problems *problems, const char *why);
/* The first error, of this source (NULL: of all, and only WHAT if there is none), in one line
 * behind WHAT ("it is no spec"). NULL: it has none. To be freed. */
char *cycle_describe_problems(const Problems *problems, const SpecSource *source, const char *what);
/* Was a source elsewhere asked so lately that its copy goes on without a question
 * (cycle_interval.c)? Its `answered` and `asked` are read. */
gboolean cycle_spares_source(const Cycle *cycle, const SpecSource *source);
/* When it has answered last, in seconds since 1970. */
gint64 cycle_last_answer(const SpecSource *source);
/* How long it is not asked again, in seconds. */
gint64 cycle_fetch_interval(const SpecSource *source);
/* The record as it was before the lock was taken, which is read once; what sources are held against
 * before the host is looked at. NULL and an error. */
const Record *cycle_early_record(Cycle *cycle, GError **error);
/* Finds the keys that a source is held to: those of agent.yaml, or those that a spec of it has
 * named since (cycle_signers.c): cycle->keyring. */
gboolean cycle_choose_keyring(Cycle *cycle, SpecSource *source);
/* Are they still the same, now that nobody else can change the record? */
gboolean cycle_check_signers(Cycle *cycle, const SpecSource *source);
/* Fills in who signs the source from now on; points into CYCLE and SOURCE. */
void cycle_note_signers(const Cycle *cycle, const SpecSource *source, RecordSource *out);
/* Does agent.yaml bound what it may define? May it define a domain of this name? */
gboolean cycle_is_bounded(const SpecSource *source);
gboolean cycle_may_define(const SpecSource *source, const char *name);
/* The source that a text was read from, or NULL. */
const SpecSource *cycle_find_source(const Cycle *cycle, const TrustedText *text);
/* Whether each source defines only what agent.yaml lets it; what it may not becomes problems. */
void cycle_check_bounds(Cycle *cycle, const char *const *programs);
/* Keeps copies of what the sources gave, durably; the spec has passed all checks. BOOT_ID: of dom0;
 * NULL: not known. */
gboolean cycle_keep_sources(Cycle *cycle, const char *boot_id);
/* Looks for copies whose source has not answered since this boot of dom0: cycle->stale. */
void cycle_note_stale(Cycle *cycle, const char *boot_id);
/* A plan says, once, that xensure-fetch is confined less than it should be. That newer kernels have
 * more rules is for `status` alone. */
void cycle_note_confinement(Cycle *cycle, const ConfinementGaps *gaps);
/* When the source has answered last, if its copy is older than `trust.keep_for`; NULL: it is not.
 * To be freed. */
char *cycle_find_old_copy(const Cycle *cycle, const SpecSource *source, gint64 now);
/* "on 2027-01-31T00:00:00Z"; to be freed. */
char *cycle_describe_time(gint64 time);
/* The spec against this host: its name, and the fleet of agent.yaml. Looks at nothing else. */
gboolean cycle_check_host(Cycle *cycle);
/* Is the spec for this fleet (NULL: any)? WHOSE: who says so. */
gboolean cycle_check_fleet(Cycle *cycle, const char *fleet, const char *whose);
/* What is known of a source when its generation is held against the record. */
typedef struct {
    const char *name;
    const SpecHeader *header;
    const char *digest; /* of its texts, where all are signed; else NULL */
    gboolean is_remote;
    gboolean is_signed_before; /* by keys that others have followed */
} SourceClaim;
/* Why the generation of a source keeps it from being applied, with what to do about it; NULL: it
 * does not. To be freed. */
char *cycle_find_generation_trouble(const Cycle *cycle, const Record *record,
                                    const SourceClaim *claim);
/* Has the operator's word (--accept-generation) been given for what this source gives? */
gboolean cycle_accepts(const Cycle *cycle, const SpecSource *source, const SpecHeader *header);
/* Puts down what is applied from now on: fleet, generations, the newest signed time. TRUE: the
 * record has changed. */
gboolean cycle_note_applied(Cycle *cycle);
/* Has the spec, or a copy of it, expired? cycle->expired, cycle->unrenewed, and those of the
 * sources. NOW: seconds since 1970. */
void cycle_note_expiry(Cycle *cycle, gint64 now);
/* The same, by a clock that is not believed where it is behind, and cycle->frozen. What has expired
 * and was never applied here is refused. IS_GOOD: nothing else is. Needs the record. */
gboolean cycle_check_expiry(Cycle *cycle, gboolean is_good);
/* Has what this source gave expired before it was ever applied here? In words, to be freed; NULL:
 * not. */
char *cycle_find_expiry_trouble(const Cycle *cycle, const Record *record, const SpecSource *source);
/* When the first expires of what speaks for all domains, in seconds since 1970; 0: nothing does. */
gint64 cycle_find_expires(const Cycle *cycle);
/* Of what was seen on this host, now or before, from those who speak for all. */
gint64 cycle_newest_signed_time(const Cycle *cycle);
/* Is the clock of this host behind that, by more than clocks differ? */
gboolean cycle_is_behind(gint64 signed_time);
/* The first refusal ends the run in its name; those after it are told beside it, so that not each
 * run finds one more. Always returns FALSE. */
gboolean cycle_refuse(Cycle *cycle, const char *trouble);
/* The spec against what was applied here before: its fleet and generation, whether it has expired.
 * Needs the record. */
gboolean cycle_check_record(Cycle *cycle);
/* Whether DIALECT can say all that the spec says of this host's domains; what it cannot becomes
 * problems, and the spec is refused. */
gboolean cycle_check_configs(Cycle *cycle, const ConfigDialect *dialect);
/* Reads the VNC password, if there is one and a domain of this host takes it. NULL without an
 * error: there is none to be had. */
char *cycle_read_vnc_password(Cycle *cycle, GError **error);
/* How the toolstack that is named writes config files; NULL: none is named. Looks at no host. */
const ConfigDialect *cycle_named_dialect(const Cycle *cycle);
/* How config files are written here; as for xl where the host has no toolstack. */
const ConfigDialect *cycle_find_dialect(const Cycle *cycle);
/* What the toolstack is to be found and driven by; points into CYCLE. */
XenHostOptions cycle_host_options(const Cycle *cycle);
/* Finds the toolstack; runs nothing and reads nothing. Says so where the choice was not plain. */
gboolean cycle_find_toolstack(Cycle *cycle);
/* Reads what is kept on disk: the record, and whether this host is suspended. */
gboolean cycle_read_state(Cycle *cycle);
/* Finds the toolstack and reads the state. LOCKED: takes the lock first, and needs the rights to
 * change things. */
gboolean cycle_open_host(Cycle *cycle, gboolean locked);
/* Waits as long as a domain that vanished is waited for (absent_pause). */
void cycle_pause(const Cycle *cycle);
/* Looks at the host and makes the plan, with the second look and the details that it asks for.
 * WAITS: waits for commands of an earlier run that still work. */
gboolean cycle_make_plan(Cycle *cycle, gboolean waits);
/* Whether the details of all domains are due, and what had drifted (cycle_details.c):
 * cycle->details_are_due, cycle->drifted. */
void cycle_note_details(Cycle *cycle);
/* Is a list of the details of all domains what the plan asks for, or the best way to it? */
gboolean cycle_wants_all_details(const Cycle *cycle);
/* Reads it. What it does not tell stays unseen. */
void cycle_observe_all_details(Cycle *cycle);
/* Warns where they were due, and could not be had. */
void cycle_warn_of_details(Cycle *cycle);
/* The names of domains of which something is left that was changed on the host, or may be; sorted,
 * the names are the cycle's, the list is to be freed with g_list_free(). Needs what
 * cycle_note_details() finds. */
GList *cycle_find_drifted(const Cycle *cycle);
/* Asks the toolstack about the host, once a run: cycle->info, or cycle->info_trouble. */
void cycle_ask_host(Cycle *cycle);
/* Looks whether this host has what these domains need (of const Domain), and puts it down in what
 * is observed. */
void cycle_check_domains(Cycle *cycle, const GPtrArray *domains);
/* Looks, once, whether disks of the plan's domains and of those that run are one under several
 * names. TRUE: there are such, and the plan is to be made anew. */
gboolean cycle_identify_disks(Cycle *cycle);
/* Warns of what the starts of the plan lack. */
void cycle_warn_of_creates(Cycle *cycle);
/* Looks whether this host has what its domains of the spec need; what it lacks becomes problems. */
void cycle_check_spec(Cycle *cycle);
/* What the plan changes in config files. */
gboolean cycle_make_diffs(Cycle *cycle);
/* Carries the plan out and puts the record in order. */
gboolean cycle_apply(Cycle *cycle, const CycleWatcher *watcher);
