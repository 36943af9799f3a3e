/* Giving up rights before the network is touched: the user, new privileges, descriptors, files,
 * system calls and resources. What follows runs with little more than its own memory. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#define CONFINE_USER "xensure-fetch"

#define CONFINE_ERROR (confine_error_quark())
typedef enum {
    CONFINE_ERROR_FAILED /* rights are left that should have gone: nothing may be done with them */
} ConfineError;
GQuark confine_error_quark(void);

typedef enum {
    CONFINE_FETCH, /* starts no process and writes no file; threads it may have */
    CONFINE_GIT    /* starts programs below /usr alone, and writes in one folder alone */
} ConfineProfile;

/* Whom to become. */
typedef struct {
    uid_t uid;
    gid_t gid;
} ConfineUser;

typedef struct {
    ConfineProfile profile;
    ConfineUser user;
    const char *writable;        /* of CONFINE_GIT: its folder, with all that is in it; else NULL */
    const char *const *readable; /* files and folders beside those that programs, names and
                                    certificates need; NULL-terminated; NULL: none */
    guint seconds;               /* the process ends after this time (SIGALRM), and what it starts
                                    when it has worked for as long; 0: they do not */
} Confinement;

/* What a kernel has not; both live for ever. */
typedef struct {
    const char *parts; /* "Landlock"; NULL: it has that and seccomp */
    const char *rules; /* of Landlock, what others have rules for: "signals"; NULL: none is missing
                          that we use */
} ConfineLacks;

/* Of root: the system's user xensure-fetch, which must not be root, too. Of anybody else:
 * themselves. CONFINE_ERROR_FAILED where there is no such user. */
gboolean confine_find_user(ConfineUser *out, GError **error);
/* Confines the calling process, which has one thread, for good. Closes all descriptors but the
 * standard ones (and ends it where they cannot be closed). Landlock is used as far as the kernel
 * has it (Debian 12's has the rules for files alone), and seccomp where it has that; the rest has
 * to succeed. CONFINE_ERROR_FAILED: the process may be half confined, and should end.
 *
 * LACKS: NULL, or gets what this kernel has not.
 *
 * A process that ends with exit() has handlers run that may need what is gone now (those of
 * sanitizers start a process): it should end with _exit(). */
gboolean confine_self(const Confinement *confinement, ConfineLacks *lacks, GError **error);

/* Of CONFINE_GIT: kills all that the process has started, and what that has started in turn, in
 * whatever group or session it is, and waits until it is gone. Needs a kernel that lists children
 * in /proc (CONFIG_PROC_CHILDREN, which Debian's has); without, does nothing. */
void confine_end_children(void);
