/* The plan: what has to be done so that the host is as the spec says, and why. A pure function
 * makes it. */
#pragma once

#include "reconcile/fleet_hosts.h"
#include "reconcile/host_answer.h"
#include "reconcile/record.h"
#include "spec/spec.h"

typedef enum {
    ACTION_CREATE,
    ACTION_SHUTDOWN, /* the whole ladder, up to destroy if stop.force */
    ACTION_DESTROY,  /* of remains: what has shut down already */
    ACTION_RESTART,
    ACTION_PAUSE,
    ACTION_UNPAUSE,
    ACTION_MIGRATE,
    ACTION_SET_MEMORY,
    ACTION_SET_VCPUS,
    ACTION_SET_SCHEDULER,
    ACTION_ATTACH_DISK,
    ACTION_DETACH_DISK,
    ACTION_ATTACH_VIF,
    ACTION_DETACH_VIF,
    ACTION_CHANGE_CD,
    ACTION_WRITE_CONFIG,
    ACTION_REMOVE_CONFIG,
    ACTION_ADOPT
} ActionKind;

/* "create", "set-memory": as in the JSON of the command line. */
const char *action_kind_name(ActionKind kind);
/* Is a domain built by it? */
gboolean action_kind_creates(ActionKind kind);
/* Is a domain gone by it, if only for a while? */
gboolean action_kind_ends(ActionKind kind);

/* What is paused runs on before anything else: a guest that is paused lets go of nothing. Stops
 * come before changes, and changes before starts. What frees a device is like a stop. */
typedef enum { PHASE_RESUME, PHASE_STOP, PHASE_CHANGE, PHASE_START } ActionPhase;

/* What is known of a kind of action. TO ADD ONE: a row in plan.c. */
typedef struct {
    const char *name;
    ActionPhase phase;
    char sign; /* before its line in a plan: '+', '~', '-' or '>' */
    gboolean writes_config;
    gboolean is_live; /* the domain runs on, with something changed */
} ActionRow;
const ActionRow *action_row(ActionKind kind);

/* Why an action is not carried out; decides the exit code. */
typedef enum {
    HOLD_NONE,
    HOLD_WAIT,    /* a rail, a wait, on_change: exit 4 */
    HOLD_CONFLICT /* a domain may run twice, or is another's: exit 5 */
} HoldKind;

/* One key that differs. */
typedef struct {
    const KeyRow *row;
    char *have; /* for people; NULL: not set or not known */
    char *want; /* NULL: not set */
    KeyChange how;
    gboolean is_drift; /* the host moved, not the spec: cause_name() */
    KeyLive live;      /* the command that makes it, where `how` is live */
    /* Of a list of devices, which is told one by one: the device that it is about, by its identity
     * (its vdev, its MAC), and as the spec has it. */
    char *device;           /* NULL: it is about the whole value */
    const Settings *brings; /* NULL: the device goes */
    char *why;              /* it has to wait, where that is not the key's nature; NULL: it is */
} Change;

/* What moved: "drift" (the host) or "change" (the spec), as in the JSON of the command line. */
const char *cause_name(gboolean is_drift);

typedef struct Action Action;
struct Action {
    ActionKind kind;
    char *name;                   /* of the domain */
    const Domain *domain;         /* what the spec says; NULL: it is not in the spec */
    const ObservedDomain *seen;   /* NULL: it is not in the list */
    const RecordDomain *recorded; /* NULL: nothing is recorded; gone once the plan is begun */
    char uuid[UUID_SIZE];
    const SpecHost *target; /* of a migration: where it goes; NULL: not known any more */
    gboolean is_drift;      /* the host moved, not the spec: cause_name() */
    gboolean stops_living;  /* counts for limits.stops */
    /* Before it begins, the links go by which xendomains would start the domain at boot; a
     * migration, which may have to put one back, takes them away itself. */
    gboolean removes_boot_link;
    gboolean keeps_file; /* of write-config: it is about the links alone */
    char *reason;        /* in words, one line */
    HoldKind hold;
    char *held;      /* NULL: not held */
    GArray *changes; /* of Change */
    /* Xen's monitor is given the new config file for the guest's own reboot, if it has to be. A
     * restart that is held brings its changes so, for the case that the guest reboots by itself. */
    gboolean may_store;
    const char *scheduler; /* of set-scheduler: the host's; NULL: not known */
    /* Actions of this plan that must have been done before; what fails or is held there holds this
     * one. */
    GArray *needs;  /* of guint: their index in `actions` */
    GArray *awaits; /* of guint: the index in `watches` of domains that must be ready before */
    /* What the spec says, where the last config that ran is put back instead (`domain`); else NULL
     */
    const Domain *instead_of;
    /* What is done if the domain does not start as it was changed; NULL: nothing. */
    Action *revert;
};

/* Does a domain get a disk by it, or may it by the next reboot of its guest? */
gboolean action_gives_disks(const Action *action);

/* A domain that has to be ready before something is started. */
typedef struct {
    Action *subject; /* its name, domain and uuid */
    guint start;     /* the index of the action that starts it; G_MAXUINT: it should run already */
} Watch;

