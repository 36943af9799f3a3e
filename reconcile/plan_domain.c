/* What one domain of this host needs. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* Xen's monitor acts on this end of a guest by itself; we wait until it has. */
static gboolean is_monitors(const RecordDomain *recorded, const char *key)
{
    if (recorded == NULL || recorded->settings == NULL) {
        return FALSE;
    }
    g_autofree char *restart = g_strdup_printf("%s: \"restart\"\n", key);
    g_autofree char *rename = g_strdup_printf("%s: \"rename-restart\"\n", key);
    g_autofree char *dump = g_strdup_printf("%s: \"coredump-restart\"\n", key);
    return strstr(recorded->settings, restart) != NULL ||
           strstr(recorded->settings, rename) != NULL || strstr(recorded->settings, dump) != NULL;
}

static const char *transient_shutdown(const ObservedDomain *seen, const RecordDomain *recorded)
{
    static const char restarts[] = "wait: it has ended, and Xen's monitor is to restart it";
    switch (seen->reason) {
    case SHUTDOWN_REASON_REBOOT:
        return "wait: it reboots";
    case SHUTDOWN_REASON_SUSPEND:
        return "wait: it is suspended (a migration or a save is under way, or was broken off)";
    case SHUTDOWN_REASON_SOFT_RESET:
        return "wait: it is being reset";
    case SHUTDOWN_REASON_POWEROFF:
        return is_monitors(recorded, "on_poweroff") ? restarts : NULL;
    case SHUTDOWN_REASON_CRASH:
        return is_monitors(recorded, "on_crash") ? restarts : NULL;
    case SHUTDOWN_REASON_WATCHDOG:
        return is_monitors(recorded, "on_watchdog") ? restarts : NULL;
    case SHUTDOWN_REASON_NONE:
    case SHUTDOWN_REASON_UNKNOWN:
        return NULL;
    }
    return NULL;
}

/* Paused, and never ran: somebody's create is under way, or was killed. */
static gboolean is_never_unpaused(const ObservedDomain *seen)
{
    return seen->is_paused && !seen->is_shut_down && !seen->is_dying && !seen->is_running &&
           seen->cpu_deciseconds == 0;
}

static gboolean is_our_create(const RecordDomain *recorded)
{
    return recorded != NULL &&
           (recorded->operation == OPERATION_CREATE || recorded->operation == OPERATION_CREATED);
}

const char *observed_domain_transient(const ObservedDomain *seen, const RecordDomain *recorded)
{
    if (strcmp(seen->name, "(null)") == 0) {
        return "wait: it has no name, so it is being made or destroyed";
    }
    if (seen->is_dying) {
        return "wait: it is dying";
    }
    if (g_str_has_suffix(seen->name, "--incoming")) {
        return "wait: it is being received (its name ends in --incoming)";
    }
    if (g_str_has_suffix(seen->name, "--migratedaway")) {
        return "wait: it has been sent to another host (its name ends in --migratedaway)";
    }
    if (g_str_has_prefix(seen->name, "migrating-")) {
        return "wait: it is being migrated (its name begins with migrating-)";
    }
    if (seen->is_shut_down) {
        return transient_shutdown(seen, recorded);
    }
    gboolean is_known = recorded != NULL && recorded->is_running && recorded->domid == seen->domid;
    if (is_never_unpaused(seen) && !is_our_create(recorded) && !is_known) {
        return "wait: it is paused and has never run, so somebody else is creating it";
    }
    return NULL;
}

static gboolean is_up(const Domain *domain)
{
    return domain_is(domain, DOMAIN_KEY_state, "running") ||
           domain_is(domain, DOMAIN_KEY_state, "paused");
}

static const ObservedConfig *config_of(const Planning *planning, const Domain *domain)
{
    static const ObservedConfig none;
    const ObservedConfig *config = g_hash_table_lookup(planning->observed->configs, domain->name);
    return config != NULL ? config : &none;
}

/* A file that somebody else wrote is never replaced, unless the domain was taken over. */
static void hold_foreign_config(const Planning *planning, Action *action, const Domain *domain)
{
    const ObservedConfig *config = config_of(planning, domain);
    gboolean is_adopted = domain_get_integer(domain, DOMAIN_KEY_adopt) != 0 ||
                          (action->recorded != NULL && action->recorded->is_adopted);
    if (config->exists && !config->is_ours && !is_adopted) {
        action_hold(action, HOLD_WAIT,
                    "its config file is there and was not written by xensure (move it away, or say "
                    "`adopt: true`)");
    }
}

