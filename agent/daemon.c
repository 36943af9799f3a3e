/* agent: a run every now and then, for ever. Its work is done by runs; what is here only waits. */
#include "agent/commands.h"
#include "agent/daemon_config.h"
#include "agent/daemon_run.h"
#include "agent/daemon_watch.h"
#include "agent/exit_code.h"
#include "agent/log.h"
#include "agent/notify.h"
#include "agent/report.h"
#include "agent/run_folder.h"
#include "agent/time_text.h"
#include "xenbackend/file.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define JITTER 0.1 /* of the interval, to both sides: hosts do not all ask at the same time */
/* A change is acted on when nothing more has come for this time, or the longer one has passed. */
#define QUIET_US      (300 * (G_USEC_PER_SEC / 1000))
#define QUIET_MOST_US (2 * G_USEC_PER_SEC)
#define PAUSE_US      G_USEC_PER_SEC /* the least between the beginnings of two runs */

typedef struct {
    const Options *options;
    char *program; /* what runs are started from */
    DaemonConfig *config;
    DaemonWatch *watch; /* NULL: the kernel gives none */
    Command *run;       /* NULL: none is under way */
    gint64 begun_us;    /* of the run that is under way, or the last one */
    gint64 slow_us;     /* when it is told of, because it lasts */
    gint64 next_us;     /* when the next one begins */
    gint64 changed_us;  /* when a run was asked for first since the last one began; 0: never */
    gint64 quiet_us;    /* when it was last */
    gint64 ping_us;     /* when systemd's watchdog is told; G_MAXINT64: never */
    int exit_code;      /* of the last run; -1: there was none, or it did not exit */
} Daemon;

static volatile sig_atomic_t wants_end;
static volatile sig_atomic_t wants_reload;

static void take_signal(int number)
{
    if (number == SIGHUP) {
        wants_reload = 1;
    } else {
        wants_end = 1;
    }
}

/* Blocked but while we wait, so that none is missed between a look at the flags and the wait. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = take_signal};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaddset(&blocked, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaction(numbers[i], &action, NULL);
    }
}

/* ---- runs ---- */

static const char *describe(int exit_code)
{
    if (exit_code < 0) {
        return "it did not end by itself";
    }
    switch ((ExitCode)exit_code) {
    case EXIT_IN_SYNC:
        return "in sync";
    case EXIT_TO_DO:
    case EXIT_ERROR:
        return "an error";
    case EXIT_REJECTED:
        return "the spec was refused";
    case EXIT_HELD:
        return "something is held";
    case EXIT_CONFLICT:
        return "a domain may run twice, or is another's";
    case EXIT_FAILED:
        return "some actions failed";
    case EXIT_LOCKED:
        return "another run was under way";
    }
    return "an unknown end";
}

static void watch_again(Daemon *daemon)
{
    daemon_watch_free(daemon->watch);
    daemon->watch = daemon_watch_new(daemon->config->paths);
}

static void plan_next(Daemon *daemon, gint64 now_us)
{
    double interval_us = (double)daemon->config->interval_s * G_USEC_PER_SEC;
    gint64 due_us =
        daemon->begun_us + (gint64)(interval_us * g_random_double_range(1 - JITTER, 1 + JITTER));
    daemon->next_us = MAX(due_us, now_us + PAUSE_US);
}

static void show_status(const Daemon *daemon, gint64 now_us)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autoptr(GDateTime) next = g_date_time_add(now, daemon->next_us - now_us);
    g_autofree char *ended = g_date_time_format(now, "%H:%M:%S");
    g_autofree char *due = g_date_time_format(next, "%H:%M:%S");
    notify_send("STATUS=Last run at %s: %s (%d); the next at %s", ended,
                describe(daemon->exit_code), daemon->exit_code, due);
    g_autoptr(GError) error = NULL;
    if (!run_folder_write_next(daemon->config->run_dir, g_date_time_to_unix(next), &error)) {
        log_tell(LOG_PROBLEM, NULL, "`status` cannot tell the next run: %s", error->message);
    }
}

