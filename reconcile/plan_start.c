/* The start of a domain, and what has to be sure before. */
#include "reconcile/plan_steps.h"
#include "spec/units.h"

#include <string.h>

/* The first start and the next are tried at once; then each pause is twice the one before. */
#define BACK_OFF_FIRST_S 10
#define BACK_OFF_MOST_S  600

static char *describe_guest(const Domain *domain, const char *why)
{
    gint64 vcpus = domain_get_integer(domain, DOMAIN_KEY_vcpus);
    return g_strdup_printf("%s, %" G_GINT64_FORMAT " MiB, %" G_GINT64_FORMAT " vcpu%s: %s",
                           domain_get_text(domain, DOMAIN_KEY_type),
                           domain_get_integer(domain, DOMAIN_KEY_memory), vcpus,
                           vcpus == 1 ? "" : "s", why);
}

gint64 plan_back_off_s(gint64 tries)
{
    gint64 pause_s = tries < 2 ? 0 : BACK_OFF_FIRST_S;
    for (gint64 i = 2; i < tries && pause_s < BACK_OFF_MOST_S; i++) {
        pause_s *= 2;
    }
    return MIN(pause_s, BACK_OFF_MOST_S);
}

/* What is not known of the boot counts as the same one: the pause costs little. */
static gboolean is_boot_before(const RecordDomain *recorded, const char *boot_id)
{
    return recorded->boot_id != NULL && boot_id != NULL && strcmp(recorded->boot_id, boot_id) != 0;
}

static gboolean is_other_boot(const Planning *planning, const RecordDomain *recorded)
{
    return is_boot_before(recorded, planning->observed->boot_id);
}

gint64 plan_count_starts(const Domain *domain, const RecordDomain *recorded, const char *boot_id,
                         gint64 now, gint64 *next)
{
    *next = 0;
    if (recorded == NULL || recorded->tried_digest == NULL || is_boot_before(recorded, boot_id)) {
        return 0;
    }
    g_autofree char *digest = domain_digest(domain);
    if (strcmp(digest, recorded->tried_digest) != 0) {
        return 0;
    }
    gint64 within = domain_get_integer(domain, DOMAIN_KEY_restart_within);
    gint64 tries = 0;
    gint64 last = 0;
    for (guint i = 0; i < recorded->attempts->len; i++) {
        gint64 time = g_array_index(recorded->attempts, gint64, i);
        /* A time to come is one of a clock that was set back: it counts, or a loop goes on. */
        if (time > now - within) {
            tries++;
            last = MAX(last, MIN(time, now));
        }
    }
    *next = tries > 0 ? last + plan_back_off_s(tries) : 0;
    return tries;
}

/* restart.limit starts within restart.within, counted anew for each change of the spec. */
static void hold_after_attempts(const Planning *planning, Action *action, const Domain *domain)
{
    gint64 now = planning->policy->now;
    gint64 limit = domain_get_integer(domain, DOMAIN_KEY_restart_limit);
    gint64 within = domain_get_integer(domain, DOMAIN_KEY_restart_within);
    gint64 next = 0;
    gint64 tries =
        plan_count_starts(domain, action->recorded, planning->observed->boot_id, now, &next);
    g_autoptr(GString) span = g_string_new(NULL);
    units_append_seconds(within, span);
    gint64 wait_s = next - now;
    if (tries > 0 && tries >= limit) {
        action_hold(action, HOLD_WAIT,
                    "it was started %" G_GINT64_FORMAT
                    " times within %s and restart.limit is %" G_GINT64_FORMAT
                    " (change its spec, or xensure forget %s, to try again)",
                    tries, span->str, limit, action->name);
    } else if (tries > 0 && wait_s > 0) {
        action_hold(action, HOLD_WAIT,
                    "it was started %" G_GINT64_FORMAT
                    " times within %s; the next try is in %" G_GINT64_FORMAT
                    " s, up to restart.limit, which is %" G_GINT64_FORMAT
                    " (xensure forget %s tries at once)",
                    tries, span->str, wait_s, limit, action->name);
    }
}

/* A row without a uuid may be any domain, under any name. */
static void hold_before_unidentified(const Planning *planning, Action *action)
{
    const ObservedDomain *row = planning->unidentified;
    if (row != NULL) {
        action_hold(action, HOLD_WAIT,
                    "the list does not say the uuid of the domain with id %u, which may be this "
                    "one (with a toolstack that says it, this goes on by itself)",
                    row->domid);
    }
}

void hold_until_second_look(Planning *planning, Action *action)
{
    const RecordDomain *recorded = action->recorded;
    GHashTable *missing = planning->policy->missing_before;
    if (recorded == NULL || !recorded->is_running || is_other_boot(planning, recorded) ||
        action->hold != HOLD_NONE ||
        (missing != NULL && g_hash_table_contains(missing, action->uuid))) {
        return;
    }
    g_ptr_array_add(planning->plan->second_look, action->uuid);
    action_hold(
        action, HOLD_WAIT,
        "wait: it was running and is missing from one list; a guest that reboots is missing "
        "for a moment (apply looks again)");
}

static const char *why_started(const Planning *planning, const RecordDomain *recorded)
{
    return recorded == NULL || !recorded->is_running ? "in the spec, not running"
           : is_other_boot(planning, recorded)
               ? "in the spec, not running since the host was booted"
               : "it was running and is gone, reason unknown";
}

Action *plan_start(Planning *planning, const Domain *domain, const char *uuid, const char *why)
{
    const RecordDomain *recorded = plan_recorded(planning, domain->name, uuid);
    const Domain *started = domain;
    if (plan_is_put_back(domain, recorded) || (plan_has_failed_change(planning, domain, recorded) &&
                                               !is_other_boot(planning, recorded))) {
        const Domain *fallback = plan_find_fallback(planning, domain, recorded);
        started = fallback != NULL ? fallback : domain;
        why = fallback != NULL ? "it did not start as it was changed; the last config that ran is "
                                 "put back"
                               : "it has not started since it was changed";
    } else if (why == NULL) {
        why = why_started(planning, recorded);
    }
    Action *action = plan_add(planning, ACTION_CREATE, domain->name, uuid, started, NULL,
                              describe_guest(started, why));
    if (started == domain) {
        plan_prepare_revert(planning, action);
    } else {
        action->instead_of = domain;
    }
    hold_before_unidentified(planning, action);
    hold_before_obstacle(planning, action);
    hold_late_keys(planning, action);
    hold_foreign_config(planning, action, started);
    note_edited_config(planning, action);
    hold_after_attempts(planning, action, started);
    return action;
}
