/* What one domain of this host needs. */
#include "reconcile/plan_steps.h"

#include <string.h>

static gboolean is_up(const Domain *domain)
{
    return domain_is(domain, DOMAIN_KEY_state, "running") ||
           domain_is(domain, DOMAIN_KEY_state, "paused");
}

static gboolean is_absent(const Domain *domain)
{
    return domain_is(domain, DOMAIN_KEY_state, "absent");
}

/* What would be done if nothing stood in the way; to be held. */
static Action *add_intended(Planning *planning, const Domain *domain, const char *uuid,
                            const ObservedDomain *seen, char *reason)
{
    ActionKind kind = is_up(domain) ? ACTION_CREATE : ACTION_SHUTDOWN;
    return plan_add(planning, kind, domain->name, uuid, domain, seen, reason);
}

static char *say_wanted(const Domain *domain)
{
    return g_strdup_printf("the spec says %s", domain_get_text(domain, DOMAIN_KEY_state));
}

/* What is done to the config file of a domain that is to be off. */
static void plan_config_when_off(Planning *planning, const Domain *domain, const char *uuid,
                                 const RecordDomain *recorded)
{
    if (is_absent(domain)) {
        plan_remove_config(planning, domain, uuid);
    } else {
        plan_write_config(planning, domain, uuid, recorded, NULL, NULL);
    }
}

/* No row has our uuid. */
static void plan_missing(Planning *planning, const Domain *domain, const char *uuid,
                         const RecordDomain *recorded)
{
    gboolean may_stay_off = recorded != NULL && recorded->is_off_by_guest &&
                            domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave") &&
                            !is_bounced(domain, recorded);
    if (!is_up(domain) || may_stay_off) {
        plan_config_when_off(planning, domain, uuid, recorded);
        return;
    }
    Action *action = plan_start(planning, domain, uuid, NULL);
    action->is_drift = recorded != NULL && recorded->is_running;
    hold_until_second_look(planning, action);
}

/* A row with our name has another uuid. */
static void plan_clash(Planning *planning, const Domain *domain, const char *uuid,
                       const ObservedDomain *row)
{
    const Domain *owner = g_hash_table_lookup(planning->owner_by_uuid, row->uuid);
    gboolean may_adopt = domain_get_integer(domain, DOMAIN_KEY_adopt) != 0;
    gboolean has_own_uuid = domain_get(domain, DOMAIN_KEY_uuid) != NULL;
    if (may_adopt && row->uuid[0] != '\0' && owner == NULL && !has_own_uuid) {
        plan_adopt(planning, domain, row);
        return;
    }
    g_hash_table_add(planning->reported, (gpointer)row);
    Action *action = add_intended(planning, domain, uuid, NULL, say_wanted(domain));
    if (row->uuid[0] == '\0') {
        action_hold(action, HOLD_WAIT,
                    "a domain of this name is here (id %u), and the list does not say by its uuid "
                    "whether it is ours (with a toolstack that says it, this goes on by itself)",
                    row->domid);
    } else if (owner != NULL) {
        action_hold(
            action, HOLD_CONFLICT,
            "its name is taken by %s, which the spec knows by the uuid %s (id %u; rename it "
            "with the toolstack, or put the names in the spec right)",
            owner->name, row->uuid, row->domid);
    } else if (has_own_uuid && may_adopt) {
        action_hold(action, HOLD_CONFLICT,
                    "a domain of this name is here with the uuid %s (id %u), and the spec says "
                    "another (`uuid: %s` in the spec takes it over)",
                    row->uuid, row->domid, row->uuid);
    } else {
        action_hold(action, HOLD_CONFLICT,
                    "a domain of this name is here with the uuid %s (id %u), which is not ours "
                    "(`adopt: true` takes it over)",
                    row->uuid, row->domid);
    }
}

/* Another domain still has its name. One that runs as it should would get no more than its config
 * file by that. */
static void plan_kept_name(Planning *planning, const Domain *domain, const char *uuid,
                           const ObservedDomain *seen, const RecordDomain *keeper)
{
    Action *action = seen != NULL && is_up(domain)
                         ? plan_add(planning, ACTION_WRITE_CONFIG, domain->name, uuid, domain, NULL,
                                    g_strdup("the spec has renamed it"))
                         : add_intended(planning, domain, uuid, NULL, say_wanted(domain));
    hold_for_name_keeper(planning, action, keeper);
}