/* The watch is made first: what changes while the run begins is seen, if need be twice. */
static void begin_run(Daemon *daemon, gint64 now_us)
{
    g_autoptr(GError) error = NULL;
    watch_again(daemon);
    daemon->changed_us = 0;
    daemon->begun_us = now_us;
    daemon->slow_us = now_us + daemon->config->slow_run_s * G_USEC_PER_SEC;
    daemon->run = daemon_run_start(daemon->program, daemon->options, daemon->config, &error);
    if (daemon->run == NULL) {
        log_tell(LOG_RUN_BROKEN, NULL, "a run could not be started: %s", error->message);
        plan_next(daemon, now_us);
    } else {
        notify_send("STATUS=A run is under way (process %d)", command_pid(daemon->run));
    }
}

static void log_end(const Daemon *daemon, const CommandResult *result)
{
    LogFields fields = LOG_NO_FIELDS;
    fields.duration_ms = (gint64)result->duration_ms;
    fields.exit_code = result->end == COMMAND_EXITED ? result->status : -1;
    if (result->end != COMMAND_EXITED) {
        g_autofree char *words = command_result_describe(result);
        log_tell(LOG_RUN_BROKEN, &fields,
                 "a run %s; what it has begun goes on, and the next one carries on", words);
    } else if (result->status != daemon->exit_code) {
        log_tell(LOG_RUN_ENDED, &fields, "a run has ended with %d: %s", result->status,
                 describe(result->status));
    }
}

static void look_at_run(Daemon *daemon, gint64 now_us)
{
    if (command_wait_any(&daemon->run, 1, 0) == 0) {
        g_autoptr(CommandResult) result = command_finish(g_steal_pointer(&daemon->run));
        log_end(daemon, result);
        daemon->exit_code = result->end == COMMAND_EXITED ? result->status : -1;
        plan_next(daemon, now_us);
        show_status(daemon, now_us);
    } else if (now_us >= daemon->slow_us) {
        g_autofree char *lasted = time_text_span((now_us - daemon->begun_us) / G_USEC_PER_SEC);
        log_tell(LOG_RUN_BROKEN, NULL, "a run has not ended for %s (process %d)", lasted,
                 command_pid(daemon->run));
        daemon->slow_us = now_us + (now_us - daemon->begun_us);
    }
}

/* ---- what happens meanwhile ---- */

/* Soon, or after the run that is under way, which may not have seen it. */
static void want_run(Daemon *daemon, gint64 now_us, gint64 quiet_us)
{
    daemon->changed_us = daemon->changed_us != 0 ? daemon->changed_us : now_us;
    daemon->quiet_us = quiet_us;
}

static void reload(Daemon *daemon, gint64 now_us)
{
    char *why = NULL;
    notify_send("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, now_us);
    DaemonConfig *config = daemon_config_read(daemon->options, &why);
    if (config != NULL) {
        daemon_config_free(daemon->config);
        daemon->config = config;
        log_tell(LOG_AGENT_RELOADED, NULL, "agent.yaml was read; a run begins now");
    } else {
        log_tell(LOG_CONFIG_REFUSED, NULL, "%s\nagent.yaml stays as it was when it was last right",
                 why);
        g_free(why);
    }
    want_run(daemon, now_us, now_us - QUIET_US);
    notify_send("READY=1");
}

static void note_change(Daemon *daemon, gint64 now_us)
{
    if (daemon->watch != NULL && daemon_watch_take(daemon->watch)) {
        want_run(daemon, now_us, now_us);
    }
}

/* When a run is due, whatever calls for it first. */
static gint64 find_due(const Daemon *daemon)
{
    if (daemon->changed_us == 0) {
        return daemon->next_us;
    }
    gint64 quiet_us = MIN(daemon->quiet_us + QUIET_US, daemon->changed_us + QUIET_MOST_US);
    return MIN(daemon->next_us, MAX(quiet_us, daemon->begun_us + PAUSE_US));
}

/* A command has limits of its own, which are kept by looking at it. */
static gint64 find_wait_us(const Daemon *daemon, gint64 now_us)
{
    gint64 until_us = daemon->run != NULL ? now_us + G_USEC_PER_SEC : find_due(daemon);
    return MAX(MIN(until_us, daemon->ping_us) - now_us, 0);
}

static void wait_for_something(Daemon *daemon)
{
    gint64 left_us = find_wait_us(daemon, g_get_monotonic_time());
    struct timespec left = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_nsec = left_us % G_USEC_PER_SEC * 1000};
    struct pollfd entries[] = {
        {.fd = daemon->watch != NULL ? daemon_watch_descriptor(daemon->watch) : -1,
         .events = POLLIN},
        {.fd = daemon->run != NULL ? command_descriptor(daemon->run) : -1, .events = POLLIN}};
    sigset_t none;
    sigemptyset(&none);
    ppoll(entries, G_N_ELEMENTS(entries), &left, &none);
}

