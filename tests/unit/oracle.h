/* What the oracles share: the names of what Xen's parser has read, and telling what differs. */
#pragma once

#include <glib.h>

/* libxlutil tells the value of a key but not which keys there are. These are the beginnings of its
 * own structures, the same since Xen 4.1 (tools/libs/util/libxlu_internal.h);
 * test_oracle_sees_all_keys holds them against the library that is installed. */
typedef struct XluSetting {
    const struct XluSetting *next;
    const char *name;
} XluSetting;

typedef struct {
    const XluSetting *settings;
} XluConfigStart;

/* Appends what differs to WHY, in one line. Always returns FALSE. */
gboolean oracle_differ(GString *why, const char *format, ...) G_GNUC_PRINTF(2, 3);
