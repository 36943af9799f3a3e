/* The metrics of single domains: those that the spec gives to this host, and those that the plan is
 * about. The names of domains, which need no escapes, and a few words are all that labels have. */
#include "agent/metrics_parts.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* What is told of one domain. */
typedef struct {
    const char *name;
    const char *want;     /* a state of the spec; "absent" where it is not in it */
    const char *have;     /* "running", "paused", "ended" or "none"; NULL: not known */
    guint differences[2]; /* that are left, by is_drift */
    guint held, failed, waiting;
    gboolean is_in_conflict;
    gint64 starts, next_start;
} DomainMetrics;

/* ---- what is known ---- */

static const char *find_seen(const Cycle *cycle, const char *uuid)
{
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        if (strcmp(row->uuid, uuid) == 0 && !row->is_dying) {
            return row->is_shut_down ? "ended" : row->is_paused ? "paused" : "running";
        }
    }
    return "none";
}

/* The state after an action that was done. */
static const char *find_made(const Action *action, const char *before)
{
    switch (action->kind) {
    case ACTION_CREATE:
    case ACTION_RESTART:
        return domain_is(action->domain, DOMAIN_KEY_state, "paused") ? "paused" : "running";
    case ACTION_UNPAUSE:
        return "running";
    case ACTION_PAUSE:
        return "paused";
    case ACTION_SHUTDOWN:
    case ACTION_DESTROY:
    case ACTION_MIGRATE:
        return "none";
    case ACTION_SET_MEMORY:
    case ACTION_SET_VCPUS:
    case ACTION_SET_SCHEDULER:
    case ACTION_ATTACH_DISK:
    case ACTION_DETACH_DISK:
    case ACTION_ATTACH_VIF:
    case ACTION_DETACH_VIF:
    case ACTION_CHANGE_CD:
    case ACTION_WRITE_CONFIG:
    case ACTION_REMOVE_CONFIG:
    case ACTION_ADOPT:
        break;
    }
    return before;
}

static DomainMetrics *add_domain(const Cycle *cycle, GPtrArray *all, GHashTable *by_name,
                                 const char *name, const char *uuid, const Domain *domain)
{
    DomainMetrics *metrics = g_hash_table_lookup(by_name, name);
    if (metrics != NULL) {
        return metrics;
    }
    metrics = g_new0(DomainMetrics, 1);
    gboolean is_here = domain != NULL && domain_is_on(domain, cycle->host_name);
    metrics->name = name;
    metrics->want = is_here ? domain_get_text(domain, DOMAIN_KEY_state) : "absent";
    metrics->have = find_seen(cycle, uuid);
    if (is_here) {
        metrics->starts =
            plan_count_starts(domain, record_find(cycle->record, name), cycle->observed->boot_id,
                              g_get_real_time() / G_USEC_PER_SEC, &metrics->next_start);
    }
    g_ptr_array_add(all, metrics);
    g_hash_table_insert(by_name, (gpointer)name, metrics);
    return metrics;
}

static void add_action(DomainMetrics *metrics, const Action *action, const Outcome *outcome)
{
    if (outcome->result == RESULT_DONE) {
        metrics->have = find_made(action, metrics->have);
        return;
    }
    metrics->differences[action->is_drift != FALSE]++;
    metrics->held += outcome->result == RESULT_HELD;
    metrics->failed += outcome->result == RESULT_FAILED;
    metrics->is_in_conflict = metrics->is_in_conflict || outcome->hold == HOLD_CONFLICT;
}

/* All domains that are told, in the order of the spec. */
static GPtrArray *find_domains(const Cycle *cycle)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name)) {
            const RecordDomain *recorded = record_find(cycle->record, domain->name);
            add_domain(cycle, all, by_name, domain->name, record_uuid_of(recorded, domain), domain);
        }
    }
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        DomainMetrics *metrics = add_domain(cycle, all, by_name, action->name, action->uuid,
                                            spec_find(cycle->spec, action->name));
        add_action(metrics, action, &g_array_index(cycle->outcomes, Outcome, i));
    }
    for (guint i = 0; i < cycle->plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(cycle->plan->waiting, i);
        DomainMetrics *metrics = g_hash_table_lookup(by_name, waiting->name);
        if (metrics != NULL) {
            metrics->waiting += waiting->changes->len;
        }
    }
    return all;
}

/* ---- the text ---- */

static void format_states(const GPtrArray *all, gboolean is_want, GString *out)
{
    const char *name = is_want ? "xensure_domain_want" : "xensure_domain_have";
    metrics_begin(name,
                  is_want ? "The state that the spec gives the domain: running, paused, stopped or "
                            "absent."
                          : "The state that the domain is in: running, paused, ended (its remains "
                            "are there) or none.",
                  out);
    for (guint i = 0; i < all->len; i++) {
        const DomainMetrics *metrics = g_ptr_array_index(all, i);
        g_string_append_printf(out, "%s{domain=\"%s\",state=\"%s\"} 1\n", name, metrics->name,
                               is_want ? metrics->want : metrics->have);
    }
}

static void format_differences(const GPtrArray *all, GString *out)
{
    static const char name[] = "xensure_domain_differences";
    metrics_begin(name,
                  "Actions that the domain still needs after the last run, by what made them "
                  "necessary: a change of the spec, or drift of the host.",
                  out);
    for (guint i = 0; i < all->len; i++) {
        const DomainMetrics *metrics = g_ptr_array_index(all, i);
        for (gboolean is_drift = FALSE; is_drift <= TRUE; is_drift++) {
            g_string_append_printf(out, "%s{domain=\"%s\",cause=\"%s\"} %u\n", name, metrics->name,
                                   cause_name(is_drift), metrics->differences[is_drift]);
        }
    }
}

static gint64 get_held(const DomainMetrics *metrics)
{
    return metrics->held;
}

static gint64 get_failed(const DomainMetrics *metrics)
{
    return metrics->failed;
}

static gint64 get_conflict(const DomainMetrics *metrics)
{
    return metrics->is_in_conflict;
}

static gint64 get_waiting(const DomainMetrics *metrics)
{
    return metrics->waiting;
}

static gint64 get_starts(const DomainMetrics *metrics)
{
    return metrics->starts;
}

static gint64 get_next_start(const DomainMetrics *metrics)
{
    return metrics->next_start;
}

static const struct {
    const char *name, *help;
    gint64 (*get)(const DomainMetrics *metrics);
} numbers[] = {
    {"xensure_domain_held", "Actions of the last run that are held.", get_held},
    {"xensure_domain_failed", "Actions of the last run that failed.", get_failed},
    {"xensure_domain_conflict", "Whether the domain may run twice, or is another's.", get_conflict},
    {"xensure_domain_waiting", "Changes that wait for the domain's next start.", get_waiting},
    {"xensure_domain_starts", "Starts within restart.within, as the spec has the domain now.",
     get_starts},
    {"xensure_domain_next_start_timestamp_seconds",
     "Before when the domain is not started again; 0: it was not started.", get_next_start},
};

void metrics_format_domains(const Cycle *cycle, GString *out)
{
    g_autoptr(GPtrArray) all = find_domains(cycle);
    format_states(all, TRUE, out);
    format_states(all, FALSE, out);
    format_differences(all, out);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        metrics_begin(numbers[i].name, numbers[i].help, out);
        for (guint j = 0; j < all->len; j++) {
            const DomainMetrics *metrics = g_ptr_array_index(all, j);
            g_string_append_printf(out, "%s{domain=\"%s\"} %" G_GINT64_FORMAT "\n", numbers[i].name,
                                   metrics->name, numbers[i].get(metrics));
        }
    }
}
