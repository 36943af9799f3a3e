/* Faults to order: what a command does wrong, and when. They stand in the file `faults` of the
 * state folder, one a line, and are used up as they strike.
 *
 * A line: COMMAND KIND at=STEP status=N seconds=N bytes=N skip=N left=N text=... (text goes to the
 * end of the line, "%0a" is a newline). COMMAND "*" is every command. */
#pragma once

#include "xenbackend/sim/sim_host.h"

typedef enum {
    SIM_FAULT_FAIL,    /* at STEP: print TEXT to stderr and exit with STATUS */
    SIM_FAULT_HANG,    /* at STEP: wait SECONDS, 0: for ever */
    SIM_FAULT_DIE,     /* at STEP: SIGKILL itself */
    SIM_FAULT_HOLD,    /* at STEP: make the file `held`, and wait until it is gone */
    SIM_FAULT_CLOSE,   /* of a migration, at STEP: the line to the other host is lost */
    SIM_FAULT_NOTHING, /* exit with 0 and do nothing */
    SIM_FAULT_EMPTY,   /* print nothing on stdout */
    SIM_FAULT_GARBLE,  /* spoil letters of stdout */
    SIM_FAULT_TRUNCATE /* print only the first BYTES of stdout */
} SimFaultKind;

typedef struct {
    char *command;
    SimFaultKind kind;
    char *at; /* "start", "done", or a step of the command */
    gint64 status, seconds, bytes;
    gint64 skip; /* calls that are spared first */
    gint64 left; /* times it still strikes; -1: always */
    char *text;
} SimFault;

void sim_fault_free(SimFault *fault);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimFault, sim_fault_free)

/* Reads the words after COMMAND: "fail --status 3 --text ..." as key=value pairs were parsed by the
 * caller. FALSE: no such kind. */
gboolean sim_fault_kind_parse(const char *text, SimFaultKind *kind);
char *sim_fault_format(const SimFault *fault);
/* NULL: not a fault. */
SimFault *sim_fault_parse(const char *line);
/* The fault that strikes this call of COMMAND, or NULL; counts it. */
SimFault *sim_fault_take(SimHost *host, const char *command);
void sim_fault_spoil(const SimFault *fault, GString *out);
