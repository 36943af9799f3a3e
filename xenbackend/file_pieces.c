#include "xenbackend/file_pieces.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (64u * 1024)

static gboolean fail(GError **error, const char *path, int error_number)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(error_number),
                "cannot read %s: %s", path, g_strerror(error_number));
    return FALSE;
}

static gboolean read_to_end(int fd, const char *path, FilePiece piece, gpointer data,
                            GError **error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return fail(error, path, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read %s: not a regular file",
                    path);
        return FALSE;
    }
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    gssize got;
    while ((got = TEMP_FAILURE_RETRY(read(fd, buffer, PIECE_BYTES))) > 0) {
        piece(data, buffer, (gsize)got);
    }
    return got == 0 || fail(error, path, errno);
}

gboolean file_read_pieces(const char *path, FilePiece piece, gpointer data, GError **error)
{
    /* Without O_NONBLOCK a fifo would keep us until somebody writes to it. */
    int fd = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (fd < 0) {
        return fail(error, path, errno);
    }
    gboolean is_read = read_to_end(fd, path, piece, data, error);
    close(fd);
    return is_read;
}
