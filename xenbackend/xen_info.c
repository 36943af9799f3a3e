#include "xenbackend/xen_info.h"

#include "spec/key_table.h"

#include <stddef.h>
#include <string.h>

/* Far above any host, and far below what an unsigned underflow prints. */
#define FIGURE_MIB_MAX (G_GINT64_CONSTANT(1) << 32)
#define CPUS_MAX       65536
/* XEN_RELEASE has room for no more. */
#define RELEASE_PART_MAX 99

/* A key whose value is a number from `minimum` to `maximum`. */
typedef struct {
    const char *key;
    gsize offset; /* of a gint64 in XenInfo */
    gint64 minimum;
    gint64 maximum;
} NumberKey;

static const NumberKey number_keys[] = {
    {"total_memory", offsetof(XenInfo, total_memory_mib), 1, FIGURE_MIB_MAX},
    {"free_memory", offsetof(XenInfo, free_memory_mib), 0, FIGURE_MIB_MAX},
    {"nr_cpus", offsetof(XenInfo, nr_cpus), 1, CPUS_MAX},
    {"nr_nodes", offsetof(XenInfo, nr_nodes), 1, CPUS_MAX},
    {"cores_per_socket", offsetof(XenInfo, cores_per_socket), 1, CPUS_MAX},
    {"threads_per_core", offsetof(XenInfo, threads_per_core), 1, CPUS_MAX},
};

static void trouble_add(GString *trouble, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void trouble_add(GString *trouble, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (trouble->len > 0) {
        g_string_append_c(trouble, '\n');
    }
    g_string_append_vprintf(trouble, format, arguments);
    va_end(arguments);
}

/* The lines of the text as key -> value, both trimmed, the first of each key. */
static GHashTable *values_read(const char *text, gsize length)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const char *end = length > 0 && length <= XEN_INFO_BYTES_MAX ? text + length : text;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        const char *line_end = newline != NULL ? newline : end;
        const char *colon = memchr(text, ':', (gsize)(line_end - text));
        /* A last line that is cut off may have lost a part of its value. Blanks before a key are
         * kept, so that a line that continues a value never is a key that anybody asks for. */
        if (newline != NULL && colon != NULL) {
            g_autofree char *key = g_strchomp(g_strndup(text, (gsize)(colon - text)));
            if (!g_hash_table_contains(values, key)) {
                char *value = g_strndup(colon + 1, (gsize)(line_end - colon - 1));
                g_hash_table_insert(values, g_steal_pointer(&key), g_strstrip(value));
            }
        }
        text = line_end + 1;
    }
    return values;
}

/* The value of a number key, or -1 and a line of trouble. */
static gint64 number_read(GHashTable *values, const NumberKey *row, GString *trouble)
{
    const char *text = g_hash_table_lookup(values, row->key);
    guint64 number = 0;
    if (text == NULL) {
        trouble_add(trouble, "%s is missing", row->key);
        return -1;
    }
    if (!g_ascii_string_to_unsigned(text, 10, (guint64)row->minimum, (guint64)row->maximum, &number,
                                    NULL)) {
        g_autofree char *shown = g_strescape(text, NULL);
        trouble_add(trouble, "%s cannot be '%.40s'", row->key, shown);
        return -1;
    }
    return (gint64)number;
}

static char *version_read(GHashTable *values, GString *trouble)
{
    const char *version = g_hash_table_lookup(values, "xen_version");
    const char *major = g_hash_table_lookup(values, "xen_major");
    const char *minor = g_hash_table_lookup(values, "xen_minor");
    const char *extra = g_hash_table_lookup(values, "xen_extra");
    if (version != NULL && version[0] != '\0') {
        return g_strdup(version);
    }
    if (major != NULL && minor != NULL && major[0] != '\0' && minor[0] != '\0') {
        return g_strdup_printf("%s.%s%s", major, minor, extra != NULL ? extra : "");
    }
    trouble_add(trouble, "xen_version is missing");
    return NULL;
}

/* "4.17.7", "4.20-rc", "4.11.4-pre": the first two numbers. */
static guint release_read(const char *version)
{
    char *end = NULL;
    guint64 major = version != NULL ? g_ascii_strtoull(version, &end, 10) : 0;
    if (version == NULL || !g_ascii_isdigit(version[0]) || *end != '.' ||
        !g_ascii_isdigit(end[1])) {
        return 0;
    }
    guint64 minor = g_ascii_strtoull(end + 1, NULL, 10);
    return major <= RELEASE_PART_MAX && minor <= RELEASE_PART_MAX ? XEN_RELEASE(major, minor) : 0;
}

static char *text_read(GHashTable *values, const char *key, GString *trouble)
{
    const char *value = g_hash_table_lookup(values, key);
    if (value == NULL) {
        trouble_add(trouble, "%s is missing", key);
    }
    return g_strdup(value);
}

XenInfo *xen_info_parse(const char *text, gsize length)
{
    g_autoptr(GHashTable) values = values_read(text, length);
    GString *trouble = g_string_new(NULL);
    XenInfo *info = g_new0(XenInfo, 1);
    if (length > XEN_INFO_BYTES_MAX) {
        trouble_add(trouble, "the text is longer than %u bytes", XEN_INFO_BYTES_MAX);
    }
    for (guint i = 0; i < G_N_ELEMENTS(number_keys); i++) {
        gint64 number = number_read(values, &number_keys[i], trouble);
        memcpy((char *)info + number_keys[i].offset, &number, sizeof number);
    }
    if (info->free_memory_mib > info->total_memory_mib && info->total_memory_mib >= 0) {
        trouble_add(trouble,
                    "free_memory cannot be %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " MiB",
                    info->free_memory_mib, info->total_memory_mib);
        info->free_memory_mib = -1;
    }
    info->xen_version = version_read(values, trouble);
    info->release = release_read(info->xen_version);
    info->xen_commandline = text_read(values, "xen_commandline", trouble);
    info->xen_caps = text_read(values, "xen_caps", trouble);
    info->xen_scheduler = g_strdup(g_hash_table_lookup(values, "xen_scheduler"));
    info->trouble = g_string_free(trouble, trouble->len == 0);
    return info;
}

gboolean xen_info_has_fixed_dom0(const XenInfo *info)
{
    /* Later releases take more for a size: those are not known. */
    return info->xen_commandline != NULL &&
           g_regex_match_simple("(^| )dom0_mem=((|min:|max:)[0-9]+[bBkKmMgG]?,?)+($| )",
                                info->xen_commandline, 0, 0);
}

void xen_info_free(XenInfo *info)
{
    if (info == NULL) {
        return;
    }
    g_free(info->xen_version);
    g_free(info->xen_commandline);
    g_free(info->xen_caps);
    g_free(info->xen_scheduler);
    g_free(info->trouble);
    g_free(info);
}
