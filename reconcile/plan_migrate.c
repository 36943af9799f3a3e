/* Domains that run here and that the spec gives to another host, and migrations that were begun. */
#include "reconcile/memory.h"
#include "reconcile/move.h"
#include "reconcile/plan_steps.h"
#include "reconcile/record_names.h"
#include "spec/units.h"

#include <string.h>

/* ---- a migration that was begun ---- */

gboolean record_is_migrating(const RecordDomain *recorded)
{
    return recorded != NULL && recorded->operation == OPERATION_MIGRATE;
}

gboolean plan_begun_migration(Planning *planning, const Domain *domain, const char *name,
                              const char *uuid)
{
    const RecordDomain *recorded = plan_recorded_row(planning, name, uuid);
    if (!record_is_migrating(recorded)) {
        return FALSE;
    }
    guint living = 0;
    guint dead = 0;
    const char *target = recorded->move_to != NULL ? recorded->move_to : "?";
    Action *action =
        plan_add(planning, ACTION_MIGRATE, recorded->name, recorded->uuid, domain,
                 plan_find_row(planning, recorded->uuid, &living, &dead),
                 g_strdup_printf("to %s: it was begun, and how it ended is looked at", target));
    action->target = g_hash_table_lookup(planning->desired->hosts_by_name, target);
    GHashTable *busy = planning->policy->busy;
    if (busy != NULL && g_hash_table_contains(busy, recorded->name)) {
        action_hold(action, HOLD_WAIT,
                    "wait: the migration is still under way (it is never broken off)");
    } else if (action->target == NULL) {
        action_hold(action, HOLD_WAIT,
                    "it was sent to %s, which is not among the spec's `hosts` any more, so that "
                    "nobody can be asked how that ended (put it back there; or when it is sure "
                    "that it runs nowhere else: xensure forget %s)",
                    target, recorded->name);
    }
    return TRUE;
}

/* How it has ended, as far as both hosts can say now. */
static void judge_begun(Planning *planning, Action *action)
{
    guint32 domid = 0;
    g_autofree char *what = NULL;
    const HostAnswer *answer = g_hash_table_lookup(planning->policy->answers, action->target->name);
    MoveHere here = move_see_here(planning->observed, action->uuid, &domid);
    MoveEnd end = move_decide(here, move_see_there(answer, action->uuid), action->target->name,
                              answer, action->name, domid, &what);
    switch (end) {
    case MOVE_DONE:
    case MOVE_STAYED:
        g_free(action->reason);
        action->reason = g_strdup_printf("to %s: it was begun, and %s", action->target->name,
                                         end == MOVE_DONE ? "is done" : "has failed");
        break;
    case MOVE_WAIT:
        action_hold(action, HOLD_WAIT, "%s", what);
        break;
    case MOVE_CONFLICT:
        action_hold(action, HOLD_CONFLICT, "%s", what);
        break;
    }
}

/* ---- a domain that is to go ---- */

/* The tries in a row that count: those to another host do not, nor those of long ago. */
static gint64 count_tries(const Planning *planning, const Action *action)
{
    const RecordDomain *recorded = action->recorded;
    gint64 within = domain_get_integer(action->domain, DOMAIN_KEY_restart_within);
    gboolean counts = recorded != NULL && g_strcmp0(recorded->move_to, action->domain->host) == 0 &&
                      recorded->move_time > planning->policy->now - within;
    return counts ? recorded->move_tries : 0;
}