/* A row with this uuid, which the domain had or would have had, unless it is another's of the spec.
 */
static const ObservedDomain *find_former(const Planning *planning, const char *former,
                                         const char *uuid)
{
    guint living = 0;
    guint dead = 0;
    if (strcmp(former, uuid) == 0 || g_hash_table_contains(planning->owner_by_uuid, former)) {
        return NULL;
    }
    return plan_find_row(planning, former, &living, &dead);
}

/* The domain is here with the uuid that is recorded, while the spec gives it a new one; or with the
 * one that the spec gives it, while another was taken over. */
static const ObservedDomain *find_under_other_uuid(const Planning *planning, const Domain *domain,
                                                   const char *uuid)
{
    const RecordDomain *recorded = record_find(planning->applied, domain->name);
    const ObservedDomain *row =
        recorded != NULL ? find_former(planning, recorded->uuid, uuid) : NULL;
    return row != NULL ? row : find_former(planning, domain->uuid, uuid);
}

static void plan_other_uuid(Planning *planning, const Domain *domain, const char *uuid,
                            const ObservedDomain *row)
{
    g_hash_table_add(planning->reported, (gpointer)row);
    Action *action = add_intended(planning, domain, uuid, NULL, say_wanted(domain));
    action_hold(action, HOLD_CONFLICT,
                "it is here with the uuid %s (id %u), and by the spec and the record it is to have "
                "%s (put `uuid: %s` into the spec, or shut it down with the toolstack)",
                row->uuid, row->domid, uuid, row->uuid);
}

/* Our domain has shut down, and its remains are there. */
static void plan_remains(Planning *planning, const Domain *domain, const char *uuid,
                         const ObservedDomain *seen, const RecordDomain *recorded)
{
    gboolean is_poweroff = seen->reason == SHUTDOWN_REASON_POWEROFF;
    gboolean is_left = is_poweroff && !is_bounced(domain, recorded) &&
                       domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave");
    const char *why = is_poweroff                                ? "the guest powered off"
                      : seen->reason == SHUTDOWN_REASON_CRASH    ? "the guest crashed"
                      : seen->reason == SHUTDOWN_REASON_WATCHDOG ? "its watchdog fired"
                                                                 : "the guest has ended";
    Action *action =
        plan_add(planning, ACTION_DESTROY, domain->name, uuid, domain, seen,
                 g_strdup_printf("%s; what is left of it holds memory and disks", why));
    action->is_drift = TRUE;
    if (is_up(domain) && !is_left) {
        action = plan_start(planning, domain, uuid, why);
        action->is_drift = TRUE;
    } else {
        plan_config_when_off(planning, domain, uuid, recorded);
    }
}

static void plan_stop(Planning *planning, const Domain *domain, const char *uuid,
                      const ObservedDomain *seen, const RecordDomain *recorded)
{
    Action *action =
        plan_add(planning, ACTION_SHUTDOWN, domain->name, uuid, domain, seen,
                 g_strdup_printf("it %s, the spec says %s",
                                 !seen->is_paused ? "runs"
                                 : domain_get_integer(domain, DOMAIN_KEY_stop_force) != 0
                                     ? "is paused, and is destroyed (stop.force)"
                                     : "is paused",
                                 domain_get_text(domain, DOMAIN_KEY_state)));
    action->stops_living = TRUE;
    hold_protected(action, domain);
    hold_paused(action, domain, seen);
    hold_restarted(action, domain, seen, recorded);
    plan_config_when_off(planning, domain, uuid, recorded);
}

/* A create of ours was cut off, and its command is over. A toolstack that fails clears away what it
 * has made, so that what is left is whole, unless the toolstack says otherwise. What never ran has
 * nothing to lose. */
