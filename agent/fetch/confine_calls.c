/* seccomp: which system calls a process can make. It holds where Landlock is missing, too, and
 * forbids what that cannot: to start a process at all. */
#include "agent/fetch/confine_parts.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE

#define X32_CALLS  0x40000000u /* the second set of numbers of x86 */
#define FILTER_MAX 128

/* To look into other processes, to become more than one is, and what the kernel has had most
 * trouble with. The last two are Landlock's, too, but not on Debian 12's kernel. */
static const guint32 forbidden[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_memfd_create,
    SYS_open_by_handle_at,
    SYS_truncate,
    SYS_listen,
};

/* Beside those, where no process is to be started. */
static const guint32 forbidden_to_fetch[] = {
    SYS_execve,
    SYS_execveat,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
};

/* Those that clone() can make (clone(2)). */
#define NAMESPACES                                                                                 \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* What names are looked up and a server is reached by. */
static const guint32 families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

typedef struct {
    struct sock_filter lines[FILTER_MAX];
    guint count;
} Filter;

static void add(Filter *filter, struct sock_filter line)
{
    g_assert(filter->count < FILTER_MAX);
    filter->lines[filter->count++] = line;
}

static void add_return(Filter *filter, guint32 value)
{
    add(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value));
}

static void add_load(Filter *filter, gsize offset)
{
    add(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (guint32)offset));
}

/* If the number that was loaded is NUMBER, the call fails with FAILURE. */
static void forbid(Filter *filter, guint32 number, int failure)
{
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    add_return(filter, SECCOMP_RET_ERRNO | (guint32)failure);
}

static void forbid_all(Filter *filter, const guint32 *numbers, guint count)
{
    for (guint i = 0; i < count; i++) {
        forbid(filter, numbers[i], EPERM);
    }
}

/* The next line is about the number of the call again. */
static void add_load_number(Filter *filter)
{
    add_load(filter, offsetof(struct seccomp_data, nr));
}

/* Without namespaces of its own, in which a process has all rights; and, where no process is to be
 * started, for threads alone. The flags of clone3() are in memory, which no filter sees: glibc
 * takes ENOSYS for an old kernel, and uses clone(). */
static void limit_clone(Filter *filter, ConfineProfile profile)
{
    gboolean is_for_threads = profile == CONFINE_FETCH;
    forbid(filter, SYS_clone3, ENOSYS);
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0,
                                             is_for_threads ? 5 : 3));
    add_load(filter, offsetof(struct seccomp_data, args[0]));
    if (is_for_threads) {
        add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
        add_return(filter, SECCOMP_RET_ERRNO | EPERM);
    }
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1));
    add_return(filter, SECCOMP_RET_ERRNO | EPERM);
    add_load_number(filter);
}

static void limit_sockets(Filter *filter)
{
    const guint count = G_N_ELEMENTS(families);
    add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0,
                                             (guint8)(count + 2)));
    add_load(filter, offsetof(struct seccomp_data, args[0]));
    for (guint i = 0; i < count; i++) {
        add(filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, families[i],
                                                 (guint8)(count - i), 0));
    }
    add_return(filter, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
    add_load_number(filter);
}

int confine_calls(ConfineProfile profile, gboolean *holds)
{
    *holds = FALSE;
    Filter filter = {.count = 0};
    add_load(&filter, offsetof(struct seccomp_data, arch));
    add(&filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0));
    add_return(&filter, SECCOMP_RET_KILL_PROCESS);
    add_load_number(&filter);
    add(&filter, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_CALLS, 0, 1));
    add_return(&filter, SECCOMP_RET_ERRNO | ENOSYS);
    forbid_all(&filter, forbidden, G_N_ELEMENTS(forbidden));
    if (profile == CONFINE_FETCH) {
        forbid_all(&filter, forbidden_to_fetch, G_N_ELEMENTS(forbidden_to_fetch));
    }
    limit_clone(&filter, profile);
    limit_sockets(&filter);
    add_return(&filter, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)filter.count, .filter = filter.lines};
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL) {
        return 0;
    }
    *holds = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
    return *holds ? 0 : errno;
}

#else

int confine_calls(ConfineProfile profile, gboolean *holds)
{
    (void)profile;
    *holds = FALSE;
    return 0;
}

#endif
