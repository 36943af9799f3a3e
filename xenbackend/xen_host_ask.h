/* Asking the other hosts of a fleet what they have, over ssh or what stands in its place. */
#pragma once

#include "reconcile/fleet_hosts.h"
#include "reconcile/host_answer.h"
#include "xenbackend/xen_host.h"

/* Asks these hosts, all at once, and waits for all; each has ask_timeout_ms. Returns a table from
 * their names to HostAnswer, checked to be of the host, of the FLEET and of now. Never NULL: what
 * went wrong is an answer's `trouble`. HOSTS (of FleetHost) must outlive it. */
GHashTable *xen_host_ask_hosts(XenHost *host, const GPtrArray *hosts, const char *fleet);
