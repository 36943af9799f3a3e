/* The JSON of `xl list -l ID` -> the details of a domain. The only file of this folder that reads JSON. */
#pragma once

#include "reconcile/observed.h"

/* Fills has_details, target_mib, maximum_mib, vcpus_available and vcpus_maximum of `domain` from the
 * output for that one domain (an array of one, or a bare object, as releases differ). Returns FALSE and leaves `domain` untouched when the text is no JSON, is about another domid or
 * another uuid (a uuid may be missing), or lacks target_memkb: then the values are unseen, which is not an
 * error of the host. *trouble (may be NULL) gets the reason, to be freed. KiB are rounded up to MiB: Xen's
 * own target may be 1 KiB short (dom0: 786431 of 786432). */
gboolean xen_list_long_parse(const char *text, gsize length, ObservedDomain *domain, char **trouble);
