#include "xenbackend/sim/sim_host.h"

#include <stddef.h>
#include <string.h>

typedef enum { KIND_TEXT, KIND_NUMBER, KIND_TIME, KIND_MODE, KIND_SWITCH } Kind;

typedef struct {
    const char *key;
    Kind kind;
    gsize offset;
    /* For a switch: the words for off and on. */
    const char *off, *on;
} Row;

#define ROW(key, kind, field)                                                                      \
    {                                                                                              \
        key, kind, offsetof(SimSettings, field), NULL, NULL                                        \
    }
#define SWITCH(key, field, off, on)                                                                \
    {                                                                                              \
        key, KIND_SWITCH, offsetof(SimSettings, field), off, on                                    \
    }

static const Row rows[] = {
    ROW("name", KIND_TEXT, name),
    ROW("memory", KIND_NUMBER, memory_mib),
    ROW("dom0_memory", KIND_NUMBER, dom0_memory_mib),
    ROW("cpus", KIND_NUMBER, cpus),
    ROW("dom0_cpus", KIND_NUMBER, dom0_cpus),
    ROW("xen_version", KIND_TEXT, xen_version),
    ROW("mode", KIND_MODE, mode),
    ROW("boot", KIND_TIME, boot_ms),
    ROW("shutdown", KIND_TIME, shutdown_ms),
    ROW("slow_shutdown", KIND_TIME, slow_shutdown_ms),
    ROW("after", KIND_TIME, after_ms),
    ROW("ack_timeout", KIND_TIME, ack_timeout_ms),
    ROW("restart_pause", KIND_TIME, restart_pause_ms),
    ROW("monitor_delay", KIND_TIME, monitor_delay_ms),
    ROW("build", KIND_TIME, build_ms),
    ROW("migrate", KIND_TIME, migrate_ms),
    ROW("bridges", KIND_TEXT, bridges),
    ROW("scheduler", KIND_TEXT, scheduler),
    ROW("pools", KIND_TEXT, pools),
    ROW("detach_timeout", KIND_TIME, detach_timeout_ms),
    SWITCH("states", has_varied_states, "fixed", "varied"),
    SWITCH("monitor", has_monitor_process, "lazy", "process"),
    SWITCH("check_files", checks_files, "no", "yes"),
    SWITCH("log", is_logging, "no", "yes"),
    SWITCH("xend", is_xend_down, "running", "down"),
    ROW("left_out", KIND_TEXT, left_out),
};

const char *sim_settings_help(void)
{
    return "  name           the host's name in `info`, and for `migrate` (default: this "
           "machine's)\n"
           "  memory         memory in MiB (16384)\n"
           "  dom0_memory    what Domain-0 holds of it, in MiB (1024)\n"
           "  cpus           physical CPUs (4)\n"
           "  dom0_cpus      Domain-0's (1)\n"
           "  xen_version    version in `info` (4.17.7)\n"
           "  mode           what guests do, where their config does not say (idle)\n"
           "  boot           guest time until a guest has booted (0.5s)\n"
           "  shutdown       time from a request to the shutdown (0.2s)\n"
           "  slow_shutdown  the same in mode slow (10s)\n"
           "  after          time after booting of what modes off, reboot and crash do (1s)\n"
           "  ack_timeout    how long shutdown waits for a guest that does not answer (60s)\n"
           "  restart_pause  how long a rebooting domain is in no list (2s)\n"
           "  monitor_delay  time from a shutdown to what on_poweroff etc. ask for (0s)\n"
           "  build          time that create takes to build a domain (0s)\n"
           "  migrate        time that a migration takes (0s)\n"
           "  bridges        names, with commas: other bridges are errors (any)\n"
           "  pools          names of the CPU pools, with commas (Pool-0)\n"
           "  detach_timeout how long the detaching of a device waits for the guest (10s)\n"
           "  states         fixed: idle domains are -b----; varied: as busy hosts show them "
           "(fixed)\n"
           "  monitor        lazy: on_poweroff etc. are carried out by the next command, as of "
           "the\n"
           "                 right time; process: create leaves a process that does it (lazy)\n"
           "  check_files    yes: kernel, ramdisk and disk targets must exist (no)\n"
           "  log            yes: every call is written to DIR/log (no)\n"
           "  scheduler      credit2; credit as up to Xen 4.11; rtds, null or arinc653 (credit2; "
           "xm: "
           "always credit)\n"
           "  xend           down: xm reaches no xend (running)\n"
           "  left_out       names, with commas: xend leaves them out of `xm list --long` (none)\n";
}

void sim_settings_init(SimSettings *settings)
{
    *settings = (SimSettings){.memory_mib = 16384,
                              .dom0_memory_mib = 1024,
                              .cpus = 4,
                              .dom0_cpus = 1,
                              .xen_version = g_strdup("4.17.7"),
                              .mode = SIM_MODE_IDLE,
                              .boot_ms = 500,
                              .shutdown_ms = 200,
                              .slow_shutdown_ms = 10000,
                              .after_ms = 1000,
                              .ack_timeout_ms = 60000,
                              .scheduler = g_strdup("credit2"),
                              .pools = g_strdup("Pool-0"),
                              .detach_timeout_ms = 10000,
                              .restart_pause_ms = 2000};
}

void sim_settings_clear(SimSettings *settings)
{
    g_clear_pointer(&settings->name, g_free);
    g_clear_pointer(&settings->xen_version, g_free);
    g_clear_pointer(&settings->bridges, g_free);
    g_clear_pointer(&settings->left_out, g_free);
    g_clear_pointer(&settings->scheduler, g_free);
    g_clear_pointer(&settings->pools, g_free);
}

static gboolean set_row(void *place, const Row *row, const char *value)
{
    guint64 number = 0;
    switch (row->kind) {
    case KIND_TEXT: {
        char **text = place;
        g_free(*text);
        *text = g_strdup(value);
        return TRUE;
    }
    case KIND_NUMBER:
        if (!g_ascii_string_to_unsigned(value, 10, 0, 1u << 30, &number, NULL))
            return FALSE;
        *(gint64 *)place = (gint64)number;
        return TRUE;
    case KIND_TIME:
        return sim_duration_parse(value, place);
    case KIND_MODE:
        return sim_mode_parse(value, place);
    case KIND_SWITCH:
        if (strcmp(value, row->on) != 0 && strcmp(value, row->off) != 0)
            return FALSE;
        *(gboolean *)place = strcmp(value, row->on) == 0;
        return TRUE;
    }
    return FALSE;
}

gboolean sim_settings_set(SimSettings *settings, const char *key, const char *value)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].key, key) == 0)
            return set_row((char *)settings + rows[i].offset, &rows[i], value);
    return FALSE;
}

gboolean sim_settings_parse(const char *text, SimSettings *settings, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        if (*line == '\0' || *line == '#')
            continue;
        char *colon = strchr(line, ':');
        if (colon != NULL)
            *colon = '\0';
        if (colon == NULL || !sim_settings_set(settings, line, g_strstrip(colon + 1))) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        "line %u: expected 'key: value' with a known key, found '%s'", i + 1, line);
            return FALSE;
        }
    }
    return TRUE;
}
