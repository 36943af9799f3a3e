#include "xenbackend/xen_import_running.h"

#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

void imported_domain_set_text(ImportedDomain *domain, DomainKey key, const char *text)
{
    Value value = {
        .key = (guint16)key, .form = FORM_TEXT, .text = g_string_chunk_insert(domain->texts, text)};
    settings_set(domain->settings, &value);
}

void imported_domain_set_number(ImportedDomain *domain, DomainKey key, gint64 number)
{
    Value value = {.key = (guint16)key, .form = FORM_INTEGER, .integer = number};
    settings_set(domain->settings, &value);
}

/* ---- what a spec need not say ---- */

/* What the toolstack takes anyway where a spec says nothing. */
static gboolean is_usual(const KeyTable *table, const Value *value)
{
    const Value *ours = key_table_default(table, value->key);
    const Value *usual = key_table_toolstack_default(table, value->key, FALSE);
    return !table->rows[value->key].is_required &&
           value_equal(table, value, ours != NULL ? ours : usual);
}

static void drop_usual(Settings *settings)
{
    for (guint key = 0; key < settings->table->count; key++) {
        const Value *value = settings_own(settings, key);
        if (value != NULL && is_usual(settings->table, value)) {
            settings_unset(settings, key);
        }
    }
}

/* A maximum that is what there is now is what a spec means without one. */
static void drop_maximum(Settings *settings, DomainKey maximum, DomainKey key)
{
    const Value *most = settings_own(settings, maximum);
    const Value *value = settings_own(settings, key);
    if (most != NULL && value != NULL && most->integer == value->integer) {
        settings_unset(settings, maximum);
    }
}

/* Members that are not there and mean something. */
static void add_absent(Settings *settings, guint guest)
{
    for (guint key = 0; key < settings->table->count; key++) {
        const KeyRow *row = &settings->table->rows[key];
        const Value *absent = NULL;
        gboolean is_for_guest = row->guests == 0 || (row->guests & guest) != 0;
        if (is_for_guest && settings_own(settings, key) == NULL &&
            key_table_absent(settings->table, key, &absent) && absent != NULL) {
            settings_set(settings, absent);
        }
    }
}

/* ---- devices ---- */

static gboolean is_drive(const Settings *disk)
{
    const Value *devtype = settings_own(disk, DISK_KEY_devtype);
    return devtype != NULL && strcmp(devtype->text, "cdrom") == 0;
}

/* What is no path is for a script: without one, nobody knows what it stands for. */
static void drop_odd_path(ImportedDomain *domain, Settings *disk, guint number)
{
    const Value *path = settings_own(disk, DISK_KEY_path);
    if (path == NULL || path->text[0] == '/' || settings_own(disk, DISK_KEY_script) != NULL) {
        return;
    }
    g_autofree char *shown = import_quote(path->text);
    g_autofree char *name = g_strdup_printf("disks[%u].pdev_path", number);
    imported_domain_note(domain, 0, 0, name,
                         "left out: a spec has an absolute path, and this is %s", shown);
    settings_unset(disk, DISK_KEY_path);
    domain->is_lacking = TRUE;
}

static void tidy_disk(Settings *disk)
{
    if (is_drive(disk)) {
        settings_unset(disk, DISK_KEY_access);
    }
}

void imported_domain_drop_half_disks(ImportedDomain *domain)
{
    Value *list = (Value *)settings_own(domain->settings, DOMAIN_KEY_disks);
    guint kept = 0;
    for (guint i = 0; list != NULL && i < list->count; i++) {
        Settings *disk = list->items[i].table;
        const Value *path = settings_own(disk, DISK_KEY_path);
        gboolean is_odd =
            path != NULL && path->text[0] != '/' && settings_own(disk, DISK_KEY_script) == NULL;
        if (settings_own(disk, DISK_KEY_vdev) != NULL && !is_odd &&
            (is_drive(disk) || path != NULL)) {
            list->items[kept++] = list->items[i];
        } else {
            value_clear(&list->items[i]);
            imported_domain_lack_device(domain);
        }
    }
    if (list != NULL) {
        list->count = kept;
    }
}

static void tidy_vif(Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    if (devid != NULL && devid->integer == position) {
        settings_unset(vif, VIF_KEY_devid);
    }
}

static void tidy_devices(ImportedDomain *domain, DomainKey key, guint guest, gboolean tells_absence)
{
    const Value *list = settings_own(domain->settings, key);
    for (guint i = 0; list != NULL && list->form == FORM_LIST && i < list->count; i++) {
        Settings *device = list->items[i].table;
        if (tells_absence) {
            add_absent(device, guest);
        }
        if (key == DOMAIN_KEY_disks) {
            drop_odd_path(domain, device, i);
            tidy_disk(device);
        } else if (key == DOMAIN_KEY_vifs) {
            tidy_vif(device, i);
        }
        drop_usual(device);
    }
}

