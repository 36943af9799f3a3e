#include "xenbackend/sim/sim_command.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

typedef struct {
    GString *out;
    const char *key; /* only lines whose name begins so, and only their values; NULL: all */
} Printer;

/* Xen xl_info.c:maybe_printf: with a key, only the values of the keys that begin with it. */
G_GNUC_PRINTF(3, 4)
static void add(const Printer *printer, const char *key, const char *format, ...)
{
    va_list arguments;
    if (printer->key != NULL && !g_str_has_prefix(key, printer->key))
        return;
    /* The words of virt_caps bring their own blanks. */
    gboolean has_blank = strcmp(key, "virt_caps") != 0;
    if (printer->key == NULL)
        g_string_append_printf(printer->out, "%-22s :%s", key, has_blank ? " " : "");
    va_start(arguments, format);
    g_string_append_vprintf(printer->out, format, arguments);
    va_end(arguments);
    g_string_append_c(printer->out, '\n');
}

static void add_machine(const Printer *printer, const SimSettings *settings)
{
    struct utsname machine;
    if (uname(&machine) != 0)
        return;
    add(printer, "host", "%s", settings->name != NULL ? settings->name : machine.nodename);
    add(printer, "release", "%s", machine.release);
    add(printer, "version", "%s", machine.version);
    add(printer, "machine", "%s", machine.machine);
}

static void add_resources(const Printer *printer, const SimSettings *settings, gint64 free_kib)
{
    int cpus = (int)settings->cpus;
    add(printer, "nr_cpus", "%d", cpus);
    add(printer, "max_cpu_id", "%d", cpus - 1);
    add(printer, "nr_nodes", "%d", 1);
    add(printer, "cores_per_socket", "%d", cpus);
    add(printer, "threads_per_core", "%d", 1);
    add(printer, "cpu_mhz", "%d.%03d", 2400, 0);
    add(printer, "hw_caps", "%s",
        "bfebfbff:77fef3ff:2c100800:00000121:0000000f:239c27eb:0000000c:00000100");
    add(printer, "virt_caps", "%s", " pv hvm hap gnttab-v1 gnttab-v2");
    add(printer, "total_memory", "%d", (int)settings->memory_mib);
    add(printer, "free_memory", "%d", (int)(free_kib / 1024));
    add(printer, "sharing_freed_memory", "%d", 0);
    add(printer, "sharing_used_memory", "%d", 0);
    add(printer, "outstanding_claims", "%d", 0);
    add(printer, "free_cpus", "%d", 0);
}

static void add_topology(const Printer *printer, const SimSettings *settings, gint64 free_kib)
{
    g_string_append(printer->out, "cpu_topology           :\n"
                                  "cpu:    core    socket     node\n");
    for (int i = 0; i < (int)settings->cpus; i++)
        g_string_append_printf(printer->out, "%3d:    %4d     %4d     %4d\n", i, i, 0, 0);
    g_string_append_printf(printer->out,
                           "device topology        :\ndevice           node\n"
                           "No device topology data available\n"
                           "numa_info              :\n"
                           "node:    memsize    memfree    distances\n"
                           "%4d:    %6d     %6d      10\n",
                           0, (int)settings->memory_mib, (int)(free_kib / 1024));
}

static void add_xen(const Printer *printer, const SimSettings *settings)
{
    const char *version = settings->xen_version;
    const char *dot = strchr(version, '.');
    const char *minor = dot == NULL ? "0" : dot + 1;
    size_t minor_length = strspn(minor, "0123456789");
    add(printer, "xen_major", "%.*s", dot == NULL ? (int)strlen(version) : (int)(dot - version),
        version);
    add(printer, "xen_minor", "%.*s", (int)minor_length, minor);
    add(printer, "xen_extra", "%s", minor + minor_length);
    add(printer, "xen_version", "%s", version);
    add(printer, "xen_caps", "%s", "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ");
    add(printer, "xen_scheduler", "%s", settings->scheduler);
    add(printer, "xen_pagesize", "%d", 4096);
    add(printer, "platform_params", "%s", "virt_start=0xffff800000000000");
    add(printer, "xen_changeset", "%s", "");
    add(printer, "xen_commandline", "placeholder dom0_mem=%dM,max:%dM dom0_max_vcpus=%d ",
        (int)settings->dom0_memory_mib, (int)settings->dom0_memory_mib, (int)settings->dom0_cpus);
    add(printer, "cc_compiler", "%s", "none: this host is simulated by xensim");
    add(printer, "cc_compile_by", "%s", "xensure");
    add(printer, "cc_compile_domain", "%s", "");
    add(printer, "cc_compile_date", "%s", "Thu Jan  1 00:00:00 UTC 1970");
    add(printer, "build_id", "%s", "0000000000000000000000000000000000000000");
    add(printer, "xend_config_format", "%d", 4);
}

int sim_command_info(SimCall *call)
{
    static const struct option long_options[] = {
        {"numa", 0, NULL, 'n'}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    gboolean has_topology = FALSE;
    int option = 0;
    while ((option = sim_option(call, "n", long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        has_topology = TRUE;
    }
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 free_kib = sim_host_free_kib(call->host, domains);
    const SimSettings *settings = &call->host->settings;
    Printer printer = {.out = call->out};
    if (!has_topology && call->argc > optind)
        printer.key = call->argv[optind];
    add_machine(&printer, settings);
    add_resources(&printer, settings, free_kib);
    if (has_topology)
        add_topology(&printer, settings, free_kib);
    add_xen(&printer, settings);
    return 0;
}

static void append_uptime(SimCall *call, const char *name, gint64 domid, gint64 since_ms,
                          gboolean is_short)
{
    gint64 now_ms = sim_now_ms();
    gint64 seconds = MAX(now_ms - since_ms, 0) / 1000;
    int days = (int)(seconds / 86400);
    g_autoptr(GString) text = g_string_new(NULL);
    if (days > 0)
        g_string_append_printf(text, "%d day%s, ", days, days > 1 ? "s" : "");
    g_string_append_printf(text, "%2d:%02d", (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60));
    if (is_short) {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
        g_string_append_printf(call->out, " %s up %s, %s (%d)\n", time, text->str, name,
                               (int)domid);
    } else {
        g_string_append_printf(call->out, "%-33s %4d %s:%02d\n", name, (int)domid, text->str,
                               (int)(seconds % 60));
    }
}

int sim_command_uptime(SimCall *call)
{
    gboolean is_short = FALSE;
    int option = 0;
    while ((option = sim_option(call, "s", NULL, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        is_short = TRUE;
    }
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 wanted = -1;
    if (call->argc > optind && !sim_resolve(domains, call->argv[optind], &wanted))
        return 1;
    if (!is_short)
        g_string_append_printf(call->out, "%-33s %4s %s\n", "Name", "ID", "Uptime");
    if (wanted <= 0)
        append_uptime(call, DOM0_NAME, 0, call->host->booted_ms, is_short);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain) && (wanted < 0 || domain->domid == wanted))
            append_uptime(call, domain->name, domain->domid, domain->created_ms, is_short);
    }
    return 0;
}
