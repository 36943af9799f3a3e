/* Profiles merged, uuids and MACs made. */
#include "spec/identity.h"
#include "spec/spec_steps.h"

#include <string.h>

static const Value *layer(const Settings *settings, guint key)
{
    return settings != NULL ? settings_own(settings, key) : NULL;
}

const Settings *domain_layer_of(const Domain *domain, guint key)
{
    const Settings *layers[] = {domain->own, domain->profile, domain->default_profile};
    for (guint i = 0; i < G_N_ELEMENTS(layers); i++) {
        if (layers[i] != NULL &&
            (settings_own(layers[i], key) != NULL || settings_is_refused(layers[i], key))) {
            return layers[i];
        }
    }
    return NULL;
}

gboolean domain_is_refused(const Domain *domain, guint key)
{
    const Settings *settings = domain_layer_of(domain, key);
    return settings != NULL && settings_is_refused(settings, key);
}

/* " (did you mean 'small'?)", or "". To be freed. */
static char *hint_at_profile(const Spec *spec, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    /* Of two that are as near, the first one by its letters. */
    g_autoptr(GList) sorted =
        g_list_sort(g_hash_table_get_keys(spec->profiles_by_name), (GCompareFunc)strcmp);
    for (GList *item = sorted; item != NULL; item = item->next) {
        g_ptr_array_add(names, item->data);
    }
    const char *meant = names_suggest(names, name);
    return meant != NULL ? g_strdup_printf(" (did you mean '%s'?)", meant) : g_strdup("");
}

static void find_profile(const Spec *spec, Domain *domain, Problems *problems)
{
    const Value *name = settings_own(domain->own, DOMAIN_KEY_profile);
    domain->default_profile = g_hash_table_lookup(spec->profiles_by_name, "default");
    if (name == NULL) {
        return;
    }
    domain->profile = g_hash_table_lookup(spec->profiles_by_name, name->text);
    if (domain->profile == NULL && !spec->is_incomplete) {
        g_autofree char *hint = hint_at_profile(spec, name->text);
        problems_add(problems, name->where, "expected one of 'profiles', found '%s'%s", name->text,
                     hint);
    }
}

static void add_missing_raw(Value *map, const Value *more)
{
    for (guint i = 0; more != NULL && i < more->count; i += 2) {
        gboolean is_known = FALSE;
        for (guint j = 0; j < map->count; j += 2) {
            is_known = is_known || strcmp(map->items[j].text, more->items[i].text) == 0;
        }
        if (!is_known) {
            map->items = g_renew(Value, map->items, map->count + 2);
            map->items[map->count] = value_copy(&more->items[i]);
            map->items[map->count + 1] = value_copy(&more->items[i + 1]);
            map->count += 2;
        }
    }
}

void domain_set(Domain *domain, const Value *value)
{
    if (domain->derived == NULL) {
        domain->derived = settings_new(&domain_keys);
    }
    settings_set(domain->derived, value);
}

/* Mappings merge key by key. Those with rows of their own do so by themselves; `xen` has none. */
static void merge_raw_keys(Domain *domain)
{
    const Value *own = settings_own(domain->own, DOMAIN_KEY_xen);
    const Value *profile = layer(domain->profile, DOMAIN_KEY_xen);
    const Value *base = layer(domain->default_profile, DOMAIN_KEY_xen);
    const Value *first = own != NULL ? own : profile != NULL ? profile : base;
    if ((own != NULL) + (profile != NULL) + (base != NULL) < 2 ||
        domain_is_refused(domain, DOMAIN_KEY_xen)) {
        return;
    }
    Value merged = value_copy(first);
    add_missing_raw(&merged, profile);
    add_missing_raw(&merged, base);
    domain_set(domain, &merged);
}

gint64 vif_devid(const Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    return devid != NULL ? devid->integer : (gint64)position;
}

gboolean vif_mac_is_made(const Settings *vif)
{
    const Value *mac = settings_own(vif, VIF_KEY_mac);
    return mac != NULL && mac->where.text == vif->where.text &&
           mac->where.line == vif->where.line && mac->where.column == vif->where.column;
}

