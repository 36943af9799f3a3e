/* What holds more than one domain: an empty spec, too many stops at once, a loss that cannot be
 * true. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

#define LOSS_LEAST 5

static guint count_recorded_running(const Planning *planning)
{
    GHashTableIter iterator;
    gpointer value;
    guint count = 0;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        count += ((const RecordDomain *)value)->is_running != FALSE;
    }
    return count;
}

static void hold_all_when_suspended(Planning *planning)
{
    for (guint i = 0; planning->policy->suspended != NULL && i < planning->plan->actions->len;
         i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "suspended: %s (xensure resume ends that)", planning->policy->suspended);
    }
}

/* What is only reported is not carried out, and what needs it is not either. */
static void hold_when_reporting(Planning *planning)
{
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (planning->policy->only_reports) {
            action_hold(action, HOLD_WAIT,
                        "mode is report (`mode: apply` in agent.yaml has this host act)");
        } else if (action->domain != NULL && domain_is(action->domain, DOMAIN_KEY_mode, "report")) {
            action_hold(action, HOLD_WAIT,
                        "mode is report (`mode: apply` in the spec has it carried out)");
        }
    }
}

/* A command of an earlier run of ours still works on it: nothing new begins. */
static void hold_busy(Planning *planning)
{
    for (guint i = 0; planning->policy->busy != NULL && i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        const RecordDomain *renamed = record_find_uuid(planning->applied, action->uuid);
        if (g_hash_table_contains(planning->policy->busy, action->name) ||
            (renamed != NULL && g_hash_table_contains(planning->policy->busy, renamed->name))) {
            action_hold(action, HOLD_WAIT,
                        "wait: a command of an earlier run of xensure still works on it");
        }
    }
}

/* Would the start bring other settings than the domain ran with? What is not known is not
 * different. */
static gboolean brings_changes(const Action *action)
{
    const RecordDomain *recorded = action->recorded;
    if (recorded == NULL || strcmp(recorded->uuid, action->uuid) != 0) {
        return FALSE;
    }
    g_autoptr(RecordedSettings) values = recorded_settings_read(recorded->settings);
    for (guint key = 0; values != NULL && key < domain_keys.count; key++) {
        if (domain_keys.rows[key].change != CHANGE_NONE &&
            !value_equal(&domain_keys, domain_get(action->domain, key),
                         settings_get(values->settings, key))) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What keeps running what should run: the start of a domain that was started before, as it was, and
 * the clearing away of what has ended. */
static gboolean keeps_running(const Planning *planning, const Action *action)
{
    gboolean was_started =
        action->recorded != NULL || g_hash_table_contains(planning->rows_by_uuid, action->uuid);
    if (action->kind == ACTION_CREATE) {
        return was_started && !brings_changes(action);
    }
    return (action->kind == ACTION_UNPAUSE && was_started) || action->kind == ACTION_DESTROY ||
           (action->kind == ACTION_MIGRATE && record_is_migrating(action->recorded));
}

/* OWNER: whose the spec is, with a blank before it, or nothing. */
static void hold_frozen(Action *action, const char *owner, const Freeze *freeze)
{
    if (freeze->expired != NULL) {
        action_hold(action, HOLD_WAIT,
                    "the spec%s expired %s and brings no changes (publish one with a later "
                    "`expires`)",
                    owner, freeze->expired);
    } else if (freeze->unrenewed != NULL) {
        action_hold(action, HOLD_WAIT,
                    "the spec%s is a copy, its source has answered last %s, and it brings no "
                    "changes any more (see to it that the source answers, or set "
                    "`trust.keep_for` in agent.yaml)",
                    owner, freeze->unrenewed);
    }
}

/* An expired spec keeps what it has brought, and brings nothing new; so does the copy of one that
 * may have been expired by a newer one. */
static void hold_when_expired(Planning *planning)
{
    const Policy *policy = planning->policy;
    const Freeze whole = {NULL, policy->expired, policy->unrenewed};
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        const Freeze *own =
            policy->frozen != NULL ? g_hash_table_lookup(policy->frozen, action->name) : NULL;
        gboolean is_frozen = own != NULL || whole.expired != NULL || whole.unrenewed != NULL;
        if (!is_frozen || keeps_running(planning, action)) {
            continue;
        }
        hold_frozen(action, "", &whole);
        if (own != NULL) {
            g_autofree char *owner = g_strconcat(" of ", own->source, NULL);
            hold_frozen(action, owner, own);
        }
    }
}

static void hold_stops_of_empty_spec(Planning *planning)
{
    for (guint i = 0; planning->desired->domains->len == 0 && i < planning->plan->actions->len;
         i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "the spec has no domains, and an empty spec stops nothing (give the domains "
                    "`state: stopped` or `absent`)");
    }
}

