#include "xenbackend/command.h"

#include "old_kernel.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 65536
/* Longer than a test may take: a test that waits for such a sleep fails. */
#define SLEEP "/bin/sleep", "600"

static CommandRequest request_make(const char *const *argv)
{
    return (CommandRequest){.argv = argv, .output_limit = LIMIT};
}

#define ARGV(...)     ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script) ARGV("/bin/sh", "-c", script)

static CommandResult *run(const CommandRequest *request)
{
    g_autoptr(GError) error = NULL;
    CommandResult *result = command_run(request, &error);
    ck_assert_msg(result != NULL, "%s", error != NULL ? error->message : "no error");
    return result;
}

static CommandResult *run_shell(const char *script)
{
    CommandRequest request = request_make(SHELL(script));
    return run(&request);
}

static Command *start(const CommandRequest *request)
{
    g_autoptr(GError) error = NULL;
    Command *command = command_start(request, &error);
    ck_assert_msg(command != NULL, "%s", error != NULL ? error->message : "no error");
    return command;
}

/* Runs a command that does not end by itself, with a time limit that lets it print something first,
 * however busy the machine is. */
static CommandResult *run_into_timeout(CommandRequest *request)
{
    for (request->timeout_ms = 200;; request->timeout_ms *= 2) {
        g_autoptr(CommandResult) result = run(request);
        if (result->output_length > 0) {
            return g_steal_pointer(&result);
        }
    }
}

/* Ends a process that a test left behind, which we are the reaper of. */
static void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void assert_ended(pid_t pid)
{
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
}

static pid_t pid_of(const char *text)
{
    guint64 pid = 0;
    g_autofree char *line = g_strstrip(g_strdup(text));
    ck_assert_msg(g_ascii_string_to_unsigned(line, 10, 2, G_MAXINT32, &pid, NULL), "'%s'", line);
    return (pid_t)pid;
}

/* ---- results ---- */

START_TEST(test_exit)
{
    g_autoptr(CommandResult) result = run_shell("echo out; echo err >&2; exit 3");
    g_autofree char *words = command_result_describe(result);
    ck_assert_int_eq(result->end, COMMAND_EXITED);
    ck_assert_int_eq(result->status, 3);
    ck_assert_str_eq(result->output, "out\n");
    ck_assert_uint_eq(result->output_length, 4);
    ck_assert_str_eq(result->errors, "err\n");
    ck_assert(!command_result_is_success(result));
    ck_assert_str_eq(words, "exited with 3: err");
}
END_TEST

START_TEST(test_success)
{
    CommandRequest request = request_make(SHELL("printf 'a\\0b'; echo 'a word' >&2"));
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    ck_assert_uint_eq(result->output_length, 3);
    ck_assert_mem_eq(result->output, "a\0b", 4);
    ck_assert_str_eq(result->errors, "a word\n");
}
END_TEST

START_TEST(test_killed)
{
    g_autoptr(CommandResult) result = run_shell("kill -9 $$");
    g_autofree char *words = command_result_describe(result);
    ck_assert_int_eq(result->end, COMMAND_KILLED);
    ck_assert_int_eq(result->status, SIGKILL);
    ck_assert(!command_result_is_success(result));
    ck_assert_str_eq(words, "was killed by signal 9 (Killed)");
}
END_TEST

typedef struct {
    const char *program;
    const char *message;
} Unstartable;

static const Unstartable unstartables[] = {
    {"/nonexistent/xl", "cannot run /nonexistent/xl: No such file or directory"},
    {"/etc/passwd", "cannot run /etc/passwd: Permission denied"},
    {"/", "cannot run /: Permission denied"},
    {"sh", "cannot run sh: not an absolute path"},
};

START_TEST(test_not_started)
{
    g_autoptr(GError) error = NULL;
    CommandRequest request = request_make(ARGV(unstartables[_i].program));
    ck_assert_ptr_null(command_run(&request, &error));
    ck_assert(g_error_matches(error, COMMAND_ERROR, COMMAND_ERROR_NOT_STARTED));
    ck_assert_str_eq(error->message, unstartables[_i].message);
}
END_TEST

