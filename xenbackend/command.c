#include "xenbackend/command.h"

#include "xenbackend/command_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* From SIGTERM to SIGKILL, and from SIGKILL to giving up on a process that hangs in the kernel. */
#define GRACE_US   (2 * G_USEC_PER_SEC)
#define GIVE_UP_US (5 * G_USEC_PER_SEC)
/* GByteArray counts in guint. */
#define OUTPUT_LIMIT_MAX (1024u * 1024 * 1024)

G_DEFINE_QUARK(command_error_quark, command_error)

typedef enum { STAGE_RUNNING, STAGE_TERMINATED, STAGE_KILLED, STAGE_ENDED } Stage;

struct Command {
    pid_t pid;
    int pidfd;
    gboolean is_changing;
    gsize output_limit;
    guint timeout_ms;
    Stage stage;
    gint64 started_us;
    gint64 deadline_us; /* of the present stage; 0: none */
    gboolean is_timed_out;
    gboolean is_output_over_limit;
    gboolean is_left_behind;
    CommandEnd end;
    int status;
    CommandStream out;
    CommandStream err;
};

/* Processes (pid_t) that were left to themselves and are still to be reaped. */
static GArray *abandoned_pids;

static void command_free(Command *command)
{
    command_descriptor_close(&command->pidfd);
    command_stream_clear(&command->out);
    command_stream_clear(&command->err);
    g_free(command);
}

/* The child's ends of its three streams; -1: nothing to read, and where we print. */
typedef struct {
    int input, output, errors;
} ChildStreams;

static int command_add_streams(posix_spawn_file_actions_t *actions, const ChildStreams *streams)
{
    int failure =
        streams->input < 0
            ? posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
            : posix_spawn_file_actions_adddup2(actions, streams->input, STDIN_FILENO);
    if (failure == 0 && streams->output >= 0) {
        failure = posix_spawn_file_actions_adddup2(actions, streams->output, STDOUT_FILENO);
    }
    if (failure == 0 && streams->errors >= 0) {
        failure = posix_spawn_file_actions_adddup2(actions, streams->errors, STDERR_FILENO);
    }
    return failure;
}

/* 0 or an errno. */
static int command_spawn(Command *command, const CommandRequest *request,
                         const ChildStreams *streams)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);

    g_auto(GStrv) environment = command_environment_make(request->environment);
    int failure = command_add_streams(&actions, streams);
    failure = failure ? failure : command_descriptors_keep();
    failure = failure ? failure
                      : posix_spawn(&command->pid, request->argv[0], &actions, &attributes,
                                    (char *const *)request->argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* Spawns and gets the pidfd. A descriptor is set aside for it before the program runs, so that
 * having no descriptor left is found out while nothing has happened yet. 0 or an errno. */
static int command_launch(Command *command, const CommandRequest *request,
                          const ChildStreams *streams)
{
    int reserved_fd = pidfd_open(getpid(), 0);
    if (reserved_fd < 0) {
        return errno;
    }
    int failure = command_spawn(command, request, streams);
    close(reserved_fd);
    if (failure != 0) {
        return failure;
    }
    command->pidfd = pidfd_open(command->pid, 0);
    if (command->pidfd < 0) {
        failure = errno;
        kill(-command->pid, SIGKILL);
        waitpid(command->pid, NULL, 0);
    }
    return failure;
}

/* A parent that ignores SIGCHLD hands that on to us, and with it no exit code could be had. */
static void child_signal_restore(void)
{
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        action = (struct sigaction){.sa_handler = SIG_DFL};
        sigaction(SIGCHLD, &action, NULL);
    }
}

static void abandoned_reap(void)
{
    for (guint i = 0; abandoned_pids != NULL && i < abandoned_pids->len;) {
        if (waitpid(g_array_index(abandoned_pids, pid_t, i), NULL, WNOHANG) != 0) {
            g_array_remove_index_fast(abandoned_pids, i);
        } else {
            i++;
        }
    }
}

static Command *command_new(const CommandRequest *request)
{
    Command *command = g_new(Command, 1);
    *command = (Command){.pidfd = -1, .out.fd = -1, .err.fd = -1};
    command->is_changing = request->is_changing;
    command->output_limit = MIN(request->output_limit, OUTPUT_LIMIT_MAX);
    command->timeout_ms = request->timeout_ms;
    command->started_us = g_get_monotonic_time();
    if (request->timeout_ms > 0) {
        command->deadline_us = command->started_us + (gint64)request->timeout_ms * 1000;
    }
    return command;
}

