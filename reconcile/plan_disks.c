/* Disks that two domains would write. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

static gboolean is_start(const Action *action)
{
    return action->kind == ACTION_CREATE || action->kind == ACTION_RESTART;
}

/* A stop, and how it has a disk. */
typedef struct {
    guint index;
    gboolean is_writable;
} Use;

static gboolean is_writable(const Settings *disk)
{
    const Value *access = settings_get(disk, DISK_KEY_access);
    return access == NULL || strcmp(access->text, "rw") == 0;
}

static void add_uses(const Observed *observed, GHashTable *uses_by_disk, const Value *disks,
                     guint index)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        const Value *path = settings_get(disk, DISK_KEY_path);
        if (path == NULL) {
            continue;
        }
        const char *leads_to = observed_disk(observed, path->text);
        GArray *uses = g_hash_table_lookup(uses_by_disk, leads_to);
        if (uses == NULL) {
            uses = g_array_new(FALSE, FALSE, sizeof(Use));
            g_hash_table_insert(uses_by_disk, g_strdup(leads_to), uses);
        }
        Use use = {index, is_writable(disk)};
        g_array_append_val(uses, use);
    }
}

/* The disks that a domain which is to be stopped has now: by the record, else by the spec. */
static void add_uses_of_stop(const Observed *observed, GHashTable *uses_by_disk,
                             const Action *action, guint index)
{
    g_autoptr(RecordedSettings) recorded =
        recorded_settings_read(action->recorded != NULL ? action->recorded->settings : NULL);
    if (recorded != NULL) {
        add_uses(observed, uses_by_disk, settings_get(recorded->settings, DOMAIN_KEY_disks), index);
    } else if (action->domain != NULL) {
        add_uses(observed, uses_by_disk, domain_get(action->domain, DOMAIN_KEY_disks), index);
    }
}

static void need_uses(Action *action, guint index, const GArray *uses, gboolean writes,
                      const GPtrArray *actions)
{
    for (guint i = 0; uses != NULL && i < uses->len; i++) {
        const Use *use = &g_array_index(uses, Use, i);
        const Action *stop = g_ptr_array_index(actions, use->index);
        if (use->index < index && (writes || use->is_writable) &&
            strcmp(stop->name, action->name) != 0) {
            plan_add_need(action, use->index);
        }
    }
}

void plan_need_disks(Planning *planning)
{
    GPtrArray *actions = planning->plan->actions;
    g_autoptr(GHashTable) uses_by_disk =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < actions->len; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        gboolean frees = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY ||
                         action->kind == ACTION_RESTART || action->kind == ACTION_MIGRATE;
        if (frees && action->seen != NULL) {
            add_uses_of_stop(planning->observed, uses_by_disk, action, i);
        }
    }
    for (guint i = 0; g_hash_table_size(uses_by_disk) > 0 && i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        const Value *disks = is_start(action) ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
        for (guint j = 0; disks != NULL && j < disks->count; j++) {
            const Settings *disk = disks->items[j].table;
            const Value *path = settings_get(disk, DISK_KEY_path);
            if (path != NULL) {
                need_uses(action, i,
                          g_hash_table_lookup(uses_by_disk,
                                              observed_disk(planning->observed, path->text)),
                          is_writable(disk), actions);
            }
        }
    }
}

/* ---- disks of domains that run, and go on running, and of others that start ---- */

