/* Reports as JSON: a contract. */
#include "agent/report.h"

#include "agent/provenance.h"

#include <jansson.h>
#include <string.h>

static json_t *text_or_null(const char *text)
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
        json_array_append_new(
            array, json_pack("{s:s, s:o, s:o, s:s, s:s}", "key", change->row->name, "have",
                             text_or_null(change->have), "want", text_or_null(change->want), "how",
                             key_change_name(change->how), "cause", cause_name(change->is_drift)));
    }
    return array;
}

static json_t *make_action(const Cycle *cycle, guint index)
{
    const Action *action = g_ptr_array_index(cycle->plan->actions, index);
    json_t *object =
        json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "domain", text_or_null(action->name), "action",
                  action_kind_name(action->kind), "cause", cause_name(action->is_drift), "reason",
                  text_or_null(action->reason), "held", text_or_null(action->held), "changes",
                  make_changes(action->changes));
    if (cycle->diffs != NULL) {
        const char *diff = g_hash_table_lookup(cycle->diffs, action->name);
        json_object_set_new(object, "diff", text_or_null(diff));
    }
    if (cycle->outcomes != NULL) {
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, index);
        if (outcome->result == RESULT_HELD && action->held == NULL) {
            json_object_set_new(object, "held", text_or_null(outcome->message));
        }
        json_object_set_new(object, "result", json_string(action_result_name(outcome->result)));
        json_object_set_new(object, "message", text_or_null(outcome->message));
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
                              json_pack("{s:o, s:s, s:I}", "domain", text_or_null(domain->name),
                                        "uuid", domain->uuid, "domid", (json_int_t)domain->domid));
    }
    return array;
}

static json_t *make_waiting(const Plan *plan)
{
    json_t *array = json_array();
    for (guint i = 0; plan != NULL && i < plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(plan->waiting, i);
        json_array_append_new(array, json_pack("{s:o, s:o}", "domain", text_or_null(waiting->name),
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
                             text_or_null(text != NULL ? trusted_text_name(text) : NULL), "line",
                             (int)problem->where.line, "column", (int)problem->where.column,
                             "severity", problem->severity == PROBLEM_ERROR ? "error" : "warning",
                             "message", text_or_null(problem->message)));
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

char *report_make_json(const Cycle *cycle)
{
    const Plan *plan = cycle->plan;
    const Spec *spec = cycle->spec;
    guint held = plan != NULL ? count_held(cycle) : 0;
    guint all = plan != NULL ? plan->actions->len : 0;
    json_t *document = json_object();
    json_object_set_new(document, "format_version", json_integer(REPORT_FORMAT_VERSION));
    json_object_set_new(document, "host", text_or_null(cycle->host_name));
    json_object_set_new(document, "fleet", text_or_null(spec != NULL ? spec->fleet : NULL));
    json_object_set_new(document, "generation",
                        spec != NULL && spec->has_generation ? json_integer(spec->generation)
                                                             : json_null());
    json_object_set_new(document, "sources", provenance_make(cycle));
    json_t *actions = json_array();
    for (guint i = 0; i < all; i++) {
        json_array_append_new(actions, make_action(cycle, i));
    }
    json_object_set_new(document, "actions", actions);
    json_object_set_new(document, "foreign", make_rows(plan != NULL ? plan->foreign : NULL));
    json_object_set_new(document, "waiting", make_waiting(plan));
    if (cycle->observed != NULL && cycle->observed->state == OBSERVATION_PARTIAL) {
        json_object_set_new(document, "seen", make_rows(cycle->observed->domains));
    }
    json_object_set_new(document, "problems", report_make_problems(cycle->problems));
    json_object_set_new(document, "error", text_or_null(cycle->error));
    json_object_set_new(document, "summary",
                        json_pack("{s:i, s:i}", "actions", (int)(all - held), "held", (int)held));
    return report_dump(document);
}

char *report_make_problems_json(const Cycle *cycle)
{
    return report_dump(json_pack("{s:i, s:o, s:o}", "format_version", REPORT_FORMAT_VERSION,
                                 "problems", report_make_problems(cycle->problems), "error",
                                 text_or_null(cycle->error)));
}

char *report_make_config_json(const Cycle *cycle, const char *name, const char *config)
{
    return report_dump(json_pack(
        "{s:i, s:o, s:o, s:o, s:o}", "format_version", REPORT_FORMAT_VERSION, "domain",
        text_or_null(name), "config", text_or_null(cycle->error == NULL ? config : NULL),
        "problems", report_make_problems(cycle->problems), "error", text_or_null(cycle->error)));
}

char *report_make_error_json(const char *message)
{
    return report_dump(json_pack("{s:i, s:o}", "format_version", REPORT_FORMAT_VERSION, "error",
                                 text_or_null(message)));
}
