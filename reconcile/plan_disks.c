/* Disks that two domains would write. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* Does the domain run with all the disks that its spec says, by the record? Then no reboot brings
 * it another. */
static gboolean runs_with_its_disks(const Action *action)
{
    const Value *wanted = domain_get(action->domain, DOMAIN_KEY_disks);
    g_autoptr(RecordedSettings) recorded =
        action->recorded != NULL && wanted != NULL
            ? recorded_settings_read_key(action->recorded->settings, DOMAIN_KEY_disks)
            : NULL;
    const Value *has = recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    return wanted == NULL || (has != NULL && value_equal(&domain_keys, has, wanted));
}

gboolean action_gives_disks(const Action *action)
{
    return action_kind_creates(action->kind) || action->kind == ACTION_ATTACH_DISK ||
           action->kind == ACTION_CHANGE_CD || (action->may_store && !runs_with_its_disks(action));
}

GPtrArray *action_disks_taken(const Action *action)
{
    GPtrArray *taken = g_ptr_array_new();
    if (action_kind_creates(action->kind) ||
        (action->kind == ACTION_WRITE_CONFIG && action->may_store)) {
        const Value *disks = domain_get(action->domain, DOMAIN_KEY_disks);
        for (guint i = 0; disks != NULL && i < disks->count; i++) {
            g_ptr_array_add(taken, disks->items[i].table);
        }
    } else if (action->kind == ACTION_ATTACH_DISK || action->kind == ACTION_CHANGE_CD) {
        for (guint i = 0; i < action->changes->len; i++) {
            g_ptr_array_add(taken, (gpointer)g_array_index(action->changes, Change, i).brings);
        }
    }
    return taken;
}

