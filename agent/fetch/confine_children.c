/* What was started by a confined process, and by that in turn. A process that has made a session of
 * its own is in no group that could be signalled; but whose parent has ended is a child of the
 * nearest subreaper above it (prctl(2), PR_SET_CHILD_SUBREAPER), and that is us. */
#include "agent/fetch/confine_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each round ends a generation; the number of processes has a limit of its own. */
#define ROUNDS_MAX 1000u
/* Of the list: more children than RLIMIT_NPROC allows. What is cut off comes in the next round. */
#define LIST_BYTES_MAX 8192u

/* The kernel's list of our children (proc(5)), which no rule for files lets us open later; -1: it
 * has none. */
static int list_fd = -1;

int confine_adopt_children(void)
{
    list_fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ? errno : 0;
}

/* Kills those that are listed. FALSE: there is none. */
static gboolean end_listed(void)
{
    char text[LIST_BYTES_MAX + 1];
    gssize length = pread(list_fd, text, LIST_BYTES_MAX, 0);
    gboolean is_one = FALSE;
    text[MAX(length, 0)] = '\0';
    char *at = text;
    for (char *end = NULL;; at = end) {
        long pid = strtol(at, &end, 10);
        /* A number that the end of the list cuts off has no blank behind it. */
        if (end == at || *end != ' ' || pid <= 1) {
            break;
        }
        /* It is ours, and not reaped yet: the number is no other's. */
        is_one = TRUE;
        kill((pid_t)pid, SIGKILL);
        while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    return is_one;
}

void confine_end_children(void)
{
    for (guint i = 0; list_fd >= 0 && i < ROUNDS_MAX && end_listed(); i++) {
    }
}
