/* The exit codes of xensure: a contract. */
#pragma once

typedef enum {
    EXIT_IN_SYNC = 0,
    EXIT_ERROR = 1,    /* usage, unknown name, unreadable path, toolstack unknown or partial */
    EXIT_TO_DO = 2,    /* `plan` found something to do */
    EXIT_REJECTED = 3, /* the spec, or its signature */
    EXIT_HELD = 4,
    EXIT_CONFLICT = 5, /* a domain may run twice, or is another's */
    EXIT_FAILED = 6,   /* some actions */
    EXIT_LOCKED = 75   /* another run holds the lock */
} ExitCode;

/* The worse of two: 75 before 1, 3, 5, 6, 4, 2, 0. */
int exit_code_worse(int left, int right);
