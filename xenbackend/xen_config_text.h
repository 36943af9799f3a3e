/* The text of a Xen domain config file -> its assignments, read as xl reads it: the same texts are
 * accepted and refused, with the same values and the same messages.
 *
 * Grammar and lexical rules: Xen tools/libs/util/libxlu_cfg_l.l and libxlu_cfg_y.y; how strings
 * lose their quotes and how values are asked for: libxlu_cfg.c (xlu__cfgl_dequote, xlu_cfg_get_*).
 */
#pragma once

#include <glib.h>

#define XEN_CONFIG_TEXT_BYTES_MAX (4u * 1024 * 1024)
#define XEN_CONFIG_TEXT_DEPTH_MAX 64u

typedef struct XenConfigText XenConfigText;

typedef struct {
    gboolean is_list;
    char *text;       /* of a single value */
    GPtrArray *items; /* of XenConfigValue, of a list */
} XenConfigValue;

/* Reads LENGTH bytes. NULL when the text is refused; the messages that xl would print are appended
 * to REPORT, with SOURCE as the name of the file. */
XenConfigText *xen_config_text_parse(const char *source, const char *bytes, gsize length,
                                     GString *report);
void xen_config_text_free(XenConfigText *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenConfigText, xen_config_text_free)

/* The last value assigned to NAME, or NULL. */
const XenConfigValue *xen_config_text_get(const XenConfigText *config, const char *name);

/* A single value as text; NULL when there is none or it is a list (then a warning goes to REPORT,
 * which may be NULL: no warnings). Owned by the config. */
const char *xen_config_text_get_string(const XenConfigText *config, const char *name,
                                       GString *report);
/* A number (strtol, base 0). FALSE and *VALUE untouched when there is none or it is not one. */
gboolean xen_config_text_get_long(const XenConfigText *config, const char *name, long *value,
                                  GString *report);
/* The values of a list up to the first that is itself a list (as xl's loops end there), or NULL. */
GPtrArray *xen_config_text_get_list(const XenConfigText *config, const char *name, GString *report);
