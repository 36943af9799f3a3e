#include "agent/run_log.h"

#include "agent/log.h"

static LogFields fields_of(const Cycle *cycle, const Action *action, const Outcome *outcome)
{
    LogFields fields = LOG_NO_FIELDS;
    if (cycle->spec != NULL && cycle->spec->has_generation) {
        fields.generation = cycle->spec->generation;
    }
    if (action != NULL) {
        fields.domain = action->name;
        fields.action = action_kind_name(action->kind);
        fields.reason = action->reason;
    }
    if (outcome != NULL) {
        fields.result = action_result_name(outcome->result);
        fields.duration_ms = outcome->duration_ms;
    }
    return fields;
}

static const char *message_of(const Outcome *outcome)
{
    return outcome->message != NULL ? outcome->message : "";
}

void run_log_progress(gpointer data, const Action *action, const Outcome *outcome)
{
    const Cycle *cycle = data;
    LogFields fields = fields_of(cycle, action, outcome);
    if (outcome == NULL) {
        log_tell(LOG_ACTION_BEGUN, &fields, "%s: %s begins: %s", action->name, fields.action,
                 action->reason);
    } else if (outcome->result == RESULT_DONE) {
        log_tell(LOG_ACTION_DONE, &fields, "%s: %s done in %.1f s%s%s", action->name, fields.action,
                 (double)outcome->duration_ms / 1000, *message_of(outcome) != '\0' ? "; " : "",
                 message_of(outcome));
    } else if (outcome->result == RESULT_FAILED) {
        log_tell(LOG_ACTION_FAILED, &fields, "%s: %s failed after %.1f s: %s", action->name,
                 fields.action, (double)outcome->duration_ms / 1000, message_of(outcome));
    }
}

gboolean run_hold_is_new(Told *told, const char *audience, const Action *action,
                         const Outcome *outcome)
{
    g_autofree char *subject =
        g_strdup_printf("hold %s %s", action->name, action_kind_name(action->kind));
    return told == NULL || told_is_new(told, audience, subject, message_of(outcome));
}

static void log_outcome(const Cycle *cycle, const Action *action, const Outcome *outcome,
                        Told *told)
{
    LogFields fields = fields_of(cycle, action, outcome);
    gboolean is_conflict = outcome->hold == HOLD_CONFLICT;
    if (outcome->result == RESULT_FAILED && !outcome->has_begun) {
        log_tell(LOG_ACTION_FAILED, &fields, "%s: %s failed: %s", action->name, fields.action,
                 message_of(outcome));
    }
    if ((outcome->result == RESULT_HELD || is_conflict) &&
        run_hold_is_new(told, RUN_LOG_AUDIENCE, action, outcome)) {
        log_tell(is_conflict ? LOG_CONFLICT : LOG_ACTION_HELD, &fields, "%s: %s (%s) is held: %s",
                 action->name, fields.action, action->reason, message_of(outcome));
    }
}

gboolean run_copy_is_new(Told *told, const char *audience, const SpecSource *source)
{
    g_autofree char *subject = g_strconcat(RUN_LOG_COPY " ", source->name, NULL);
    return told == NULL || told_is_new(told, audience, subject, "");
}

/* The source that is away, if that is what the problem tells of; else NULL. What was refused is an
 * alarm each time. */
static const SpecSource *find_away(const Cycle *cycle, const Problem *problem)
{
    for (guint i = 0; problem->where.text == NULL && i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        g_autofree char *start = g_strconcat(source->name, " ", NULL);
        if (source->is_copy && !source->is_refused && g_str_has_prefix(problem->message, start)) {
            return source;
        }
    }
    return NULL;
}

static gboolean is_new_problem(const Cycle *cycle, const Problem *problem, const char *text,
                               Told *told)
{
    const SpecSource *away = find_away(cycle, problem);
    return away != NULL ? run_copy_is_new(told, RUN_LOG_AUDIENCE, away)
                        : told == NULL || told_is_new(told, RUN_LOG_AUDIENCE, "problem", text);
}

static void log_problems(const Cycle *cycle, Told *told)
{
    LogFields fields = fields_of(cycle, NULL, NULL);
    for (guint i = 0; i < problems_count(cycle->problems); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        problem_format(problems_get(cycle->problems, i), text, FALSE);
        if (is_new_problem(cycle, problems_get(cycle->problems, i), text->str, told)) {
            log_tell(LOG_PROBLEM, &fields, "%s", text->str);
        }
    }
}

gboolean run_knows_holds(const Cycle *cycle)
{
    return cycle->outcomes != NULL && cycle->options->only == NULL;
}

void run_log_rest(const Cycle *cycle, Told *told)
{
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        log_outcome(cycle, g_ptr_array_index(cycle->plan->actions, i),
                    &g_array_index(cycle->outcomes, Outcome, i), told);
    }
    if (told != NULL && !run_knows_holds(cycle)) {
        told_keep(told, RUN_LOG_AUDIENCE, "hold");
    }
    log_problems(cycle, told);
    told_keep_day(told, RUN_LOG_AUDIENCE, RUN_LOG_COPY);
    if (cycle->error != NULL &&
        (told == NULL || told_is_new(told, RUN_LOG_AUDIENCE, "error", cycle->error))) {
        LogFields fields = fields_of(cycle, NULL, NULL);
        fields.exit_code = cycle->exit_code;
        log_tell(LOG_RUN_FAILED, &fields, "%s", cycle->error);
    }
}

void run_log_warning(const char *text, Told *told)
{
    if (told == NULL || told_is_new(told, RUN_LOG_AUDIENCE, RUN_LOG_WARNING, text)) {
        log_tell(LOG_PROBLEM, NULL, "warning: %s", text);
    }
}
