#include "agent/last_run.h"

#include "agent/exit_code.h"

#include <string.h>

static gboolean is_result(const json_t *run)
{
    const json_t *exit_code = json_object_get(run, "exit_code");
    return json_is_integer(exit_code) && json_integer_value(exit_code) >= 0 &&
           json_integer_value(exit_code) <= 255 && json_is_integer(json_object_get(run, "time"));
}

gboolean last_run_read(Cycle *cycle, json_t **run)
{
    g_autoptr(GError) error = NULL;
    json_error_t where;
    *run = NULL;
    g_autofree char *text = state_read_last_run(cycle->state, &error);
    if (text == NULL) {
        return error != NULL ? cycle_fail(cycle, EXIT_ERROR, "%s", error->message) : TRUE;
    }
    *run = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (*run == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s/last-run.json cannot be read: line %d: %s",
                          cycle->state_dir, where.line, where.text);
    }
    if (!is_result(*run)) {
        g_clear_pointer(run, json_decref);
        return cycle_fail(cycle, EXIT_ERROR, "%s/last-run.json is not the result of a run",
                          cycle->state_dir);
    }
    return TRUE;
}

/* Is the result of a run over all domains there? */
static gboolean has_whole_run(const Cycle *cycle)
{
    g_autofree char *text = state_read_last_run(cycle->state, NULL);
    json_t *run = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    gboolean is_whole = is_result(run) && !json_is_string(json_object_get(run, "only"));
    json_decref(run);
    return is_whole;
}

void last_run_keep(Cycle *cycle, const char *json)
{
    g_autoptr(GError) error = NULL;
    const char *only = cycle->options->only;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    if (only != NULL && has_whole_run(cycle)) {
        return;
    }
    json_t *name = json_string(only);
    char *shown = json_dumps(name != NULL ? name : json_null(), JSON_ENCODE_ANY);
    /* The document is ours and begins with "{\n". */
    g_autofree char *kept = g_strdup_printf("{\n  \"time\": %" G_GINT64_FORMAT
                                            ",\n  \"exit_code\": %d,\n  \"only\": %s,\n%s",
                                            now, cycle->exit_code, shown, json + strlen("{\n"));
    free(shown);
    json_decref(name);
    if (!state_write_last_run(cycle->state, kept, &error)) {
        cycle_fail(cycle, EXIT_ERROR, "cannot keep the result of the run: %s", error->message);
        fprintf(stderr, "xensure: %s\n", cycle->error);
    }
}