typedef struct {
    CommandResult result;
    const char *words;
} Description;

static const Description descriptions[] = {
    {{.end = COMMAND_EXITED}, "exited with 0"},
    {{.end = COMMAND_EXITED, .status = 255, .errors = (char *)"\n \n"}, "exited with 255"},
    {{.end = COMMAND_EXITED, .status = 1, .errors = (char *)"a\n b c \n\n"}, "exited with 1: b c"},
    {{.end = COMMAND_EXITED,
      .status = 3,
      .errors = (char *)"Parsing config from a.cfg\nxc: error: panic: Out of memory\n"
                        "libxl: error: Destruction of domain failed\n"},
     "exited with 3: xc: error: panic: Out of memory"},
    {{.end = COMMAND_EXITED, .status = 1, .errors = (char *)"a\x1b[2J\xff\tb"},
     "exited with 1: a?[2J\xef\xbf\xbd?b"},
    {{.end = COMMAND_KILLED, .status = 15}, "was killed by signal 15 (Terminated)"},
    {{.end = COMMAND_TIMED_OUT, .timeout_ms = 20000}, "did not answer within 20 s"},
    {{.end = COMMAND_TIMED_OUT, .timeout_ms = 1500, .errors = (char *)"x"},
     "did not answer within 1500 ms: x"},
    {{.end = COMMAND_TIMED_OUT, .timeout_ms = 1000, .is_left_behind = TRUE},
     "did not answer within 1 s and cannot be killed"},
    {{.end = COMMAND_KILLED, .status = 9, .is_output_over_limit = TRUE, .output_length = 10},
     "printed more than 10 bytes"},
};

START_TEST(test_describe)
{
    CommandResult result = descriptions[_i].result;
    result.errors = result.errors != NULL ? result.errors : (char *)"";
    g_autofree char *words = command_result_describe(&result);
    ck_assert_str_eq(words, descriptions[_i].words);
}
END_TEST

START_TEST(test_describe_long_line)
{
    g_autofree char *line = g_strnfill(5000, 'x');
    CommandResult result = {.end = COMMAND_EXITED, .status = 1, .errors = line};
    g_autofree char *words = command_result_describe(&result);
    ck_assert_uint_eq(strlen(words), strlen("exited with 1: ") + 300);
    ck_assert(g_str_has_suffix(words, "xxx..."));
}
END_TEST

/* ---- what a command gets ---- */

