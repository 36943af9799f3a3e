/* Runs a program and says how long it took, how much CPU time, or how much memory it needed at
 * most:
 *
 *   launch time|cpu|peak RESULT PROGRAM [ARGUMENT...]
 *
 * writes "NUMBER EXITCODE" into the file RESULT: microseconds from before the fork until the
 * program had ended, microseconds of CPU time, or the peak of its resident memory in KiB. CPU time
 * and peak are those of the program itself, read at the moment it ends: rusage would also count its
 * children, and the memory of whoever started it. A small launcher, so that its own size does not
 * show in the time of a fork. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* VmHWM of a process in KiB, -1 when it cannot be read. */
static long long read_peak_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long long peak_kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    if (status == NULL) {
        return -1;
    }
    while (fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmHWM: %lld", &peak_kib) == 1) {
            break;
        }
    }
    fclose(status);
    return peak_kib;
}

/* User and system time of a process that has ended and was not yet waited for; -1 when it cannot be
 * read. */
static long long read_cpu_us(pid_t pid)
{
    char path[64];
    char line[1024] = "";
    long long user = 0;
    long long system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "re");
    if (stat == NULL || fgets(line, sizeof line, stat) == NULL) {
        return -1;
    }
    fclose(stat);
    /* proc(5): behind the name, which ends at the last ')', the times are the 12th and 13th. */
    const char *rest = strrchr(line, ')');
    if (rest == NULL || sscanf(rest, ") %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld %lld",
                               &user, &system) != 2) {
        return -1;
    }
    return (user + system) * 1000000 / sysconf(_SC_CLK_TCK);
}

static int wait_for(pid_t pid, int *status)
{
    pid_t ended;
    do {
        ended = waitpid(pid, status, 0);
    } while (ended < 0 && errno == EINTR);
    return ended == pid ? 0 : -1;
}

/* Follows the program to its end; -1 when it cannot be traced. */
static long long trace_peak_kib(pid_t pid, int *status)
{
    long long peak_kib = -1;
    /* The exec's SIGTRAP comes first. */
    if (wait_for(pid, status) != 0 || !WIFSTOPPED(*status) ||
        ptrace(PTRACE_SETOPTIONS, pid, NULL,
               (void *)(long)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)) != 0) {
        return -1;
    }
    long signal_number = 0;
    while (ptrace(PTRACE_CONT, pid, NULL, (void *)signal_number) == 0) {
        if (wait_for(pid, status) != 0 || !WIFSTOPPED(*status)) {
            break;
        }
        signal_number = WSTOPSIG(*status);
        if (*status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8))) {
            peak_kib = read_peak_kib(pid);
            signal_number = 0;
        }
    }
    return peak_kib;
}

int main(int argc, char **argv)
{
    int is_peak = argc > 1 && strcmp(argv[1], "peak") == 0;
    int is_cpu = argc > 1 && strcmp(argv[1], "cpu") == 0;
    if (argc < 4 || (!is_peak && !is_cpu && strcmp(argv[1], "time") != 0)) {
        fprintf(stderr, "usage: launch time|cpu|peak RESULT PROGRAM [ARGUMENT...]\n");
        return 1;
    }
    long long begin_us = now_us();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a hang ends with the launcher */
        if (is_peak) {
            ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        }
        execv(argv[3], argv + 3);
        fprintf(stderr, "%s: %s\n", argv[3], strerror(errno));
        _exit(127);
    }
    int status = 0;
    long long measured = -1;
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    if (is_peak) {
        measured = trace_peak_kib(pid, &status);
    } else if (is_cpu) {
        siginfo_t end;
        measured = waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) == 0 ? read_cpu_us(pid) : -1;
        wait_for(pid, &status);
    } else if (wait_for(pid, &status) == 0) {
        measured = now_us() - begin_us;
    }
    FILE *result = fopen(argv[2], "we");
    if (result == NULL || measured < 0) {
        fprintf(stderr, "%s: could not be measured\n", argv[3]);
        return 1;
    }
    fprintf(result, "%lld %d\n", measured,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(result) == 0 ? 0 : 1;
}
