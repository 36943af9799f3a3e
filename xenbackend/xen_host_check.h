/* Whether a host has what the start of a domain needs of it (spec/host_needs.h). */
#pragma once

#include "spec/host_needs.h"
#include "xenbackend/xen_host.h"

typedef enum {
    FINDING_MISSING,  /* a file, a disk or an interface of dom0: the start would fail */
    FINDING_LATE_KEY, /* the toolstack's release would pass over a key without a word */
    FINDING_MEMORY,   /* more than the host has: the start would fail */
    FINDING_CPUS      /* more than the host has: the start goes well, and is a waste */
} HostFindingKind;

typedef struct {
    HostFindingKind kind;
    Position where; /* of the value in the spec */
    char *message;  /* in words: "expected ..., found ..." */
    char *brief;    /* "kernel /boot/b", "vifs.vlan (since Xen 4.19)" */
} HostFinding;

/* What the domain lacks on this host: of HostFinding, in the order of the key table; to be freed.
 * INFO: what the toolstack says of the host, NULL when it does not answer; what is not known is
 * not lacking. Files and interfaces of a simulated host are looked for in the folder "root" of its
 * own, and not at all where there is none. */
GPtrArray *xen_host_check_domain(XenHost *host, const XenInfo *info, const Domain *domain);
/* Why it is not known which keys of the domain this host's release lacks, in words; NULL: it is,
 * or every release has them all. */
const char *xen_host_check_doubt(const XenHost *host, const XenInfo *info, const Domain *domain);

/* What the path of a disk leads to, as text that is the same for all names of one disk; to be
 * freed. NULL: it is not there, or not a disk below /dev, which alone can be looked at without
 * waiting. */
char *xen_host_identify_disk(const XenHost *host, const char *path);

/* The briefs of what a start would fail for, in a row, and not more than a few; to be freed. NULL:
 * there is nothing. */
char *host_findings_describe_missing(const GPtrArray *findings);
/* The same of keys that the toolstack would pass over. */
char *host_findings_describe_late_keys(const GPtrArray *findings);
