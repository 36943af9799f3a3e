/* A host in memory, with a clock of its own: domains, config files and the record on disk, behind
 * the same table of functions that a real host fills. What goes wrong on it is ordered before. It
 * watches what is done to it and keeps the first thing that must never happen. */
#pragma once

#include "reconcile/execute.h"

/* What becomes of one changing command. */
typedef enum {
    FAULT_NONE,
    FAULT_NOT_STARTED, /* the program cannot be run */
    FAULT_FAILS,       /* exits with 1, having done nothing */
    FAULT_NOTHING,     /* exits with 0, having done nothing */
    FAULT_DID,         /* does it, and exits with 3 */
    FAULT_CUT,         /* hangs and is cut off, having done nothing */
    FAULT_CUT_HALF,    /* the same, having done half of it (create: half a domain) */
    FAULT_CUT_DID,     /* does it, hangs, and is cut off */
    FAULT_LEFT_BEHIND, /* hangs, cannot be ended, and does it later */
    FAULT_LINGERS,     /* destroy: a zombie is left for a minute */
    FAULT_COUNT
} Fault;

/* What happens to the first domain of the host by another hand. */
typedef enum {
    EVENT_NONE,
    EVENT_VANISHES,   /* it is gone without a trace */
    EVENT_REBOOTS,    /* missing for 2 s, then built anew by Xen's monitor, with another id */
    EVENT_CRASHES,    /* its remains stay */
    EVENT_POWERS_OFF, /* the same */
    EVENT_NEW_ID,     /* it has another id from one moment to the next */
    EVENT_COMES_BACK, /* what was shut down last runs again as it was, with another id */
    EVENT_SECOND,     /* a second domain of its uuid runs */
    EVENT_NAMESAKE,   /* another domain of its name runs */
    EVENT_MIGRATES,   /* it is sent away by hand: suspended, under another name */
    EVENT_COUNT
} Event;

typedef struct {
    guint32 domid;
    char uuid[UUID_TEXT_SIZE];
    char *name;
    char *settings; /* that it was created with, as the spec had them */
    char *stored;   /* that its monitor has for its reboot; NULL: none */
    guint64 target_mib;
    guint32 vcpus;
    gboolean is_whole; /* built to the end */
    gboolean is_paused;
    gboolean is_shut_down;
    ShutdownReason reason;
    gboolean has_run;
    gboolean is_zombie;
    gboolean ignores_shutdown;
    gboolean has_monitor; /* clears it away, and restarts it where its config says so */
    gboolean is_restarted_after_poweroff;
    gint64 changes_ms; /* when the next thing happens to it; -1: nothing */
} HostDomain;

typedef struct {
    gint64 clock_ms;
    guint32 next_domid;
    GPtrArray *domains;     /* of HostDomain */
    GPtrArray *rebuilds;    /* of HostDomain: the monitor builds them anew at changes_ms */
    HostDomain *last;       /* what was shut down last; NULL: nothing was */
    GPtrArray *commands;    /* under way, or left behind */
    GHashTable *configs;    /* name -> the settings in the file */
    GHashTable *boot_links; /* names whose file a link in /etc/xen/auto leads to; a set */
    Record *disk;           /* what the journal says */
    const Plan *plan;       /* what is being carried out; NULL: nothing */
    Observed *shown;        /* a copy of the last list */
    gint64 shown_ms;

    void (*spoil)(Plan *plan, Observed *observed); /* done to what is carried out; may be NULL */

    gint64 memory_mib; /* for guests; 0: as much as they like, and nobody is told */

    /* Orders. A number counts from 0; -1 is never. */
    Fault fault;
    int fault_at_command;
    Event event;
    int event_at_call;
    ObservationState list_state; /* of the lists that are not complete */
    int bad_lists_from;
    int bad_lists; /* how many */
    int journal_fails_at;
    gboolean journal_fails_always; /* from then on */
    int config_fails_at;
    int dies_at_call; /* xensure is killed: nothing of it reaches the host any more */

    /* What was counted: */
    int calls; /* of everything below, and of config files that were written or removed */
    int commands_started;
    int lists_made;
    int journals_written;
    int configs_touched;
    gboolean is_dead;
    gboolean has_journal_failed;

    char *violation; /* the first thing that must never happen, in one line; NULL: none did */
} ScriptedHost;

ScriptedHost *scripted_host_new(void);
void scripted_host_free(ScriptedHost *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScriptedHost, scripted_host_free)

/* Takes all orders back, begins to count anew. */
void scripted_host_reset(ScriptedHost *host);
/* A domain as it is while it is being built, to be made as it should be. */
HostDomain *scripted_host_add(ScriptedHost *host, const char *name, const char *uuid,
                              const char *settings);
/* Time passes. */
void scripted_host_advance(ScriptedHost *host, gint64 ms);
void scripted_host_do_event(ScriptedHost *host, Event event);
/* One run of xensure on the host, as the program does it: settle, plan, look again and closer,
 * carry out. NULL: the list was not complete. To be freed by outcomes_free(). */
GArray *scripted_host_apply(ScriptedHost *host, const Spec *spec, guint parallel);
void outcomes_free(GArray *outcomes);
/* What another run would still do, in one line and to be freed; NULL: nothing. */
char *scripted_host_pending(ScriptedHost *host, const Spec *spec);
HostDomain *scripted_host_find(const ScriptedHost *host, const char *uuid);