/* Is the domain stopped by this plan before the action begins? */
static gboolean is_stopped_before(const GPtrArray *actions, guint index, const char *uuid)
{
    for (guint i = 0; i < index; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        gboolean stops = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY ||
                         action->kind == ACTION_RESTART;
        if (stops && action->hold == HOLD_NONE && strcmp(action->uuid, uuid) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Who has a disk, and by which name. */
typedef struct {
    const char *uuid;
    const char *name;
    const ObservedDomain *row; /* NULL: it is started by this plan */
    char *path;
    gboolean is_writable;
} Holder;

static void holder_clear(gpointer holder)
{
    g_free(((Holder *)holder)->path);
}

/* Adds the disks of one domain. */
static void add_holder(const Planning *planning, GHashTable *holders_by_disk, const Holder *as,
                       const Value *disks)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        const Value *path = settings_get(disk, DISK_KEY_path);
        if (path == NULL) {
            continue;
        }
        const char *leads_to = observed_disk(planning->observed, path->text);
        GArray *holders = g_hash_table_lookup(holders_by_disk, leads_to);
        if (holders == NULL) {
            holders = g_array_new(FALSE, FALSE, sizeof(Holder));
            g_array_set_clear_func(holders, holder_clear);
            g_hash_table_insert(holders_by_disk, g_strdup(leads_to), holders);
        }
        Holder holder = *as;
        holder.path = g_strdup(path->text);
        holder.is_writable = is_writable(disk);
        g_array_append_val(holders, holder);
    }
}

/* What recorded domains run with. */
static GHashTable *index_running(const Planning *planning)
{
    GHashTable *holders_by_disk =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        guint living = 0;
        guint dead = 0;
        const ObservedDomain *row = plan_find_row(planning, recorded->uuid, &living, &dead);
        g_autoptr(RecordedSettings) settings =
            row != NULL ? recorded_settings_read(recorded->settings) : NULL;
        if (settings != NULL) {
            Holder holder = {.uuid = recorded->uuid, .name = recorded->name, .row = row};
            add_holder(planning, holders_by_disk, &holder,
                       settings_get(settings->settings, DOMAIN_KEY_disks));
        }
    }
    return holders_by_disk;
}

static gboolean is_in_the_way(const Planning *planning, guint index, const Holder *holder,
                              const char *path, gboolean writes)
{
    const GPtrArray *actions = planning->plan->actions;
    const Action *action = g_ptr_array_index(actions, index);
    if (strcmp(holder->uuid, action->uuid) == 0 || !(writes || holder->is_writable)) {
        return FALSE;
    }
    /* Of two that are to run, the spec's own check has refused what has one name. */
    return holder->row != NULL ? !is_stopped_before(actions, index, holder->uuid)
                               : strcmp(holder->path, path) != 0;
}

static void hold_for_disk(const Planning *planning, guint index, const GArray *holders,
                          const Settings *disk)
{
    Action *action = g_ptr_array_index(planning->plan->actions, index);
    const char *path = settings_get(disk, DISK_KEY_path)->text;
    for (guint i = 0; holders != NULL && action->hold == HOLD_NONE && i < holders->len; i++) {
        const Holder *holder = &g_array_index(holders, Holder, i);
        if (!is_in_the_way(planning, index, holder, path, is_writable(disk))) {
            continue;
        }
        g_autofree char *id =
            holder->row != NULL ? g_strdup_printf(" (id %u)", holder->row->domid) : g_strdup("");
        g_autofree char *as = strcmp(holder->path, path) != 0
                                  ? g_strdup_printf(" as %s", holder->path)
                                  : g_strdup("");
        action_hold(action, HOLD_WAIT,
                    "its disk %s is in use by %s%s%s, and one of both writes it (stop that one "
                    "first)",
                    path, holder->name, id, as);
    }
}

void plan_hold_used_disks(Planning *planning)
{
    g_autoptr(GHashTable) holders_by_disk = NULL;
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        const Value *disks = is_start(action) ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
        if (disks != NULL && holders_by_disk == NULL) {
            holders_by_disk = index_running(planning);
        }
        for (guint j = 0; disks != NULL && j < disks->count; j++) {
            const Settings *disk = disks->items[j].table;
            const Value *path = settings_get(disk, DISK_KEY_path);
            if (path != NULL) {
                hold_for_disk(planning, i,
                              g_hash_table_lookup(holders_by_disk,
                                                  observed_disk(planning->observed, path->text)),
                              disk);
            }
        }
        if (disks != NULL && action->hold == HOLD_NONE) {
            Holder holder = {.uuid = action->uuid, .name = action->name};
            add_holder(planning, holders_by_disk, &holder, disks);
        }
    }
}