START_TEST(test_environment)
{
    g_setenv("XENSURE_TEST_PASSED", "p q", TRUE);
    g_setenv("XENSURE_TEST_SECRET", "s", TRUE);
    command_pass_environment("XENSURE_TEST_PASSED");
    command_pass_environment("XENSURE_TEST_UNSET");
    CommandRequest request = request_make(ARGV("/usr/bin/env"));
    request.environment = ARGV("OWN=a=b", "HOME=/x");
    g_autoptr(CommandResult) result = run(&request);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(result->output), "\n", -1);
    ck_assert_uint_eq(g_strv_length(lines), 5);
    const char *const *found = (const char *const *)lines;
    ck_assert(g_strv_contains(found,
                              "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    ck_assert(g_strv_contains(found, "LC_ALL=C"));
    ck_assert(g_strv_contains(found, "HOME=/x"));
    ck_assert(g_strv_contains(found, "OWN=a=b"));
    ck_assert(g_strv_contains(found, "XENSURE_TEST_PASSED=p q"));
}
END_TEST

START_TEST(test_stdin_is_empty)
{
    CommandRequest request = request_make(ARGV("/bin/readlink", "/proc/self/fd/0"));
    g_autoptr(CommandResult) result = run(&request);
    ck_assert_str_eq(result->output, "/dev/null\n");
}
END_TEST

/* More than a pipe holds, and read by a program that does not begin at once. */
START_TEST(test_input)
{
    g_autofree char *text = g_strnfill(3000000, 'x');
    g_autoptr(GBytes) bytes = g_bytes_new(text, _i == 0 ? 0 : strlen(text));
    CommandRequest request = request_make(SHELL("cat | wc -c; cat | wc -c"));
    request.input = bytes;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert_str_eq(result->output, _i == 0 ? "0\n0\n" : "3000000\n0\n");
}
END_TEST

START_TEST(test_shared_output)
{
    char ours[] = "/tmp/test_command.XXXXXX";
    int fd = mkstemp(ours);
    int saved[] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    CommandRequest request = request_make(SHELL("echo out; echo err >&2; exit 3"));
    request.shares_output = TRUE;
    CommandResult *result = command_run(&request, NULL);
    dup2(saved[0], STDOUT_FILENO);
    dup2(saved[1], STDERR_FILENO);
    g_autofree char *text = NULL;
    g_file_get_contents(ours, &text, NULL, NULL);
    unlink(ours);
    ck_assert_int_eq(result->status, 3);
    ck_assert_str_eq(result->output, "");
    ck_assert_str_eq(result->errors, "");
    ck_assert_str_eq(text, "out\nerr\n");
    command_result_free(result);
}
END_TEST

/* What ends is seen at its descriptor, before its result is taken. */
START_TEST(test_descriptor)
{
    CommandRequest request = request_make(SHELL("exit 3"));
    Command *command = start(&request);
    struct pollfd entry = {.fd = command_descriptor(command), .events = POLLIN};
    ck_assert_int_eq(poll(&entry, 1, 60000), 1);
    ck_assert_int_eq(command_wait_any(&command, 1, 0), 0);
    g_autoptr(CommandResult) result = command_finish(command);
    ck_assert_int_eq(result->status, 3);
}
END_TEST

START_TEST(test_no_descriptor_is_inherited)
{
    int open_fd = open("/dev/zero", O_RDONLY);
    ck_assert_int_ge(fcntl(open_fd, F_DUPFD, 50), 50);
    CommandRequest request = request_make(ARGV("/bin/ls", "/proc/self/fd"));
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert_str_eq(result->output, "0\n1\n2\n3\n"); /* 3 is the folder being listed */
}
END_TEST

/* Nor where the kernel cannot close them all at once: it lacks the call (before Linux 5.9), or the
 * flag that marks them alone (before 5.11). */
START_TEST(test_no_descriptor_is_inherited_by_old_kernels)
{
    int open_fd = open("/dev/zero", O_RDONLY);
    ck_assert_int_ge(fcntl(open_fd, F_DUPFD, 50), 50);
    old_kernel_refuse(SYS_close_range, _i < 2 ? ENOSYS : EINVAL);
    CommandRequest request = request_make(ARGV("/bin/ls", "/proc/self/fd"));
    request.is_changing = _i % 2 == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert_str_eq(result->output, "0\n1\n2\n3\n");
    /* We keep ours. */
    ck_assert_int_ge(fcntl(open_fd, F_GETFD), 0);
}
END_TEST

START_TEST(test_descriptors_that_cannot_be_closed)
{
    CommandRequest request = request_make(ARGV("/bin/true"));
    g_autoptr(GError) error = NULL;
    old_kernel_refuse(SYS_close_range, EPERM);
    ck_assert_ptr_null(command_run(&request, &error));
    ck_assert_ptr_nonnull(error);
}
END_TEST

/* An agent may be started with its own streams closed; new pipes then get their numbers. */
START_TEST(test_own_streams_closed)
{
    int saved[3];
    for (int fd = 0; fd < 3; fd++) {
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        close(fd);
    }
    CommandRequest request = request_make(SHELL("echo out; echo err >&2"));
    request.is_changing = _i == 1;
    CommandResult *result = command_run(&request, NULL);
    for (int fd = 0; fd < 3; fd++) {
        if (saved[fd] >= 0) {
            dup2(saved[fd], fd);
        }
    }
    ck_assert_ptr_nonnull(result);
    ck_assert_str_eq(result->output, "out\n");
    ck_assert_str_eq(result->errors, "err\n");
    command_result_free(result);
}
END_TEST

START_TEST(test_signals_are_reset)
{
    sigset_t all;
    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    CommandRequest request =
        request_make(ARGV("/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"));
    sigprocmask(SIG_BLOCK, &all, NULL);
    CommandResult *result = command_run(&request, NULL);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    /* Signals 32 and 33 are the C library's own. */
    guint64 blocked = 1, ignored = 1;
    ck_assert_int_eq(sscanf(result->output,
                            "SigBlk: %" G_GINT64_MODIFIER "x SigIgn: %" G_GINT64_MODIFIER "x",
                            &blocked, &ignored),
                     2);
    ck_assert_uint_eq(blocked, 0);
    ck_assert_uint_eq(ignored & ~(G_GUINT64_CONSTANT(3) << 31), 0);
    command_result_free(result);
}
END_TEST

/* Whoever started us may have had SIGCHLD ignored, and then there are no exit codes. */
START_TEST(test_child_signal_ignored)
{
    signal(SIGCHLD, SIG_IGN);
    g_autoptr(CommandResult) result = run_shell("exit 7");
    ck_assert_int_eq(result->end, COMMAND_EXITED);
    ck_assert_int_eq(result->status, 7);
}
END_TEST

/* ---- when a command is over ---- */

/* A daemon that is left behind holds the pipes; the command is over all the same, and it lives on.
 */
START_TEST(test_left_behind)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    CommandRequest request = request_make(SHELL("/bin/sleep 600 & echo $!; exit 4"));
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert_int_eq(result->end, COMMAND_EXITED);
    ck_assert_int_eq(result->status, 4);
    pid_t left = pid_of(result->output);
    ck_assert_int_eq(kill(left, 0), 0);
    ck_assert_int_eq(waitpid(left, NULL, WNOHANG), 0);
    end_process(left);
}
END_TEST

