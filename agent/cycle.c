#include "agent/cycle.h"

#include "agent/exit_code.h"
#include "agent/run_folder.h"
#include "agent/suspension.h"
#include "agent/vnc_password.h"
#include "xenbackend/file.h"
#include "xenbackend/toolstack_choice.h"
#include "xenbackend/xen_config_password.h"

#include <string.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1024u * 1024)
#define HOST_NAME_SIZE   256

void cycle_init(Cycle *cycle, const Options *options)
{
    memset(cycle, 0, sizeof *cycle);
    cycle->options = options;
    cycle->begun_us = g_get_monotonic_time();
    cycle->problems = problems_new();
    cycle->sources = g_ptr_array_new_with_free_func((GDestroyNotify)spec_source_free);
    cycle->keyrings = g_ptr_array_new_with_free_func((GDestroyNotify)keyring_free);
    cycle->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cycle->busy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void cycle_clear(Cycle *cycle)
{
    plan_free(cycle->plan);
    g_clear_pointer(&cycle->findings, g_hash_table_unref);
    g_clear_pointer(&cycle->told, g_hash_table_unref);
    xen_info_free(cycle->info);
    g_free(cycle->info_trouble);
    for (guint i = 0; cycle->outcomes != NULL && i < cycle->outcomes->len; i++) {
        g_free(g_array_index(cycle->outcomes, Outcome, i).message);
    }
    g_clear_pointer(&cycle->outcomes, g_array_unref);
    g_clear_pointer(&cycle->diffs, g_hash_table_unref);
    observed_free(cycle->observed);
    g_clear_pointer(&cycle->missing_before, g_hash_table_unref);
    g_hash_table_unref(cycle->busy);
    g_hash_table_unref(cycle->paths);
    g_ptr_array_unref(cycle->keyrings);
    keyring_free(cycle->trusted);
    g_free(cycle->trusted_set);
    g_free(cycle->trusted_root);
    record_free(cycle->early);
    record_free(cycle->record);
    state_free(cycle->state);
    xen_host_free(cycle->host);
    problems_free(cycle->problems);
    spec_free(cycle->spec);
    g_ptr_array_unref(cycle->sources);
    agent_config_free(cycle->config);
    g_free(cycle->config_path);
    g_free(cycle->host_name);
    g_free(cycle->state_dir);
    g_free(cycle->run_dir);
    g_strfreev(cycle->ssh);
    g_clear_pointer(&cycle->answers, g_hash_table_unref);
    g_clear_pointer(&cycle->drifted, g_hash_table_unref);
    g_free(cycle->details_trouble);
    g_free(cycle->expired);
    g_clear_pointer(&cycle->frozen, g_hash_table_unref);
    g_free(cycle->stale);
    confinement_gaps_clear(&cycle->confinement_gaps);
    g_free(cycle->unrenewed);
    g_free(cycle->suspended);
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
    /* A link to nothing is no agent.yaml either, but somebody meant one. */
    gboolean is_link = g_file_test(path, G_FILE_TEST_IS_SYMLINK);
    if (is_required || is_link || !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
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
    cycle->run_dir = run_folder_find(cycle->config, cycle->state_dir);
}

/* No password is asked for, and a host that is down is given up soon. */
static gboolean find_ssh(Cycle *cycle)
{
    static const char *const stock[] = {"/usr/bin/ssh",     "-o", "BatchMode=yes", "-o",
                                        "ConnectTimeout=5", NULL};
    const Value *words = agent_config_value(cycle->config, AGENT_KEY_ssh);
    if (words == NULL) {
        cycle->ssh = g_strdupv((char **)stock);
        return TRUE;
    }
    cycle->ssh = g_new0(char *, words->count + 1);
    for (guint i = 0; i < words->count; i++) {
        cycle->ssh[i] = g_strdup(words->items[i].text);
    }
    if (words->count > 0 && g_path_is_absolute(cycle->ssh[0])) {
        return TRUE;
    }
    return cycle_fail(cycle, EXIT_ERROR,
                      "expected the absolute path of a program as the first word of `ssh` in "
                      "agent.yaml, found '%s'",
                      words->count > 0 ? cycle->ssh[0] : "");
}

gboolean cycle_read_config(Cycle *cycle)
{
    const char *path = cycle->options->config_path;
    TrustedText *text =
        read_config_text(cycle, path != NULL ? path : AGENT_CONFIG_PATH, path != NULL);
    if (cycle->error != NULL) {
        return FALSE;
    }
    cycle->config_path = text != NULL ? g_strdup(path != NULL ? path : AGENT_CONFIG_PATH) : NULL;
    cycle->config = agent_config_read(text, cycle->problems);
    if (!agent_config_is_good(cycle->config)) {
        return cycle_fail(cycle, EXIT_ERROR, "%s was refused", cycle->config_path);
    }
    find_names(cycle);
    return find_ssh(cycle);
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

static const char *toolstack_name(const Cycle *cycle)
{
    const char *given = cycle->options->toolstack;
    return given != NULL ? given : agent_config_text(cycle->config, AGENT_KEY_toolstack);
}

const ConfigDialect *cycle_named_dialect(const Cycle *cycle)
{
    const Toolstack *toolstack = toolstack_find(toolstack_name(cycle));
    return toolstack != NULL ? toolstack->dialect : NULL;
}

const ConfigDialect *cycle_find_dialect(const Cycle *cycle)
{
    return toolstack_find_dialect(toolstack_name(cycle), &xend_places);
}

XenHostOptions cycle_host_options(const Cycle *cycle)
{
    const Options *options = cycle->options;
    const AgentConfig *config = cycle->config;
    return (XenHostOptions){
        .toolstack = toolstack_name(cycle),
        .config_dir = options->xen_config_dir != NULL
                          ? options->xen_config_dir
                          : agent_config_text(config, AGENT_KEY_xen_config_dir),
        .state_dir = cycle->state_dir,
        .list_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_list) * 1000,
        .create_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_create) * 1000,
        .ssh = (const char *const *)cycle->ssh,
        .ask_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_ask) * 1000,
        .checks = agent_config_checks(config),
        .check_timeout_ms = (guint)agent_config_integer(config, AGENT_KEY_timeout_check) * 1000,
        .migrate_transport = agent_config_text(config, AGENT_KEY_migrate_transport)};
}

