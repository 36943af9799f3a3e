/* The spec of a run: where it comes from, and whether this host may act on it. */
#include "agent/accepted.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/source.h"
#include "agent/spec_source.h"
#include "spec/text_checks.h"
#include "xenbackend/xen_config_password.h"

#include <string.h>

/* ---- sources ---- */

gboolean cycle_read_paths(Cycle *cycle, SpecSource *source, SpecUse use)
{
    for (char **path = source->paths; *path != NULL; path++) {
        guint before = source->texts->len;
        if (!cycle_read_path(cycle, source, *path, use)) {
            return FALSE;
        }
        if (source->texts->len == before) {
            problems_add(cycle->problems, (Position){0},
                         "%s: expected a folder with files *.yaml, found none in it", *path);
            return cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: 1 problem");
        }
    }
    return TRUE;
}

/* A path that was read twice would give every domain twice. */
static gboolean check_twice(Cycle *cycle, const SpecSource *source)
{
    for (guint i = 0; i < source->texts->len; i++) {
        const char *name = trusted_text_name(g_ptr_array_index(source->texts, i));
        g_autofree char *real =
            source->paths != NULL && g_strcmp0(name, "-") != 0 ? realpath(name, NULL) : NULL;
        if (!g_hash_table_add(cycle->paths, g_strdup(real != NULL ? real : name))) {
            return cycle_fail(cycle, EXIT_ERROR, "%s is given twice as a spec", name);
        }
    }
    return TRUE;
}

static gboolean read_source(Cycle *cycle, SpecSource *source, SpecUse use)
{
    if (!cycle_choose_keyring(cycle, source)) {
        return FALSE;
    }
    gboolean is_read = spec_source_is_remote(source) ? cycle_read_remote(cycle, source, use)
                                                     : source->kind->read(cycle, source, use);
    if (!is_read || !check_twice(cycle, source)) {
        return FALSE;
    }
    spec_source_sum_up(source);
    spec_read_source(cycle->spec, source->texts, &source->header, cycle->problems);
    source->is_taken = TRUE;
    return TRUE;
}

static gboolean list_sources_of_config(Cycle *cycle)
{
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    if (sources == NULL || sources->count == 0) {
        return cycle_fail(cycle, EXIT_ERROR,
                          "no spec is given: use --spec PATH, or `sources` in agent.yaml");
    }
    for (guint i = 0; i < sources->count; i++) {
        g_autofree char *trouble = NULL;
        SpecSource *source = spec_source_new(sources->items[i].table, &trouble);
        if (source == NULL) {
            return cycle_fail(cycle, EXIT_ERROR, "source %u of agent.yaml: %s", i + 1, trouble);
        }
        g_ptr_array_add(cycle->sources, source);
    }
    return TRUE;
}

/* What is given beats what agent.yaml says. */
static gboolean list_sources(Cycle *cycle, char **paths)
{
    char **given = paths != NULL && paths[0] != NULL ? paths : cycle->options->specs;
    if (given == NULL) {
        return list_sources_of_config(cycle);
    }
    g_ptr_array_add(cycle->sources, spec_source_new_paths((const char *const *)given));
    return TRUE;
}

/* A word that is for no source would be no word for the one that was meant. */
static gboolean check_accepted(Cycle *cycle)
{
    char **words = cycle->options->accept_generation;
    for (; words != NULL && *words != NULL; words++) {
        g_autoptr(GString) names = g_string_new(NULL);
        gboolean fits = FALSE;
        for (guint i = 0; i < cycle->sources->len; i++) {
            const SpecSource *source = g_ptr_array_index(cycle->sources, i);
            fits = fits || accepted_fits(*words, source->name);
            g_string_append_printf(names, "%s'%s'", i > 0 ? ", " : "", source->name);
        }
        if (!fits) {
            return cycle_fail(cycle, EXIT_ERROR,
                              "--accept-generation: expected one of the sources %s, found '%s'",
                              names->str, *words);
        }
    }
    return TRUE;
}