/* As for starts: at growing intervals, and no more after restart.limit of them. */
static void hold_after_tries(const Planning *planning, Action *action)
{
    const RecordDomain *recorded = action->recorded;
    gint64 tries = count_tries(planning, action);
    gint64 limit = domain_get_integer(action->domain, DOMAIN_KEY_restart_limit);
    if (tries == 0) {
        return;
    }
    const char *why =
        recorded->move_trouble != NULL ? recorded->move_trouble : "for no known reason";
    gint64 now = planning->policy->now;
    gint64 wait_s = MIN(recorded->move_time, now) + plan_back_off_s(tries) - now;
    if (tries >= limit) {
        action_hold(action, HOLD_WAIT, "it could not be moved: %s (xensure forget %s tries again)",
                    why, action->name);
    } else if (wait_s > 0) {
        action_hold(action, HOLD_WAIT,
                    "it could not be moved: %s; the next try is in %" G_GINT64_FORMAT
                    " s (xensure forget %s tries at once)",
                    why, wait_s, action->name);
    }
}

/* What of the domain itself stands in its way. */
static void hold_what_cannot_go(const Planning *planning, Action *action, const Domain *domain,
                                const ObservedDomain *row)
{
    const char *unable = planning->policy->cannot_migrate;
    hold_protected(action, domain);
    if (row->is_shut_down) {
        action_hold(action, HOLD_WAIT,
                    "it has ended here, so nothing is left to move (destroy id %u with the "
                    "toolstack to free its disks)",
                    row->domid);
    } else if (unable != NULL) {
        action_hold(action, HOLD_WAIT,
                    "this version does not migrate with %s, which says too little of how a "
                    "migration ends (move id %u with `%s migrate`)",
                    unable, row->domid, unable);
    } else if (domain_is(domain, DOMAIN_KEY_migrate, "stop")) {
        action_hold(action, HOLD_WAIT,
                    "`migrate: stop` is xm's alone (say `migrate: live`, or stop it and claim it "
                    "on %s)",
                    domain->host);
    } else if (domain_get_integer(domain, DOMAIN_KEY_nomigrate) != 0) {
        action_hold(action, HOLD_WAIT,
                    "it was made with `nomigrate`, and can never move while it runs");
    } else if (row->is_paused) {
        action_hold(action, HOLD_WAIT,
                    "it is paused, and a guest has to run to be moved (unpause id %u with the "
                    "toolstack)",
                    row->domid);
    } else if (strcmp(row->name, domain->name) != 0) {
        action_hold(action, HOLD_WAIT,
                    "it is called %s here, and would be so on %s (rename it with the toolstack)",
                    row->name, domain->host);
    } else if (strcmp(row->uuid, domain->uuid) != 0) {
        action_hold(action, HOLD_WAIT,
                    "it was taken over here, and %s would not know it by its uuid (add `uuid: %s` "
                    "to the spec)",
                    domain->host, row->uuid);
    } else if (action->target != NULL && spec_host_address(action->target) == NULL) {
        action_hold(action, HOLD_WAIT, "%s has no `address` in the spec", domain->host);
    }
    hold_disks_left_out(action, domain);
}

/* Other hosts are told that it is not here only after it was missing twice: it may reboot. */
static void look_for_it_again(Planning *planning, const RecordDomain *recorded)
{
    GHashTable *missing = planning->policy->missing_before;
    if (recorded != NULL && recorded->is_running &&
        (missing == NULL || !g_hash_table_contains(missing, recorded->uuid))) {
        g_ptr_array_add(planning->plan->second_look, (gpointer)recorded->uuid);
    }
}

/* Something here, such as an image of xendomains, by which it would be started beside the one on
 * its new host; NULL: nothing. Its record keeps that host off until then (record_settle()). */
static const char *find_what_starts_it(const Planning *planning, const RecordDomain *recorded)
{
    gboolean is_kept = recorded != NULL && (recorded->is_claimed || recorded->is_running ||
                                            recorded->operation != OPERATION_NONE);
    return is_kept ? record_find_obstacle(recorded, planning->observed) : NULL;
}

static Action *plan_migration(Planning *planning, const Domain *domain, const char *uuid,
                              const ObservedDomain *row)
{
    Action *action =
        plan_add(planning, ACTION_MIGRATE, domain->name, uuid, domain, row,
                 g_strdup_printf("to %s: the spec says that it belongs there", domain->host));
    action->target = g_hash_table_lookup(planning->desired->hosts_by_name, domain->host);
    return action;
}

