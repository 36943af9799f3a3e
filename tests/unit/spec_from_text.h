/* A spec from a text of the test's own. */
#pragma once

#include "spec/spec.h"

/* Reads and finishes a spec of one text. All that is wrong goes to PROBLEMS, whose positions live
 * as long as the spec. To be freed with spec_free(). */
Spec *spec_from_text(const char *name, const char *text, gsize length, Problems *problems);
