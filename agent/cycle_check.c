/* The second check of a spec: whether this host has what its domains need. `validate --host-checks`
 * asks it of all domains; a run asks it of those that it would start or write a config for. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "reconcile/record_settings.h"
#include "xenbackend/xen_host_check.h"

#include <string.h>

/* ---- asking ---- */

static void free_findings(gpointer findings)
{
    g_ptr_array_unref(findings);
}

void cycle_ask_host(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (cycle->info != NULL || cycle->info_trouble != NULL) {
        return;
    }
    cycle->info = xen_host_info(cycle->host, &error);
    if (cycle->info == NULL) {
        cycle->info_trouble = g_strdup(error->message);
    }
}

static const GPtrArray *check_domain(Cycle *cycle, const Domain *domain)
{
    if (cycle->findings == NULL) {
        cycle->findings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_findings);
    }
    GPtrArray *findings = xen_host_check_domain(cycle->host, cycle->info, domain);
    g_hash_table_replace(cycle->findings, g_strdup(domain->name), findings);
    return findings;
}

/* Is it the first finding of its kind about this place of the spec? What a profile says is wanted
 * by many domains, and lacked once. */
static gboolean is_news(Cycle *cycle, const HostFinding *finding)
{
    const Position *where = &finding->where;
    if (cycle->told == NULL) {
        cycle->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
    return where->text == NULL ||
           g_hash_table_add(cycle->told,
                            g_strdup_printf("%s:%zu:%zu %s", trusted_text_name(where->text),
                                            (gsize)where->line, (gsize)where->column,
                                            finding->brief));
}

/* One warning, whatever the number of domains: it is about the host. */
static void warn_of_doubt(Cycle *cycle, const Domain *domain)
{
    const char *doubt = xen_host_check_doubt(cycle->host, cycle->info, domain);
    if (doubt != NULL && !cycle->is_doubt_told) {
        cycle->is_doubt_told = TRUE;
        problems_add_warning(cycle->problems, (Position){0},
                             "whether this host's release of Xen has all keys of domain '%s' is "
                             "not known: %s%s%s",
                             domain->name, doubt, cycle->info_trouble != NULL ? ": " : "",
                             cycle->info_trouble != NULL ? cycle->info_trouble : "");
    }
}

/* ---- for a plan ---- */

void cycle_check_domains(Cycle *cycle, const GPtrArray *domains)
{
    cycle_ask_host(cycle);
    for (guint i = 0; i < domains->len; i++) {
        const Domain *domain = g_ptr_array_index(domains, i);
        ObservedConfig *config = g_hash_table_lookup(cycle->observed->configs, domain->name);
        const GPtrArray *findings = check_domain(cycle, domain);
        warn_of_doubt(cycle, domain);
        config->is_checked = TRUE;
        config->missing = host_findings_describe_missing(findings);
        config->late_keys = host_findings_describe_late_keys(findings);
    }
}

/* Adds what the disks lead to. TRUE: one of them leads to where another one does. */
static gboolean identify(Cycle *cycle, GHashTable *known, const Value *disks)
{
    gboolean is_shared = FALSE;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Value *path = settings_get(disks->items[i].table, DISK_KEY_path);
        if (path == NULL || g_hash_table_contains(cycle->observed->disks, path->text)) {
            continue;
        }
        char *leads_to = xen_host_identify_disk(cycle->host, path->text);
        if (leads_to != NULL) {
            is_shared = !g_hash_table_add(known, leads_to) || is_shared;
            g_hash_table_insert(cycle->observed->disks, g_strdup(path->text), g_strdup(leads_to));
        }
    }
    return is_shared;
}

/* What is seen of the disks of those that run. */
static gboolean identify_seen(Cycle *cycle, GHashTable *known)
{
    gboolean is_shared = FALSE;
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        is_shared =
            (row->settings != NULL &&
             identify(cycle, known, settings_own(row->settings->settings, DOMAIN_KEY_disks))) ||
            is_shared;
    }
    return is_shared;
}

static gboolean identify_recorded(Cycle *cycle, GHashTable *known, const char *text)
{
    g_autoptr(RecordedSettings) settings = recorded_settings_read_key(text, DOMAIN_KEY_disks);
    return settings != NULL &&
           identify(cycle, known, settings_get(settings->settings, DOMAIN_KEY_disks));
}

/* Would a domain get a disk by the plan, or by the next reboot of its guest? */
static gboolean gives_disks(const Plan *plan)
{
    for (guint i = 0; i < plan->actions->len; i++) {
        if (action_gives_disks(g_ptr_array_index(plan->actions, i))) {
            return TRUE;
        }
    }
    return FALSE;
}

gboolean cycle_identify_disks(Cycle *cycle)
{
    gboolean is_shared = FALSE;
    GHashTableIter iterator;
    gpointer value;
    if (cycle->observed->disks != NULL || !gives_disks(cycle->plan)) {
        return FALSE;
    }
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cycle->observed->disks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Value *disks =
            action->domain != NULL ? domain_get(action->domain, DOMAIN_KEY_disks) : NULL;
        is_shared = identify(cycle, known, disks) || is_shared;
    }
    is_shared = identify_seen(cycle, known) || is_shared;
    g_hash_table_iter_init(&iterator, cycle->record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        if (recorded->is_running) {
            is_shared = identify_recorded(cycle, known, recorded->settings) || is_shared;
            is_shared = identify_recorded(cycle, known, recorded->stored) || is_shared;
        }
    }
    return is_shared;
}

