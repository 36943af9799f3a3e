#include "xenbackend/xen_config_text.h"

#include "xenbackend/xen_config_text_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct XenConfigText {
    char *source;
    GPtrArray
        *settings; /* of XenConfigSetting: the last of each name, which is the one that counts */
    GHashTable *by_name; /* name -> XenConfigSetting */
};

void xen_config_setting_free(XenConfigSetting *setting)
{
    if (setting == NULL) {
        return;
    }
    xen_config_value_free(setting->value);
    g_free(setting->name);
    g_free(setting);
}

XenConfigText *xen_config_text_new(const char *source)
{
    XenConfigText *config = g_new0(XenConfigText, 1);
    config->source = g_strdup(source);
    config->settings = g_ptr_array_new_with_free_func((GDestroyNotify)xen_config_setting_free);
    config->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    return config;
}

void xen_config_text_free(XenConfigText *config)
{
    if (config == NULL) {
        return;
    }
    g_hash_table_unref(config->by_name);
    g_ptr_array_unref(config->settings);
    g_free(config->source);
    g_free(config);
}

XenConfigValue *xen_config_value_new(XenConfigKind kind)
{
    XenConfigValue *value = g_new0(XenConfigValue, 1);
    value->kind = kind;
    if (kind == XEN_CONFIG_LIST) {
        value->items = g_ptr_array_new_with_free_func((GDestroyNotify)xen_config_value_free);
    }
    return value;
}

void xen_config_value_free(XenConfigValue *value)
{
    if (value == NULL) {
        return;
    }
    if (value->joined != NULL) {
        g_string_free(value->joined, TRUE);
    } else {
        g_free(value->text);
    }
    if (value->items != NULL) {
        g_ptr_array_unref(value->items);
    }
    g_free(value);
}

/* ---- filling ---- */

/* `+=`: what was there before comes first. */
static gboolean prepend_previous(XenConfigValue *previous, XenConfigValue *value)
{
    if (previous->kind != value->kind) {
        return FALSE;
    }
    if (value->kind != XEN_CONFIG_LIST) {
        /* A file of additions alone must not take the square of its length. */
        GString *joined = g_steal_pointer(&previous->joined);
        if (joined == NULL) {
            joined = g_string_new(previous->text);
            g_free(previous->text);
        }
        previous->text = NULL;
        g_string_append(joined, value->text);
        g_free(value->text);
        value->joined = joined;
        value->text = joined->str;
        value->is_number = FALSE;
        return TRUE;
    }
    GPtrArray *items = g_steal_pointer(&previous->items);
    g_ptr_array_extend_and_steal(items, value->items);
    value->items = items;
    previous->items = g_ptr_array_new_with_free_func((GDestroyNotify)xen_config_value_free);
    return TRUE;
}

gboolean xen_config_text_put(XenConfigText *config, XenConfigSetting *setting)
{
    XenConfigSetting *previous = g_hash_table_lookup(config->by_name, setting->name);
    if (previous == NULL) {
        g_ptr_array_add(config->settings, setting);
        g_hash_table_insert(config->by_name, setting->name, setting);
        return TRUE;
    }
    if (setting->is_addition && !prepend_previous(previous->value, setting->value)) {
        xen_config_setting_free(setting);
        return FALSE;
    }
    /* It stays in its place, and by_name keeps the name that it has. */
    XenConfigValue *value = previous->value;
    previous->value = g_steal_pointer(&setting->value);
    previous->line = setting->line;
    previous->column = setting->column;
    previous->xl_line = setting->xl_line;
    previous->is_addition = setting->is_addition;
    setting->value = value;
    xen_config_setting_free(setting);
    return TRUE;
}

void xen_config_cursor_move(XenConfigCursor *cursor, const char *place, guint *line, guint *column)
{
    for (; cursor->at < place; cursor->at++) {
        if (*cursor->at == '\n') {
            cursor->line++;
            cursor->column = 1;
        } else {
            /* The bytes behind the first of a character of UTF-8 are no columns. */
            cursor->column += ((guchar)*cursor->at & 0xc0) != 0x80;
        }
    }
    *line = cursor->line;
    *column = cursor->column;
}

static gboolean check_length(gsize length, XenConfigTrouble *trouble)
{
    if (length > XEN_CONFIG_TEXT_BYTES_MAX) {
        trouble->message = g_strdup_printf("expected at most %u bytes, found %" G_GSIZE_FORMAT,
                                           XEN_CONFIG_TEXT_BYTES_MAX, length);
        return FALSE;
    }
    return TRUE;
}