static void go_on(Daemon *daemon)
{
    gint64 now_us = g_get_monotonic_time();
    if (now_us >= daemon->ping_us) {
        notify_send("WATCHDOG=1");
        daemon->ping_us = now_us + notify_watchdog_us();
    }
    if (wants_reload) {
        wants_reload = 0;
        reload(daemon, now_us);
    }
    note_change(daemon, now_us);
    if (daemon->run != NULL) {
        look_at_run(daemon, now_us);
    }
    if (daemon->run == NULL && find_due(daemon) <= now_us) {
        begin_run(daemon, now_us);
    }
}

/* ---- beginning and end ---- */

static void end(Daemon *daemon)
{
    notify_send("STOPPING=1\nSTATUS=Ending");
    gboolean was_running = daemon->run != NULL;
    gboolean has_ended = !was_running || daemon_run_break_off(g_steal_pointer(&daemon->run));
    log_tell(LOG_AGENT_STOPPED, NULL, "the daemon ends%s%s",
             was_running ? "; its run was broken off, and the next one carries on" : "",
             has_ended ? "" : " (it hangs, and was left to itself)");
    run_folder_write_next(daemon->config->run_dir, 0, NULL);
    daemon_watch_free(daemon->watch);
}

/* One daemon a host; the lock of a run is the run's. -1, and in *WHY why not, to be freed. */
static int lock(const Daemon *daemon, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(daemon->config->run_dir, "agent.lock", NULL);
    int fd = file_lock(path, &error);
    if (fd < 0) {
        gboolean is_held = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN);
        *why = g_strdup(is_held ? "another daemon of xensure runs on this host" : error->message);
    }
    return fd;
}

static void run_for_ever(Daemon *daemon)
{
    watch_again(daemon);
    log_tell(LOG_AGENT_STARTED, NULL,
             "the daemon has begun; it looks every %" G_GINT64_FORMAT " s%s",
             daemon->config->interval_s,
             daemon->watch != NULL ? "" : ", and does not see when a spec changes");
    notify_send("READY=1");
    while (!wants_end) {
        go_on(daemon);
        wait_for_something(daemon);
    }
    end(daemon);
}

int command_agent(const Options *options)
{
    g_autofree char *why = NULL;
    int lock_fd = -1;
    gint64 now_us = g_get_monotonic_time();
    Daemon daemon = {.options = options,
                     .exit_code = -1,
                     .next_us = now_us,
                     .ping_us = notify_watchdog_us() > 0 ? now_us : G_MAXINT64};
    g_autoptr(GError) error = NULL;
    catch_signals();
    daemon.program = daemon_run_find_program(&error);
    if (daemon.program == NULL) {
        why = g_strdup(error->message);
    } else {
        daemon.config = daemon_config_read(options, &why);
    }
    if (daemon.config != NULL) {
        lock_fd = lock(&daemon, &why);
    }
    if (why == NULL) {
        run_for_ever(&daemon);
        close(lock_fd);
    } else {
        fprintf(stderr, "xensure: %s\n", why);
    }
    if (options->is_json) {
        g_autofree char *json = report_make_error_json(why);
        fputs(json, stdout);
    }
    daemon_config_free(daemon.config);
    g_free(daemon.program);
    return why == NULL ? EXIT_IN_SYNC : EXIT_ERROR;
}
