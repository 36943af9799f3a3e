/* The second half of a run: look, plan, carry out. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/provenance.h"
#include "agent/suspension.h"
#include "reconcile/ownership.h"
#include "reconcile/settle.h"
#include "xenbackend/command.h"
#include "xenbackend/xen_host_ask.h"

#include <string.h>

#define BUSY_LOOK_MS    200
#define GONE_TIMEOUT_MS 30000
#define GRACE_MS        5000

/* ---- looking ---- */

/* Commands of an earlier run of ours that still work; a domain of theirs is left alone. TRUE: there
 * is one that is worth waiting for, which a migration is not. */
static gboolean find_busy(Cycle *cycle)
{
    gboolean is_soon_over = FALSE;
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_remove_all(cycle->busy);
    g_hash_table_iter_init(&iterator, cycle->record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        if (recorded->operation_id != NULL &&
            xen_host_find_operation(recorded->operation_id) != 0) {
            g_hash_table_add(cycle->busy, g_strdup(recorded->name));
            is_soon_over = is_soon_over || recorded->operation != OPERATION_MIGRATE;
        }
    }
    return is_soon_over;
}

static void wait_for_busy(Cycle *cycle)
{
    gint64 limit_s = agent_config_integer(cycle->config, AGENT_KEY_timeout_create);
    gint64 end = g_get_monotonic_time() + limit_s * G_USEC_PER_SEC;
    while (find_busy(cycle) && g_get_monotonic_time() < end) {
        command_wait_any(NULL, 0, BUSY_LOOK_MS);
    }
}

/* What the comparison of the config files gave, while the toolstack made its list. */
typedef struct {
    Cycle *cycle;
    GHashTable *configs;
    GError *error;
} Comparison;

static void compare_configs(gpointer data)
{
    Comparison *comparison = data;
    const Cycle *cycle = comparison->cycle;
    comparison->configs = xen_host_compare_configs(cycle->host, cycle->spec, cycle->record,
                                                   cycle->host_name, &comparison->error);
}

static gboolean observe(Cycle *cycle)
{
    Comparison comparison = {.cycle = cycle};
    observed_free(cycle->observed);
    cycle->observed = xen_host_observe_while(cycle->host, compare_configs, &comparison);
    g_autoptr(GError) error = comparison.error;
    if (comparison.configs != NULL) {
        g_hash_table_unref(cycle->observed->configs);
        cycle->observed->configs = comparison.configs;
    }
    cycle_note_stale(cycle, cycle->observed->boot_id);
    if (cycle->observed->state != OBSERVATION_COMPLETE) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", cycle->observed->trouble);
    }
    if (error != NULL) {
        /* All of it, at its places. */
        if (g_error_matches(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE) &&
            !cycle_check_configs(cycle, xen_host_toolstack(cycle->host)->dialect)) {
            return FALSE;
        }
        gboolean is_folder = g_error_matches(error, XEN_HOST_ERROR, XEN_HOST_ERROR_FOLDER);
        return cycle_fail(cycle, is_folder ? EXIT_ERROR : EXIT_REJECTED, "%s", error->message);
    }
    return TRUE;
}

