/* The spec of a run: where it comes from, and whether this host may act on it. */
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/source.h"
#include "xenbackend/xen_config_password.h"

#include <string.h>

static void free_texts(GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        trusted_text_free(g_ptr_array_index(texts, i));
    }
    g_ptr_array_unref(texts);
}

static gboolean read_path(Cycle *cycle, const char *path, SpecUse use, GPtrArray *texts)
{
    guint before = texts->len;
    if (!cycle_read_path(cycle, path, use, texts)) {
        return FALSE;
    }
    if (texts->len == before) {
        problems_add(cycle->problems, (Position){0},
                     "%s: expected a folder with files *.yaml, found none in it", path);
        return cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: 1 problem");
    }
    return TRUE;
}

/* A path that was read twice would give every domain twice. */
static gboolean check_twice(Cycle *cycle, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++) {
        const char *name = trusted_text_name(g_ptr_array_index(texts, i));
        g_autofree char *real = g_strcmp0(name, "-") != 0 ? realpath(name, NULL) : NULL;
        if (!g_hash_table_add(cycle->paths, g_strdup(real != NULL ? real : name))) {
            return cycle_fail(cycle, EXIT_ERROR, "%s is given twice as a spec", name);
        }
    }
    return TRUE;
}

static gboolean read_source(Cycle *cycle, const char *const *paths, SpecUse use)
{
    GPtrArray *texts = g_ptr_array_new();
    gboolean is_read = TRUE;
    for (; is_read && *paths != NULL; paths++) {
        is_read = read_path(cycle, *paths, use, texts);
    }
    if (!is_read || !check_twice(cycle, texts)) {
        free_texts(texts);
        return FALSE;
    }
    spec_read_source(cycle->spec, texts, cycle->problems);
    g_ptr_array_unref(texts);
    return TRUE;
}

static gboolean read_sources_of_config(Cycle *cycle, SpecUse use)
{
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    if (sources == NULL || sources->count == 0) {
        return cycle_fail(cycle, EXIT_ERROR,
                          "no spec is given: use --spec PATH, or `sources` in agent.yaml");
    }
    for (guint i = 0; i < sources->count; i++) {
        const Value *path = settings_own(sources->items[i].table, SOURCE_KEY_path);
        if (path == NULL) {
            return cycle_fail(cycle, EXIT_ERROR,
                              "source %u of agent.yaml has no `path`, and this version reads local "
                              "paths alone",
                              i + 1);
        }
        const char *paths[] = {path->text, NULL};
        if (!read_source(cycle, paths, use)) {
            return FALSE;
        }
    }
    return TRUE;
}

static char **allowed_programs(const Cycle *cycle)
{
    static const char *const stock[] = {"pygrub",          "vif-bridge", "vif-route",
                                        "vif-openvswitch", "block",      NULL};
    const Value *programs = agent_config_value(cycle->config, AGENT_KEY_allow_programs);
    if (programs == NULL) {
        return g_strdupv((char **)stock);
    }
    char **names = g_new0(char *, programs->count + 1);
    for (guint i = 0; i < programs->count; i++) {
        names[i] = g_strdup(programs->items[i].text);
    }
    return names;
}

/* agent.yaml decides what may be stopped: it is trusted as little as a spec is. */
static gboolean check_config_path(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (cycle->config_path == NULL || source_check_safe(cycle->config_path, &error)) {
        return TRUE;
    }
    return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
}

/* Nothing new is done by it, but who looks in vain for a change should read why. */
static void note_expiry(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (spec->has_expires && spec->expires <= g_get_real_time() / G_USEC_PER_SEC) {
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(spec->expires);
        cycle->expired = g_date_time_format(time, "on %Y-%m-%dT%H:%M:%SZ");
        problems_add_warning(cycle->problems, (Position){0},
                             "the spec expired %s: what should run is kept, and nothing else done",
                             cycle->expired);
    }
}

static gboolean is_open(const Value *address)
{
    return address != NULL && !g_str_has_prefix(address->text, "127.") &&
           strcmp(address->text, "::1") != 0 && strcmp(address->text, "localhost") != 0;
}

static void warn_of_open_display(Cycle *cycle, const Domain *domain, const Value *address)
{
    if (is_open(address)) {
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

static guint count_paths(const Cycle *cycle, char **paths)
{
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    return paths != NULL ? g_strv_length(paths) : (sources != NULL ? sources->count : 0);
}

gboolean cycle_read_spec(Cycle *cycle, char **paths, SpecUse use)
{
    if ((use == SPEC_TO_APPLY && !check_config_path(cycle)) || !cycle_read_keyring(cycle, use)) {
        return FALSE;
    }
    cycle->spec = spec_new();
    paths = paths != NULL && paths[0] != NULL ? paths : cycle->options->specs;
    cycle->is_one_path = count_paths(cycle, paths) == 1;
    gboolean is_read = paths != NULL ? read_source(cycle, (const char *const *)paths, use)
                                     : read_sources_of_config(cycle, use);
    if (!is_read) {
        return FALSE;
    }
    g_auto(GStrv) programs = allowed_programs(cycle);
    spec_finish(cycle->spec, (const char *const *)programs, cycle->problems);
    note_expiry(cycle);
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
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name)) {
            xen_config_check(dialect, domain, cycle->problems);
        }
    }
    problems_sort(cycle->problems);
    guint problems = problems_count_errors(cycle->problems) - before;
    return problems == 0 || cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: %u problem%s",
                                       problems, problems == 1 ? "" : "s");
}

