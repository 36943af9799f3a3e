/* What happens while no command runs: guests end, and their monitors act on it. It is worked out,
 * as of the time at which it happened, when the next command looks. */
#include "xenbackend/sim/sim_host.h"

#include "xenbackend/sim/sim_receive.h"
#include "xenbackend/sim/sim_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A guest that ends at once, for ever: after this many lives in one look, time is left to pass. */
#define LIVES_MAX 1000u

/* A process that has ended, but that nobody has waited for, does nothing any more. */
static gboolean is_alive(gint64 pid)
{
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%" G_GINT64_FORMAT "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FALSE;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[MAX(length, 0)] = '\0';
    const char *state = strrchr(text, ')');
    return state != NULL && strncmp(state, ") Z", 3) != 0;
}

static gboolean has_monitor(const SimDomain *domain)
{
    if (domain->monitor > 0)
        return is_alive(domain->monitor);
    return domain->monitor == SIM_MONITOR_LAZY;
}

static gboolean has_lost_sender(const SimDomain *domain)
{
    return domain->sender > 0 && !is_alive(domain->sender);
}

/* When something happens to this domain next; G_MAXINT64: nothing will. */
static gint64 due_ms(const SimHost *host, const SimDomain *domain)
{
    if (domain->is_zombie)
        return G_MAXINT64;
    if (has_lost_sender(domain))
        return domain->created_ms;
    if (domain->restart_at_ms > 0)
        return domain->restart_at_ms;
    if (sim_domain_is_shut(domain)) {
        if (sim_domain_action(domain) == SIM_ACTION_PRESERVE || !has_monitor(domain))
            return G_MAXINT64;
        return domain->shut_at_ms + host->settings.monitor_delay_ms;
    }
    if (domain->running_since_ms > 0 && domain->event_at_ms >= 0)
        return domain->running_since_ms + MAX(domain->event_at_ms - domain->ran_ms, 0);
    return G_MAXINT64;
}

gboolean sim_host_is_due(const SimHost *host, const GPtrArray *domains, gint64 now_ms)
{
    for (guint i = 0; i < domains->len; i++)
        if (due_ms(host, g_ptr_array_index(domains, i)) <= now_ms)
            return TRUE;
    return FALSE;
}

static void end_life(SimHost *host, SimDomain *domain, gint64 at_ms)
{
    char line[48];
    sim_domain_shut(domain, (SimReason)domain->event_reason, at_ms);
    snprintf(line, sizeof line, "%" G_GINT64_FORMAT " %d\n", domain->domid, (int)domain->reason);
    sim_host_append(host, "deaths", line);
    sim_host_save(host, domain);
}

/* The old domain stays, under a new name and uuid; a copy waits for the restart. */
static void rename_away(SimHost *host, GPtrArray *domains, SimDomain *domain, gint64 at_ms)
{
    g_autofree char *text = sim_store_read_config(host, domain->domid, FALSE);
    SimDomain *successor = sim_domain_new();
    g_autofree char *name = domain->name;
    *successor = *domain;
    successor->name = g_strdup(name);
    successor->domid = sim_host_take_domid(host);
    successor->restart_at_ms = at_ms + host->settings.restart_pause_ms;
    sim_store_write_config(host, successor->domid, text == NULL ? "" : text, FALSE);
    sim_host_save(host, successor);
    g_ptr_array_add(domains, successor);

    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(at_ms / 1000);
    g_autofree char *suffix = g_date_time_format(moment, "-%Y%m%dT%H%MZ");
    g_autofree char *uuid = g_uuid_string_random();
    domain->name = g_strconcat(name, suffix, NULL);
    g_strlcpy(domain->uuid, uuid, sizeof domain->uuid);
    domain->monitor = SIM_MONITOR_NONE;
    sim_host_save(host, domain);
}

