/* What a run has found and done, for people and as JSON. */
#pragma once

#include "agent/cycle.h"

#define REPORT_FORMAT_VERSION 1

/* Prints the problems of the spec and the error of the run to standard error. */
void report_errors(const Cycle *cycle);
/* The plan, or what became of it, as JSON text. To be freed. */
char *report_make_json(const Cycle *cycle);
/* The problems alone, as `validate` gives them. To be freed. */
char *report_make_problems_json(const Cycle *cycle);
/* The config of a domain, as `render` gives it. To be freed. */
char *report_make_config_json(const Cycle *cycle, const char *name, const char *config);
/* The rows of a list that was not whole: what fits is shown. */
void report_partial_list(const Cycle *cycle, GString *out);
/* What was done and held, a line for each action. */
void report_outcomes(const Cycle *cycle, gboolean colour, GString *out);
