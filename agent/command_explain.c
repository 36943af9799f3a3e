/* explain: all that is known of one domain. */
#include "agent/commands.h"
#include "agent/earlier_specs.h"
#include "agent/exit_code.h"
#include "agent/explain.h"
#include "agent/report.h"

#include <stdio.h>
#include <string.h>

static json_t *make_keys(const Explanation *explanation)
{
    json_t *array = json_array();
    for (guint i = 0; explanation->keys != NULL && i < explanation->keys->len; i++) {
        const ExplainedKey *key = g_ptr_array_index(explanation->keys, i);
        json_array_append_new(array,
                              json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "key",
                                        key->row->name, "wanted", report_make_text(key->wanted),
                                        "from", key->from, "where", report_make_text(key->where),
                                        "on_disk", report_make_text(key->on_disk), "running",
                                        report_make_text(key->running), "recorded",
                                        report_make_text(key->recorded)));
    }
    return array;
}

/* Of the report of the plan, what is about the domain. */
static json_t *pick(const json_t *report, const char *what, const char *name)
{
    size_t index;
    json_t *item;
    json_t *array = json_array();
    json_array_foreach(json_object_get(report, what), index, item)
    {
        const char *domain = json_string_value(json_object_get(item, "domain"));
        if (g_strcmp0(domain, name) == 0) {
            json_array_append(array, item);
        }
    }
    return array;
}

static void print_json(const Cycle *cycle, const Explanation *explanation, const char *name)
{
    g_autofree char *text = report_make_json(cycle);
    json_t *report = json_loads(text, 0, NULL);
    const Domain *domain = explanation->domain;
    json_t *document = json_object();
    json_object_set_new(document, "format_version", json_integer(REPORT_FORMAT_VERSION));
    json_object_set(document, "host", json_object_get(report, "host"));
    json_object_set(document, "fleet", json_object_get(report, "fleet"));
    json_object_set(document, "generation", json_object_get(report, "generation"));
    json_object_set(document, "sources", json_object_get(report, "sources"));
    json_object_set_new(document, "domain", report_make_text(name));
    json_object_set_new(
        document, "wanted",
        report_make_text(domain != NULL ? domain_get_text(domain, DOMAIN_KEY_state) : NULL));
    json_object_set_new(
        document, "state",
        report_make_text(cycle->observed != NULL ? explanation_state(explanation) : NULL));
    json_object_set_new(document, "foreign", json_boolean(explanation->is_foreign));
    json_object_set_new(document, "keys", make_keys(explanation));
    json_object_set_new(document, "actions", pick(report, "actions", name));
    json_object_set_new(document, "waiting", pick(report, "waiting", name));
    json_object_set_new(document, "history",
                        explanation->history != NULL ? json_incref(explanation->history)
                                                     : json_array());
    json_object_set_new(document, "earlier", earlier_specs_make(cycle));
    json_object_set(document, "problems", json_object_get(report, "problems"));
    json_object_set(document, "error", json_object_get(report, "error"));
    json_decref(report);
    g_autofree char *json = report_dump(document);
    fputs(json, stdout);
}

/* The plan of the whole host: what holds a domain may be another. What it found is no exit code
 * here. */
static gboolean make_plan(Cycle *cycle)
{
    if (!cycle_read_spec(cycle, NULL, SPEC_TO_PLAN) || !cycle_check_host(cycle) ||
        !cycle_open_host(cycle, FALSE) || !cycle_check_record(cycle) ||
        !cycle_make_plan(cycle, FALSE)) {
        return FALSE;
    }
    cycle->exit_code = EXIT_IN_SYNC;
    return TRUE;
}

/* Without a spec, what is recorded and was done is told all the same. */
static gboolean find(Cycle *cycle, const char *name, Explanation *explanation)
{
    if (!cycle_read_config(cycle)) {
        return FALSE;
    }
    if (!make_plan(cycle) && cycle->record == NULL) {
        cycle_read_state(cycle);
    }
    return explanation_find(cycle, name, explanation);
}

int command_explain(const Options *options)
{
    Cycle cycle;
    const char *name = options->arguments[0];
    g_auto(Explanation) explanation = {0};
    g_autoptr(GString) text = g_string_new(NULL);
    cycle_init(&cycle, options);
    gboolean is_found = find(&cycle, name, &explanation);
    report_errors(&cycle);
    if (options->is_json) {
        print_json(&cycle, &explanation, name);
    } else if (is_found) {
        explanation_format(&cycle, &explanation, text);
        fputs(text->str, stdout);
    }
    int exit_code = cycle.exit_code;
    cycle_clear(&cycle);
    return exit_code;
}
