#include "agent/password.h"

#include "spec/signature_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Every password and its newline; one byte more shows that there is more. */
#define BUFFER_BYTES (SECRET_KEY_PASSWORD_MAX + 2)

void password_free(char *password)
{
    if (password != NULL) {
        explicit_bzero(password, strlen(password));
        g_free(password);
    }
}

/* Reads up to the first newline, or the end. Byte by byte: what is behind it is not ours. */
static gboolean read_line(int fd, char buffer[BUFFER_BYTES], gsize *length)
{
    for (*length = 0; *length < BUFFER_BYTES; (*length)++) {
        gssize got = TEMP_FAILURE_RETRY(read(fd, buffer + *length, 1));
        if (got <= 0 || buffer[*length] == '\n') {
            return got >= 0;
        }
    }
    return TRUE;
}

static char *take_line(int fd, const char *name, GError **error)
{
    char buffer[BUFFER_BYTES];
    gsize length = 0;
    char *password = NULL;
    gboolean is_plain = read_line(fd, buffer, &length);
    int saved = errno;
    if (!is_plain) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read the password from %s: %s",
                    name, g_strerror(saved));
    } else if (length > SECRET_KEY_PASSWORD_MAX) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the password from %s: expected at most %u bytes in one line, found more", name,
                    SECRET_KEY_PASSWORD_MAX);
    } else if (memchr(buffer, '\0', length) != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the password from %s: expected text, found a NUL byte", name);
    } else {
        password = g_strndup(buffer, length);
    }
    explicit_bzero(buffer, sizeof buffer);
    return password;
}

char *password_read_file(const char *path, GError **error)
{
    if (strcmp(path, "-") == 0) {
        return take_line(STDIN_FILENO, "standard input", error);
    }
    int fd = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (fd < 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read the password from %s: %s",
                    path, g_strerror(errno));
        return NULL;
    }
    char *password = take_line(fd, path, error);
    close(fd);
    return password;
}

/* ---- the terminal ---- */

static gboolean say(int terminal, const char *text)
{
    return TEMP_FAILURE_RETRY(write(terminal, text, strlen(text))) == (gssize)strlen(text);
}

static char *ask_once(int terminal, const char *prompt, GError **error)
{
    char *password = say(terminal, prompt) ? take_line(terminal, "the terminal", error) : NULL;
    say(terminal, "\n");
    /* With the signals of the keyboard off, ^C is a character like others. */
    for (const char *c = password; c != NULL && *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c) && *c != '\t') {
            password_free(password);
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "no password was given");
            return NULL;
        }
    }
    if (password == NULL && error != NULL && *error == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "cannot ask for the password on the terminal");
    }
    return password;
}

static char *ask(int terminal, const char *prompt, gboolean twice, GError **error)
{
    char *password = ask_once(terminal, prompt, error);
    if (password == NULL || !twice) {
        return password;
    }
    char *again = ask_once(terminal, "The same once more: ", error);
    if (again != NULL && strcmp(password, again) == 0) {
        password_free(again);
        return password;
    }
    if (again != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "the two passwords are not the same");
    }
    password_free(again);
    password_free(password);
    return NULL;
}

/* What the terminal was before, for who is ended while nothing is shown. */
static struct {
    int terminal;
    struct termios before;
} hidden;

static const int ending[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};

/* The action is the default one again by then (SA_RESETHAND), and ends the process once this has
 * returned. */
static void show_and_end(int number)
{
    tcsetattr(hidden.terminal, TCSANOW, &hidden.before);
    raise(number);
}

/* A signal that is ignored stays so. */
static void catch_signals(struct sigaction saved[G_N_ELEMENTS(ending)])
{
    struct sigaction action = {.sa_handler = show_and_end, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (guint i = 0; i < G_N_ELEMENTS(ending); i++) {
        sigaction(ending[i], NULL, &saved[i]);
        if (saved[i].sa_handler != SIG_IGN) {
            sigaction(ending[i], &action, NULL);
        }
    }
}

static void release_signals(const struct sigaction saved[G_N_ELEMENTS(ending)])
{
    for (guint i = 0; i < G_N_ELEMENTS(ending); i++) {
        sigaction(ending[i], &saved[i], NULL);
    }
}

char *password_ask(const char *prompt, gboolean twice, GError **error)
{
    int terminal = (int)TEMP_FAILURE_RETRY(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    struct termios before;
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "there is no terminal to ask for the password: use --password-file FILE (- is "
                    "standard input)");
        if (terminal >= 0) {
            close(terminal);
        }
        return NULL;
    }
    /* A signal while nothing is shown would leave the terminal so. */
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    char *password = NULL;
    struct sigaction saved[G_N_ELEMENTS(ending)];
    hidden.terminal = terminal;
    hidden.before = before;
    catch_signals(saved);
    if (tcsetattr(terminal, TCSAFLUSH, &silent) == 0) {
        password = ask(terminal, prompt, twice, error);
        tcsetattr(terminal, TCSAFLUSH, &before);
    } else {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "cannot hide what is typed on the terminal: %s", g_strerror(errno));
    }
    release_signals(saved);
    close(terminal);
    return password;
}