static gboolean read_sources(Cycle *cycle, SpecUse use)
{
    gboolean is_read = TRUE;
    for (guint i = 0; is_read && i < cycle->sources->len; i++) {
        is_read = read_source(cycle, g_ptr_array_index(cycle->sources, i), use);
    }
    return is_read;
}

/* ---- the spec ---- */

/* Xen's own, where agent.yaml says nothing. In a source with bounds, pygrub is none of them, which
 * reads what the guest wrote as root; nor is vif-route, which leads past all bridges. */
static char **allowed_programs(const Cycle *cycle, gboolean is_bounded)
{
    static const char *const stock[] = {"vif-bridge", "vif-openvswitch", "block",
                                        "pygrub",     "vif-route",       NULL};
    static const char *const stock_bounded[] = {"vif-bridge", "vif-openvswitch", "block", NULL};
    const Value *programs = agent_config_value(cycle->config, AGENT_KEY_allow_programs);
    if (programs == NULL) {
        return g_strdupv((char **)(is_bounded ? stock_bounded : stock));
    }
    char **names = g_new0(char *, programs->count + 1);
    for (guint i = 0; i < programs->count; i++) {
        names[i] = g_strdup(programs->items[i].text);
    }
    return names;
}

/* agent.yaml decides what may be stopped: it is trusted as little as a spec is. */
gboolean cycle_check_config_path(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (cycle->config_path == NULL || source_check_safe(cycle->config_path, &error)) {
        return TRUE;
    }
    return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
}

static void warn_of_open_display(Cycle *cycle, const Domain *domain, const Value *address)
{
    gboolean has_display = FALSE;
    if (address != NULL && !listens_locally(address->text, &has_display)) {
        problems_add_warning(
            cycle->problems, address->where,
            "the display of domain '%s' has no password and listens on '%s', where "
            "others may reach it (`vnc_password_file` in agent.yaml)",
            domain->name, address->text);
    }
}

static void warn_of_open_displays(Cycle *cycle)
{
    gboolean has_password = agent_config_value(cycle->config, AGENT_KEY_vnc_password_file) != NULL;
    for (guint i = 0; !has_password && i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (!domain_is_on(domain, cycle->host_name) || !xen_config_takes_password(domain)) {
            continue;
        }
        warn_of_open_display(cycle, domain, domain_get(domain, DOMAIN_KEY_vnclisten));
        const Value *displays = domain_get(domain, DOMAIN_KEY_vfb);
        for (guint j = 0; displays != NULL && j < displays->count; j++) {
            warn_of_open_display(cycle, domain,
                                 settings_own(displays->items[j].table, VFB_KEY_vnclisten));
        }
    }
}

/* NULL: the spec can be this host's; else why not. */
static char *find_host_trouble(const Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (spec_has_hosts(spec) &&
        g_hash_table_lookup(spec->hosts_by_name, cycle->host_name) == NULL) {
        return g_strdup_printf(
            "the spec has `hosts`, and this host, '%s', is not one of them (--host NAME, or "
            "`host` in agent.yaml, says another name)",
            cycle->host_name);
    }
    for (guint i = 0; !spec_has_hosts(spec) && i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        if (!domain_is_on(domain, cycle->host_name)) {
            return g_strdup_printf("domain '%s' is for the host '%s', the spec has no `hosts`, and "
                                   "this host is '%s'",
                                   domain->name, domain->host, cycle->host_name);
        }
    }
    return NULL;
}

static void check_configs(const Cycle *cycle, const ConfigDialect *dialect, Problems *problems)
{
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name)) {
            xen_config_check(dialect, domain, problems);
        }
    }
}

/* What all sources say together. */
static gboolean read_whole(Cycle *cycle, SpecUse use)
{
    cycle->spec = spec_new();
    if (!read_sources(cycle, use)) {
        return FALSE;
    }
    g_auto(GStrv) programs = allowed_programs(cycle, FALSE);
    g_auto(GStrv) bounded = allowed_programs(cycle, TRUE);
    spec_finish(cycle->spec, (const char *const *)programs, cycle->problems);
    cycle_check_bounds(cycle, (const char *const *)bounded);
    return TRUE;
}

/* Holds back what is new of the sources that are at fault where this host cannot take what all say
 * together, or of all where it is none's own. TRUE: the spec is to be read once more. */
