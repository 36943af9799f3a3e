/* The JSON of `xl list -l ID` -> the details of a domain, and its settings.
 *
 * Format: Xen tools/xl/xl_info.c:list_domains_details, an array of {"domid": N, "config":
 * {"c_info": {...}, "b_info": {...}}}, whose members are those of libxl_domain_config
 * (tools/libs/light/libxl_types.idl). Members that have their default are left out. */
#pragma once

#include "reconcile/observed.h"

/* A domain with hundreds of disks has less than 100 KiB. */
#define XEN_LIST_LONG_BYTES_MAX (4u * 1024 * 1024)
/* An ordinary one has about 2 KiB. */
#define XEN_LIST_LONG_ALL_BYTES_MAX (64u * 1024 * 1024)

/* Fills has_details, target_mib, maximum_mib, vcpus_available, vcpus_maximum and settings (in the
 * place of earlier ones) of `domain` from the output for that one domain (an array of one, or a
 * bare object, as releases differ); domain->domid and domain->uuid say which it is. Each of the
 * last three is 0 where the text does not say it (dom0 has no max_vcpus). Returns FALSE and leaves
 * `domain` untouched when the text is no JSON, is longer than XEN_LIST_LONG_BYTES_MAX, is about
 * another domid or another uuid (a uuid may be missing), or lacks target_memkb (an empty array sets
 * is_incomplete): then the values are unseen, which is not an error of the host. *trouble (may be
 * NULL) gets the reason, to be freed. KiB are rounded up to MiB: Xen's own target may be 1 KiB
 * short (dom0: 786431 of 786432). */
gboolean xen_list_long_parse(const char *text, gsize length, ObservedDomain *domain,
                             char **trouble);

/* Fills the same of all rows of `observed` that have one of these domids (guint32), from the output
 * for all domains: an array. A row that the text does not tell of, or whose uuid it
 * does not say, or of which the above would refuse it, stays as it is: libxl leaves a domain out
 * whose config it cannot get, and the command succeeds all the same
 * (libxl_domain.c:libxl_retrieve_domain_configuration). Returns FALSE, with the reason in *trouble
 * (may be NULL, to be freed), and touches no row where the text is no JSON array, is longer than
 * XEN_LIST_LONG_ALL_BYTES_MAX, or is about one domid twice. */
gboolean xen_list_long_parse_all(const char *text, gsize length, Observed *observed,
                                 const GArray *domids, char **trouble);
