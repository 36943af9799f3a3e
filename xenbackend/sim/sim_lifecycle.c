#include "xenbackend/sim/sim_command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_EVERY_MS 20

typedef struct {
    SimReason reason; /* what the guest is asked for */
    const char *verb, *progress, *button;
    gboolean presses_button; /* -F */
    int waits;               /* -w: 1, -ww: 2 */
} Request;

static const SimDomain *find_alive(const GPtrArray *domains, gint64 domid)
{
    return sim_host_find(domains, domid);
}

/* Waits for the guest's answer. 0, or libxl's error. */
static int await_acknowledgement(SimCall *call, gint64 domid, gboolean was_shut)
{
    gint64 end_ms = sim_now_ms() + call->host->settings.ack_timeout_ms;
    for (;;) {
        g_autoptr(GPtrArray) domains = sim_host_look(call->host);
        const SimDomain *domain = find_alive(domains, domid);
        gint64 now_ms = sim_now_ms();
        /* A guest that has shut down since was quicker than this look. */
        if (domain == NULL || sim_domain_acknowledges(domain, now_ms) ||
            (!was_shut && sim_domain_is_shut(domain)))
            return 0;
        if (now_ms >= end_ms)
            break;
        sim_sleep_ms(MIN(LOOK_EVERY_MS, end_ms - now_ms));
    }
    sim_error("libxl: error: libxl_domain.c:854:pvcontrol_cb: guest didn't acknowledge control "
              "request: -9\n");
    return SIM_ERROR_TIMEDOUT;
}

/* Puts the request to the guest. 0: it can answer, -1: its button was pressed; else libxl's error
 * (10: no PV drivers). */
static int post_request(SimCall *call, gint64 domid, const Request *request, gboolean *was_shut)
{
    int error = 0;
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    SimDomain *domain = sim_host_find(domains, domid);
    if (domain == NULL || domain->is_zombie) {
        sim_error("libxl: error: libxl_dom.c:37:libxl__domain_type: unable to get domain type for "
                  "domid=%d\n",
                  (int)domid);
        error = SIM_ERROR_FAIL;
    } else if (!domain->has_pv_drivers && !request->presses_button) {
        error = 10;
    } else if (sim_domain_is_shut(domain)) {
        *was_shut = TRUE;
    } else {
        sim_domain_request(domain, request->reason, sim_now_ms());
        sim_host_save(call->host, domain);
    }
    gboolean is_button = error == 0 && !domain->has_pv_drivers;
    sim_host_unlock(call->host);
    if (is_button)
        sim_error("PV control interface not available: sending ACPI %s button event.\n",
                  request->button);
    else if (error == 10)
        sim_error("PV control interface not available: external graceful %s not possible.\n"
                  "Use \"-F\" to fallback to ACPI %s event.\n",
                  request->verb, request->button);
    return is_button ? -1 : error;
}

static gboolean ask(SimCall *call, gint64 domid, const Request *request)
{
    sim_error("%s domain %d\n", request->progress, (int)domid);
    gboolean was_shut = FALSE;
    int error = post_request(call, domid, request, &was_shut);
    if (error == 0)
        error = await_acknowledgement(call, domid, was_shut);
    if (error > 0)
        sim_error("%s failed (rc=-%d)\n", request->verb, error);
    return error <= 0;
}

/* How a domain that is no longer there ended, from the deaths noted since OFFSET: its reason, -1:
 * destroyed. */
static int find_death(const SimHost *host, gint64 domid, gsize offset)
{
    gsize length = 0;
    g_autofree char *text = sim_host_read(host->folder_fd, "deaths", &length);
    if (text == NULL || offset > length)
        return -1;
    g_auto(GStrv) lines = g_strsplit(text + offset, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *reason = NULL;
        if (g_ascii_strtoll(lines[i], &reason, 10) == domid && reason != lines[i])
            return (int)g_ascii_strtoll(reason, NULL, 10);
    }
    return -1;
}

static gsize deaths_length(const SimHost *host)
{
    struct stat status;
    return fstatat(host->folder_fd, "deaths", &status, 0) == 0 ? (gsize)status.st_size : 0;
}

