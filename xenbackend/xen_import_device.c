/* The strings of devices in config files, as settings of their key tables. */
#include "spec/text_checks.h"
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_disk_text.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

typedef struct {
    Importer *importer;
    const char *name; /* of the list, as the file has it: "vif" */
    const XenConfigValue *at;
    Settings *device;
} Device;

/* "vif.mac" */
static void leave_out(const Device *device, const char *part, const char *reason)
{
    g_autofree char *key =
        part != NULL ? g_strdup_printf("%s.%s", device->name, part) : g_strdup(device->name);
    import_leave_out(device->importer, device->at, key, "%s", reason);
}

static void set_part(Device *device, const KeyRow *part, const char *name, const char *text)
{
    Value value = {.key = (guint16)key_table_index(device->device->table, part)};
    g_autofree char *reason = NULL;
    gboolean is_for_guest = part->guests == 0 || (part->guests & device->importer->guest) != 0;
    /* Of a vif's types, `vif` alone is every guest's, which have no other. */
    if (!is_for_guest && part == &vif_keys.rows[VIF_KEY_type] && strcmp(text, "vif") == 0) {
        return;
    }
    if (!is_for_guest) {
        leave_out(device, name, "a guest of this type has no such thing");
    } else if (import_read_text(device->importer, part, text, &value, &reason)) {
        settings_set(device->device, &value);
    } else {
        leave_out(device, name, reason);
    }
}

/* ---- key=value,key=value ---- */