static void hold_protected(Action *action, const Domain *domain)
{
    if (domain_get_integer(domain, DOMAIN_KEY_protect) != 0) {
        action_hold(action, HOLD_WAIT, "it is protected (`protect: false` ends that)");
    }
}

static char *describe_guest(const Domain *domain, const char *why)
{
    gint64 vcpus = domain_get_integer(domain, DOMAIN_KEY_vcpus);
    return g_strdup_printf("%s, %" G_GINT64_FORMAT " MiB, %" G_GINT64_FORMAT " vcpu%s: %s",
                           domain_get_text(domain, DOMAIN_KEY_type),
                           domain_get_integer(domain, DOMAIN_KEY_memory), vcpus,
                           vcpus == 1 ? "" : "s", why);
}

/* restart.limit starts within restart.within, counted anew for each change of the spec. */
static void hold_after_attempts(const Planning *planning, Action *action, const Domain *domain)
{
    const RecordDomain *recorded = action->recorded;
    if (recorded == NULL || recorded->tried_digest == NULL) {
        return;
    }
    g_autofree char *digest = domain_digest(domain);
    if (strcmp(digest, recorded->tried_digest) != 0) {
        return;
    }
    gint64 limit = domain_get_integer(domain, DOMAIN_KEY_restart_limit);
    gint64 within = domain_get_integer(domain, DOMAIN_KEY_restart_within);
    gint64 count = 0;
    for (guint i = 0; i < recorded->attempts->len; i++) {
        gint64 time = g_array_index(recorded->attempts, gint64, i);
        count += time > planning->policy->now - within && time <= planning->policy->now;
    }
    if (count > limit) {
        action_hold(action, HOLD_WAIT,
                    "it was started %" G_GINT64_FORMAT " times within %" G_GINT64_FORMAT
                    " s (restart.limit is %" G_GINT64_FORMAT "); change its spec to try again",
                    count, within, limit);
    }
}

/* On one of several hosts, only a record of ours says that nobody else runs the domain. */
static void hold_without_claim(const Planning *planning, Action *action)
{
    gboolean is_claimed = action->recorded != NULL && action->recorded->is_claimed;
    if (planning->desired->hosts->len > 1 && !is_claimed) {
        action_hold(
            action, HOLD_WAIT,
            "the spec has several hosts and this one has no record of the domain, which may "
            "run on another (if it does not: xensure claim %s)",
            action->name);
    }
}

static void hold_until_second_look(Planning *planning, Action *action)
{
    const RecordDomain *recorded = action->recorded;
    gboolean is_same_boot = recorded != NULL && recorded->boot_id != NULL &&
                            g_strcmp0(recorded->boot_id, planning->observed->boot_id) == 0;
    if (recorded == NULL || !recorded->is_running || !is_same_boot) {
        return;
    }
    GHashTable *missing = planning->policy->missing_before;
    if (missing != NULL && g_hash_table_contains(missing, action->uuid)) {
        return;
    }
    g_ptr_array_add(planning->plan->second_look, action->uuid);
    action_hold(
        action, HOLD_WAIT,
        "wait: it was running and is missing from one list; a guest that reboots is missing "
        "for a moment");
}

static Action *add_create(Planning *planning, const Domain *domain, const char *uuid,
                          const char *why)
{
    Action *action = plan_add(planning, ACTION_CREATE, domain->name, uuid, domain, NULL,
                              describe_guest(domain, why));
    hold_foreign_config(planning, action, domain);
    hold_without_claim(planning, action);
    hold_after_attempts(planning, action, domain);
    return action;
}

static const char *why_not_running(const Planning *planning, const RecordDomain *recorded)
{
    if (recorded == NULL || !recorded->is_running) {
        return "in the spec, not running";
    }
    if (recorded->boot_id == NULL ||
        g_strcmp0(recorded->boot_id, planning->observed->boot_id) != 0) {
        return "in the spec, not running since the host was booted";
    }
    return "it was running and is gone, reason unknown";
}

