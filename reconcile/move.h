/* Moving a domain to another host: what stands in its way, how it has ended, and what its failures
 * are called. All of it decides by what both hosts show; what the command said is only told. */
#pragma once

#include "reconcile/host_answer.h"

/* ---- before ---- */

typedef struct {
    const char *target;       /* the host's name */
    const HostAnswer *answer; /* of the target, checked; NULL: it was not asked */
    const char *name;         /* of the domain */
    const char *uuid;
    guint64 memory_mib;      /* what it holds here */
    gint64 taken_mib;        /* what others that go there before it will take */
    const char *xen_version; /* of this host; NULL: not known */
} MoveQuestion;

/* Why the domain must not be sent there now, in words, to be freed; NULL: it may. *is_twice: it is
 * on both hosts. */
char *move_find_obstacle(const MoveQuestion *question, gboolean *is_twice);

/* ---- afterwards ---- */

/* What this host's list shows of the domain. */
typedef enum {
    HERE_GONE,
    HERE_LIVES,     /* as before, under its own name, if only paused */
    HERE_SUSPENDED, /* for the last copy, under its own name */
    HERE_SENT,      /* suspended, as NAME--migratedaway: the target may have been told to go on */
    HERE_ENDED,     /* its guest has ended otherwise */
    HERE_DYING,
    HERE_ODD, /* under a name that belongs to another migration */
    HERE_SEVERAL
} MoveHere;
#define MOVE_HERE_COUNT (HERE_SEVERAL + 1)

/* What the target says. */
typedef enum {
    THERE_UNKNOWN,
    THERE_GONE,
    THERE_RUNS,
    THERE_PAUSED, /* under its own name */
    THERE_ENDED,
    THERE_HALF, /* as NAME--incoming, or another name of one that is on its way */
    THERE_SEVERAL
} MoveThere;
#define MOVE_THERE_COUNT (THERE_SEVERAL + 1)

typedef enum {
    MOVE_DONE,    /* it is there, and nothing of it is here */
    MOVE_STAYED,  /* it is here as before, and cannot run there */
    MOVE_WAIT,    /* nobody can say yet, or it runs nowhere: nothing is touched */
    MOVE_CONFLICT /* it may run twice */
} MoveEnd;

MoveHere move_see_here(const Observed *observed, const char *uuid, guint32 *domid);
/* ANSWER was checked; NULL: the target was not asked. */
MoveThere move_see_there(const HostAnswer *answer, const char *uuid);

/* How a migration has ended whose command does not work any more. *what gets a sentence that says
 * what is so and what is to be done, to be freed. TARGET: the host's name; ANSWER: what it said,
 * checked, or NULL; NAME: the domain's. */
MoveEnd move_decide(MoveHere here, MoveThere there, const char *target, const HostAnswer *answer,
                    const char *name, guint32 domid, char **what);

/* ---- failures ---- */

/* The name of the failure that ERRORS, what the command printed, tells of; NULL: none that is
 * known. *is_lasting: it will be the same the next time. */
const char *move_name_failure(const char *errors, gboolean *is_lasting);
