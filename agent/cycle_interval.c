/* How often a source elsewhere is asked: `fetch_interval`. A source that is silent costs each run
 * that asks it its `timeout`. */
#include "agent/cycle.h"

gint64 cycle_last_answer(const SpecSource *source)
{
    return MAX(source->answered.time, source->fetched);
}

gint64 cycle_fetch_interval(const SpecSource *source)
{
    /* What --spec gives has no settings. */
    const Value *value =
        source->settings != NULL ? settings_get(source->settings, SOURCE_KEY_fetch_interval) : NULL;
    return value != NULL ? value->integer : 0;
}

/* Is it still the boot of dom0 in which the source was asked? What is not known is another. */
static gboolean is_this_boot(const Cycle *cycle, const char *boot_id)
{
    XenHostOptions options = cycle_host_options(cycle);
    g_autoptr(XenHost) host = xen_host_open(&options, NULL);
    g_autofree char *now = host != NULL ? xen_host_read_boot_id(host) : NULL;
    return now != NULL && g_strcmp0(now, boot_id) == 0;
}

gboolean cycle_spares_source(const Cycle *cycle, const SpecSource *source)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gint64 keep_for = agent_config_integer(cycle->config, AGENT_KEY_trust_keep_for);
    const SourceAsked *asked = &source->asked;
    if (cycle->options->accept_generation != NULL || asked->time > now ||
        now - asked->time >= cycle_fetch_interval(source)) {
        return FALSE;
    }
    /* A copy never ages for want of a question. */
    gboolean is_old = asked->trouble == NULL && now - cycle_last_answer(source) >= keep_for;
    return !is_old && is_this_boot(cycle, asked->boot_id);
}
