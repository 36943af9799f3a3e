/* Values of libxl's JSON, as the config files write them. */
#include "spec/text_checks.h"
#include "xenbackend/xen_list_parts.h"

#include <jansson.h>
#include <string.h>

#define EXACT_MAX (G_GINT64_CONSTANT(1) << 53) /* up to here reals hold whole numbers exactly */
#define CPUS_MAX  4096u
/* In KiB: above it are the markers of "as the toolstack likes" (all bits set). */
#define SIZE_KIB_MAX (G_GINT64_CONSTANT(1) << 42)

gboolean json_number_read(const struct json_t *value, gint64 minimum, gint64 maximum, gint64 *out)
{
    if (json_is_string(value)) {
        return g_ascii_string_to_signed(json_string_value(value), 10, minimum, maximum, out, NULL);
    }
    double number = json_is_real(value) ? json_real_value(value) : (double)EXACT_MAX * 2;
    if (!(number >= (double)MAX(minimum, -EXACT_MAX) &&
          number <= (double)MIN(maximum, EXACT_MAX))) {
        return FALSE;
    }
    gint64 whole = (gint64)number;
    if ((double)whole < number || (double)whole > number) {
        return FALSE;
    }
    *out = whole;
    return TRUE;
}

char *json_scalar_text(const struct json_t *value)
{
    gint64 number = 0;
    if (json_is_string(value)) {
        return g_strdup(json_string_value(value));
    }
    if (json_is_boolean(value)) {
        return g_strdup(json_is_true(value) ? "True" : "False");
    }
    return json_number_read(value, -EXACT_MAX, EXACT_MAX, &number)
               ? g_strdup_printf("%" G_GINT64_FORMAT, number)
               : NULL;
}

/* ---- single values ---- */

static char *size_text(const KeyRow *row, const json_t *json)
{
    gint64 kib = 0;
    if (!json_number_read(json, 0, SIZE_KIB_MAX, &kib) ||
        (kib % 1024 != 0 && row->tolerance == 0)) {
        return NULL;
    }
    return g_strdup_printf("%" G_GINT64_FORMAT, (kib + 1023) / 1024);
}

static char *integer_text(const KeyRow *row, const json_t *json)
{
    gint64 number = 0;
    if (json_is_array(json)) {
        /* The CPUs that are online. */
        return g_strdup_printf("%zu", json_array_size(json));
    }
    if (!json_number_read(json, G_MININT32, G_MAXINT64, &number)) {
        return NULL;
    }
    /* libxl keeps it as one without a sign. */
    gboolean is_negative = row->minimum < 0 && number > G_MAXINT32 && number <= G_MAXUINT32;
    return g_strdup_printf("%" G_GINT64_FORMAT, is_negative ? number - G_MAXUINT32 - 1 : number);
}

static char *word_text(const KeyRow *row, char *text)
{
    for (guint i = 0; row->seen_words != NULL && row->seen_words[i] != NULL; i++) {
        if (strcmp(row->seen_words[i], text) == 0) {
            g_free(text);
            return g_strdup(row->words[i]);
        }
    }
    return text;
}

char *json_value_text(const KeyRow *row, const struct json_t *json, gboolean *is_plain)
{
    *is_plain = row->type == TYPE_SIZE_MIB || row->type == TYPE_INTEGER;
    if (row->type == TYPE_SIZE_MIB) {
        return size_text(row, json);
    }
    if (row->type == TYPE_INTEGER) {
        return integer_text(row, json);
    }
    g_autofree char *text = json_scalar_text(json);
    if (text == NULL) {
        return NULL;
    }
    gboolean is_true = g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    gboolean is_false = g_ascii_strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
    if ((row->type == TYPE_BOOLEAN || row->type == TYPE_SWITCH) && (is_true || is_false)) {
        *is_plain = TRUE;
        return g_strdup(is_true ? "true" : "false");
    }
    return row->type == TYPE_WORD                   ? word_text(row, g_steal_pointer(&text))
           : row->type == TYPE_PATH || *text == '/' ? path_tidy(text)
                                                    : g_steal_pointer(&text);
}

/* ---- lists of CPUs ---- */