/* The same with one that never stops writing. */
START_TEST(test_left_behind_noisy)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    CommandRequest request = request_make(SHELL("/usr/bin/yes >&2 & echo $!; exit 0"));
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    end_process(pid_of(result->output));
}
END_TEST

/* A command may close its output long before it ends. */
START_TEST(test_output_closed_early)
{
    g_autoptr(CommandResult) result = run_shell("exec >&- 2>&-; /bin/sleep 0.1; exit 5");
    ck_assert_int_eq(result->status, 5);
}
END_TEST

START_TEST(test_output_at_limit)
{
    CommandRequest request = request_make(SHELL("head -c 100000 /dev/zero"));
    request.output_limit = 100000;
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    ck_assert_uint_eq(result->output_length, 100000);
}
END_TEST

START_TEST(test_output_over_limit)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    CommandRequest request = request_make(SHELL("/bin/sleep 600 & echo $!; exec /usr/bin/yes"));
    request.output_limit = 1000;
    g_autoptr(CommandResult) result = run(&request);
    g_autofree char *words = command_result_describe(result);
    ck_assert(result->is_output_over_limit);
    ck_assert(!command_result_is_success(result));
    ck_assert_uint_eq(result->output_length, 1000);
    ck_assert_int_eq(result->end, COMMAND_KILLED);
    ck_assert_str_eq(words, "printed more than 1000 bytes");
    *strchr(result->output, '\n') = '\0';
    assert_ended(pid_of(result->output)); /* the whole group is gone */
}
END_TEST

/* One byte too many counts also when the command had ended before anybody read it. */
START_TEST(test_output_over_limit_by_one)
{
    CommandRequest request = request_make(SHELL("printf 0123456789a"));
    request.output_limit = 10;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(result->is_output_over_limit);
    ck_assert_str_eq(result->output, "0123456789");
}
END_TEST

