#include "tests/unit/xen_oracle.h"

#include "spec/text_checks.h"
#include "tests/unit/oracle.h"

#include <libxl_utils.h>
#include <libxlutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    XLU_Config *config;
    const Domain *domain;
    GString *why;
} Reading;

static gboolean is_same_text(const Reading *reading, const char *key, const char *seen,
                             const char *meant)
{
    return g_strcmp0(seen, meant) == 0 ||
           oracle_differ(reading->why, "%s: Xen reads '%s' for '%s'", key,
                         seen != NULL ? seen : "(none)", meant != NULL ? meant : "(none)");
}

/* A number as xl reads it: strtol(3), base 0 (libxlu_cfg.c:xlu_cfg_get_bounded_long). */
static gboolean is_same_atom(const Reading *reading, const char *key, const char *seen,
                             const Value *meant)
{
    if (meant->form == FORM_TEXT) {
        return is_same_text(reading, key, seen, meant->text);
    }
    char *end = NULL;
    gint64 number = seen != NULL ? strtol(seen, &end, 0) : 0;
    return (seen != NULL && end != seen && *end == '\0' && number == meant->integer) ||
           oracle_differ(reading->why, "%s: Xen reads '%s' for %" G_GINT64_FORMAT, key,
                         seen != NULL ? seen : "(none)", meant->integer);
}

static const char *text_of(const Settings *settings, guint key)
{
    const Value *value = settings_get(settings, key);
    return value != NULL ? value->text : NULL;
}

/* Enums that are 0 are unset. */
static gboolean is_same_word(const Reading *reading, const char *key, guint seen,
                             const char *seen_name, const char *meant)
{
    return is_same_text(reading, key, seen != 0 ? seen_name : NULL, meant);
}

/* xl's backend for what xm calls a driver. */
static const char *backend_of(const Settings *disk)
{
    const char *driver = text_of(disk, DISK_KEY_driver);
    if (driver == NULL) {
        return text_of(disk, DISK_KEY_backendtype);
    }
    return g_str_has_prefix(driver, "tap") ? "qdisk" : "phy";
}

static gboolean is_true(const Value *value)
{
    return value != NULL && value->integer != 0;
}

static gboolean is_same_flag(const Reading *reading, const char *key, libxl_defbool seen,
                             const Value *meant)
{
    gboolean is_set = !libxl_defbool_is_default(seen);
    return (is_set == (meant != NULL) && (!is_set || libxl_defbool_val(seen) == is_true(meant))) ||
           oracle_differ(reading->why, "disk: %s is set or not", key);
}

static gboolean is_same_disk(const Reading *reading, const char *seen, const Settings *meant)
{
    libxl_device_disk disk;
    libxl_device_disk_init(&disk);
    gboolean is_cdrom = g_strcmp0(text_of(meant, DISK_KEY_devtype), "cdrom") == 0;
    gboolean is_empty = text_of(meant, DISK_KEY_path) == NULL;
    const char *access = is_cdrom ? "ro" : text_of(meant, DISK_KEY_access);
    const char *format = is_empty ? "empty" : text_of(meant, DISK_KEY_format);
    int failure = xlu_disk_parse(reading->config, 1, &seen, &disk);
    gboolean is_same =
        (failure == 0 || oracle_differ(reading->why, "disk: Xen refuses '%s'", seen)) &&
        is_same_text(reading, "vdev", disk.vdev, text_of(meant, DISK_KEY_vdev)) &&
        is_same_text(reading, "target", disk.pdev_path, text_of(meant, DISK_KEY_path)) &&
        is_same_text(reading, "script", disk.script, text_of(meant, DISK_KEY_script)) &&
        is_same_text(reading, "access", disk.readwrite ? "rw" : "ro", access) &&
        is_same_word(reading, "format", disk.format, libxl_disk_format_to_string(disk.format),
                     format) &&
        is_same_word(reading, "backendtype", disk.backend,
                     libxl_disk_backend_to_string(disk.backend), backend_of(meant)) &&
        (!disk.is_cdrom == !is_cdrom ||
         oracle_differ(reading->why, "disk: a CD-ROM drive or none in '%s'", seen)) &&
        is_same_flag(reading, "discard", disk.discard_enable,
                     settings_get(meant, DISK_KEY_discard)) &&
        is_same_flag(reading, "trusted", disk.trusted, settings_get(meant, DISK_KEY_trusted)) &&
        (disk.direct_io_safe == is_true(settings_get(meant, DISK_KEY_direct_io_safe)) ||
         oracle_differ(reading->why, "disk: direct-io-safe or not in '%s'", seen)) &&
        is_same_text(reading, "backend", disk.backend_domname, text_of(meant, DISK_KEY_backend));
    libxl_device_disk_dispose(&disk);
    return is_same;
}

