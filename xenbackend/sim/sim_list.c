#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_json.h"
#include "xenbackend/sim/sim_store.h"

#include <stdio.h>
#include <string.h>

#define NIL_UUID "00000000-0000-0000-0000-000000000000"
/* Of a guest that has booted and does nothing, per second. */
#define IDLE_LOAD 0.01

typedef struct {
    gboolean is_long, has_uuids, has_labels, has_pools, has_nodes;
} Columns;

/* A whole row of the table; dom0 and the guests are told apart only where it is filled. */
typedef struct {
    const char *name;
    gint64 domid, memory_mib, vcpus;
    char letters[7];
    float cpu_seconds;
    const char *uuid;
    gint64 reason;
} Row;

static guint32 scatter(gint64 domid, gint64 second)
{
    guint32 number = (guint32)domid * 2654435761u ^ (guint32)second * 2246822519u;
    return (number ^ (number >> 15)) % 100;
}

void sim_state_letters(const SimHost *host, const SimDomain *domain, gint64 now_ms, char letters[7])
{
    static const char reason_letters[] = "-rscw";
    gint64 ran_ms = sim_domain_ran_ms(domain, now_ms);
    gboolean is_paused = domain->pause_count > 0;
    memcpy(letters, "------", 7);
    if (domain->is_zombie) {
        memcpy(letters, "--p--d", 7);
        return;
    }
    if (is_paused)
        letters[2] = 'p';
    if (sim_domain_is_shut(domain)) {
        letters[3] = 's';
        letters[4] = reason_letters[domain->reason];
        return;
    }
    gboolean is_busy =
        ran_ms < domain->boot_ms || domain->mode == SIM_MODE_BUSY || domain->mode == SIM_MODE_HUNG;
    if (is_paused) {
        if (ran_ms > 0 && !is_busy)
            letters[1] = 'b';
        return;
    }
    guint32 chance = scatter(domain->domid, now_ms / 1000);
    if (is_busy) {
        if (!host->settings.has_varied_states || chance < 70)
            letters[0] = 'r';
    } else if (!host->settings.has_varied_states || chance < 70) {
        letters[1] = 'b';
    } else if (chance < 85) {
        letters[0] = 'r';
    }
}

float sim_cpu_seconds(const SimDomain *domain, gint64 now_ms)
{
    double ran_ms = (double)sim_domain_ran_ms(domain, now_ms);
    double boot_ms = MIN(ran_ms, (double)domain->boot_ms);
    gboolean is_busy = domain->mode == SIM_MODE_BUSY || domain->mode == SIM_MODE_HUNG;
    double load = is_busy ? (double)domain->vcpus : IDLE_LOAD;
    return (float)((boot_ms + (ran_ms - boot_ms) * load) / 1000);
}

float sim_dom0_cpu_seconds(const SimHost *host, gint64 now_ms)
{
    return 5 + (float)(now_ms - host->booted_ms) / 20000;
}

static void append_row(GString *out, const Row *row, const Columns *columns)
{
    char text[192];
    gsize length = strlen(row->name);
    g_string_append_len(out, row->name, (gssize)length);
    int used = snprintf(text, sizeof text, "%*s %5d %5lu %5d     %s  %8.1f",
                        length < 40 ? 40 - (int)length : 0, "", (int)row->domid,
                        (unsigned long)row->memory_mib, (int)row->vcpus, row->letters,
                        (double)row->cpu_seconds);
    g_string_append_len(out, text, used);
    if (columns->has_uuids) {
        g_string_append_c(out, ' ');
        g_string_append_len(out, row->uuid, 36);
        if (row->letters[3] == 's')
            used = snprintf(text, sizeof text, " %8x", (unsigned)row->reason);
        else
            used = snprintf(text, sizeof text, " %8s", "-");
        g_string_append_len(out, text, used);
    }
    if (columns->has_uuids || columns->has_labels)
        g_string_append(out, "                -");
    if (columns->has_pools)
        g_string_append(out, "          Pool-0");
    if (columns->has_nodes)
        g_string_append(out, " all");
    g_string_append_c(out, '\n');
}

