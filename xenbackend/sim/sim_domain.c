#include "xenbackend/sim/sim_domain.h"

#include <stddef.h>
#include <string.h>

/* The lines of a domain's file after name and uuid, in their order. */
typedef struct {
    const char *key;
    gsize key_length;
    gsize offset;
} NumberLine;

#define NUMBER(field)                                                                              \
    {                                                                                              \
#field, sizeof #field - 1, offsetof(SimDomain, field)                                      \
    }
static const NumberLine lines[] = {
    NUMBER(domid),
    NUMBER(type),
    NUMBER(memory_kib),
    NUMBER(target_kib),
    NUMBER(maximum_kib),
    NUMBER(vcpus),
    NUMBER(maximum_vcpus),
    NUMBER(weight),
    NUMBER(cap),
    NUMBER(pause_count),
    NUMBER(is_building),
    NUMBER(is_zombie),
    NUMBER(has_pv_drivers),
    NUMBER(follows_target),
    NUMBER(created_ms),
    NUMBER(running_since_ms),
    NUMBER(ran_ms),
    NUMBER(mode),
    NUMBER(boot_ms),
    NUMBER(shutdown_ms),
    NUMBER(after_ms),
    NUMBER(event_at_ms),
    NUMBER(event_reason),
    NUMBER(reason),
    NUMBER(shut_at_ms),
    NUMBER(restart_at_ms),
    NUMBER(on_poweroff),
    NUMBER(on_reboot),
    NUMBER(on_crash),
    NUMBER(on_watchdog),
    NUMBER(monitor),
    NUMBER(sender),
    NUMBER(receiver),
};

SimDomain *sim_domain_new(void)
{
    SimDomain *domain = g_new0(SimDomain, 1);
    domain->weight = 256;
    domain->has_pv_drivers = 1;
    domain->follows_target = 1;
    domain->event_at_ms = -1;
    domain->reason = SIM_REASON_RUNNING;
    domain->on_reboot = SIM_ACTION_RESTART;
    domain->monitor = SIM_MONITOR_LAZY;
    return domain;
}

void sim_domain_free(SimDomain *domain)
{
    if (domain == NULL)
        return;
    g_free(domain->name);
    g_free(domain);
}

/* Names may hold any byte but NUL. */
static void append_name(GString *out, const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '\n' || *name == '%')
            g_string_append_printf(out, "%%%02x", (unsigned char)*name);
        else
            g_string_append_c(out, *name);
    }
}

static char *read_name(const char *text, gsize length)
{
    char *name = g_malloc(length + 1);
    gsize used = 0;
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '%' && i + 2 < length) {
            name[used++] =
                (char)(g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]));
            i += 2;
        } else {
            name[used++] = text[i];
        }
    }
    name[used] = '\0';
    return name;
}

void sim_domain_format(const SimDomain *domain, GString *out)
{
    g_string_append(out, "name ");
    append_name(out, domain->name);
    g_string_append_printf(out, "\nuuid %s\n", domain->uuid);
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        const gint64 *number =
            (const gint64 *)(const void *)((const char *)domain + lines[i].offset);
        g_string_append_printf(out, "%s %" G_GINT64_FORMAT "\n", lines[i].key, *number);
    }
}

static gboolean read_number(const char *text, gsize length, gint64 *number)
{
    gboolean is_negative = length > 0 && *text == '-';
    gint64 value = 0;
    gsize i = is_negative ? 1 : 0;
    if (length == i || length > 18)
        return FALSE;
    for (; i < length; i++) {
        if (!g_ascii_isdigit(text[i]))
            return FALSE;
        value = value * 10 + (text[i] - '0');
    }
    *number = is_negative ? -value : value;
    return TRUE;
}

/* The value of the line at *TEXT if it begins with KEY; steps over the line. */
static const char *take_line(const char **text, const char *end, const char *key, gsize key_length,
                             gsize *value_length)
{
    const char *start = *text;
    const char *newline = memchr(start, '\n', (gsize)(end - start));
    if (newline == NULL || (gsize)(newline - start) <= key_length ||
        memcmp(start, key, key_length) != 0 || start[key_length] != ' ')
        return NULL;
    *text = newline + 1;
    *value_length = (gsize)(newline - start) - key_length - 1;
    return start + key_length + 1;
}

gboolean sim_domain_parse_next(const char **text, const char *end, SimDomain *domain)
{
    gsize value_length = 0;
    const char *name = take_line(text, end, "name", 4, &value_length);
    if (name == NULL)
        return FALSE;
    g_free(domain->name);
    domain->name = read_name(name, value_length);
    const char *uuid = take_line(text, end, "uuid", 4, &value_length);
    if (uuid == NULL || value_length != 36)
        return FALSE;
    memcpy(domain->uuid, uuid, 36);
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        gint64 *number = (gint64 *)(void *)((char *)domain + lines[i].offset);
        const char *value = take_line(text, end, lines[i].key, lines[i].key_length, &value_length);
        if (value == NULL || !read_number(value, value_length, number))
            return FALSE;
    }
    return TRUE;
}

