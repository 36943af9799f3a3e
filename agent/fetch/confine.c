#include "agent/fetch/confine.h"

#include "agent/fetch/confine_parts.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB (1024ul * 1024)

/* A sanitizer takes address space by the terabyte. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER TRUE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER TRUE
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER FALSE
#endif

G_DEFINE_QUARK(xensure_confine_error, confine_error)

typedef struct {
    __rlimit_resource_t resource;
    rlim_t fetch, git;
} Limit;

/* The process that fetches holds what it fetched in memory; git has all of it in files. The number
 * of processes (threads count) is that of the user, of all runs together. */
static const Limit limits[] = {
    {RLIMIT_CORE, 0, 0},           {RLIMIT_NOFILE, 64, 256},
    {RLIMIT_FSIZE, 0, 1024 * MIB}, {RLIMIT_DATA, 512 * MIB, 1024 * MIB},
    {RLIMIT_NPROC, 64, 256},       {RLIMIT_MEMLOCK, 0, 0},
    {RLIMIT_MSGQUEUE, 0, 0},
};

gboolean confine_find_user(ConfineUser *out, GError **error)
{
    if (geteuid() != 0) {
        *out = (ConfineUser){geteuid(), getegid()};
        return TRUE;
    }
    errno = 0;
    const struct passwd *entry = getpwnam(CONFINE_USER);
    if (entry == NULL || entry->pw_uid == 0 || entry->pw_gid == 0) {
        g_set_error(error, CONFINE_ERROR, CONFINE_ERROR_FAILED,
                    "expected a user " CONFINE_USER " who is not root, to whose rights root can "
                    "come down, found %s (systemd-sysusers, or useradd --system " CONFINE_USER
                    ", makes it)",
                    entry != NULL ? "one who is"
                    : errno != 0  ? g_strerror(errno)
                                  : "none");
        return FALSE;
    }
    *out = (ConfineUser){entry->pw_uid, entry->pw_gid};
    return TRUE;
}

/* What root leaves behind, no call may give back. */
static int become(const ConfineUser *user)
{
    if (geteuid() == user->uid && getuid() == user->uid && user->uid != 0) {
        return 0;
    }
    if (user->uid == 0 || user->gid == 0 || setgroups(0, NULL) != 0 ||
        setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0) {
        return errno != 0 ? errno : EPERM;
    }
    return setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0 ? EPERM : 0;
}

/* Those who are not root may have some of its capabilities all the same. */
static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
        return errno;
    }
    return syscall(SYS_capset, &header, none) != 0 ? errno : 0;
}

static int limit_resources(ConfineProfile profile, gboolean has_own_user)
{
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        const Limit *limit = &limits[i];
        rlim_t value = profile == CONFINE_FETCH ? limit->fetch : limit->git;
        struct rlimit now;
        if ((limit->resource == RLIMIT_DATA && HAS_SANITIZER) ||
            (limit->resource == RLIMIT_NPROC && !has_own_user)) {
            continue;
        }
        if (getrlimit(limit->resource, &now) != 0) {
            return errno;
        }
        value = MIN(value, now.rlim_max);
        now = (struct rlimit){value, value};
        if (setrlimit(limit->resource, &now) != 0) {
            return errno;
        }
    }
    return 0;
}

/* What it starts may leave its group, and live on where confine_end_children() does not come to
 * it; but not for ever. */
static int limit_time(guint seconds)
{
    struct rlimit limit;
    if (seconds == 0) {
        return 0;
    }
    if (getrlimit(RLIMIT_CPU, &limit) != 0) {
        return errno;
    }
    rlim_t value = MIN((rlim_t)seconds, limit.rlim_max);
    limit = (struct rlimit){value, value};
    return setrlimit(RLIMIT_CPU, &limit) != 0 ? errno : 0;
}

static gboolean fail(const char *what, int failure, GError **error)
{
    g_set_error(error, CONFINE_ERROR, CONFINE_ERROR_FAILED, "cannot give up %s: %s", what,
                g_strerror(failure));
    return FALSE;
}

static const char *name_lacks(gboolean has_files, gboolean has_calls)
{
    static const char *const names[2][2] = {{"Landlock and seccomp", "Landlock"},
                                            {"seccomp", NULL}};
    return names[has_files ? 1 : 0][has_calls ? 1 : 0];
}

gboolean confine_self(const Confinement *confinement, ConfineLacks *lacks, GError **error)
{
    guint abi = 0;
    gboolean has_calls = FALSE;
    gboolean has_own_user = geteuid() != confinement->user.uid;
    int failure = 0;
    errno = 0;
    signal(SIGALRM, SIG_DFL);
    alarm(confinement->seconds);
    closefrom(STDERR_FILENO + 1);
    if ((failure = become(&confinement->user)) != 0) {
        return fail("the rights of its user", failure, error);
    }
    if ((failure = drop_capabilities()) != 0) {
        return fail("its capabilities", failure, error);
    }
    if (confinement->profile == CONFINE_GIT && (failure = confine_adopt_children()) != 0) {
        return fail("processes to init", failure, error);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return fail("the way to new privileges", errno, error);
    }
    if ((failure = confine_files(confinement, &abi)) != 0) {
        return fail("the rights to files", failure, error);
    }
    if ((failure = limit_resources(confinement->profile, has_own_user)) != 0) {
        return fail("resources", failure, error);
    }
    if ((failure = limit_time(confinement->seconds)) != 0) {
        return fail("time", failure, error);
    }
    if ((failure = confine_calls(confinement->profile, &has_calls)) != 0) {
        return fail("system calls", failure, error);
    }
    if (lacks != NULL) {
        *lacks = (ConfineLacks){name_lacks(abi > 0, has_calls), confine_name_missing_rules(abi)};
    }
    return TRUE;
}
