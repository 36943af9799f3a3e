/* Profiles merged, uuids and MACs made. */
#include "spec/identity.h"
#include "spec/spec_steps.h"

#include <string.h>

static const Value *layer(const Settings *settings, guint key)
{
    return settings != NULL ? settings_own(settings, key) : NULL;
}

static void resolve(Domain *domain, guint key)
{
    const Value *value = layer(domain->derived, key);
    value = value != NULL ? value : layer(domain->own, key);
    value = value != NULL ? value : layer(domain->profile, key);
    value = value != NULL ? value : layer(domain->default_profile, key);
    domain->effective[key] = value != NULL ? value : key_table_default(&domain_keys, key);
}

static void find_profile(Spec *spec, Domain *domain, Problems *problems)
{
    const Value *name = settings_own(domain->own, DOMAIN_KEY_profile);
    domain->default_profile = g_hash_table_lookup(spec->profiles_by_name, "default");
    if (name == NULL) {
        return;
    }
    domain->profile = g_hash_table_lookup(spec->profiles_by_name, name->text);
    if (domain->profile == NULL) {
        problems_add(problems, name->where, "expected one of `profiles`, found '%s'", name->text);
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

/* Mappings merge key by key. Those with rows of their own do so by themselves; `xen` has none. */
static void merge_raw_keys(Domain *domain)
{
    const Value *own = settings_own(domain->own, DOMAIN_KEY_xen);
    const Value *profile = layer(domain->profile, DOMAIN_KEY_xen);
    const Value *base = layer(domain->default_profile, DOMAIN_KEY_xen);
    const Value *first = own != NULL ? own : profile != NULL ? profile : base;
    if ((own != NULL) + (profile != NULL) + (base != NULL) < 2) {
        return;
    }
    Value merged = value_copy(first);
    merged.key = DOMAIN_KEY_xen;
    add_missing_raw(&merged, profile);
    add_missing_raw(&merged, base);
    settings_set(domain->derived, &merged);
}

static gint64 vif_devid(const Settings *vif, guint position)
{
    const Value *devid = settings_own(vif, VIF_KEY_devid);
    return devid != NULL ? devid->integer : (gint64)position;
}

static void make_macs(Spec *spec, Domain *domain)
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
    settings_set(domain->derived, &completed);
    resolve(domain, DOMAIN_KEY_vifs);
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
    settings_set(domain->derived, &preserve);
    resolve(domain, DOMAIN_KEY_on_poweroff);
}

static void miss_required(const Domain *domain, Problems *problems)
{
    for (guint key = 0; key < domain_keys.count; key++) {
        if (domain_keys.rows[key].is_required && domain->effective[key] == NULL) {
            problems_add(problems, domain->where,
                         "expected the key '%s' in domain '%s' or its profiles, found none",
                         domain_keys.rows[key].name, domain->name);
        }
    }
}

void spec_merge(Spec *spec, Problems *problems)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        find_profile(spec, domain, problems);
        domain->derived = g_new0(Settings, 1);
        domain->derived->table = &domain_keys;
        merge_raw_keys(domain);
        for (guint key = 0; key < domain_keys.count; key++) {
            resolve(domain, key);
        }
        miss_required(domain, problems);
        domain->host = domain_get_text(domain, DOMAIN_KEY_host);
        preserve_powered_off(domain);
        if (spec->fleet != NULL) {
            make_macs(spec, domain);
        }
        const Value *uuid = domain->effective[DOMAIN_KEY_uuid];
        if (uuid != NULL) {
            g_strlcpy(domain->uuid, uuid->text, sizeof domain->uuid);
        } else if (spec->fleet != NULL) {
            identity_make_uuid(spec->fleet, domain->name, domain->uuid);
        }
    }
}

void spec_finish(Spec *spec, const char *const *programs, Problems *problems)
{
    spec_merge(spec, problems);
    spec_check(spec, programs, problems);
    problems_sort(problems);
}