START_TEST(test_errors_over_limit)
{
    CommandRequest request =
        request_make(SHELL("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo a"));
    request.output_limit = 10;
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    ck_assert_str_eq(result->output, "a\n");
    ck_assert_str_eq(result->errors, "xxxxxxxxxx");
}
END_TEST

/* A command that changes something is never ended for what it prints. */
START_TEST(test_changing_over_limit)
{
    CommandRequest request = request_make(SHELL("head -c 1000000 /dev/zero | tr '\\0' x"));
    request.output_limit = 10;
    request.is_changing = TRUE;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    ck_assert_str_eq(result->output, "xxxxxxxxxx");
}
END_TEST

START_TEST(test_timeout)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    CommandRequest request =
        request_make(SHELL("/bin/sleep 600 & echo waiting >&2; echo $!; wait"));
    request.is_changing = _i == 1;
    g_autoptr(CommandResult) result = run_into_timeout(&request);
    ck_assert_int_eq(result->end, COMMAND_TIMED_OUT);
    ck_assert_int_eq(result->status, 0);
    ck_assert(!command_result_is_success(result));
    ck_assert_uint_ge(result->duration_ms, request.timeout_ms);
    ck_assert_uint_eq(result->timeout_ms, request.timeout_ms);
    ck_assert_str_eq(result->errors, "waiting\n");
    assert_ended(pid_of(result->output)); /* the sleep, which SIGTERM to the shell alone leaves */
}
END_TEST

/* What ignores SIGTERM, the command itself or a child of it, gets SIGKILL. */
static const char *const stubborn[] = {
    "trap '' TERM; echo $$; while :; do /bin/sleep 1; done",
    "sh -c 'trap \"\" TERM; echo $$; while :; do /bin/sleep 1; done' & wait",
};

START_TEST(test_timeout_stubborn)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    CommandRequest request = request_make(SHELL(stubborn[_i]));
    g_autoptr(CommandResult) result = run_into_timeout(&request);
    ck_assert_int_eq(result->end, COMMAND_TIMED_OUT);
    ck_assert(!result->is_left_behind);
    pid_t pid = pid_of(result->output);
    if (_i == 1) {
        assert_ended(pid);
    }
    ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
}
END_TEST

/* A program that ends well upon SIGTERM has not answered in time nevertheless. This one can only do
 * so because the child that it waits for gets the signal too. */
START_TEST(test_timeout_clean_exit)
{
    CommandRequest request =
        request_make(SHELL("trap 'echo cleaned; exit 0' TERM; echo ready; /bin/sleep 600"));
    g_autoptr(CommandResult) result = run_into_timeout(&request);
    ck_assert_int_eq(result->end, COMMAND_TIMED_OUT);
    ck_assert(!command_result_is_success(result));
    ck_assert_str_eq(result->output, "ready\ncleaned\n");
}
END_TEST

/* ---- several commands, and waiting ---- */

START_TEST(test_wait_any)
{
    CommandRequest slow = request_make(ARGV(SLEEP)), quick = request_make(SHELL("exit 6"));
    Command *commands[] = {start(&slow), start(&quick), start(&slow)};
    ck_assert_int_eq(command_wait_any(commands, 3, 60000), 1);
    ck_assert_int_eq(command_wait_any(commands, 3, 60000), 1); /* until it is finished */
    g_autoptr(CommandResult) result = command_finish(commands[1]);
    ck_assert_int_eq(result->status, 6);

    Command *left[] = {commands[0], commands[2]};
    ck_assert_int_eq(command_wait_any(left, 2, 0), -1);
    ck_assert_int_eq(getpgid(command_pid(left[1])), command_pid(left[1]));
    kill(command_pid(left[1]), SIGKILL);
    ck_assert_int_eq(command_wait_any(left, 2, 60000), 1);
    command_result_free(command_finish(left[1]));
    kill(command_pid(left[0]), SIGKILL);
    ck_assert_int_eq(command_wait_any(left, 1, 60000), 0);
    command_result_free(command_finish(left[0]));
}
END_TEST

