/* import: a spec of what is there. */
#include "agent/commands.h"
#include "agent/exit_code.h"
#include "agent/import.h"
#include "agent/report.h"

#include <stdio.h>
#include <string.h>

#define PLACEHOLDER "CHANGE-ME"

/* ---- the head of the spec ---- */

static const char *find_fleet(const Cycle *cycle)
{
    const char *fleet = agent_config_text(cycle->config, AGENT_KEY_fleet);
    if (fleet == NULL && cycle->record != NULL) {
        fleet = cycle->record->fleet;
    }
    return fleet != NULL ? fleet : PLACEHOLDER;
}

static GPtrArray *make_comments(const Import *import, const char *fleet)
{
    GPtrArray *comments = g_ptr_array_new_with_free_func(g_free);
    gboolean is_running = import->cycle->options->is_running;
    g_ptr_array_add(comments, g_strdup_printf("Made by `xensure import` of %s on the host %s.",
                                              is_running ? "what runs" : "config files",
                                              import->cycle->host_name));
    if (is_running) {
        g_ptr_array_add(comments, g_strdup("The toolstack does not show all that a domain was "
                                           "made of: look at its config file, too."));
    }
    g_ptr_array_add(comments, g_strdup("Look it over before you apply it: `xensure plan` should "
                                       "have nothing to do but adopt."));
    if (strcmp(fleet, PLACEHOLDER) == 0) {
        g_ptr_array_add(comments, g_strdup("Give the fleet a name: made uuids and MAC addresses "
                                           "come from it."));
    }
    for (guint i = 0; i < import->refusals->len; i++) {
        const ImportRefusal *refusal = g_ptr_array_index(import->refusals, i);
        g_ptr_array_add(comments,
                        g_strdup_printf("not here: %s: %s", refusal->source, refusal->message));
    }
    g_ptr_array_add(comments, NULL);
    return comments;
}

/* ---- for people ---- */

static void append_refusal(const ImportRefusal *refusal, GString *out)
{
    g_string_append(out, refusal->source);
    if (refusal->line > 0) {
        g_string_append_printf(out, ":%u:%u", refusal->line, refusal->column);
    }
    g_string_append_printf(out, ": %s\n", refusal->message);
    if (refusal->text != NULL) {
        g_string_append_printf(out, "    %s\n", refusal->text);
    }
}

static void print_text(const Import *import, const ImportedSpec *spec, const char *fleet)
{
    g_autoptr(GString) said = g_string_new(NULL);
    for (guint i = 0; i < import->remarks->len; i++) {
        g_string_append_printf(said, "xensure: %s\n",
                               (const char *)g_ptr_array_index(import->remarks, i));
    }
    for (guint i = 0; i < import->refusals->len; i++) {
        append_refusal(g_ptr_array_index(import->refusals, i), said);
    }
    for (guint i = 0; i < import->domains->len; i++) {
        imported_domain_format_notes(g_ptr_array_index(import->domains, i), said);
    }
    problems_format(spec->problems, said, FALSE);
    if (strcmp(fleet, PLACEHOLDER) == 0) {
        g_string_append(said, "xensure: no fleet is known: put its name in the place of "
                              "'" PLACEHOLDER "'\n");
    }
    fputs(said->str, stderr);
    fputs(spec->text, stdout);
}

/* ---- as JSON ---- */

static json_t *make_note(const ImportedDomain *domain, const ImportNote *note)
{
    g_autofree char *source = g_utf8_make_valid(domain->source, -1);
    return json_pack("{s:s, s:o, s:i, s:i, s:o, s:s, s:b}", "source", source, "domain",
                     report_make_text(domain->name), "line", (int)note->line, "column",
                     (int)note->column, "key", report_make_text(note->key), "reason", note->reason,
                     "left_out", g_str_has_prefix(note->reason, "left out"));
}

static json_t *make_refusal(const ImportRefusal *refusal)
{
    return json_pack("{s:s, s:n, s:i, s:i, s:n, s:s, s:b}", "source", refusal->source, "domain",
                     "line", (int)refusal->line, "column", (int)refusal->column, "key", "reason",
                     refusal->message, "left_out", TRUE);
}

/* What is not in the spec as it was found. */
static json_t *make_notes(const Import *import)
{
    json_t *array = json_array();
    for (guint i = 0; i < import->refusals->len; i++) {
        json_array_append_new(array, make_refusal(g_ptr_array_index(import->refusals, i)));
    }
    for (guint i = 0; i < import->domains->len; i++) {
        const ImportedDomain *domain = g_ptr_array_index(import->domains, i);
        for (guint j = 0; j < domain->notes->len; j++) {
            json_array_append_new(array, make_note(domain, g_ptr_array_index(domain->notes, j)));
        }
    }
    return array;
}

static json_t *make_remarks(const Import *import)
{
    json_t *array = json_array();
    for (guint i = 0; i < import->remarks->len; i++) {
        json_array_append_new(array, json_string(g_ptr_array_index(import->remarks, i)));
    }
    return array;
}

static void print_json(const Import *import, const ImportedSpec *spec)
{
    const Cycle *cycle = import->cycle;
    json_t *document =
        json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "format_version", REPORT_FORMAT_VERSION,
                  "host", cycle->host_name != NULL ? cycle->host_name : "", "spec",
                  report_make_text(spec != NULL ? spec->text : NULL), "notes", make_notes(import),
                  "remarks", make_remarks(import), "problems",
                  spec != NULL ? report_make_problems(spec->problems) : json_array(), "error",
                  report_make_text(cycle->error));
    g_autofree char *text = report_dump(document);
    fputs(text, stdout);
}

/* ---- the command ---- */

static gboolean gather(Import *import)
{
    Cycle *cycle = import->cycle;
    const Options *options = cycle->options;
    if (options->is_running && options->arguments[0] != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "expected config files, or --running, not both");
    }
    if (!cycle_read_config(cycle) || !import_look(import, options->is_running)) {
        return FALSE;
    }
    if (options->is_running) {
        import_read_running(import);
    } else {
        import_read_files(import, options->arguments);
    }
    import_remark_known(import);
    return TRUE;
}

static ImportedSpec *make_spec(Import *import, const char *fleet)
{
    Cycle *cycle = import->cycle;
    g_autoptr(GPtrArray) comments = make_comments(import, fleet);
    ImportedSpec *spec =
        xen_import_spec((const char *const *)comments->pdata, fleet, import->domains);
    if (!spec->is_whole) {
        cycle_fail(cycle, EXIT_ERROR,
                   problems_count_errors(spec->problems) > 0
                       ? "the spec is not right as it stands: see what is said of it"
                       : "a domain, or something that it needs, is not in the spec: see what is "
                         "said of it");
    }
    return spec;
}

int command_import(const Options *options)
{
    Cycle cycle;
    Import import;
    cycle_init(&cycle, options);
    import_init(&import, &cycle);
    g_autoptr(ImportedSpec) spec = NULL;
    if (gather(&import)) {
        const char *fleet = find_fleet(&cycle);
        spec = make_spec(&import, fleet);
        if (!options->is_json) {
            print_text(&import, spec, fleet);
        }
    }
    if (options->is_json) {
        print_json(&import, spec);
    }
    report_errors(&cycle);
    int exit_code = cycle.exit_code;
    import_clear(&import);
    g_clear_pointer(&spec, imported_spec_free);
    cycle_clear(&cycle);
    return exit_code;
}
