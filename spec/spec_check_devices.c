/* The devices of a domain: what concerns more than one key of one, or more than one of them. */
#include "spec/spec_check_parts.h"

#include <string.h>

gboolean disk_is_cdrom(const Settings *disk)
{
    const Value *devtype = settings_own(disk, DISK_KEY_devtype);
    return devtype != NULL && strcmp(devtype->text, "cdrom") == 0;
}

static gboolean is_missing(const Settings *device, guint key)
{
    return settings_own(device, key) == NULL && !settings_is_refused(device, key);
}

/* libxl finds a second use of a vdev only when it creates the domain. */
static void check_vdev(const Value *disks, guint index, Problems *problems)
{
    const Value *vdev = settings_own(disks->items[index].table, DISK_KEY_vdev);
    for (guint i = 0; vdev != NULL && i < index; i++) {
        const Value *other = settings_own(disks->items[i].table, DISK_KEY_vdev);
        if (other != NULL && strcmp(vdev->text, other->text) == 0) {
            problems_add(problems, vdev->where,
                         "expected a vdev of its own for each disk, found '%s' again (first in "
                         "line %u)",
                         vdev->text, other->where.line);
            return;
        }
    }
}

/* What is no path means something only to the script that gets it. */
static void check_disk_place(const Settings *disk, Problems *problems)
{
    const Value *path = settings_own(disk, DISK_KEY_path);
    if (path != NULL && path->text[0] != '/' && is_missing(disk, DISK_KEY_script)) {
        problems_add(problems, path->where,
                     "expected an absolute path in a disk without a `script`, found '%s'",
                     path->text);
    }
}

static void check_disk(const Settings *disk, Problems *problems)
{
    const Value *access = settings_own(disk, DISK_KEY_access);
    const Value *driver = settings_own(disk, DISK_KEY_driver);
    gboolean is_cdrom = disk_is_cdrom(disk);
    if (!is_cdrom && is_missing(disk, DISK_KEY_path) &&
        !settings_is_refused(disk, DISK_KEY_devtype)) {
        problems_add(problems, disk->where, "expected the key 'path' in a disk, found none");
    }
    check_disk_place(disk, problems);
    if (is_cdrom && access != NULL && strcmp(access->text, "ro") != 0) {
        problems_add(problems, access->where,
                     "expected 'access: ro' for a CD-ROM drive, found '%s'", access->text);
    }
    if (driver != NULL && settings_own(disk, DISK_KEY_backendtype) != NULL) {
        problems_add(problems, driver->where,
                     "expected only one of 'driver' and 'backendtype' in a disk, found both");
    }
}

static void check_disks(const Settings *settings, Problems *problems)
{
    const Value *disks = settings_own(settings, DOMAIN_KEY_disks);
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        check_vdev(disks, i, problems);
        check_disk(disks->items[i].table, problems);
    }
}

/* A vif that has no devid counts by its position. */
static void check_devid(const Value *vifs, guint index, Problems *problems)
{
    gint64 devid = vif_devid(vifs->items[index].table, index);
    for (guint i = 0; i < index; i++) {
        if (vif_devid(vifs->items[i].table, i) == devid) {
            problems_add(problems, vifs->items[index].where,
                         "expected a devid of its own for each vif (its position when left "
                         "out), found %" G_GINT64_FORMAT " again (first in line %u)",
                         devid, vifs->items[i].where.line);
            return;
        }
    }
}

static void check_vifs(const Settings *settings, Problems *problems)
{
    const Value *vifs = settings_own(settings, DOMAIN_KEY_vifs);
    const Value *second = NULL;
    guint by_position = 0;
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        const Settings *vif = vifs->items[i].table;
        check_devid(vifs, i, problems);
        if (is_missing(vif, VIF_KEY_mac) && is_missing(vif, VIF_KEY_devid) && ++by_position == 2) {
            second = &vifs->items[i];
        }
    }
    if (second != NULL) {
        problems_add_warning(problems, second->where,
                             "the MAC addresses of %u vifs are made from their positions: each "
                             "vif that comes or goes in front of another changes that one's; a "
                             "`devid` or a `mac` keeps it",
                             by_position);
    }
}

