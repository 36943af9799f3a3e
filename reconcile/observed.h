/* What was seen on the host: the domains of a list, and what else a plan needs to know of it.
 * Filled by xenbackend, read by the planner. Unknown is never "gone": see Observation. */
#pragma once

#include "spec/settings.h"

/* Longest textual uuid and its NUL. */
#define UUID_TEXT_SIZE 37

/* What stands for the name of a domain that has lost it. */
#define OBSERVED_NO_NAME "(null)"

/* Why a domain that is shut down is so (the list's fifth letter, only meaningful with 's'). */
typedef enum {
    SHUTDOWN_REASON_NONE, /* not shut down */
    SHUTDOWN_REASON_POWEROFF,
    SHUTDOWN_REASON_REBOOT,
    SHUTDOWN_REASON_SUSPEND,
    SHUTDOWN_REASON_CRASH,
    SHUTDOWN_REASON_WATCHDOG,
    SHUTDOWN_REASON_SOFT_RESET,
    SHUTDOWN_REASON_UNKNOWN
} ShutdownReason;

/* Something of a domain's settings that no row of the key tables shows. */
typedef struct {
    char *path;        /* "b_info.exec_ssidref" */
    char *value;       /* NULL: it is no single value, or a secret */
    gboolean is_known; /* a row shows it, and it is a value that the row cannot have */
} SeenMember;

/* What the toolstack shows of the settings of a domain. */
typedef struct {
    GStringChunk *texts; /* holds the texts of the settings */
    Settings *settings;  /* domain_keys; of a device, too, only what is seen */
    /* Is what is not there known to be so? Otherwise it is only not seen. */
    gboolean tells_absence;
    GPtrArray *unread; /* of SeenMember */
} SeenSettings;

/* One row of the list. */
typedef struct {
    guint32 domid;
    char uuid[UUID_TEXT_SIZE]; /* lower case; "" when the list does not say (plain `xl list`) */
    char *name;                /* as printed; "(null)" for a domain that has lost its name */
    guint64 memory_mib;        /* what it holds now, not its target */
    guint32 vcpus;             /* online now, not the configured number */
    gboolean is_running;       /* 'r' */
    gboolean is_blocked;       /* 'b' */
    gboolean is_paused;        /* 'p' */
    gboolean is_shut_down;     /* 's' */
    gboolean is_dying;         /* 'd' */
    ShutdownReason reason;
    guint64 cpu_deciseconds; /* Time(s) in tenths */

    /* What `xl list -l ID` said, where it was asked and answered. */
    gboolean has_details;
    /* It was asked and answered that there is no config of the domain: it is not complete. libxl
     * keeps a domain's config once it is (Xen tools/libs/light/libxl_create.c:domcreate_complete).
     */
    gboolean is_incomplete;
    guint64 target_mib;
    guint64 maximum_mib;
    guint32 vcpus_available;
    guint32 vcpus_maximum;
    SeenSettings *settings; /* NULL: not seen */
} ObservedDomain;

typedef enum {
    /* The command exited 0, and the header and the row with id 0 are there. */
    OBSERVATION_COMPLETE,
    /* As above, but a line did not fit the grammar or an id came twice: what fits is in `domains`,
     * nothing may be carried out on it. */
    OBSERVATION_PARTIAL,
    /* Nothing is known. */
    OBSERVATION_UNKNOWN
} ObservationState;

/* How the config file of a domain compares; filled for the domains of the spec. */
typedef struct {
    gboolean exists;
    gboolean is_ours;             /* carries our comment, with a uuid */
    gboolean is_wanted;           /* says what the spec says (comments aside) */
    gboolean differs_in_password; /* not as wanted, but for the VNC password */
    gboolean is_as_recorded;      /* has the digest that we recorded when we wrote it */
    /* sha256 of the text, comments aside; NULL when it does not exist, or is wanted and recorded */
    char *digest;
    /* The link by which xendomains would start it from this file at the next boot of dom0, beside
     * us; NULL: none. */
    char *boot_link;
    /* Why the host may not start the domain, in words that name the way on (a saved image of
     * xendomains, something of another's in /etc/xen/auto); NULL: it may. */
    char *obstacle;
    /* What a start needs was looked for: for the domains that a plan asks this of. */
    gboolean is_checked;
    char *missing;   /* what of it this host lacks: "kernel /boot/b"; NULL: nothing */
    char *late_keys; /* keys that the toolstack's release would pass over; NULL: none */
} ObservedConfig;

typedef struct {
    ObservationState state;
    GPtrArray *domains; /* of ObservedDomain, in the order of the list */
    /* Why the state is not COMPLETE, in words: "line 7 does not fit: '...'" */
    char *trouble;
    GHashTable *configs; /* domain name -> ObservedConfig */
    /* Numbers that are names of domains. A toolstack that looks for a name first takes such an id
     * for another domain. */
    GHashTable *ids_taken;
    char *boot_id; /* of this dom0's boot; NULL when not known */
    /* Path of a disk -> what it leads to: two names of one disk lead to the same. NULL: that was
     * not looked at. */
    GHashTable *disks;
    /* When the list was asked for, by the clock of a backend's now_ms(); 0: not known. */
    gint64 asked_ms;
} Observed;

Observed *observed_new(void);
void observed_free(Observed *observed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observed, observed_free)

ObservedDomain *observed_domain_new(void);
void observed_domain_free(ObservedDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ObservedDomain, observed_domain_free)
/* What `xl list -l` said of it earlier is not known any more. */
void observed_domain_drop_details(ObservedDomain *domain);
SeenSettings *seen_settings_new(void);
void seen_settings_free(SeenSettings *seen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeenSettings, seen_settings_free)
/* Adds an unread member; VALUE may be NULL. */
void seen_settings_add_unread(SeenSettings *seen, const char *path, const char *value,
                              gboolean is_known);
void observed_config_free(ObservedConfig *config);
/* An empty table for `configs`, which frees what is put in. */
GHashTable *observed_configs_new(void);

/* What a disk's path leads to: the path itself, where nothing more is known. */
const char *observed_disk(const Observed *observed, const char *path);

/* The domain with this id, or NULL. */
ObservedDomain *observed_find_domid(const Observed *observed, guint32 domid);
