/* The specs of sources elsewhere that were applied before the present ones, which are kept for
 * people to look into. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* An array with an object for each that can be read, the latest of a source first: source, fetched
 * (seconds since 1970), commit (null: it is none of git), file. */
json_t *earlier_specs_make(const Cycle *cycle);
/* The same for people; nothing where there is none. */
void earlier_specs_format(const json_t *earlier, GString *out);