/* The row that is written like this part of a device string; VALUE: what stands behind its '='. */
static const KeyRow *row_of_part(const KeyTable *table, char *part, const char **value)
{
    char *equals = strchr(part, '=');
    *value = equals != NULL ? equals + 1 : part;
    if (equals != NULL) {
        *equals = '\0';
    }
    for (guint key = 0; key < table->count; key++) {
        const KeyRow *row = &table->rows[key];
        gboolean is_flag = row->flags[0] != NULL || row->flags[1] != NULL;
        if (!is_flag && equals != NULL && g_strcmp0(row->xl_name, part) == 0) {
            return row;
        }
        if (is_flag && equals == NULL &&
            (g_strcmp0(row->flags[0], part) == 0 || g_strcmp0(row->flags[1], part) == 0)) {
            return row;
        }
    }
    return NULL;
}

static gboolean is_same_part(const Reading *reading, const KeyRow *row, const char *seen,
                             const Value *meant)
{
    if (row->flags[0] == NULL && row->flags[1] == NULL) {
        return is_same_atom(reading, row->name, seen, meant);
    }
    return is_same_text(reading, row->name, seen, row->flags[meant->integer != 0]);
}

/* xl's own reading of these devices is in no library: tools/xl/xl_parse.c:parse_config_data cuts
 * the string with strtok(3) at commas and drops blanks in front; parse_nic_config and its like take
 * what stands behind `key=`. */
static gboolean is_same_device(const Reading *reading, const char *seen, const Settings *meant)
{
    const KeyTable *table = meant->table;
    g_autofree char *rest = g_strdup(seen);
    guint count = 0;
    for (guint key = 0; key < table->count; key++) {
        count += table->rows[key].xl_name != NULL && settings_get(meant, key) != NULL;
    }
    for (char *part = strtok(rest, ","); part != NULL; part = strtok(NULL, ",")) {
        const char *text;
        part += strspn(part, " ");
        const KeyRow *row = row_of_part(table, part, &text);
        const Value *value = row != NULL ? settings_get(meant, key_table_index(table, row)) : NULL;
        if (value == NULL) {
            return oracle_differ(reading->why, "%s: Xen reads the key '%s' in '%s'", table->name,
                                 part, seen);
        }
        if (!is_same_part(reading, row, text, value)) {
            return FALSE;
        }
        count--;
    }
    return count == 0 ||
           oracle_differ(reading->why, "%s: %u keys too few in '%s'", table->name, count, seen);
}

/* A rate that we take is one that Xen's library takes. */
static gboolean is_same_vif(const Reading *reading, const char *seen, const Settings *meant)
{
    const char *rate = text_of(meant, VIF_KEY_rate);
    libxl_device_nic nic;
    libxl_device_nic_init(&nic);
    gboolean is_right = rate == NULL || check_rate(rate) != NULL ||
                        xlu_vif_parse_rate(reading->config, rate, &nic) == 0;
    libxl_device_nic_dispose(&nic);
    return is_same_device(reading, seen, meant) &&
           (is_right || oracle_differ(reading->why, "vif: Xen refuses the rate '%s'", rate));
}

static gboolean is_pci(const Reading *reading, const char *seen)
{
    libxl_device_pci pci;
    libxl_device_pci_init(&pci);
    int failure = xlu_pci_parse_spec_string(reading->config, &pci, seen);
    libxl_device_pci_dispose(&pci);
    return failure == 0 || oracle_differ(reading->why, "pci: Xen refuses '%s'", seen);
}

static gboolean is_same_item(const Reading *reading, const char *key, const char *seen,
                             const Value *meant)
{
    if (meant->form != FORM_TABLE) {
        return is_same_atom(reading, key, seen, meant) &&
               (strcmp(key, "pci") != 0 || is_pci(reading, seen));
    }
    if (seen == NULL) {
        return oracle_differ(reading->why, "%s: Xen reads no text", key);
    }
    const KeyTable *table = meant->table->table;
    return table == &disk_keys  ? is_same_disk(reading, seen, meant->table)
           : table == &vif_keys ? is_same_vif(reading, seen, meant->table)
                                : is_same_device(reading, seen, meant->table);
}

