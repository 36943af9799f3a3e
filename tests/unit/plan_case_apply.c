/* Carrying out a plan on paper. */
#include "reconcile/memory.h"
#include "reconcile/move.h"
#include "reconcile/record_settings.h"
#include "reconcile/seen_settings.h"
#include "tests/unit/plan_case.h"

#include <string.h>

static RecordDomain *copy_record(const PlanCase *plan_case, const Action *action)
{
    const RecordDomain *known = record_find(plan_case->record, action->name);
    if (known == NULL || strcmp(known->uuid, action->uuid) != 0) {
        known = record_find_uuid(plan_case->record, action->uuid);
    }
    if (known == NULL) {
        return record_domain_new(action->name, action->uuid);
    }
    RecordDomain *copy = record_domain_copy(known);
    g_free(copy->name);
    copy->name = g_strdup(action->name);
    return copy;
}

static const Domain *find_domain(const PlanCase *plan_case, const Action *action)
{
    return spec_find(plan_case->spec, action->name);
}

static char *settings_of(const Domain *domain)
{
    GString *settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    return g_string_free(settings, FALSE);
}

static void set_config(PlanCase *plan_case, const char *name, gboolean exists)
{
    ObservedConfig *config = g_new0(ObservedConfig, 1);
    const ObservedConfig *before = g_hash_table_lookup(plan_case->observed->configs, name);
    config->exists = config->is_ours = config->is_wanted = config->is_as_recorded = exists;
    config->digest = exists ? g_strdup("digest-wanted") : NULL;
    config->is_checked = TRUE;
    config->obstacle = before != NULL ? g_strdup(before->obstacle) : NULL;
    g_hash_table_replace(plan_case->observed->configs, g_strdup(name), config);
}

static void remove_link(PlanCase *plan_case, const char *name)
{
    ObservedConfig *config = g_hash_table_lookup(plan_case->observed->configs, name);
    g_clear_pointer(&config->boot_link, g_free);
}

static guint32 next_domid(const Observed *observed)
{
    const ObservedDomain *last = g_ptr_array_index(observed->domains, observed->domains->len - 1);
    return last->domid + 1;
}

static void apply_stop(PlanCase *plan_case, const Action *action)
{
    const ObservedDomain *row = observed_find_domid(plan_case->observed, action->seen->domid);
    const Domain *domain = find_domain(plan_case, action);
    RecordDomain *recorded = copy_record(plan_case, action);
    recorded->is_running = FALSE;
    recorded->domid = 0;
    recorded->operation = OPERATION_NONE;
    recorded->is_off_by_guest = action->kind == ACTION_DESTROY && domain != NULL &&
                                row->reason == SHUTDOWN_REASON_POWEROFF &&
                                domain_is(domain, DOMAIN_KEY_on_guest_poweroff, "leave");
    record_put(plan_case->record, recorded);
    g_ptr_array_remove(plan_case->observed->domains, (gpointer)row);
}

static void apply_create(PlanCase *plan_case, const Action *action)
{
    const Domain *domain = find_domain(plan_case, action);
    ObservedDomain *row = observed_domain_new();
    row->domid = next_domid(plan_case->observed);
    g_strlcpy(row->uuid, action->uuid, sizeof row->uuid);
    row->name = g_strdup(action->name);
    row->memory_mib = (guint64)domain_get_integer(domain, DOMAIN_KEY_memory);
    row->vcpus = (guint32)domain_get_integer(domain, DOMAIN_KEY_vcpus);
    row->is_paused = domain_is(domain, DOMAIN_KEY_state, "paused");
    row->is_blocked = !row->is_paused;
    g_ptr_array_add(plan_case->observed->domains, row);

    RecordDomain *recorded = copy_record(plan_case, action);
    g_strlcpy(recorded->uuid, action->uuid, sizeof recorded->uuid);
    recorded->is_running = recorded->is_claimed = TRUE;
    recorded->is_off_by_guest = FALSE;
    recorded->domid = row->domid;
    recorded->operation = OPERATION_NONE;
    g_free(recorded->boot_id);
    recorded->boot_id = g_strdup(plan_case->observed->boot_id);
    g_free(recorded->settings);
    recorded->settings = settings_of(domain);
    record_domain_drop_stored(recorded);
    recorded->has_bounce = TRUE;
    recorded->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    g_free(recorded->tried_digest);
    recorded->tried_digest = domain_digest(domain);
    g_array_append_val(recorded->attempts, plan_case->policy.now);
    record_put(plan_case->record, recorded);
    set_config(plan_case, action->name, TRUE);
}

