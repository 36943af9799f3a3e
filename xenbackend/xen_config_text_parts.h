/* What the readers of the two dialects share; for xen_config_*.c alone. */
#pragma once

#include "xenbackend/xen_config_text.h"

XenConfigText *xen_config_text_new(const char *source);
XenConfigValue *xen_config_value_new(XenConfigKind kind);
void xen_config_value_free(XenConfigValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenConfigValue, xen_config_value_free)
void xen_config_setting_free(XenConfigSetting *setting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenConfigSetting, xen_config_setting_free)

/* Puts a setting in (takes it over), in the place of the one of its name. An addition puts what was
 * there before in front of its value. FALSE: one of them is a list and the other is not; nothing
 * has changed. */
gboolean xen_config_text_put(XenConfigText *config, XenConfigSetting *setting);

/* A place in a text, for positions; it moves only forward. */
typedef struct {
    const char *at;
    guint line, column; /* from 1 */
} XenConfigCursor;

/* The position of PLACE, which must not be before the cursor. */
void xen_config_cursor_move(XenConfigCursor *cursor, const char *place, guint *line, guint *column);

/* xl's grammar. FALSE: the text is refused; the messages of xl are appended to REPORT, with SOURCE
 * as the name of the file, and *TROUBLE is the first reason. */
gboolean xen_config_parse_xl(XenConfigText *config, const char *source, const char *bytes,
                             gsize length, GString *report, XenConfigTrouble *trouble);
/* What is data in xm's. */
gboolean xen_config_parse_xm(XenConfigText *config, const char *bytes, gsize length,
                             XenConfigTrouble *trouble);