static void plan_once(Cycle *cycle)
{
    const AgentConfig *config = cycle->config;
    const Toolstack *toolstack = xen_host_toolstack(cycle->host);
    gint64 free_memory_mib = xen_host_free_memory_mib(cycle->host, cycle->info);
    const XenInfo *info = cycle->info;
    Policy policy = {
        .host = cycle->host_name,
        .now = g_get_real_time() / G_USEC_PER_SEC,
        .only = cycle->options->only,
        .missing_before = cycle->missing_before,
        .details_were_asked = cycle->details_were_asked,
        .details_are_due = cycle->details_are_due && !cycle->all_details_were_asked,
        .disks_were_asked = cycle->all_details_were_asked,
        .drifted = cycle->drifted,
        .answers = cycle->answers,
        .node_was_asked = info != NULL || cycle->info_trouble != NULL,
        .xen_version = info != NULL ? info->xen_version : NULL,
        .xen_release = info != NULL ? info->release : 0,
        .scheduler = info != NULL ? info->xen_scheduler : NULL,
        .cannot_change =
            toolstack_cannot_change(toolstack, info != NULL ? info->xen_scheduler : NULL),
        .can_store = toolstack_has(toolstack, TOOL_STORE_CONFIG),
        .knows_free_memory = free_memory_mib >= 0,
        .free_memory_mib = free_memory_mib,
        .cannot_migrate = toolstack_has(toolstack, TOOL_MIGRATE) ? NULL : toolstack->name,
        .stops_limit = agent_config_integer(config, AGENT_KEY_limit_stops),
        .stops_percent = agent_config_integer(config, AGENT_KEY_limit_stops_percent),
        .allow_stops = cycle->options->allow_stops,
        .accept_loss = cycle->options->accept_loss,
        .only_reports = strcmp(agent_config_text(config, AGENT_KEY_mode), "report") == 0,
        .prune = agent_config_integer(config, AGENT_KEY_prune) != 0,
        .checks = agent_config_checks(config),
        .busy = cycle->busy,
        .expired = cycle->expired,
        .unrenewed = cycle->unrenewed,
        .frozen = cycle->frozen,
        .stale = cycle->options->accept_stale ? NULL : cycle->stale,
        .suspended = cycle->suspended,
    };
    plan_free(cycle->plan);
    cycle->plan = plan_make(cycle->spec, cycle->observed, cycle->record, &policy);
}

static void settle(Cycle *cycle)
{
    cycle->is_settled = record_settle(cycle->record, cycle->spec, cycle->observed, cycle->host_name,
                                      cycle->busy, cycle->missing_before) ||
                        cycle->is_settled;
}

/* Looks at this host for what the plan would start or write. What is held then may let go of
 * others; each domain is looked at once. */
static void check_host(Cycle *cycle)
{
    if (cycle_identify_disks(cycle)) {
        plan_once(cycle);
    }
    while (cycle->plan->host_checks->len > 0) {
        cycle_check_domains(cycle, cycle->plan->host_checks);
        plan_once(cycle);
    }
}

/* Asks the toolstack about this host where that decides, once a run. */
static void ask_node(Cycle *cycle)
{
    gboolean was_asked = cycle->info != NULL || cycle->info_trouble != NULL;
    if (cycle->plan->asks_node && !was_asked) {
        cycle_ask_host(cycle);
        plan_once(cycle);
    }
}

/* Asks for the details that would tell more: of all domains by one list, where many are asked for,
 * and what is left of each. */
static void look_closer(Cycle *cycle)
{
    cycle->details_were_asked = cycle->all_details_were_asked = FALSE;
    plan_once(cycle);
    if (cycle_wants_all_details(cycle)) {
        cycle_observe_all_details(cycle);
        plan_once(cycle);
    }
    if (cycle->plan->details->len > 0) {
        g_autoptr(GArray) details = g_array_copy(cycle->plan->details);
        xen_host_observe_details(cycle->host, cycle->observed, details);
        cycle->details_were_asked = TRUE;
        plan_once(cycle);
    }
    if (cycle_wants_all_details(cycle)) {
        cycle_observe_all_details(cycle);
        plan_once(cycle);
    }
}

/* The plan from what is seen now; details, and what Xen says of this host, are asked for where they
 * would tell more, and the host is looked at for what would be started or written. */
static void plan_what_is_seen(Cycle *cycle)
{
    look_closer(cycle);
    ask_node(cycle);
    check_host(cycle);
}

/* What is applied from now on: copies of it are kept, then its fleet and generations go into the
 * record, before anything is done. */
static gboolean begin_record(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (!cycle_keep_sources(cycle, cycle->observed->boot_id)) {
        return FALSE;
    }
    gboolean is_changed = cycle->is_settled;
    is_changed = fleet_hosts_note(cycle->record, cycle->spec, cycle->host_name) || is_changed;
    is_changed = ownership_note_wanted(cycle->record, cycle->spec, cycle->host_name) || is_changed;
    is_changed = cycle_note_applied(cycle) || is_changed;
    if (!state_tidy_record(cycle->state, cycle->record, is_changed, &error)) {
        return cycle_fail(cycle, EXIT_ERROR, "cannot write the record, so nothing was started: %s",
                          error->message);
    }
    cycle->is_settled = FALSE;
    return TRUE;
}

