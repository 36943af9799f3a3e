/* The process that `monitor: process` leaves behind, as xl's create leaves one: with create's own
 * command line, in a session of its own, for as long as the domain lives. */
#include "xenbackend/sim/sim_command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_EVERY_MS 100

static gboolean is_alive(SimHost *host, const char *uuid)
{
    g_autoptr(GPtrArray) domains = sim_host_look(host);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (strcmp(domain->uuid, uuid) == 0)
            return TRUE;
    }
    return FALSE;
}

static void watch(const char *folder, const char *uuid)
{
    /* A lock belongs to the opened file, which a child shares with its parent: open it anew. */
    g_autoptr(SimHost) host = sim_host_open(folder, NULL);
    while (host != NULL && is_alive(host, uuid))
        sim_sleep_ms(LOOK_EVERY_MS);
}

gint64 sim_start_monitor(SimHost *host, const char *uuid)
{
    if (!host->settings.has_monitor_process)
        return 0;
    pid_t child = fork();
    if (child != 0)
        return child < 0 ? 0 : child;
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        dup2(null, fd);
    closefrom(3);
    if (chdir("/") != 0)
        _exit(1);
    watch(host->folder, uuid);
    _exit(0);
}