static void add_write_config(Planning *planning, const Domain *domain, const char *uuid,
                             const RecordDomain *recorded)
{
    const ObservedConfig *config = config_of(planning, domain);
    if (config->exists && config->is_wanted) {
        return;
    }
    gboolean is_edited = config->exists && config->is_ours && recorded != NULL &&
                         recorded->config_digest != NULL && !config->is_as_recorded;
    const char *why = !config->exists    ? "the config file is missing"
                      : !config->is_ours ? "the config file is not ours"
                      : is_edited        ? "the config file was edited on the host"
                                         : "the config file is not what the spec says";
    Action *action =
        plan_add(planning, ACTION_WRITE_CONFIG, domain->name, uuid, domain, NULL, g_strdup(why));
    action->is_drift = is_edited;
    hold_foreign_config(planning, action, domain);
}

static void add_remove_config(Planning *planning, const Domain *domain, const char *uuid)
{
    const ObservedConfig *config = config_of(planning, domain);
    if (!config->exists) {
        return;
    }
    Action *action = plan_add(planning, ACTION_REMOVE_CONFIG, domain->name, uuid, domain, NULL,
                              g_strdup("the spec says absent"));
    hold_foreign_config(planning, action, domain);
    hold_protected(action, domain);
}

/* No row has our uuid. */
static void plan_missing(Planning *planning, const Domain *domain, const char *uuid,
                         const RecordDomain *recorded)
{
    gboolean may_stay_off = recorded != NULL && recorded->is_off_by_guest &&
                            domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave") &&
                            !(recorded->has_bounce &&
                              recorded->bounce != domain_get_integer(domain, DOMAIN_KEY_bounce));
    if (domain_is(domain, DOMAIN_KEY_state, "absent")) {
        add_remove_config(planning, domain, uuid);
        return;
    }
    if (!is_up(domain) || may_stay_off) {
        add_write_config(planning, domain, uuid, recorded);
        return;
    }
    Action *action = add_create(planning, domain, uuid, why_not_running(planning, recorded));
    action->is_drift = recorded != NULL && recorded->is_running;
    hold_until_second_look(planning, action);
}

/* A row with our name has another uuid. */
static void plan_clash(Planning *planning, const Domain *domain, const char *uuid,
                       const ObservedDomain *row)
{
    if (domain_get_integer(domain, DOMAIN_KEY_adopt) != 0) {
        Action *action =
            plan_add(planning, ACTION_ADOPT, domain->name, row->uuid, domain, row,
                     g_strdup_printf("it runs with the uuid %s; add `uuid: %s` to the spec",
                                     row->uuid, row->uuid));
        const char *transient = observed_domain_transient(row, NULL);
        if (transient != NULL) {
            action_hold(action, HOLD_WAIT, "%s", transient);
        } else if (row->uuid[0] == '\0') {
            action_hold(action, HOLD_WAIT, "the list does not say its uuid");
        }
        return;
    }
    ActionKind kind = is_up(domain) ? ACTION_CREATE : ACTION_SHUTDOWN;
    Action *action = plan_add(planning, kind, domain->name, uuid, domain, NULL,
                              describe_guest(domain, "another domain has its name"));
    action_hold(action, HOLD_CONFLICT,
                "a domain of this name is here with the uuid %s (id %u), which is not ours "
                "(`adopt: true` takes it over)",
                row->uuid[0] != '\0' ? row->uuid : "unknown", row->domid);
}

/* Our domain has shut down, and its remains are there. */
static void plan_remains(Planning *planning, const Domain *domain, const char *uuid,
                         const ObservedDomain *seen)
{
    gboolean is_poweroff = seen->reason == SHUTDOWN_REASON_POWEROFF;
    gboolean is_left = is_poweroff && domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave");
    const char *why = is_poweroff                                ? "the guest powered off"
                      : seen->reason == SHUTDOWN_REASON_CRASH    ? "the guest crashed"
                      : seen->reason == SHUTDOWN_REASON_WATCHDOG ? "its watchdog fired"
                                                                 : "the guest has ended";
    plan_add(planning, ACTION_DESTROY, domain->name, uuid, domain, seen,
             g_strdup_printf("%s; what is left of it holds memory and disks", why));
    if (domain_is(domain, DOMAIN_KEY_state, "absent")) {
        add_remove_config(planning, domain, uuid);
    } else if (is_up(domain) && !is_left) {
        Action *action = add_create(planning, domain, uuid, why);
        action->is_drift = TRUE;
    }
}

