/* xm's config language: Python, of which literals alone are written, with the variables that xm
 * asks for. xm passes over a variable that it does not know without a word, so that what it lacks
 * is refused here. Facts: Xen up to 4.4, tools/python/xen/xm/create.py and opts.py. */
#include "xenbackend/xen_config_parts.h"

#include <string.h>

#define HVM_LOADER "hvmloader"

/* Variables of xm's that the key table lacks. Not here: what xm takes for an option of its own
 * (`dryrun`, `path`, `paused`), opens a viewer for, or has given up. */
static const char *const raw_names[] = {"access_control",
                                        "blkif",
                                        "cpu",
                                        "cpuid_check",
                                        "description",
                                        "dhcp",
                                        "fda",
                                        "fdb",
                                        "features",
                                        "gateway",
                                        "guest_os_type",
                                        "hostname",
                                        "interface",
                                        "ip",
                                        "isa",
                                        "loader",
                                        "machine_address_size",
                                        "memory_sharing",
                                        "monitor",
                                        "monitor_path",
                                        "netif",
                                        "netmask",
                                        "nfs_root",
                                        "nfs_server",
                                        "on_xend_start",
                                        "on_xend_stop",
                                        "parallel",
                                        "s3_integrity",
                                        "superpages",
                                        "suppress_spurious_page_faults",
                                        "target",
                                        "tpmif",
                                        "vhpt",
                                        "vif2",
                                        "vscsi",
                                        "vtpm",
                                        "vusb",
                                        "xen_extended_power_mgmt",
                                        NULL};

/* ---- what xm has ---- */

static const char *name_in_xm(const KeyRow *row, const Domain *domain)
{
    if (row->xm_list == XM_LIST_SAME) {
        return row->xm_name;
    }
    const Value *list = domain_get(domain, key_table_index(&domain_keys, row));
    gboolean is_empty = list != NULL && list->form == FORM_LIST && list->count == 0;
    return is_empty ? NULL : row->xm_name;
}

static const char *word_in_xm(const KeyRow *row, const char *text)
{
    for (guint i = 0; row->xm_words != NULL && row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], text) == 0) {
            return row->xm_words[i];
        }
    }
    return text;
}

static gboolean check_text(const Writer *writer, Place place, const KeyRow *row, const char *text)
{
    const char *expected = row->xm_check != NULL ? row->xm_check(text) : NULL;
    if (expected != NULL) {
        return writer_refuse_key(writer, place, "for xm: expected %s, found '%s'", expected, text);
    }
    return *word_in_xm(row, text) != '\0' ||
           writer_refuse_key(writer, place, "for xm: xm does not have '%s'", text);
}

static gboolean check_value(const Writer *writer, Place place, const KeyRow *row,
                            const Value *value)
{
    if (row->type == TYPE_SWITCH && value->form != FORM_INTEGER) {
        return writer_refuse_key(writer, place, "for xm: xm takes true or false alone");
    }
    if (value->form == FORM_TEXT) {
        return check_text(writer, place, row, value->text);
    }
    if (value->form != FORM_LIST) {
        return TRUE;
    }
    if (row->xm_list == XM_LIST_ONE && value->count > 1) {
        return writer_refuse_key(writer, place, "for xm: xm takes one alone, found %u",
                                 value->count);
    }
    for (guint i = 0; i < value->count; i++) {
        const Value *item = &value->items[i];
        if (item->form == FORM_TEXT && !check_text(writer, place, row, item->text)) {
            return FALSE;
        }
    }
    return TRUE;
}

static const char *guest_names(guint guests)
{
    return guests == GUEST_HVM ? "hvm" : guests == GUEST_PV ? "pv" : "pv and hvm";
}

static gboolean check_row(const Writer *writer, const KeyRow *row, const Value *value)
{
    Place place = {row->name, NULL};
    gboolean is_default = value->where.text == NULL;
    if (row->xl_name == NULL || (row->xm_name == NULL && is_default)) {
        return TRUE; /* a key of xensure's own, or one that nobody has asked for */
    }
    if (row->xm_name == NULL) {
        return writer_refuse_key(writer, place, "for xm: xm has no such key");
    }
    guint type = guest_type_of(domain_get_text(writer->domain, DOMAIN_KEY_type));
    if (type != GUEST_PVH && (key_row_xm_guests(row) & type) == 0) {
        return writer_refuse_key(writer, place, "for xm: xm has it for %s guests alone",
                                 guest_names(key_row_xm_guests(row)));
    }
    return check_value(writer, place, row, value);
}