/* FALSE and errno on failure. */
static gboolean command_open_streams(Command *command, const CommandRequest *request,
                                     ChildStreams *streams)
{
    if (request->input != NULL && (streams->input = command_input_open(request->input)) < 0) {
        return FALSE;
    }
    if (request->shares_output) {
        command->out.kept = g_byte_array_new();
        command->err.kept = g_byte_array_new();
        return TRUE;
    }
    return command_stream_open(&command->out, request->is_changing, &streams->output) &&
           command_stream_open(&command->err, request->is_changing, &streams->errors);
}

Command *command_start(const CommandRequest *request, GError **error)
{
    ChildStreams streams = {-1, -1, -1};
    int failure = 0;
    if (!g_path_is_absolute(request->argv[0])) {
        g_set_error(error, COMMAND_ERROR, COMMAND_ERROR_NOT_STARTED,
                    "cannot run %s: not an absolute path", request->argv[0]);
        return NULL;
    }
    child_signal_restore();
    abandoned_reap();

    Command *command = command_new(request);
    if (!command_open_streams(command, request, &streams)) {
        failure = errno;
    } else {
        failure = command_launch(command, request, &streams);
    }
    command_descriptor_close(&streams.input);
    command_descriptor_close(&streams.output);
    command_descriptor_close(&streams.errors);
    if (failure != 0) {
        g_set_error(error, COMMAND_ERROR, COMMAND_ERROR_NOT_STARTED, "cannot run %s: %s",
                    request->argv[0], g_strerror(failure));
        g_clear_pointer(&command, command_free);
    }
    return command;
}

GPid command_pid(const Command *command)
{
    return command->pid;
}

int command_descriptor(const Command *command)
{
    return command->pidfd;
}

/* Signals the whole group: the scripts that a toolstack runs must not outlive it. Only called
 * before the leader is reaped, so that its number cannot be another's. */
static void command_signal(const Command *command, int signal_number)
{
    kill(-command->pid, signal_number);
}

static void command_enforce_deadline(Command *command, gint64 now_us)
{
    if (command->stage == STAGE_ENDED || command->deadline_us == 0 ||
        now_us < command->deadline_us) {
        return;
    }
    switch (command->stage) {
    case STAGE_RUNNING:
        command->is_timed_out = TRUE;
        command->stage = STAGE_TERMINATED;
        command->deadline_us = now_us + GRACE_US;
        command_signal(command, SIGTERM);
        break;
    case STAGE_TERMINATED:
        command->stage = STAGE_KILLED;
        command->deadline_us = now_us + GIVE_UP_US;
        command_signal(command, SIGKILL);
        break;
    case STAGE_KILLED:
        command->is_left_behind = TRUE;
        command->end = COMMAND_KILLED;
        command->status = SIGKILL;
        command->stage = STAGE_ENDED;
        break;
    case STAGE_ENDED:
        break;
    }
}

static void command_read(Command *command)
{
    gboolean is_within =
        command_stream_read(&command->out, command->output_limit + 1, command->output_limit);
    command_stream_read(&command->err, command->output_limit + 1, command->output_limit);
    if (!is_within && !command->is_output_over_limit) {
        command->is_output_over_limit = TRUE;
        command->stage = STAGE_KILLED;
        command->deadline_us = g_get_monotonic_time() + GIVE_UP_US;
        command_signal(command, SIGKILL);
    }
}

/* The process has ended: takes its status and what is left of its output. */
static void command_collect(Command *command)
{
    if (command->is_timed_out) {
        command_signal(command, SIGKILL); /* what it started and did not end itself */
    }
    siginfo_t info = {0};
    while (waitid(P_PIDFD, (id_t)command->pidfd, &info, WEXITED) != 0 && errno == EINTR) {
    }
    command->end = info.si_code == CLD_EXITED ? COMMAND_EXITED : COMMAND_KILLED;
    command->status = info.si_status;
    command->stage = STAGE_ENDED;
    if (!command->is_changing && !command_stream_drain(&command->out, command->output_limit)) {
        command->is_output_over_limit = TRUE;
    }
    if (!command->is_changing) {
        command_stream_drain(&command->err, command->output_limit);
    }
}