static void dump_core(const SimHost *host, const SimDomain *domain)
{
    if (strchr(domain->name, '/') != NULL || *domain->name == '\0')
        return;
    if (mkdirat(host->folder_fd, "dump", 0700) != 0 && faccessat(host->folder_fd, "dump", X_OK, 0))
        return;
    g_autofree char *name = g_strconcat("dump/", domain->name, NULL);
    int fd = openat(host->folder_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

/* What the monitor does (Xen xl_vmcontrol.c:handle_domain_death). */
static void act_on_shutdown(SimHost *host, GPtrArray *domains, guint index, gint64 at_ms)
{
    SimDomain *domain = g_ptr_array_index(domains, index);
    switch (sim_domain_action(domain)) {
    case SIM_ACTION_PRESERVE:
        return;
    case SIM_ACTION_RENAME_RESTART:
        rename_away(host, domains, domain, at_ms);
        return;
    case SIM_ACTION_COREDUMP_DESTROY:
        dump_core(host, domain);
        G_GNUC_FALLTHROUGH;
    case SIM_ACTION_DESTROY:
        sim_host_remove(host, domain, domain->reason == SIM_REASON_RUNNING ? -1 : 0);
        g_ptr_array_remove_index(domains, index);
        return;
    case SIM_ACTION_COREDUMP_RESTART:
        dump_core(host, domain);
        G_GNUC_FALLTHROUGH;
    case SIM_ACTION_SOFT_RESET:
    case SIM_ACTION_RESTART:
        domain->restart_at_ms = at_ms + host->settings.restart_pause_ms;
        sim_host_save(host, domain);
        return;
    }
}

/* Builds it anew, under the next id. It is lost when its name was taken meanwhile or memory lacks.
 */
static void restart(SimHost *host, GPtrArray *domains, guint index, gint64 at_ms)
{
    SimDomain *domain = g_ptr_array_index(domains, index);
    g_autofree char *text = sim_store_take_config(host, domain);
    gint64 old_domid = domain->domid;
    const SimDomain *namesake =
        *domain->name == '\0' ? NULL : sim_host_find_name(domains, domain->name);
    gboolean can_restart = (namesake == NULL || namesake == domain) &&
                           sim_host_free_kib(host, domains) >= domain->target_kib;
    sim_host_remove(host, domain, -1);
    gint64 domid = sim_host_take_domid(host);
    if (!can_restart) {
        g_ptr_array_remove_index(domains, index);
        return;
    }
    domain->domid = domid;
    domain->memory_kib = domain->target_kib;
    sim_domain_begin(domain, at_ms + host->settings.build_ms, FALSE);
    sim_store_write_config(host, domid, text == NULL ? "" : text, FALSE);
    sim_host_save(host, domain);
    g_debug("domain %" G_GINT64_FORMAT " is now %" G_GINT64_FORMAT, old_domid, domid);
    /* It has the highest id now: keep the order. */
    domain = g_ptr_array_steal_index(domains, index);
    g_ptr_array_add(domains, domain);
}

static void lose_sender(SimHost *host, GPtrArray *domains, guint index)
{
    SimDomain *domain = g_ptr_array_index(domains, index);
    if (sim_receive_lose_sender(domains, domain)) {
        sim_host_save(host, domain);
        return;
    }
    sim_host_remove(host, domain, -1);
    g_ptr_array_remove_index(domains, index);
}

static void happen(SimHost *host, GPtrArray *domains, guint index, gint64 at_ms)
{
    SimDomain *domain = g_ptr_array_index(domains, index);
    if (has_lost_sender(domain))
        lose_sender(host, domains, index);
    else if (domain->restart_at_ms > 0)
        restart(host, domains, index, at_ms);
    else if (sim_domain_is_shut(domain))
        act_on_shutdown(host, domains, index, at_ms);
    else
        end_life(host, domain, at_ms);
}

/* The domain whose turn it is first, or domains->len. */
static guint find_first(const SimHost *host, const GPtrArray *domains, gint64 now_ms, gint64 *at_ms)
{
    guint first = domains->len;
    gint64 first_ms = G_MAXINT64;
    for (guint i = 0; i < domains->len; i++) {
        gint64 domain_ms = due_ms(host, g_ptr_array_index(domains, i));
        if (domain_ms <= now_ms && domain_ms < first_ms) {
            first = i;
            first_ms = domain_ms;
        }
    }
    *at_ms = first_ms;
    return first;
}

void sim_host_settle(SimHost *host, GPtrArray *domains, gint64 now_ms)
{
    guint lives = 0;
    guint lives_max = LIVES_MAX + 3 * domains->len;
    gint64 at_ms = 0;
    for (guint i = find_first(host, domains, now_ms, &at_ms); i < domains->len && lives < lives_max;
         i = find_first(host, domains, now_ms, &at_ms), lives++)
        happen(host, domains, i, at_ms);
}
