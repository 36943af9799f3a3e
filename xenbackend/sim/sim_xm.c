#include "xenbackend/sim/sim_xm.h"

#include <stdio.h>
#include <string.h>

static int destroy(SimCall *call);
static int pause_domain(SimCall *call);
static int unpause(SimCall *call);
static int shut_down(SimCall *call);
static int reboot(SimCall *call);
static int console(SimCall *call);
static int domid(SimCall *call);
static int domname(SimCall *call);

const SimCommand xm_commands[] = {
    {"console", console, "[-q|--quiet] <Domain>", "Say that there is no console here", NULL, FALSE,
     FALSE},
    {"create", xm_command_create, "<ConfigFile> [options] [vars]",
     "Create a domain from a config file",
     "-p, --paused            Leave the domain paused.\n"
     "-q, --quiet             Say nothing.\n"
     "-n, --dryrun            Create nothing.\n"
     "-f FILE, --defconfig=FILE  The config file.",
     FALSE, TRUE},
    {"destroy", destroy, "<Domain>", "Terminate a domain immediately", NULL, FALSE, TRUE},
    {"domid", domid, "<DomainName>", "Print a domain's id", NULL, FALSE, FALSE},
    {"domname", domname, "<DomId>", "Print a domain's name", NULL, FALSE, FALSE},
    {"info", xm_command_info, "", "Show facts about the host", NULL, FALSE, FALSE},
    {"list", xm_command_list, "[options] [Domain, ...]", "List information about all/some domains",
     "-l, --long              All there is to know, as S-expressions", FALSE, FALSE},
    {"mem-set", xm_command_mem_set, "<Domain> <Mem>", "Set a domain's memory, in MiB", NULL, FALSE,
     TRUE},
    {"pause", pause_domain, "<Domain>", "Pause a domain", NULL, FALSE, TRUE},
    {"reboot", reboot, "<Domain>", "Ask a domain to reboot", NULL, FALSE, TRUE},
    {"sched-credit", xm_command_sched_credit, "[-d <Domain> [-w[=WEIGHT]|-c[=CAP]]]",
     "Show or set scheduler parameters", "-d, -w, -c      Domain, weight, cap", FALSE, TRUE},
    {"shutdown", shut_down, "<Domain>", "Ask a domain to shut down",
     "-H                      Halt it.\n-R                      Reboot it.", FALSE, TRUE},
    {"unpause", unpause, "<Domain>", "Let a paused domain run", NULL, FALSE, TRUE},
    {"vcpu-set", xm_command_vcpu_set, "<Domain> <vCPUs>", "Set the number of active virtual CPUs",
     NULL, FALSE, TRUE},
};
const guint xm_commands_count = G_N_ELEMENTS(xm_commands);

/* ---- what all of them need ---- */