static Action *add_migration(Planning *planning, const Domain *domain, const char *uuid,
                             const ObservedDomain *row, guint living)
{
    const RecordDomain *recorded = plan_recorded_row(planning, domain->name, uuid);
    Action *action = plan_migration(planning, domain, uuid, row);
    hold_while_unclear(action, living, plan_transient(planning, domain, row, recorded));
    hold_what_cannot_go(planning, action, domain, row);
    return action;
}

void plan_elsewhere(Planning *planning, const Domain *domain)
{
    const char *uuid = plan_uuid(planning, domain);
    guint first = planning->plan->actions->len;
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *row = plan_find_row(planning, uuid, &living, &dead);
    if (plan_begun_migration(planning, domain, domain->name, uuid)) {
        return;
    }
    Action *migration = NULL;
    const RecordDomain *recorded = plan_recorded_row(planning, domain->name, uuid);
    const char *obstacle = find_what_starts_it(planning, recorded);
    if (row != NULL && living <= 1 && observed_domain_never_ran(row) &&
        record_is_creating(recorded)) {
        Action *action = plan_add(planning, ACTION_DESTROY, domain->name, uuid, domain, row,
                                  g_strdup("its creation was cut off, and the spec says that it "
                                           "belongs elsewhere"));
        const char *transient = plan_transient(planning, domain, row, recorded);
        if (transient != NULL) {
            action_hold(action, HOLD_WAIT, "%s", transient);
        }
    } else if (row != NULL) {
        migration = add_migration(planning, domain, uuid, row, living);
    } else if (obstacle != NULL) {
        action_hold(plan_migration(planning, domain, uuid, NULL), HOLD_WAIT, "%s", obstacle);
    } else {
        look_for_it_again(planning, recorded);
    }
    const RecordDomain *keeper = plan_find_name_keeper(planning, domain->name, uuid);
    for (guint i = first; keeper != NULL && i < planning->plan->actions->len; i++) {
        hold_for_name_keeper(planning, g_ptr_array_index(planning->plan->actions, i), keeper);
    }
    plan_boot_link(planning, domain, uuid, first);
    /* After the link: one that a migration has put back is the next one's to take away. */
    if (migration != NULL) {
        hold_after_tries(planning, migration);
    }
}

/* ---- what the targets say ---- */

static void judge_target(Planning *planning, Action *action, GHashTable *taken)
{
    const char *target = action->target->name;
    gint64 *taken_mib = g_hash_table_lookup(taken, target);
    if (taken_mib == NULL) {
        taken_mib = g_new0(gint64, 1);
        g_hash_table_insert(taken, (gpointer)target, taken_mib);
    }
    gboolean is_twice = FALSE;
    MoveQuestion question = {target,
                             g_hash_table_lookup(planning->policy->answers, target),
                             action->name,
                             action->uuid,
                             action->seen->memory_mib,
                             *taken_mib,
                             planning->policy->xen_version};
    g_autofree char *obstacle = move_find_obstacle(&question, &is_twice);
    if (obstacle != NULL) {
        action_hold(action, is_twice ? HOLD_CONFLICT : HOLD_WAIT, "%s", obstacle);
    } else {
        *taken_mib += memory_most_mib(action->seen->memory_mib);
    }
}

void plan_ask_targets(Planning *planning)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (action->kind != ACTION_MIGRATE || action->hold != HOLD_NONE) {
            continue;
        }
        if (planning->policy->answers == NULL) {
            plan_ask_host(planning, action->target->name, spec_host_address(action->target), FALSE);
            planning->plan->asks_node = TRUE;
            action_hold(action, HOLD_WAIT, "wait: %s has not been asked what it has",
                        action->target->name);
        } else if (record_is_migrating(action->recorded)) {
            judge_begun(planning, action);
        } else {
            judge_target(planning, action, taken);
        }
    }
}
