/* What the files metrics*.c share. */
#pragma once

#include "agent/metrics.h"

/* Appends the HELP and TYPE lines of a gauge. */
void metrics_begin(const char *name, const char *help, GString *out);
/* The metrics of single domains. */
void metrics_format_domains(const Cycle *cycle, GString *out);