/* The plan once more, with what other hosts have to say to it. They are asked once in a run, and
 * one that is to act puts down first what it wants: of two hosts that want one domain and ask each
 * other, at least one sees that. */
static gboolean ask_others(Cycle *cycle, gboolean is_to_act)
{
    /* Whoever wrote an address must not choose where root logs in to. */
    if (cycle->plan->ask_hosts->len == 0 || cycle->is_untrusted) {
        return TRUE;
    }
    if (is_to_act && !begin_record(cycle)) {
        return FALSE;
    }
    cycle->answers = xen_host_ask_hosts(cycle->host, cycle->plan->ask_hosts, cycle->spec->fleet);
    cycle->is_settled =
        fleet_hosts_learn(cycle->record, cycle->spec, cycle->host_name, cycle->answers) ||
        cycle->is_settled;
    cycle->is_settled = ownership_drop_refuted(cycle->record, cycle->spec, cycle->host_name,
                                               cycle->observed, cycle->answers) ||
                        cycle->is_settled;
    plan_once(cycle);
    /* Of what is held no more. */
    check_host(cycle);
    return TRUE;
}

void cycle_pause(const Cycle *cycle)
{
    gint64 pause_s = agent_config_integer(cycle->config, AGENT_KEY_absent_pause);
    gint64 end = g_get_monotonic_time() + pause_s * G_USEC_PER_SEC;
    for (gint64 left = end - g_get_monotonic_time(); left > 0;
         left = end - g_get_monotonic_time()) {
        command_wait_any(NULL, 0, (guint)(left / 1000 + 1));
    }
}

static gboolean look_again(Cycle *cycle)
{
    cycle->missing_before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < cycle->plan->second_look->len; i++) {
        g_hash_table_add(cycle->missing_before,
                         g_strdup(g_ptr_array_index(cycle->plan->second_look, i)));
    }
    g_clear_pointer(&cycle->plan, plan_free);
    /* What is free is another thing by then. */
    g_clear_pointer(&cycle->info, xen_info_free);
    g_clear_pointer(&cycle->info_trouble, g_free);
    cycle_pause(cycle);
    return observe(cycle);
}

static gboolean check_only(Cycle *cycle)
{
    const char *only = cycle->options->only;
    if (only != NULL && spec_find(cycle->spec, only) == NULL &&
        record_find(cycle->record, only) == NULL &&
        record_find_former(cycle->record, only) == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "there is no domain '%s' in the spec or the record",
                          only);
    }
    return TRUE;
}

static gboolean take_vnc_password(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *password = cycle_read_vnc_password(cycle, &error);
    if (error != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    xen_host_set_vnc_password(cycle->host, password);
    return TRUE;
}

/* Commands of ours go by the id, but people go by the name. */
static void warn_of_other_names(Cycle *cycle)
{
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        const RecordDomain *recorded = record_find_uuid(cycle->record, row->uuid);
        const Domain *domain = recorded != NULL ? spec_find(cycle->spec, recorded->name) : NULL;
        if (domain != NULL && !row->is_dying && !row->is_shut_down &&
            recorded->operation_id == NULL && strcmp(row->name, domain->name) != 0) {
            problems_add_warning(cycle->problems, domain->where,
                                 "domain '%s' (id %u) runs under the name '%s': its next start "
                                 "gives it its own, or `rename` of the toolstack",
                                 domain->name, row->domid, row->name);
        }
    }
}

