#include "agent/cycle.h"

#include "agent/exit_code.h"
#include "agent/source.h"
#include "xenbackend/command.h"
#include "xenbackend/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1024u * 1024)
#define HOST_NAME_SIZE   256

void cycle_init(Cycle *cycle, const Options *options)
{
    memset(cycle, 0, sizeof *cycle);
    cycle->options = options;
    cycle->problems = problems_new();
    cycle->busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void cycle_clear(Cycle *cycle)
{
    plan_free(cycle->plan);
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        g_free(g_array_index(cycle->outcomes, Outcome, i).message);
    }
    g_clear_pointer(&cycle->outcomes, g_array_unref);
    observed_free(cycle->observed);
    g_clear_pointer(&cycle->missing_before, g_hash_table_unref);
    g_hash_table_unref(cycle->busy);
    record_free(cycle->record);
    state_free(cycle->state);
    xen_host_free(cycle->host);
    problems_free(cycle->problems);
    spec_free(cycle->spec);
    agent_config_free(cycle->config);
    g_free(cycle->host_name);
    g_free(cycle->state_dir);
    g_free(cycle->expired);
    g_free(cycle->error);
}

gboolean cycle_fail(Cycle *cycle, int exit_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (cycle->error == NULL) {
        cycle->error = g_strdup_vprintf(format, arguments);
    }
    va_end(arguments);
    cycle->exit_code = exit_code_worse(cycle->exit_code, exit_code);
    return FALSE;
}

/* ---- agent.yaml ---- */

static TrustedText *read_config_text(Cycle *cycle, const char *path, gboolean is_required)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = file_read(path, CONFIG_BYTES_MAX, &error);
    if (bytes != NULL) {
        return trusted_text_new_local(path, bytes);
    }
    if (is_required || !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    return NULL;
}

static void find_names(Cycle *cycle)
{
    const Options *options = cycle->options;
    const char *host =
        options->host != NULL ? options->host : agent_config_text(cycle->config, AGENT_KEY_host);
    if (host != NULL) {
        cycle->host_name = g_strdup(host);
    } else {
        char name[HOST_NAME_SIZE] = "localhost";
        gethostname(name, sizeof name - 1);
        cycle->host_name = g_strdup(name);
    }
    const char *state_dir = options->state_dir != NULL
                                ? options->state_dir
                                : agent_config_text(cycle->config, AGENT_KEY_state_dir);
    cycle->state_dir = g_canonicalize_filename(state_dir, NULL);
}

gboolean cycle_read_config(Cycle *cycle)
{
    const char *path = cycle->options->config_path;
    TrustedText *text =
        read_config_text(cycle, path != NULL ? path : AGENT_CONFIG_PATH, path != NULL);
    if (cycle->error != NULL) {
        return FALSE;
    }
    cycle->config = agent_config_read(text, cycle->problems);
    if (!agent_config_is_good(cycle->config)) {
        return cycle_fail(cycle, EXIT_ERROR, "agent.yaml was refused");
    }
    find_names(cycle);
    return TRUE;
}

/* ---- the spec ---- */

static gboolean read_source(Cycle *cycle, const char *const *paths, gboolean must_be_safe)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for (; *paths != NULL; paths++) {
        g_autoptr(GError) error = NULL;
        if (!source_read(*paths, must_be_safe, texts, &error)) {
            g_ptr_array_foreach(texts, (GFunc)(void (*)(void))trusted_text_free, NULL);
            gboolean is_unsafe = g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE);
            return cycle_fail(cycle, is_unsafe ? EXIT_REJECTED : EXIT_ERROR, "%s", error->message);
        }
    }
    spec_read_source(cycle->spec, texts, cycle->problems);
    return TRUE;
}

