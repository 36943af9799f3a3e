/* Disks that a domain of another host writes. Whether a path is one disk on two hosts, or two, the
 * spec alone can tell: where it gives the path to a domain of each, they are two. So what is held
 * is a path that another host's domain has although the spec does not give it that: it has left the
 * spec and runs on, or waits for a restart. */
#include "reconcile/fleet_hosts.h"
#include "reconcile/host_answer.h"
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* ---- which disk is which ---- */

/* A disk of settings as a host would tell of it; the texts are those of the settings. */
static AnswerDisk as_told(const Settings *disk)
{
    return (AnswerDisk){.path = (char *)settings_own_text(disk, DISK_KEY_path),
                        .script = (char *)settings_own_text(disk, DISK_KEY_script),
                        .backend = (char *)settings_own_text(disk, DISK_KEY_backend),
                        .is_writable = disk_is_writable(disk)};
}

static guint hash_disk(gconstpointer data)
{
    const AnswerDisk *disk = data;
    return disk->path != NULL ? g_str_hash(disk->path) : 0;
}

static gboolean is_same(gconstpointer data, gconstpointer other_data)
{
    const AnswerDisk *disk = data;
    const AnswerDisk *other = other_data;
    return g_strcmp0(disk->path, other->path) == 0 && g_strcmp0(disk->script, other->script) == 0 &&
           g_strcmp0(disk->backend, other->backend) == 0;
}

/* The disk among those of a domain, or NULL. */
static const Settings *find_disk(const Value *disks, const AnswerDisk *wanted)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        AnswerDisk disk = as_told(disks->items[i].table);
        if (is_same(&disk, wanted)) {
            return disks->items[i].table;
        }
    }
    return NULL;
}

/* ---- a domain that goes to another host ---- */

static gboolean is_medium(const Settings *disk)
{
    return g_strcmp0(settings_own_text(disk, DISK_KEY_devtype), "cdrom") == 0;
}

/* TEXT: of settings. HAS: what it does with these disks, in words. */
static void hold_left_out_of(Action *action, const Domain *domain, const char *text,
                             const char *has)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read_key(text, DOMAIN_KEY_disks);
    const Value *disks =
        recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        AnswerDisk told = as_told(disk);
        if (told.path != NULL && !is_medium(disk) &&
            find_disk(domain_get(domain, DOMAIN_KEY_disks), &told) == NULL) {
            action_hold(action, HOLD_WAIT,
                        "it %s the disk %s, which the spec does not give it any more, and %s would "
                        "not know that (leave it in the spec until it has moved, or stop id %u "
                        "here)",
                        has, told.path, domain->host, action->seen->domid);
        }
    }
}

void hold_disks_left_out(Action *action, const Domain *domain)
{
    if (action->recorded != NULL) {
        hold_left_out_of(action, domain, action->recorded->settings, "runs with");
        hold_left_out_of(action, domain, action->recorded->stored, "has, when its guest reboots,");
    }
}

/* ---- what other hosts have ---- */

/* Does the spec give this disk to that domain of that host? */
static gboolean is_given(const Planning *planning, const FleetHost *host,
                         const AnswerDomain *elsewhere, const AnswerDisk *other)
{
    const Domain *domain = g_hash_table_lookup(planning->owner_by_uuid, elsewhere->uuid);
    domain = domain != NULL ? domain : spec_find(planning->desired, elsewhere->name);
    return domain != NULL && domain_is_on(domain, host->name) && domain_is_to_run(domain) &&
           find_disk(domain_get(domain, DOMAIN_KEY_disks), other) != NULL;
}

/* A disk that a domain of another host has, although the spec does not give it that. */
typedef struct {
    const FleetHost *host;
    const AnswerDomain *domain;
    const AnswerDisk *disk;
} Elsewhere;

static void add_left_out(const Planning *planning, const FleetHost *host,
                         const AnswerDomain *domain, GHashTable *elsewhere_by_disk)
{
    for (guint i = 0; i < domain->disks->len; i++) {
        AnswerDisk *disk = g_ptr_array_index(domain->disks, i);
        if (is_given(planning, host, domain, disk)) {
            continue;
        }
        GArray *holders = g_hash_table_lookup(elsewhere_by_disk, disk);
        if (holders == NULL) {
            holders = g_array_new(FALSE, FALSE, sizeof(Elsewhere));
            g_hash_table_insert(elsewhere_by_disk, disk, holders);
        }
        Elsewhere holder = {host, domain, disk};
        g_array_append_val(holders, holder);
    }
}

/* AnswerDisk -> GArray of Elsewhere, in the order of the hosts. */
static GHashTable *index_left_out(const Planning *planning, const GPtrArray *hosts)
{
    GHashTable *elsewhere_by_disk =
        g_hash_table_new_full(hash_disk, is_same, NULL, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(hosts, i);
        const HostAnswer *answer = g_hash_table_lookup(planning->policy->answers, host->name);
        for (guint j = 0; answer != NULL && answer->trouble == NULL && j < answer->domains->len;
             j++) {
            add_left_out(planning, host, g_ptr_array_index(answer->domains, j), elsewhere_by_disk);
        }
    }
    return elsewhere_by_disk;
}