/* The limit of one command is kept while the caller waits for another. */
START_TEST(test_wait_any_enforces)
{
    CommandRequest slow = request_make(ARGV(SLEEP)), limited = request_make(ARGV(SLEEP));
    limited.timeout_ms = 100;
    Command *commands[] = {start(&slow), start(&limited)};
    ck_assert_int_eq(command_wait_any(commands, 2, 60000), 1);
    g_autoptr(CommandResult) result = command_finish(commands[1]);
    ck_assert_int_eq(result->end, COMMAND_TIMED_OUT);
    kill(command_pid(commands[0]), SIGKILL);
    ck_assert_int_eq(command_wait_any(commands, 1, 60000), 0);
    command_result_free(command_finish(commands[0]));
}
END_TEST

START_TEST(test_wait_for_nothing)
{
    gint64 started_us = g_get_monotonic_time();
    ck_assert_int_eq(command_wait_any(NULL, 0, 50), -1);
    ck_assert_int_ge(g_get_monotonic_time() - started_us, 50 * 1000);
}
END_TEST

static volatile sig_atomic_t signals_seen;

static void signal_see(int number)
{
    (void)number;
    signals_seen++;
}

/* A signal that came before the wait, while it was blocked, ends the wait. */
START_TEST(test_wait_is_interrupted)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct sigaction action = {.sa_handler = signal_see, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    ck_assert_int_eq(signals_seen, 0);

    CommandRequest request = request_make(ARGV(SLEEP));
    Command *command = start(&request);
    ck_assert_int_eq(command_wait_any(&command, 1, 600000), -1);
    ck_assert_int_eq(signals_seen, 1);
    ck_assert_int_eq(kill(command_pid(command), SIGKILL), 0); /* it was not touched */
    ck_assert_int_eq(command_wait_any(&command, 1, 60000), 0);
    command_result_free(command_finish(command));
}
END_TEST

/* A command that changes something goes on when it is abandoned, and can write. */
START_TEST(test_abandon)
{
    g_autofree char *folder = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    g_autofree char *ready = g_build_filename(folder, "ready", NULL);
    g_autofree char *entry = g_strconcat("READY=", ready, NULL);
    CommandRequest request =
        request_make(SHELL("trap 'for i in 1 2 3; do echo out; echo err >&2; done; exit 9' USR1;"
                           ": >$READY; while :; do /bin/sleep 0.05; done"));
    request.environment = ARGV(entry);
    request.is_changing = TRUE;
    Command *command = start(&request);
    pid_t pid = command_pid(command);
    while (!g_file_test(ready, G_FILE_TEST_EXISTS)) {
        ck_assert_int_eq(command_wait_any(&command, 1, 10), -1);
    }
    command_abandon(command);
    int status = 0;
    ck_assert_int_eq(kill(pid, SIGUSR1), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 9);
    command_abandon(NULL);
    unlink(ready);
    rmdir(folder);
}
END_TEST

/* An abandoned command that has ended does not stay a zombie. */
START_TEST(test_abandoned_is_reaped)
{
    CommandRequest request = request_make(ARGV(SLEEP));
    request.is_changing = TRUE;
    Command *command = start(&request);
    pid_t pid = command_pid(command);
    command_abandon(command);
    kill(pid, SIGKILL);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    command_result_free(run_shell("true"));
    ck_assert(waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD);
}
END_TEST

/* ---- finding processes and programs ---- */

/* An entry that no other process has, not even of the same test run twice at once. */
static char *entry_make(void)
{
    return g_strdup_printf("XENSURE_TEST_ENTRY=%d.%" G_GINT64_FORMAT, (int)getpid(),
                           g_get_monotonic_time());
}

