/* The steps of spec_finish(), for spec_*.c alone. */
#pragma once

#include "spec/spec.h"

/* Profiles into domains, uuids, MACs (spec_merge.c). */
void spec_merge(Spec *spec, Problems *problems);
/* What concerns more than one key (spec_check.c). */
void spec_check(Spec *spec, const char *const *programs, Problems *problems);