static void append_header(GString *out, const Columns *columns)
{
    g_string_append(out,
                    "Name                                        ID   Mem VCPUs\tState\tTime(s)");
    if (columns->has_uuids)
        g_string_append(out, "   UUID                            Reason-Code\tSecurity Label");
    else if (columns->has_labels)
        g_string_append(out, "   Security Label");
    if (columns->has_pools)
        g_string_append(out, "         Cpupool");
    if (columns->has_nodes)
        g_string_append(out, " NODE Affinity");
    g_string_append_c(out, '\n');
}

/* The guest itself brings up all but the first. */
static gint64 online_vcpus(const SimDomain *domain)
{
    if (domain->is_building)
        return 0;
    return sim_domain_has_run(domain) ? domain->vcpus : MIN(domain->vcpus, 1);
}

static void append_dom0(SimCall *call, gint64 now_ms, const Columns *columns)
{
    const SimSettings *settings = &call->host->settings;
    Row row = {.name = DOM0_NAME,
               .memory_mib = settings->dom0_memory_mib,
               .vcpus = settings->dom0_cpus,
               .letters = "r-----",
               .cpu_seconds = sim_dom0_cpu_seconds(call->host, now_ms),
               .uuid = NIL_UUID};
    append_row(call->out, &row, columns);
}

static void append_domain(SimCall *call, const SimDomain *domain, gint64 now_ms,
                          const Columns *columns)
{
    Row row = {.name = domain->is_zombie ? "(null)" : domain->name,
               .domid = domain->domid,
               .memory_mib = domain->memory_kib / 1024,
               .vcpus = online_vcpus(domain),
               .cpu_seconds = sim_cpu_seconds(domain, now_ms),
               .uuid = domain->uuid,
               .reason = domain->reason};
    sim_state_letters(call->host, domain, now_ms, row.letters);
    append_row(call->out, &row, columns);
}

/* domid -1: all. */
static void print_table(SimCall *call, const GPtrArray *domains, gint64 domid,
                        const Columns *columns)
{
    gint64 now_ms = sim_now_ms();
    append_header(call->out, columns);
    if (domid <= 0)
        append_dom0(call, now_ms, columns);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain) && (domid < 0 || domain->domid == domid))
            append_domain(call, domain, now_ms, columns);
    }
}

static void print_long(SimCall *call, const GPtrArray *domains, gint64 domid)
{
    SimJson json = {.out = call->out, .scheduler = call->host->settings.scheduler};
    sim_json_open(&json, NULL, '[');
    if (domid <= 0)
        sim_json_domain(&json, NULL, NULL, call->host->settings.dom0_memory_mib * 1024);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (!sim_domain_is_listed(domain) || (domid >= 0 && domain->domid != domid))
            continue;
        /* libxl stores a domain's config when it is complete: Xen
         * tools/libs/light/libxl_create.c:domcreate_complete. */
        g_autoptr(SimGuest) guest = domain->is_zombie || domain->is_building
                                        ? NULL
                                        : sim_store_read_guest(call->host, domain, NULL);
        if (guest == NULL)
            sim_error("libxl: error: libxl_domain.c:2335:retrieve_domain_configuration_lock_"
                      "acquired: Domain %d:Fail to get domain configuration\n",
                      (int)domain->domid);
        else
            sim_json_domain(&json, domain, guest, 0);
    }
    sim_json_close(&json, ']');
    g_string_append_c(call->out, '\n');
}

