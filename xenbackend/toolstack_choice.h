/* Which toolstack is driven: the one that is named, or the one that the host has. */
#pragma once

#include "xenbackend/toolstack.h"
#include "xenbackend/xend.h"

typedef struct {
    const Toolstack *toolstack;
    char *program; /* its absolute path; to be freed */
    char *
        note; /* what was found and taken where that is not plain, in one line; NULL; to be freed */
} ToolstackChoice;

/* NAME: of a row, or "auto". Looks for programs on PATH (of the simulated host: beside ours first)
 * and, where both xl and xm are there, whether xend is in charge; runs nothing. Without a toolstack
 * FALSE and an error that says what is missing; `choice` is untouched then. */
gboolean toolstack_choose(const char *name, const XendPlaces *xend, ToolstackChoice *choice,
                          GError **error);

/* The dialect of its config files; xl's where there is none. */
const ConfigDialect *toolstack_find_dialect(const char *name, const XendPlaces *xend);

#define TOOLSTACK_ERROR (toolstack_error_quark())
typedef enum { TOOLSTACK_ERROR_NONE_FOUND } ToolstackError;
GQuark toolstack_error_quark(void);
