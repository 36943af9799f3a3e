#include "reconcile/fleet_hosts.h"

#include "reconcile/host_answer.h"

#include <string.h>

FleetHost *fleet_host_new(const char *name, const char *address, gboolean is_former)
{
    FleetHost *host = g_new0(FleetHost, 1);
    host->name = g_strdup(name);
    host->address = g_strdup(address);
    host->is_former = is_former;
    return host;
}

void fleet_host_free(FleetHost *host)
{
    g_free(host->name);
    g_free(host->address);
    g_free(host);
}

/* Does the record, and no longer the spec, name this host, which is not HOST? */
static gboolean is_former(const Spec *spec, const Record *record, const char *host,
                          const char *name)
{
    const RecordHost *recorded = g_hash_table_lookup(record->hosts, name);
    return recorded != NULL && !recorded->is_forgotten && strcmp(name, host) != 0 &&
           !g_hash_table_contains(spec->hosts_by_name, name);
}

GPtrArray *fleet_hosts_list(const Spec *spec, const Record *record, const char *host)
{
    GPtrArray *hosts = g_ptr_array_new_with_free_func((GDestroyNotify)fleet_host_free);
    for (guint i = 0; i < spec->hosts->len; i++) {
        const SpecHost *named = g_ptr_array_index(spec->hosts, i);
        if (strcmp(named->name, host) != 0) {
            g_ptr_array_add(hosts, fleet_host_new(named->name, spec_host_address(named), FALSE));
        }
    }
    g_autoptr(GList) names = g_hash_table_get_keys(record->hosts);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (const GList *link = names; link != NULL; link = link->next) {
        if (is_former(spec, record, host, link->data)) {
            const RecordHost *recorded = g_hash_table_lookup(record->hosts, link->data);
            g_ptr_array_add(hosts, fleet_host_new(link->data, recorded->address, TRUE));
        }
    }
    return hosts;
}

gboolean fleet_hosts_are_there(const Spec *spec, const Record *record, const char *host)
{
    g_autoptr(GPtrArray) hosts = fleet_hosts_list(spec, record, host);
    return hosts->len > 0;
}

gboolean fleet_hosts_note(Record *record, const Spec *spec, const char *host)
{
    gboolean is_changed = FALSE;
    for (guint i = 0; i < spec->hosts->len; i++) {
        const SpecHost *named = g_ptr_array_index(spec->hosts, i);
        const RecordHost *known = g_hash_table_lookup(record->hosts, named->name);
        const char *address = spec_host_address(named);
        if (strcmp(named->name, host) != 0 &&
            (known == NULL || known->is_forgotten || g_strcmp0(known->address, address) != 0)) {
            record_put_host(record, named->name, address, FALSE);
            is_changed = TRUE;
        }
    }
    return is_changed;
}

gboolean fleet_hosts_learn(Record *record, const Spec *spec, const char *host, GHashTable *answers)
{
    gboolean is_changed = FALSE;
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, answers);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const HostAnswer *answer = value;
        for (guint i = 0; answer->trouble == NULL && i < answer->hosts->len; i++) {
            const char *name = g_ptr_array_index(answer->hosts, i);
            if (strcmp(name, host) != 0 && !g_hash_table_contains(record->hosts, name) &&
                !g_hash_table_contains(spec->hosts_by_name, name)) {
                record_put_host(record, name, NULL, FALSE);
                is_changed = TRUE;
            }
        }
    }
    return is_changed;
}

gboolean fleet_hosts_forget(Record *record, const char *name)
{
    const RecordHost *known = g_hash_table_lookup(record->hosts, name);
    if (known == NULL || known->is_forgotten) {
        return FALSE;
    }
    /* It stays named, or the next answer of another host would bring it back. */
    record_put_host(record, name, NULL, TRUE);
    return TRUE;
}