START_TEST(test_find_running)
{
    g_autofree char *entry = entry_make();
    g_autofree char *shorter = g_strndup(entry, strlen(entry) - 1);
    g_autofree char *longer = g_strconcat(entry, "0", NULL);
    CommandRequest request = request_make(ARGV(SLEEP));
    request.environment = ARGV("OTHER=1", entry, "ANOTHER=2");
    Command *command = start(&request);
    pid_t pid = command_pid(command);
    ck_assert_int_eq(command_find_running(entry), pid); /* at once */
    ck_assert_int_eq(command_find_running(shorter), 0);
    ck_assert_int_eq(command_find_running(longer), 0);
    ck_assert_int_eq(command_find_running(strchr(entry, '=')), 0);
    kill(pid, SIGKILL);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    ck_assert_int_eq(command_find_running(entry), 0); /* a zombie is not alive */
    ck_assert_int_eq(command_wait_any(&command, 1, 60000), 0);
    command_result_free(command_finish(command));
    ck_assert_int_eq(command_find_running(entry), 0);
}
END_TEST

/* A command of an earlier life of ours. */
START_TEST(test_find_running_orphan)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    g_autofree char *entry = entry_make();
    pid_t earlier = fork();
    if (earlier == 0) {
        CommandRequest request = request_make(ARGV(SLEEP));
        request.environment = ARGV(entry);
        request.is_changing = TRUE;
        _exit(command_start(&request, NULL) != NULL ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(earlier, &status, 0), earlier);
    ck_assert_int_eq(status, 0);
    pid_t found = command_find_running(entry);
    ck_assert_int_gt(found, 0);
    end_process(found);
    ck_assert_int_eq(command_find_running(entry), 0);
}
END_TEST

/* What a command left behind has its environment too, but is not the command: a plain child, and
 * daemons that made a session of their own, with and without forking once more. Each tells its
 * number when it is in place. */
static const char *const leavings[] = {
    "/bin/sleep 600 & echo $!",
    "f=$(mktemp -u); mkfifo $f; setsid sh -c \"echo \\$\\$ >$f; exec /bin/sleep 600 >/dev/null\" & "
    "cat $f; rm $f",
    "f=$(mktemp -u); mkfifo $f; setsid sh -c \"/bin/sleep 600 >/dev/null & echo \\$! >$f\" & "
    "cat $f; rm $f",
};

START_TEST(test_find_running_leavings)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    g_autofree char *entry = entry_make();
    CommandRequest request = request_make(SHELL(leavings[_i]));
    request.environment = ARGV(entry);
    request.is_changing = TRUE;
    g_autoptr(CommandResult) result = run(&request);
    ck_assert(command_result_is_success(result));
    pid_t left = pid_of(result->output);
    /* It lives, and is ours as soon as those between us have ended. */
    pid_t waited = waitpid(left, NULL, WNOHANG);
    for (guint i = 0; i < 24000 && waited < 0; i++) {
        g_usleep(5000);
        waited = waitpid(left, NULL, WNOHANG);
    }
    ck_assert_int_eq(waited, 0);
    g_autofree char *path = g_strdup_printf("/proc/%d/environ", (int)left);
    gboolean has_entry = FALSE;
    /* While a process executes its program it shows no environment. */
    for (guint i = 0; i < 24000 && !has_entry; i++) {
        g_autofree char *environment = NULL;
        gsize length = 0;
        ck_assert(g_file_get_contents(path, &environment, &length, NULL));
        has_entry = memmem(environment, length, entry, strlen(entry) + 1) != NULL;
        g_usleep(has_entry ? 0 : 5000);
    }
    ck_assert(has_entry);
    ck_assert_int_eq(command_find_running(entry), 0);
    end_process(left);
}
END_TEST