/* Something that differs and waits for the next start of a domain that runs. */
typedef struct {
    const char *name;
    GArray *changes; /* of Change */
} Waiting;

typedef struct {
    const char *host;
    const char *fleet;
    gboolean has_generation;
    gint64 generation;
    const char *suspended;   /* why nothing is carried out; NULL: it is */
    const char *xen_version; /* of this host; NULL: not known */
    GPtrArray *actions;      /* of Action, in the order in which they are begun */
    GPtrArray *foreign;      /* of const ObservedDomain: not ours, and not named by the spec */
    GPtrArray *waiting;      /* of Waiting */
    GPtrArray *watches;      /* of Watch */
    GPtrArray *fallbacks;    /* of Fallback: what is not the spec's of what actions are about */
    /* What the plan would like to see better before it is carried out: */
    GPtrArray
        *second_look;    /* of const char: uuids that are missing and have to be looked for again */
    GArray *details;     /* of guint32: ids whose details (`xl list -l ID`) would tell more */
    gboolean asks_disks; /* which disks all domains have, those of others, too */
    /* of const Domain: whether this host has what their start needs is to be seen */
    GPtrArray *host_checks;
    GPtrArray *ask_hosts; /* of FleetHost: hosts that have to say what they have */
    gboolean asks_node;   /* what Xen says of this host has to be known */
} Plan;

/* Why the spec of one source brings no changes to its domains: as Policy says it of the whole. */
typedef struct {
    const char *source; /* its name */
    const char *expired;
    const char *unrenewed;
} Freeze;

/* What an administrator decided. */
typedef struct {
    const char *host;
    gint64 now;       /* seconds since 1970 */
    const char *only; /* NULL: all domains */
    /* uuids that were missing from an earlier list of this run too, absent_pause ago; NULL: no
     * second look was taken yet. */
    GHashTable *missing_before;
    gboolean details_were_asked;
    /* What runs is to be held against the spec, also where nothing in the list is odd. */
    gboolean details_are_due;
    gboolean disks_were_asked; /* which disks all domains have was asked */
    /* Names of domains that were found to differ by what was changed on the host; NULL: none. */
    GHashTable *drifted;
    /* What other hosts have answered in this run: name -> HostAnswer, checked; NULL: none was asked
     * yet. */
    GHashTable *answers;
    gboolean node_was_asked;
    const char *xen_version; /* of this host: "4.17.7"; NULL: not known */
    guint xen_release;       /* the same as XEN_RELEASE; 0: not known */
    const char *scheduler;   /* of the CPU pool that it begins with; NULL: not known */
    /* What its toolstack has no command for: bits 1u << KeyLive. */
    guint cannot_change;
    gboolean can_store; /* it takes a config for a guest's own reboot */
    /* How much memory this host has free for guests, where that is known. */
    gboolean knows_free_memory;
    gint64 free_memory_mib;
    /* The name of this host's toolstack, which this version does not migrate with; NULL: it does.
     */
    const char *cannot_migrate;
    gint64 stops_limit;   /* limits.stops */
    gint64 stops_percent; /* limits.stops_percent */
    gint64 allow_stops;   /* --allow-stops; negative: not given */
    gboolean accept_loss; /* --accept-loss */
    gboolean prune;
    gboolean only_reports; /* nothing is carried out on this host (`mode: report`) */
    GHashTable *checks;    /* names of checks that this host has; NULL: none */
    /* Names of domains on which a command of an earlier run of ours still works; NULL: none. */
    GHashTable *busy;
    /* The spec has expired, in words ("on 2027-01-31"): what should run is kept, nothing else;
     * NULL: it has not. */
    const char *expired;
    /* The spec is a copy, and its source has answered too long ago, in words ("on 2027-01-31"): the
     * same as if it had expired. NULL: it is not. */
    const char *unrenewed;
    GHashTable *frozen; /* domain name -> Freeze, where not all domains are; NULL: none is */
    /* The spec may be old: it was read from a copy, and its source has not answered since dom0 was
     * booted. In words ("fetched on 2027-01-31"); NULL: it is not, or that is accepted. */
    const char *stale;
    const char *suspended; /* why everything is suspended; NULL: it is not */
} Policy;

/* Makes the plan. Of an `observed` that is not COMPLETE every action is held. All four must outlive
 * the plan. */
Plan *plan_make(const Spec *desired, const Observed *observed, const Record *applied,
                const Policy *policy);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* How often the domain was started within restart.within, as the spec has it now; a boot of dom0
 * counts anew. *next: before when (in seconds since 1970) it is not started again; 0: never was. */
gint64 plan_count_starts(const Domain *domain, const RecordDomain *recorded, const char *boot_id,
                         gint64 now, gint64 *next);

guint plan_count_held(const Plan *plan);
guint plan_count_to_do(const Plan *plan);
/* 0: nothing to do; 2: something to do; 4: something is held; 5: a conflict. The worst wins. */
int plan_exit_code(const Plan *plan);
