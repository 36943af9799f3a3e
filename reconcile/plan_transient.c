/* States that pass by themselves, or that somebody else is at work in: to be waited for. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* What Xen does when the guest ends so: the words of on_poweroff and the like. What the running
 * domain was given counts, not what the next one will be. */
static gboolean is_left_to_xen(const Domain *domain, const RecordDomain *recorded, DomainKey key,
                               const char *const *words)
{
    const char *name = domain_keys.rows[key].name;
    if (recorded == NULL || recorded->settings == NULL) {
        return domain != NULL && g_strv_contains(words, domain_get_text(domain, key));
    }
    gboolean is_one = FALSE;
    for (guint i = 0; words[i] != NULL; i++) {
        g_autofree char *line = g_strdup_printf("%s: \"%s\"\n", name, words[i]);
        is_one = is_one || strstr(recorded->settings, line) != NULL;
    }
    return is_one;
}

static const char *const restarts[] = {"restart", "rename-restart", "coredump-restart", NULL};

void hold_restarted(Action *action, const Domain *domain, const ObservedDomain *seen,
                    const RecordDomain *recorded)
{
    gboolean is_forced = domain != NULL && domain_get_integer(domain, DOMAIN_KEY_stop_force) != 0;
    if (!is_forced && is_left_to_xen(domain, recorded, DOMAIN_KEY_on_poweroff, restarts)) {
        action_hold(action, HOLD_WAIT,
                    "by the on_poweroff that it was started with, Xen's monitor would start it "
                    "again each time (%sdestroy id %u with the toolstack)",
                    domain != NULL ? "give it `stop: {force: true}`, which destroys it then, or "
                                   : "",
                    seen->domid);
    }
}

/* Xen's monitor acts on this end of a guest by itself; we wait until it has. */
static const char *transient_end(const Domain *domain, const RecordDomain *recorded, DomainKey key)
{
    static const char *const dumps[] = {"coredump-destroy", NULL};
    return is_left_to_xen(domain, recorded, key, restarts)
               ? "wait: it has ended, and Xen's monitor is to restart it (if it does not, the "
                 "monitor is dead: destroy it with the toolstack, and it is started again)"
           : is_left_to_xen(domain, recorded, key, dumps)
               ? "wait: it has ended, and Xen's monitor is to save its memory to a file and "
                 "destroy "
                 "it (if it stays so, the monitor is dead: destroy it with the toolstack)"
               : NULL;
}

static const char *transient_shutdown(const Domain *domain, const ObservedDomain *seen,
                                      const RecordDomain *recorded)
{
    switch (seen->reason) {
    case SHUTDOWN_REASON_REBOOT:
        return "wait: it reboots (if it stays so, Xen's monitor is dead: destroy it with the "
               "toolstack, and it is started again)";
    case SHUTDOWN_REASON_SUSPEND:
        return "wait: it is suspended; a migration or a save is under way, or was broken off (make "
               "sure that it runs nowhere else before you destroy it)";
    case SHUTDOWN_REASON_SOFT_RESET:
        return "wait: it is being reset";
    case SHUTDOWN_REASON_POWEROFF:
        return transient_end(domain, recorded, DOMAIN_KEY_on_poweroff);
    case SHUTDOWN_REASON_CRASH:
        return transient_end(domain, recorded, DOMAIN_KEY_on_crash);
    case SHUTDOWN_REASON_WATCHDOG:
        return transient_end(domain, recorded, DOMAIN_KEY_on_watchdog);
    case SHUTDOWN_REASON_UNKNOWN:
        /* It may be a save or a migration. */
        return "wait: it has ended and the list does not say why (if it stays so, destroy it with "
               "the toolstack)";
    case SHUTDOWN_REASON_NONE:
        return NULL;
    }
    return NULL;
}

gboolean observed_domain_never_ran(const ObservedDomain *seen)
{
    return seen->is_paused && !seen->is_shut_down && !seen->is_dying && !seen->is_running &&
           seen->cpu_deciseconds == 0;
}

gboolean record_is_creating(const RecordDomain *recorded)
{
    return recorded != NULL &&
           (recorded->operation == OPERATION_CREATE || recorded->operation == OPERATION_CREATED);
}

static const char *transient_name(const ObservedDomain *seen)
{
    if (strcmp(seen->name, OBSERVED_NO_NAME) == 0) {
        return "wait: it has no name, so it is being made or destroyed (if it stays so, something "
               "in "
               "dom0 still holds its memory)";
    }
    if (seen->is_dying) {
        return "wait: it is dying (if it stays so, something in dom0 still holds its memory)";
    }
    if (g_str_has_suffix(seen->name, "--incoming")) {
        return "wait: it is being received (its name ends in --incoming; if it stays so, the "
               "migration "
               "was broken off: destroy it once it runs on the other host)";
    }
    if (g_str_has_suffix(seen->name, "--migratedaway")) {
        return "wait: it has been sent to another host (its name ends in --migratedaway; if it "
               "stays "
               "so, destroy it once it runs there)";
    }
    if (g_str_has_prefix(seen->name, "migrating-")) {
        return "wait: it is being migrated (its name begins with migrating-)";
    }
    return NULL;
}

static const char *find_transient(const Domain *domain, const ObservedDomain *seen,
                                  const RecordDomain *recorded, gboolean is_same_boot)
{
    const char *transient = transient_name(seen);
    if (transient != NULL) {
        return transient;
    }
    if (seen->is_shut_down) {
        return transient_shutdown(domain, seen, recorded);
    }
    /* A domain that we made paused is known; the same id after a boot of dom0 is another's. */
    gboolean is_known =
        recorded != NULL && recorded->is_running && recorded->domid == seen->domid && is_same_boot;
    if (observed_domain_never_ran(seen) && !record_is_creating(recorded) && !is_known) {
        return "wait: it is paused and has never run; it reboots, or somebody else is creating it "
               "(if "
               "it stays so, destroy it with the toolstack)";
    }
    return NULL;
}

const char *observed_domain_transient(const ObservedDomain *seen, const RecordDomain *recorded,
                                      const char *boot_id)
{
    gboolean is_same_boot = recorded != NULL && g_strcmp0(recorded->boot_id, boot_id) == 0;
    return find_transient(NULL, seen, recorded, is_same_boot);
}

const char *plan_transient(const Planning *planning, const Domain *domain,
                           const ObservedDomain *seen, const RecordDomain *recorded)
{
    gboolean is_same_boot =
        recorded != NULL && g_strcmp0(recorded->boot_id, planning->observed->boot_id) == 0;
    return find_transient(domain, seen, recorded, is_same_boot);
}

void hold_while_unclear(Action *action, guint living, const char *transient)
{
    if (living > 1) {
        action_hold(action, HOLD_CONFLICT,
                    "%u domains with its uuid are here: it may run twice (destroy the wrong one "
                    "with the toolstack)",
                    living);
    } else if (transient != NULL) {
        action_hold(action, HOLD_WAIT, "%s", transient);
    }
}
