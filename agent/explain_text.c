/* What `explain` says to people. */
#include "agent/earlier_specs.h"
#include "agent/explain.h"
#include "agent/provenance.h"
#include "agent/time_text.h"
#include "xenbackend/xen_config_password.h"

#include <string.h>

#define HISTORY_TOLD_MOST 20u
#define WIDTH_MOST        32 /* of a value that others stand behind */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static const char *mask(const char *text)
{
    return text_may_hold_secret(text) ? "(not shown: there may be a secret in it)" : text;
}

/* ---- how it is ---- */

static void format_header(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    g_string_append_printf(out, "%s · host %s", explanation->name, cycle->host_name);
    if (cycle->plan != NULL) {
        g_string_append_printf(out, " · fleet %s", cycle->spec->fleet);
    }
    if (cycle->plan != NULL && cycle->spec->has_generation) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT, cycle->spec->generation);
    }
    g_string_append_c(out, '\n');
    if (cycle->plan != NULL) {
        json_t *sources = provenance_make(cycle);
        provenance_format(sources, FALSE, out);
        json_decref(sources);
    }
}

static void format_want(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    const Domain *domain = explanation->domain;
    if (cycle->plan == NULL) {
        g_string_append(out, "wanted:    not known\n");
    } else if (domain == NULL) {
        g_string_append(out, "wanted:    it is not in the spec\n");
    } else if (!domain_is_on(domain, cycle->host_name)) {
        g_string_append_printf(out, "wanted:    on host %s, not here\n", domain->host);
    } else {
        g_string_append_printf(out, "wanted:    %s (%s:%u)\n",
                               domain_get_text(domain, DOMAIN_KEY_state),
                               trusted_text_name(domain->where.text), domain->where.line);
    }
}

static void format_state(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    const ObservedDomain *seen = explanation->seen;
    if (cycle->observed == NULL) {
        g_string_append(out, "is:        not known\n");
        return;
    }
    g_string_append_printf(out, "is:        %s", explanation_state(explanation));
    if (seen != NULL) {
        g_string_append_printf(out, " (id %u, uuid %s)%s", seen->domid,
                               *seen->uuid != '\0' ? seen->uuid : "not known",
                               explanation->is_foreign ? "; it is not xensure's" : "");
    }
    g_string_append_c(out, '\n');
}

static void format_config(const Explanation *explanation, GString *out)
{
    const ObservedConfig *config = explanation->config;
    if (config != NULL) {
        g_string_append_printf(out, "on disk:   its config file %s\n",
                               !config->exists     ? "is not there"
                               : !config->is_ours  ? "was not written by xensure"
                               : config->is_wanted ? "is as the spec says"
                                                   : "is not as the spec says");
    }
}

static void format_record(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    const RecordDomain *recorded = explanation->recorded;
    gint64 next = 0;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    if (recorded == NULL) {
        g_string_append(out, "recorded:  nothing\n");
        return;
    }
    gboolean is_renamed = strcmp(recorded->name, explanation->name) != 0;
    g_string_append_printf(
        out, "recorded:  %s%s%s%s%s%s%s\n", recorded->is_running ? "running" : "not running",
        is_renamed ? ", and called " : "", is_renamed ? recorded->name : "",
        recorded->is_adopted ? ", taken over" : "", recorded->is_protected ? ", protected" : "",
        recorded->is_off_by_guest ? ", the guest powered itself off" : "",
        recorded->has_not_started ? ", its last start failed" : "");
    if (recorded->operation != OPERATION_NONE) {
        g_string_append_printf(out, "begun:     %s, and its end is not known\n",
                               operation_name(recorded->operation));
    }
    const char *boot_id = cycle->observed != NULL ? cycle->observed->boot_id : NULL;
    gint64 starts = explanation->domain != NULL
                        ? plan_count_starts(explanation->domain, recorded, boot_id, now, &next)
                        : 0;
    if (starts > 0) {
        g_string_append_printf(
            out,
            "starts:    %" G_GINT64_FORMAT " of late, and restart.limit is %" G_GINT64_FORMAT "\n",
            starts, domain_get_integer(explanation->domain, DOMAIN_KEY_restart_limit));
    }
}

/* ---- its keys ---- */

static void format_other(const char *what, const char *value, gboolean *has_one, GString *out)
{
    if (value != NULL) {
        g_string_append_printf(out, "%s%s: %s", *has_one ? "; " : "    BUT ", what,
                               *value != '\0' ? value : "none");
        *has_one = TRUE;
    }
}

