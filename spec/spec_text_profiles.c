/* What domains have in common. */
#include "spec/spec_text_profiles.h"

#include <string.h>

const Value *profiles_base_get(const ProfilesBase *base, guint key)
{
    for (guint i = 0; i < G_N_ELEMENTS(base->layers); i++) {
        const Value *value = base->layers[i] != NULL ? settings_own(base->layers[i], key) : NULL;
        if (value != NULL) {
            return value;
        }
    }
    return key_table_default(&domain_keys, key);
}

/* ---- what domains have in common ---- */

static const Settings *settings_of(const GPtrArray *domains, guint index)
{
    const SpecTextDomain *domain = g_ptr_array_index(domains, index);
    return domain->settings;
}

/* The value that more than half of the domains have, if any has one that often (Boyer and Moore's
 * vote). NULL: one of them has no value, which a profile could not be told to take away. */
static const Value *find_candidate(const GPtrArray *domains, guint key)
{
    const Value *candidate = NULL;
    guint votes = 0;
    for (guint i = 0; i < domains->len; i++) {
        const Value *value = settings_own(settings_of(domains, i), key);
        if (value == NULL) {
            return NULL;
        }
        if (votes == 0) {
            candidate = value;
            votes = 1;
        } else if (value_equal(&domain_keys, candidate, value)) {
            votes++;
        } else {
            votes--;
        }
    }
    return candidate;
}

static guint count_equal(const GPtrArray *domains, guint key, const Value *value)
{
    guint count = 0;
    for (guint i = 0; value != NULL && i < domains->len; i++) {
        const Value *other = settings_own(settings_of(domains, i), key);
        count += value_equal(&domain_keys, value, other) ? 1 : 0;
    }
    return count;
}

/* Keys under `xen` merge with a profile's, so that all domains must have the same, and one profile
 * alone has any. */
static const Value *find_common(const GPtrArray *domains, guint key, const ProfilesBase *base)
{
    const KeyRow *row = &domain_keys.rows[key];
    gboolean is_raw = row->type == TYPE_RAW_MAP;
    gboolean is_fit = !row->not_in_profile && row->change != CHANGE_NONE &&
                      row->type != TYPE_TABLE && !(is_raw && base->layers[0] != NULL);
    const Value *candidate = is_fit ? find_candidate(domains, key) : NULL;
    guint count = count_equal(domains, key, candidate);
    gboolean is_enough = is_raw ? count == domains->len : count > domains->len / 2;
    return is_enough && candidate != NULL &&
                   !value_equal(&domain_keys, candidate, profiles_base_get(base, key))
               ? candidate
               : NULL;
}

/* What most of the domains have in common beyond BASE. */
static Settings *make_profile(const GPtrArray *domains, const ProfilesBase *base)
{
    Settings *profile = settings_new(&domain_keys);
    for (guint key = 0; domains->len > 1 && key < domain_keys.count; key++) {
        const Value *value = find_common(domains, key, base);
        if (value != NULL) {
            Value copy = value_copy(value);
            settings_set(profile, &copy);
        }
    }
    return profile;
}

/* ---- profiles ---- */

const char *profiles_type_of(const SpecTextDomain *domain)
{
    const Value *type = settings_own(domain->settings, DOMAIN_KEY_type);
    return type != NULL && type->form == FORM_TEXT ? type->text : "";
}

static GPtrArray *domains_of_type(const GPtrArray *domains, const char *type)
{
    GPtrArray *these = g_ptr_array_new();
    for (guint i = 0; i < domains->len; i++) {
        SpecTextDomain *domain = g_ptr_array_index(domains, i);
        if (strcmp(profiles_type_of(domain), type) == 0) {
            g_ptr_array_add(these, domain);
        }
    }
    return these;
}

void profiles_make(const GPtrArray *domains, Profiles *profiles)
{
    const char *const *types = domain_keys.rows[DOMAIN_KEY_type].words;
    const ProfilesBase nothing = {{NULL, NULL}};
    profiles->by_type =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)settings_free);
    profiles->common = make_profile(domains, &nothing);
    const ProfilesBase common = {{profiles->common, NULL}};
    for (guint i = 0; types[i] != NULL; i++) {
        g_autoptr(GPtrArray) these = domains_of_type(domains, types[i]);
        g_autoptr(Settings) profile = make_profile(these, &common);
        if (these->len < domains->len && profile->count > 0) {
            g_hash_table_insert(profiles->by_type, (char *)types[i], g_steal_pointer(&profile));
        }
    }
}

void profiles_clear(Profiles *profiles)
{
    settings_free(profiles->common);
    g_hash_table_unref(profiles->by_type);
}