/* ---- actions ---- */

/* Has a domain that lives this disk, in the same way? Then it is no news to anybody. HAD: its
 * disks, by the record. What is seen counts more: somebody may have taken one away by hand, and
 * given it to another. */
static gboolean is_had(const Action *action, const Value *had, const AnswerDisk *disk)
{
    const Settings *known = find_disk(had, disk);
    const SeenSettings *seen = action->seen->settings;
    const Value *shown = seen != NULL ? settings_own(seen->settings, DOMAIN_KEY_disks) : NULL;
    gboolean tells_disks = shown != NULL || (seen != NULL && seen->tells_absence);
    return known != NULL && disk_is_writable(known) == disk->is_writable &&
           (!tells_disks || find_disk(shown, disk) != NULL);
}

/* While a domain was gone, another host has found its disks free. */
static gboolean lives(const Action *action)
{
    return action->seen != NULL && !action->seen->is_shut_down &&
           !observed_domain_is_dead(action->seen) && action->recorded != NULL &&
           action->recorded->is_running && strcmp(action->recorded->uuid, action->uuid) == 0;
}

/* The disks that an action brings, by itself or in a config that is stored, and that are new to its
 * domain: an array of Settings. */
static GPtrArray *find_new_disks(const Action *action)
{
    g_autoptr(RecordedSettings) recorded =
        lives(action) ? recorded_settings_read_key(action->recorded->settings, DOMAIN_KEY_disks)
                      : NULL;
    const Value *had = recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    const Value *all = action->may_store ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
    GPtrArray *disks = action_disks_taken(action);
    for (guint i = 0; all != NULL && i < all->count; i++) {
        if (!g_ptr_array_find(disks, all->items[i].table, NULL)) {
            g_ptr_array_add(disks, all->items[i].table);
        }
    }
    for (guint i = disks->len; i > 0; i--) {
        AnswerDisk disk = as_told(g_ptr_array_index(disks, i - 1));
        if (disk.path == NULL || (had != NULL && is_had(action, had, &disk))) {
            g_ptr_array_remove_index(disks, i - 1);
        }
    }
    return disks;
}

static void hold_for(Action *action, const Settings *disk, const Elsewhere *holder)
{
    if (strcmp(holder->domain->uuid, action->uuid) == 0 ||
        (!holder->disk->is_writable && !disk_is_writable(disk))) {
        return;
    }
    if (action_row(action->kind)->is_live && !action_brings_disk(action, disk)) {
        action->may_store = FALSE; /* it would come with the config alone */
        return;
    }
    if (holder->domain->seen == ANSWER_SEEN_ABSENT) {
        action_hold(action, HOLD_WAIT,
                    "its disk %s was in use by %s on %s, which may only reboot (an apply on %s "
                    "finds out whether it is gone)",
                    holder->disk->path, holder->domain->name, holder->host->name,
                    holder->host->name);
        return;
    }
    action_hold(action, HOLD_WAIT,
                "its disk %s is in use by %s on %s, to which the spec does not give it, and "
                "one of both writes it (stop or restart that one; if these are two disks, "
                "give it to that one in the spec, too)",
                holder->disk->path, holder->domain->name, holder->host->name);
}

static void hold_for_disks(Action *action, const GPtrArray *disks, GHashTable *elsewhere_by_disk)
{
    for (guint i = 0; i < disks->len; i++) {
        const Settings *disk = g_ptr_array_index(disks, i);
        AnswerDisk told = as_told(disk);
        const GArray *holders = g_hash_table_lookup(elsewhere_by_disk, &told);
        for (guint j = 0; holders != NULL && j < holders->len; j++) {
            hold_for(action, disk, &g_array_index(holders, Elsewhere, j));
        }
    }
}

void plan_hold_disks_elsewhere(Planning *planning)
{
    g_autoptr(GPtrArray) hosts =
        fleet_hosts_list(planning->desired, planning->applied, planning->policy->host);
    g_autoptr(GHashTable) elsewhere_by_disk = NULL;
    for (guint i = 0; hosts->len > 0 && i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if ((action->hold != HOLD_NONE && !action->may_store) || !action_gives_disks(action)) {
            continue;
        }
        g_autoptr(GPtrArray) disks = find_new_disks(action);
        if (disks->len > 0 && planning->policy->answers == NULL) {
            plan_ask_all(planning, hosts);
            action_hold(action, HOLD_WAIT,
                        "wait: the other hosts have not been asked whether they have its disks");
        } else if (disks->len > 0) {
            if (elsewhere_by_disk == NULL) {
                elsewhere_by_disk = index_left_out(planning, hosts);
            }
            hold_for_disks(action, disks, elsewhere_by_disk);
        }
    }
}
