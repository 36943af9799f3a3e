/* The text of `xm list --long`: who the domains of `xm list` are, and what they were given.
 *
 * Format: one (domain (KEY VALUE) ...) for each, in any order of keys (Xen up to 4.4,
 * tools/python/xen/xend/XendConfig.py:to_sxp).
 *
 * Why two lists: xm's brief one does not say a uuid, and its long one cannot be trusted to be
 * whole: xend leaves out a domain, without a word, when it cannot read one of its devices
 * (xend/server/XMLRPCServer.py:domains_with_state), which it does not look at for the brief one. So
 * a domain is here if either list has it. The lists are of different moments. A row gets the uuid
 * that the long list gives its id only if the name is the same as well; otherwise it keeps none,
 * and such a row is never taken for ours and holds every start. Whoever makes the lists may make
 * them again. */
#pragma once

#include "reconcile/observed.h"

/* Reads the whole output (LENGTH bytes) and puts into the rows of `observed`, which is of `xm
 * list`, uuids and details; rows that the brief list lacks are added. A row that is paused and has
 * never run gets no details and is_incomplete: that its devices are there is known to the `xm
 * create` alone that made it (xm/create.py:make_domain). `online_vcpus` is what the guest has
 * online, not what it was given: vcpus_available stays unseen.
 *
 * FALSE: the lists do not agree, because the host changed between them. The state stays as it is,
 * or becomes PARTIAL, with `trouble`, where the text is no such list, an entry does not fit, an id
 * comes twice, or Domain-0 is missing. */
gboolean xm_list_identify(const char *text, gsize length, Observed *observed);

/* As xen_list_long_parse() does of xl's: the details of one domain from `xm list --long ID`. */
gboolean xm_list_long_parse(const char *text, gsize length, ObservedDomain *domain, char **trouble);