/* What a start lacks is told, and the start is tried: the toolstack knows better, and nothing runs
 * that could be lost. */
static void warn_of_create(Cycle *cycle, const Action *action)
{
    const GPtrArray *findings =
        cycle->findings != NULL ? g_hash_table_lookup(cycle->findings, action->name) : NULL;
    for (guint i = 0; findings != NULL && i < findings->len; i++) {
        const HostFinding *finding = g_ptr_array_index(findings, i);
        if (is_news(cycle, finding)) {
            problems_add_warning(cycle->problems, finding->where, "%s", finding->message);
        }
    }
}

void cycle_warn_of_creates(Cycle *cycle)
{
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        if (action->kind == ACTION_CREATE && action->hold == HOLD_NONE) {
            warn_of_create(cycle, action);
        }
    }
}

/* ---- for `validate --host-checks` ---- */

static void report_findings(Cycle *cycle, const Domain *domain)
{
    const GPtrArray *findings = check_domain(cycle, domain);
    for (guint i = 0; i < findings->len; i++) {
        const HostFinding *finding = g_ptr_array_index(findings, i);
        if (!is_news(cycle, finding)) {
            continue;
        }
        if (finding->kind == FINDING_CPUS) {
            problems_add_warning(cycle->problems, finding->where, "%s", finding->message);
        } else {
            problems_add(cycle->problems, finding->where, "%s", finding->message);
        }
    }
    if (cycle->info != NULL) {
        warn_of_doubt(cycle, domain);
    }
}

/* What this host has of others that goes by names. */
typedef struct {
    Xendomains *xendomains;
    Libvirt *libvirt;
    Record *record; /* NULL: it cannot be read */
} HostNames;

/* TOLD: obstacles of the domain that are told already. */
static void report_obstacle(Cycle *cycle, const Domain *domain, GHashTable *told, char *obstacle)
{
    if (obstacle != NULL && g_hash_table_add(told, obstacle)) {
        problems_add(cycle->problems, domain->where,
                     "expected nothing on this host that forbids a start of domain '%s', found: %s",
                     domain->name, obstacle);
    }
}

static void report_name(Cycle *cycle, const HostNames *names, const Domain *domain,
                        GHashTable *told, const char *name)
{
    const char *link = xendomains_find_link(names->xendomains, name);
    report_obstacle(cycle, domain, told, xendomains_find_obstacle(names->xendomains, name));
    report_obstacle(cycle, domain, told, libvirt_find_obstacle(names->libvirt, name));
    if (link != NULL) {
        problems_add_warning(cycle->problems, domain->where,
                             "the link %s starts domain '%s' at boot beside xensure, and `apply` "
                             "removes it",
                             link, domain->name);
    }
}

/* Under the name that it has in the spec, and those that it had. */
static void report_names(Cycle *cycle, const HostNames *names, const Domain *domain)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    report_name(cycle, names, domain, told, domain->name);
    if (names->record == NULL) {
        return;
    }
    const char *uuid = record_uuid_of(record_find(names->record, domain->name), domain);
    const RecordDomain *recorded = record_find_row(names->record, domain->name, uuid);
    if (recorded != NULL && strcmp(recorded->name, domain->name) != 0) {
        report_name(cycle, names, domain, told, recorded->name);
    }
    for (guint i = 0; recorded != NULL && i < recorded->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(recorded->former_names, i);
        report_name(cycle, names, domain, told, former->name);
    }
}

/* The record, for the names that domains had; NULL: it cannot be read, which is told. */
static Record *read_record(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(State) state = state_new(cycle->state_dir);
    Record *record = state_read_record(state, &error);
    if (record == NULL) {
        problems_add_warning(cycle->problems, (Position){0},
                             "what this host has under former names of domains was not looked for: "
                             "%s",
                             error->message);
    }
    return record;
}

/* Adds to what is wrong already. */
static void fail_too(Cycle *cycle, int exit_code, const char *why)
{
    g_autofree char *before = g_steal_pointer(&cycle->error);
    cycle_fail(cycle, exit_code, "%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
               why);
}

static void report_vnc_password(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    g_free(cycle_read_vnc_password(cycle, &error));
    if (error != NULL) {
        const Value *path = agent_config_value(cycle->config, AGENT_KEY_vnc_password_file);
        problems_add(cycle->problems, path->where, "%s", error->message);
    }
}

void cycle_check_spec(Cycle *cycle)
{
    guint errors = problems_count_errors(cycle->problems);
    report_vnc_password(cycle);
    g_autoptr(Xendomains) xendomains = xen_host_look_at_xendomains(cycle->host);
    g_autoptr(Libvirt) libvirt = xen_host_look_at_libvirt(cycle->host);
    g_autoptr(Record) record = read_record(cycle);
    HostNames names = {xendomains, libvirt, record};
    cycle_ask_host(cycle);
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name)) {
            report_findings(cycle, domain);
            report_names(cycle, &names, domain);
        }
    }
    problems_sort(cycle->problems);
    errors = problems_count_errors(cycle->problems) - errors;
    if (errors > 0) {
        g_autofree char *why = g_strdup_printf("this host does not have what the spec needs: %u "
                                               "problem%s",
                                               errors, errors == 1 ? "" : "s");
        fail_too(cycle, EXIT_REJECTED, why);
    }
    if (cycle->info_trouble != NULL) {
        g_autofree char *why =
            g_strdup_printf("the toolstack does not answer: %s", cycle->info_trouble);
        fail_too(cycle, EXIT_ERROR, why);
    }
}
