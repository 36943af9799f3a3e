/* The text of a Xen domain config file -> its assignments, read as xl reads it: the same texts are
 * accepted and refused, with the same values and the same messages.
 *
 * Grammar and lexical rules: Xen tools/libs/util/libxlu_cfg_l.l and libxlu_cfg_y.y; how strings
 * lose their quotes and how values are asked for: libxlu_cfg.c (xlu__cfgl_dequote, xlu_cfg_get_*).
 */
#pragma once

#include <glib.h>

#define SIM_CONFIG_BYTES_MAX (4u * 1024 * 1024)
#define SIM_CONFIG_DEPTH_MAX 64u

typedef struct SimConfig SimConfig;

typedef struct {
    gboolean is_list;
    char *text;       /* of a single value */
    GPtrArray *items; /* of SimConfigValue, of a list */
} SimConfigValue;

void sim_config_value_free(SimConfigValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimConfigValue, sim_config_value_free)
SimConfigValue *sim_config_list_new(void);
/* For readers of other languages: an empty config, and an assignment (the value is taken over). */
SimConfig *sim_config_new(const char *source);
void sim_config_put(SimConfig *config, const char *name, SimConfigValue *value, int line);

/* Reads LENGTH bytes. NULL when the text is refused; the messages that xl would print are appended
 * to REPORT, with SOURCE as the name of the file. */
SimConfig *sim_config_parse(const char *source, const char *bytes, gsize length, GString *report);
void sim_config_free(SimConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimConfig, sim_config_free)

/* The last value assigned to NAME, or NULL. */
const SimConfigValue *sim_config_get(const SimConfig *config, const char *name);

/* A single value as text; NULL when there is none or it is a list (then a warning goes to REPORT,
 * which may be NULL: no warnings). Owned by the config. */
const char *sim_config_get_string(const SimConfig *config, const char *name, GString *report);
/* A number (strtol, base 0). FALSE and *VALUE untouched when there is none or it is not one. */
gboolean sim_config_get_long(const SimConfig *config, const char *name, long *value,
                             GString *report);
/* The values of a list up to the first that is itself a list (as xl's loops end there), or NULL. */
GPtrArray *sim_config_get_list(const SimConfig *config, const char *name, GString *report);
