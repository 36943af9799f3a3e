/* The parts of command.c that stand in other files; for nobody else. */
#pragma once

#include <glib.h>

/* The variables of a child: the fixed ones, those passed on, and ADDED, of which a later one
 * replaces an earlier one of its name. To be freed with g_strfreev. */
char **command_environment_make(const char *const *added);

/* A file without a name that holds these bytes, to be read from its start; -1 and errno. */
int command_input_open(GBytes *bytes);

/* One of a command's two outputs. */
typedef struct {
    int fd; /* our end: a pipe that does not block, or the file; -1 when closed */
    GByteArray *kept;
} CommandStream;

/* Makes our end (stream->fd) and the child's end of one output: a pipe, or a file without a name.
 * FALSE and errno on failure; what was opened is closed by the two functions below. */
gboolean command_stream_open(CommandStream *stream, gboolean is_file, int *child_fd);
/* Makes all our descriptors but the standard streams end where a child becomes its program. They
 * are not closed before that: should we be killed, the child keeps the host's lock until then, as
 * until then it cannot be told from us, nor found by command_find_running(). Our threads open no
 * descriptors without O_CLOEXEC. 0 or an errno. */
int command_descriptors_keep(void);
/* Closes *FD unless it is -1, and makes it -1. */
void command_descriptor_close(int *fd);
void command_stream_clear(CommandStream *stream);

/* Reads a pipe: what is there now, but at most AT_MOST bytes, of which those up to LIMIT in all are
 * kept. FALSE when more came than is kept. */
gboolean command_stream_read(CommandStream *stream, gsize at_most, gsize limit);
/* Reads what a dead process left in its pipe, and closes it. No more than that: another process may
 * hold the pipe and go on writing for ever. FALSE when more came than is kept. */
gboolean command_stream_drain(CommandStream *stream, gsize limit);
/* Reads the first LIMIT bytes of a file, and closes it. */
void command_stream_read_file(CommandStream *stream, gsize limit);
/* Takes the bytes out, with a NUL behind them. */
char *command_stream_take(CommandStream *stream, gsize *length);
