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

/* Whose list it is. */
typedef enum { LIST_OF_XL, LIST_OF_XM } XenListKind;

typedef struct {
    XenListKind kind;
    XenListColumn columns[XEN_LIST_EXTRAS_MAX];
    guint count;
} XenListHeader;

/* A piece of the text. */
typedef struct {
    const char *start;
    const char *end;
} Span;

/* Reads the first line of a list of header->kind; FALSE when it is none. */
gboolean xen_list_header_parse(Span line, XenListHeader *header);

/* Reads a row into `domain`: the place furthest to the right where Time(s) can end, if the columns
 * that the header announces follow there. So a name that looks like a row is still a name. FALSE
 * when the line does not fit; then `domain` holds anything but a name. */
gboolean xen_list_row_parse(Span line, const XenListHeader *header, ObservedDomain *domain);

/* Reads the row of a domain that xend knows and that does not run: it has neither an id nor a
 * state. Xen up to 4.4, tools/python/xen/xend/XendConfig.py:to_sxp. FALSE when the line is none. */
gboolean xm_list_row_parse_halted(Span line, Span *name);

/* Decodes six letters of a domain's state, each by itself, because every combination occurs. xm's
 * fifth says no reason but a crash, and a crash takes away the fourth
 * (tools/python/xen/lowlevel/xc). FALSE when they are none; then `domain` holds anything. */
gboolean xen_list_state_decode(XenListKind kind, const char *letters, ObservedDomain *domain);