START_TEST(test_find_program)
{
    g_autofree char *folder = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    g_autofree char *fake = g_build_filename(folder, "xl", NULL);
    g_autofree char *plain = g_build_filename(folder, "plain", NULL);
    g_autofree char *path = g_strconcat("relative:", ":", folder, ":/nonexistent", NULL);
    ck_assert(g_file_set_contents(fake, "#!/bin/sh\n", -1, NULL));
    ck_assert(g_file_set_contents(plain, "text", -1, NULL));
    ck_assert_int_eq(chmod(fake, 0755), 0);
    ck_assert_int_eq(chdir(folder), 0);
    g_setenv("PATH", path, TRUE);

    g_autofree char *xl = command_find_program("xl");
    g_autofree char *shell = command_find_program("sh");
    g_autofree char *absolute = command_find_program("/bin/sh");
    ck_assert_str_eq(xl, fake);
    ck_assert_ptr_nonnull(shell);
    ck_assert(g_path_is_absolute(shell));
    ck_assert_str_eq(absolute, "/bin/sh");
    ck_assert_ptr_null(command_find_program("plain"));
    ck_assert_ptr_null(command_find_program("no-such-program"));
    ck_assert_ptr_null(command_find_program("./xl"));
    ck_assert_ptr_null(command_find_program("/bin"));
    ck_assert_ptr_null(command_find_program(""));
    g_unsetenv("PATH");
    g_autofree char *without = command_find_program("sh");
    ck_assert_ptr_nonnull(without);
    g_setenv("PATH", ".:relative", TRUE);
    ck_assert_ptr_null(command_find_program("xl"));
    unlink(fake);
    unlink(plain);
    rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    tcase_add_test(tcase, test_exit);
    tcase_add_loop_test(tcase, test_success, 0, 2);
    tcase_add_test(tcase, test_killed);
    tcase_add_loop_test(tcase, test_not_started, 0, G_N_ELEMENTS(unstartables));
    tcase_add_loop_test(tcase, test_describe, 0, G_N_ELEMENTS(descriptions));
    tcase_add_test(tcase, test_describe_long_line);
    tcase_add_test(tcase, test_environment);
    tcase_add_test(tcase, test_stdin_is_empty);
    tcase_add_loop_test(tcase, test_input, 0, 2);
    tcase_add_test(tcase, test_shared_output);
    tcase_add_test(tcase, test_descriptor);
    tcase_add_loop_test(tcase, test_no_descriptor_is_inherited, 0, 2);
    tcase_add_loop_test(tcase, test_no_descriptor_is_inherited_by_old_kernels, 0, 4);
    tcase_add_test(tcase, test_descriptors_that_cannot_be_closed);
    tcase_add_loop_test(tcase, test_own_streams_closed, 0, 2);
    tcase_add_test(tcase, test_signals_are_reset);
    tcase_add_test(tcase, test_child_signal_ignored);
    tcase_add_loop_test(tcase, test_left_behind, 0, 2);
    tcase_add_test(tcase, test_left_behind_noisy);
    tcase_add_test(tcase, test_output_closed_early);
    tcase_add_loop_test(tcase, test_output_at_limit, 0, 2);
    tcase_add_test(tcase, test_output_over_limit);
    tcase_add_test(tcase, test_output_over_limit_by_one);
    tcase_add_loop_test(tcase, test_errors_over_limit, 0, 2);
    tcase_add_test(tcase, test_changing_over_limit);
    tcase_add_loop_test(tcase, test_timeout, 0, 2);
    tcase_add_loop_test(tcase, test_timeout_stubborn, 0, G_N_ELEMENTS(stubborn));
    tcase_add_test(tcase, test_timeout_clean_exit);
    tcase_add_test(tcase, test_wait_any);
    tcase_add_test(tcase, test_wait_any_enforces);
    tcase_add_test(tcase, test_wait_for_nothing);
    tcase_add_test(tcase, test_wait_is_interrupted);
    tcase_add_test(tcase, test_abandon);
    tcase_add_test(tcase, test_abandoned_is_reaped);
    tcase_add_test(tcase, test_find_running);
    tcase_add_test(tcase, test_find_running_orphan);
    tcase_add_loop_test(tcase, test_find_running_leavings, 0, G_N_ELEMENTS(leavings));
    tcase_add_test(tcase, test_find_program);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