/* [0, 1, 2, 5] -> "0-2,5". */
static char *cpus_text(const json_t *cpus)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gint64 first = 0;
    gint64 last = -2;
    for (gsize i = 0; i <= json_array_size(cpus); i++) {
        gint64 cpu = -1;
        if (i < json_array_size(cpus) &&
            !json_number_read(json_array_get(cpus, i), last < 0 ? 0 : last + 1, CPUS_MAX, &cpu)) {
            return NULL;
        }
        if (cpu == last + 1) {
            last = cpu;
            continue;
        }
        if (last >= 0) {
            g_string_append_printf(text, "%s%" G_GINT64_FORMAT, text->len > 0 ? "," : "", first);
        }
        if (last > first) {
            g_string_append_printf(text, "-%" G_GINT64_FORMAT, last);
        }
        first = last = cpu;
    }
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

/* ---- devices of the host ---- */

/* A member that is not there is 0. */
static gint64 number_of(const json_t *object, const char *name)
{
    gint64 number = 0;
    const json_t *value = json_object_get(object, name);
    if (value != NULL && !json_number_read(value, 0, G_MAXINT64, &number)) {
        number = -1;
    }
    return number;
}

static void append_option(const json_t *device, const char *name, GString *text)
{
    g_autofree char *value = json_scalar_text(json_object_get(device, name));
    if (value != NULL && (g_ascii_strcasecmp(value, "true") == 0)) {
        g_string_append_printf(text, ",%s=1", name);
    }
}

static char *pci_text(const json_t *device)
{
    gint64 slot = number_of(device, "vdevfn") / 8;
    gint64 parts[] = {number_of(device, "domain"), number_of(device, "bus"),
                      number_of(device, "dev"), number_of(device, "func")};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i] < 0 || parts[i] > 0xffff) {
            return NULL;
        }
    }
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%04x:%02x:%02x.", (guint)parts[0], (guint)parts[1],
                           (guint)parts[2]);
    if (number_of(device, "vfunc_mask") == G_MAXUINT32) {
        g_string_append_c(text, '*');
    } else {
        g_string_append_printf(text, "%x", (guint)parts[3]);
    }
    if (slot > 0 && slot <= 0x1f) {
        g_string_append_printf(text, "@%x", (guint)slot);
    }
    append_option(device, "msitranslate", text);
    append_option(device, "power_mgmt", text);
    append_option(device, "permissive", text);
    append_option(device, "seize", text);
    return g_string_free(text, FALSE);
}

static char *ioports_text(const json_t *range)
{
    gint64 first = number_of(range, "first");
    gint64 count = number_of(range, "number");
    if (first < 0 || count < 1 || first > 0xffff || count > 0x10000) {
        return NULL;
    }
    return count == 1 ? g_strdup_printf("%x", (guint)first)
                      : g_strdup_printf("%x-%x", (guint)first, (guint)(first + count - 1));
}

static char *iomem_text(const json_t *range)
{
    gint64 start = number_of(range, "start");
    gint64 count = number_of(range, "number");
    /* Not there: the same page (its default is 2^64 - 1). */
    gint64 page = json_object_get(range, "gfn") != NULL ? number_of(range, "gfn") : start;
    if (start < 0 || count < 1 || page < 0) {
        return NULL;
    }
    g_autofree char *text = g_strdup_printf("%" G_GINT64_MODIFIER "x,%" G_GINT64_MODIFIER "x",
                                            (guint64)start, (guint64)count);
    return page == start ? g_steal_pointer(&text)
                         : g_strdup_printf("%s@%" G_GINT64_MODIFIER "x", text, (guint64)page);
}

char *json_item_text(guint key, const struct json_t *item)
{
    if (json_is_array(item)) {
        return cpus_text(item);
    }
    if (!json_is_object(item)) {
        return json_scalar_text(item);
    }
    return key == DOMAIN_KEY_pci       ? pci_text(item)
           : key == DOMAIN_KEY_ioports ? ioports_text(item)
           : key == DOMAIN_KEY_iomem   ? iomem_text(item)
           : key == DOMAIN_KEY_dtdev   ? json_scalar_text(json_object_get(item, "path"))
                                       : NULL;
}

char *json_rate_text(gint64 bytes_per_interval, gint64 interval_us)
{
    /* tools/libs/util/libxlu_vif.c: bytes per interval are cut off at the whole byte. */
    gint64 interval = MAX(interval_us, 1);
    if (bytes_per_interval <= 0 || bytes_per_interval > G_MAXINT64 / 1000000) {
        return NULL;
    }
    gint64 per_second = (bytes_per_interval * 1000000 + interval - 1) / interval;
    return interval == 50000 ? g_strdup_printf("%" G_GINT64_FORMAT "B/s", per_second)
                             : g_strdup_printf("%" G_GINT64_FORMAT "B/s@%" G_GINT64_FORMAT "us",
                                               per_second, interval);
}