XenConfigText *xen_config_text_read(XenDialect dialect, const char *bytes, gsize length,
                                    XenConfigTrouble *trouble)
{
    g_autoptr(XenConfigText) config = xen_config_text_new("");
    *trouble = (XenConfigTrouble){0};
    gboolean is_read = check_length(length, trouble);
    if (is_read && dialect == XEN_DIALECT_XM) {
        is_read = xen_config_parse_xm(config, bytes, length, trouble);
    } else if (is_read) {
        g_autoptr(GString) report = g_string_new(NULL);
        is_read = xen_config_parse_xl(config, "", bytes, length, report, trouble);
    }
    return is_read ? g_steal_pointer(&config) : NULL;
}

XenConfigText *xen_config_text_parse(const char *source, const char *bytes, gsize length,
                                     GString *report)
{
    g_autoptr(XenConfigText) config = xen_config_text_new(source);
    XenConfigTrouble trouble = {0};
    if (length > XEN_CONFIG_TEXT_BYTES_MAX) {
        g_string_append_printf(report, "%s: larger than %u bytes\n", source,
                               XEN_CONFIG_TEXT_BYTES_MAX);
        return NULL;
    }
    gboolean is_read = xen_config_parse_xl(config, source, bytes, length, report, &trouble);
    g_free(trouble.message);
    return is_read ? g_steal_pointer(&config) : NULL;
}

/* ---- asking ---- */

guint xen_config_text_count(const XenConfigText *config)
{
    return config->settings->len;
}

const XenConfigSetting *xen_config_text_nth(const XenConfigText *config, guint index)
{
    return g_ptr_array_index(config->settings, index);
}

const XenConfigValue *xen_config_text_get(const XenConfigText *config, const char *name)
{
    const XenConfigSetting *setting = g_hash_table_lookup(config->by_name, name);
    return setting == NULL ? NULL : setting->value;
}

G_GNUC_PRINTF(4, 5)
static void warn(const XenConfigText *config, const XenConfigSetting *setting, GString *report,
                 const char *format, ...)
{
    if (report == NULL) {
        return;
    }
    va_list arguments;
    g_string_append_printf(report, "%s:%d: warning: ", config->source, setting->xl_line);
    va_start(arguments, format);
    g_string_append_vprintf(report, format, arguments);
    va_end(arguments);
    g_string_append_c(report, '\n');
}

static const XenConfigSetting *get_atom(const XenConfigText *config, const char *name,
                                        GString *report)
{
    const XenConfigSetting *setting = g_hash_table_lookup(config->by_name, name);
    if (setting == NULL) {
        return NULL;
    }
    if (setting->value->kind == XEN_CONFIG_LIST) {
        warn(config, setting, report, "parameter `%s' is a list but should be a single value",
             name);
        return NULL;
    }
    return setting;
}

const char *xen_config_text_get_string(const XenConfigText *config, const char *name,
                                       GString *report)
{
    const XenConfigSetting *setting = get_atom(config, name, report);
    return setting == NULL ? NULL : setting->value->text;
}

gboolean xen_config_text_get_long(const XenConfigText *config, const char *name, long *value,
                                  GString *report)
{
    const XenConfigSetting *setting = get_atom(config, name, report);
    if (setting == NULL) {
        return FALSE;
    }
    if (setting->is_addition) {
        warn(config, setting, report, "can't use += with numbers for parameter `%s'", name);
        return FALSE;
    }
    const char *text = setting->value->text;
    char *after = NULL;
    errno = 0;
    long number = strtol(text, &after, 0);
    if (errno != 0) {
        warn(config, setting, report, "parameter `%s' could not be parsed as a number: %s", name,
             g_strerror(errno));
        return FALSE;
    }
    if (*after != '\0' || after == text) {
        warn(config, setting, report, "parameter `%s' is not a valid number", name);
        return FALSE;
    }
    *value = number;
    return TRUE;
}

GPtrArray *xen_config_text_get_list(const XenConfigText *config, const char *name, GString *report)
{
    const XenConfigSetting *setting = g_hash_table_lookup(config->by_name, name);
    if (setting == NULL) {
        return NULL;
    }
    if (setting->value->kind != XEN_CONFIG_LIST) {
        warn(config, setting, report, "parameter `%s' is a single value but should be a list",
             name);
        return NULL;
    }
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < setting->value->items->len; i++) {
        const XenConfigValue *item = g_ptr_array_index(setting->value->items, i);
        if (item->kind == XEN_CONFIG_LIST) {
            break;
        }
        g_ptr_array_add(texts, g_strdup(item->text));
    }
    return texts;
}
