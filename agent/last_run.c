#include "agent/last_run.h"

#include "agent/exit_code.h"
#include "agent/metrics.h"
#include "agent/report.h"
#include "agent/run_folder.h"

#include <stdlib.h>
#include <string.h>

static gboolean is_result(const json_t *run)
{
    const json_t *exit_code = json_object_get(run, "exit_code");
    return json_is_integer(exit_code) && json_integer_value(exit_code) >= 0 &&
           json_integer_value(exit_code) <= 255 && json_is_integer(json_object_get(run, "time"));
}

/* ---- reading ---- */

/* NULL: there is none, or CYCLE has failed. */
static json_t *parse(Cycle *cycle, const char *folder, char *taken, const GError *error)
{
    g_autofree char *text = taken;
    json_error_t where;
    if (text == NULL) {
        if (error != NULL) {
            cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        }
        return NULL;
    }
    json_t *run = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (run == NULL) {
        cycle_fail(cycle, EXIT_ERROR, "%s/last-run.json cannot be read: line %d: %s", folder,
                   where.line, where.text);
    } else if (!is_result(run)) {
        g_clear_pointer(&run, json_decref);
        cycle_fail(cycle, EXIT_ERROR, "%s/last-run.json is not the result of a run", folder);
    }
    return run;
}

static gint64 time_of(const json_t *run)
{
    return json_integer_value(json_object_get(run, "time"));
}

gboolean last_runs_read(Cycle *cycle, LastRuns *out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) fleeting_error = NULL;
    char *text = state_read_last_run(cycle->state, &error);
    json_t *kept = parse(cycle, cycle->state_dir, text, error);
    char *fleeting_text = run_folder_read_last(cycle->run_dir, &fleeting_error);
    json_t *fleeting = parse(cycle, cycle->run_dir, fleeting_text, fleeting_error);
    if (cycle->error != NULL) {
        json_decref(kept);
        json_decref(fleeting);
        return FALSE;
    }
    /* Both are of one run, unless it was refused, or a boot has emptied the run directory. */
    gboolean is_fleeting_last =
        fleeting != NULL &&
        (kept == NULL || (time_of(fleeting) >= time_of(kept) && !json_equal(fleeting, kept)));
    out->last = is_fleeting_last ? fleeting : kept;
    out->applied = is_fleeting_last ? kept : NULL;
    if (!is_fleeting_last) {
        json_decref(fleeting);
    }
    out->runs = run_folder_read_runs(cycle->run_dir);
    return TRUE;
}

void last_runs_clear(LastRuns *runs)
{
    json_decref(runs->last);
    json_decref(runs->applied);
    json_decref(runs->runs);
}

/* ---- keeping ---- */

/* Is the result of a run over all domains there? Takes TEXT over. */
static gboolean is_whole_run(char *text)
{
    json_t *run = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    gboolean is_whole = is_result(run) && !json_is_string(json_object_get(run, "only"));
    json_decref(run);
    g_free(text);
    return is_whole;
}

/* As last_run_find_before(), from RUNS. */
static json_t *find_before(const Cycle *cycle, const json_t *runs)
{
    gsize count = json_array_size(runs);
    if (count > 0) {
        return json_incref(json_array_get(runs, count - 1));
    }
    g_autoptr(State) state = state_new(cycle->state_dir);
    g_autofree char *text = state_read_last_run(state, NULL);
    return text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

json_t *last_run_find_before(const Cycle *cycle)
{
    json_t *runs = run_folder_read_runs(cycle->run_dir);
    json_t *before = find_before(cycle, runs);
    json_decref(runs);
    return before;
}

/* The report, which is ours and begins with "{\n", with FACTS in front. */
static char *make_document(const Cycle *cycle, const RunFacts *facts, const char *json)
{
    json_t *object = json_object();
    run_facts_add(cycle, facts, object);
    char *front = json_dumps(object, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(object);
    char *document = g_strdup_printf("%.*s,\n%s", (int)(strlen(front) - strlen("\n}")), front,
                                     json + strlen("{\n"));
    free(front);
    return document;
}

static gboolean keep_in_state(Cycle *cycle, const char *document)
{
    g_autoptr(GError) error = NULL;
    if (cycle->options->only != NULL && is_whole_run(state_read_last_run(cycle->state, NULL))) {
        return TRUE;
    }
    if (!state_write_last_run(cycle->state, document, &error)) {
        cycle_fail(cycle, EXIT_ERROR, "cannot keep the result of the run: %s", error->message);
        fprintf(stderr, "xensure: %s\n", cycle->error);
    }
    return error == NULL;
}

static void keep_in_run_directory(const Cycle *cycle, const RunFacts *facts, json_t *runs,
                                  const char *document, GPtrArray *warnings)
{
    g_autoptr(GError) error = NULL;
    gboolean is_kept = (cycle->options->only != NULL &&
                        is_whole_run(run_folder_read_last(cycle->run_dir, NULL))) ||
                       run_folder_write_last(cycle->run_dir, document, &error);
    if (!is_kept || !run_folder_add(cycle, facts, runs, &error)) {
        g_ptr_array_add(warnings, g_strdup_printf("the run is not told in the run directory: %s",
                                                  error->message));
    }
}

/* Of a run that looked at one domain alone there are none: they would take the place of all. */
static void keep_metrics(const Cycle *cycle, const RunFacts *facts, GPtrArray *warnings)
{
    const char *path = agent_config_text(cycle->config, AGENT_KEY_metrics);
    g_autoptr(GError) error = NULL;
    if (path != NULL && cycle->options->only == NULL &&
        !metrics_write(cycle, facts, path, &error)) {
        g_ptr_array_add(warnings,
                        g_strdup_printf("the metrics are not written: %s", error->message));
    }
}

/* A run that was refused leaves no state directory behind. */
static gboolean has_place(const Cycle *cycle)
{
    g_autofree char *below = g_strconcat(cycle->state_dir, "/", NULL);
    return !g_str_has_prefix(cycle->run_dir, below) ||
           g_file_test(cycle->state_dir, G_FILE_TEST_IS_DIR);
}

void last_run_keep(Cycle *cycle, const char *json, gboolean held_lock, GPtrArray *warnings)
{
    /* Another run is under way, and will say how it ended. */
    if (cycle->run_dir == NULL || cycle->exit_code == EXIT_LOCKED || !has_place(cycle)) {
        return;
    }
    json_t *runs = run_folder_read_runs(cycle->run_dir);
    json_t *before = find_before(cycle, runs);
    g_auto(RunFacts) facts = {0};
    run_facts_find(cycle, before, &facts);
    g_autofree char *document = make_document(cycle, &facts, json);
    /* What was refused does not take the place of what is applied. */
    gboolean is_refused = cycle->exit_code == EXIT_REJECTED && cycle->plan == NULL;
    if (held_lock && !is_refused && !keep_in_state(cycle, document)) {
        run_facts_clear(&facts);
        run_facts_find(cycle, before, &facts);
        g_free(document);
        g_autofree char *failed = report_make_json(cycle);
        document = make_document(cycle, &facts, failed);
    }
    keep_in_run_directory(cycle, &facts, runs, document, warnings);
    keep_metrics(cycle, &facts, warnings);
    json_decref(before);
    json_decref(runs);
}
