#include "agent/daemon_run.h"

#include <signal.h>

/* Both together have to be less than the second within which a daemon ends. In the first one a run
 * also ends its programs of `on_event`. */
#define TERM_MS 600
#define KILL_MS 250

static void add(GPtrArray *argv, const char *option, const char *value)
{
    if (value != NULL) {
        g_ptr_array_add(argv, g_strdup(option));
        g_ptr_array_add(argv, g_strdup(value));
    }
}

char *daemon_run_find_program(GError **error)
{
    return g_file_read_link("/proc/self/exe", error);
}

/* The program, with the options that we were given. */
static GPtrArray *make_argv(const char *program, const Options *options, const DaemonConfig *config)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_strdup(program));
    add(argv, "--config", config->copy_path);
    add(argv, "--host", options->host);
    for (char **spec = options->specs; spec != NULL && *spec != NULL; spec++) {
        add(argv, "--spec", *spec);
    }
    add(argv, "--toolstack", options->toolstack);
    add(argv, "--state-dir", options->state_dir);
    add(argv, "--xen-config-dir", options->xen_config_dir);
    g_ptr_array_add(argv, g_strdup("--log"));
    g_ptr_array_add(argv, g_strdup("apply"));
    g_ptr_array_add(argv, NULL);
    return argv;
}

Command *daemon_run_start(const char *program, const Options *options, const DaemonConfig *config,
                          GError **error)
{
    g_autoptr(GPtrArray) argv = make_argv(program, options, config);
    /* It finds the toolstack as we would. */
    const char *path = g_getenv("PATH");
    g_autofree char *variable = path != NULL ? g_strconcat("PATH=", path, NULL) : NULL;
    CommandRequest request = {.argv = (const char *const *)argv->pdata,
                              .environment = (const char *const[]){variable, NULL},
                              .timeout_ms = (guint)config->run_timeout_s * 1000,
                              .shares_output = TRUE};
    return command_start(&request, error);
}

static gboolean wait_for_end(Command *command, gint64 timeout_ms)
{
    gint64 until_us = g_get_monotonic_time() + timeout_ms * 1000;
    int ended = -1;
    for (gint64 left_us = timeout_ms * 1000; ended < 0 && left_us > 0;
         left_us = until_us - g_get_monotonic_time()) {
        ended = command_wait_any(&command, 1, (guint)(left_us / 1000 + 1));
    }
    return ended == 0;
}

gboolean daemon_run_break_off(Command *command)
{
    kill(command_pid(command), SIGTERM);
    gboolean has_ended = wait_for_end(command, TERM_MS);
    if (!has_ended) {
        kill(command_pid(command), SIGKILL);
        has_ended = wait_for_end(command, KILL_MS);
    }
    if (has_ended) {
        command_result_free(command_finish(command));
    } else {
        command_abandon(command);
    }
    return has_ended;
}
