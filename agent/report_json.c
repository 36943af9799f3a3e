/* Reports as JSON: a contract. */
#include "agent/report.h"

#include "agent/provenance.h"

#include <jansson.h>
#include <string.h>

json_t *report_make_text(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    /* Names from the host may hold anything. */
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *make_changes(const GArray *changes)
{
    json_t *array = json_array();
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);
        json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:s}", "key", change->row->name,
                                               "have", report_make_text(change->have), "want",
                                               report_make_text(change->want), "how",
                                               key_change_name(change->how)));
    }
    return array;
}

json_t *report_make_action(const Cycle *cycle, guint index)
{
    const Action *action = g_ptr_array_index(cycle->plan->actions, index);
    json_t *object =
        json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "domain", report_make_text(action->name),
                  "action", action_kind_name(action->kind), "cause", cause_name(action->is_drift),
                  "reason", report_make_text(action->reason), "held",
                  report_make_text(action->held), "changes", make_changes(action->changes));
    if (cycle->diffs != NULL) {
        const char *diff = g_hash_table_lookup(cycle->diffs, action->name);
        json_object_set_new(object, "diff", report_make_text(diff));
    }
    if (cycle->outcomes != NULL) {
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, index);
        if (outcome->result == RESULT_HELD && action->held == NULL) {
            json_object_set_new(object, "held", report_make_text(outcome->message));
        }
        json_object_set_new(object, "result", json_string(action_result_name(outcome->result)));
        json_object_set_new(object, "message", report_make_text(outcome->message));
        json_object_set_new(object, "duration_ms", json_integer(outcome->duration_ms));
    }
    return object;
}

static guint count_held(const Cycle *cycle)
{
    if (cycle->outcomes == NULL) {
        return plan_count_held(cycle->plan);
    }
    guint count = 0;
    for (guint i = 0; i < cycle->outcomes->len; i++) {
        count += g_array_index(cycle->outcomes, Outcome, i).result == RESULT_HELD;
    }
    return count;
}

static json_t *make_rows(const GPtrArray *rows)
{
    json_t *array = json_array();
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const ObservedDomain *domain = g_ptr_array_index(rows, i);
        json_array_append_new(array,
                              json_pack("{s:o, s:s, s:I}", "domain", report_make_text(domain->name),
                                        "uuid", domain->uuid, "domid", (json_int_t)domain->domid));
    }
    return array;
}

static json_t *make_waiting(const Plan *plan)
{
    json_t *array = json_array();
    for (guint i = 0; plan != NULL && i < plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(plan->waiting, i);
        json_array_append_new(array,
                              json_pack("{s:o, s:o}", "domain", report_make_text(waiting->name),
                                        "changes", make_changes(waiting->changes)));
    }
    return array;
}

json_t *report_make_problems(const Problems *problems)
{
    json_t *array = json_array();
    for (guint i = 0; i < problems_count(problems); i++) {
        const Problem *problem = problems_get(problems, i);
        const TrustedText *text = problem->where.text;
        json_array_append_new(
            array, json_pack("{s:o, s:i, s:i, s:s, s:o}", "file",
                             report_make_text(text != NULL ? trusted_text_name(text) : NULL),
                             "line", (int)problem->where.line, "column", (int)problem->where.column,
                             "severity", problem->severity == PROBLEM_ERROR ? "error" : "warning",
                             "message", report_make_text(problem->message)));
    }
    return array;
}

char *report_dump(json_t *document)
{
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(document);
    char *copy = g_strconcat(text, "\n", NULL);
    free(text);
    return copy;
}

void report_add_header(const Cycle *cycle, json_t *document)
{
    const Spec *spec = cycle->spec;
    json_object_set_new(document, "host", report_make_text(cycle->host_name));
    json_object_set_new(document, "fleet", report_make_text(spec != NULL ? spec->fleet : NULL));
    json_object_set_new(document, "generation",
                        spec != NULL && spec->has_generation ? json_integer(spec->generation)
                                                             : json_null());
}

char *report_make_json(const Cycle *cycle)
{
    const Plan *plan = cycle->plan;
    guint held = plan != NULL ? count_held(cycle) : 0;
    guint all = plan != NULL ? plan->actions->len : 0;
    json_t *document = json_object();
    json_object_set_new(document, "format_version", json_integer(REPORT_FORMAT_VERSION));
    report_add_header(cycle, document);
    json_object_set_new(document, "sources", provenance_make(cycle));
    json_t *actions = json_array();
    for (guint i = 0; i < all; i++) {
        json_array_append_new(actions, report_make_action(cycle, i));
    }
    json_object_set_new(document, "actions", actions);
    json_object_set_new(document, "foreign", make_rows(plan != NULL ? plan->foreign : NULL));
    json_object_set_new(document, "waiting", make_waiting(plan));
    if (cycle->observed != NULL && cycle->observed->state == OBSERVATION_PARTIAL) {
        json_object_set_new(document, "seen", make_rows(cycle->observed->domains));
    }
    json_object_set_new(document, "problems", report_make_problems(cycle->problems));
    json_object_set_new(document, "error", report_make_text(cycle->error));
    json_object_set_new(document, "summary",
                        json_pack("{s:i, s:i}", "actions", (int)(all - held), "held", (int)held));
    return report_dump(document);
}

/* Of a spec that was refused, none. */
static json_t *make_hosts(const Cycle *cycle)
{
    json_t *object = json_object();
    for (guint i = 0; cycle->error == NULL && i < cycle->spec->hosts->len; i++) {
        const SpecHost *host = g_ptr_array_index(cycle->spec->hosts, i);
        json_object_set_new(
            object, host->name,
            json_pack("{s:o}", "address", report_make_text(spec_host_address(host))));
    }
    return object;
}

char *report_make_problems_json(const Cycle *cycle)
{
    return report_dump(json_pack("{s:i, s:o, s:o, s:o}", "format_version", REPORT_FORMAT_VERSION,
                                 "problems", report_make_problems(cycle->problems), "hosts",
                                 make_hosts(cycle), "error", report_make_text(cycle->error)));
}

char *report_make_config_json(const Cycle *cycle, const char *name, const char *config)
{
    return report_dump(json_pack("{s:i, s:o, s:o, s:o, s:o}", "format_version",
                                 REPORT_FORMAT_VERSION, "domain", report_make_text(name), "config",
                                 report_make_text(cycle->error == NULL ? config : NULL), "problems",
                                 report_make_problems(cycle->problems), "error",
                                 report_make_text(cycle->error)));
}

char *report_make_error_json(const char *message)
{
    return report_dump(json_pack("{s:i, s:o}", "format_version", REPORT_FORMAT_VERSION, "error",
                                 report_make_text(message)));
}
