/* What the start of a domain needs of its host, by the spec alone: files, disks and interfaces of
 * dom0, and keys that the host's xl or xm has to know. Which rows name what is a column of the key
 * tables; whether it is there is for xenbackend to see. */
#pragma once

#include "spec/spec.h"

typedef enum {
    NEED_FILE,
    NEED_DISK,        /* a block device or an image file */
    NEED_BRIDGE,      /* a bridge of Linux, or one of Open vSwitch */
    NEED_OPENVSWITCH, /* a bridge of Open vSwitch, with VLANs behind its name */
    NEED_INTERFACE
} HostNeedKind;

/* One value of a domain: what a message about it says. */
typedef struct {
    const KeyRow *row;  /* of the domain: disks */
    const KeyRow *part; /* of the device: path; NULL: it is the row itself */
    const Value *value; /* where it stands */
} ValuePlace;

typedef struct {
    HostNeedKind kind;
    ValuePlace place;
    const char *name; /* the path, or the name of the interface */
} HostNeed;

/* A key that a release of xl or xm lacks, and would pass over without a word. */
typedef struct {
    ValuePlace place;
    guint since; /* XEN_RELEASE that has it */
} LateKey;

/* Of HostNeed, in the order of the table. What belongs to a driver domain, what a hotplug script
 * makes of a disk or of a vif, and what a bootloader finds in the guest's disk is no need of dom0.
 * To be freed with g_array_unref(). */
GArray *host_needs_find(const Domain *domain);
/* Of LateKey: what xl or xm of RELEASE (XEN_RELEASE; 0: the first) lacks of the keys that the
 * domain's config has. To be freed with g_array_unref(). */
GArray *late_keys_find(const Domain *domain, XenDialect dialect, guint release);

/* A value that bounds of its source have to fit. */
typedef struct {
    KeyBound bound; /* never BOUND_NOTHING */
    ValuePlace place;
    char *name; /* the path; of a device KEY:VALUE: "pci:01:00.0", "irqs:9", "usbdev:3.7" by bus and
                   address; of BOUND_PROGRAMS: NULL */
} BoundValue;
/* Of BoundValue, in the order of the table: all values of the domain by which it reaches something
 * of its host, whoever serves it. To be freed with g_array_unref(). */
GArray *bound_values_find(const Domain *domain);

/* "kernel", "disks.path". */
void value_place_append_name(const ValuePlace *place, GString *out);