/* The row that is called so; of several the first: the others are for other toolstacks. */
static const KeyRow *find_part(const Device *device, const char *name)
{
    /* xl's older name: tools/xl/xl_parse.c:parse_nic_config. */
    if (device->device->table == &vif_keys && strcmp(name, "netdev") == 0) {
        return &vif_keys.rows[VIF_KEY_gatewaydev];
    }
    for (guint i = 0; i < device->device->table->count; i++) {
        const KeyRow *row = &device->device->table->rows[i];
        const char *known = import_name_of(device->importer, row);
        if (known != NULL && strcmp(known, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* A word that stands alone. */
static gboolean take_flag(Device *device, const char *word)
{
    for (guint i = 0; i < device->device->table->count; i++) {
        const KeyRow *row = &device->device->table->rows[i];
        for (guint value = 0; value < G_N_ELEMENTS(row->flags); value++) {
            if (g_strcmp0(row->flags[value], word) == 0) {
                set_part(device, row, word, value != 0 ? "1" : "0");
                return TRUE;
            }
        }
    }
    return FALSE;
}

/* xm's older way of saying which kind of display it is: tools/python/xen/xm/create.py. */
static const char *display_of(const Device *device, const char *key, const char *text)
{
    static const char *const kinds[] = {"vnc", "sdl", NULL};
    gboolean is_type = device->importer->dialect == XEN_DIALECT_XM &&
                       device->device->table == &vfb_keys && strcmp(key, "type") == 0;
    return is_type && g_strv_contains(kinds, text) ? text : NULL;
}

/* Of a vif, xl reads only what is for COLO beside what a spec has, and of a vfb nothing
 * (tools/xl/xl_parse.c:parse_nic_config, parse_top_level_vfb_params). */
static gboolean is_passed_over(const Device *device, const char *key)
{
    const KeyTable *table = device->device->table;
    return device->importer->dialect == XEN_DIALECT_XL &&
           (table == &vfb_keys || (table == &vif_keys && !g_str_has_prefix(key, "colo_")));
}

static void take_pair(Device *device, const char *key, const char *text)
{
    const char *display = display_of(device, key, text);
    const KeyRow *part = find_part(device, display != NULL ? display : key);
    if (name_is_of_secret(key)) {
        leave_out(device, key, "a secret stands in no spec");
    } else if (part != NULL) {
        set_part(device, part, key, display != NULL ? "1" : text);
    } else {
        g_autofree char *shown = import_quote(text);
        g_autofree char *reason = g_strdup_printf("a spec has no such key (it was %s)", shown);
        leave_out(device, key, reason);
        device->importer->domain->is_lacking |= !is_passed_over(device, key);
    }
}

/* As xl does for all but disks: cut at commas, blanks in front of a piece do not count. xm takes
 * away the others, too, and so does xl for channels: tools/xl/xl_parse.c:split_string_into_pair.
 * Blanks behind a value, which xl hands on, are of no use to anybody. */
static void take_pairs(Device *device, const char *text)
{
    gboolean is_trimmed =
        device->importer->dialect == XEN_DIALECT_XM || device->device->table == &channel_keys;
    g_auto(GStrv) pieces = g_strsplit(text, ",", -1);
    for (guint i = 0; pieces[i] != NULL; i++) {
        char *piece = pieces[i] + strspn(pieces[i], " ");
        char *equals = strchr(piece, '=');
        if (equals != NULL) {
            *equals = '\0';
            take_pair(device, is_trimmed ? g_strstrip(piece) : piece,
                      is_trimmed ? g_strstrip(equals + 1) : g_strchomp(equals + 1));
        } else if (*piece != '\0' && !take_flag(device, piece)) {
            leave_out(device, NULL, "a piece of it is no key=value");
        }
    }
}

/* ---- disks ---- */

/* xm has uname,dev,mode[,backend[,protocol]] (tools/python/xen/xm/create.py:preprocess_disk), of
 * which the first three are what xl reads as well. NULL: *reason is set. */
static char *disk_as_xl_has_it(const char *text, char **backend, char **reason)
{
    g_auto(GStrv) fields = g_strsplit(text, ",", -1);
    guint count = g_strv_length(fields);
    if (count < 3 || count > 5) {
        *reason = g_strdup("xm reads three to five fields with commas between");
        return NULL;
    }
    for (guint i = 0; i < count; i++) {
        g_strstrip(fields[i]);
    }
    if (count > 3 && *fields[3] != '\0') {
        *backend = g_strdup(fields[3]);
    }
    /* "w!": other domains may have it, too. What that means is the administrator's to know. */
    g_strdelimit(fields[2], "!", '\0');
    const char *device =
        g_str_has_prefix(fields[1], "ioemu:") ? fields[1] + strlen("ioemu:") : fields[1];
    /* xend looks below /dev for what is no path. */
    gboolean is_relative = g_str_has_prefix(fields[0], "phy:") && fields[0][4] != '/';
    return g_strdup_printf("%s%s,%s,%s", is_relative ? "phy:/dev/" : "",
                           fields[0] + (is_relative ? strlen("phy:") : 0), device, fields[2]);
}

/* What stands in front of the path, for xm's sake. */
static const char *driver_of(const char *text)
{
    static const char *const drivers[] = {"phy", "file", "tap:aio"};
    for (guint i = 0; i < G_N_ELEMENTS(drivers); i++) {
        if (g_str_has_prefix(text, drivers[i]) && text[strlen(drivers[i])] == ':') {
            return drivers[i];
        }
    }
    return NULL;
}

static void set_flag(Device *device, DiskKey key, XenFlag flag)
{
    if (flag != XEN_FLAG_UNSAID) {
        set_part(device, &disk_keys.rows[key], disk_keys.rows[key].name,
                 flag == XEN_FLAG_YES ? "1" : "0");
    }
}

static void set_disk_text(Device *device, DiskKey key, const char *text)
{
    if (text != NULL && *text != '\0') {
        set_part(device, &disk_keys.rows[key], disk_keys.rows[key].name, text);
    }
}

/* What is no path is for a script. */
static void set_disk_path(Device *device, const XenDiskText *disk)
{
    gboolean is_for_script = disk->script != NULL && *disk->script != '\0';
    if (disk->target == NULL || *disk->target == '\0') {
        return;
    }
    if (*disk->target != '/' && !is_for_script) {
        g_autofree char *shown = import_quote(disk->target);
        g_autofree char *reason =
            g_strdup_printf("a spec has an absolute path, and this is %s", shown);
        leave_out(device, "path", reason);
        return;
    }
    g_autofree char *tidy = *disk->target == '/' ? path_tidy(disk->target) : NULL;
    set_disk_text(device, DISK_KEY_path, tidy != NULL ? tidy : disk->target);
}

/* FALSE: it is of no use. */
static gboolean take_disk(Device *device, const XenDiskText *disk, char **reason)
{
    gboolean is_empty = strcmp(disk->format, "empty") == 0;
    if (disk->other != NULL) {
        *reason = g_strdup_printf("a spec has no `%s` for a disk", disk->other);
        return FALSE;
    }
    set_disk_text(device, DISK_KEY_vdev, disk->vdev);
    set_disk_path(device, disk);
    set_disk_text(device, DISK_KEY_devtype, disk->is_cdrom ? "cdrom" : NULL);
    set_disk_text(device, DISK_KEY_access, disk->is_read_only && !disk->is_cdrom ? "ro" : NULL);
    set_disk_text(device, DISK_KEY_format, is_empty ? NULL : disk->format);
    set_disk_text(device, DISK_KEY_backendtype, disk->backendtype);
    set_disk_text(device, DISK_KEY_backend, disk->backend);
    set_disk_text(device, DISK_KEY_script, disk->script);
    set_flag(device, DISK_KEY_discard, disk->discard);
    set_flag(device, DISK_KEY_direct_io_safe, disk->direct_io_safe);
    set_flag(device, DISK_KEY_trusted, disk->trusted);
    return TRUE;
}

static gboolean read_disk(Device *device, const char *text, char **reason)
{
    gboolean is_xm = device->importer->dialect == XEN_DIALECT_XM;
    g_autoptr(GString) report = g_string_new(NULL);
    g_autofree char *backend = NULL;
    g_autofree char *piece = is_xm ? disk_as_xl_has_it(text, &backend, reason) : g_strdup(text);
    if (piece == NULL) {
        return FALSE;
    }
    const char *pieces[] = {piece};
    g_autoptr(XenDiskText) disk = xen_disk_text_parse("", pieces, 1, report);
    if (disk == NULL) {
        static const char start[] = ": config parsing error in disk specification: ";
        const char *said = report->str + (g_str_has_prefix(report->str, start) ? strlen(start) : 0);
        *reason = text_may_hold_secret(text)
                      ? g_strdup_printf("%s refuses it", import_reader(device->importer))
                      : g_strdup_printf("%s refuses it: %.*s", import_reader(device->importer),
                                        (int)strcspn(said, "\n"), said);
        return FALSE;
    }
    if (backend != NULL) {
        g_free(disk->backend);
        disk->backend = g_steal_pointer(&backend);
    }
    if (!take_disk(device, disk, reason)) {
        return FALSE;
    }
    const char *driver =
        is_xm && device->importer->target == XEN_DIALECT_XM ? driver_of(text) : NULL;
    if (disk->target != NULL && *disk->target != '\0') {
        set_disk_text(device, DISK_KEY_driver, driver);
    }
    return TRUE;
}

/* A disk without the path that it had would be another disk, and one without its script has none.
 */
static gboolean is_whole_disk(const Settings *disk)
{
    const Value *devtype = settings_own(disk, DISK_KEY_devtype);
    const Value *path = settings_own(disk, DISK_KEY_path);
    gboolean is_usable = path != NULL
                             ? path->text[0] == '/' || settings_own(disk, DISK_KEY_script) != NULL
                             : devtype != NULL;
    return settings_own(disk, DISK_KEY_vdev) != NULL && is_usable;
}

gboolean import_read_device(Importer *importer, const KeyRow *row, const char *name,
                            const XenConfigValue *item, Value *out)
{
    g_autoptr(Settings) settings = settings_new(row->table);
    Device device = {importer, name, item, settings};
    g_autofree char *reason = NULL;
    if (item->kind != XEN_CONFIG_ATOM || !g_utf8_validate(item->text, -1, NULL)) {
        leave_out(&device, NULL, "it is no text");
        return FALSE;
    }
    if (row->table != &disk_keys) {
        take_pairs(&device, item->text);
    } else if (!read_disk(&device, item->text, &reason)) {
        leave_out(&device, NULL, reason);
        return FALSE;
    } else if (!is_whole_disk(settings)) {
        return FALSE;
    }
    out->form = FORM_TABLE;
    out->table = g_steal_pointer(&settings);
    return TRUE;
}
