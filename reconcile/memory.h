/* How much memory a host has to have for a guest. */
#pragma once

#include "spec/spec.h"

/* What a start takes of a host's free memory at least: with less it fails. For hvm and pvh guests
 * that is more than their own: Xen tools/libs/light/libxl_utils.c:
 * libxl__get_required_paging_memory. */
gint64 memory_least_mib(const Domain *domain);
/* What a guest that holds this much may take of a host, all in all: page tables and the like grow
 * with it. */
gint64 memory_most_mib(guint64 memory_mib);
/* Why a domain is not started, or not restarted, for want of memory: the same words in a plan and
 * while it is carried out, so that nobody is told twice. To be freed. */
char *memory_describe_lack(gboolean is_restart, gint64 needed_mib, gint64 left_mib);
