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

static void add_uses(GHashTable *uses_by_path, const Value *disks, guint index)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        const Value *path = settings_get(disk, DISK_KEY_path);
        if (path == NULL) {
            continue;
        }
        GArray *uses = g_hash_table_lookup(uses_by_path, path->text);
        if (uses == NULL) {
            uses = g_array_new(FALSE, FALSE, sizeof(Use));
            g_hash_table_insert(uses_by_path, g_strdup(path->text), uses);
        }
        Use use = {index, is_writable(disk)};
        g_array_append_val(uses, use);
    }
}

/* The disks that a domain which is to be stopped has now: by the record, else by the spec. */
static void add_uses_of_stop(GHashTable *uses_by_path, const Action *action, guint index)
{
    g_autoptr(RecordedSettings) recorded =
        recorded_settings_read(action->recorded != NULL ? action->recorded->settings : NULL);
    if (recorded != NULL) {
        add_uses(uses_by_path, settings_get(recorded->settings, DOMAIN_KEY_disks), index);
    } else if (action->domain != NULL) {
        add_uses(uses_by_path, domain_get(action->domain, DOMAIN_KEY_disks), index);
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
    g_autoptr(GHashTable) uses_by_path =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < actions->len; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        gboolean frees = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY ||
                         action->kind == ACTION_RESTART || action->kind == ACTION_MIGRATE;
        if (frees && action->seen != NULL) {
            add_uses_of_stop(uses_by_path, action, i);
        }
    }
    for (guint i = 0; g_hash_table_size(uses_by_path) > 0 && i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        const Value *disks = is_start(action) ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
        for (guint j = 0; disks != NULL && j < disks->count; j++) {
            const Settings *disk = disks->items[j].table;
            const Value *path = settings_get(disk, DISK_KEY_path);
            if (path != NULL) {
                need_uses(action, i, g_hash_table_lookup(uses_by_path, path->text),
                          is_writable(disk), actions);
            }
        }
    }
}

/* ---- disks of domains that run, and go on running ---- */

/* Is the domain stopped by this plan before the action begins? */
static gboolean is_stopped_before(const GPtrArray *actions, guint index, const RecordDomain *other)
{
    for (guint i = 0; i < index; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        gboolean stops = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_DESTROY ||
                         action->kind == ACTION_RESTART;
        if (stops && action->hold == HOLD_NONE && strcmp(action->uuid, other->uuid) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Does the domain run with this disk, so that both must not have it? */
static gboolean has_disk(const RecordDomain *other, const char *path, gboolean writes)
{
    if (other->settings == NULL || strstr(other->settings, path) == NULL) {
        return FALSE; /* spares the reading, nearly always */
    }
    g_autoptr(RecordedSettings) recorded = recorded_settings_read(other->settings);
    const Value *disks =
        recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        const Value *used = settings_get(disk, DISK_KEY_path);
        if (used != NULL && strcmp(used->text, path) == 0 && (writes || is_writable(disk))) {
            return TRUE;
        }
    }
    return FALSE;
}

static void hold_for_disk(Planning *planning, guint index, const char *path, gboolean writes)
{
    Action *action = g_ptr_array_index(planning->plan->actions, index);
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (action->hold == HOLD_NONE && g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *other = value;
        guint living = 0;
        guint dead = 0;
        if (strcmp(other->uuid, action->uuid) == 0 || !has_disk(other, path, writes)) {
            continue;
        }
        const ObservedDomain *row = plan_find_row(planning, other->uuid, &living, &dead);
        if (row != NULL && !is_stopped_before(planning->plan->actions, index, other)) {
            action_hold(
                action, HOLD_WAIT,
                "its disk %s is in use by %s (id %u), and one of both writes it (stop that one "
                "first)",
                path, other->name, row->domid);
        }
    }
}

void plan_hold_used_disks(Planning *planning)
{
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        const Value *disks = is_start(action) ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
        for (guint j = 0; disks != NULL && j < disks->count; j++) {
            const Settings *disk = disks->items[j].table;
            const Value *path = settings_get(disk, DISK_KEY_path);
            if (path != NULL) {
                hold_for_disk(planning, i, path->text, is_writable(disk));
            }
        }
    }
}