static void check_channels(const Settings *settings, Problems *problems)
{
    const Value *channels = settings_own(settings, DOMAIN_KEY_channel);
    for (guint i = 0; channels != NULL && i < channels->count; i++) {
        const Settings *channel = channels->items[i].table;
        const Value *connection = settings_own(channel, CHANNEL_KEY_connection);
        if (connection == NULL || settings_is_refused(channel, CHANNEL_KEY_path)) {
            continue;
        }
        gboolean is_socket = strcmp(connection->text, "socket") == 0;
        gboolean has_path = settings_own(channel, CHANNEL_KEY_path) != NULL;
        if (is_socket != has_path) {
            problems_add(problems, channels->items[i].where,
                         is_socket
                             ? "expected the key 'path' in a channel that is a socket, found "
                               "none"
                             : "expected no 'path' in a channel that is no socket, found one");
        }
    }
}

static void check_vfbs(const Settings *settings, Problems *problems)
{
    const Value *vfbs = settings_own(settings, DOMAIN_KEY_vfb);
    for (guint i = 0; vfbs != NULL && i < vfbs->count; i++) {
        const Settings *vfb = vfbs->items[i].table;
        const Value *listen = settings_own(vfb, VFB_KEY_vnclisten);
        const Value *display = settings_own(vfb, VFB_KEY_vncdisplay);
        if (listen != NULL && display != NULL && strchr(listen->text, ':') != NULL) {
            problems_add(problems, display->where,
                         "expected only one of 'vnclisten' and 'vncdisplay' in a vfb, found both: "
                         "the display stands in `vnclisten` already");
        }
    }
}

/* Xen tools/xl/xl_parse.c:parse_vkb_list. */
static void check_vkbs(const Settings *settings, Problems *problems)
{
    const Value *vkbs = settings_own(settings, DOMAIN_KEY_vkb);
    for (guint i = 0; vkbs != NULL && i < vkbs->count; i++) {
        const Settings *vkb = vkbs->items[i].table;
        const Value *multi_touch = settings_own(vkb, VKB_KEY_multi_touch);
        gboolean has_area = FALSE;
        const VkbKey area[] = {VKB_KEY_touch_width, VKB_KEY_touch_height, VKB_KEY_touch_contacts};
        for (guint k = 0; k < G_N_ELEMENTS(area); k++) {
            has_area |= settings_own(vkb, area[k]) != NULL || settings_is_refused(vkb, area[k]);
        }
        if (multi_touch != NULL && multi_touch->integer != 0 && !has_area) {
            problems_add(
                problems, multi_touch->where,
                "expected 'multi-touch-width', 'multi-touch-height' or "
                "'multi-touch-num-contacts' in a vkb with 'feature-multi-touch', found none");
        }
    }
}

void spec_check_devices(const Settings *settings, Problems *problems)
{
    check_disks(settings, problems);
    check_vifs(settings, problems);
    check_channels(settings, problems);
    check_vfbs(settings, problems);
    check_vkbs(settings, problems);
}

/* Of a vif's types, only `vif` is one that every guest has. */
static gboolean is_for_all(const KeyTable *table, const Value *value)
{
    return table == &vif_keys && value->key == VIF_KEY_type && strcmp(value->text, "vif") == 0;
}

static void check_device(const Subject *subject, DomainKey list, const Settings *device, guint type)
{
    const DomainKey keys[] = {list, DOMAIN_KEY_type};
    for (guint i = 0; i < device->count; i++) {
        const Value *value = &device->values[i];
        const KeyRow *row = &device->table->rows[value->key];
        if (row->guests != 0 && (row->guests & type) == 0 && !is_for_all(device->table, value) &&
            subject_has(subject, keys, 2)) {
            problems_add(subject->problems, value->where,
                         "expected keys that %s guests have in %s, found '%s' for %s '%s'",
                         domain_get_text(subject->domain, DOMAIN_KEY_type), device->table->name,
                         row->name, subject->kind, subject->domain->name);
        }
    }
}

void spec_check_device_guests(const Subject *subject)
{
    static const DomainKey lists[] = {DOMAIN_KEY_disks, DOMAIN_KEY_vifs};
    guint type = subject_type(subject);
    for (guint i = 0; type != GUEST_ALL && i < G_N_ELEMENTS(lists); i++) {
        const Value *devices = domain_get(subject->domain, lists[i]);
        for (guint j = 0; devices != NULL && j < devices->count; j++) {
            check_device(subject, lists[i], devices->items[j].table, type);
        }
    }
}
