/* What xm changes on a domain that runs, and facts about the host. */
#include "xenbackend/sim/sim_xm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static gboolean read_number(const char *text, long *number)
{
    char *end = NULL;
    *number = strtol(text, &end, 10);
    return end != text && *end == '\0';
}

/* Two arguments: a domain and a number. CHANGE returns what is wrong, or NULL. */
static int set_number(SimCall *call, const char *(*change)(SimCall *call, const GPtrArray *domains,
                                                           SimDomain *domain, long number))
{
    guint given = 0;
    long number = 0;
    const char *trouble = NULL;
    if (!xm_options(call, "", NULL, &given, 2, 2))
        return call->exit_code;
    if (!read_number(call->argv[optind + 1], &number))
        return xm_fail(call, "Invalid argument.");
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    SimDomain *domain = xm_find(call, domains, call->argv[optind]);
    if (domain != NULL)
        trouble = change(call, domains, domain, number);
    if (domain != NULL && trouble == NULL)
        sim_host_save(call->host, domain);
    sim_host_unlock(call->host);
    return domain == NULL ? call->exit_code : trouble != NULL ? xm_fail(call, "%s", trouble) : 0;
}

/* xend/XendConfig.py:_memory_sanity_check. */
static const char *change_memory(SimCall *call, const GPtrArray *domains, SimDomain *domain,
                                 long number)
{
    if (number <= 0)
        return "Invalid Configuration: memory_dynamic_max must be greater than zero";
    if (number > domain->maximum_kib / 1024)
        return "Invalid Configuration: memory_dynamic_max must be less than or equal to "
               "memory_static_max";
    domain->target_kib = number * 1024;
    sim_balloon(call->host, domains, domain);
    return NULL;
}

int xm_command_mem_set(SimCall *call)
{
    return set_number(call, change_memory);
}

/* xend/XendDomainInfo.py:setVCpuCount. */
static const char *change_vcpus(SimCall *call, const GPtrArray *domains, SimDomain *domain,
                                long number)
{
    (void)call;
    (void)domains;
    if (number <= 0)
        return "Zero or less VCPUs is invalid";
    if (number > domain->maximum_vcpus)
        return "Cannot set vcpus greater than max vcpus on running domain";
    domain->vcpus = number;
    return NULL;
}

int xm_command_vcpu_set(SimCall *call)
{
    return set_number(call, change_vcpus);
}

/* ---- the scheduler ---- */

static const char *change_schedule(SimDomain *domain, const char *weight, const char *cap)
{
    long number = 0;
    if (weight != NULL && (!read_number(weight, &number) || number < 1 || number > 65535))
        return "weight is out of range";
    if (weight != NULL)
        domain->weight = number;
    if (cap != NULL &&
        (!read_number(cap, &number) || number < 0 || number > 100 * domain->maximum_vcpus))
        return "cap is out of range";
    if (cap != NULL)
        domain->cap = number;
    return NULL;
}

static void append_schedule(GString *out, const SimDomain *domain)
{
    g_string_append_printf(out, "%-33s %4d %6d %4d\n", domain->name, (int)domain->domid,
                           (int)domain->weight, (int)domain->cap);
}

