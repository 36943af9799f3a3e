/* Landlock: which files a process can reach, whoever it runs as (Linux's
 * Documentation/userspace-api/landlock.rst). */
#include "agent/fetch/confine_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of kernels newer than the headers of Debian 12. */
#define FS_REFER     (1ull << 13) /* ABI 2 */
#define FS_TRUNCATE  (1ull << 14) /* 3 */
#define FS_IOCTL_DEV (1ull << 15) /* 5 */
#define NET_BIND_TCP (1ull << 0)  /* 4 */
#define SCOPE_ALL    (3ull << 0)  /* 6: abstract sockets and signals of others */

#define FS_READ    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define FS_ABI_1   ((1ull << 13) - 1) /* all that the first one had */
/* What a rule for a file, and not a folder, can have. */
#define FS_OF_FILES                                                                                \
    (FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE |     \
     FS_IOCTL_DEV)

/* The structure as it is now; an older kernel is given the beginning that it knows. */
typedef struct {
    guint64 fs, net, scoped;
} Ruleset;

typedef struct {
    int fd;
    guint64 handled; /* of fs */
} Rules;

typedef struct {
    const char *path;
    ConfineProfile least; /* the profile from which on it holds */
    guint64 access;
} Place;

/* What libraries, names and certificates need; what is not there is passed over. Not /etc as a
 * whole, nor /proc, /home, /var. Where /bin and /lib are links, the rule is for what is in /usr. */
static const Place places[] = {
    {"/usr", CONFINE_FETCH, FS_READ},
    {"/lib", CONFINE_FETCH, FS_READ},
    {"/lib64", CONFINE_FETCH, FS_READ},
    {"/etc/ld.so.cache", CONFINE_FETCH, FS_READ},
    {"/etc/resolv.conf", CONFINE_FETCH, FS_READ},
    {"/etc/hosts", CONFINE_FETCH, FS_READ},
    {"/etc/host.conf", CONFINE_FETCH, FS_READ},
    {"/etc/nsswitch.conf", CONFINE_FETCH, FS_READ},
    {"/etc/gai.conf", CONFINE_FETCH, FS_READ},
    {"/etc/services", CONFINE_FETCH, FS_READ},
    {"/etc/protocols", CONFINE_FETCH, FS_READ},
    {"/etc/localtime", CONFINE_FETCH, FS_READ},
    {"/etc/ssl/certs", CONFINE_FETCH, FS_READ},
    {"/etc/ssl/openssl.cnf", CONFINE_FETCH, FS_READ},
    {"/etc/pki", CONFINE_FETCH, FS_READ},
    {"/etc/crypto-policies", CONFINE_FETCH, FS_READ},
    {"/run/systemd/resolve", CONFINE_FETCH, FS_READ},
    {"/dev/null", CONFINE_FETCH, FS_READ},
    {"/dev/urandom", CONFINE_FETCH, FS_READ},
    {"/dev/null", CONFINE_GIT, LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE},
    {"/usr", CONFINE_GIT, FS_EXECUTE},
    {"/lib", CONFINE_GIT, FS_EXECUTE},
    {"/lib64", CONFINE_GIT, FS_EXECUTE},
    {"/etc/passwd", CONFINE_GIT, FS_READ},
    {"/etc/group", CONFINE_GIT, FS_READ},
    {"/etc/ssh", CONFINE_GIT, FS_READ},
};

static gboolean is_unsupported(void)
{
    return errno == ENOSYS || errno == EOPNOTSUPP;
}

/* 0 or an errno; what is not there, or is not to be seen, gets no rule. */
static int allow(const Rules *rules, const char *path, guint64 access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    struct stat status;
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
    }
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
        access &= FS_OF_FILES;
    }
    struct landlock_path_beneath_attr rule = {.allowed_access = access & rules->handled,
                                              .parent_fd = fd};
    int failure =
        syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 ? errno
                                                                                             : 0;
    close(fd);
    return failure;
}

static int allow_all(const Rules *rules, const Confinement *confinement)
{
    int failure = 0;
    for (guint i = 0; failure == 0 && i < G_N_ELEMENTS(places); i++) {
        if (places[i].least <= confinement->profile) {
            failure = allow(rules, places[i].path, places[i].access);
        }
    }
    const char *const *path = confinement->readable;
    for (; failure == 0 && path != NULL && *path != NULL; path++) {
        failure = allow(rules, *path, FS_READ);
    }
    if (failure == 0 && confinement->writable != NULL) {
        failure = allow(rules, confinement->writable, ~FS_EXECUTE);
    }
    return failure;
}

const char *confine_name_missing_rules(guint abi)
{
    /* By version. Those of the second allow what the first one forbids. */
    static const char *const missing[] = {
        NULL,
        "truncation of files, ports, devices and signals",
        "truncation of files, ports, devices and signals",
        "ports, devices and signals",
        "devices and signals",
        "signals",
    };
    return abi < G_N_ELEMENTS(missing) ? missing[abi] : NULL;
}

/* All rules that this version has. */
static Rules make_rules(guint abi)
{
    const Ruleset ruleset = {.fs = FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) |
                                   (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0),
                             .net = NET_BIND_TCP,
                             .scoped = SCOPE_ALL};
    gsize size = abi >= 6   ? sizeof ruleset
                 : abi >= 4 ? G_STRUCT_OFFSET(Ruleset, scoped)
                            : G_STRUCT_OFFSET(Ruleset, net);
    return (Rules){.fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0),
                   .handled = ruleset.fs};
}

int confine_files(const Confinement *confinement, guint *abi)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *abi = 0;
    if (version < 1) {
        return is_unsupported() ? 0 : errno;
    }
    Rules rules = make_rules((guint)version);
    if (rules.fd < 0) {
        return errno;
    }
    int failure = allow_all(&rules, confinement);
    if (failure == 0 && syscall(SYS_landlock_restrict_self, rules.fd, 0) != 0) {
        failure = errno;
    }
    close(rules.fd);
    *abi = failure == 0 ? (guint)version : 0;
    return failure;
}
