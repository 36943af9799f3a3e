#include "xenbackend/sim/sim_command.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Xen xl_parse.c:parse_mem_size_kb. -1: no size. */
static gint64 parse_size_kib(const char *text)
{
    char *unit = NULL;
    gint64 number = strtoll(text, &unit, 10);
    if (strlen(unit) > 1 || number < 0 || number > (G_MAXINT64 >> 31))
        return -1;
    switch (g_ascii_tolower(*unit)) {
    case 't':
        return number << 30;
    case 'g':
        return number << 20;
    case '\0':
    case 'm':
        return number << 10;
    case 'k':
        return number;
    case 'b':
        return number >> 10;
    default:
        return -1;
    }
}

/* TRUE: done. Texts of Xen libxl_mem.c:libxl_set_memory_target and libxl_domain_setmaxmem. */
static gboolean set_target(SimHost *host, const GPtrArray *domains, SimDomain *domain, gint64 kib)
{
    if (kib > domain->maximum_kib) {
        sim_error("libxl: error: libxl_mem.c:278:libxl_set_memory_target: Domain %d:"
                  "memory_dynamic_max must be less than or equal to memory_static_max\n\n",
                  (int)domain->domid);
        return FALSE;
    }
    domain->target_kib = kib;
    sim_balloon(host, domains, domain);
    return TRUE;
}

static gboolean set_maximum(SimDomain *domain, gint64 kib)
{
    if (kib < domain->target_kib) {
        sim_error("libxl: error: libxl_mem.c:52:libxl_domain_setmaxmem: Domain %d:"
                  "memory_static_max must be greater than or or equal to memory_dynamic_max: "
                  "Success\n",
                  (int)domain->domid);
        return FALSE;
    }
    domain->maximum_kib = kib;
    return TRUE;
}

static int set_memory(SimCall *call, gboolean is_maximum)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    const char *size = call->argv[optind + 1];
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gint64 domid = 0;
    gint64 kib = parse_size_kib(size);
    gboolean is_done = FALSE;
    if (sim_resolve(domains, call->argv[optind], &domid)) {
        SimDomain *domain = sim_host_find(domains, domid);
        if (kib < 0)
            sim_error("invalid memory size: %s\n", size);
        else if (domain != NULL)
            is_done = is_maximum ? set_maximum(domain, kib)
                                 : set_target(call->host, domains, domain, kib);
        if (is_done)
            sim_host_save(call->host, domain);
        else if (kib >= 0 && domain == NULL)
            sim_error("libxl: error: libxl_dom.c:1216:libxl__userdata_path: unable to find domain "
                      "info for domain %d: Success\n",
                      (int)domid);
        if (!is_done && kib >= 0)
            sim_error("cannot set domid %d %s max memory to : %s\n", (int)domid,
                      is_maximum ? "static" : "dynamic", size);
    }
    sim_host_unlock(call->host);
    return is_done ? 0 : 1;
}

int sim_command_mem_set(SimCall *call)
{
    return set_memory(call, FALSE);
}

int sim_command_mem_max(SimCall *call)
{
    return set_memory(call, TRUE);
}

/* TRUE: done. Texts of Xen xl_vcpu.c:vcpuset and libxl_domain.c:libxl_set_vcpuonline. */
static gboolean set_vcpus(const SimHost *host, SimDomain *domain, gint64 domid, long wanted,
                          gboolean checks_host)
{
    if (domain == NULL) {
        if (!checks_host)
            sim_error("Domain %d does not exist.\n", (int)domid);
        return FALSE;
    }
    if (checks_host && wanted > domain->vcpus && wanted > host->settings.cpus) {
        sim_error("You are overcommmitting! You have %d physical CPUs and want %ld vCPUs! "
                  "Aborting, use --ignore-host to continue\n",
                  (int)host->settings.cpus, wanted);
        return FALSE;
    }
    if (wanted == 0)
        sim_error("libxl: error: libxl_domain.c:1863:libxl_set_vcpuonline: Domain %d:Requested 0 "
                  "VCPUs!: Function not implemented\n",
                  (int)domid);
    else if (wanted > domain->maximum_vcpus)
        sim_error("libxl: error: libxl_domain.c:1869:libxl_set_vcpuonline: Domain %d:Requested "
                  "%ld VCPUs, however maxcpus is %d!: Function not implemented\n",
                  (int)domid, wanted, (int)domain->maximum_vcpus);
    if (wanted == 0 || wanted > domain->maximum_vcpus) {
        sim_error("libxl_set_vcpuonline failed domid=%d max_vcpus=%ld, rc: -3\n", (int)domid,
                  wanted);
        return FALSE;
    }
    domain->vcpus = wanted;
    return TRUE;
}