/* TRUE: the wait for this domain is over. */
static gboolean is_over(SimCall *call, gint64 domid, const Request *request, gsize deaths,
                        gboolean *is_told)
{
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const SimDomain *domain = find_alive(domains, domid);
    int reason = domain != NULL ? (int)domain->reason : find_death(call->host, domid, deaths);
    if (reason >= 0 && !*is_told) {
        sim_error("Domain %d has been shut down, reason code %d\n", (int)domid, reason);
        *is_told = TRUE;
        if (request->waits == 1)
            return TRUE;
        sim_error("Domain %d continue waiting for death\n", (int)domid);
    }
    if (domain != NULL)
        return FALSE;
    sim_error("Domain %d has been destroyed\n", (int)domid);
    return TRUE;
}

static void await_ends(SimCall *call, const GArray *domids, const Request *request, gsize deaths)
{
    sim_error("Waiting for %u domains\n", domids->len);
    guint left = domids->len;
    g_autofree gboolean *are_told = g_new0(gboolean, domids->len + 1);
    g_autofree gboolean *are_over = g_new0(gboolean, domids->len + 1);
    while (left > 0) {
        for (guint i = 0; i < domids->len; i++) {
            if (are_over[i])
                continue;
            are_over[i] =
                is_over(call, g_array_index(domids, gint64, i), request, deaths, &are_told[i]);
            left -= are_over[i] ? 1 : 0;
        }
        if (left > 0)
            sim_sleep_ms(LOOK_EVERY_MS);
    }
}

/* The domains that are meant. FALSE: said on stderr. */
static gboolean collect(SimCall *call, gboolean all, GArray *domids)
{
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 domid = 0;
    for (guint i = 0; all && i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain))
            g_array_append_val(domids, domain->domid);
    }
    if (all)
        return TRUE;
    if (!sim_resolve(domains, call->argv[optind], &domid))
        return FALSE;
    g_array_append_val(domids, domid);
    return TRUE;
}

static int shutdown_or_reboot(SimCall *call, Request *request)
{
    static const struct option long_options[] = {
        {"all", 0, NULL, 'a'}, {"wait", 0, NULL, 'w'}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    gboolean all = FALSE;
    int option = 0;
    while ((option = sim_option(call, "awF", long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        all |= option == 'a';
        request->waits += option == 'w';
        request->presses_button |= option == 'F';
    }
    if (call->argc <= optind && !all) {
        sim_error("You must specify -a or a domain id.\n\n");
        return 1;
    }
    g_autoptr(GArray) domids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!collect(call, all, domids))
        return 1;
    gsize deaths = deaths_length(call->host);
    for (guint i = 0; i < domids->len; i++)
        if (!ask(call, g_array_index(domids, gint64, i), request))
            return 1;
    if (sim_step(call, "asked"))
        return call->exit_code;
    if (request->waits > 0)
        await_ends(call, domids, request, deaths);
    return 0;
}

int sim_command_shutdown(SimCall *call)
{
    Request request = {.reason = SIM_REASON_POWEROFF,
                       .verb = "shutdown",
                       .progress = "Shutting down",
                       .button = "power"};
    return shutdown_or_reboot(call, &request);
}

int sim_command_reboot(SimCall *call)
{
    Request request = {
        .reason = SIM_REASON_REBOOT, .verb = "reboot", .progress = "Rebooting", .button = "reset"};
    return shutdown_or_reboot(call, &request);
}

int sim_command_destroy(SimCall *call)
{
    gboolean forces = FALSE;
    int option = 0;
    while ((option = sim_option(call, "f", NULL, 1)) != -1) {
        if (option == -2)
            return call->exit_code;
        forces = TRUE;
    }
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gint64 domid = 0;
    gboolean is_known = sim_resolve(domains, call->argv[optind], &domid);
    SimDomain *domain = is_known ? sim_host_find(domains, domid) : NULL;
    /* A zombie's pages are held by somebody else: destroying it again does nothing. */
    if (domain != NULL && !domain->is_zombie)
        sim_host_remove(call->host, domain, -1);
    sim_host_unlock(call->host);
    if (!is_known)
        return 1;
    if (domid == 0) {
        if (forces)
            sim_error("destroy failed (rc=-3)\n");
        else
            sim_error("Not destroying domain 0; use -f to force.\nThis can only be done when "
                      "using a disaggregated hardware domain and toolstack.\n\n");
        return 1;
    }
    if (domain == NULL) {
        sim_print_destroy_trail(domid);
        sim_error("destroy failed (rc=-21)\n");
        return 1;
    }
    return 0;
}

/* What the hypervisor refuses; xl says it, and exits with 0 all the same. */
static void refuse_pause(gint64 domid)
{
    sim_error("libxl: error: libxl_domain.c:587:libxl_domain_pause: Domain %d:Pausing domain: No "
              "such process\n",
              (int)domid);
}

static void refuse_unpause(gint64 domid, gboolean is_there)
{
    if (is_there)
        sim_error("libxl: error: libxl_domain.c:688:domain_unpause_done: Domain %d:Unpausing "
                  "domain: Invalid argument\n",
                  (int)domid);
    else
        sim_error("libxl: error: libxl_dom.c:37:libxl__domain_type: unable to get domain type for "
                  "domid=%d\n",
                  (int)domid);
}

/* Both exit with 0 whenever the name is known, whatever comes of it. */
static int pause_or_unpause(SimCall *call, gboolean is_pause)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gint64 domid = 0;
    gboolean is_known = sim_resolve(domains, call->argv[optind], &domid);
    SimDomain *domain = is_known ? sim_host_find(domains, domid) : NULL;
    gboolean is_there = domain != NULL && !domain->is_zombie;
    if (is_there && is_pause)
        sim_domain_pause(domain, sim_now_ms());
    else if (is_there && domain->pause_count > 0)
        sim_domain_unpause(domain, sim_now_ms());
    else if (is_known && domid != 0 && is_pause)
        refuse_pause(domid);
    else if (is_known && domid != 0)
        refuse_unpause(domid, is_there);
    if (is_there)
        sim_host_save(call->host, domain);
    sim_host_unlock(call->host);
    return is_known ? 0 : 1;
}

int sim_command_pause(SimCall *call)
{
    return pause_or_unpause(call, TRUE);
}

int sim_command_unpause(SimCall *call)
{
    return pause_or_unpause(call, FALSE);
}

int sim_command_domid(SimCall *call)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    const char *name = call->argv[optind];
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const SimDomain *domain = sim_host_find_name(domains, name);
    if (domain == NULL && strcmp(name, DOM0_NAME) != 0) {
        sim_error("Can't get domid of domain name '%s', maybe this domain does not exist.\n", name);
        return 1;
    }
    g_string_append_printf(call->out, "%d\n", domain == NULL ? 0 : (int)domain->domid);
    return 0;
}