/* Does the action take just this device away? */
static gboolean detaches(const Action *action, const char *vdev)
{
    for (guint i = 0; action->kind == ACTION_DETACH_DISK && i < action->changes->len; i++) {
        if (g_strcmp0(g_array_index(action->changes, Change, i).device, vdev) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A stop, and how it has a disk. */
typedef struct {
    guint index;
    gboolean is_writable;
} Use;

/* What a disk is, the same for one disk of two domains; to be freed. NULL: it has no path. What a
 * script or another domain makes of a path is theirs. */
static char *describe_disk(const Observed *observed, const Settings *disk)
{
    const Value *path = settings_get(disk, DISK_KEY_path);
    const Value *script = settings_get(disk, DISK_KEY_script);
    const Value *backend = settings_get(disk, DISK_KEY_backend);
    if (path == NULL) {
        return NULL;
    }
    if (script == NULL && backend == NULL) {
        return g_strdup(observed_disk(observed, path->text));
    }
    return g_strdup_printf("%s of script '%s' in '%s'", path->text,
                           script != NULL ? script->text : "",
                           backend != NULL ? backend->text : "");
}

static void add_uses(const Observed *observed, GHashTable *uses_by_disk, const Value *disks,
                     const Action *action, guint index)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        g_autofree char *what = describe_disk(observed, disk);
        gboolean is_freed =
            action->kind != ACTION_DETACH_DISK || detaches(action, settings_identity(disk));
        if (what == NULL || !is_freed) {
            continue;
        }
        GArray *uses = g_hash_table_lookup(uses_by_disk, what);
        if (uses == NULL) {
            uses = g_array_new(FALSE, FALSE, sizeof(Use));
            g_hash_table_insert(uses_by_disk, g_steal_pointer(&what), uses);
        }
        Use use = {index, disk_is_writable(disk)};
        g_array_append_val(uses, use);
    }
}

/* The disks that a domain which is to be stopped, or to give them back, has now: by the record,
 * else by the spec. And those that it gets if its guest reboots before. */
static void add_uses_of_stop(const Observed *observed, GHashTable *uses_by_disk,
                             const Action *action, guint index)
{
    const RecordDomain *record = action->recorded;
    g_autoptr(RecordedSettings) recorded =
        recorded_settings_read(record != NULL ? record->settings : NULL);
    g_autoptr(RecordedSettings) stored =
        recorded_settings_read_key(record != NULL ? record->stored : NULL, DOMAIN_KEY_disks);
    if (recorded != NULL) {
        add_uses(observed, uses_by_disk, settings_get(recorded->settings, DOMAIN_KEY_disks), action,
                 index);
    } else if (action->domain != NULL) {
        add_uses(observed, uses_by_disk, domain_get(action->domain, DOMAIN_KEY_disks), action,
                 index);
    }
    if (stored != NULL) {
        add_uses(observed, uses_by_disk, settings_get(stored->settings, DOMAIN_KEY_disks), action,
                 index);
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
        gboolean frees = action_kind_ends(action->kind) || action->kind == ACTION_MIGRATE ||
                         action->kind == ACTION_DETACH_DISK;
        if (frees && action->seen != NULL) {
            add_uses_of_stop(planning->observed, uses_by_disk, action, i);
        }
    }
    for (guint i = 0; g_hash_table_size(uses_by_disk) > 0 && i < actions->len; i++) {
        Action *action = g_ptr_array_index(actions, i);
        g_autoptr(GPtrArray) disks = action_disks_taken(action);
        for (guint j = 0; j < disks->len; j++) {
            const Settings *disk = g_ptr_array_index(disks, j);
            g_autofree char *what = describe_disk(planning->observed, disk);
            if (what != NULL) {
                need_uses(action, i, g_hash_table_lookup(uses_by_disk, what),
                          disk_is_writable(disk), actions);
            }
        }
    }
}

/* ---- disks of domains that run, and go on running, and of others that start ---- */

/* Has the domain given this disk back by this plan before the action begins? */
static gboolean is_freed_before(const GPtrArray *actions, guint index, const char *uuid,
                                const char *vdev)
{
    for (guint i = 0; i < index; i++) {
        const Action *action = g_ptr_array_index(actions, i);
        if ((action_kind_ends(action->kind) || detaches(action, vdev)) &&
            action->hold == HOLD_NONE && strcmp(action->uuid, uuid) == 0) {
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
    char *vdev;
    gboolean is_writable;
} Holder;

static void holder_clear(gpointer data)
{
    Holder *holder = data;
    g_free(holder->path);
    g_free(holder->vdev);
}

/* Adds a disk of a domain. */
static void add_holder(const Planning *planning, GHashTable *holders_by_disk, const Holder *as,
                       const Settings *disk)
{
    g_autofree char *what = describe_disk(planning->observed, disk);
    if (what == NULL) {
        return;
    }
    GArray *holders = g_hash_table_lookup(holders_by_disk, what);
    if (holders == NULL) {
        holders = g_array_new(FALSE, FALSE, sizeof(Holder));
        g_array_set_clear_func(holders, holder_clear);
        g_hash_table_insert(holders_by_disk, g_steal_pointer(&what), holders);
    }
    Holder holder = *as;
    holder.path = g_strdup(settings_get(disk, DISK_KEY_path)->text);
    holder.vdev = g_strdup(settings_identity(disk));
    holder.is_writable = disk_is_writable(disk);
    g_array_append_val(holders, holder);
}

/* Adds those of a text of settings. */
static void add_settings(const Planning *planning, GHashTable *holders_by_disk, const Holder *as,
                         const char *text)
{
    g_autoptr(RecordedSettings) settings = recorded_settings_read_key(text, DOMAIN_KEY_disks);
    const Value *disks =
        settings != NULL ? settings_get(settings->settings, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        add_holder(planning, holders_by_disk, as, disks->items[i].table);
    }
}

/* What recorded domains run with, or may at any moment, because their guests reboot. */
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
        if (row != NULL) {
            Holder holder = {.uuid = recorded->uuid, .name = recorded->name, .row = row};
            add_settings(planning, holders_by_disk, &holder, recorded->settings);
            add_settings(planning, holders_by_disk, &holder, recorded->stored);
        }
    }
    return holders_by_disk;
}

/* BEFORE: what the actions before this one free is free. */
static gboolean is_in_the_way(const Planning *planning, const Action *action, guint before,
                              const Holder *holder, const Settings *disk)
{
    const char *path = settings_get(disk, DISK_KEY_path)->text;
    if (strcmp(holder->uuid, action->uuid) == 0 ||
        !(disk_is_writable(disk) || holder->is_writable)) {
        return FALSE;
    }
    /* Of two that are to run, the spec's own check has refused what has one name. */
    return holder->row != NULL
               ? !is_freed_before(planning->plan->actions, before, holder->uuid, holder->vdev)
               : strcmp(holder->path, path) != 0;
}

/* Who has a disk, so that the domain of an action must not get it; NULL: nobody. */
static const Holder *find_conflict(const Planning *planning, GHashTable *holders_by_disk,
                                   const Action *action, guint before, const Settings *disk)
{
    g_autofree char *what = describe_disk(planning->observed, disk);
    const GArray *holders = what != NULL ? g_hash_table_lookup(holders_by_disk, what) : NULL;
    for (guint i = 0; holders != NULL && i < holders->len; i++) {
        const Holder *holder = &g_array_index(holders, Holder, i);
        if (is_in_the_way(planning, action, before, holder, disk)) {
            return holder;
        }
    }
    return NULL;
}

static void hold_for(Action *action, const Holder *holder, const Settings *disk)
{
    const char *path = settings_get(disk, DISK_KEY_path)->text;
    g_autofree char *id =
        holder->row != NULL ? g_strdup_printf(" (id %u)", holder->row->domid) : g_strdup("");
    g_autofree char *as =
        strcmp(holder->path, path) != 0 ? g_strdup_printf(" as %s", holder->path) : g_strdup("");
    action_hold(action, HOLD_WAIT,
                "its disk %s is in use by %s%s%s, and one of both writes it (stop that one first)",
                path, holder->name, id, as);
}

gboolean action_brings_disk(const Action *action, const Settings *disk)
{
    for (guint i = 0; i < action->changes->len; i++) {
        if (g_array_index(action->changes, Change, i).brings == disk) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A change of a domain that runs brings its whole config, too, for the next reboot of its guest:
 * not with a disk that another has now, whatever becomes of that one in this run. */
static void store_no_used_disks(const Planning *planning, GHashTable *holders_by_disk,
                                Action *action)
{
    const Value *disks = domain_get(action->domain, DOMAIN_KEY_disks);
    for (guint i = 0; disks != NULL && i < disks->count && action->may_store; i++) {
        const Settings *disk = disks->items[i].table;
        action->may_store = action_brings_disk(action, disk) ||
                            find_conflict(planning, holders_by_disk, action, 0, disk) == NULL;
    }
}

static void hold_for_disks(const Planning *planning, GHashTable *holders_by_disk, guint index,
                           const GPtrArray *disks)
{
    Action *action = g_ptr_array_index(planning->plan->actions, index);
    for (guint i = 0; i < disks->len && (action->hold == HOLD_NONE || action->may_store); i++) {
        const Settings *disk = g_ptr_array_index(disks, i);
        const Holder *holder = find_conflict(planning, holders_by_disk, action, index, disk);
        if (holder != NULL) {
            hold_for(action, holder, disk);
        }
    }
    Holder taker = {.uuid = action->uuid, .name = action->name};
    for (guint i = 0; i < disks->len && action->hold == HOLD_NONE; i++) {
        add_holder(planning, holders_by_disk, &taker, g_ptr_array_index(disks, i));
    }
}

void plan_hold_used_disks(Planning *planning)
{
    g_autoptr(GHashTable) holders_by_disk = NULL;
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        gboolean is_live = action_row(action->kind)->is_live;
        if (!action_gives_disks(action)) {
            continue;
        }
        g_autoptr(GPtrArray) disks = action_disks_taken(action);
        if (holders_by_disk == NULL) {
            holders_by_disk = index_running(planning);
        }
        hold_for_disks(planning, holders_by_disk, i, disks);
        if (is_live) {
            store_no_used_disks(planning, holders_by_disk, action);
        }
    }
}