int xm_command_sched_credit(SimCall *call)
{
    static const struct option long_options[] = {{"domain", 1, NULL, 'd'},
                                                 {"weight", 1, NULL, 'w'},
                                                 {"cap", 1, NULL, 'c'},
                                                 {NULL, 0, NULL, 0}};
    const char *values[3] = {NULL, NULL, NULL}; /* d, w, c */
    opterr = 0;
    for (int option = getopt_long(call->argc, call->argv, "d:w:c:", long_options, NULL);
         option != -1; option = getopt_long(call->argc, call->argv, "d:w:c:", long_options, NULL)) {
        if (option == '?')
            return xm_fail(call, "option %s not recognized", call->argv[optind - 1]);
        values[option == 'd' ? 0 : option == 'w' ? 1 : 2] = optarg;
    }
    gboolean changes = values[1] != NULL || values[2] != NULL;
    const char *trouble = NULL;
    g_autoptr(GPtrArray) domains = changes ? sim_host_begin(call->host) : sim_host_look(call->host);
    SimDomain *domain = values[0] != NULL ? xm_find(call, domains, values[0]) : NULL;
    if (changes && domain != NULL) {
        trouble = change_schedule(domain, values[1], values[2]);
        sim_host_save(call->host, domain);
    }
    if (changes)
        sim_host_unlock(call->host);
    if (values[0] != NULL && domain == NULL)
        return call->exit_code;
    if (changes && domain == NULL)
        return xm_fail(call, "Must specify a domain.");
    if (trouble != NULL)
        return xm_fail(call, "%s", trouble);
    if (!changes) {
        g_string_append_printf(call->out, "%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
        for (guint i = 0; i < domains->len; i++) {
            const SimDomain *each = g_ptr_array_index(domains, i);
            if (xm_is_listed(each) && (domain == NULL || domain == each))
                append_schedule(call->out, each);
        }
    }
    return 0;
}

/* ---- info ---- */

G_GNUC_PRINTF(3, 4)
static void add(GString *out, const char *key, const char *format, ...)
{
    va_list arguments;
    g_string_append_printf(out, "%-22s : ", key);
    va_start(arguments, format);
    g_string_append_vprintf(out, format, arguments);
    va_end(arguments);
    g_string_append_c(out, '\n');
}

/* The hypervisor before 4.1 is told apart by its values of several lines. */
static gboolean is_before_4_1(const char *version)
{
    return g_str_has_prefix(version, "3.") || g_str_has_prefix(version, "4.0");
}

static void add_nodes(GString *out, const SimSettings *settings, gint64 free_mib)
{
    int half = (int)settings->cpus / 2;
    add(out, "node_to_cpu", "node0:0-%d\n%25snode1:%d-%d", MAX(half - 1, 0), "", half,
        (int)settings->cpus - 1);
    add(out, "node_to_memory", "node0:%d\n%25snode1:%d", (int)(free_mib / 2), "",
        (int)(free_mib - free_mib / 2));
}

/* xend/XendNode.py:info. */
int xm_command_info(SimCall *call)
{
    guint given = 0;
    struct utsname machine;
    const SimSettings *settings = &call->host->settings;
    if (!xm_options(call, "", NULL, &given, 0, 0))
        return call->exit_code;
    if (uname(&machine) != 0)
        return xm_error("uname failed");
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 free_mib = sim_host_free_kib(call->host, domains) / 1024;
    const char *version = settings->xen_version;
    const char *minor = strchr(version, '.');
    minor = minor != NULL ? minor + 1 : "0";
    GString *out = call->out;
    add(out, "host", "%s", settings->name != NULL ? settings->name : machine.nodename);
    add(out, "release", "%s", machine.release);
    add(out, "version", "%s", machine.version);
    add(out, "machine", "%s", machine.machine);
    add(out, "nr_cpus", "%d", (int)settings->cpus);
    add(out, "nr_nodes", "%d", 1);
    add(out, "cores_per_socket", "%d", (int)settings->cpus);
    add(out, "threads_per_core", "%d", 1);
    add(out, "cpu_mhz", "%d", 2400);
    add(out, "hw_caps", "%s", "bfebfbff:28100800:00000000:00001b40:0098e3fd:00000000:00000001");
    add(out, "virt_caps", "%s", "hvm hvm_directio");
    add(out, "total_memory", "%d", (int)settings->memory_mib);
    add(out, "free_memory", "%d", (int)free_mib);
    if (is_before_4_1(version))
        add_nodes(out, settings, free_mib);
    else
        add(out, "free_cpus", "%d", 0);
    add(out, "xen_major", "%.*s", (int)strspn(version, "0123456789"), version);
    add(out, "xen_minor", "%.*s", (int)strspn(minor, "0123456789"), minor);
    add(out, "xen_extra", "%s", minor + strspn(minor, "0123456789"));
    add(out, "xen_caps", "%s", "xen-3.0-x86_64 xen-3.0-x86_32p hvm-3.0-x86_32 hvm-3.0-x86_64 ");
    add(out, "xen_scheduler", "%s", "credit");
    add(out, "xen_pagesize", "%d", 4096);
    add(out, "xen_commandline", "placeholder dom0_mem=%dM", (int)settings->dom0_memory_mib);
    add(out, "cc_compiler", "%s", "none: this host is simulated by xensim");
    add(out, "xend_config_format", "%d", 4);
    return 0;
}