static gboolean read_sources_of_config(Cycle *cycle, gboolean must_be_safe)
{
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    if (sources == NULL || sources->count == 0) {
        return cycle_fail(cycle, EXIT_ERROR,
                          "no spec is given: use --spec PATH, or `sources` in agent.yaml");
    }
    for (guint i = 0; i < sources->count; i++) {
        const Value *path = settings_own(sources->items[i].table, SOURCE_KEY_path);
        const char *paths[] = {path->text, NULL};
        if (!read_source(cycle, paths, must_be_safe)) {
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

gboolean cycle_read_spec(Cycle *cycle, char **paths, gboolean must_be_safe)
{
    cycle->spec = spec_new();
    paths = paths != NULL && paths[0] != NULL ? paths : cycle->options->specs;
    gboolean is_read = paths != NULL ? read_source(cycle, (const char *const *)paths, must_be_safe)
                                     : read_sources_of_config(cycle, must_be_safe);
    if (!is_read) {
        return FALSE;
    }
    g_auto(GStrv) programs = allowed_programs(cycle);
    spec_finish(cycle->spec, (const char *const *)programs, cycle->problems);
    guint errors = problems_count_errors(cycle->problems);
    if (errors > 0) {
        return cycle_fail(cycle, EXIT_REJECTED, "the spec was refused: %u problem%s", errors,
                          errors == 1 ? "" : "s");
    }
    return TRUE;
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

static gboolean check_fleet(Cycle *cycle)
{
    const char *own = agent_config_text(cycle->config, AGENT_KEY_fleet);
    const char *fleet = own != NULL ? own : cycle->record->fleet;
    if (fleet != NULL && strcmp(fleet, cycle->spec->fleet) != 0) {
        return cycle_fail(cycle, EXIT_REJECTED,
                          "the spec is for the fleet '%s', and this host is of '%s'%s",
                          cycle->spec->fleet, fleet,
                          own != NULL ? " (agent.yaml)" : " (the first one applied here)");
    }
    return TRUE;
}

static gboolean check_generation(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    const Record *record = cycle->record;
    if (!record->has_generation || !spec->has_generation ||
        spec->generation >= record->generation ||
        spec->generation == cycle->options->accept_generation) {
        return TRUE;
    }
    return cycle_fail(
        cycle, EXIT_REJECTED,
        "the spec has the generation %" G_GINT64_FORMAT ", and %" G_GINT64_FORMAT
        " was applied here before (to go back: publish the old content with a higher one, or "
        "xensure apply --accept-generation %" G_GINT64_FORMAT ")",
        spec->generation, record->generation, spec->generation);
}

static gboolean check_expiry(Cycle *cycle)
{
    const Spec *spec = cycle->spec;
    if (!spec->has_expires || spec->expires > g_get_real_time() / G_USEC_PER_SEC) {
        return TRUE;
    }
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(spec->expires);
    cycle->expired = g_date_time_format(time, "on %Y-%m-%dT%H:%M:%SZ");
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

gboolean cycle_check_spec(Cycle *cycle)
{
    return check_hosts(cycle) && check_fleet(cycle) && check_generation(cycle) &&
           check_expiry(cycle);
}

/* ---- the host ---- */

static gboolean lock_state(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (xen_host_toolstack(cycle->host)->needs_root && geteuid() != 0) {
        return cycle_fail(cycle, EXIT_ERROR,
                          "%s needs root to change anything; nothing was started",
                          xen_host_toolstack(cycle->host)->name);
    }
    if (state_lock(cycle->state, &error)) {
        return TRUE;
    }
    if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN)) {
        return cycle_fail(cycle, EXIT_LOCKED,
                          "another run of xensure is under way (it holds the lock in %s)",
                          cycle->state_dir);
    }
    return cycle_fail(cycle, EXIT_ERROR, "cannot use the state directory: %s", error->message);
}

gboolean cycle_open_host(Cycle *cycle, gboolean locked)
{
    const Options *options = cycle->options;
    const AgentConfig *config = cycle->config;
    g_autoptr(GError) error = NULL;
    XenHostOptions host = {
        .toolstack = options->toolstack != NULL ? options->toolstack
                                                : agent_config_text(config, AGENT_KEY_toolstack),
        .config_dir = options->xen_config_dir != NULL
                          ? options->xen_config_dir
                          : agent_config_text(config, AGENT_KEY_xen_config_dir),
        .state_dir = cycle->state_dir,
        .list_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_list) * 1000,
        .create_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_create) * 1000};
    cycle->host = xen_host_open(&host, &error);
    if (cycle->host == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    cycle->state = state_new(cycle->state_dir);
    if (locked && !lock_state(cycle)) {
        return FALSE;
    }
    cycle->record = state_read_record(cycle->state, &error);
    if (cycle->record == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    return TRUE;
}
