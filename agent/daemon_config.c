#include "agent/daemon_config.h"

#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/source_git.h"
#include "xenbackend/file.h"

#include <string.h>

/* Private to root: agent.yaml may name what others need not know. */
#define RUN_DIR_MODE 0755
#define COPY_MODE    0600

void daemon_config_free(DaemonConfig *config)
{
    if (config == NULL) {
        return;
    }
    g_free(config->run_dir);
    g_free(config->copy_path);
    g_ptr_array_unref(config->paths);
    g_free(config);
}

static gboolean add_paths(Cycle *cycle, DaemonConfig *config)
{
    char **specs = cycle->options->specs;
    for (guint i = 0; specs != NULL && specs[i] != NULL; i++) {
        if (strcmp(specs[i], "-") == 0) {
            return cycle_fail(cycle, EXIT_ERROR,
                              "the daemon reads its spec again and again, so not from standard "
                              "input");
        }
        g_ptr_array_add(config->paths, g_strdup(specs[i]));
    }
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    for (guint i = 0; specs == NULL && sources != NULL && i < sources->count; i++) {
        const Settings *source = sources->items[i].table;
        const Value *path = settings_own(source, SOURCE_KEY_path);
        if (path != NULL) {
            g_ptr_array_add(config->paths, g_strdup(path->text));
        } else if (settings_own(source, SOURCE_KEY_git) != NULL) {
            source_git_add_paths(source, config->paths);
        }
    }
    return TRUE;
}

/* An empty file stands for no agent.yaml: a run takes the defaults for both. */
static gboolean write_copy(Cycle *cycle, const DaemonConfig *config)
{
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    const TrustedText *text = agent_config_origin(cycle->config);
    const char *bytes = text != NULL ? trusted_text_bytes(text, &length) : "";
    if (!file_make_folder(config->run_dir, RUN_DIR_MODE, &error) ||
        !file_replace(config->copy_path, bytes, length, COPY_MODE, &error)) {
        return cycle_fail(cycle, EXIT_ERROR, "cannot use the run directory: %s", error->message);
    }
    return TRUE;
}

static gboolean read_config(Cycle *cycle, DaemonConfig *config)
{
    if (!cycle_read_config(cycle) || !cycle_check_config_path(cycle) || !add_paths(cycle, config)) {
        return FALSE;
    }
    config->interval_s = agent_config_integer(cycle->config, AGENT_KEY_interval);
    config->run_timeout_s = agent_config_integer(cycle->config, AGENT_KEY_timeout_run);
    config->slow_run_s = agent_config_integer(cycle->config, AGENT_KEY_timeout_slow_run);
    config->run_dir = g_strdup(cycle->run_dir);
    config->copy_path = g_build_filename(config->run_dir, "agent.yaml", NULL);
    return write_copy(cycle, config);
}

DaemonConfig *daemon_config_read(const Options *options, char **why)
{
    Cycle cycle;
    g_autoptr(DaemonConfig) config = g_new0(DaemonConfig, 1);
    config->paths = g_ptr_array_new_with_free_func(g_free);
    cycle_init(&cycle, options);
    gboolean is_read = read_config(&cycle, config);
    if (!is_read) {
        g_autoptr(GString) text = g_string_new(NULL);
        problems_format(cycle.problems, text, FALSE);
        g_string_append(text, cycle.error);
        *why = g_string_free(g_steal_pointer(&text), FALSE);
    }
    cycle_clear(&cycle);
    return is_read ? g_steal_pointer(&config) : NULL;
}