static void format_keys(const Explanation *explanation, GString *out)
{
    int name_width = 0;
    int value_width = 0;
    for (guint i = 0; i < explanation->keys->len; i++) {
        const ExplainedKey *key = g_ptr_array_index(explanation->keys, i);
        int length = key->wanted != NULL ? (int)strlen(key->wanted) : 0;
        name_width = MAX(name_width, (int)strlen(key->row->name));
        value_width = length <= WIDTH_MOST ? MAX(value_width, length) : value_width;
    }
    g_string_append(out, explanation->keys->len > 0 ? "\nwhat the spec says:\n" : "");
    for (guint i = 0; i < explanation->keys->len; i++) {
        const ExplainedKey *key = g_ptr_array_index(explanation->keys, i);
        gboolean has_one = FALSE;
        g_string_append_printf(out, "  %-*s  %-*s  %s%s%s%s", name_width, key->row->name,
                               value_width, key->wanted != NULL ? key->wanted : "not set",
                               key->from, key->where != NULL ? " (" : "",
                               key->where != NULL ? key->where : "", key->where != NULL ? ")" : "");
        format_other("on disk", key->on_disk, &has_one, out);
        format_other("running", key->running, &has_one, out);
        format_other("recorded", key->recorded, &has_one, out);
        g_string_append_c(out, '\n');
    }
}

/* ---- what comes next ---- */

static void format_waiting(const Plan *plan, const char *name, GString *out)
{
    for (guint i = 0; i < plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(plan->waiting, i);
        for (guint j = 0; strcmp(waiting->name, name) == 0 && j < waiting->changes->len; j++) {
            const Change *change = &g_array_index(waiting->changes, Change, j);
            g_string_append_printf(out, "  at its next start: %s %s -> %s\n", change->row->name,
                                   mask(change->have != NULL ? change->have : "none"),
                                   mask(change->want != NULL ? change->want : "none"));
        }
    }
}

static void format_next(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    gboolean is_any = FALSE;
    if (cycle->plan == NULL) {
        g_string_append_printf(out, "\nnext: nothing, since %s\n",
                               cycle->error != NULL ? cycle->error : "there is no plan");
        return;
    }
    g_string_append(out, "\nnext:\n");
    for (guint i = 0; i < cycle->plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        if (strcmp(action->name, explanation->name) != 0) {
            continue;
        }
        is_any = TRUE;
        g_string_append_printf(out, "  %s: %s (%s)\n", action_kind_name(action->kind),
                               mask(action->reason),
                               action->is_drift ? "the host moved" : "the spec moved");
        if (action->held != NULL) {
            g_string_append_printf(out, "    HELD: %s\n", action->held);
        }
    }
    if (!is_any) {
        g_string_append(out, "  nothing is to be done\n");
    }
    format_waiting(cycle->plan, explanation->name, out);
}

/* ---- what was done ---- */

static void format_event(const json_t *event, GString *out)
{
    size_t index;
    const json_t *commit;
    g_autofree char *time = time_text_point(json_integer_value(json_object_get(event, "time")));
    const json_t *generation = json_object_get(event, "generation");
    const char *message = text_of(event, "message");
    const char *source = text_of(event, "source");
    const char *result = text_of(event, "result");
    g_string_append_printf(out, "  %s  %s %s: %s%s%s", time, text_of(event, "action"),
                           strcmp(result, "failed") == 0 ? "FAILED"
                           : strcmp(result, "held") == 0 ? "HELD"
                                                         : result,
                           mask(text_of(event, "reason")), *message != '\0' ? "; " : "",
                           mask(message));
    if (json_is_integer(generation)) {
        g_string_append_printf(out, " [generation %" G_GINT64_FORMAT "%s%s]",
                               (gint64)json_integer_value(generation),
                               *source != '\0' ? " of " : "", source);
    }
    json_array_foreach(json_object_get(event, "commits"), index, commit)
    {
        g_string_append_printf(out, " [commit %.12s]", json_string_value(commit));
    }
    g_string_append_c(out, '\n');
}

static void format_history(const Explanation *explanation, GString *out)
{
    gsize count = json_array_size(explanation->history);
    g_string_append(out, count > 0 ? "\nwhat was done:\n" : "\nwhat was done: nothing is known\n");
    for (gsize i = count > HISTORY_TOLD_MOST ? count - HISTORY_TOLD_MOST : 0; i < count; i++) {
        format_event(json_array_get(explanation->history, i), out);
    }
}

static void format_earlier(const Cycle *cycle, GString *out)
{
    json_t *earlier = earlier_specs_make(cycle);
    earlier_specs_format(earlier, out);
    json_decref(earlier);
}

void explanation_format(const Cycle *cycle, const Explanation *explanation, GString *out)
{
    format_header(cycle, explanation, out);
    format_want(cycle, explanation, out);
    format_state(cycle, explanation, out);
    format_config(explanation, out);
    format_record(cycle, explanation, out);
    format_next(cycle, explanation, out);
    format_keys(explanation, out);
    format_history(explanation, out);
    format_earlier(cycle, out);
}
