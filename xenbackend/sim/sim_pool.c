/* Where the virtual CPUs of a domain run. Nothing comes of it here; what cannot be is refused. */
#include "xenbackend/sim/sim_command.h"

#include <stdlib.h>

/* Does TEXT ("all", "0-3,^2") name a CPU of the host? */
static gboolean has_cpu(const SimHost *host, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (!g_ascii_isdigit(*parts[i]) ? *parts[i] != '^' : atoi(parts[i]) < host->settings.cpus)
            return TRUE;
    }
    return FALSE;
}

static gboolean pin(const SimHost *host, const SimDomain *domain, const char *vcpu,
                    const char *cpus)
{
    if (!has_cpu(host, cpus)) {
        sim_error("vcpu hard affinity map is empty\n");
        return FALSE;
    }
    if (domain == NULL || !g_ascii_isdigit(*vcpu) || atoi(vcpu) < domain->maximum_vcpus)
        return TRUE;
    sim_error("libxl: error: libxl_sched.c:62:libxl__set_vcpuaffinity: Domain %d:Setting vcpu "
              "affinity: Invalid argument\nCould not set affinity for vcpu `%s'.\n",
              (int)domain->domid, vcpu);
    return FALSE;
}

int sim_command_vcpu_pin(SimCall *call)
{
    static const struct option long_options[] = {{"force", 0, NULL, 'f'},
                                                 {"ignore-global-affinity-masks", 0, NULL, 'i'},
                                                 SIM_HELP_OPTION,
                                                 {NULL, 0, NULL, 0}};
    int option = 0;
    while ((option = sim_option(call, "fi", long_options, 3)) != -1)
        if (option == -2)
            return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(domains, call->argv[optind], &domid))
        return 1;
    const SimDomain *domain = sim_host_find(domains, domid);
    return pin(call->host, domain, call->argv[optind + 1], call->argv[optind + 2]) ? 0 : 1;
}

int sim_command_cpupool_migrate(SimCall *call)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    const char *name = call->argv[optind];
    const char *pool = call->argv[optind + 1];
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    g_auto(GStrv) pools = g_strsplit_set(call->host->settings.pools, ", ", -1);
    gint64 domid = 0;
    if (!sim_lookup(domains, name, &domid) || sim_name_of(domains, domid) == NULL) {
        sim_error("unknown domain '%s'\n", name);
        return 1;
    }
    if (!g_strv_contains((const char *const *)pools, pool)) {
        sim_error("unknown cpupool '%s'\n", pool);
        return 1;
    }
    return 0;
}