int sim_command_list(SimCall *call)
{
    static const struct option long_options[] = {
        {"long", 0, NULL, 'l'},    {"verbose", 0, NULL, 'v'}, {"context", 0, NULL, 'Z'},
        {"cpupool", 0, NULL, 'c'}, {"numa", 0, NULL, 'n'},    SIM_HELP_OPTION,
        {NULL, 0, NULL, 0}};
    Columns columns = {0};
    int option = 0;
    while ((option = sim_option(call, "lvhZcn", long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        columns.is_long |= option == 'l';
        columns.has_uuids |= option == 'v';
        columns.has_labels |= option == 'Z';
        columns.has_pools |= option == 'c';
        columns.has_nodes |= option == 'n';
    }
    if (call->argc - optind > 1) {
        sim_print_usage(call, call->command);
        return 1;
    }
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 domid = -1;
    if (call->argc > optind) {
        const char *text = call->argv[optind];
        if (!sim_resolve(domains, text, &domid))
            return 1;
        if (domid != 0 && sim_host_find(domains, domid) == NULL) {
            sim_error("Error: Domain '%s' does not exist.\n", text);
            return 1;
        }
    }
    g_autofree char *step =
        domid < 0 ? g_strdup("long-all") : g_strdup_printf("long-%" G_GINT64_FORMAT, domid);
    if (columns.is_long && (sim_step(call, "long") || sim_step(call, step)))
        return call->exit_code;
    if (columns.is_long)
        print_long(call, domains, domid);
    else
        print_table(call, domains, domid, &columns);
    return 0;
}

int sim_command_vm_list(SimCall *call)
{
    if (sim_option(call, "", NULL, 0) == -2)
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    g_string_append(call->out, "UUID                                  ID    name\n");
    g_string_append_printf(call->out, "%s  %d    %-30s\n", NIL_UUID, 0, DOM0_NAME);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain))
            g_string_append_printf(call->out, "%s  %d    %-30s\n", domain->uuid, (int)domain->domid,
                                   domain->is_zombie ? "(null)" : domain->name);
    }
    return 0;
}

static void append_vcpus(SimCall *call, const char *name, gint64 domid, gint64 maximum,
                         gint64 online, const char *letters, double cpu_seconds)
{
    gint64 cpus = MAX(call->host->settings.cpus, 1);
    for (gint64 i = 0; i < maximum; i++) {
        g_string_append_printf(call->out, "%-32s %5d %5d", name, (int)domid, (int)i);
        if (i < online)
            g_string_append_printf(call->out, "%6d %3c%c- ", (int)((domid + i) % cpus), letters[0],
                                   letters[1]);
        else
            g_string_append_printf(call->out, "%6c %3c%cp ", '-', '-', '-');
        g_string_append_printf(call->out, "%9.1f  all / all\n",
                               i < online ? cpu_seconds / (double)online : 0);
    }
}

int sim_command_vcpu_list(SimCall *call)
{
    if (sim_option(call, "", NULL, 0) == -2)
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 now_ms = sim_now_ms();
    gint64 wanted = -1;
    if (call->argc > optind && !sim_resolve(domains, call->argv[optind], &wanted))
        return 1;
    g_string_append_printf(call->out, "%-32s %5s %5s %5s %5s %9s %s\n", "Name", "ID", "VCPU", "CPU",
                           "State", "Time(s)", "Affinity (Hard / Soft)");
    if (wanted <= 0)
        append_vcpus(call, DOM0_NAME, 0, call->host->settings.dom0_cpus,
                     call->host->settings.dom0_cpus, "r-",
                     (double)sim_dom0_cpu_seconds(call->host, now_ms));
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        char letters[7];
        if (!sim_domain_is_listed(domain) || (wanted >= 0 && domain->domid != wanted))
            continue;
        sim_state_letters(call->host, domain, now_ms, letters);
        append_vcpus(call, domain->is_zombie ? "(null)" : domain->name, domain->domid,
                     domain->maximum_vcpus, domain->vcpus, letters,
                     (double)sim_cpu_seconds(domain, now_ms));
    }
    return 0;
}