static void print_error(const char *format, va_list arguments) G_GNUC_PRINTF(1, 0);
static void print_error(const char *format, va_list arguments)
{
    fputs("Error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int xm_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_error(format, arguments);
    va_end(arguments);
    return 1;
}

void xm_print_usage(SimCall *call, const SimCommand *command)
{
    g_string_append_printf(call->out, "Usage: xm %s %s\n\n%s.\n", command->name, command->arguments,
                           command->summary);
    if (command->options != NULL)
        g_string_append_printf(call->out, "\n%s\n", command->options);
}

int xm_fail(SimCall *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_error(format, arguments);
    va_end(arguments);
    xm_print_usage(call, call->command);
    return 1;
}

gboolean xm_options(SimCall *call, const char *letters, const struct option *long_options,
                    guint *given, int least, int most)
{
    static const struct option none[] = {{NULL, 0, NULL, 0}};
    const struct option *known = long_options != NULL ? long_options : none;
    opterr = 0;
    *given = 0;
    for (int option = getopt_long(call->argc, call->argv, letters, known, NULL); option != -1;
         option = getopt_long(call->argc, call->argv, letters, known, NULL)) {
        if (option == '?') {
            call->exit_code = xm_fail(call, "option %s not recognized", call->argv[optind - 1]);
            return FALSE;
        }
        *given |= 1u << (strchr(letters, option) - letters);
    }
    int left = call->argc - optind;
    if (left >= least && left <= most)
        return TRUE;
    call->exit_code = xm_fail(call, "'xm %s' requires %d argument%s.\n", call->command->name, least,
                              least == 1 ? "" : "s");
    return FALSE;
}

gboolean xm_is_listed(const SimDomain *domain)
{
    return sim_domain_is_listed(domain) && !domain->is_building && !domain->is_zombie;
}

/* ---- domains that do not run ---- */

static void halted_free(gpointer data)
{
    XmHalted *halted = data;
    g_free(halted->name);
    g_free(halted);
}

static gboolean has_uuid(const GPtrArray *domains, const char *uuid)
{
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (strcmp(domain->uuid, uuid) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The file `halted`: a line "UUID MEMORY VCPUS NAME" for each. */
GPtrArray *xm_halted_read(const SimHost *host, const GPtrArray *domains)
{
    g_autofree char *text = sim_host_read(host->folder_fd, "halted", NULL);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    GPtrArray *all = g_ptr_array_new_with_free_func(halted_free);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
        if (g_strv_length(words) < 4 || has_uuid(domains, words[0]))
            continue;
        XmHalted *halted = g_new0(XmHalted, 1);
        halted->name = g_strdup(words[3]);
        halted->memory_mib = g_ascii_strtoll(words[1], NULL, 10);
        halted->vcpus = g_ascii_strtoll(words[2], NULL, 10);
        g_strlcpy(halted->uuid, words[0], sizeof halted->uuid);
        g_ptr_array_add(all, halted);
    }
    return all;
}

/* ---- looking one up ---- */

static gboolean is_halted(const SimCall *call, const GPtrArray *domains, const char *text)
{
    g_autoptr(GPtrArray) all = xm_halted_read(call->host, domains);
    for (guint i = 0; i < all->len; i++) {
        const XmHalted *halted = g_ptr_array_index(all, i);
        if (strcmp(halted->name, text) == 0)
            return TRUE;
    }
    return FALSE;
}

/* xend/XendDomain.py:domain_lookup_nr: a name first, of domains that do not run as well, and then
 * an id. */
SimDomain *xm_find(SimCall *call, const GPtrArray *domains, const char *text)
{
    SimDomain *by_name = NULL;
    SimDomain *by_id = NULL;
    for (guint i = 0; i < domains->len; i++) {
        SimDomain *domain = g_ptr_array_index(domains, i);
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, domain->domid);
        if (!xm_is_listed(domain))
            continue;
        if (strcmp(domain->name, text) == 0)
            by_name = domain;
        if (strcmp(id, text) == 0 || strcmp(domain->uuid, text) == 0)
            by_id = domain;
    }
    gboolean is_off = by_name == NULL && is_halted(call, domains, text);
    SimDomain *found = by_name != NULL ? by_name : by_id;
    if (is_off) {
        call->exit_code = xm_fail(call, "Domain '%s' is not started", text);
        return NULL;
    }
    if (found == NULL) {
        xm_error("Domain '%s' does not exist.", text);
        call->exit_code = XM_NO_DOMAIN;
    }
    return found;
}

/* Does something to the one domain that is named, under the lock. */
static int change_one(SimCall *call, void (*change)(SimCall *call, SimDomain *domain))
{
    guint given = 0;
    if (!xm_options(call, "", NULL, &given, 1, 1))
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    SimDomain *domain = xm_find(call, domains, call->argv[optind]);
    if (domain != NULL)
        change(call, domain);
    sim_host_unlock(call->host);
    return domain != NULL ? 0 : call->exit_code;
}

static void change_destroy(SimCall *call, SimDomain *domain)
{
    sim_host_remove(call->host, domain, -1);
}

static int destroy(SimCall *call)
{
    return change_one(call, change_destroy);
}

static void change_pause(SimCall *call, SimDomain *domain)
{
    sim_domain_pause(domain, sim_now_ms());
    sim_host_save(call->host, domain);
}

static int pause_domain(SimCall *call)
{
    return change_one(call, change_pause);
}

static void change_unpause(SimCall *call, SimDomain *domain)
{
    sim_domain_unpause(domain, sim_now_ms());
    sim_host_save(call->host, domain);
}

static int unpause(SimCall *call)
{
    return change_one(call, change_unpause);
}

/* ---- asking guests ---- */

/* xend/XendDomainInfo.py:shutdown writes the request and returns. A guest without PV drivers is
 * ended by xend itself. */
static int ask(SimCall *call, const char *text, SimReason reason)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    SimDomain *domain = xm_find(call, domains, text);
    gboolean has_ended = domain != NULL && sim_domain_is_shut(domain);
    if (domain != NULL && !has_ended) {
        if (domain->has_pv_drivers)
            sim_domain_request(domain, reason, sim_now_ms());
        else
            sim_domain_shut(domain, reason, sim_now_ms());
        sim_host_save(call->host, domain);
    }
    sim_host_unlock(call->host);
    if (domain == NULL)
        return call->exit_code;
    if (has_ended)
        return xm_fail(call, "Domain cannot be shutdown");
    return sim_step(call, "asked") ? call->exit_code : 0;
}

static int shut_down(SimCall *call)
{
    static const struct option long_options[] = {
        {"halt", 0, NULL, 'H'}, {"reboot", 0, NULL, 'R'}, {NULL, 0, NULL, 0}};
    guint given = 0;
    if (!xm_options(call, "HR", long_options, &given, 1, 1))
        return call->exit_code;
    return ask(call, call->argv[optind],
               (given & 2) != 0 ? SIM_REASON_REBOOT : SIM_REASON_POWEROFF);
}

static int reboot(SimCall *call)
{
    guint given = 0;
    if (!xm_options(call, "", NULL, &given, 1, 1))
        return call->exit_code;
    return ask(call, call->argv[optind], SIM_REASON_REBOOT);
}

/* ---- the rest ---- */

static int console(SimCall *call)
{
    static const struct option long_options[] = {{"quiet", 0, NULL, 'q'}, {NULL, 0, NULL, 0}};
    guint given = 0;
    if (!xm_options(call, "q", long_options, &given, 1, 1))
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const SimDomain *domain = xm_find(call, domains, call->argv[optind]);
    if (domain == NULL)
        return call->exit_code;
    g_string_append_printf(call->out, "xensim: domain %d is simulated and has no console\n",
                           (int)domain->domid);
    return 0;
}

static int domid(SimCall *call)
{
    guint given = 0;
    if (!xm_options(call, "", NULL, &given, 1, 1))
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const SimDomain *domain = xm_find(call, domains, call->argv[optind]);
    if (domain != NULL)
        g_string_append_printf(call->out, "%d\n", (int)domain->domid);
    return domain != NULL ? 0 : call->exit_code;
}

static int domname(SimCall *call)
{
    guint given = 0;
    if (!xm_options(call, "", NULL, &given, 1, 1))
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const SimDomain *domain = xm_find(call, domains, call->argv[optind]);
    if (domain != NULL)
        g_string_append_printf(call->out, "%s\n", domain->name);
    return domain != NULL ? 0 : call->exit_code;
}
