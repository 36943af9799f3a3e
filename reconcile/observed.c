#include "reconcile/observed.h"

ObservedDomain *observed_domain_new(void)
{
    return g_new0(ObservedDomain, 1);
}

void observed_domain_free(ObservedDomain *domain)
{
    if (domain == NULL) {
        return;
    }
    g_free(domain->name);
    seen_settings_free(domain->settings);
    g_free(domain);
}

void observed_domain_drop_details(ObservedDomain *domain)
{
    domain->has_details = domain->is_incomplete = FALSE;
    domain->target_mib = domain->maximum_mib = 0;
    domain->vcpus_available = domain->vcpus_maximum = 0;
    g_clear_pointer(&domain->settings, seen_settings_free);
}

static void seen_member_free(gpointer data)
{
    SeenMember *member = data;
    g_free(member->path);
    g_free(member->value);
    g_free(member);
}

SeenSettings *seen_settings_new(void)
{
    SeenSettings *seen = g_new0(SeenSettings, 1);
    seen->texts = g_string_chunk_new(1024);
    seen->settings = settings_new(&domain_keys);
    seen->unread = g_ptr_array_new_with_free_func(seen_member_free);
    return seen;
}

void seen_settings_free(SeenSettings *seen)
{
    if (seen == NULL) {
        return;
    }
    settings_free(seen->settings);
    g_string_chunk_free(seen->texts);
    g_ptr_array_unref(seen->unread);
    g_free(seen);
}

void seen_settings_add_unread(SeenSettings *seen, const char *path, const char *value,
                              gboolean is_known)
{
    SeenMember *member = g_new0(SeenMember, 1);
    member->path = g_strdup(path);
    member->value = g_strdup(value);
    member->is_known = is_known;
    g_ptr_array_add(seen->unread, member);
}

void observed_config_free(ObservedConfig *config)
{
    if (config == NULL) {
        return;
    }
    g_free(config->digest);
    g_free(config->boot_link);
    g_free(config->obstacle);
    g_free(config->missing);
    g_free(config->late_keys);
    g_free(config);
}

GHashTable *observed_configs_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                 (GDestroyNotify)observed_config_free);
}

Observed *observed_new(void)
{
    Observed *observed = g_new0(Observed, 1);
    observed->state = OBSERVATION_UNKNOWN;
    observed->domains = g_ptr_array_new_with_free_func((GDestroyNotify)observed_domain_free);
    observed->configs = observed_configs_new();
    observed->ids_taken = g_hash_table_new(NULL, NULL);
    return observed;
}

void observed_free(Observed *observed)
{
    if (observed == NULL) {
        return;
    }
    g_ptr_array_unref(observed->domains);
    g_hash_table_unref(observed->configs);
    g_hash_table_unref(observed->ids_taken);
    g_free(observed->trouble);
    g_free(observed->boot_id);
    g_clear_pointer(&observed->disks, g_hash_table_unref);
    g_free(observed);
}

const char *observed_disk(const Observed *observed, const char *path)
{
    const char *leads_to =
        observed->disks != NULL ? g_hash_table_lookup(observed->disks, path) : NULL;
    return leads_to != NULL ? leads_to : path;
}

ObservedDomain *observed_find_domid(const Observed *observed, guint32 domid)
{
    for (guint i = 0; i < observed->domains->len; i++) {
        ObservedDomain *domain = g_ptr_array_index(observed->domains, i);
        if (domain->domid == domid) {
            return domain;
        }
    }
    return NULL;
}
