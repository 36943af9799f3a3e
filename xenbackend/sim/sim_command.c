#include "xenbackend/sim/sim_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOLD_LOOK_MS     10
#define MEMORY_ARGUMENTS "<Domain> <MemMB['b'[bytes]|'k'[KB]|'m'[MB]|'g'[GB]|'t'[TB]]>"

/* The usage text has xl's frame; the descriptions are our own. */
const SimCommand sim_commands[] = {
    {"create", sim_command_create, "<ConfigFile> [options] [vars]",
     "Create a domain from a config file",
     "-c, -V, -A, -F, -i      Accepted, without effect.\n"
     "-d                      Print the configuration as JSON on stderr.\n"
     "-e                      Leave no monitor: on_poweroff etc. are not carried out.\n"
     "-f FILE, --defconfig=FILE  The config file.\n"
     "-n, --dryrun            Print the configuration as JSON and create nothing.\n"
     "-p                      Leave the domain paused.\n"
     "-q, --quiet             Do not say which file is read.",
     TRUE, TRUE},
    {"config-update", sim_command_config_update, "<Domain> <ConfigFile> [options] [vars]",
     "Store a configuration for the domain's next reboot",
     "-d                      Print it as JSON.\n-f FILE, --defconfig=FILE  The config file.", TRUE,
     TRUE},
    {"list", sim_command_list, "[options] [Domain]\n", "List information about all/some domains",
     "-l, --long              All there is to know, as JSON\n"
     "-v, --verbose           uuids, shutdown reasons and labels\n"
     "-Z, --context           Labels\n"
     "-c, --cpupool           CPU pools\n"
     "-n, --numa              Node affinity",
     FALSE, FALSE},
    {"destroy", sim_command_destroy, "[options] <Domain>\n", "Terminate a domain immediately",
     "-f                      Also domain 0 (which then fails here).", FALSE, TRUE},
    {"shutdown", sim_command_shutdown, "[options] <-a|Domain>", "Ask a domain to shut down",
     "-a, --all               All of them.\n"
     "-F                      Press the power button of an HVM guest without PV drivers.\n"
     "-w, --wait              Wait for the shutdown (-ww: for the end of the domain).",
     FALSE, TRUE},
    {"reboot", sim_command_reboot, "[options] <-a|Domain>", "Ask a domain to reboot",
     "-a, --all               All of them.\n"
     "-F                      Press the reset button of an HVM guest without PV drivers.\n"
     "-w, --wait              Wait for the reboot.",
     FALSE, TRUE},
    {"pause", sim_command_pause, "<Domain>", "Pause a domain", NULL, FALSE, TRUE},
    {"unpause", sim_command_unpause, "<Domain>", "Let a paused domain run", NULL, FALSE, TRUE},
    {"console", sim_command_console, "[options] <Domain>", "Say that there is no console here",
     "-t <type>, -n <number>  Accepted, without effect.", FALSE, FALSE},
    {"migrate", sim_command_migrate, "[options] <Domain> <host>",
     "Move a domain to another simulated host",
     "-C, -s, -D, --debug, --live  Accepted, without effect.\n"
     "-e              Leave no monitor on the other host.\n"
     "-p              Leave the domain paused there.",
     FALSE, TRUE},
    {"cd-insert", sim_command_cd_insert, "<Domain> <VirtualDevice> <path>", "Put in a CD", NULL,
     TRUE, TRUE},
    {"cd-eject", sim_command_cd_eject, "<Domain> <VirtualDevice>", "Take out a CD", NULL, TRUE,
     TRUE},
    {"mem-max", sim_command_mem_max, MEMORY_ARGUMENTS, "Set a domain's maximum memory", NULL, FALSE,
     TRUE},
    {"mem-set", sim_command_mem_set, MEMORY_ARGUMENTS, "Set a domain's memory", NULL, FALSE, TRUE},
    {"vcpu-list", sim_command_vcpu_list, "[Domain, ...]", "List the virtual CPUs", NULL, FALSE,
     FALSE},
    {"vcpu-pin", sim_command_vcpu_pin, "[option] <Domain> <VCPU|all> <hard> <soft>",
     "Set where virtual CPUs run", "-f, -i          Accepted.", TRUE, TRUE},
    {"vcpu-set", sim_command_vcpu_set, "[option] <Domain> <vCPUs>",
     "Set the number of active virtual CPUs", "-i, --ignore-host  More than the host has, too",
     FALSE, TRUE},
    {"vm-list", sim_command_vm_list, "", "List uuids, ids and names", NULL, FALSE, FALSE},
    {"info", sim_command_info, "[-n] [Key]", "Show facts about the host",
     "-n, --numa         With its topology", FALSE, FALSE},
    {"sched-credit", sim_command_sched_credit, "[-d <Domain> [-w=WEIGHT] [-c=CAP]]",
     "Show or set scheduler parameters", "-d, -w, -c      Domain, weight, cap", FALSE, TRUE},
    {"sched-credit2", sim_command_sched_credit2, "[-d <Domain> [-w=WEIGHT] [-c=CAP]]",
     "Show or set scheduler parameters", "-d, -w, -c      Domain, weight, cap", FALSE, TRUE},
    {"domid", sim_command_domid, "<DomainName>", "Print a domain's id", NULL, FALSE, FALSE},
    {"domname", sim_command_domname, "<DomainId>", "Print a domain's name", NULL, FALSE, FALSE},
    {"rename", sim_command_rename, "<Domain> <NewDomainName>", "Rename a domain", NULL, FALSE,
     TRUE},
    {"network-attach", sim_command_network_attach,
     "<Domain> [type=<type>] [mac=<mac>] [bridge=<bridge>] [ip=<ip>] [script=<script>] "
     "[backend=<BackDomain>] [vifname=<name>] [rate=<rate>] [model=<model>] [accel=<accel>] "
     "[mtu=<mtu>]",
     "Add a vif", NULL, TRUE, TRUE},
    {"network-list", sim_command_network_list, "<Domain(s)>", "List vifs", NULL, FALSE, FALSE},
    {"network-detach", sim_command_network_detach, "<Domain> <DevId|mac>", "Remove a vif", NULL,
     FALSE, TRUE},
    {"block-attach", sim_command_block_attach, "<Domain> <disk-spec-component(s)>...", "Add a disk",
     NULL, TRUE, TRUE},
    {"block-list", sim_command_block_list, "<Domain(s)>", "List disks", NULL, FALSE, FALSE},
    {"block-detach", sim_command_block_detach, "[option] <Domain> <DevId>", "Remove a disk",
     "-f, --force        do not ask the guest", FALSE, TRUE},
    {"cpupool-migrate", sim_command_cpupool_migrate, "<Domain> <CpuPool>",
     "Move a domain to a CPU pool", NULL, FALSE, TRUE},
    {"uptime", sim_command_uptime, "[-s] [Domain]", "Show how long domains have been there",
     "-s                 Short", FALSE, FALSE},
};
const guint sim_commands_count = G_N_ELEMENTS(sim_commands);