static void make_macs(const Spec *spec, Domain *domain)
{
    const Value *vifs = domain_get(domain, DOMAIN_KEY_vifs);
    gboolean is_complete = TRUE;
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        is_complete = is_complete && settings_own(vifs->items[i].table, VIF_KEY_mac) != NULL;
    }
    if (vifs == NULL || is_complete) {
        return;
    }
    Value completed = value_copy(vifs);
    for (guint i = 0; i < completed.count; i++) {
        Settings *vif = completed.items[i].table;
        if (settings_own(vif, VIF_KEY_mac) != NULL) {
            continue;
        }
        char text[IDENTITY_MAC_SIZE];
        identity_make_mac(spec->fleet, domain->name, vif_devid(vif, i), text);
        Value mac = {.where = vif->where, .key = VIF_KEY_mac, .form = FORM_TEXT};
        mac.text = g_string_chunk_insert(spec->strings, text);
        settings_set(vif, &mac);
    }
    domain_set(domain, &completed);
}

/* A CD-ROM drive is read only, whatever other disks are. */
static void make_cdroms_read_only(Domain *domain)
{
    const Value *disks = domain_get(domain, DOMAIN_KEY_disks);
    gboolean is_complete = TRUE;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        is_complete =
            is_complete && (!disk_is_cdrom(disk) || settings_own(disk, DISK_KEY_access) != NULL);
    }
    if (disks == NULL || is_complete) {
        return;
    }
    Value completed = value_copy(disks);
    for (guint i = 0; i < completed.count; i++) {
        Settings *disk = completed.items[i].table;
        if (disk_is_cdrom(disk) && settings_own(disk, DISK_KEY_access) == NULL) {
            Value access = {.where = disk->where, .key = DISK_KEY_access, .form = FORM_TEXT};
            access.text = "ro";
            settings_set(disk, &access);
        }
    }
    domain_set(domain, &completed);
}

/* A guest that may stay off must leave its remains for us to see: only they tell a poweroff from a
 * crash. */
static void preserve_powered_off(Domain *domain)
{
    const Value *leave = domain_get(domain, DOMAIN_KEY_on_guest_poweroff);
    if (strcmp(leave->text, "leave") != 0) {
        return;
    }
    Value preserve = {.where = leave->where, .key = DOMAIN_KEY_on_poweroff, .form = FORM_TEXT};
    preserve.text = "preserve";
    domain_set(domain, &preserve);
}

/* The keys that a domain must have; tables are constants. */
static const GArray *required_keys(void)
{
    static GArray *keys;
    if (keys != NULL) {
        return keys;
    }
    keys = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint key = 0; key < domain_keys.count; key++) {
        if (domain_keys.rows[key].is_required) {
            g_array_append_val(keys, key);
        }
    }
    return keys;
}

static void miss_required(const Domain *domain, Problems *problems)
{
    const GArray *required = required_keys();
    for (guint i = 0; i < required->len; i++) {
        guint key = g_array_index(required, guint, i);
        if (domain_get(domain, key) == NULL && !domain_is_refused(domain, key)) {
            problems_add(problems, domain->where,
                         "expected the key '%s' in domain '%s' or its profiles, found none",
                         domain_keys.rows[key].name, domain->name);
        }
    }
}

static void make_uuid(const Spec *spec, Domain *domain)
{
    const Value *uuid = domain_get(domain, DOMAIN_KEY_uuid);
    if (uuid != NULL) {
        g_strlcpy(domain->uuid, uuid->text, sizeof domain->uuid);
    } else if (spec->fleet != NULL) {
        identity_make_uuid(spec->fleet, domain->name, domain->uuid);
    }
}

void spec_merge_domain(const Spec *spec, Domain *domain, Problems *problems)
{
    find_profile(spec, domain, problems);
    domain_find_base(spec, domain);
    if (!spec->is_incomplete) {
        miss_required(domain, problems);
    }
    domain->host = spec->has_hosts ? domain_get_text(domain, DOMAIN_KEY_host) : NULL;
    make_uuid(spec, domain);
    merge_raw_keys(domain);
    preserve_powered_off(domain);
    make_cdroms_read_only(domain);
    if (spec->fleet != NULL) {
        make_macs(spec, domain);
    }
}

void spec_finish(Spec *spec, const char *const *programs, Problems *problems)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        spec_merge_domain(spec, domain, problems);
        /* What a text that could not be read gives is unknown, and would only seem to be missing.
         */
        if (!spec->is_incomplete) {
            spec_check_domain(spec, domain, programs, problems);
        }
    }
    if (!spec->is_incomplete) {
        spec_check_profiles(spec, programs, problems);
        spec_check_fleet(spec, problems);
    }
    problems_sort(problems);
}
