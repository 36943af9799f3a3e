#include "agent/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with '@' is one in the kernel, not in the file system. FALSE: it is none. */
static gboolean make_address(const char *name, struct sockaddr_un *address, socklen_t *length)
{
    gsize size = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof address->sun_path) {
        return FALSE;
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, size);
    if (name[0] == '@') {
        address->sun_path[0] = '\0';
    }
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (name[0] == '/'));
    return TRUE;
}

gboolean notify_send(const char *format, ...)
{
    const char *name = g_getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t length = 0;
    if (name == NULL || !make_address(name, &address, &length)) {
        return FALSE;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return FALSE;
    }
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    gsize size = strlen(message);
    gboolean is_sent = sendto(fd, message, size, MSG_NOSIGNAL, (const struct sockaddr *)&address,
                              length) == (gssize)size;
    close(fd);
    return is_sent;
}

gint64 notify_watchdog_us(void)
{
    const char *limit = g_getenv("WATCHDOG_USEC");
    const char *pid = g_getenv("WATCHDOG_PID");
    gint64 limit_us = 0, for_pid = getpid();
    if (limit == NULL || !g_ascii_string_to_signed(limit, 10, 1, G_MAXINT64, &limit_us, NULL) ||
        (pid != NULL && !g_ascii_string_to_signed(pid, 10, 1, G_MAXINT64, &for_pid, NULL))) {
        return 0;
    }
    return for_pid == getpid() ? MAX(limit_us / 2, 1) : 0;
}
