/* Running programs: argv without a shell, own process group, limits, fixed environment, and a result
 * that cannot be mistaken. The only file that creates processes (command.c). */
#pragma once

#include <glib.h>

#define COMMAND_ERROR (command_error_quark())
typedef enum {
    COMMAND_ERROR_NOT_STARTED /* the program could not be executed; the message says why */
} CommandError;
GQuark command_error_quark(void);

typedef struct {
    const char *const *argv; /* argv[0] is an absolute path */
    /* "NAME=value" strings added to the fixed environment (PATH, LC_ALL=C, HOME=/); may be NULL.
     * Nothing else is inherited but what command_pass_environment() named. */
    const char *const *environment;
    guint timeout_ms; /* 0: no limit. When it passes: SIGTERM to the group, 2 s later SIGKILL. */
    gsize output_limit; /* bytes kept of stdout and of stderr each. More on stdout ends the command
                           (is_output_over_limit); more on stderr is dropped. */
    /* The command changes something: its output goes to an unlinked file, not to a pipe, so that our
     * death does not become its SIGPIPE, and it is never killed for the length of its output. */
    gboolean is_changing;
} CommandRequest;

typedef enum {
    COMMAND_EXITED,   /* status is the exit code */
    COMMAND_KILLED,   /* status is the signal; not by us */
    COMMAND_TIMED_OUT /* we ended it; status is 0 */
} CommandEnd;

typedef struct {
    CommandEnd end;
    int status;
    gboolean is_output_over_limit;
    char *output; /* stdout, NUL-terminated; may hold NULs itself */
    gsize output_length;
    char *errors; /* stderr, NUL-terminated */
    guint64 duration_ms;
} CommandResult;

void command_result_free(CommandResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandResult, command_result_free)

/* TRUE: exited with code 0 and printed no more than it may. */
gboolean command_result_is_success(const CommandResult *result);
/* In words, for a sentence: "exited with 3", "was killed by signal 9 (Killed)", "did not answer
 * within 20 s". Followed by the last line of stderr that is not empty, if there is one:
 * "exited with 1: cannot init xl context". */
char *command_result_describe(const CommandResult *result);

/* A command under way. It is over when its process has ended, not when its output closes. */
typedef struct Command Command;

/* Starts a command. NULL and COMMAND_ERROR_NOT_STARTED when it could not be executed. */
Command *command_start(const CommandRequest *request, GError **error);
GPid command_pid(const Command *command);
/* Waits until one of COMMANDS (COUNT of them; may be 0) has ended, or TIMEOUT_MS has passed, or a
 * signal arrived. Enforces the commands' own limits meanwhile. Returns the index of a command that has
 * ended, or -1. */
int command_wait_any(Command *const *commands, guint count, guint timeout_ms);
/* The result of a command that has ended (command_wait_any said so); frees the command. */
CommandResult *command_finish(Command *command);
/* Forgets a command without touching the process: it goes on without us. */
void command_abandon(Command *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Command, command_abandon)

/* Start, wait, finish. NULL and an error only when it could not be executed. */
CommandResult *command_run(const CommandRequest *request, GError **error);

/* Names an environment variable that children get if we have it ("XENSIM_DIR"). */
void command_pass_environment(const char *name);

/* Is a process alive that command_start() started, with this "NAME=value" in its request's environment,
 * in this or an earlier life of ours? Looks through /proc. Only the process that was started itself counts
 * (leader of its own group, in the session of its starter), not what it left behind: `xl create` leaves a
 * monitor for as long as the domain lives. Returns its pid, or 0. */
GPid command_find_running(const char *environment_entry);

/* Finds a program on PATH (our own PATH, then /usr/sbin:/usr/bin:/sbin:/bin) as an absolute path, or NULL. */
char *command_find_program(const char *name);