static void plan_stop(Planning *planning, const Domain *domain, const char *uuid,
                      const ObservedDomain *seen)
{
    gboolean is_absent = domain_is(domain, DOMAIN_KEY_state, "absent");
    Action *action = plan_add(
        planning, ACTION_SHUTDOWN, domain->name, uuid, domain, seen,
        g_strdup(is_absent ? "it runs, the spec says absent" : "it runs, the spec says stopped"));
    action->stops_living = TRUE;
    hold_protected(action, domain);
    if (is_absent) {
        add_remove_config(planning, domain, uuid);
    }
}

/* A create of ours was cut off. libxl keeps a domain's config (which `xl list -l` prints) once it
 * is complete: Xen tools/libs/light/libxl_create.c:domcreate_complete. */
static void plan_cut_off(Planning *planning, const Domain *domain, const char *uuid,
                         const ObservedDomain *seen, const RecordDomain *recorded)
{
    if (recorded->operation == OPERATION_CREATE && !seen->has_details) {
        if (!planning->policy->details_were_asked) {
            g_array_append_val(planning->plan->details, seen->domid);
        }
        plan_add(planning, ACTION_DESTROY, domain->name, uuid, domain, seen,
                 g_strdup("its creation was cut off before it was complete"));
        if (is_up(domain)) {
            add_create(planning, domain, uuid, "its creation was cut off");
        }
        return;
    }
    if (domain_is(domain, DOMAIN_KEY_state, "running")) {
        plan_add(planning, ACTION_UNPAUSE, domain->name, uuid, domain, seen,
                 g_strdup("its creation was cut off before it was unpaused"));
    } else if (!is_up(domain)) {
        plan_stop(planning, domain, uuid, seen);
    }
}

static void plan_seen(Planning *planning, const Domain *domain, const char *uuid,
                      const ObservedDomain *seen, const RecordDomain *recorded)
{
    const char *transient = observed_domain_transient(seen, recorded);
    if (transient != NULL) {
        ActionKind kind = is_up(domain) ? ACTION_CREATE : ACTION_SHUTDOWN;
        Action *action = plan_add(planning, kind, domain->name, uuid, domain, seen,
                                  g_strdup_printf("its state is passing; the spec says %s",
                                                  domain_get_text(domain, DOMAIN_KEY_state)));
        action_hold(action, HOLD_WAIT, "%s", transient);
        return;
    }
    if (seen->is_shut_down) {
        plan_remains(planning, domain, uuid, seen);
    } else if (is_never_unpaused(seen) && is_our_create(recorded)) {
        plan_cut_off(planning, domain, uuid, seen, recorded);
    } else if (is_up(domain)) {
        plan_running(planning, domain, uuid, seen, recorded);
    } else {
        plan_stop(planning, domain, uuid, seen);
    }
}

void plan_domain(Planning *planning, const Domain *domain)
{
    const RecordDomain *recorded = record_find(planning->applied, domain->name);
    gboolean has_own_uuid = domain_get(domain, DOMAIN_KEY_uuid) != NULL;
    const char *uuid =
        recorded != NULL && recorded->is_adopted && !has_own_uuid ? recorded->uuid : domain->uuid;
    GPtrArray *rows = g_hash_table_lookup(planning->rows_by_uuid, uuid);
    const ObservedDomain *namesake = g_hash_table_lookup(planning->row_by_name, domain->name);
    if (rows != NULL && rows->len > 1) {
        ActionKind kind = is_up(domain) ? ACTION_CREATE : ACTION_SHUTDOWN;
        Action *action = plan_add(
            planning, kind, domain->name, uuid, domain, NULL,
            g_strdup_printf("the spec says %s", domain_get_text(domain, DOMAIN_KEY_state)));
        action_hold(action, HOLD_CONFLICT, "%u domains with its uuid are here: it may run twice",
                    rows->len);
    } else if (rows != NULL) {
        plan_seen(planning, domain, uuid, g_ptr_array_index(rows, 0), recorded);
    } else if (namesake != NULL) {
        plan_clash(planning, domain, uuid, namesake);
    } else {
        plan_missing(planning, domain, uuid, recorded);
    }
}
