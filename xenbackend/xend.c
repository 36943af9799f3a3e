#include "xenbackend/xend.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const locks[] = {"/var/lock/subsys/xend", "/var/lock/xend", NULL};

const XendPlaces xend_places = {"/var/run/xend/xmlrpc.sock", locks};

/* A socket that xend has left behind refuses; one that is very busy asks to wait. */
static gboolean answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        return FALSE;
    }
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return FALSE;
    }
    gboolean is_answered =
        connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0 ||
        errno == EAGAIN;
    close(descriptor);
    return is_answered;
}

gboolean xend_is_in_charge(const XendPlaces *places)
{
    for (const char *const *lock = places->locks; *lock != NULL; lock++) {
        if (access(*lock, F_OK) == 0) {
            return TRUE;
        }
    }
    return answers(places->socket);
}
