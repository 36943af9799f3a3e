#include "reconcile/plan_steps.h"

#include <string.h>

static const ActionRow action_rows[] = {
    [ACTION_CREATE] = {"create", PHASE_START, '+', TRUE, FALSE},
    [ACTION_SHUTDOWN] = {"shutdown", PHASE_STOP, '-', FALSE, FALSE},
    [ACTION_DESTROY] = {"destroy", PHASE_STOP, '-', FALSE, FALSE},
    [ACTION_RESTART] = {"restart", PHASE_CHANGE, '~', TRUE, FALSE},
    [ACTION_PAUSE] = {"pause", PHASE_CHANGE, '~', FALSE, FALSE},
    [ACTION_UNPAUSE] = {"unpause", PHASE_RESUME, '+', FALSE, FALSE},
    [ACTION_MIGRATE] = {"migrate", PHASE_STOP, '>', FALSE, FALSE},
    [ACTION_SET_MEMORY] = {"set-memory", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_SET_VCPUS] = {"set-vcpus", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_SET_SCHEDULER] = {"set-scheduler", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_ATTACH_DISK] = {"attach-disk", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_DETACH_DISK] = {"detach-disk", PHASE_STOP, '~', TRUE, TRUE},
    [ACTION_ATTACH_VIF] = {"attach-vif", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_DETACH_VIF] = {"detach-vif", PHASE_STOP, '~', TRUE, TRUE},
    [ACTION_CHANGE_CD] = {"change-cd", PHASE_CHANGE, '~', TRUE, TRUE},
    [ACTION_WRITE_CONFIG] = {"write-config", PHASE_CHANGE, '~', TRUE, FALSE},
    [ACTION_REMOVE_CONFIG] = {"remove-config", PHASE_STOP, '-', TRUE, FALSE},
    [ACTION_ADOPT] = {"adopt", PHASE_CHANGE, '+', TRUE, FALSE},
};

const char *cause_name(gboolean is_drift)
{
    return is_drift ? "drift" : "change";
}

gboolean action_kind_creates(ActionKind kind)
{
    return kind == ACTION_CREATE || kind == ACTION_RESTART;
}

gboolean action_kind_ends(ActionKind kind)
{
    return kind == ACTION_SHUTDOWN || kind == ACTION_DESTROY || kind == ACTION_RESTART;
}

const ActionRow *action_row(ActionKind kind)
{
    return &action_rows[kind];
}

const char *action_kind_name(ActionKind kind)
{
    return action_rows[kind].name;
}

static void action_free(Action *action)
{
    if (action == NULL) {
        return;
    }
    action_free(action->revert);
    g_free(action->name);
    g_free(action->reason);
    g_free(action->held);
    g_array_unref(action->changes);
    g_array_unref(action->needs);
    g_array_unref(action->awaits);
    g_free(action);
}

static void watch_free(Watch *watch)
{
    action_free(watch->subject);
    g_free(watch);
}

static void waiting_free(Waiting *waiting)
{
    g_array_unref(waiting->changes);
    g_free(waiting);
}

void plan_free(Plan *plan)
{
    if (plan == NULL) {
        return;
    }
    g_ptr_array_unref(plan->actions);
    g_ptr_array_unref(plan->foreign);
    g_ptr_array_unref(plan->waiting);
    g_ptr_array_unref(plan->watches);
    g_ptr_array_unref(plan->fallbacks);
    g_ptr_array_unref(plan->second_look);
    g_array_unref(plan->details);
    g_ptr_array_unref(plan->host_checks);
    g_ptr_array_unref(plan->ask_hosts);
    g_free(plan);
}

Action *plan_new_action(const Planning *planning, ActionKind kind, const char *name,
                        const char *uuid, const Domain *domain, const ObservedDomain *seen,
                        char *reason)
{
    Action *action = g_new0(Action, 1);
    action->kind = kind;
    action->name = g_strdup(name);
    action->domain = domain;
    action->seen = seen;
    action->recorded = plan_recorded(planning, name, uuid);
    g_strlcpy(action->uuid, uuid, sizeof action->uuid);
    action->reason = reason;
    action->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    g_array_set_clear_func(action->changes, (GDestroyNotify)change_clear);
    action->needs = g_array_new(FALSE, FALSE, sizeof(guint));
    action->awaits = g_array_new(FALSE, FALSE, sizeof(guint));
    return action;
}

Action *plan_add(Planning *planning, ActionKind kind, const char *name, const char *uuid,
                 const Domain *domain, const ObservedDomain *seen, char *reason)
{
    Action *action = plan_new_action(planning, kind, name, uuid, domain, seen, reason);
    g_ptr_array_add(planning->plan->actions, action);
    return action;
}

