/* The text of `xl info` (or `xm info`) -> facts about the node.
 *
 * Format: Xen tools/xl/xl_info.c:print_info, one "%-22s : value" a line. Split at the first colon;
 * a line that begins with a blank continues the value before (xm 3.3 and 4.0) and is passed over.
 */
#pragma once

#include <glib.h>

/* A longer text is not read at all: everything in it counts as missing. */
#define XEN_INFO_BYTES_MAX (1024u * 1024)

/* Each is -1 / NULL where the output lacks it or says something absurd (xl exits 0 even when it
 * could not read the memory figures; free_memory can wrap to 7e16 when claims exceed free pages).
 */
typedef struct {
    gint64 total_memory_mib;
    gint64 free_memory_mib;
    gint64 nr_cpus;
    gint64 nr_nodes;
    gint64 cores_per_socket;
    gint64 threads_per_core;
    char *xen_version; /* "4.17.7"; put together from xen_major, xen_minor and xen_extra where
                          missing */
    guint release;     /* the same as XEN_RELEASE (spec/key_table.h); 0: not known */
    char *xen_commandline;
    char *xen_caps;
    char *xen_scheduler; /* "credit2" */
    /* What was missing or absurd, in words, one per line; NULL: nothing. */
    char *trouble;
} XenInfo;

/* Is dom0's memory fixed by the hypervisor's command line, so that xl takes none of it for guests
 * (Xen tools/xl/xl.c:auto_autoballoon)? FALSE where that is not known. */
gboolean xen_info_has_fixed_dom0(const XenInfo *info);

/* Reads LENGTH bytes. Never fails and never returns NULL. Of a key that comes twice the first
 * counts. */
XenInfo *xen_info_parse(const char *text, gsize length);
void xen_info_free(XenInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenInfo, xen_info_free)
