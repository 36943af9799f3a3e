/* Config files, and the control keys that more than one step asks for. */
#include "reconcile/plan_steps.h"

#include <string.h>

const ObservedConfig *plan_config_of(const Planning *planning, const char *name)
{
    return g_hash_table_lookup(planning->observed->configs, name);
}

gboolean is_foreign_config(const Planning *planning, const Domain *domain,
                           const RecordDomain *recorded)
{
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    gboolean is_adopted = domain_get_integer(domain, DOMAIN_KEY_adopt) != 0 ||
                          (recorded != NULL && recorded->is_adopted);
    return config != NULL && config->exists && !config->is_ours && !is_adopted;
}

void hold_foreign_config(const Planning *planning, Action *action, const Domain *domain)
{
    if (is_foreign_config(planning, domain, action->recorded)) {
        action_hold(action, HOLD_WAIT,
                    "its config file is there and was not written by xensure (move it away, or say "
                    "`adopt: true`)");
    }
}

static gboolean is_edited(const ObservedConfig *config, const RecordDomain *recorded)
{
    return config->exists && config->is_ours && !config->is_wanted && recorded != NULL &&
           recorded->config_digest != NULL && !config->is_as_recorded;
}

void note_edited_config(const Planning *planning, Action *action)
{
    const ObservedConfig *config = plan_config_of(planning, action->name);
    if (config != NULL && is_edited(config, action->recorded)) {
        g_autofree char *reason = action->reason;
        action->reason = g_strconcat(
            reason, "; its config file was edited on the host, and this replaces it", NULL);
    }
}

void hold_protected(Action *action, const Domain *domain)
{
    if (domain_get_integer(domain, DOMAIN_KEY_protect) != 0) {
        action_hold(action, HOLD_WAIT, "it is protected (`protect: false` ends that)");
    }
}

void hold_paused(Action *action, const Domain *domain, const ObservedDomain *seen)
{
    gboolean is_forced = domain != NULL && domain_get_integer(domain, DOMAIN_KEY_stop_force) != 0;
    if (seen->is_paused && !is_forced) {
        action_hold(action, HOLD_WAIT,
                    "it is paused, and hears no request to shut down (unpause it with the "
                    "toolstack%s)",
                    domain != NULL ? ", or give it `stop: {force: true}`, which destroys it" : "");
    }
}

gboolean is_bounced(const Domain *domain, const RecordDomain *recorded)
{
    const Value *bounce = domain_get(domain, DOMAIN_KEY_bounce);
    gboolean is_given = bounce != NULL && bounce->where.text != NULL;
    return is_given && recorded != NULL && recorded->has_bounce &&
           recorded->bounce != bounce->integer;
}

static const char *why_written(const ObservedConfig *config, gboolean was_edited)
{
    return !config->exists               ? "the config file is missing"
           : !config->is_ours            ? "the config file is not ours"
           : was_edited                  ? "the config file was edited on the host"
           : config->differs_in_password ? "a password in it is another (the next start takes it)"
           : config->is_wanted
               ? "Xen's monitor does not have it yet for the next time that the guest reboots"
               : "the config file is not what the spec says";
}

void plan_write_config(Planning *planning, const Domain *domain, const char *uuid,
                       const RecordDomain *recorded, Differences *differences,
                       const ObservedDomain *stored_for)
{
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    if (config == NULL || (config->exists && config->is_wanted && stored_for == NULL)) {
        return;
    }
    gboolean was_edited = is_edited(config, recorded);
    gboolean is_drift =
        was_edited || (!config->exists && recorded != NULL && recorded->config_digest != NULL);
    char *reason = NULL;
    if (differences != NULL && differences->next_start->len > 0 && config->exists &&
        config->is_ours && !was_edited) {
        is_drift = changes_are_drift(differences->next_start);
        g_autofree char *what = changes_describe(differences->next_start);
        reason = g_strdup_printf("%s at the next start: %s", what,
                                 is_drift ? "changed on the host" : "changed in the spec");
    } else {
        reason = g_strdup(why_written(config, was_edited));
    }
    Action *action =
        plan_add(planning, ACTION_WRITE_CONFIG, domain->name, uuid, domain, stored_for, reason);
    action->may_store = stored_for != NULL;
    action->is_drift = is_drift;
    if (differences != NULL) {
        changes_move(differences->next_start, action->changes);
    }
    hold_foreign_config(planning, action, domain);
    hold_late_keys(planning, action);
}

void plan_remove_config(Planning *planning, const Domain *domain, const char *uuid)
{
    const ObservedConfig *config = plan_config_of(planning, domain->name);
    if (config == NULL || (!config->exists && config->boot_link == NULL)) {
        return;
    }
    Action *action = plan_add(planning, ACTION_REMOVE_CONFIG, domain->name, uuid, domain, NULL,
                              g_strdup("the spec says absent"));
    hold_foreign_config(planning, action, domain);
    hold_protected(action, domain);
}
