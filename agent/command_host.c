/* host: facts about the node. */
#include "agent/commands.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* What the node has; -1 / NULL: not known. */
typedef struct {
    const XenInfo *info;
    gint64 dom0_memory_mib;
    gint64 sockets;
    gint64 domains;
} NodeFacts;

/* There is no such key. CPUs that are offline make it a near miss: then it is not known. */
static gint64 count_sockets(const XenInfo *info)
{
    if (info->nr_cpus <= 0 || info->cores_per_socket <= 0 || info->threads_per_core <= 0) {
        return -1;
    }
    gint64 in_one = info->cores_per_socket * info->threads_per_core;
    return info->nr_cpus % in_one == 0 ? info->nr_cpus / in_one : -1;
}

static NodeFacts find_facts(const XenInfo *info, const Observed *observed)
{
    const ObservedDomain *dom0 = observed_find_domid(observed, 0);
    NodeFacts facts = {.info = info,
                       .dom0_memory_mib = dom0 != NULL ? (gint64)dom0->memory_mib : -1,
                       .sockets = count_sockets(info),
                       .domains = (gint64)observed->domains->len - 1};
    return facts;
}

static json_t *number(gint64 value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *text(const char *value)
{
    g_autofree char *valid = value != NULL ? g_utf8_make_valid(value, -1) : NULL;
    return valid != NULL ? json_string(valid) : json_null();
}

static void print_json(const Cycle *cycle, const NodeFacts *facts)
{
    json_t *document = json_object();
    json_object_set_new(document, "format_version", json_integer(REPORT_FORMAT_VERSION));
    json_object_set_new(document, "host", text(cycle->host_name));
    const char *toolstack = cycle->host != NULL ? xen_host_toolstack(cycle->host)->name : NULL;
    json_object_set_new(document, "toolstack", text(toolstack));
    json_object_set_new(document, "program",
                        text(cycle->host != NULL ? xen_host_program(cycle->host) : NULL));
    const XenInfo *info = facts != NULL ? facts->info : NULL;
    json_object_set_new(document, "xen_version", text(info != NULL ? info->xen_version : NULL));
    const struct {
        const char *name;
        gint64 value;
    } numbers[] = {
        {"memory_total_mib", info != NULL ? info->total_memory_mib : -1},
        {"memory_free_mib", info != NULL ? info->free_memory_mib : -1},
        {"memory_dom0_mib", facts != NULL ? facts->dom0_memory_mib : -1},
        {"cpus", info != NULL ? info->nr_cpus : -1},
        {"nodes", info != NULL ? info->nr_nodes : -1},
        {"sockets", facts != NULL ? facts->sockets : -1},
        {"cores_per_socket", info != NULL ? info->cores_per_socket : -1},
        {"threads_per_core", info != NULL ? info->threads_per_core : -1},
        {"domains", facts != NULL ? facts->domains : -1},
    };
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        json_object_set_new(document, numbers[i].name, number(numbers[i].value));
    }
    json_object_set_new(document, "error", text(cycle->error));
    char *shown = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    puts(shown);
    free(shown);
    json_decref(document);
}

static void print_number(const char *label, gint64 value, const char *unit)
{
    if (value >= 0) {
        printf("%-18s %" G_GINT64_FORMAT "%s\n", label, value, unit);
    } else {
        printf("%-18s not known\n", label);
    }
}

static void print_text(const Cycle *cycle, const NodeFacts *facts)
{
    const XenInfo *info = facts->info;
    printf("%-18s %s\n", "host", cycle->host_name);
    printf("%-18s %s (%s)\n", "toolstack", xen_host_toolstack(cycle->host)->name,
           xen_host_program(cycle->host));
    printf("%-18s %s\n", "xen", info->xen_version != NULL ? info->xen_version : "not known");
    print_number("memory", info->total_memory_mib, " MiB");
    print_number("free memory", info->free_memory_mib, " MiB");
    print_number("memory of dom0", facts->dom0_memory_mib, " MiB");
    print_number("cpus", info->nr_cpus, "");
    print_number("numa nodes", info->nr_nodes, "");
    print_number("sockets", facts->sockets, "");
    print_number("cores per socket", info->cores_per_socket, "");
    print_number("threads per core", info->threads_per_core, "");
    print_number("domains", facts->domains, "");
}

static gboolean look(Cycle *cycle, XenInfo **info)
{
    g_autoptr(GError) error = NULL;
    *info = xen_host_info(cycle->host, &error);
    if (*info == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "the toolstack does not answer: %s", error->message);
    }
    cycle->observed = xen_host_observe(cycle->host);
    if (cycle->observed->state != OBSERVATION_COMPLETE) {
        return cycle_fail(cycle, EXIT_ERROR, "the toolstack does not answer as it should: %s",
                          cycle->observed->trouble);
    }
    return TRUE;
}

int command_host(const Options *options)
{
    Cycle cycle;
    g_autoptr(XenInfo) info = NULL;
    cycle_init(&cycle, options);
    gboolean is_seen =
        cycle_read_config(&cycle) && cycle_find_toolstack(&cycle) && look(&cycle, &info);
    report_errors(&cycle);
    NodeFacts facts = {0};
    if (is_seen) {
        facts = find_facts(info, cycle.observed);
    }
    if (info != NULL && info->trouble != NULL) {
        fprintf(stderr, "xensure: warning: %s\n", info->trouble);
    }
    if (options->is_json) {
        print_json(&cycle, is_seen ? &facts : NULL);
    } else if (is_seen) {
        print_text(&cycle, &facts);
    }
    int exit_code = cycle.exit_code;
    cycle_clear(&cycle);
    return exit_code;
}
