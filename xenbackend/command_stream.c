#include "xenbackend/command_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIPE_BYTES        (1024 * 1024)
#define PIPE_BUFFER_BYTES 65536u /* what a pipe of Linux holds if nobody asked for another size */

void command_descriptor_close(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* For a kernel before Linux 5.11. */
static int listed_descriptors_keep(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name = NULL;
    if (folder == NULL) {
        return ENOSYS;
    }
    while ((name = g_dir_read_name(folder)) != NULL) {
        guint64 fd = 0;
        if (g_ascii_string_to_unsigned(name, 10, STDERR_FILENO + 1, G_MAXINT, &fd, NULL) &&
            fcntl((int)fd, F_SETFD, FD_CLOEXEC) != 0) {
            return errno;
        }
    }
    return 0;
}

int command_descriptors_keep(void)
{
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
        return 0;
    }
    return errno == ENOSYS || errno == EINVAL ? listed_descriptors_keep() : errno;
}

/* A file without a name. Memory, because a full /tmp must not be a reason not to stop a domain. */
static int unnamed_file_open(void)
{
#ifdef MFD_NOEXEC_SEAL
    int fd = memfd_create("xensure-output", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
#else
    /* The value since Linux 6.3, where hosts may forbid memory files that lack it. */
    int fd = memfd_create("xensure-output", MFD_CLOEXEC | 0x8U);
#endif
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create("xensure-output", MFD_CLOEXEC);
    }
    return fd;
}

static gboolean write_all(int fd, const guint8 *bytes, gsize length)
{
    while (length > 0) {
        gssize written = write(fd, bytes, length);
        if (written < 0 && errno != EINTR) {
            return FALSE;
        }
        bytes += MAX(written, 0);
        length -= (gsize)MAX(written, 0);
    }
    return TRUE;
}

/* What fits into a pipe needs no file: processes without rights may have none without a name. -1:
 * it does not fit. */
static int filled_pipe_open(const guint8 *data, gsize length)
{
    int ends[2];
    if (length > PIPE_BUFFER_BYTES || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -1;
    }
    int child_fd = fcntl(ends[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    gboolean is_filled = child_fd >= 0 && fcntl(child_fd, F_SETFL, 0) == 0 &&
                         (length == 0 || write(ends[1], data, length) == (gssize)length);
    command_descriptor_close(&ends[0]);
    command_descriptor_close(&ends[1]);
    if (!is_filled) {
        command_descriptor_close(&child_fd);
    }
    return child_fd;
}

int command_input_open(GBytes *bytes)
{
    gsize length = 0;
    const guint8 *data = g_bytes_get_data(bytes, &length);
    int pipe_fd = filled_pipe_open(data, length);
    if (pipe_fd >= 0) {
        return pipe_fd;
    }
    int fd = unnamed_file_open();
    int child_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    command_descriptor_close(&fd);
    if (child_fd >= 0 && (!write_all(child_fd, data, length) || lseek(child_fd, 0, SEEK_SET) < 0)) {
        int failure = errno;
        command_descriptor_close(&child_fd);
        errno = failure;
    }
    return child_fd;
}

gboolean command_stream_open(CommandStream *stream, gboolean is_file, int *child_fd)
{
    stream->kept = g_byte_array_new();
    if (is_file) {
        stream->fd = unnamed_file_open();
        *child_fd = stream->fd < 0 ? -1 : fcntl(stream->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        return *child_fd >= 0;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return FALSE;
    }
    /* Room for a long list, so that its maker need not wait for us; less will do. */
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    stream->fd = ends[0];
    *child_fd = ends[1];
    return fcntl(stream->fd, F_SETFL, O_NONBLOCK) == 0;
}

void command_stream_clear(CommandStream *stream)
{
    command_descriptor_close(&stream->fd);
    g_clear_pointer(&stream->kept, g_byte_array_unref);
}

/* Adds what still fits; FALSE when something did not. */
static gboolean stream_keep(CommandStream *stream, const guint8 *bytes, gsize length, gsize limit)
{
    gsize fitting = MIN(length, limit - MIN(limit, stream->kept->len));
    g_byte_array_append(stream->kept, bytes, (guint)fitting);
    return fitting == length;
}

gboolean command_stream_read(CommandStream *stream, gsize at_most, gsize limit)
{
    guint8 buffer[16384];
    gboolean is_within = TRUE;
    while (stream->fd >= 0 && at_most > 0) {
        gssize got = read(stream->fd, buffer, MIN(sizeof buffer, at_most));
        if (got > 0) {
            is_within &= stream_keep(stream, buffer, (gsize)got, limit);
            at_most -= (gsize)got;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            command_descriptor_close(&stream->fd);
        } else if (errno == EAGAIN) {
            break;
        }
    }
    return is_within;
}

void command_stream_read_file(CommandStream *stream, gsize limit)
{
    guint8 buffer[16384];
    while (stream->fd >= 0 && stream->kept->len < limit) {
        /* pread, because the child shares the file's position. */
        gssize got = pread(stream->fd, buffer, sizeof buffer, (off_t)stream->kept->len);
        if (got > 0) {
            stream_keep(stream, buffer, (gsize)got, limit);
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    command_descriptor_close(&stream->fd);
}

gboolean command_stream_drain(CommandStream *stream, gsize limit)
{
    int waiting = 0;
    gboolean is_within = TRUE;
    if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &waiting) == 0 && waiting > 0) {
        is_within = command_stream_read(stream, (gsize)waiting, limit);
    }
    command_descriptor_close(&stream->fd);
    return is_within;
}

char *command_stream_take(CommandStream *stream, gsize *length)
{
    *length = stream->kept->len;
    g_byte_array_append(stream->kept, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&stream->kept), FALSE);
}