static void apply_pause(PlanCase *plan_case, const Action *action)
{
    ObservedDomain *row = observed_find_domid(plan_case->observed, action->seen->domid);
    row->is_paused = action->kind == ACTION_PAUSE;
    RecordDomain *recorded = copy_record(plan_case, action);
    recorded->operation = OPERATION_NONE;
    recorded->is_running = TRUE;
    recorded->domid = row->domid;
    g_free(recorded->boot_id);
    recorded->boot_id = g_strdup(plan_case->observed->boot_id);
    record_put(plan_case->record, recorded);
}

/* What is seen of the row from now on. Of devices, those that the record says, since some of them
 * may wait. */
static void show_changes(PlanCase *plan_case, ObservedDomain *row, const Domain *domain,
                         const GArray *changes, const char *settings)
{
    RecordedSettings *recorded = recorded_settings_read(settings);
    if (recorded != NULL) {
        g_ptr_array_add(plan_case->kept, recorded);
    }
    for (guint i = 0; row->settings != NULL && i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        guint key = key_table_index(&domain_keys, change->row);
        const Value *value = change->device != NULL && recorded != NULL
                                 ? settings_get(recorded->settings, key)
                                 : domain_get(domain, key);
        if (value != NULL && domain_keys.rows[key].seen != SEEN_NOWHERE) {
            Value copy = value_copy(value);
            settings_set(row->settings->settings, &copy);
        }
    }
}

/* The config file, and what Xen's monitor is given of it. */
static void bring_config(PlanCase *plan_case, const Action *action, RecordDomain *recorded)
{
    const Domain *domain = find_domain(plan_case, action);
    if (action->may_store && record_needs_store(recorded, domain)) {
        g_free(recorded->stored);
        recorded->stored = settings_of(domain);
        recorded->is_storing = FALSE;
    }
    record_put(plan_case->record, recorded);
    set_config(plan_case, action->name, TRUE);
}

static void apply_live(PlanCase *plan_case, const Action *action)
{
    ObservedDomain *row = observed_find_domid(plan_case->observed, action->seen->domid);
    const Domain *domain = find_domain(plan_case, action);
    if (action->kind == ACTION_SET_MEMORY) {
        row->memory_mib = row->target_mib = (guint64)domain_get_integer(domain, DOMAIN_KEY_memory);
    } else if (action->kind == ACTION_SET_VCPUS) {
        row->vcpus = row->vcpus_available = (guint32)domain_get_integer(domain, DOMAIN_KEY_vcpus);
    }
    RecordDomain *recorded = copy_record(plan_case, action);
    g_autofree char *before = g_steal_pointer(&recorded->settings);
    if (before != NULL) {
        recorded->settings = record_settings_with(before, domain, action->changes);
    }
    show_changes(plan_case, row, domain, action->changes, recorded->settings);
    bring_config(plan_case, action, recorded);
}

static void apply_adopt(PlanCase *plan_case, const Action *action)
{
    const Domain *domain = find_domain(plan_case, action);
    RecordDomain *recorded = record_domain_new(action->name, action->uuid);
    recorded->is_adopted = recorded->is_claimed = recorded->is_running = TRUE;
    recorded->domid = action->seen->domid;
    recorded->boot_id = g_strdup(plan_case->observed->boot_id);
    recorded->has_bounce = TRUE;
    recorded->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    recorded->settings = seen_settings_format(action->seen, domain);
    record_put(plan_case->record, recorded);
    set_config(plan_case, action->name, TRUE);
}

