#include "agent/run_folder.h"

#include "agent/json_lines.h"
#include "agent/report.h"
#include "xenbackend/file.h"

#include <string.h>

#define FOLDER_MODE       0755
#define FILE_MODE         0600 /* reasons tell values of specs */
#define RUNS_BYTES_MAX    (16u * 1024 * 1024)
#define LAST_RUN_MOST     (256u * 1024 * 1024)
#define NEXT_RUN_MOST     64
#define ACTIONS_TOLD_MOST 20u

char *run_folder_find(const AgentConfig *config, const char *state_dir)
{
    const char *given = agent_config_text(config, AGENT_KEY_run_dir);
    const Value *usual = key_table_default(&agent_keys, AGENT_KEY_state_dir);
    if (given != NULL) {
        return g_canonicalize_filename(given, NULL);
    }
    return strcmp(state_dir, usual->text) == 0 ? g_strdup(RUN_FOLDER_DEFAULT)
                                               : g_build_filename(state_dir, "run", NULL);
}

/* ---- the runs ---- */

json_t *run_folder_read_runs(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "runs", NULL);
    g_autoptr(GBytes) bytes = file_read_if_there(path, RUNS_BYTES_MAX, NULL);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : "";
    return json_lines_read(text, length);
}

static json_t *make_told_actions(const Cycle *cycle)
{
    json_t *array = json_array();
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        const Action *action = g_ptr_array_index(cycle->plan->actions, i);
        const Outcome *outcome = &g_array_index(cycle->outcomes, Outcome, i);
        if (outcome->result != RESULT_HELD && json_array_size(array) < ACTIONS_TOLD_MOST) {
            json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:s}", "domain", action->name,
                                                   "action", action_kind_name(action->kind),
                                                   "cause", cause_name(action->is_drift), "result",
                                                   action_result_name(outcome->result)));
        }
    }
    return array;
}

/* Its result without what it found: a line. */
static json_t *make_line(const Cycle *cycle, const RunFacts *facts)
{
    guint counts[RESULT_HELD + 1] = {0};
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        counts[g_array_index(cycle->outcomes, Outcome, i).result]++;
    }
    json_t *line = json_object();
    const Spec *spec = cycle->spec;
    run_facts_add(cycle, facts, line);
    json_object_set_new(line, "generation",
                        spec != NULL && spec->has_generation ? json_integer(spec->generation)
                                                             : json_null());
    json_object_set_new(line, "done", json_integer(counts[RESULT_DONE]));
    json_object_set_new(line, "failed", json_integer(counts[RESULT_FAILED]));
    json_object_set_new(line, "held", json_integer(counts[RESULT_HELD]));
    json_object_set_new(line, "error", report_make_text(cycle->error));
    json_object_set_new(line, "actions", make_told_actions(cycle));
    return line;
}

gboolean run_folder_add(const Cycle *cycle, const RunFacts *facts, json_t *runs, GError **error)
{
    g_autofree char *path = g_build_filename(cycle->run_dir, "runs", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    json_array_append_new(runs, make_line(cycle, facts));
    gsize count = json_array_size(runs);
    for (gsize i = count > RUN_FOLDER_RUNS ? count - RUN_FOLDER_RUNS : 0; i < count; i++) {
        json_lines_append(json_incref(json_array_get(runs, i)), text);
    }
    file_remove_leftovers(cycle->run_dir);
    return file_make_folder(cycle->run_dir, FOLDER_MODE, error) &&
           file_replace_fleeting(path, text->str, text->len, FILE_MODE, error);
}

/* ---- the last one ---- */

char *run_folder_read_last(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "last-run.json", NULL);
    g_autoptr(GBytes) bytes = file_read_if_there(path, LAST_RUN_MOST, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    return g_strndup(text != NULL ? text : "", length);
}

gboolean run_folder_write_last(const char *folder, const char *json, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "last-run.json", NULL);
    return file_make_folder(folder, FOLDER_MODE, error) &&
           file_replace_fleeting(path, json, strlen(json), FILE_MODE, error);
}

/* ---- the next one ---- */

gint64 run_folder_read_next(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "next-run", NULL);
    g_autoptr(GBytes) bytes = file_read_if_there(path, NEXT_RUN_MOST, NULL);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    g_autofree char *number = g_strndup(text != NULL ? text : "", length);
    gint64 time = 0;
    return g_ascii_string_to_signed(g_strstrip(number), 10, 1, G_MAXINT64, &time, NULL) ? time : 0;
}

gboolean run_folder_write_next(const char *folder, gint64 time, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "next-run", NULL);
    if (time == 0) {
        return file_remove(path, error);
    }
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n", time);
    return file_make_folder(folder, FOLDER_MODE, error) &&
           file_replace_fleeting(path, text, strlen(text), FILE_MODE, error);
}
