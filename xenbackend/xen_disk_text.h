/* The specification of a disk, as it stands in config files and on xl's command line: positional or
 * as key=value, with all prefixes that are out of use ("phy:", "tap:aio:", "qcow2:", ...).
 *
 * Grammar: Xen tools/libs/util/libxlu_disk_l.l and libxlu_disk.c:xlu_disk_parse. */
#pragma once

#include <glib.h>

/* Is a flag said, and how? */
typedef enum { XEN_FLAG_UNSAID, XEN_FLAG_NO, XEN_FLAG_YES } XenFlag;

typedef struct {
    char *target; /* NULL or "": none (an empty drive) */
    char *vdev;
    char *format;      /* "raw", "qcow2", ..., "empty" */
    char *backendtype; /* "phy", "qdisk", "tap", "standalone"; NULL: not said */
    char *backend;     /* the domain that serves it; NULL: not said */
    char *script;
    gboolean is_cdrom;
    gboolean is_read_only;
    XenFlag discard, trusted, direct_io_safe;
    char *other; /* the first key or flag that has no member here ("colo-host"); NULL: none */
} XenDiskText;

XenDiskText *xen_disk_text_new(void);
void xen_disk_text_free(XenDiskText *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenDiskText, xen_disk_text_free)

/* Reads the COUNT pieces of one disk's specification. NULL when xl would refuse it; its message,
 * with SOURCE as the name of the file ("command line"), is appended to REPORT. */
XenDiskText *xen_disk_text_parse(const char *source, const char *const *pieces, guint count,
                                 GString *report);