/* It goes to the other host and is forgotten here; or one that was begun is looked at, and has
 * failed where the domain is still here. */
static void apply_migrate(PlanCase *plan_case, const Action *action)
{
    const ObservedDomain *row =
        action->seen != NULL ? observed_find_domid(plan_case->observed, action->seen->domid) : NULL;
    const RecordDomain *known = record_find_uuid(plan_case->record, action->uuid);
    gboolean was_begun = known != NULL && known->operation == OPERATION_MIGRATE;
    if (was_begun && row != NULL) {
        RecordDomain *recorded = copy_record(plan_case, action);
        record_domain_end(recorded);
        recorded->move_tries = MAX(recorded->move_tries, 2);
        recorded->move_time = plan_case->policy.now;
        record_put(plan_case->record, recorded);
        return;
    }
    if (known != NULL) {
        record_forget(plan_case->record, known->name);
    }
    HostAnswer *answer = g_hash_table_lookup(plan_case->answers, action->target->name);
    if (row != NULL && !was_begun) {
        answer->free_memory_mib -= memory_most_mib(row->memory_mib);
        host_answer_add(answer, row->name, row->uuid)->seen = ANSWER_SEEN_RUNNING;
    }
    if (row != NULL) {
        g_ptr_array_remove(plan_case->observed->domains, (gpointer)row);
    }
}

static void apply_action(PlanCase *plan_case, const Action *action)
{
    if (action->removes_boot_link) {
        remove_link(plan_case, action->name);
    }
    if (action->keeps_file) {
        return;
    }
    switch (action->kind) {
    case ACTION_CREATE:
        apply_create(plan_case, action);
        break;
    case ACTION_SHUTDOWN:
    case ACTION_DESTROY:
        apply_stop(plan_case, action);
        break;
    case ACTION_RESTART:
        apply_stop(plan_case, action);
        apply_create(plan_case, action);
        break;
    case ACTION_PAUSE:
    case ACTION_UNPAUSE:
        apply_pause(plan_case, action);
        break;
    case ACTION_SET_MEMORY:
    case ACTION_SET_VCPUS:
    case ACTION_SET_SCHEDULER:
    case ACTION_ATTACH_DISK:
    case ACTION_DETACH_DISK:
    case ACTION_ATTACH_VIF:
    case ACTION_DETACH_VIF:
    case ACTION_CHANGE_CD:
        apply_live(plan_case, action);
        break;
    case ACTION_WRITE_CONFIG:
        if (action->may_store) {
            bring_config(plan_case, action, copy_record(plan_case, action));
        }
        set_config(plan_case, action->name, TRUE);
        break;
    case ACTION_REMOVE_CONFIG:
        set_config(plan_case, action->name, FALSE);
        if (record_find_former(plan_case->record, action->name) == NULL) {
            record_forget(plan_case->record, action->name);
        }
        break;
    case ACTION_ADOPT:
        apply_adopt(plan_case, action);
        break;
    case ACTION_MIGRATE:
        apply_migrate(plan_case, action);
        break;
    }
}

static gint64 held_mib(const Observed *observed)
{
    gint64 held_mib = 0;
    for (guint i = 0; i < observed->domains->len; i++) {
        held_mib += (gint64)((ObservedDomain *)g_ptr_array_index(observed->domains, i))->memory_mib;
    }
    return held_mib;
}

void plan_case_apply(PlanCase *plan_case, const Plan *plan)
{
    gint64 before_mib = held_mib(plan_case->observed);
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (action->hold == HOLD_NONE) {
            apply_action(plan_case, action);
        } else if (action->may_store) {
            bring_config(plan_case, action, copy_record(plan_case, action));
        }
    }
    plan_case->policy.free_memory_mib += before_mib - held_mib(plan_case->observed);
}
