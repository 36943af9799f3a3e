/* Running programs: argv without a shell, own process group, limits, fixed environment, and a
 * result that cannot be mistaken. command.c is the only file that creates processes;
 * command_result.c puts a result into words, command_search.c finds programs and processes. */
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
    /* What it reads on standard input (a file without a name); NULL: nothing, from /dev/null. */
    GBytes *input;
    guint timeout_ms;   /* 0: no limit. When it passes: SIGTERM to the group, 2 s later SIGKILL. */
    gsize output_limit; /* bytes kept of stdout and of stderr each. More on stdout ends the command
                           with SIGKILL to the group (is_output_over_limit); more on stderr is
                           dropped. */
    /* The command changes something: its output goes to an unlinked file, not to a pipe, so that
     * our death does not become its SIGPIPE, and it is never killed for the length of its output:
     * what is over the limit is dropped. */
    gboolean is_changing;
    /* It prints where we do, and its result has no output. */
    gboolean shares_output;
} CommandRequest;

typedef enum {
    COMMAND_EXITED,   /* status is the exit code */
    COMMAND_KILLED,   /* status is the signal; by us only where is_output_over_limit is set */
    COMMAND_TIMED_OUT /* we ended it; status is 0 */
} CommandEnd;

typedef struct {
    CommandEnd end;
    int status;
    gboolean is_output_over_limit;
    /* Not even SIGKILL ended it within 5 s (it hangs in the kernel), so it was left behind and
     * lives on. */
    gboolean is_left_behind;
    char *output; /* stdout, NUL-terminated; may hold NULs itself */
    gsize output_length;
    char *errors; /* stderr, NUL-terminated */
    guint64 duration_ms;
    guint timeout_ms; /* the request's */
} CommandResult;

void command_result_free(CommandResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandResult, command_result_free)

/* TRUE: exited with code 0 and printed no more than it may. */
gboolean command_result_is_success(const CommandResult *result);
/* In words, for a sentence: "exited with 3", "was killed by signal 9 (Killed)", "did not answer
 * within 20 s", "printed more than 65536 bytes". Followed by the line of stderr that
 * says most: the first that speaks of an error, else the last that is not empty (cut, control
 * characters shown as '?'): "exited with 1: cannot init xl context". */
char *command_result_describe(const CommandResult *result);

/* A command under way. It is over when its process has ended, not when its output closes. */
typedef struct Command Command;

/* Starts a command. NULL and COMMAND_ERROR_NOT_STARTED when it could not be executed. */
Command *command_start(const CommandRequest *request, GError **error);
GPid command_pid(const Command *command);
/* A descriptor that can be read when the command has ended, for who waits for other things, too:
 * command_wait_any() then tells. It stays the command's. */
int command_descriptor(const Command *command);
/* Waits until one of COMMANDS (COUNT of them; may be 0) has ended, or TIMEOUT_MS has passed, or a
 * signal handler ran. Enforces the commands' own limits meanwhile. Returns the index of a command
 * that has ended, or -1. No signal is blocked while it waits: a caller that has its signals blocked
 * everywhere else (with a handler that sets a flag) misses none. */
int command_wait_any(Command *const *commands, guint count, guint timeout_ms);
/* The result of a command that has ended (command_wait_any said so); frees the command. What the
 * command left running keeps running and its later output is lost. */
CommandResult *command_finish(Command *command);
/* Forgets a command without touching the process: it goes on without us. A command that is not
 * is_changing gets SIGPIPE when it writes after this. NULL is ignored. */
void command_abandon(Command *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Command, command_abandon)

/* Start, wait, finish. NULL and an error only when it could not be executed. */
CommandResult *command_run(const CommandRequest *request, GError **error);

/* Names an environment variable that children get if we have it ("XENSIM_DIR"), for all commands
 * started from now on. */
void command_pass_environment(const char *name);

/* Is a process alive that command_start() started, with this "NAME=value" in its request's
 * environment, in this or an earlier life of ours? Looks through /proc. Only the process that was
 * started itself counts (leader of its own group, in the session of its starter), not what it left
 * behind: `xl create` leaves a monitor for as long as the domain lives. Returns its pid, 0 when
 * there is none, or -1 when nobody can say: /proc cannot be read, or some process of our user is
 * still about to become its program after a second of looking again. */
GPid command_find_running(const char *environment_entry);

/* Finds a program on PATH (our own PATH, then /usr/sbin:/usr/bin:/sbin:/bin) as an absolute path,
 * or NULL. Folders of PATH that are not absolute are passed over. */
char *command_find_program(const char *name);
/* Finds a program of ours: beside ourselves or, since in a build folder each has a folder of its
 * own, in BUILT, which is beside our own folder ("xenbackend/sim"). NULL: it is in neither. */
char *command_find_beside(const char *name, const char *built);
