/* Which row, which domain of the spec and which record are the same domain. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_names.h"
#include "reconcile/record_settings.h"

#include <string.h>

const char *plan_uuid(const Planning *planning, const Domain *domain)
{
    return record_uuid_of(record_find(planning->applied, domain->name), domain);
}

const RecordDomain *plan_recorded(const Planning *planning, const char *name, const char *uuid)
{
    const RecordDomain *recorded = record_find(planning->applied, name);
    return recorded != NULL ? recorded : record_find_uuid(planning->applied, uuid);
}

const RecordDomain *plan_recorded_row(const Planning *planning, const char *name, const char *uuid)
{
    return record_find_row(planning->applied, name, uuid);
}

static void add_row(GHashTable *rows_by_key, char *key, ObservedDomain *row)
{
    GPtrArray *rows = g_hash_table_lookup(rows_by_key, key);
    if (rows == NULL) {
        rows = g_ptr_array_new();
        g_hash_table_insert(rows_by_key, key, rows);
    }
    g_ptr_array_add(rows, row);
}

static void index_rows(Planning *planning)
{
    for (guint i = 0; i < planning->observed->domains->len; i++) {
        ObservedDomain *row = g_ptr_array_index(planning->observed->domains, i);
        if (row->domid == 0) {
            continue;
        }
        add_row(planning->rows_by_name, row->name, row);
        if (row->uuid[0] != '\0') {
            add_row(planning->rows_by_uuid, row->uuid, row);
        } else {
            planning->unidentified = row;
        }
    }
}

const ObservedDomain *plan_find_namesake(const Planning *planning, const char *name,
                                         const char *uuid)
{
    const GPtrArray *rows = g_hash_table_lookup(planning->rows_by_name, name);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(rows, i);
        if (strcmp(row->uuid, uuid) != 0) {
            return row;
        }
    }
    return NULL;
}

static void index_owners(Planning *planning)
{
    for (guint i = 0; i < planning->desired->domains->len; i++) {
        Domain *domain = g_ptr_array_index(planning->desired->domains, i);
        char *uuid = (char *)plan_uuid(planning, domain);
        if (g_hash_table_contains(planning->owner_by_uuid, uuid)) {
            g_hash_table_add(planning->shared_uuids, uuid);
        } else {
            g_hash_table_insert(planning->owner_by_uuid, uuid, domain);
        }
    }
}

static void index_obstacles(Planning *planning)
{
    GHashTableIter iterator;
    RecordDomain *recorded = NULL;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&recorded)) {
        const char *obstacle = record_find_obstacle(recorded, planning->observed);
        if (obstacle != NULL) {
            g_hash_table_insert(planning->obstacle_by_uuid, recorded->uuid, (gpointer)obstacle);
        }
    }
}

void plan_index(Planning *planning)
{
    planning->rows_by_uuid =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    planning->rows_by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    planning->owner_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    planning->shared_uuids = g_hash_table_new(g_str_hash, g_str_equal);
    planning->obstacle_by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    planning->reported = g_hash_table_new(NULL, NULL);
    index_rows(planning);
    index_owners(planning);
    index_obstacles(planning);
}

void plan_index_clear(Planning *planning)
{
    g_hash_table_unref(planning->rows_by_uuid);
    g_hash_table_unref(planning->rows_by_name);
    g_hash_table_unref(planning->owner_by_uuid);
    g_hash_table_unref(planning->shared_uuids);
    g_hash_table_unref(planning->obstacle_by_uuid);
    g_hash_table_unref(planning->reported);
}

gboolean observed_domain_is_dead(const ObservedDomain *seen)
{
    /* The name is taken away before the domain is killed, and the killing may take minutes in which
     * 'd' is not shown: Xen tools/libs/light/libxl_domain.c:devices_destroy_cb. */
    return seen->is_dying || (seen->is_shut_down && strcmp(seen->name, OBSERVED_NO_NAME) == 0);
}

const ObservedDomain *plan_find_row(const Planning *planning, const char *uuid, guint *living,
                                    guint *dead)
{
    const GPtrArray *rows = g_hash_table_lookup(planning->rows_by_uuid, uuid);
    const ObservedDomain *found = NULL;
    *living = 0;
    *dead = 0;
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(rows, i);
        gboolean is_dead = observed_domain_is_dead(row);
        found = found == NULL || (!is_dead && *living == 0) ? row : found;
        *(is_dead ? dead : living) += 1;
    }
    return found;
}