static gboolean check_hosts(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (spec_has_hosts(spec) &&
        g_hash_table_lookup(spec->hosts_by_name, cycle->host_name) == NULL) {
        return cycle_fail(
            cycle, EXIT_REJECTED,
            "the spec has `hosts`, and this host, '%s', is not one of them (--host NAME, or "
            "`host` in agent.yaml, says another name)",
            cycle->host_name);
    }
    for (guint i = 0; !spec_has_hosts(spec) && i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        if (!domain_is_on(domain, cycle->host_name)) {
            return cycle_fail(cycle, EXIT_REJECTED,
                              "domain '%s' is for the host '%s', the spec has no `hosts`, and this "
                              "host is '%s'",
                              domain->name, domain->host, cycle->host_name);
        }
    }
    return TRUE;
}

static gboolean check_fleet(Cycle *cycle, const char *fleet, const char *whose)
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
    return check_hosts(cycle) &&
           check_fleet(cycle, agent_config_text(cycle->config, AGENT_KEY_fleet), "agent.yaml");
}

/* Of a signed spec, a generation says one thing only: another one with the same number is old, or
 * was signed behind the back of those who count. */
static gboolean has_other_content(const Spec *spec, const Record *record)
{
    if (record->signed_digest == NULL || !spec->has_generation || !record->has_generation ||
        spec->generation != record->generation) {
        return FALSE;
    }
    g_autofree char *digest = spec_signed_digest(spec);
    return digest != NULL && strcmp(digest, record->signed_digest) != 0;
}

/* Why the generation keeps the spec from being applied, with what to do about it; NULL: it does
 * not. To be freed. */
static char *find_generation_trouble(const Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    const Record *record = cycle->record;
    const Value *jump = agent_config_value(cycle->config, AGENT_KEY_trust_max_generation_jump);
    if (!record->has_generation) {
        return NULL;
    }
    if (!spec->has_generation || spec->generation < record->generation) {
        g_autofree char *found =
            spec->has_generation
                ? g_strdup_printf("the generation %" G_GINT64_FORMAT, spec->generation)
                : g_strdup("no generation");
        return g_strdup_printf("the spec has %s, and %" G_GINT64_FORMAT
                               " was applied here before (to go back: publish the old content with "
                               "a higher one",
                               found, record->generation);
    }
    if (has_other_content(spec, record)) {
        return g_strdup_printf("another spec with the same generation, %" G_GINT64_FORMAT
                               ", was applied here before, and both are signed (publish this one "
                               "with a higher one",
                               spec->generation);
    }
    if (jump != NULL && spec->generation - record->generation > jump->integer) {
        return g_strdup_printf("the spec has the generation %" G_GINT64_FORMAT
                               ", which is more than %" G_GINT64_FORMAT " beyond %" G_GINT64_FORMAT
                               ", the last one that was applied here (publish it with a lower one",
                               spec->generation, jump->integer, record->generation);
    }
    return NULL;
}

static gboolean check_generation(Cycle *cycle)
{
    gint64 generation = cycle->spec->has_generation ? cycle->spec->generation : 0;
    gint64 accepted = cycle->options->accept_generation;
    g_autofree char *trouble = find_generation_trouble(cycle);
    if (trouble == NULL && accepted != OPTION_NOT_GIVEN) {
        problems_add_warning(cycle->problems, (Position){0},
                             "--accept-generation was not needed: nothing that was applied here "
                             "speaks against the generation of the spec");
    }
    return trouble == NULL || generation == accepted ||
           cycle_fail(cycle, EXIT_REJECTED,
                      "%s, or xensure apply --accept-generation %" G_GINT64_FORMAT ")", trouble,
                      generation);
}

static gboolean check_expiry(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (cycle->expired == NULL) {
        return TRUE;
    }
    gboolean was_applied =
        cycle->record->fleet != NULL &&
        (!spec->has_generation ||
         (cycle->record->has_generation && cycle->record->generation == spec->generation));
    if (!was_applied) {
        return cycle_fail(cycle, EXIT_REJECTED, "the spec expired %s and was never applied here",
                          cycle->expired);
    }
    return TRUE;
}

gboolean cycle_check_record(Cycle *cycle)
{
    gboolean has_own = agent_config_text(cycle->config, AGENT_KEY_fleet) != NULL;
    return (has_own ||
            check_fleet(cycle, cycle->record->fleet, "the first one that was applied here")) &&
           check_generation(cycle) && check_expiry(cycle);
}