/* Fills three entries. An entry with fd -1 is passed over by ppoll. */
static void command_poll_prepare(const Command *command, struct pollfd *entries)
{
    gboolean is_piped = !command->is_changing;
    entries[0] = (struct pollfd){.fd = command->pidfd, .events = POLLIN};
    entries[1] = (struct pollfd){.fd = is_piped ? command->out.fd : -1, .events = POLLIN};
    entries[2] = (struct pollfd){.fd = is_piped ? command->err.fd : -1, .events = POLLIN};
}

static int commands_find_ended(Command *const *commands, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (commands[i]->stage == STAGE_ENDED) {
            return (int)i;
        }
    }
    return -1;
}

/* One round of waiting, until UNTIL_US at most; FALSE when a signal ended it. */
static gboolean commands_poll(Command *const *commands, guint count, gint64 until_us,
                              struct pollfd *entries)
{
    for (guint i = 0; i < count; i++) {
        command_poll_prepare(commands[i], &entries[3 * i]);
        if (commands[i]->deadline_us != 0) {
            until_us = MIN(until_us, commands[i]->deadline_us);
        }
    }
    gint64 left_us = MAX(0, until_us - g_get_monotonic_time());
    struct timespec left = {.tv_sec = left_us / G_USEC_PER_SEC,
                            .tv_nsec = left_us % G_USEC_PER_SEC * 1000};
    sigset_t none;
    sigemptyset(&none);
    if (ppoll(entries, 3 * (nfds_t)count, &left, &none) < 0) {
        return FALSE;
    }
    for (guint i = 0; i < count; i++) {
        if (entries[3 * i + 1].revents != 0 || entries[3 * i + 2].revents != 0) {
            command_read(commands[i]);
        }
        if (entries[3 * i].revents != 0) {
            command_collect(commands[i]);
        }
    }
    return TRUE;
}

int command_wait_any(Command *const *commands, guint count, guint timeout_ms)
{
    gint64 until_us = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    g_autofree struct pollfd *entries = g_new(struct pollfd, 3 * (gsize)count + 1);
    int ended = commands_find_ended(commands, count);
    while (ended < 0 && commands_poll(commands, count, until_us, entries)) {
        gint64 now_us = g_get_monotonic_time();
        ended = commands_find_ended(commands, count);
        for (guint i = 0; i < count; i++) {
            command_enforce_deadline(commands[i], now_us);
        }
        if (ended < 0 && now_us >= until_us) {
            break;
        }
    }
    return ended;
}

static void abandoned_add(pid_t pid)
{
    if (abandoned_pids == NULL) {
        abandoned_pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
    }
    g_array_append_val(abandoned_pids, pid);
}

CommandResult *command_finish(Command *command)
{
    g_assert(command->stage == STAGE_ENDED);
    if (command->is_changing) {
        command_stream_read_file(&command->out, command->output_limit);
        command_stream_read_file(&command->err, command->output_limit);
    }
    if (command->is_left_behind) {
        abandoned_add(command->pid);
    }
    gsize errors_length = 0;
    CommandResult *result = g_new0(CommandResult, 1);
    result->end = command->is_timed_out ? COMMAND_TIMED_OUT : command->end;
    result->status = command->is_timed_out ? 0 : command->status;
    result->is_output_over_limit = command->is_output_over_limit;
    result->is_left_behind = command->is_left_behind;
    result->output = command_stream_take(&command->out, &result->output_length);
    result->errors = command_stream_take(&command->err, &errors_length);
    result->duration_ms = (guint64)(g_get_monotonic_time() - command->started_us) / 1000;
    result->timeout_ms = command->timeout_ms;
    command_free(command);
    return result;
}

void command_abandon(Command *command)
{
    if (command == NULL) {
        return;
    }
    if (command->stage != STAGE_ENDED || command->is_left_behind) {
        abandoned_add(command->pid);
    }
    command_free(command);
}

CommandResult *command_run(const CommandRequest *request, GError **error)
{
    Command *command = command_start(request, error);
    if (command == NULL) {
        return NULL;
    }
    while (command_wait_any(&command, 1, G_MAXUINT) < 0) {
    }
    return command_finish(command);
}