/* For xm, the kernel of an HVM guest is the firmware that boots it from its disks:
 * xend/XendConfig.py looks for hvmloader there. */
static gboolean check_kernel(const Writer *writer)
{
    const char *kernel = domain_get_text(writer->domain, DOMAIN_KEY_kernel);
    if (kernel == NULL || !domain_is(writer->domain, DOMAIN_KEY_type, "hvm")) {
        return TRUE;
    }
    g_autofree char *file = g_path_get_basename(kernel);
    return strcmp(file, HVM_LOADER) == 0 ||
           writer_refuse_key(
               writer, (Place){"kernel", NULL},
               "for xm: xm boots hvm guests from their disks, and would take it for " HVM_LOADER);
}

/* xm's list tells a guest that has crashed from one that has ended, and nothing more. */
static gboolean check_poweroff(const Writer *writer)
{
    return !domain_is(writer->domain, DOMAIN_KEY_on_guest_poweroff, "leave") ||
           writer_refuse_key(
               writer, (Place){"on_guest_poweroff", NULL},
               "for xm: xm does not say why a guest has ended, so that none can be left off");
}

static gboolean check_domain(const Writer *writer)
{
    gboolean is_good = TRUE;
    for (guint key = 0; (is_good || writer->problems != NULL) && key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *value = domain_get(writer->domain, key);
        if (value != NULL && row->type != TYPE_RAW_MAP) {
            is_good = check_row(writer, row, value) && is_good;
        }
    }
    if (is_good || writer->problems != NULL) {
        is_good = check_kernel(writer) && is_good;
    }
    if (is_good || writer->problems != NULL) {
        is_good = check_poweroff(writer) && is_good;
    }
    return is_good;
}

static gboolean check_raw_key(const Writer *writer, Place place, const char *name)
{
    return g_strv_contains(raw_names, name) ||
           writer_refuse_key(writer, place, "for xm: xm has no such key");
}

/* ---- lists ---- */

/* xend/XendBootloader.py cuts it with shlex.split(). */
static gboolean append_joined(Writer *writer, Place place, const Value *list)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < list->count; i++) {
        const char *text = list->items[i].text;
        gboolean is_plain =
            *text != '\0' &&
            text[strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_@%+=:,./-")] == '\0';
        g_autofree char *quoted = g_shell_quote(text);
        g_string_append_printf(joined, "%s%s", i > 0 ? " " : "", is_plain ? text : quoted);
    }
    return writer_append_quoted(writer, place, joined->str);
}

static gboolean append_list(Writer *writer, const KeyRow *row, Place place, const Value *list)
{
    switch (row->xm_list) {
    case XM_LIST_SAME:
        break;
    case XM_LIST_ONE:
        return writer_append_value(writer, row, place, &list->items[0]);
    case XM_LIST_JOINED:
        return append_joined(writer, place, list);
    }
    return writer_append_list(writer, row, place, list);
}

/* ---- devices ---- */

static gboolean check_part(const Writer *writer, const KeyRow *row, const KeyRow *part,
                           const Value *value)
{
    Place place = {row->name, part->name};
    return part->xm_name != NULL ? check_value(writer, place, part, value)
                                 : writer_refuse_key(writer, place, "for xm: xm has no such key");
}

static const char *text_of(const Settings *settings, guint key)
{
    const Value *value = settings_get(settings, key);
    return value != NULL ? value->text : "";
}

/* "phy", "file", "tap:aio", "tap:qcow2": what stands in front of the path. */
static const char *find_driver(const Settings *disk)
{
    const char *format =
        word_in_xm(&disk_keys.rows[DISK_KEY_format], text_of(disk, DISK_KEY_format));
    const char *driver = text_of(disk, DISK_KEY_driver);
    if (strcmp(format, "raw") != 0) {
        return format;
    }
    if (*driver != '\0') {
        return driver;
    }
    return g_str_has_prefix(text_of(disk, DISK_KEY_path), "/dev/") ? "phy" : "file";
}