/* xl makes a keyboard beside each display (Xen tools/xl/xl_parse.c), and would make another. */
static void drop_keyboards(Settings *settings)
{
    const Value *keyboards = settings_own(settings, DOMAIN_KEY_vkb);
    gboolean is_any_own = FALSE;
    for (guint i = 0; keyboards != NULL && i < keyboards->count; i++) {
        is_any_own = is_any_own || keyboards->items[i].table->count > 0;
    }
    if (keyboards != NULL && !is_any_own) {
        settings_unset(settings, DOMAIN_KEY_vkb);
    }
}

/* ---- the whole ---- */

static void note_unread(ImportedDomain *domain, const SeenSettings *seen)
{
    for (guint i = 0; i < seen->unread->len; i++) {
        const SeenMember *member = g_ptr_array_index(seen->unread, i);
        /* A list of devices of which no table is known. */
        if (member->value == NULL && strpbrk(member->path, ".[") == NULL) {
            imported_domain_lack_device(domain);
        }
        domain->is_lacking = domain->is_lacking || member->is_known;
        if (name_is_of_secret(member->path)) {
            imported_domain_note(domain, 0, 0, member->path,
                                 "left out: a secret stands in no spec");
        } else if (member->value != NULL) {
            g_autofree char *shown = import_quote(member->value);
            imported_domain_note(domain, 0, 0, member->path,
                                 member->is_known
                                     ? "left out: a spec cannot have it as it is (it was %s)"
                                     : "left out: no key of a spec is known for it (it was %s)",
                                 shown);
        } else {
            imported_domain_note(domain, 0, 0, member->path,
                                 "left out: no key of a spec is known for it");
        }
    }
}

ImportedDomain *xen_import_running(const ObservedDomain *row)
{
    g_autofree char *source =
        g_strdup_printf("the running domain %s (id %u)", row->name, row->domid);
    ImportedDomain *domain = imported_domain_new(source);
    const SeenSettings *seen = row->settings;
    domain->name = g_strdup(row->name);
    settings_free(domain->settings);
    domain->settings = settings_copy(seen->settings);
    const Value *type = settings_own(domain->settings, DOMAIN_KEY_type);
    guint guest = type != NULL ? guest_type_of(type->text) : 0;
    if (seen->tells_absence) {
        add_absent(domain->settings, guest);
    }
    for (guint key = 0; key < domain_keys.count; key++) {
        if (domain_keys.rows[key].type == TYPE_TABLE) {
            tidy_devices(domain, key, guest, seen->tells_absence);
        }
    }
    drop_maximum(domain->settings, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory);
    drop_maximum(domain->settings, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus);
    drop_keyboards(domain->settings);
    imported_domain_drop_secrets(domain);
    drop_usual(domain->settings);
    note_unread(domain, seen);
    return domain;
}

void imported_domain_identify(ImportedDomain *domain, const ObservedDomain *row,
                              gboolean is_adopted)
{
    const Value *uuid = settings_own(domain->settings, DOMAIN_KEY_uuid);
    if (uuid == NULL && row->uuid[0] != '\0') {
        imported_domain_set_text(domain, DOMAIN_KEY_uuid, row->uuid);
    } else if (uuid != NULL && strcmp(uuid->text, row->uuid) != 0) {
        imported_domain_note(domain, 0, 0, "uuid",
                             "a domain of this name runs with another uuid (%s): they are not the "
                             "same, and xensure will say so",
                             row->uuid);
    }
    if (is_adopted) {
        imported_domain_set_number(domain, DOMAIN_KEY_adopt, TRUE);
    }
    if (row->is_paused) {
        imported_domain_set_text(domain, DOMAIN_KEY_state, "paused");
    }
}

static gint64 number_of(const Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    return devid != NULL ? devid->integer : position;
}

/* The MAC address of a vif that runs, or NULL. */
static const Value *find_mac(const Value *running, gint64 number)
{
    for (guint i = 0; running != NULL && i < running->count; i++) {
        if (number_of(running->items[i].table, i) == number) {
            return settings_own(running->items[i].table, VIF_KEY_mac);
        }
    }
    return NULL;
}

void imported_domain_take_macs(ImportedDomain *domain, const ObservedDomain *row)
{
    const Value *vifs = settings_own(domain->settings, DOMAIN_KEY_vifs);
    const Value *running =
        row->settings != NULL ? settings_own(row->settings->settings, DOMAIN_KEY_vifs) : NULL;
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        Settings *vif = vifs->items[i].table;
        const Value *mac = find_mac(running, number_of(vif, i));
        if (settings_own(vif, VIF_KEY_mac) != NULL || mac == NULL) {
            continue;
        }
        Value copy = *mac;
        copy.text = g_string_chunk_insert(domain->texts, mac->text);
        settings_set(vif, &copy);
        imported_domain_note(domain, 0, 0, "vif",
                             "the file has no MAC address for vif %u; %s is what it runs with", i,
                             mac->text);
    }
}