void sim_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

void sim_print_usage(SimCall *call, const SimCommand *command)
{
    g_string_append_printf(call->out, "Usage: xl [-vtT%s%s] %s %s\n\n%s.\n\n",
                           command->changes ? "f" : "", command->has_dry_run ? "N" : "",
                           command->name, command->arguments, command->summary);
    if (command->options != NULL)
        g_string_append_printf(call->out, "Options:\n\n%s\n", command->options);
}

static int end_call(SimCall *call, int exit_code)
{
    call->exit_code = exit_code;
    return -2;
}

int sim_option(SimCall *call, const char *letters, const struct option *long_options,
               int arguments_min)
{
    static const struct option only_help[] = {SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    opterr = 0;
    int option = getopt_long(call->argc, call->argv, letters,
                             long_options == NULL ? only_help : long_options, NULL);
    if (option == 'h' || (option == '?' && optopt == 'h')) {
        sim_print_usage(call, call->command);
        return end_call(call, 0);
    }
    if (option == '?') {
        sim_error("option `%c' not supported.\n", optopt);
        return end_call(call, 2);
    }
    if (option != -1)
        return option;
    if (call->argc - optind < arguments_min) {
        sim_error("'xl %s' requires at least %d argument%s.\n\n", call->command->name,
                  arguments_min, arguments_min > 1 ? "s" : "");
        sim_print_usage(call, call->command);
        return end_call(call, 2);
    }
    return -1;
}

void sim_sleep_ms(gint64 duration_ms)
{
    struct timespec left = {.tv_sec = duration_ms / 1000,
                            .tv_nsec = (duration_ms % 1000) * 1000000};
    while (duration_ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

void sim_log(const SimCall *call, const char *how)
{
    gboolean has_log = faccessat(call->host->folder_fd, "log", F_OK, 0) == 0;
    if (!has_log && !call->host->settings.is_logging)
        return;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%s\t%d\t%s\t", time, (int)getpid(), how);
    for (guint i = 0; call->whole_argv[i] != NULL; i++) {
        g_autofree char *word = g_shell_quote(call->whole_argv[i]);
        gboolean is_plain =
            *call->whole_argv[i] != '\0' &&
            strspn(call->whole_argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_-+=./:,@%") == strlen(call->whole_argv[i]);
        g_strdelimit(word, "\n", ' ');
        g_string_append_printf(line, "%s%s", i == 0 ? "" : " ",
                               is_plain ? call->whole_argv[i] : word);
    }
    g_string_append_c(line, '\n');
    sim_host_append(call->host, "log", line->str);
}

gboolean sim_step(SimCall *call, const char *step)
{
    const SimFault *fault = call->fault;
    if (fault == NULL || strcmp(fault->at, step) != 0)
        return FALSE;
    if (fault->kind == SIM_FAULT_DIE) {
        sim_log(call, "die");
        raise(SIGKILL);
    } else if (fault->kind == SIM_FAULT_HOLD) {
        sim_log(call, "hold");
        sim_host_append(call->host, "held", "");
        while (faccessat(call->host->folder_fd, "held", F_OK, 0) == 0)
            sim_sleep_ms(HOLD_LOOK_MS);
    } else if (fault->kind == SIM_FAULT_HANG) {
        sim_log(call, "hang");
        if (fault->seconds > 0)
            sim_sleep_ms(fault->seconds * 1000);
        else
            for (;;)
                pause();
    } else if (fault->kind == SIM_FAULT_FAIL) {
        sim_error("%s%s", fault->text, fault->text[0] == '\0' ? "" : "\n");
        call->exit_code = (int)fault->status;
        return TRUE;
    }
    return FALSE;
}

gboolean sim_lookup(const GPtrArray *domains, const char *text, gint64 *domid)
{
    if (text[strspn(text, "0123456789")] == '\0') {
        *domid = g_ascii_strtoll(text, NULL, 10);
        return TRUE;
    }
    if (strcmp(text, DOM0_NAME) == 0) {
        *domid = 0;
        return TRUE;
    }
    const SimDomain *domain = sim_host_find_name(domains, text);
    if (domain != NULL)
        *domid = domain->domid;
    return domain != NULL;
}

gboolean sim_resolve(const GPtrArray *domains, const char *text, gint64 *domid)
{
    if (sim_lookup(domains, text, domid))
        return TRUE;
    sim_error("%s is an invalid domain identifier (rc=-6)\n", text);
    return FALSE;
}

const char *sim_name_of(const GPtrArray *domains, gint64 domid)
{
    const SimDomain *domain = sim_host_find(domains, domid);
    if (domid == 0)
        return DOM0_NAME;
    return domain == NULL || domain->is_zombie ? NULL : domain->name;
}

/* What libxl says when it gives up a domain that the hypervisor does not have (or no longer has).
 */
void sim_print_destroy_trail(gint64 domid)
{
    int id = (int)domid;
    sim_error("libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain %d:Non-existant "
              "domain\n",
              id);
    sim_error("libxl: error: libxl_domain.c:1137:domain_destroy_callback: Domain %d:Unable to "
              "destroy guest\n",
              id);
    sim_error("libxl: error: libxl_domain.c:1064:domain_destroy_cb: Domain %d:Destruction of "
              "domain failed\n",
              id);
}

void sim_print_bridge_failure(const char *action, const char *bridge)
{
    sim_error("libxl: error: libxl_exec.c:117:libxl_report_child_exitstatus: "
              "/etc/xen/scripts/vif-bridge %s [%d] exited with error status 1\n"
              "libxl: error: libxl_device.c:1337:device_hotplug_child_death_cb: script: Could not "
              "find bridge device %s\n",
              action, (int)getpid(), bridge);
}

void sim_balloon(const SimHost *host, const GPtrArray *domains, SimDomain *domain)
{
    if (!domain->follows_target)
        return;
    gint64 room_kib = sim_host_free_kib(host, domains) + domain->memory_kib;
    domain->memory_kib = MIN(domain->target_kib, room_kib);
}
