#include "agent/history.h"

#include "agent/json_lines.h"
#include "agent/report.h"
#include "xenbackend/file.h"

#include <string.h>
#include <sys/stat.h>

/* A file of this size becomes the older half, in the place of the one before. */
#define HISTORY_BYTES_MOST (1024u * 1024)
#define HISTORY_READ_MOST  (16u * HISTORY_BYTES_MOST)
#define HISTORY_MODE       0600 /* reasons tell values of specs */

/* The source that the domain's part of the spec came from; NULL: there is one alone, or the domain
 * has left the spec. */
static const SpecSource *find_source(const Cycle *cycle, const Action *action)
{
    return cycle->sources->len > 1 && action->domain != NULL
               ? cycle_find_source(cycle, action->domain->where.text)
               : NULL;
}

/* Where the spec came from: the commit of this source, or of all that have one. */
static json_t *make_commits(const Cycle *cycle, const SpecSource *own)
{
    json_t *array = json_array();
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (source->commit != NULL && (own == NULL || own == source)) {
            json_array_append_new(array, report_make_text(source->commit));
        }
    }
    return array;
}

static void append_line(const Cycle *cycle, const Action *action, const Outcome *outcome,
                        GString *out)
{
    const Spec *spec = cycle->spec;
    const SpecSource *source = find_source(cycle, action);
    gboolean has_generation = source != NULL ? source->header.has_generation : spec->has_generation;
    gint64 generation = source != NULL ? source->header.generation : spec->generation;
    json_t *line = json_object();
    json_object_set_new(line, "time", json_integer(g_get_real_time() / G_USEC_PER_SEC));
    json_object_set_new(line, "domain", report_make_text(action->name));
    json_object_set_new(line, "action", json_string(action_kind_name(action->kind)));
    json_object_set_new(line, "cause", json_string(cause_name(action->is_drift)));
    json_object_set_new(line, "reason", report_make_text(action->reason));
    json_object_set_new(line, "result", json_string(action_result_name(outcome->result)));
    json_object_set_new(line, "message", report_make_text(outcome->message));
    json_object_set_new(line, "duration_ms", json_integer(outcome->duration_ms));
    json_object_set_new(line, "fleet", report_make_text(spec->fleet));
    json_object_set_new(line, "source", report_make_text(source != NULL ? source->name : NULL));
    json_object_set_new(line, "generation",
                        has_generation ? json_integer(generation) : json_null());
    json_object_set_new(line, "commits", make_commits(cycle, source));
    json_lines_append(line, out);
}

gboolean history_add(const Cycle *cycle, const Action *action, const Outcome *outcome,
                     GError **error)
{
    struct stat status;
    g_autofree char *path = g_build_filename(cycle->state_dir, "history", NULL);
    g_autofree char *older = g_build_filename(cycle->state_dir, "history.1", NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    if (stat(path, &status) == 0 && status.st_size >= HISTORY_BYTES_MOST) {
        /* If it cannot be, the file grows. */
        (void)rename(path, older);
    }
    append_line(cycle, action, outcome, line);
    return file_append_fleeting(path, line->str, line->len, HISTORY_MODE, error);
}

static gboolean read_file(const char *state_dir, const char *file, const char *name, json_t *out,
                          GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *path = g_build_filename(state_dir, file, NULL);
    g_autoptr(GBytes) bytes = file_read_if_there(path, HISTORY_READ_MOST, &failure);
    if (bytes == NULL && failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    json_t *lines = json_lines_read(text != NULL ? text : "", length);
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        const char *domain = json_string_value(json_object_get(line, "domain"));
        if (g_strcmp0(domain, name) == 0) {
            json_array_append(out, line);
        }
    }
    json_decref(lines);
    return TRUE;
}

json_t *history_read(const char *state_dir, const char *name, GError **error)
{
    json_t *out = json_array();
    if (!read_file(state_dir, "history.1", name, out, error) ||
        !read_file(state_dir, "history", name, out, error)) {
        g_clear_pointer(&out, json_decref);
    }
    return out;
}