gboolean cycle_make_plan(Cycle *cycle, gboolean waits)
{
    if (!check_only(cycle) || !take_vnc_password(cycle)) {
        return FALSE;
    }
    if (waits) {
        wait_for_busy(cycle);
    } else {
        find_busy(cycle);
    }
    if (!observe(cycle)) {
        return FALSE;
    }
    cycle->is_settled = FALSE;
    cycle_note_details(cycle);
    settle(cycle);
    plan_what_is_seen(cycle);
    if (cycle->plan->second_look->len > 0) {
        if (!look_again(cycle)) {
            return FALSE;
        }
        settle(cycle);
        plan_what_is_seen(cycle);
    }
    if (!ask_others(cycle, waits)) {
        return FALSE;
    }
    cycle_warn_of_creates(cycle);
    cycle_warn_of_details(cycle);
    warn_of_other_names(cycle);
    cycle->exit_code = exit_code_worse(cycle->exit_code, plan_exit_code(cycle->plan));
    cycle->exit_code = exit_code_worse(cycle->exit_code, cycle->source_exit_code);
    return TRUE;
}

/* ---- config files ---- */

gboolean cycle_make_diffs(Cycle *cycle)
{
    cycle->diffs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        if (!action_row(action->kind)->writes_config || action->keeps_file ||
            g_hash_table_contains(cycle->diffs, action->name)) {
            continue;
        }
        g_autoptr(GError) error = NULL;
        gboolean is_removed = action->kind == ACTION_REMOVE_CONFIG;
        ConfigFile file = {.domain = is_removed ? NULL : action->domain,
                           .name = action->name,
                           .uuid = action->uuid};
        char *diff = xen_host_diff_config(cycle->host, &file, &error);
        if (diff == NULL) {
            return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        }
        g_hash_table_insert(cycle->diffs, g_strdup(action->name), diff);
    }
    return TRUE;
}

/* ---- carrying out ---- */

static gboolean journal(gpointer data, const char *name, const RecordDomain *domain, GError **error)
{
    return state_append(data, name, domain, error);
}

/* A suspension that has come while the run goes on. One that cannot be read is one. */
static char *find_halt(gpointer data)
{
    const Cycle *cycle = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Suspension) suspension =
        suspension_read(cycle->state_dir, g_get_real_time() / G_USEC_PER_SEC, &error);
    if (suspension == NULL) {
        return error != NULL ? g_strdup(error->message) : NULL;
    }
    g_autofree char *what = suspension_describe(suspension);
    return g_strdup_printf("this host was suspended meanwhile: %s", what);
}

static void set_origins(Cycle *cycle)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        g_autofree char *origin = provenance_describe(cycle->spec, source);
        for (guint j = 0; j < source->texts->len; j++) {
            xen_host_set_origin(cycle->host, g_ptr_array_index(source->texts, j), origin);
        }
    }
}

gboolean cycle_apply(Cycle *cycle, const CycleWatcher *watcher)
{
    g_autoptr(GError) error = NULL;
    if (!begin_record(cycle)) {
        return FALSE;
    }
    xen_host_remove_leftovers(cycle->host);
    set_origins(cycle);
    Backend backend = {.journal_data = cycle->state,
                       .journal = journal,
                       .progress_data = cycle,
                       .progress = watcher->progress,
                       .tick = watcher->tick,
                       .find_halt = find_halt};
    xen_host_fill_backend(cycle->host, &backend);
    ExecuteLimits limits = {
        (guint)agent_config_integer(cycle->config, AGENT_KEY_parallel), GONE_TIMEOUT_MS, GRACE_MS,
        (guint)agent_config_integer(cycle->config, AGENT_KEY_timeout_migrate) * 1000};
    cycle->outcomes = plan_execute(cycle->plan, cycle->observed, cycle->record, &backend, &limits);
    cycle->exit_code =
        exit_code_worse(cycle->source_exit_code, outcomes_exit_code(cycle->outcomes));
    /* What was started just now is sure to belong here. */
    gboolean is_confirmed =
        ownership_confirm(cycle->record, cycle->spec, cycle->host_name, cycle->observed->boot_id);
    if (!state_tidy_record(cycle->state, cycle->record, is_confirmed, &error)) {
        return cycle_fail(cycle, EXIT_ERROR, "cannot write the record: %s", error->message);
    }
    return TRUE;
}
