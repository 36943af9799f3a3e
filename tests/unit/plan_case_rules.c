/* What holds for every plan. */
#include "tests/unit/plan_case.h"

#include <string.h>

static gboolean is_of_spec(const PlanCase *plan_case, const char *uuid)
{
    for (guint i = 0; i < plan_case->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(plan_case->spec->domains, i);
        if (strcmp(domain->uuid, uuid) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static char *find_wrong_target(const PlanCase *plan_case, const Action *action)
{
    gboolean is_ours = is_of_spec(plan_case, action->uuid) ||
                       record_find_uuid(plan_case->record, action->uuid) != NULL;
    gboolean is_taken_over = action->kind == ACTION_ADOPT && action->domain != NULL &&
                             domain_get_integer(action->domain, DOMAIN_KEY_adopt) != 0;
    const char *fault = !is_ours && !is_taken_over              ? "is about a foreign uuid"
                        : action->uuid[0] == '\0'               ? "has no uuid"
                        : strcmp(action->name, "Domain-0") == 0 ? "touches Domain-0"
                        : action->seen == NULL                  ? NULL
                        : action->seen->domid == 0              ? "touches id 0"
                        : strcmp(action->seen->uuid, action->uuid) != 0
                            ? "is about a row with another uuid"
                            : NULL;
    return fault != NULL
               ? g_strdup_printf("%s of %s %s", action_kind_name(action->kind), action->name, fault)
               : NULL;
}

/* Is the row cleared away before the action? */
static gboolean is_freed(const Plan *plan, guint index, const ObservedDomain *row)
{
    for (guint i = 0; i < index; i++) {
        const Action *other = g_ptr_array_index(plan->actions, i);
        if (other->kind == ACTION_DESTROY && other->hold == HOLD_NONE && other->seen == row) {
            return TRUE;
        }
    }
    return FALSE;
}

static char *find_second_life(const PlanCase *plan_case, const Plan *plan, guint index)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    const RecordDomain *recorded = record_find(plan_case->record, action->name);
    for (guint i = 0; action->kind == ACTION_CREATE && i < plan_case->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(plan_case->observed->domains, i);
        gboolean may_be = row->uuid[0] == '\0' || strcmp(row->uuid, action->uuid) == 0 ||
                          strcmp(row->name, action->name) == 0 ||
                          (recorded != NULL && strcmp(row->uuid, recorded->uuid) == 0 &&
                           record_find_uuid(plan_case->record, row->uuid) == recorded &&
                           !is_of_spec(plan_case, row->uuid));
        if (row->domid != 0 && may_be && !is_freed(plan, index, row)) {
            return g_strdup_printf("%s is created and may be id %u", action->name, row->domid);
        }
    }
    return NULL;
}

/* On one of several hosts nothing starts that was not asked about, or that another host has. */
static char *find_elsewhere(const PlanCase *plan_case, const Action *action)
{
    if (action->kind != ACTION_CREATE ||
        !fleet_hosts_are_there(plan_case->spec, plan_case->record, plan_case->policy.host)) {
        return NULL;
    }
    if (plan_case->answers == NULL) {
        return g_strdup_printf("%s is created, and nobody was asked", action->name);
    }
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, plan_case->answers);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const HostAnswer *answer = value;
        for (guint i = 0; answer->trouble == NULL && i < answer->domains->len; i++) {
            const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
            if (domain->seen != ANSWER_SEEN_ABSENT && strcmp(domain->uuid, action->uuid) == 0) {
                return g_strdup_printf("%s is created, and another host has it", action->name);
            }
        }
    }
    return NULL;
}

static char *find_wrong_end(const PlanCase *plan_case, const Plan *plan, guint index)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    gboolean is_stop = action->kind == ACTION_SHUTDOWN || action->kind == ACTION_RESTART;
    if (action->hold != HOLD_NONE) {
        return action->held == NULL || *action->held == '\0'
                   ? g_strdup_printf("%s is held without a word", action->name)
                   : NULL;
    }
    /* What somebody did on the host is no reason. */
    for (guint i = 0; is_stop && i < action->changes->len; i++) {
        if (g_array_index(action->changes, Change, i).is_drift) {
            return g_strdup_printf("%s is stopped for what was done on the host", action->name);
        }
    }
    if (is_stop && (!action->stops_living || action->seen == NULL)) {
        return g_strdup_printf("the stop of %s is not counted", action->name);
    }
    if (action->kind == ACTION_DESTROY && !action->seen->is_shut_down &&
        (!action->seen->is_paused || action->seen->cpu_deciseconds != 0)) {
        return g_strdup_printf("%s is destroyed alive", action->name);
    }
    gboolean is_protected = action->domain != NULL
                                ? domain_get_integer(action->domain, DOMAIN_KEY_protect) != 0
                                : action->recorded != NULL && action->recorded->is_protected;
    if (is_protected && (is_stop || action->kind == ACTION_REMOVE_CONFIG)) {
        return g_strdup_printf("%s of %s, which is protected", action_kind_name(action->kind),
                               action->name);
    }
    char *fault = find_elsewhere(plan_case, action);
    return fault != NULL ? fault : find_second_life(plan_case, plan, index);
}

static char *find_double(const Plan *plan, guint index)
{
    const Action *action = g_ptr_array_index(plan->actions, index);
    for (guint i = 0; i < index; i++) {
        const Action *other = g_ptr_array_index(plan->actions, i);
        gboolean ends_both = action->seen != NULL && other->seen == action->seen &&
                             action->stops_living && other->stops_living;
        gboolean is_same = strcmp(other->name, action->name) == 0 && other->kind == action->kind &&
                           other->keeps_file == action->keeps_file;
        if (ends_both || is_same) {
            return g_strdup_printf("%s of %s comes twice", action_kind_name(action->kind),
                                   action->name);
        }
    }
    for (guint i = 0; i < action->needs->len; i++) {
        if (g_array_index(action->needs, guint, i) >= index) {
            return g_strdup_printf("%s of %s needs what comes later",
                                   action_kind_name(action->kind), action->name);
        }
    }
    return NULL;
}

