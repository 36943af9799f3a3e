/* Profiles merged, uuids and MACs made. */
#include "spec/identity.h"
#include "spec/spec_steps.h"

#include <string.h>

static const Value *layer(const Settings *settings, guint key)
{
    return settings != NULL ? settings_own(settings, key) : NULL;
}

/* Puts a layer over those below. What it gives and what was refused hides what they have. */
static void overlay(Domain *domain, const Settings *settings)
{
    for (guint i = 0; settings != NULL && i < settings->count; i++) {
        domain->effective[settings->values[i].key] = &settings->values[i];
    }
    for (guint key = 0; settings != NULL && settings->refused != NULL && key < domain_keys.count;
         key++) {
        if (settings->refused[key]) {
            domain->effective[key] = key_table_default(&domain_keys, key);
        }
    }
}

/* What holds where no layer says anything. Tables are constants, so this lives for ever. */
typedef struct {
    const Value *values[DOMAIN_KEY_COUNT];
    guint limited[DOMAIN_KEY_COUNT]; /* rows with a default that not all guest types have */
    guint limited_count;
    guint required[DOMAIN_KEY_COUNT];
    guint required_count;
} DomainDefaults;

static const DomainDefaults *domain_defaults(void)
{
    static DomainDefaults defaults;
    if (defaults.required_count > 0) {
        return &defaults;
    }
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        defaults.values[key] = key_table_default(&domain_keys, key);
        if (defaults.values[key] != NULL && row->guests != 0) {
            defaults.limited[defaults.limited_count++] = key;
        }
        if (row->is_required) {
            defaults.required[defaults.required_count++] = key;
        }
    }
    return &defaults;
}

/* A default holds for the guests that have the row. */
static void drop_defaults_of_others(Domain *domain, const DomainDefaults *defaults)
{
    guint type = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    for (guint i = 0; type != 0 && i < defaults->limited_count; i++) {
        guint key = defaults->limited[i];
        if ((domain_keys.rows[key].guests & type) == 0 &&
            domain->effective[key] == defaults->values[key]) {
            domain->effective[key] = NULL;
        }
    }
}

static void overlay_all(Domain *domain)
{
    const DomainDefaults *defaults = domain_defaults();
    memcpy(domain->effective, defaults->values, sizeof domain->effective);
    overlay(domain, domain->default_profile);
    overlay(domain, domain->profile);
    overlay(domain, domain->own);
    drop_defaults_of_others(domain, defaults);
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

static void find_profile(const Spec *spec, Domain *domain, Problems *problems)
{
    const Value *name = settings_own(domain->own, DOMAIN_KEY_profile);
    domain->default_profile = g_hash_table_lookup(spec->profiles_by_name, "default");
    if (name == NULL) {
        return;
    }
    domain->profile = g_hash_table_lookup(spec->profiles_by_name, name->text);
    if (domain->profile == NULL && !spec->is_incomplete) {
        problems_add(problems, name->where, "expected one of 'profiles', found '%s'", name->text);
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

static void derive(Domain *domain, const Value *value)
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
    derive(domain, &merged);
}

gint64 vif_devid(const Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    return devid != NULL ? devid->integer : (gint64)position;
}

static void make_macs(const Spec *spec, Domain *domain)
{
    const Value *vifs = domain->effective[DOMAIN_KEY_vifs];
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
    derive(domain, &completed);
}

/* A CD-ROM drive is read only, whatever other disks are. */
static void make_cdroms_read_only(Domain *domain)
{
    const Value *disks = domain->effective[DOMAIN_KEY_disks];
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
    derive(domain, &completed);
}

/* A guest that may stay off must leave its remains for us to see: only they tell a poweroff from a
 * crash. */
static void preserve_powered_off(Domain *domain)
{
    const Value *leave = domain->effective[DOMAIN_KEY_on_guest_poweroff];
    if (strcmp(leave->text, "leave") != 0) {
        return;
    }
    Value preserve = {.where = leave->where, .key = DOMAIN_KEY_on_poweroff, .form = FORM_TEXT};
    preserve.text = "preserve";
    derive(domain, &preserve);
}

static void miss_required(const Domain *domain, Problems *problems)
{
    const DomainDefaults *defaults = domain_defaults();
    for (guint i = 0; i < defaults->required_count; i++) {
        guint key = defaults->required[i];
        if (domain->effective[key] == NULL && !domain_is_refused(domain, key)) {
            problems_add(problems, domain->where,
                         "expected the key '%s' in domain '%s' or its profiles, found none",
                         domain_keys.rows[key].name, domain->name);
        }
    }
}

static void make_uuid(const Spec *spec, Domain *domain)
{
    const Value *uuid = domain->effective[DOMAIN_KEY_uuid];
    if (uuid != NULL) {
        g_strlcpy(domain->uuid, uuid->text, sizeof domain->uuid);
    } else if (spec->fleet != NULL) {
        identity_make_uuid(spec->fleet, domain->name, domain->uuid);
    }
}

static void merge_domain(const Spec *spec, Domain *domain, Problems *problems)
{
    find_profile(spec, domain, problems);
    overlay_all(domain);
    if (!spec->is_incomplete) {
        miss_required(domain, problems);
    }
    domain->host = spec->has_hosts ? domain_get_text(domain, DOMAIN_KEY_host) : NULL;
    make_uuid(spec, domain);

    /* Laid over the others when it is complete: it moves in memory while it grows. */
    merge_raw_keys(domain);
    preserve_powered_off(domain);
    make_cdroms_read_only(domain);
    if (spec->fleet != NULL) {
        make_macs(spec, domain);
    }
    overlay(domain, domain->derived);
}

void spec_merge(Spec *spec, Problems *problems)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        merge_domain(spec, g_ptr_array_index(spec->domains, i), problems);
    }
}

void spec_finish(Spec *spec, const char *const *programs, Problems *problems)
{
    spec_merge(spec, problems);
    /* What a text that could not be read gives is unknown, and would only seem to be missing. */
    if (!spec->is_incomplete) {
        spec_check(spec, programs, problems);
    }
    problems_sort(problems);
}