static gboolean hold_back(Cycle *cycle)
{
    static const char what[] = "it is signed, and what all sources say together is refused";
    g_autofree char *why = NULL;
    if (problems_count_errors(cycle->problems) > 0) {
        why = cycle_describe_problems(cycle->problems, NULL, what);
        return cycle_hold_back(cycle, cycle->problems, why);
    }
    g_autofree char *host_trouble = find_host_trouble(cycle);
    g_autoptr(Problems) problems = problems_new();
    check_configs(cycle, cycle_find_dialect(cycle), problems);
    if (host_trouble != NULL) {
        why = g_strdup_printf("%s: %s", what, host_trouble);
    } else if (problems_count_errors(problems) > 0) {
        why = cycle_describe_problems(problems, NULL, what);
    }
    return cycle_hold_back(cycle, problems, why);
}

/* Forgets what was read, and all that was found in it. */
static void forget_whole(Cycle *cycle)
{
    problems_free(cycle->problems);
    cycle->problems = problems_new();
    for (guint i = 0; i < cycle->sources->len; i++) {
        spec_source_forget(g_ptr_array_index(cycle->sources, i));
    }
    g_clear_pointer(&cycle->spec, spec_free);
    g_hash_table_remove_all(cycle->paths);
}

/* The same; where it is refused, and a source elsewhere gave something new, by the copies of what
 * was applied before: what should run is kept. */
static gboolean read_whole_or_copies(Cycle *cycle, SpecUse use)
{
    Problems *before = cycle->problems;
    cycle->problems = problems_new();
    gboolean is_read = read_whole(cycle, use);
    /* Looked for only where there is a way out of it: it costs as much as a plan. */
    while (is_read && cycle_can_hold_back(cycle) && hold_back(cycle)) {
        forget_whole(cycle);
        is_read = read_whole(cycle, use);
    }
    problems_move(cycle->problems, before);
    problems_free(cycle->problems);
    cycle->problems = before;
    return is_read;
}

gboolean cycle_read_spec(Cycle *cycle, char **paths, SpecUse use)
{
    if ((use == SPEC_TO_APPLY && !cycle_check_config_path(cycle)) || !list_sources(cycle, paths) ||
        !check_accepted(cycle) || !cycle_read_keyring(cycle, use)) {
        return FALSE;
    }
    cycle->use = use;
    if (!read_whole_or_copies(cycle, use)) {
        return FALSE;
    }
    /* Whoever plans holds it against the record first. */
    if (use == SPEC_TO_CHECK) {
        cycle_note_expiry(cycle, g_get_real_time() / G_USEC_PER_SEC);
    }
    warn_of_open_displays(cycle);
    guint errors = problems_count_errors(cycle->problems);
    if (errors > 0) {
        return cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: %u problem%s", errors,
                          errors == 1 ? "" : "s");
    }
    return TRUE;
}

gboolean cycle_check_configs(Cycle *cycle, const ConfigDialect *dialect)
{
    guint before = problems_count_errors(cycle->problems);
    check_configs(cycle, dialect, cycle->problems);
    problems_sort(cycle->problems);
    guint problems = problems_count_errors(cycle->problems) - before;
    return problems == 0 || cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: %u problem%s",
                                       problems, problems == 1 ? "" : "s");
}

gboolean cycle_check_fleet(Cycle *cycle, const char *fleet, const char *whose)
{
    if (fleet == NULL || strcmp(fleet, cycle->spec->fleet) == 0) {
        return TRUE;
    }
    return cycle_fail(cycle, EXIT_REJECTED,
                      "the spec is for the fleet '%s', and this host is of '%s' (%s)",
                      cycle->spec->fleet, fleet, whose);
}

gboolean cycle_check_host(Cycle *cycle)
{
    g_autofree char *trouble = find_host_trouble(cycle);
    return (trouble == NULL || cycle_fail(cycle, EXIT_REJECTED, "%s", trouble)) &&
           cycle_check_fleet(cycle, agent_config_text(cycle->config, AGENT_KEY_fleet),
                             "agent.yaml");
}
