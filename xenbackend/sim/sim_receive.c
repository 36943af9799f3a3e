#include "xenbackend/sim/sim_receive.h"

#include "xenbackend/sim/sim_store.h"

#include <string.h>
#include <unistd.h>

#define INCOMING "--incoming"

SimReceiveResult sim_receive_begin(SimHost *target, const SimDomain *domain, const char *config,
                                   gboolean has_no_monitor, gint64 *domid)
{
    SimReceiveResult result = SIM_RECEIVE_DONE;
    g_autofree char *name = g_strconcat(domain->name, INCOMING, NULL);
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    *domid = sim_host_take_domid(target);
    if (sim_host_find_name(domains, name) != NULL) {
        result = SIM_RECEIVE_NAME_TAKEN;
    } else if (sim_host_free_kib(target, domains) < domain->target_kib) {
        result = SIM_RECEIVE_NO_MEMORY;
    } else {
        SimDomain incoming = *domain;
        incoming.name = name;
        incoming.domid = *domid;
        incoming.monitor = has_no_monitor || target->settings.has_monitor_process
                               ? SIM_MONITOR_NONE
                               : SIM_MONITOR_LAZY;
        sim_domain_begin(&incoming, sim_now_ms(), TRUE);
        incoming.boot_ms = 0;
        incoming.memory_kib = 0;
        incoming.vcpus = 0;
        incoming.sender = getpid();
        incoming.receiver = SIM_RECEIVER_MEMORY;
        sim_store_write_config(target, *domid, config, FALSE);
        sim_host_save(target, &incoming);
    }
    sim_host_unlock(target);
    return result;
}

void sim_receive_complete(SimHost *target, gint64 domid, const SimDomain *domain)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    SimDomain *incoming = sim_host_find(domains, domid);
    if (incoming != NULL) {
        incoming->memory_kib = domain->memory_kib;
        incoming->vcpus = domain->vcpus;
        /* What the guest would still have done of its own, it does here. */
        incoming->event_at_ms =
            domain->event_at_ms < 0
                ? -1
                : MAX(domain->event_at_ms - sim_domain_ran_ms(domain, sim_now_ms()), 0);
        incoming->event_reason = domain->event_reason;
        sim_host_save(target, incoming);
    }
    sim_host_unlock(target);
}

void sim_receive_await(SimHost *target, gint64 domid, SimReceiver receiver)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    SimDomain *incoming = sim_host_find(domains, domid);
    if (incoming != NULL && incoming->receiver != SIM_RECEIVER_NONE) {
        incoming->receiver = receiver;
        if (receiver == SIM_RECEIVER_NONE)
            incoming->sender = 0;
        sim_host_save(target, incoming);
    }
    sim_host_unlock(target);
}

gboolean sim_receive_is_dead(SimHost *target, gint64 domid)
{
    g_autoptr(GPtrArray) domains = sim_host_look(target);
    const SimDomain *incoming = sim_host_find(domains, domid);
    return incoming == NULL || incoming->receiver == SIM_RECEIVER_NONE;
}

static gboolean take_over(const GPtrArray *domains, SimDomain *incoming, gboolean stays_paused)
{
    g_autofree char *name = g_strdup(incoming->name);
    if (g_str_has_suffix(name, INCOMING))
        name[strlen(name) - strlen(INCOMING)] = '\0';
    if (sim_host_find_name(domains, name) != NULL)
        return FALSE;
    g_free(incoming->name);
    incoming->name = g_steal_pointer(&name);
    incoming->sender = 0;
    incoming->receiver = SIM_RECEIVER_NONE;
    if (!stays_paused) {
        /* It is no guest that never ran, however soon it is paused again. */
        incoming->ran_ms = 1;
        sim_domain_unpause(incoming, sim_now_ms());
    }
    return TRUE;
}

gboolean sim_receive_lose_sender(const GPtrArray *domains, SimDomain *domain)
{
    switch ((SimReceiver)domain->receiver) {
    case SIM_RECEIVER_MEMORY:
    case SIM_RECEIVER_PERMISSION:
        return FALSE;
    case SIM_RECEIVER_START:
        return take_over(domains, domain, FALSE);
    case SIM_RECEIVER_START_PAUSED:
        return take_over(domains, domain, TRUE);
    case SIM_RECEIVER_NONE:
        break;
    }
    domain->sender = 0;
    return TRUE;
}

gboolean sim_receive_start(SimHost *target, gint64 domid, gboolean stays_paused)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(target);
    SimDomain *incoming = sim_host_find(domains, domid);
    gboolean is_started = incoming != NULL && take_over(domains, incoming, stays_paused);
    if (is_started)
        sim_host_save(target, incoming);
    sim_host_unlock(target);
    return is_started;
}
