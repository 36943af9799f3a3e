/* Disks and vifs of a running domain, beside the spec's. */
#include "reconcile/seen_settings.h"

#include <string.h>

/* ---- which is which ---- */

/* The number of a vif is its position where nothing is said. */
static gint64 number_of(const Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    return devid != NULL ? devid->integer : position;
}

static const char *name_of(const Settings *disk)
{
    const Value *vdev = settings_own(disk, DISK_KEY_vdev);
    return vdev != NULL ? vdev->text : "";
}

/* The position of the device with this identity; -1: none has it, or there is none to look for. */
static int find_identity(const Value *list, const char *identity)
{
    for (guint i = 0; identity != NULL && i < list->count; i++) {
        if (g_strcmp0(settings_identity(list->items[i].table), identity) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* A vif that was taken away and given back has the number that was free then. So its MAC counts,
 * and the number where a MAC is one that the other list does not have. */
static int find_vif(const Value *list, guint index, const Value *others)
{
    const Settings *vif = list->items[index].table;
    int there = find_identity(others, settings_identity(vif));
    for (guint i = 0; there < 0 && i < others->count; i++) {
        const Settings *other = others->items[i].table;
        if (number_of(vif, index) == number_of(other, i) &&
            find_identity(list, settings_identity(other)) < 0) {
            there = (int)i;
        }
    }
    return there;
}

/* The position of a list's device in another list; -1: it is not there. */
static int find_device(const KeyTable *table, const Value *list, guint index, const Value *others)
{
    if (table != &disk_keys) {
        return find_vif(list, index, others);
    }
    for (guint i = 0; i < others->count; i++) {
        if (strcmp(name_of(list->items[index].table), name_of(others->items[i].table)) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* A disk can be named by its number, too, and one without a name is not known. */
static gboolean is_named(const Value *disks)
{
    for (guint i = 0; i < disks->count; i++) {
        if (!g_ascii_isalpha(*name_of(disks->items[i].table))) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Two that are known by one name cannot be told apart. */
static gboolean is_unique(const KeyTable *table, const Value *list)
{
    for (guint i = 0; i < list->count; i++) {
        if (find_device(table, list, i, list) != (int)i) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- one device ---- */

static gboolean is_drive(const Settings *disk)
{
    const Value *devtype = settings_own(disk, DISK_KEY_devtype);
    return devtype != NULL && strcmp(devtype->text, "cdrom") == 0;
}

/* An empty drive has no format, and what lies in one is never written to; a disk's `driver` is seen
 * as `backendtype`. The number of a vif is whatever was free, unless one is said. */
static gboolean is_compared(const Settings *want, const Settings *have, guint key)
{
    if (want->table == &disk_keys) {
        gboolean is_of_medium =
            is_drive(want) && is_drive(have) && (key == DISK_KEY_format || key == DISK_KEY_access);
        gboolean is_driven =
            key == DISK_KEY_backendtype && settings_own(want, DISK_KEY_driver) != NULL;
        return !is_of_medium && !is_driven;
    }
    return key != VIF_KEY_devid || settings_own(want, VIF_KEY_devid) != NULL;
}

static gboolean compare_device(const Settings *want, const Settings *have, gboolean tells_absence,
                               Settings *out)
{
    gboolean is_different = FALSE;
    for (guint key = 0; key < want->table->count; key++) {
        const Value *found = NULL;
        if (!is_compared(want, have, key) ||
            seen_compare_value(want->table, key, settings_get(want, key), settings_own(have, key),
                               tells_absence, &found) != VERDICT_DIFFERENT) {
            continue;
        }
        is_different = TRUE;
        if (found != NULL) {
            Value copy = value_copy(found);
            settings_set(out, &copy);
        } else {
            settings_unset(out, key);
        }
    }
    return is_different;
}

/* ---- lists ---- */

static void append_device(Value *list, Settings *device)
{
    list->items[list->count++] = (Value){.key = list->key, .form = FORM_TABLE, .table = device};
}

Verdict seen_compare_devices(const KeyTable *table, const Value *want, const Value *have,
                             gboolean tells_absence, Value *out)
{
    static const Value none = {.form = FORM_LIST};
    if (have == NULL && !tells_absence) {
        return VERDICT_UNSEEN;
    }
    want = want != NULL ? want : &none;
    have = have != NULL ? have : &none;
    gboolean is_known = table != &disk_keys || (is_named(want) && is_named(have));
    if (!is_known || !is_unique(table, want) || !is_unique(table, have)) {
        return VERDICT_UNSEEN;
    }
    Value list = {.form = FORM_LIST};
    list.items = g_new0(Value, (gsize)want->count + have->count + 1);
    gboolean is_different = FALSE;
    for (guint i = 0; i < want->count; i++) {
        int there = find_device(table, want, i, have);
        Settings *device = settings_copy(want->items[i].table);
        if (there < 0) {
            settings_free(device);
            is_different = TRUE;
            continue;
        }
        append_device(&list, device);
        is_different =
            compare_device(want->items[i].table, have->items[there].table, tells_absence, device) ||
            is_different;
    }
    for (guint i = 0; i < have->count; i++) {
        if (find_device(table, have, i, want) < 0) {
            append_device(&list, settings_copy(have->items[i].table));
            is_different = TRUE;
        }
    }
    if (!is_different) {
        value_clear(&list);
        return VERDICT_ALIKE;
    }
    *out = list;
    return VERDICT_DIFFERENT;
}