guint plan_add_watch(Planning *planning, const Domain *domain, guint start)
{
    GPtrArray *watches = planning->plan->watches;
    for (guint i = 0; i < watches->len; i++) {
        const Watch *watch = g_ptr_array_index(watches, i);
        if (watch->subject->domain == domain) {
            return i;
        }
    }
    Watch *watch = g_new0(Watch, 1);
    watch->subject = plan_new_action(planning, ACTION_CREATE, domain->name,
                                     plan_uuid(planning, domain), domain, NULL, NULL);
    watch->start = start;
    g_ptr_array_add(watches, watch);
    return watches->len - 1;
}

void action_hold(Action *action, HoldKind hold, const char *format, ...)
{
    /* What is held for one more reason does not bring its config beforehand either. */
    action->may_store = FALSE;
    if (action->hold >= hold) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    g_free(action->held);
    action->held = g_strdup_vprintf(format, arguments);
    action->hold = hold;
    va_end(arguments);
}

gboolean plan_is_selected(const Planning *planning, const char *name)
{
    return planning->policy->only == NULL || strcmp(planning->policy->only, name) == 0;
}

static void plan_spec_domains(Planning *planning)
{
    for (guint i = 0; i < planning->desired->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(planning->desired->domains, i);
        if (!plan_is_selected(planning, domain->name)) {
            continue;
        }
        if (domain_is_on(domain, planning->policy->host)) {
            plan_domain(planning, domain);
        } else {
            plan_elsewhere(planning, domain);
        }
    }
}

static void plan_recorded_domains(Planning *planning)
{
    g_autoptr(GList) names = g_hash_table_get_keys(planning->applied->domains);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        const RecordDomain *recorded = record_find(planning->applied, link->data);
        plan_former_names(planning, recorded);
        const Domain *namesake = spec_find(planning->desired, link->data);
        gboolean is_here = namesake != NULL && domain_is_on(namesake, planning->policy->host);
        if (!is_here && plan_is_selected(planning, link->data)) {
            plan_left_over(planning, recorded, namesake);
        }
    }
}

/* Rows that are not ours and that no action tells of: told, never touched. */
static void list_foreign(Planning *planning)
{
    for (guint i = 0; i < planning->observed->domains->len; i++) {
        ObservedDomain *row = g_ptr_array_index(planning->observed->domains, i);
        if (row->domid != 0 && !g_hash_table_contains(planning->owner_by_uuid, row->uuid) &&
            record_find_uuid(planning->applied, row->uuid) == NULL &&
            !g_hash_table_contains(planning->reported, row)) {
            g_ptr_array_add(planning->plan->foreign, row);
        }
    }
}

Plan *plan_make(const Spec *desired, const Observed *observed, const Record *applied,
                const Policy *policy)
{
    Plan *plan = g_new0(Plan, 1);
    plan->host = policy->host;
    plan->suspended = policy->suspended;
    plan->xen_version = policy->xen_version;
    plan->fleet = desired->fleet;
    plan->has_generation = desired->has_generation;
    plan->generation = desired->generation;
    plan->actions = g_ptr_array_new_with_free_func((GDestroyNotify)action_free);
    plan->foreign = g_ptr_array_new();
    plan->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)waiting_free);
    plan->watches = g_ptr_array_new_with_free_func((GDestroyNotify)watch_free);
    plan->fallbacks = g_ptr_array_new_with_free_func((GDestroyNotify)fallback_free);
    plan->second_look = g_ptr_array_new();
    plan->ask_hosts = g_ptr_array_new_with_free_func((GDestroyNotify)fleet_host_free);
    plan->details = g_array_new(FALSE, FALSE, sizeof(guint32));
    plan->host_checks = g_ptr_array_new();

    Planning planning = {.desired = desired,
                         .observed = observed,
                         .applied = applied,
                         .policy = policy,
                         .plan = plan};
    plan_index(&planning);
    plan_spec_domains(&planning);
    plan_recorded_domains(&planning);
    list_foreign(&planning);
    plan_hold_taken_names(&planning);
    plan_apply_rails(&planning);
    plan_hold_not_owned(&planning);
    plan_hold_disks_elsewhere(&planning);
    plan_ask_targets(&planning);
    plan_order(&planning);
    plan_wish_checks(&planning);
    plan_index_clear(&planning);
    return plan;
}

guint plan_count_held(const Plan *plan)
{
    guint count = 0;
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        count += action->hold != HOLD_NONE;
    }
    return count;
}

guint plan_count_to_do(const Plan *plan)
{
    return plan->actions->len - plan_count_held(plan);
}

int plan_exit_code(const Plan *plan)
{
    int code = plan->actions->len > 0 ? 2 : 0;
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (action->hold == HOLD_CONFLICT) {
            return 5;
        }
        if (action->hold == HOLD_WAIT) {
            code = 4;
        }
    }
    return code;
}
