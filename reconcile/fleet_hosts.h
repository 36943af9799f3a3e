/* The other hosts of the fleet: those that the spec names, and those that an earlier one named. One
 * that was taken out of `hosts` may still run what was its, so that it is asked as the others are,
 * until an operator says that it is to be forgotten. */
#pragma once

#include "reconcile/record.h"
#include "spec/spec.h"

typedef struct {
    char *name;
    char *address;      /* how it is reached; NULL: that is not known */
    gboolean is_former; /* the spec does not name it any more */
} FleetHost;

FleetHost *fleet_host_new(const char *name, const char *address, gboolean is_former);
void fleet_host_free(FleetHost *host);

/* All hosts but HOST: in the order of the spec, then the former ones in byte order of their names.
 * To be unreffed. */
GPtrArray *fleet_hosts_list(const Spec *spec, const Record *record, const char *host);
/* Is there any? */
gboolean fleet_hosts_are_there(const Spec *spec, const Record *record, const char *host);
/* Puts down which hosts the spec names beside HOST; a forgotten one is known again. Returns TRUE
 * when something was changed. */
gboolean fleet_hosts_note(Record *record, const Spec *spec, const char *host);
/* Puts down the former hosts that others know of: whoever joins the fleet has not seen them. Where
 * they are reached is not taken from others. ANSWERS: name -> HostAnswer, checked. Returns TRUE
 * when something was changed. */
gboolean fleet_hosts_learn(Record *record, const Spec *spec, const char *host, GHashTable *answers);
/* Drops a host that an operator knows to run nothing any more. FALSE: no such host is known. */
gboolean fleet_hosts_forget(Record *record, const char *name);
