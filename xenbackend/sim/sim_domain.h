/* One simulated domain: what is known of it, and its line-by-line text in the state folder. */
#pragma once

#include "xenbackend/sim/sim_guest.h"

/* Why a domain is shut down; the numbers are Xen's (xen/include/public/sched.h: SHUTDOWN_*). */
typedef enum {
    SIM_REASON_RUNNING = -1, /* it is not */
    SIM_REASON_POWEROFF = 0,
    SIM_REASON_REBOOT = 1,
    SIM_REASON_SUSPEND = 2,
    SIM_REASON_CRASH = 3,
    SIM_REASON_WATCHDOG = 4
} SimReason;

/* Who carries out on_poweroff and its kind. A number above 0 is the process that does. */
#define SIM_MONITOR_NONE 0
#define SIM_MONITOR_LAZY (-1) /* whichever command comes next, as if it had been done in time */

/* All numbers are of one type, so that one table reads and writes them. Times of the wall clock are
 * in ms since 1970; guest times are in ms of running (a paused guest's stand still). */
typedef struct {
    gint64 domid;
    char *name;
    char uuid[37];
    gint64 type;       /* SimType */
    gint64 memory_kib; /* held now */
    gint64 target_kib, maximum_kib;
    gint64 vcpus, maximum_vcpus; /* online; configured */
    gint64 weight, cap;
    gint64 pause_count;
    gint64 is_building, is_zombie;
    gint64 has_pv_drivers;
    gint64 follows_target; /* the guest balloons to its target */
    gint64 created_ms;
    gint64 running_since_ms; /* 0: it does not run */
    gint64 ran_ms;           /* guest time up to then */
    gint64 mode;             /* SimMode */
    gint64 boot_ms, shutdown_ms, after_ms;
    gint64 event_at_ms; /* guest time of the next event; -1: none */
    gint64 event_reason;
    gint64 reason; /* SimReason */
    gint64 shut_at_ms;
    gint64 restart_at_ms; /* it is gone, and comes back then; 0: no */
    gint64 on_poweroff, on_reboot, on_crash, on_watchdog; /* SimAction */
    gint64 monitor;
    gint64 sender;   /* the process of the `migrate` that it comes from; 0: of none */
    gint64 receiver; /* SimReceiver (sim_receive.h) */
} SimDomain;

SimDomain *sim_domain_new(void);
void sim_domain_free(SimDomain *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimDomain, sim_domain_free)

/* Text of the domain's file, and back. FALSE: not such a text. */
void sim_domain_format(const SimDomain *domain, GString *out);
gboolean sim_domain_parse(const char *text, gsize length, SimDomain *domain);
/* As above for the first of several; *TEXT is stepped over it. */
gboolean sim_domain_parse_next(const char **text, const char *end, SimDomain *domain);

/* Guest time at NOW. */
gint64 sim_domain_ran_ms(const SimDomain *domain, gint64 now_ms);
gboolean sim_domain_has_run(const SimDomain *domain);
gboolean sim_domain_is_shut(const SimDomain *domain);
/* In the list: not one that is about to be restarted. */
gboolean sim_domain_is_listed(const SimDomain *domain);
/* Begins a life: nothing has run yet, the guest's own events are planned. */
void sim_domain_begin(SimDomain *domain, gint64 now_ms, gboolean is_paused);
void sim_domain_pause(SimDomain *domain, gint64 now_ms);
void sim_domain_unpause(SimDomain *domain, gint64 now_ms);
/* Marks it as shut down for REASON at a moment. */
void sim_domain_shut(SimDomain *domain, SimReason reason, gint64 at_ms);
/* It goes on after a suspend. */
void sim_domain_resume(SimDomain *domain, gint64 now_ms);
/* Asks the guest to power off or reboot. It acts on it once it has booted and runs, if it is of
 * that kind. */
void sim_domain_request(SimDomain *domain, SimReason reason, gint64 now_ms);
/* TRUE: a request is acknowledged at NOW. */
gboolean sim_domain_acknowledges(const SimDomain *domain, gint64 now_ms);
SimAction sim_domain_action(const SimDomain *domain);
