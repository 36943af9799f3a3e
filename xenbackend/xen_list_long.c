#include "xenbackend/xen_list_long.h"

#include "xenbackend/xen_list_settings.h"

#include <jansson.h>

/* 4 PiB: above it are the markers of "no limit" (all bits set, as bytes or as KiB). */
#define MEMORY_KIB_MAX (G_GUINT64_CONSTANT(1) << 42)
#define VCPUS_SEEN_MAX 65536

/* Sets *trouble, where it is wanted, and returns FALSE. */
static gboolean refuse(char **trouble, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(char **trouble, const char *format, ...)
{
    if (trouble != NULL) {
        va_list arguments;
        va_start(arguments, format);
        *trouble = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
    return FALSE;
}

/* A whole number from 0 to MAXIMUM, as a number or as a string; FALSE when it is none. All numbers
 * are read as reals (see below), which hold these exactly. */
static gboolean number_read(const json_t *value, guint64 maximum, guint64 *out)
{
    if (json_is_string(value)) {
        return g_ascii_string_to_unsigned(json_string_value(value), 10, 0, maximum, out, NULL);
    }
    double number = json_is_real(value) ? json_real_value(value) : -1;
    if (!(number >= 0 && number <= (double)maximum)) {
        return FALSE;
    }
    guint64 whole = (guint64)number;
    if ((double)whole < number) {
        return FALSE;
    }
    *out = whole;
    return TRUE;
}

/* MiB of a member in KiB, rounded up; 0 when it is not there or says no amount. */
static guint64 memory_read(const json_t *object, const char *key)
{
    guint64 kib = 0;
    if (!number_read(json_object_get(object, key), MEMORY_KIB_MAX, &kib)) {
        return 0;
    }
    return (kib + 1023) / 1024;
}

/* The one entry of the text; NULL: there is not exactly one. */
static const json_t *entry_find(const json_t *root, char **trouble)
{
    if (json_is_array(root) && json_array_size(root) != 1) {
        refuse(trouble, "the text is about %zu domains", json_array_size(root));
        return NULL;
    }
    const json_t *entry = json_is_array(root) ? json_array_get(root, 0) : root;
    if (!json_is_object(entry)) {
        refuse(trouble, "the text is not about a domain");
        return NULL;
    }
    return entry;
}

static const json_t *entry_uuid(const json_t *entry)
{
    const json_t *creation = json_object_get(json_object_get(entry, "config"), "c_info");
    return json_object_get(creation, "uuid");
}

/* Is the entry about this domain? */
static gboolean entry_check(const json_t *entry, const ObservedDomain *domain, char **trouble)
{
    guint64 domid = 0;
    if (!number_read(json_object_get(entry, "domid"), G_MAXUINT32, &domid)) {
        return refuse(trouble, "the text does not say its domid");
    }
    if (domid != domain->domid) {
        return refuse(trouble, "the text is about domid %" G_GUINT64_FORMAT ", not %u", domid,
                      domain->domid);
    }
    const json_t *uuid = entry_uuid(entry);
    if (uuid != NULL && !json_is_string(uuid)) {
        return refuse(trouble, "the uuid is not text");
    }
    if (uuid != NULL && domain->uuid[0] != '\0' &&
        g_ascii_strcasecmp(json_string_value(uuid), domain->uuid) != 0) {
        return refuse(trouble, "the text is about another uuid");
    }
    return TRUE;
}

static void vcpus_read(const json_t *build, ObservedDomain *domain)
{
    guint64 maximum = 0;
    const json_t *available = json_object_get(build, "avail_vcpus");
    domain->vcpus_maximum = 0;
    if (number_read(json_object_get(build, "max_vcpus"), VCPUS_SEEN_MAX, &maximum)) {
        domain->vcpus_maximum = (guint32)maximum;
    }
    gsize count = json_is_array(available) ? json_array_size(available) : 0;
    domain->vcpus_available = count <= VCPUS_SEEN_MAX ? (guint32)count : 0;
}

static gboolean details_read(const json_t *entry, ObservedDomain *domain, char **trouble)
{
    if (!entry_check(entry, domain, trouble)) {
        return FALSE;
    }
    const json_t *config = json_object_get(entry, "config");
    const json_t *build = json_object_get(config, "b_info");
    guint64 target_mib = memory_read(build, "target_memkb");
    if (target_mib == 0) {
        return refuse(trouble, "the text does not say target_memkb");
    }
    domain->has_details = TRUE;
    domain->target_mib = target_mib;
    domain->maximum_mib = memory_read(build, "max_memkb");
    vcpus_read(build, domain);
    seen_settings_free(domain->settings);
    domain->settings = xen_list_settings_read(config);
    return TRUE;
}

/* Reals, because jansson refuses a whole text for one integer above 2^63, and libxl prints "no
 * limit" as 2^64 - 1. To be given up with json_decref(). */
static json_t *text_read(const char *text, gsize length, gsize most, char **trouble)
{
    json_error_t error;
    if (length > most) {
        refuse(trouble, "the text is longer than %zu bytes", most);
        return NULL;
    }
    json_t *root = json_loadb(length > 0 ? text : "", length, JSON_DECODE_INT_AS_REAL, &error);
    if (root == NULL) {
        refuse(trouble, "the text is no JSON: line %d: %s", error.line, error.text);
    }
    return root;
}

gboolean xen_list_long_parse(const char *text, gsize length, ObservedDomain *domain, char **trouble)
{
    json_t *root = text_read(text, length, XEN_LIST_LONG_BYTES_MAX, trouble);
    if (root == NULL) {
        return FALSE;
    }
    const json_t *entry = entry_find(root, trouble);
    gboolean is_read = entry != NULL && details_read(entry, domain, trouble);
    domain->is_incomplete = json_is_array(root) && json_array_size(root) == 0;
    json_decref(root);
    return is_read;
}

/* domid -> entry; NULL: two have one id. What says none is nobody's. */
static GHashTable *entries_index(const json_t *root, char **trouble)
{
    g_autoptr(GHashTable) entries = g_hash_table_new(NULL, NULL);
    for (gsize i = 0; i < json_array_size(root); i++) {
        const json_t *entry = json_array_get(root, i);
        guint64 domid = 0;
        if (number_read(json_object_get(entry, "domid"), G_MAXUINT32, &domid) &&
            !g_hash_table_insert(entries, GUINT_TO_POINTER((guint)domid), (gpointer)entry)) {
            refuse(trouble, "the text is about domid %" G_GUINT64_FORMAT " twice", domid);
            return NULL;
        }
    }
    return g_steal_pointer(&entries);
}

gboolean xen_list_long_parse_all(const char *text, gsize length, Observed *observed,
                                 const GArray *domids, char **trouble)
{
    json_t *root = text_read(text, length, XEN_LIST_LONG_ALL_BYTES_MAX, trouble);
    g_autoptr(GHashTable) entries = NULL;
    if (root != NULL && !json_is_array(root)) {
        refuse(trouble, "the text is no list");
    } else if (root != NULL) {
        entries = entries_index(root, trouble);
    }
    for (guint i = 0; entries != NULL && i < domids->len; i++) {
        guint32 domid = g_array_index(domids, guint32, i);
        const json_t *entry = g_hash_table_lookup(entries, GUINT_TO_POINTER(domid));
        ObservedDomain *domain = observed_find_domid(observed, domid);
        if (entry != NULL && domain != NULL && entry_uuid(entry) != NULL) {
            details_read(entry, domain, NULL);
        }
    }
    json_decref(root);
    return entries != NULL;
}
