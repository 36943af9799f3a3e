/* The text of `xl list -v` or `xm list` -> the domains of an Observed.
 *
 * Format: Xen tools/xl/xl_info.c:list_domains (the header's first columns have been the same bytes
 * from 4.1 to 4.22), "%-40s %5d %5lu %5d     %c%c%c%c%c%c  %8.1f" and the columns that the header
 * announces. All widths are minimums, so rows are read from the right, with any number of blanks
 * between columns; a name may be empty, hold blanks or look like another row's columns.
 *
 * A name that holds a newline breaks its row in two. Neither part fits, unless the name was made
 * for it: a whole row with an id that is free. The text of one list cannot show that. */
#pragma once

#include "reconcile/observed.h"

#define XEN_LIST_BYTES_MAX (64u * 1024 * 1024)

/* Reads the whole output of `xl list -v` (LENGTH bytes) into `observed` (domains, state, trouble).
 * The state becomes
 *   UNKNOWN  no header, or no row with id 0;
 *   PARTIAL  a line that does not fit the grammar (also: a last line without its newline), an id
 * that comes twice; COMPLETE otherwise. Never fails: what is wrong is said
 * in `observed->trouble`, in one line: the first line that does not fit, and how many more. With
 * UNKNOWN no domains are kept; what was in `observed->domains` before is dropped in any case. Text
 * without uuids (plain `xl list`) is read too; its uuids are "". */
void xen_list_parse(const char *text, gsize length, Observed *observed);

/* The same of `xm list` (Xen up to 4.4, tools/python/xen/xm/main.py:xm_brief_list): sorted by name,
 * without uuids, and with the domains that xend keeps for later starts, which have no id and no
 * state. They are no domains of an Observed and make no list partial; what their names, and those
 * of the others, take away from ids is in observed->ids_taken. A domain whose name xend does not
 * know is called as xl does. */
void xm_list_parse(const char *text, gsize length, Observed *observed);