static void hold_too_many_stops(Planning *planning)
{
    const Policy *policy = planning->policy;
    gint64 share = (gint64)count_recorded_running(planning) * policy->stops_percent / 100;
    gint64 limit = MAX(policy->stops_limit, share);
    gint64 stops = 0;
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(planning->plan->actions, i);
        stops += action->stops_living && action->hold == HOLD_NONE;
    }
    if (stops <= MAX(limit, policy->allow_stops)) {
        return;
    }
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (action->stops_living) {
            action_hold(action, HOLD_WAIT,
                        "%" G_GINT64_FORMAT
                        " stop%s planned and limits.stops allows %" G_GINT64_FORMAT
                        " (if %s: xensure apply --allow-stops %" G_GINT64_FORMAT ")",
                        stops, stops == 1 ? " is" : "s are", limit,
                        stops == 1 ? "it is meant" : "they are meant", stops);
        }
    }
}

/* Is it recorded as running in this boot of dom0, and not in the list? Not known counts as yes. */
static gboolean is_lost(const Planning *planning, const RecordDomain *recorded)
{
    const char *boot_id = planning->observed->boot_id;
    gboolean is_other_boot =
        recorded->boot_id != NULL && boot_id != NULL && strcmp(recorded->boot_id, boot_id) != 0;
    return !is_other_boot && !g_hash_table_contains(planning->rows_by_uuid, recorded->uuid);
}

/* What moved to another host by the spec is not lost. */
static gboolean belongs_elsewhere(const Planning *planning, const RecordDomain *recorded)
{
    const Domain *domain = spec_find(planning->desired, recorded->name);
    return domain != NULL && !domain_is_on(domain, planning->policy->host);
}

/* More than half of what should run is gone, and the host did not reboot: rather the list is wrong.
 */
static void hold_after_loss(Planning *planning)
{
    guint running = 0;
    guint gone = 0;
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, planning->applied->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        if (recorded->is_running && !belongs_elsewhere(planning, recorded)) {
            running++;
            gone += is_lost(planning, recorded) != FALSE;
        }
    }
    if (planning->policy->accept_loss || gone < LOSS_LEAST || gone * 2 <= running) {
        return;
    }
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "%u of %u domains that were running are gone and the host did not reboot; the "
                    "list may be wrong (if they are gone: xensure apply --accept-loss)",
                    gone, running);
    }
}

static void hold_all_when_not_known(Planning *planning)
{
    for (guint i = 0;
         planning->observed->state != OBSERVATION_COMPLETE && i < planning->plan->actions->len;
         i++) {
        action_hold(g_ptr_array_index(planning->plan->actions, i), HOLD_WAIT,
                    "the list of domains cannot be trusted: %s",
                    planning->observed->trouble != NULL ? planning->observed->trouble
                                                        : "it is not known");
    }
}

void plan_apply_rails(Planning *planning)
{
    hold_all_when_not_known(planning);
    hold_all_when_suspended(planning);
    hold_when_reporting(planning);
    hold_busy(planning);
    hold_when_expired(planning);
    hold_stops_of_empty_spec(planning);
    hold_after_loss(planning);
    hold_too_many_stops(planning);
}