static gboolean append_disk(Writer *writer, const KeyRow *row, const Settings *disk,
                            GString *device)
{
    gboolean is_cdrom = strcmp(text_of(disk, DISK_KEY_devtype), "cdrom") == 0;
    const char *driver = find_driver(disk);
    const Value *path = settings_get(disk, DISK_KEY_path);
    const Value *backend = settings_get(disk, DISK_KEY_backend);
    if (*text_of(disk, DISK_KEY_driver) != '\0' &&
        strcmp(driver, text_of(disk, DISK_KEY_driver)) != 0) {
        return writer_refuse_key(writer, (Place){row->name, "driver"},
                                 "for xm: an image of the format %s "
                                 "is served by %s",
                                 text_of(disk, DISK_KEY_format), driver);
    }
    /* An empty drive is an empty name. */
    if (path != NULL && strchr(path->text, ',') != NULL) {
        return writer_refuse_key(writer, (Place){row->name, "path"},
                                 "for xm: its disk strings cannot carry the comma in '%s'",
                                 path->text);
    }
    if (path != NULL) {
        g_string_append_printf(device, "%s:", driver);
        if (!writer_append_part(writer, row, &disk_keys.rows[DISK_KEY_path], path, device)) {
            return FALSE;
        }
    }
    g_string_append_c(device, ',');
    if (!writer_append_part(writer, row, &disk_keys.rows[DISK_KEY_vdev],
                            settings_get(disk, DISK_KEY_vdev), device)) {
        return FALSE;
    }
    const char *mode =
        is_cdrom ? "r"
                 : word_in_xm(&disk_keys.rows[DISK_KEY_access], text_of(disk, DISK_KEY_access));
    g_string_append_printf(device, "%s,%s%s", is_cdrom ? ":cdrom" : "", mode,
                           backend != NULL ? "," : "");
    return backend == NULL ||
           writer_append_part(writer, row, &disk_keys.rows[DISK_KEY_backend], backend, device);
}

/* xm/create.py:comma_sep_kv_to_dict takes the blanks off both ends of a value. */
static gboolean append_pairs(Writer *writer, const KeyRow *row, const Settings *settings,
                             GString *device)
{
    for (guint i = 0; i < settings->count; i++) {
        const Value *value = &settings->values[i];
        if (value->form == FORM_TEXT && g_str_has_suffix(value->text, " ")) {
            Place place = {row->name, settings->table->rows[value->key].name};
            return writer_refuse_key(
                writer, place, "for xm: it would lose the blank at the end of '%s'", value->text);
        }
    }
    return writer_append_key_values(writer, row, settings, device);
}

static gboolean append_device(Writer *writer, const KeyRow *row, const Settings *settings,
                              GString *device)
{
    gboolean is_good = TRUE;
    for (guint key = 0; (is_good || writer->problems != NULL) && key < settings->table->count;
         key++) {
        const Value *value = settings_own(settings, key);
        is_good = (value == NULL || check_part(writer, row, &settings->table->rows[key], value)) &&
                  is_good;
    }
    if (!is_good) {
        return FALSE;
    }
    return settings->table == &disk_keys ? append_disk(writer, row, settings, device)
                                         : append_pairs(writer, row, settings, device);
}

/* ---- one start ---- */

/* NAME=VALUE behind the file counts in place of the file's, and is taken as it stands. The root
 * device is a variable of its own. */
static gboolean append_command_line(Writer *writer, const char *extra)
{
    const char *cmdline = domain_get_text(writer->domain, DOMAIN_KEY_cmdline);
    g_string_append_printf(writer->out, "extra=%s%s%s", cmdline != NULL ? cmdline : "",
                           cmdline != NULL ? " " : "", extra);
    Place place = {"cmdline", NULL};
    return writer_check_characters(writer, place, writer->out->str) &&
           (strpbrk(writer->out->str, "\n\r\t") == NULL ||
            writer_refuse(writer, place, "a text in one line", writer->out->str));
}

/* A number above 31 bits is a long to the Python of a 32-bit dom0, and xm passes over longs. */
const ConfigDialect xm_dialect = {
    .name_of = name_in_xm,
    .word_of = word_in_xm,
    .check = check_domain,
    .check_raw_key = check_raw_key,
    .append_list = append_list,
    .append_device = append_device,
    .append_command_line = append_command_line,
    .integer_most = G_MAXINT32,
    .is_ascii = TRUE,
};