static gboolean is_same_value(const Reading *reading, const char *key, const Value *meant)
{
    if (meant->form != FORM_LIST) {
        const char *seen = NULL;
        xlu_cfg_get_string(reading->config, key, &seen, 1);
        return is_same_atom(reading, key, seen, meant);
    }
    XLU_ConfigList *list;
    int count;
    if (xlu_cfg_get_list(reading->config, key, &list, &count, 1) != 0) {
        return oracle_differ(reading->why, "%s: Xen reads no list", key);
    }
    if ((guint)count != meant->count) {
        return oracle_differ(reading->why, "%s: Xen reads %d items for %u", key, count,
                             meant->count);
    }
    for (int i = 0; i < count; i++) {
        if (!is_same_item(reading, key, xlu_cfg_get_listitem(list, i), &meant->items[i])) {
            return FALSE;
        }
    }
    return TRUE;
}

/* xl ignores `root` and `extra` where there is a `cmdline` (tools/xl/xl_parse.c:parse_cmdline). */
static const char *name_of(const Domain *domain, guint key)
{
    if (key == DOMAIN_KEY_cmdline && domain_get(domain, DOMAIN_KEY_root) != NULL) {
        return "extra";
    }
    return key != DOMAIN_KEY_uuid ? domain_keys.rows[key].xl_name : NULL;
}

static gint compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static char *join_sorted(GPtrArray *names)
{
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

static gboolean has_same_keys(const Reading *reading, GPtrArray *meant)
{
    g_autoptr(GPtrArray) seen = g_ptr_array_new();
    const XluConfigStart *start = (const void *)reading->config;
    for (const XluSetting *setting = start->settings; setting != NULL; setting = setting->next) {
        g_ptr_array_add(seen, (char *)setting->name);
    }
    g_autofree char *seen_names = join_sorted(seen);
    g_autofree char *meant_names = join_sorted(meant);
    return is_same_text(reading, "keys", seen_names, meant_names);
}

static gboolean is_same_domain(const Reading *reading, const char *uuid)
{
    const Domain *domain = reading->domain;
    const Value name = {.form = FORM_TEXT, .text = domain->name};
    const Value identity = {.form = FORM_TEXT, .text = uuid};
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_ptr_array_add(keys, (char *)"name");
    g_ptr_array_add(keys, (char *)"uuid");
    gboolean is_same =
        is_same_value(reading, "name", &name) && is_same_value(reading, "uuid", &identity);
    for (guint key = 0; is_same && key < domain_keys.count; key++) {
        const Value *value = domain_get(domain, key);
        const char *row_name = name_of(domain, key);
        if (value != NULL && row_name != NULL) {
            g_ptr_array_add(keys, (char *)row_name);
            is_same = is_same_value(reading, row_name, value);
        }
        const char *also = domain_keys.rows[key].also_name;
        if (is_same && also != NULL && strcmp(value->text, domain_keys.rows[key].also_word) == 0) {
            g_ptr_array_add(keys, (char *)also);
            is_same = is_same_value(reading, also, value);
        }
    }
    const Value *raw = domain_get(domain, DOMAIN_KEY_xen);
    for (guint i = 0; is_same && raw != NULL && i < raw->count; i += 2) {
        g_ptr_array_add(keys, (char *)raw->items[i].text);
        is_same = is_same_value(reading, raw->items[i].text, &raw->items[i + 1]);
    }
    return is_same && has_same_keys(reading, keys);
}

gboolean xen_oracle_agrees(const Domain *domain, const char *uuid, const char *text, GString *why)
{
    char *said = NULL;
    size_t said_length = 0;
    FILE *report = open_memstream(&said, &said_length);
    Reading reading = {xlu_cfg_init(report, "config"), domain, why};
    gboolean is_same = xlu_cfg_readdata(reading.config, text, (int)strlen(text)) == 0
                           ? is_same_domain(&reading, uuid)
                           : oracle_differ(reading.why, "Xen refuses the config: %s",
                                           fflush(report) == 0 ? said : "");
    xlu_cfg_destroy(reading.config);
    fclose(report);
    free(said);
    return is_same;
}
