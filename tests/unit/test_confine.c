/* What a confined process can still do. Each thing is tried in a process of its own, once as it is
 * and once confined: what nobody could do shows nothing. */
#include "agent/fetch/confine.h"
#include "old_kernel.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define NOBODY         65534
#define INHERITED_FD   100
#define COULD          0
#define COULD_NOT      1
#define NOT_CONFINED   2
#define PROGRAM        "/usr/bin/true"
#define FOR_ALL        0777
#define NEEDS_NOTHING  0
#define NEEDS_LANDLOCK 1 /* an ABI */

/* The folder of a test: `secret`, which only its owner can read; `mirror`, where git may write;
 * `else`, where anybody could; in both of them a program and a file. */
static char *scratch;
/* The folder of them all. A test that fails leaves its own. */
static char *all;

static char *inside(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

static void make_folder(const char *name)
{
    g_autofree char *folder = inside(name);
    g_autofree char *file = g_build_filename(folder, "file", NULL);
    g_autofree char *program = g_build_filename(folder, "program", NULL);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    ck_assert(g_mkdir(folder, 0) == 0 && g_chmod(folder, FOR_ALL) == 0);
    ck_assert(g_file_set_contents(file, "text", -1, NULL) && g_chmod(file, FOR_ALL) == 0);
    ck_assert(g_file_get_contents(PROGRAM, &bytes, &length, NULL));
    ck_assert(g_file_set_contents(program, bytes, (gssize)length, NULL));
    ck_assert(g_chmod(program, FOR_ALL) == 0);
}

static void setup(void)
{
    scratch = g_build_filename(all, "XXXXXX", NULL);
    ck_assert(g_mkdtemp(scratch) != NULL && g_chmod(scratch, 0755) == 0);
    g_autofree char *secret = inside("secret");
    ck_assert(g_file_set_contents(secret, "secret", -1, NULL) && g_chmod(secret, 0600) == 0);
    make_folder("mirror");
    make_folder("else");
}

static int discard(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static void teardown(void)
{
    ck_assert_int_eq(nftw(scratch, discard, 8, FTW_DEPTH | FTW_PHYS), 0);
    g_free(scratch);
}

/* ---- what is tried ---- */

static gboolean can_open(const char *path, int flags)
{
    g_autofree char *full = g_path_is_absolute(path) ? g_strdup(path) : inside(path);
    return open(full, flags, 0644) >= 0;
}

static gboolean read_file(const char *path)
{
    return can_open(path, O_RDONLY);
}

static gboolean change_file(const char *path)
{
    return can_open(path, O_WRONLY);
}

static gboolean make_file(const char *path)
{
    return can_open(path, O_WRONLY | O_CREAT | O_EXCL);
}

static gboolean cut_file(const char *path)
{
    g_autofree char *full = inside(path);
    return truncate(full, 0) == 0;
}

static gboolean remove_file(const char *path)
{
    g_autofree char *full = inside(path);
    return unlink(full) == 0;
}

static gboolean link_file(const char *path)
{
    g_autofree char *full = inside(path);
    return symlink("/etc/shadow", full) == 0;
}

static gboolean move_file(const char *path)
{
    g_autofree char *folder = inside(path);
    g_autofree char *from = g_build_filename(folder, "file", NULL);
    g_autofree char *below = g_build_filename(folder, "below", NULL);
    g_autofree char *to = g_build_filename(below, "moved", NULL);
    return mkdir(below, 0755) == 0 && rename(from, to) == 0;
}

static gboolean start_program(const char *path)
{
    g_autofree char *full = g_path_is_absolute(path) ? g_strdup(path) : inside(path);
    char *const argv[] = {full, NULL};
    char *const none[] = {NULL};
    execve(full, argv, none);
    return FALSE;
}

static gboolean start_from_memory(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    char *const none[] = {NULL};
    int fd = memfd_create("program", 0);
    return fd >= 0 && g_file_get_contents(path, &bytes, &length, NULL) &&
           write(fd, bytes, length) == (ssize_t)length && fexecve(fd, none, none) == 0;
}

static gboolean start_process(const char *path)
{
    (void)path;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static void *do_nothing(void *nothing)
{
    return nothing;
}

static gboolean start_thread(const char *path)
{
    (void)path;
    pthread_t thread;
    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static gboolean become_root(const char *path)
{
    (void)path;
    return setuid(0) == 0;
}

static gboolean signal_parent(const char *path)
{
    (void)path;
    return kill(getppid(), 0) == 0;
}

static gboolean use_inherited(const char *path)
{
    (void)path;
    return fcntl(INHERITED_FD, F_GETFD) >= 0;
}

static gboolean listen_for_others(const char *path)
{
    (void)path;
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* listen() takes a port if it has none */
    return fd >= 0 && listen(fd, 1) == 0;
}

static gboolean take_port(const char *path)
{
    (void)path;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any = {.sin_family = AF_INET};
    return fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

static gboolean open_a_socket(const char *path)
{
    (void)path;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static gboolean write_a_core(const char *path)
{
    (void)path;
    struct rlimit limit = {.rlim_cur = 1, .rlim_max = 1};
    return setrlimit(RLIMIT_CORE, &limit) == 0;
}

static gboolean make_namespaces(const char *path)
{
    (void)path;
    return unshare(CLONE_NEWUSER) == 0;
}

static gboolean clone_namespaces(const char *path)
{
    (void)path;
    long pid = syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        _exit(0);
    }
    return pid > 0 && waitpid((pid_t)pid, NULL, 0) == pid;
}

/* Its flags are where no filter sees them. */
static gboolean clone_by_memory(const char *path)
{
    (void)path;
    guint64 arguments[8] = {0, [4] = SIGCHLD};
    long pid = syscall(SYS_clone3, arguments, sizeof arguments);
    if (pid == 0) {
        _exit(0);
    }
    return pid > 0 && waitpid((pid_t)pid, NULL, 0) == pid;
}

/* As far as to be asked for one's rights. */
static gboolean open_packets(const char *path)
{
    (void)path;
    return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno == EPERM;
}

static gboolean ask_the_kernel(const char *path)
{
    (void)path;
    return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 && socket(AF_UNIX, SOCK_STREAM, 0) >= 0 &&
           socket(AF_INET6, SOCK_STREAM, 0) >= 0;
}

typedef gboolean (*Attempt)(const char *path);

/* Can it be done: as one is, in the profile fetch, in the profile git? Y: yes, N: no, ?: that
 * depends on the machine. */
static const struct {
    const char *name;
    Attempt attempt;
    const char *path;
    const char *can;
    int landlock; /* from which ABI on */
} attempts[] = {
    {"read what its owner alone may", read_file, "secret", "YNN", NEEDS_NOTHING},
    {"read anything", read_file, "else/file", "YNN", NEEDS_LANDLOCK},
    {"read who has accounts", read_file, "/etc/passwd", "YNY", NEEDS_LANDLOCK},
    {"look at processes", read_file, "/proc/self/maps", "YNN", NEEDS_LANDLOCK},
    {"read names", read_file, "/etc/hosts", "YYY", NEEDS_NOTHING},
    {"read certificates", read_file, "/etc/ssl/certs", "YYY", NEEDS_NOTHING},
    {"read programs", read_file, PROGRAM, "YYY", NEEDS_NOTHING},
    {"read its folder", read_file, "mirror/file", "YNY", NEEDS_LANDLOCK},
    {"change its folder", change_file, "mirror/file", "YNY", NEEDS_LANDLOCK},
    {"make a file in its folder", make_file, "mirror/new", "YNY", NEEDS_LANDLOCK},
    {"move within its folder", move_file, "mirror", "YNY", 2},
    {"change a file", change_file, "else/file", "YNN", NEEDS_LANDLOCK},
    {"make a file", make_file, "else/new", "YNN", NEEDS_LANDLOCK},
    {"cut a file", cut_file, "else/file", "YNN", NEEDS_NOTHING},
    {"remove a file", remove_file, "else/file", "YNN", NEEDS_LANDLOCK},
    {"make a link", link_file, "else/linked", "YNN", NEEDS_LANDLOCK},
    {"move a file", move_file, "else", "YNN", NEEDS_LANDLOCK},
    {"start a program of the system", start_program, PROGRAM, "YNY", NEEDS_NOTHING},
    {"start a program", start_program, "else/program", "YNN", NEEDS_LANDLOCK},
    {"start a program of its folder", start_program, "mirror/program", "YNN", NEEDS_LANDLOCK},
    {"start a program from memory", start_from_memory, PROGRAM, "YNN", NEEDS_NOTHING},
    {"start a process", start_process, NULL, "YNY", NEEDS_NOTHING},
    {"start a thread", start_thread, NULL, "YYY", NEEDS_NOTHING},
    {"become root", become_root, NULL, "?NN", NEEDS_NOTHING},
    {"signal another", signal_parent, NULL, "YNN", 6},
    {"use what it inherited", use_inherited, NULL, "YNN", NEEDS_NOTHING},
    {"have a port of its own", take_port, NULL, "YNN", 4},
    {"listen", listen_for_others, NULL, "YNN", NEEDS_NOTHING},
    {"open a socket", open_a_socket, NULL, "YYY", NEEDS_NOTHING},
    {"leave a core", write_a_core, NULL, "?NN", NEEDS_NOTHING},
    {"make namespaces", make_namespaces, NULL, "?NN", NEEDS_NOTHING},
    {"make namespaces with a process", clone_namespaces, NULL, "?NN", NEEDS_NOTHING},
    {"start a process by clone3()", clone_by_memory, NULL, "?NN", NEEDS_NOTHING},
    {"open a socket of another kind", open_packets, NULL, "YNN", NEEDS_NOTHING},
    {"look up names and routes", ask_the_kernel, NULL, "?YY", NEEDS_NOTHING},
};

static ConfineUser find_user(void)
{
    return geteuid() == 0 ? (ConfineUser){NOBODY, NOBODY} : (ConfineUser){geteuid(), getegid()};
}

static int older_version;

/* What the call that was caught gives. */
static void answer_version(int number, siginfo_t *info, void *context)
{
    ucontext_t *caught = context;
    (void)number;
    (void)info;
#if defined(__x86_64__)
    caught->uc_mcontext.gregs[REG_RAX] = older_version;
#elif defined(__aarch64__)
    caught->uc_mcontext.regs[0] = (guint64)older_version;
#endif
}

/* From here on the kernel says that its Landlock is of this version, as older ones do. */
static void make_older(int version)
{
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LANDLOCK_CREATE_RULESET_VERSION, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sigaction action = {.sa_sigaction = answer_version, .sa_flags = SA_SIGINFO};
    older_version = version;
    ck_assert_int_eq(sigaction(SIGSYS, &action, NULL), 0);
    struct sock_fprog program = {.len = G_N_ELEMENTS(lines), .filter = lines};
    ck_assert(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
              prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
}

static int landlock_version(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* In a process of its own; a program that it becomes ends with COULD, too. VERSION: of the kernel's
 * Landlock, if that has more. */
static int try_on(int version, Attempt attempt, const char *path, const Confinement *confinement)
{
    pid_t pid = fork();
    if (pid == 0) {
        dup2(STDERR_FILENO, INHERITED_FD);
        if (version < landlock_version()) {
            make_older(version);
        }
        if (confinement != NULL && !confine_self(confinement, NULL, NULL)) {
            _exit(NOT_CONFINED);
        }
        _exit(attempt(path) ? COULD : COULD_NOT);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "it was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static int try(Attempt attempt, const char *path, const Confinement *confinement)
{
    return try_on(G_MAXINT, attempt, path, confinement);
}

/* By column of `can`; Landlock as it was first, as Debian 12's kernel has it, and as this one has
 * it. */
static const struct {
    int profile, version;
} kinds[] = {{0, G_MAXINT}, {1, 1}, {1, 2}, {1, G_MAXINT}, {2, 1}, {2, 2}, {2, G_MAXINT}};

START_TEST(test_attempt)
{
    guint kind = (guint)_i % G_N_ELEMENTS(kinds);
    guint row = (guint)_i / G_N_ELEMENTS(kinds);
    int profile = kinds[kind].profile;
    int version = MIN(kinds[kind].version, landlock_version());
    char expected = attempts[row].can[profile];
    g_autofree char *mirror = inside("mirror");
    Confinement confinement = {.profile = profile == 2 ? CONFINE_GIT : CONFINE_FETCH,
                               .user = find_user(),
                               .writable = profile == 2 ? mirror : NULL};
    if (expected == '?' || (profile > 0 && attempts[row].landlock > version)) {
        return;
    }
    int code = try_on(version, attempts[row].attempt, attempts[row].path,
                      profile == 0 ? NULL : &confinement);
    ck_assert_msg(code == (expected == 'Y' ? COULD : COULD_NOT),
                  "%s, profile %d, Landlock %d: %d, not %c", attempts[row].name, profile, version,
                  code, expected);
}
END_TEST

/* What is named to be readable is, and no more. */
START_TEST(test_readable)
{
    g_autofree char *file = inside("else/file");
    const char *const readable[] = {file, "/nowhere", NULL};
    Confinement confinement = {.profile = CONFINE_FETCH, .user = find_user(), .readable = readable};
    ck_assert_int_eq(try(read_file, "else/file", &confinement), COULD);
    ck_assert_int_eq(try(change_file, "else/file", &confinement), COULD_NOT);
}
END_TEST

START_TEST(test_old_kernel)
{
    Confinement confinement = {.profile = CONFINE_FETCH, .user = find_user()};
    old_kernel_refuse(SYS_close_range, ENOSYS);
    ck_assert_int_eq(try(use_inherited, NULL, NULL), COULD);
    ck_assert_int_eq(try(use_inherited, NULL, &confinement), COULD_NOT);
}
END_TEST

/* What the kernel has not, is told. Version 0: it has no Landlock. */
static const struct {
    int version;
    ConfineLacks lacks;
} lacking[] = {
    {0, {"Landlock", NULL}},
    {1, {NULL, "truncation of files, ports, devices and signals"}},
    {2, {NULL, "truncation of files, ports, devices and signals"}},
    {3, {NULL, "ports, devices and signals"}},
    {4, {NULL, "devices and signals"}},
    {5, {NULL, "signals"}},
    {6, {NULL, NULL}},
};

START_TEST(test_lacks)
{
    Confinement confinement = {.profile = CONFINE_FETCH, .user = find_user()};
    int version = lacking[_i].version;
    const ConfineLacks *expected = &lacking[_i].lacks;
    if (version > landlock_version()) {
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        ConfineLacks lacks = {"", ""};
        if (version == 0) {
            old_kernel_refuse(SYS_landlock_create_ruleset, ENOSYS);
        } else {
            make_older(version);
        }
        gboolean is_confined = confine_self(&confinement, &lacks, NULL);
        _exit(is_confined && g_strcmp0(lacks.parts, expected->parts) == 0 &&
                      g_strcmp0(lacks.rules, expected->rules) == 0
                  ? COULD
                  : COULD_NOT);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), COULD);
}
END_TEST

/* Whoever started it may be gone. */
START_TEST(test_seconds)
{
    Confinement confinement = {.profile = CONFINE_FETCH, .user = find_user(), .seconds = 1};
    pid_t pid = fork();
    if (pid == 0) {
        gboolean is_confined = confine_self(&confinement, NULL, NULL);
        while (is_confined) {
            pause();
        }
        _exit(NOT_CONFINED);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}
END_TEST

/* What it has started, too, though its group is another. */
START_TEST(test_seconds_of_work)
{
    Confinement confinement = {.profile = CONFINE_GIT, .user = find_user(), .seconds = 1};
    pid_t pid = fork();
    if (pid == 0) {
        if (!confine_self(&confinement, NULL, NULL)) {
            _exit(NOT_CONFINED);
        }
        alarm(0); /* what is meant for itself is tried above */
        pid_t worker = fork();
        if (worker == 0) {
            setsid();
            while (clock() < 3 * CLOCKS_PER_SEC) {
            }
            _exit(COULD);
        }
        int status = 0;
        _exit(waitpid(worker, &status, 0) == worker && WIFSIGNALED(status) ? COULD_NOT : COULD);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), COULD_NOT);
}
END_TEST

/* Three generations, each in a session of its own, as long as nobody ends them. Who has the other
 * end of the pipe hears when the last one is gone. */
static void start_daemons(guint generations, int ready)
{
    if (generations == 0) {
        ck_assert_int_eq(write(ready, "", 1), 1);
    } else if (fork() == 0) {
        setsid();
        start_daemons(generations - 1, ready);
        while (generations != 2) { /* the one in the middle ends, and leaves an orphan */
            pause();
        }
        _exit(0);
    }
}

START_TEST(test_sessions_of_its_own)
{
    Confinement confinement = {.profile = CONFINE_GIT, .user = find_user()};
    int ends[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        dup2(ends[1], STDOUT_FILENO);
        if (!confine_self(&confinement, NULL, NULL)) {
            _exit(NOT_CONFINED);
        }
        int ready[2];
        gboolean is_open = pipe(ready) == 0;
        start_daemons(3, ready[1]);
        if (!is_open || read(ready[0], &byte, 1) != 1) {
            _exit(NOT_CONFINED);
        }
        confine_end_children();
        _exit(waitpid(-1, NULL, 0) < 0 && errno == ECHILD ? COULD_NOT : COULD);
    }
    close(ends[1]);
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), COULD_NOT);
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}
END_TEST

/* Root does not stay root, whoever asks for it. */
START_TEST(test_root_is_no_user)
{
    Confinement confinement = {.profile = CONFINE_FETCH};
    if (geteuid() == 0) {
        ck_assert_int_eq(try(read_file, PROGRAM, &confinement), NOT_CONFINED);
        confinement.user = (ConfineUser){NOBODY, 0};
        ck_assert_int_eq(try(read_file, PROGRAM, &confinement), NOT_CONFINED);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");
    TCase *tcase = tcase_create("confine");
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_attempt, 0, G_N_ELEMENTS(kinds) * G_N_ELEMENTS(attempts));
    tcase_add_test(tcase, test_readable);
    tcase_add_test(tcase, test_old_kernel);
    tcase_add_loop_test(tcase, test_lacks, 0, G_N_ELEMENTS(lacking));
    tcase_add_test(tcase, test_seconds);
    tcase_add_test(tcase, test_seconds_of_work);
    tcase_add_test(tcase, test_sessions_of_its_own);
    tcase_add_test(tcase, test_root_is_no_user);
    suite_add_tcase(suite, tcase);
    all = g_dir_make_tmp("xensure-confine-XXXXXX", NULL);
    if (all == NULL || g_chmod(all, 0755) != 0) {
        return EXIT_FAILURE;
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    nftw(all, discard, 8, FTW_DEPTH | FTW_PHYS);
    g_free(all);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