static const Action *find_action(const Plan *plan, const char *name, ActionKind kind)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (action->kind == kind && strcmp(action->name, name) == 0) {
            return action;
        }
    }
    return NULL;
}

/* Would xendomains start the domain while the plan has it stopped, moved or started? A link that
 * may be removed goes with the first thing that is done. */
static char *find_kept_link(const PlanCase *plan_case, const Action *action)
{
    const ObservedConfig *config = g_hash_table_lookup(plan_case->observed->configs, action->name);
    gboolean is_ours = config != NULL && (!config->exists || config->is_ours);
    if (action->domain != NULL && is_ours && config->boot_link != NULL &&
        !action->removes_boot_link) {
        return g_strdup_printf("%s of %s leaves the link to its file",
                               action_kind_name(action->kind), action->name);
    }
    return NULL;
}

/* Is more known of the domain once the plan was carried out? It was taken over, or its creation
 * was ended, or its record got its name, or what it was in conflict with has gone, or what has its
 * name or its uuid comes to light. */
static gboolean learns_more(const PlanCase *plan_case, const Plan *plan, const char *name)
{
    const Domain *domain = spec_find(plan_case->spec, name);
    for (guint i = 0; i < plan_case->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(plan_case->observed->domains, i);
        gboolean has_name = strcmp(row->name, name) == 0;
        if (domain != NULL && has_name != (strcmp(row->uuid, domain->uuid) == 0)) {
            return TRUE;
        }
    }
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        gboolean is_adopted = action->kind == ACTION_ADOPT && action->hold == HOLD_NONE;
        gboolean is_let_go = action->kind == ACTION_UNPAUSE && action->hold == HOLD_NONE;
        gboolean was_begun = action->kind == ACTION_MIGRATE && action->hold == HOLD_NONE &&
                             action->recorded != NULL &&
                             action->recorded->operation == OPERATION_MIGRATE;
        gboolean is_renamed =
            action->recorded != NULL && strcmp(action->recorded->name, action->name) != 0;
        if (strcmp(action->name, name) == 0 &&
            (is_adopted || is_let_go || is_renamed || was_begun || action->hold == HOLD_CONFLICT)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The same, of it or of what it waited for. */
static gboolean may_be_new(const PlanCase *plan_case, const Plan *plan, const char *name)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        for (guint j = 0; strcmp(action->name, name) == 0 && j < action->needs->len; j++) {
            const Action *needed =
                g_ptr_array_index(plan->actions, g_array_index(action->needs, guint, j));
            if (learns_more(plan_case, plan, needed->name)) {
                return TRUE;
            }
        }
    }
    return learns_more(plan_case, plan, name);
}

/* A disk that another domain had, or could have had at the next reboot of its guest, may be free
 * after one run, for a start and for what is stored. */
static gboolean waits_for_disk(const Plan *plan, const Action *later)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        gboolean is_held = action->held != NULL && strstr(action->held, " is in use by ") != NULL;
        gboolean stored_nothing = later->kind == ACTION_WRITE_CONFIG &&
                                  action_row(action->kind)->is_live && !action->may_store;
        if (strcmp(action->name, later->name) == 0 && (is_held || stored_nothing)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* What is kept of a domain under an old name goes once it runs under its new one. */
static gboolean is_of_old_name(const Plan *plan, const Action *later)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (later->kind == ACTION_REMOVE_CONFIG && action->hold == HOLD_NONE &&
            strcmp(action->uuid, later->uuid) == 0 && strcmp(action->name, later->name) != 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static char *find_new(const PlanCase *plan_case, const Plan *plan, const Plan *second)
{
    for (guint i = 0; i < second->actions->len; i++) {
        const Action *action = g_ptr_array_index(second->actions, i);
        if (may_be_new(plan_case, plan, action->name) || waits_for_disk(plan, action) ||
            is_of_old_name(plan, action)) {
            continue;
        }
        if (action->hold == HOLD_NONE || find_action(plan, action->name, action->kind) == NULL) {
            return g_strdup_printf("afterwards there is %s of %s: %s; %s",
                                   action_kind_name(action->kind), action->name, action->reason,
                                   action->held != NULL ? action->held : "not held");
        }
    }
    return NULL;
}

static Plan *make_plan(const PlanCase *plan_case)
{
    return plan_make(plan_case->spec, plan_case->observed, plan_case->record, &plan_case->policy);
}

char *plan_case_find_fault(const PlanCase *plan_case, PlanCase *after)
{
    g_autoptr(Plan) plan = make_plan(plan_case);
    for (guint i = 0; i < plan->actions->len; i++) {
        char *fault = find_wrong_target(plan_case, g_ptr_array_index(plan->actions, i));
        fault = fault != NULL ? fault : find_wrong_end(plan_case, plan, i);
        fault = fault != NULL ? fault : find_double(plan, i);
        fault =
            fault != NULL ? fault : find_kept_link(plan_case, g_ptr_array_index(plan->actions, i));
        if (fault != NULL) {
            return fault;
        }
    }
    if (after == NULL) {
        return NULL;
    }
    plan_case_apply(after, plan);
    g_autoptr(Plan) second = make_plan(after);
    return find_new(plan_case, plan, second);
}
