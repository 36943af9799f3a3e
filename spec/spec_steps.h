/* The steps of spec_finish(), for spec_*.c alone. */
#pragma once

#include "spec/spec.h"

/* Profiles into domains, uuids, MACs (spec_merge.c). */
void spec_merge(Spec *spec, Problems *problems);
/* A profile as if it were a domain with no defaults, for checks; it holds nothing of its own. */
Domain domain_of_profile(const char *name, Settings *profile);
/* The layer that decides on a key: the domain's own, its profile's, the default profile's, or NULL
 * (the table's default). Values that were made from others count as what they were made from. */
const Settings *domain_layer_of(const Domain *domain, guint key);
/* Was the value that would hold refused? Nothing that follows from it is worth a complaint. */
gboolean domain_is_refused(const Domain *domain, guint key);
/* `devid`, or the position when it is left out. */
gint64 vif_devid(const Settings *vif, guint position);
/* Is it a CD-ROM drive, which is read only and may be empty? (spec_check_devices.c) */
gboolean disk_is_cdrom(const Settings *disk);

/* What concerns more than one key (spec_check.c). */
void spec_check(Spec *spec, const char *const *programs, Problems *problems);
/* What concerns more than one domain: uuids, MACs, `after` (spec_check_fleet.c). */
void spec_check_fleet(Spec *spec, Problems *problems);
/* One disk in two domains (spec_check_disks.c). */
void spec_check_shared_disks(const Spec *spec, Problems *problems);
/* "file:line", for "it is also at ..."; to be freed. */
char *spec_describe_place(Position where);
