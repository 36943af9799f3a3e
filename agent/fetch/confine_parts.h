/* The parts of confine.c that stand in other files; for nobody else. Each gives 0 or an errno. */
#pragma once

#include "agent/fetch/confine.h"

/* Which files can be reached (confine_landlock.c). 0, too, on a kernel without Landlock: *ABI, its
 * version there, is 0 then. */
int confine_files(const Confinement *confinement, guint *abi);
/* What Landlock of this version has no rules for, of all that we use; NULL: for nothing. */
const char *confine_name_missing_rules(guint abi);
/* What is left without a parent becomes our child (confine_children.c). */
int confine_adopt_children(void);
/* Which system calls can be made (confine_calls.c). 0, too, on a kernel without seccomp, and on a
 * machine whose calls we do not know: *HOLDS says so. */
int confine_calls(ConfineProfile profile, gboolean *holds);
