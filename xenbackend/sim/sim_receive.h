/* The target's side of a migration: what `xl migrate-receive` does (Xen
 * tools/xl/xl_migrate.c:migrate_receive). */
#pragma once

#include "xenbackend/sim/sim_host.h"

/* What the receiver waits for. It is what it does when the sender has died: its stream ends, and it
 * acts before anybody looks. */
typedef enum {
    SIM_RECEIVER_NONE = 0,   /* there is none (any more) */
    SIM_RECEIVER_MEMORY,     /* the stream: gives its copy up */
    SIM_RECEIVER_PERMISSION, /* the leave to start: gives its copy up */
    SIM_RECEIVER_START,      /* nothing: the leave is on its way, it will start its copy */
    SIM_RECEIVER_START_PAUSED
} SimReceiver;

typedef enum { SIM_RECEIVE_DONE, SIM_RECEIVE_NAME_TAKEN, SIM_RECEIVE_NO_MEMORY } SimReceiveResult;

/* NAME--incoming appears, paused and empty, under *DOMID. It is a copy of DOMAIN with the stored
 * config CONFIG. The caller's process is its sender. */
SimReceiveResult sim_receive_begin(SimHost *target, const SimDomain *domain, const char *config,
                                   gboolean has_no_monitor, gint64 *domid);
/* All of its memory is there. */
void sim_receive_complete(SimHost *target, gint64 domid, const SimDomain *domain);
/* What its receiver waits for from now on. */
void sim_receive_await(SimHost *target, gint64 domid, SimReceiver receiver);
/* TRUE: somebody has killed it. */
gboolean sim_receive_is_dead(SimHost *target, gint64 domid);
/* It takes its real name and, unless it stays paused, starts. FALSE: the name is taken, and nothing
 * has changed. */
gboolean sim_receive_start(SimHost *target, gint64 domid, gboolean stays_paused);
/* The sender of DOMAIN has died: its receiver has acted on it. FALSE: it gives its copy up, and the
 * caller removes it. */
gboolean sim_receive_lose_sender(const GPtrArray *domains, SimDomain *domain);
