/* What the files git*.c share. */
#pragma once

#include "agent/fetch/git.h"
#include "xenbackend/command.h"

/* A request that is being worked at. */
typedef struct {
    const GitRequest *request;
    char *program;
    char *config;         /* the path of the settings that git is run with */
    char *environment[2]; /* what tells git so, and which protocol it may use */
    gint64 deadline;      /* on the monotonic clock, in microseconds */
    GitId head;           /* what the ref is at */
    char *mirror;         /* the repository, of ids of its kind; NULL: not known yet */
    FetchOutcome outcome;
    char *trouble; /* why it cannot go on; NULL: it can */
} GitWork;

/* Keeps the sentence, which belongs to WORK then. Always returns FALSE. */
gboolean git_fail(GitWork *work, FetchOutcome outcome, char *trouble);
/* The only one that git may use for this address. */
const char *git_protocol(const char *url);
/* Writes the settings. */
gboolean git_write_config(GitWork *work);
/* Runs git with these arguments (NULL-terminated; in the mirror, if it is known). INPUT: NULL, or
 * what it reads. NULL: it could not be run, or hung, which is kept as trouble; a result may be that
 * it has failed. */
CommandResult *git_run(GitWork *work, const char *const *arguments, GBytes *input,
                       gsize output_limit);
/* The same where a failure is one of the repository: OUTCOME, and WHAT git could not do. */
CommandResult *git_run_well(GitWork *work, const char *const *arguments, gsize output_limit,
                            FetchOutcome outcome, const char *what);
/* Appends the objects that a spec is made of. */
gboolean git_read_objects(GitWork *work, GByteArray *out);
/* The bytes on the disk of all that is below the folder. */
guint64 git_measure_folder(const char *path);
/* All that is below it goes. */
void git_empty_folder(const char *path);
/* So that one process at a time works in it. The lock holds until the descriptor is closed, or the
 * process ends; -1: another has it. */
int git_lock_folder(const char *path);
/* Removes what a git that was killed has left: its own locks, with which it would never work there
 * again, and halves of packs, which would fill the disk. Under our lock. */
void git_remove_leftovers(const char *path);