gboolean sim_domain_parse(const char *text, gsize length, SimDomain *domain)
{
    const char *end = text + length;
    return sim_domain_parse_next(&text, end, domain) && text == end;
}

gint64 sim_domain_ran_ms(const SimDomain *domain, gint64 now_ms)
{
    gint64 since = domain->running_since_ms;
    return domain->ran_ms + (since > 0 && now_ms > since ? now_ms - since : 0);
}

gboolean sim_domain_has_run(const SimDomain *domain)
{
    return domain->ran_ms > 0 || domain->running_since_ms > 0 || sim_domain_is_shut(domain);
}

gboolean sim_domain_is_shut(const SimDomain *domain)
{
    return domain->reason != SIM_REASON_RUNNING;
}

gboolean sim_domain_is_listed(const SimDomain *domain)
{
    return domain->restart_at_ms == 0;
}

void sim_domain_begin(SimDomain *domain, gint64 now_ms, gboolean is_paused)
{
    domain->created_ms = now_ms;
    domain->ran_ms = 0;
    domain->running_since_ms = is_paused ? 0 : now_ms;
    domain->pause_count = is_paused ? 1 : 0;
    domain->reason = SIM_REASON_RUNNING;
    domain->shut_at_ms = 0;
    domain->restart_at_ms = 0;
    domain->is_building = 0;
    domain->event_at_ms = domain->boot_ms + domain->after_ms;
    switch ((SimMode)domain->mode) {
    case SIM_MODE_OFF:
        domain->event_reason = SIM_REASON_POWEROFF;
        break;
    case SIM_MODE_REBOOT:
        domain->event_reason = SIM_REASON_REBOOT;
        break;
    case SIM_MODE_CRASH:
        domain->event_reason = SIM_REASON_CRASH;
        break;
    case SIM_MODE_IDLE:
    case SIM_MODE_BUSY:
    case SIM_MODE_SLOW:
    case SIM_MODE_IGNORE:
    case SIM_MODE_HUNG:
        domain->event_at_ms = -1;
        break;
    }
}

void sim_domain_pause(SimDomain *domain, gint64 now_ms)
{
    domain->ran_ms = sim_domain_ran_ms(domain, now_ms);
    domain->running_since_ms = 0;
    domain->pause_count++;
}

void sim_domain_unpause(SimDomain *domain, gint64 now_ms)
{
    if (domain->pause_count > 0)
        domain->pause_count--;
    if (domain->pause_count == 0 && domain->running_since_ms == 0 && !sim_domain_is_shut(domain))
        domain->running_since_ms = now_ms;
}

void sim_domain_shut(SimDomain *domain, SimReason reason, gint64 at_ms)
{
    domain->ran_ms = sim_domain_ran_ms(domain, at_ms);
    domain->running_since_ms = 0;
    domain->reason = reason;
    domain->shut_at_ms = at_ms;
    if (reason != SIM_REASON_SUSPEND)
        domain->event_at_ms = -1;
}

void sim_domain_resume(SimDomain *domain, gint64 now_ms)
{
    if (domain->reason != SIM_REASON_SUSPEND)
        return;
    domain->reason = SIM_REASON_RUNNING;
    domain->shut_at_ms = 0;
    domain->running_since_ms = domain->pause_count > 0 ? 0 : now_ms;
}

void sim_domain_request(SimDomain *domain, SimReason reason, gint64 now_ms)
{
    if (domain->mode == SIM_MODE_IGNORE || domain->mode == SIM_MODE_HUNG ||
        sim_domain_is_shut(domain))
        return;
    gint64 at_ms = MAX(sim_domain_ran_ms(domain, now_ms), domain->boot_ms) + domain->shutdown_ms;
    if (domain->event_at_ms >= 0 && domain->event_at_ms <= at_ms)
        return;
    domain->event_at_ms = at_ms;
    domain->event_reason = reason;
}

gboolean sim_domain_acknowledges(const SimDomain *domain, gint64 now_ms)
{
    return domain->mode != SIM_MODE_HUNG && domain->running_since_ms > 0 &&
           !sim_domain_is_shut(domain) && sim_domain_ran_ms(domain, now_ms) >= domain->boot_ms;
}

SimAction sim_domain_action(const SimDomain *domain)
{
    switch ((SimReason)domain->reason) {
    case SIM_REASON_POWEROFF:
        return (SimAction)domain->on_poweroff;
    case SIM_REASON_REBOOT:
        return (SimAction)domain->on_reboot;
    case SIM_REASON_CRASH:
        return (SimAction)domain->on_crash;
    case SIM_REASON_WATCHDOG:
        return (SimAction)domain->on_watchdog;
    case SIM_REASON_RUNNING:
    case SIM_REASON_SUSPEND:
        break;
    }
    return SIM_ACTION_PRESERVE;
}