int sim_command_vcpu_set(SimCall *call)
{
    static const struct option long_options[] = {
        {"ignore-host", 0, NULL, 'i'}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    gboolean checks_host = TRUE;
    int option = 0;
    while ((option = sim_option(call, "i", long_options, 2)) != -1) {
        if (option == -2)
            return call->exit_code;
        checks_host = FALSE;
    }
    const char *text = call->argv[optind + 1];
    char *end = NULL;
    unsigned long wanted = strtoul(text, &end, 10);
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gint64 domid = 0;
    gboolean is_done = FALSE;
    if (sim_resolve(domains, call->argv[optind], &domid)) {
        SimDomain *domain = sim_host_find(domains, domid);
        if (end == text || wanted > INT_MAX)
            sim_error("Error: Invalid argument.\n");
        else
            is_done = set_vcpus(call->host, domain, domid, (long)wanted, checks_host);
        if (is_done)
            sim_host_save(call->host, domain);
    }
    sim_host_unlock(call->host);
    return is_done ? 0 : 1;
}

typedef struct {
    const char *domain;
    gboolean has_weight, has_cap, has_pool, is_about_pool;
    long weight, cap;
} Schedule;

static void append_schedule(SimCall *call, const char *name, gint64 domid, gint64 weight,
                            gint64 cap)
{
    g_string_append_printf(call->out, "%-33s %4d %6d %4d\n", name, (int)domid, (int)weight,
                           (int)cap);
}

static void append_schedules(SimCall *call, const GPtrArray *domains, gint64 wanted)
{
    if (wanted < 0)
        g_string_append(call->out, "Cpupool Pool-0: ratelimit=1000us\n");
    g_string_append_printf(call->out, "%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
    if (wanted <= 0)
        append_schedule(call, DOM0_NAME, 0, 256, 0);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain) && (wanted < 0 || domain->domid == wanted))
            append_schedule(call, domain->name, domain->domid, domain->weight, domain->cap);
    }
}

static int set_schedule(SimCall *call, GPtrArray *domains, gint64 domid, const Schedule *schedule)
{
    SimDomain *domain = sim_host_find(domains, domid);
    if (schedule->has_weight && (schedule->weight < 1 || schedule->weight > 65535)) {
        sim_error("libxl: error: libxl_sched.c:385:sched_credit2_domain_set: Domain %d:Cpu weight "
                  "out of range, valid values are within range from 1 to 65535\n",
                  (int)domid);
        domain = NULL;
    } else if (schedule->has_cap && domain != NULL &&
               (schedule->cap < 0 || schedule->cap > 100 * domain->maximum_vcpus)) {
        sim_error("libxl: error: libxl_sched.c:396:sched_credit2_domain_set: Domain %d:Cpu cap "
                  "out of range, valid range is from 0 to %d for specified number of vcpus\n",
                  (int)domid, (int)domain->maximum_vcpus * 100);
        domain = NULL;
    }
    if (domain == NULL) {
        sim_error("libxl_domain_sched_params_set failed.\n");
        return 1;
    }
    if (schedule->has_weight)
        domain->weight = schedule->weight;
    if (schedule->has_cap)
        domain->cap = schedule->cap;
    sim_host_save(call->host, domain);
    return 0;
}

static int run_schedule(SimCall *call, const Schedule *schedule)
{
    gboolean changes = schedule->has_weight || schedule->has_cap;
    if (schedule->has_pool && (schedule->domain != NULL || changes)) {
        sim_error("Specifying a cpupool is not allowed with other options.\n");
        return 1;
    }
    if (schedule->domain == NULL && changes) {
        sim_error("Must specify a domain.\n");
        return 1;
    }
    gint64 domid = -1;
    if (!changes) {
        g_autoptr(GPtrArray) seen = sim_host_look(call->host);
        if (schedule->domain != NULL && !sim_resolve(seen, schedule->domain, &domid))
            return 1;
        append_schedules(call, seen, domid);
        return 0;
    }
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    int exit_code = sim_resolve(domains, schedule->domain, &domid)
                        ? set_schedule(call, domains, domid, schedule)
                        : 1;
    sim_host_unlock(call->host);
    return exit_code;
}

/* xl refuses the command of a scheduler that the host does not have. */
static int refuse_schedule(SimCall *call, const char *scheduler, const Schedule *schedule)
{
    gboolean changes = schedule->has_weight || schedule->has_cap;
    if (schedule->domain == NULL) {
        if (changes)
            sim_error("Must specify a domain.\n");
        return changes ? 1 : 0;
    }
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(domains, schedule->domain, &domid))
        return 1;
    if (changes) {
        sim_error("libxl: error: libxl_sched.c:263:sched_%s_domain_set: Domain %d:Getting "
                  "domain sched %s: Invalid argument\n"
                  "libxl_domain_sched_params_set failed.\n",
                  scheduler, (int)domid, scheduler);
        return 1;
    }
    g_string_append_printf(call->out, "%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
    sim_error("libxl_domain_sched_params_get returned %s not %s.\n", call->host->settings.scheduler,
              scheduler);
    return 1;
}

/* LETTERS: the scheduler's options, which begin alike. */
static int command_schedule(SimCall *call, const char *scheduler, const char *letters)
{
    static const struct option long_options[] = {{"domain", 1, NULL, 'd'},
                                                 {"weight", 1, NULL, 'w'},
                                                 {"cap", 1, NULL, 'c'},
                                                 {"schedparam", 0, NULL, 's'},
                                                 {"ratelimit_us", 1, NULL, 'r'},
                                                 {"cpupool", 1, NULL, 'p'},
                                                 SIM_HELP_OPTION,
                                                 {NULL, 0, NULL, 0}};
    Schedule schedule = {0};
    int option = 0;
    while ((option = sim_option(call, letters, long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        if (option == 'd')
            schedule.domain = optarg;
        schedule.has_weight |= option == 'w';
        schedule.has_cap |= option == 'c';
        schedule.has_pool |= option == 'p';
        if (option == 'w')
            schedule.weight = strtol(optarg, NULL, 10);
        if (option == 'c')
            schedule.cap = strtol(optarg, NULL, 10);
    }
    return strcmp(call->host->settings.scheduler, scheduler) == 0
               ? run_schedule(call, &schedule)
               : refuse_schedule(call, scheduler, &schedule);
}

int sim_command_sched_credit2(SimCall *call)
{
    return command_schedule(call, "credit2", "d:w:c:p:r:s");
}

int sim_command_sched_credit(SimCall *call)
{
    return command_schedule(call, "credit", "d:w:c:p:t:r:m:s");
}
