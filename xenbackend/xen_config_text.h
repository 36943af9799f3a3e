/* The text of a Xen domain config file -> its assignments.
 *
 * xl's files are read as xl reads them: the same texts are accepted and refused, with the same
 * values and the same messages. Grammar and lexical rules: Xen tools/libs/util/libxlu_cfg_l.l and
 * libxlu_cfg_y.y; how strings lose their quotes and how values are asked for: libxlu_cfg.c
 * (xlu__cfgl_dequote, xlu_cfg_get_*).
 *
 * xm executes its files as Python (Xen 4.4, tools/python/xen/xm/opts.py:Opts.load). Of that, what
 * is data is read: assignments of texts, numbers and lists. Code is refused, and nothing is
 * executed. */
#pragma once

#include "spec/key_table.h"

#define XEN_CONFIG_TEXT_BYTES_MAX (4u * 1024 * 1024)
#define XEN_CONFIG_TEXT_DEPTH_MAX 64u

typedef struct XenConfigText XenConfigText;

typedef enum {
    XEN_CONFIG_ATOM, /* a text or a number: what a number says is kept as it was written */
    XEN_CONFIG_LIST,
    XEN_CONFIG_NOTHING /* of xm: None, True, False or a tuple, which xm does not look at */
} XenConfigKind;

typedef struct {
    XenConfigKind kind;
    gboolean is_number; /* an atom without quotes */
    guint line, column; /* where it begins, from 1; columns in characters */
    char *text;         /* of an atom, and of nothing: as it was written */
    GString *joined;    /* what `text` points into, where it was added to; else NULL */
    GPtrArray *items;   /* of XenConfigValue, of a list */
} XenConfigValue;

/* The last assignment of a name. */
typedef struct {
    char *name;
    guint line, column; /* of the name */
    gboolean is_addition;
    int xl_line; /* as xl counts it */
    XenConfigValue *value;
} XenConfigSetting;

/* Why a text was refused. */
typedef struct {
    guint line, column;
    char *message; /* "expected ..., found ..."; to be freed */
} XenConfigTrouble;

/* Reads LENGTH bytes in a dialect. NULL when the text is refused; *TROUBLE is then the first
 * reason.
 */
XenConfigText *xen_config_text_read(XenDialect dialect, const char *bytes, gsize length,
                                    XenConfigTrouble *trouble);
/* Reads LENGTH bytes as xl does. NULL when the text is refused; the messages that xl would print
 * are appended to REPORT, with SOURCE as the name of the file. */
XenConfigText *xen_config_text_parse(const char *source, const char *bytes, gsize length,
                                     GString *report);
void xen_config_text_free(XenConfigText *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenConfigText, xen_config_text_free)

/* The settings, each name once, in the order in which the names first stand in the text. */
guint xen_config_text_count(const XenConfigText *config);
const XenConfigSetting *xen_config_text_nth(const XenConfigText *config, guint index);
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