static void plan_cut_off(Planning *planning, const Domain *domain, const char *uuid,
                         const ObservedDomain *seen, const RecordDomain *recorded)
{
    gboolean is_asked = seen->has_details || planning->policy->details_were_asked;
    gboolean is_half =
        recorded->operation == OPERATION_CREATE && (seen->is_incomplete || !is_asked);
    if (is_half && is_up(domain) && !planning->policy->details_were_asked) {
        g_array_append_val(planning->plan->details, seen->domid);
    }
    if (!is_half && domain_is(domain, DOMAIN_KEY_state, "running")) {
        plan_add(planning, ACTION_UNPAUSE, domain->name, uuid, domain, seen,
                 g_strdup("its creation was cut off before it was unpaused"));
    } else if (!is_half && is_up(domain)) {
        plan_running(planning, domain, uuid, seen, recorded);
    } else {
        Action *action = plan_add(planning, ACTION_DESTROY, domain->name, uuid, domain, seen,
                                  g_strdup_printf("its creation was cut off before it %s",
                                                  is_half ? "was complete" : "ran"));
        if (is_up(domain)) {
            plan_start(planning, domain, uuid, "its creation was cut off");
        } else {
            hold_protected(action, domain);
            plan_config_when_off(planning, domain, uuid, recorded);
        }
    }
}

static void plan_seen(Planning *planning, const Domain *domain, const char *uuid,
                      const ObservedDomain *seen, const RecordDomain *recorded)
{
    const char *transient = plan_transient(planning, domain, seen, recorded);
    if (transient != NULL) {
        Action *action = add_intended(planning, domain, uuid, seen, say_wanted(domain));
        action_hold(action, HOLD_WAIT, "%s", transient);
    } else if (seen->is_shut_down) {
        plan_remains(planning, domain, uuid, seen, recorded);
    } else if (observed_domain_never_ran(seen) && record_is_creating(recorded)) {
        plan_cut_off(planning, domain, uuid, seen, recorded);
    } else if (is_up(domain)) {
        plan_running(planning, domain, uuid, seen, recorded);
    } else {
        plan_stop(planning, domain, uuid, seen, recorded);
    }
}

void hold_beside_dead(Planning *planning, guint first)
{
    for (guint i = first; i < planning->plan->actions->len; i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "wait: a domain with its uuid that has ended is still dying (if it stays so, "
                    "something in dom0 holds its memory)");
    }
}

void plan_domain(Planning *planning, const Domain *domain)
{
    const char *uuid = plan_uuid(planning, domain);
    if (plan_begun_migration(planning, domain, domain->name, uuid)) {
        return;
    }
    const RecordDomain *recorded = plan_recorded(planning, domain->name, uuid);
    const ObservedDomain *namesake = plan_find_namesake(planning, domain->name, uuid);
    const ObservedDomain *other = find_under_other_uuid(planning, domain, uuid);
    const RecordDomain *keeper = plan_find_name_keeper(planning, domain->name, uuid);
    guint first = planning->plan->actions->len;
    guint living = 0;
    guint dead = 0;
    const ObservedDomain *seen = plan_find_row(planning, uuid, &living, &dead);
    if (g_hash_table_contains(planning->shared_uuids, uuid)) {
        Action *action = add_intended(planning, domain, uuid, NULL, say_wanted(domain));
        action_hold(action, HOLD_CONFLICT,
                    "two domains would have the uuid %s, by the spec or because one was adopted "
                    "(give one of them a `uuid:` of its own)",
                    uuid);
    } else if (living > 1) {
        Action *action = add_intended(planning, domain, uuid, NULL, say_wanted(domain));
        action_hold(action, HOLD_CONFLICT,
                    "%u domains with its uuid are here: it may run twice (destroy the wrong one "
                    "with the toolstack)",
                    living);
    } else if (keeper != NULL) {
        plan_kept_name(planning, domain, uuid, seen, keeper);
    } else if (other != NULL) {
        plan_other_uuid(planning, domain, uuid, other);
    } else if (seen != NULL) {
        /* What is recorded of another uuid says nothing about this row. */
        const RecordDomain *of_row = plan_recorded_row(planning, domain->name, uuid);
        if (of_row == NULL && domain_get_integer(domain, DOMAIN_KEY_adopt) != 0) {
            plan_adopt(planning, domain, seen);
        } else {
            plan_seen(planning, domain, uuid, seen, of_row);
        }
        if (living + dead > 1) {
            hold_beside_dead(planning, first);
        }
    } else if (namesake != NULL) {
        plan_clash(planning, domain, uuid, namesake);
    } else {
        plan_missing(planning, domain, uuid, recorded);
    }
    plan_boot_link(planning, domain, uuid, first);
}
