/* What a run found, in Prometheus' text format. */
#pragma once

#include "agent/run_facts.h"

/* Appends the metrics of a run that has ended. What is not known is left out: the domains of a spec
 * that was refused, for example. */
void metrics_format(const Cycle *cycle, const RunFacts *facts, GString *out);
/* Writes them to PATH, or if that is a folder to xensure.prom in it: whoever reads it sees the old
 * file or the new one. */
gboolean metrics_write(const Cycle *cycle, const RunFacts *facts, const char *path, GError **error);