gboolean cycle_find_toolstack(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    XenHostOptions options = cycle_host_options(cycle);
    cycle->host = xen_host_open(&options, &error);
    if (cycle->host == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    if (xen_host_note(cycle->host) != NULL) {
        problems_add_warning(cycle->problems, (Position){0}, "%s", xen_host_note(cycle->host));
    }
    return TRUE;
}

gboolean cycle_read_state(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (cycle->state == NULL) {
        cycle->state = state_new(cycle->state_dir);
    }
    cycle->record = state_read_record(cycle->state, &error);
    if (cycle->record == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    g_autoptr(Suspension) suspension =
        suspension_read(cycle->state_dir, g_get_real_time() / G_USEC_PER_SEC, &error);
    if (error != NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    cycle->suspended = suspension != NULL ? suspension_describe(suspension) : NULL;
    return TRUE;
}

static gboolean is_password_wanted(const Cycle *cycle)
{
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        if (domain_is_on(domain, cycle->host_name) && xen_config_takes_password(domain)) {
            return TRUE;
        }
    }
    return FALSE;
}

char *cycle_read_vnc_password(Cycle *cycle, GError **error)
{
    const Value *path = agent_config_value(cycle->config, AGENT_KEY_vnc_password_file);
    if (path == NULL || !is_password_wanted(cycle)) {
        return NULL;
    }
    char *password = vnc_password_read(path->text, error);
    if (password != NULL && strlen(password) > VNC_PASSWORD_EFFECTIVE) {
        problems_add_warning(cycle->problems, path->where,
                             "the VNC password is longer than %d characters, and VNC looks at no "
                             "more",
                             VNC_PASSWORD_EFFECTIVE);
    }
    return password;
}

gboolean cycle_open_host(Cycle *cycle, gboolean locked)
{
    g_autoptr(GError) error = NULL;
    if (!cycle_find_toolstack(cycle)) {
        return FALSE;
    }
    cycle->state = state_new(cycle->state_dir);
    if (locked && !lock_state(cycle)) {
        return FALSE;
    }
    if (locked && !xen_host_prepare_configs(cycle->host, &error)) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    return cycle_read_state(cycle);
}
