#include "agent/run_hooks.h"

#include "agent/exit_code.h"
#include "agent/log.h"
#include "agent/report.h"
#include "agent/run_log.h"
#include "xenbackend/command.h"

#include <stdio.h>
#include <string.h>

#define AUDIENCE        "hook"
#define HOOK_OUTPUT_MAX (64u * 1024)

typedef enum { HOOK_APPLIED, HOOK_FAILED, HOOK_HELD, HOOK_CONFLICT, HOOK_EVENT_COUNT } HookEvent;

static const char *const event_names[] = {[HOOK_APPLIED] = "applied",
                                          [HOOK_FAILED] = "failed",
                                          [HOOK_HELD] = "held",
                                          [HOOK_CONFLICT] = "conflict"};

/* What this run has to say: the documents, as text; NULL: nothing of that kind has happened. */
struct RunHooks {
    char *documents[HOOK_EVENT_COUNT];
    GPtrArray *commands; /* of Command */
    GPtrArray *names;    /* of each, what it is called; the texts are agent.yaml's */
};

static HookEvent event_of(const Outcome *outcome)
{
    if (outcome->hold == HOLD_CONFLICT) {
        return HOOK_CONFLICT;
    }
    return outcome->result == RESULT_DONE     ? HOOK_APPLIED
           : outcome->result == RESULT_FAILED ? HOOK_FAILED
                                              : HOOK_HELD;
}

static gboolean is_news(const Action *action, const Outcome *outcome, Told *told)
{
    HookEvent event = event_of(outcome);
    return event == HOOK_APPLIED || event == HOOK_FAILED ||
           run_hold_is_new(told, AUDIENCE, action, outcome);
}

static void add_actions(const Cycle *cycle, Told *told, json_t *actions[HOOK_EVENT_COUNT])
{
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        if (is_news(action, outcome, told)) {
            json_array_append_new(actions[event_of(outcome)], report_make_action(cycle, i));
        }
    }
}

static char *make_document(const Cycle *cycle, HookEvent event, json_t *actions, const char *error)
{
    json_t *document = json_object();
    json_object_set_new(document, "format_version", json_integer(REPORT_FORMAT_VERSION));
    json_object_set_new(document, "event", json_string(event_names[event]));
    json_object_set_new(document, "time", json_integer(g_get_real_time() / G_USEC_PER_SEC));
    json_object_set_new(document, "exit_code", json_integer(cycle->exit_code));
    report_add_header(cycle, document);
    json_object_set_new(document, "error", report_make_text(error));
    json_object_set(document, "actions", actions);
    json_object_set_new(document, "problems", report_make_problems(cycle->problems));
    return report_dump(document);
}

static void make_documents(const Cycle *cycle, Told *told, RunHooks *hooks)
{
    json_t *actions[HOOK_EVENT_COUNT];
    for (guint i = 0; i < HOOK_EVENT_COUNT; i++) {
        actions[i] = json_array();
    }
    add_actions(cycle, told, actions);
    /* Another run that is under way tells of itself. */
    const char *error = cycle->exit_code != EXIT_LOCKED ? cycle->error : NULL;
    if (error != NULL && told != NULL && !told_is_new(told, AUDIENCE, "error", error)) {
        error = NULL;
    }
    for (guint i = 0; i < HOOK_EVENT_COUNT; i++) {
        if (json_array_size(actions[i]) > 0 || (i == HOOK_FAILED && error != NULL)) {
            hooks->documents[i] =
                make_document(cycle, (HookEvent)i, actions[i], i == HOOK_FAILED ? error : NULL);
        }
        json_decref(actions[i]);
    }
}

static void start(const Cycle *cycle, RunHooks *hooks, const Value *words, HookEvent event)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    for (guint i = 0; i < words->count; i++) {
        g_ptr_array_add(argv, (gpointer)words->items[i].text);
    }
    g_ptr_array_add(argv, NULL);
    g_autofree char *name = g_strdup_printf("XENSURE_EVENT=%s", event_names[event]);
    g_autoptr(GBytes) input =
        g_bytes_new_static(hooks->documents[event], strlen(hooks->documents[event]));
    CommandRequest request = {
        .argv = (const char *const *)argv->pdata,
        .environment = (const char *const[]){name, NULL},
        .timeout_ms = (guint)agent_config_integer(cycle->config, AGENT_KEY_timeout_hook) * 1000,
        .output_limit = HOOK_OUTPUT_MAX,
        .input = input};
    Command *command = command_start(&request, &error);
    if (command == NULL) {
        log_tell(LOG_HOOK_FAILED, NULL, "warning: on_event: %s", error->message);
        return;
    }
    g_ptr_array_add(hooks->commands, command);
    g_ptr_array_add(hooks->names, (gpointer)words->items[0].text);
}

static void start_all(const Cycle *cycle, RunHooks *hooks)
{
    const Value *rows = agent_config_value(cycle->config, AGENT_KEY_on_event);
    for (guint i = 0; i < rows->count; i++) {
        const Value *events = settings_get(rows->items[i].table, HOOK_KEY_event);
        const Value *words = settings_get(rows->items[i].table, HOOK_KEY_command);
        for (guint event = 0; event < HOOK_EVENT_COUNT; event++) {
            gboolean is_wanted = FALSE;
            for (guint j = 0; j < events->count; j++) {
                is_wanted = is_wanted || strcmp(events->items[j].text, event_names[event]) == 0;
            }
            if (is_wanted && hooks->documents[event] != NULL) {
                start(cycle, hooks, words, (HookEvent)event);
            }
        }
    }
}

static void wait_for_all(RunHooks *hooks)
{
    GPtrArray *commands = hooks->commands;
    while (commands->len > 0) {
        int index = command_wait_any((Command *const *)commands->pdata, commands->len, G_MAXUINT);
        if (index < 0) {
            continue;
        }
        const char *name = g_ptr_array_steal_index_fast(hooks->names, (guint)index);
        g_autoptr(CommandResult) result =
            command_finish(g_ptr_array_steal_index_fast(commands, (guint)index));
        if (!command_result_is_success(result)) {
            g_autofree char *words = command_result_describe(result);
            log_tell(LOG_HOOK_FAILED, NULL, "warning: on_event: %s %s", name, words);
        }
    }
}

RunHooks *run_hooks_new(const Cycle *cycle, Told *told)
{
    if (cycle->config == NULL || !agent_config_is_good(cycle->config) ||
        agent_config_value(cycle->config, AGENT_KEY_on_event) == NULL) {
        return NULL;
    }
    RunHooks *hooks = g_new0(RunHooks, 1);
    hooks->commands = g_ptr_array_new();
    hooks->names = g_ptr_array_new();
    make_documents(cycle, told, hooks);
    if (!run_knows_holds(cycle)) {
        told_keep(told, AUDIENCE, "hold");
    }
    return hooks;
}

void run_hooks_free(RunHooks *hooks)
{
    if (hooks == NULL) {
        return;
    }
    for (guint i = 0; i < HOOK_EVENT_COUNT; i++) {
        g_free(hooks->documents[i]);
    }
    g_ptr_array_unref(hooks->commands);
    g_ptr_array_unref(hooks->names);
    g_free(hooks);
}

void run_hooks(const Cycle *cycle, RunHooks *hooks)
{
    if (hooks != NULL) {
        start_all(cycle, hooks);
        wait_for_all(hooks);
    }
}