int sim_command_domname(SimCall *call)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    const char *text = call->argv[optind];
    char *end = NULL;
    gint64 domid = strtol(text, &end, 10);
    if (domid == 0 && end == text) {
        sim_error("Invalid domain id.\n\n");
        return 1;
    }
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    const char *name = sim_name_of(domains, domid);
    if (name == NULL) {
        sim_error("Can't get domain name of domain id '%u', maybe this domain does not exist.\n",
                  (unsigned)domid);
        return 1;
    }
    g_string_append_printf(call->out, "%s\n", name);
    return 0;
}

int sim_command_rename(SimCall *call)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    const char *new_name = call->argv[optind + 1];
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gint64 domid = 0;
    gboolean is_known = sim_resolve(domains, call->argv[optind], &domid);
    SimDomain *domain = is_known ? sim_host_find(domains, domid) : NULL;
    const SimDomain *namesake = sim_host_find_name(domains, new_name);
    gboolean is_taken = *new_name != '\0' && ((namesake != NULL && namesake != domain) ||
                                              strcmp(new_name, DOM0_NAME) == 0);
    if (is_taken && domain != NULL) {
        sim_error("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:Domain with "
                  "name \"%s\" already exists.\n",
                  (int)domid, new_name);
    } else if (domain != NULL) {
        g_free(domain->name);
        domain->name = g_strdup(new_name);
        sim_host_save(call->host, domain);
    }
    sim_host_unlock(call->host);
    if (is_known && (domain == NULL || is_taken))
        sim_error("Can't rename domain '%s'.\n", call->argv[optind]);
    return is_known && domain != NULL && !is_taken ? 0 : 1;
}

int sim_command_console(SimCall *call)
{
    int option = 0;
    while ((option = sim_option(call, "n:t:", NULL, 1)) != -1)
        if (option == -2)
            return call->exit_code;
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(domains, call->argv[optind], &domid))
        return 1;
    if (domid != 0 && sim_name_of(domains, domid) == NULL) {
        sim_error("libxl: error: libxl_dom.c:37:libxl__domain_type: unable to get domain type for "
                  "domid=%d\nUnable to attach console\n",
                  (int)domid);
        return 1;
    }
    g_string_append_printf(call->out, "xensim: domain %d is simulated and has no console\n",
                           (int)domid);
    return 0;
}
