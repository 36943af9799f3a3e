#include "agent/run_hooks.h"

#include "agent/exit_code.h"
#include "agent/log.h"
#include "agent/report.h"
#include "agent/run_log.h"
#include "xenbackend/command.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define AUDIENCE        "hook"
#define HOOK_OUTPUT_MAX (64u * 1024)
/* From SIGTERM to SIGKILL when the run is ended: a daemon that ends gives its run less than a
 * second. */
#define END_GRACE_MS 200

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

static const int end_signals[] = {SIGTERM, SIGINT, SIGHUP};
static volatile sig_atomic_t end_signal; /* that was taken; 0: none */

static void take_signal(int number)
{
    end_signal = number;
}

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

static void finish(RunHooks *hooks, int index)
{
    const char *name = g_ptr_array_steal_index_fast(hooks->names, (guint)index);
    g_autoptr(CommandResult) result =
        command_finish(g_ptr_array_steal_index_fast(hooks->commands, (guint)index));
    if (!command_result_is_success(result)) {
        g_autofree char *words = command_result_describe(result);
        log_tell(LOG_HOOK_FAILED, NULL, "warning: on_event: %s %s", name, words);
    }
}

/* FALSE: the run is to end, and some are left. */
static gboolean wait_for_all(RunHooks *hooks)
{
    const GPtrArray *commands = hooks->commands;
    while (commands->len > 0) {
        guint timeout_ms = end_signal == 0 ? G_MAXUINT : 0;
        int index = command_wait_any((Command *const *)commands->pdata, commands->len, timeout_ms);
        if (index >= 0) {
            finish(hooks, index);
        } else if (end_signal != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ---- the end of the run meanwhile ---- */

/* Blocked but while we wait (command_wait_any()). WAS_BLOCKED: what was before. */
static void catch_signals(sigset_t *was_blocked)
{
    sigset_t blocked;
    struct sigaction action = {.sa_handler = take_signal};
    sigemptyset(&blocked);
    for (guint i = 0; i < G_N_ELEMENTS(end_signals); i++) {
        struct sigaction before;
        if (sigaction(end_signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            sigaddset(&blocked, end_signals[i]);
            sigaction(end_signals[i], &action, NULL);
        }
    }
    sigprocmask(SIG_BLOCK, &blocked, was_blocked);
}

static void leave_signals(const sigset_t *was_blocked)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (guint i = 0; i < G_N_ELEMENTS(end_signals); i++) {
        struct sigaction now;
        if (sigaction(end_signals[i], NULL, &now) == 0 && now.sa_handler == take_signal) {
            sigaction(end_signals[i], &action, NULL);
        }
    }
    sigprocmask(SIG_SETMASK, was_blocked, NULL);
}

static void signal_all(const RunHooks *hooks, int number)
{
    for (guint i = 0; i < hooks->commands->len; i++) {
        kill(-command_pid(g_ptr_array_index(hooks->commands, i)), number);
    }
}

/* Waits until all have ended, for so long at most. They are not reaped, so that the numbers of
 * their groups stay theirs. */
static void wait_for_ends(const RunHooks *hooks, gint64 timeout_ms)
{
    gint64 until_us = g_get_monotonic_time() + timeout_ms * 1000;
    for (guint i = 0; i < hooks->commands->len; i++) {
        struct pollfd entry = {.fd = command_descriptor(g_ptr_array_index(hooks->commands, i)),
                               .events = POLLIN};
        gint64 left_ms = (until_us - g_get_monotonic_time()) / 1000;
        poll(&entry, 1, (int)MAX(left_ms, 0));
    }
}

/* Nobody would keep their limits when we are gone. */
static void end_all(const RunHooks *hooks)
{
    signal_all(hooks, SIGTERM);
    wait_for_ends(hooks, END_GRACE_MS);
    signal_all(hooks, SIGKILL);
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
    sigset_t was_blocked;
    if (hooks == NULL) {
        return;
    }
    catch_signals(&was_blocked);
    start_all(cycle, hooks);
    if (!wait_for_all(hooks)) {
        end_all(hooks);
    }
    leave_signals(&was_blocked);
    if (end_signal != 0) {
        raise(end_signal);
    }
}
