/* The steps of spec_finish(), for spec_*.c alone. What concerns one domain is done in one go, while
 * its values are at hand. */
#pragma once

#include "spec/spec.h"

/* Profiles into a domain, its uuid, its MACs (spec_merge.c). */
void spec_merge_domain(const Spec *spec, Domain *domain, Problems *problems);
/* What holds where a domain itself says nothing: one for all domains with the same profile and type
 * of guest, since fleets have thousands of them (domain_base.c). */
struct DomainBase {
    const Settings *profile;      /* NULL: none */
    guint type;                   /* GUEST_*; 0: not known */
    const Value *const *defaults; /* the table's, for this type */
    const Value *values[DOMAIN_KEY_COUNT];
};

GHashTable *domain_bases_new(void);
/* Finds or makes the base of a domain whose own settings and profiles are there. */
void domain_find_base(const Spec *spec, Domain *domain);
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
void spec_check_domain(const Spec *spec, const Domain *domain, const char *const *programs,
                       Problems *problems);
void spec_check_profiles(const Spec *spec, const char *const *programs, Problems *problems);
/* What concerns more than one domain: uuids, MACs, `after` (spec_check_fleet.c). */
void spec_check_fleet(const Spec *spec, Problems *problems);
/* One disk in two domains (spec_check_disks.c): holds a domain's disks against those of the domains
 * before, which are in USES, and adds them to it. */
GHashTable *disk_uses_new(void);
void spec_check_shared_disks(GHashTable *uses, const Domain *domain, Problems *problems);
/* What a host has once, in two domains (spec_check_once.c): the same for displays, interfaces,
 * devices and sockets. */
GHashTable *once_uses_new(void);
void spec_check_once(GHashTable *uses, const Domain *domain, Problems *problems);
/* "file:line", for "it is also at ..."; to be freed. */
char *spec_describe_place(Position where);
