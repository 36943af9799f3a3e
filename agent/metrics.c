#include "agent/metrics.h"

#include "agent/metrics_parts.h"
#include "xenbackend/file.h"

#include <string.h>

#define METRICS_MODE 0644 /* node_exporter is no root */

void metrics_begin(const char *name, const char *help, GString *out)
{
    g_string_append_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void add(const char *name, const char *help, gint64 value, GString *out)
{
    metrics_begin(name, help, out);
    g_string_append_printf(out, "%s %" G_GINT64_FORMAT "\n", name, value);
}

/* A time, or how large something is, where that is known. */
static void add_if_known(const char *name, const char *help, gint64 value, GString *out)
{
    if (value != 0) {
        add(name, help, value, out);
    }
}

/* ---- the run ---- */

static void format_run(const Cycle *cycle, const RunFacts *facts, GString *out)
{
    static const char duration[] = "xensure_run_duration_seconds";
    metrics_begin("xensure_build_info", "The version of xensure.", out);
    g_string_append_printf(out, "xensure_build_info{version=\"%s\"} 1\n", XENSURE_VERSION);
    add("xensure_run_timestamp_seconds", "When the last run ended.", facts->time, out);
    metrics_begin(duration, "How long the last run took.", out);
    g_string_append_printf(out, "%s %" G_GINT64_FORMAT ".%03d\n", duration,
                           facts->duration_ms / 1000, (int)(facts->duration_ms % 1000));
    add("xensure_run_exit_code", "The exit code of the last run.", cycle->exit_code, out);
    add_if_known("xensure_success_timestamp_seconds",
                 "When a run last did all it may: exit code 0 or 4.", facts->success_time, out);
    add_if_known(
        "xensure_applied_timestamp_seconds",
        "When a run last carried out its plan for all of this host, whatever became of it.",
        facts->applied_time, out);
    add_if_known("xensure_error_timestamp_seconds", "When a run last ended otherwise.",
                 facts->error_time, out);
    add("xensure_suspended", "Whether this host is suspended.", cycle->suspended != NULL, out);
    add("xensure_reports_only", "Whether mode is report, so that nothing is carried out.",
        strcmp(agent_config_text(cycle->config, AGENT_KEY_mode), "report") == 0, out);
}

static void format_spec(const Cycle *cycle, const RunFacts *facts, GString *out)
{
    const Spec *spec = cycle->plan != NULL ? cycle->spec : NULL;
    if (spec != NULL && spec->has_generation) {
        add("xensure_spec_generation", "The generation of the spec.", spec->generation, out);
    }
    if (spec != NULL && spec->has_expires) {
        add("xensure_spec_expiry_timestamp_seconds",
            "When the first of the spec's sources expires.", spec->expires, out);
    }
    add_if_known("xensure_spec_applied_timestamp_seconds", "Since when this spec is applied here.",
                 facts->spec_since, out);
}

static void format_actions(const Cycle *cycle, GString *out)
{
    static const char name[] = "xensure_run_actions";
    guint counts[RESULT_HELD + 1][2] = {0};
    if (cycle->outcomes == NULL) {
        return;
    }
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        counts[outcome->result][action->is_drift != FALSE]++;
    }
    metrics_begin(name,
                  "What the last run did, failed to do and held, by what made it necessary: a "
                  "change of the spec, or drift of the host.",
                  out);
    for (guint result = 0; result < G_N_ELEMENTS(counts); result++) {
        for (gboolean is_drift = FALSE; is_drift <= TRUE; is_drift++) {
            g_string_append_printf(out, "%s{result=\"%s\",cause=\"%s\"} %u\n", name,
                                   action_result_name((ActionResult)result), cause_name(is_drift),
                                   counts[result][is_drift]);
        }
    }
}

void metrics_format(const Cycle *cycle, const RunFacts *facts, GString *out)
{
    format_run(cycle, facts, out);
    format_spec(cycle, facts, out);
    format_actions(cycle, out);
    if (cycle->outcomes != NULL) {
        add("xensure_foreign_domains", "Domains here that are not xensure's.",
            cycle->plan->foreign->len, out);
        metrics_format_domains(cycle, out);
    }
}

gboolean metrics_write(const Cycle *cycle, const RunFacts *facts, const char *path, GError **error)
{
    g_autofree char *file = g_file_test(path, G_FILE_TEST_IS_DIR)
                                ? g_build_filename(path, "xensure.prom", NULL)
                                : g_strdup(path);
    g_autoptr(GString) text = g_string_new(NULL);
    metrics_format(cycle, facts, text);
    g_autofree char *folder = g_path_get_dirname(file);
    file_remove_leftovers(folder);
    return file_replace_fleeting(file, text->str, text->len, METRICS_MODE, error);
}
