/* The grammar of one line of `xl list`; for xen_list.c only. */
#pragma once

#include "reconcile/observed.h"

/* Headings behind Time(s). */
#define XEN_LIST_EXTRAS_MAX 8

/* What may stand behind Time(s), in the order of the header. */
typedef enum {
    COLUMN_UUID,
    COLUMN_REASON, /* Reason-Code: hexadecimal, or "-" */
    COLUMN_WORD,   /* Security Label, Claimed, Cpupool, NODE Affinity: not used */
    COLUMN_UNKNOWN /* a heading of a release to come: the rest of the row is not looked at */
} XenListColumn;

typedef struct {
    XenListColumn columns[XEN_LIST_EXTRAS_MAX];
    guint count;
} XenListHeader;

/* A piece of the text. */
typedef struct {
    const char *start;
    const char *end;
} Span;

/* Reads the first line of a list; FALSE when it is none. */
gboolean xen_list_header_parse(Span line, XenListHeader *header);

/* Reads a row into `domain`: the place furthest to the right where Time(s) can end, if the columns
 * that the header announces follow there. So a name that looks like a row is still a name. FALSE
 * when the line does not fit; then `domain` holds anything but a name. */
gboolean xen_list_row_parse(Span line, const XenListHeader *header, ObservedDomain *domain);
