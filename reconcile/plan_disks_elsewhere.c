/* Disks that a domain of another host writes. Whether a path is one disk on two hosts, or two, the
 * spec alone can tell: where it gives the path to a domain of each, they are two. So what is held
 * is a path that another host's domain has although the spec does not give it that: it has left the
 * spec and runs on, or waits for a restart. */
#include "reconcile/fleet_hosts.h"
#include "reconcile/host_answer.h"
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

static gboolean is_same(const Settings *disk, const AnswerDisk *other)
{
    return g_strcmp0(settings_own_text(disk, DISK_KEY_path), other->path) == 0 &&
           g_strcmp0(settings_own_text(disk, DISK_KEY_script), other->script) == 0 &&
           g_strcmp0(settings_own_text(disk, DISK_KEY_backend), other->backend) == 0;
}

static gboolean is_among(const Value *disks, const AnswerDisk *wanted)
{
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        if (is_same(disks->items[i].table, wanted)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_in_spec(const Domain *domain, const Settings *disk)
{
    const AnswerDisk wanted = {.path = (char *)settings_own_text(disk, DISK_KEY_path),
                               .script = (char *)settings_own_text(disk, DISK_KEY_script),
                               .backend = (char *)settings_own_text(disk, DISK_KEY_backend)};
    return is_among(domain_get(domain, DOMAIN_KEY_disks), &wanted);
}

void hold_disks_left_out(Action *action, const Domain *domain)
{
    g_autoptr(RecordedSettings) recorded =
        action->recorded != NULL
            ? recorded_settings_read_key(action->recorded->settings, DOMAIN_KEY_disks)
            : NULL;
    const Value *has = recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; has != NULL && i < has->count; i++) {
        const Settings *disk = has->items[i].table;
        if (settings_own_text(disk, DISK_KEY_path) != NULL && !is_in_spec(domain, disk)) {
            action_hold(action, HOLD_WAIT,
                        "it runs with the disk %s, which the spec does not give it any more, and "
                        "%s would not know that (leave it in the spec until it has moved, or stop "
                        "id %u here)",
                        settings_own_text(disk, DISK_KEY_path), domain->host, action->seen->domid);
        }
    }
}

/* Does the spec give this disk to that domain of that host? */
static gboolean is_given(const Planning *planning, const FleetHost *host,
                         const AnswerDomain *elsewhere, const AnswerDisk *other)
{
    const Domain *domain = g_hash_table_lookup(planning->owner_by_uuid, elsewhere->uuid);
    domain = domain != NULL ? domain : spec_find(planning->desired, elsewhere->name);
    return domain != NULL && domain_is_on(domain, host->name) && domain_is_to_run(domain) &&
           is_among(domain_get(domain, DOMAIN_KEY_disks), other);
}

/* Has a domain of that host this disk, so that another must not get it? NULL: none has. */
static const AnswerDomain *find_holder(const Planning *planning, const FleetHost *host,
                                       const Action *action, const Settings *disk)
{
    const HostAnswer *answer = g_hash_table_lookup(planning->policy->answers, host->name);
    for (guint i = 0; answer != NULL && answer->trouble == NULL && i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (strcmp(domain->uuid, action->uuid) == 0) {
            continue;
        }
        for (guint j = 0; j < domain->disks->len; j++) {
            const AnswerDisk *other = g_ptr_array_index(domain->disks, j);
            if (is_same(disk, other) && (other->is_writable || disk_is_writable(disk)) &&
                !is_given(planning, host, domain, other)) {
                return domain;
            }
        }
    }
    return NULL;
}

/* Has a domain that runs, or did when it was last seen, this disk? Then it is no news to anybody.
 */
static gboolean is_had(const Value *had, const Settings *disk)
{
    for (guint i = 0; had != NULL && i < had->count; i++) {
        const Settings *known = had->items[i].table;
        if (g_strcmp0(settings_own_text(disk, DISK_KEY_path),
                      settings_own_text(known, DISK_KEY_path)) == 0 &&
            disk_is_writable(disk) == disk_is_writable(known)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The disks that an action brings, by itself or in a config that is stored, and that are new to its
 * domain: an array of Settings. */
static GPtrArray *find_new_disks(const Action *action)
{
    g_autoptr(RecordedSettings) recorded =
        action->recorded != NULL && action->recorded->is_running &&
                strcmp(action->recorded->uuid, action->uuid) == 0
            ? recorded_settings_read_key(action->recorded->settings, DOMAIN_KEY_disks)
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
        const Settings *disk = g_ptr_array_index(disks, i - 1);
        if (settings_own_text(disk, DISK_KEY_path) == NULL || is_had(had, disk)) {
            g_ptr_array_remove_index(disks, i - 1);
        }
    }
    return disks;
}

static void hold_for_host(Planning *planning, const FleetHost *host, Action *action,
                          const GPtrArray *disks)
{
    for (guint i = 0; i < disks->len; i++) {
        const Settings *disk = g_ptr_array_index(disks, i);
        const AnswerDomain *holder = find_holder(planning, host, action, disk);
        if (holder == NULL) {
            continue;
        }
        if (action_row(action->kind)->is_live && !action_brings_disk(action, disk)) {
            action->may_store = FALSE; /* it would come with the config alone */
            continue;
        }
        action_hold(action, HOLD_WAIT,
                    "its disk %s is in use by %s on %s, to which the spec does not give it, and "
                    "one of both writes it (stop or restart that one; if these are two disks, "
                    "give it to that one in the spec, too)",
                    settings_own_text(disk, DISK_KEY_path), holder->name, host->name);
    }
}

void plan_hold_disks_elsewhere(Planning *planning)
{
    g_autoptr(GPtrArray) hosts =
        fleet_hosts_list(planning->desired, planning->applied, planning->policy->host);
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
            continue;
        }
        for (guint j = 0; disks->len > 0 && j < hosts->len; j++) {
            hold_for_host(planning, g_ptr_array_index(hosts, j), action, disks);
        }
    }
}
