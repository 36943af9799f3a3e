/* What a run has found and done, for people and as JSON. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

#define REPORT_FORMAT_VERSION 1

/* Prints the problems of the spec and the error of the run to standard error. */
void report_errors(const Cycle *cycle);
/* The plan, or what became of it, as JSON text. To be freed. */
char *report_make_json(const Cycle *cycle);
/* The problems, and the hosts of the spec, as `validate` gives them. To be freed. */
char *report_make_problems_json(const Cycle *cycle);
/* The config of a domain, as `render` gives it. To be freed. */
char *report_make_config_json(const Cycle *cycle, const char *name, const char *config);
/* Failures and conflicts of what was carried out, to standard error. */
void report_failures(const Cycle *cycle);
/* The diffs of the config files, in the order of the plan. */
void report_diffs(const Cycle *cycle, GString *out);
/* The rows of a list that was not whole: what fits is shown. */
void report_partial_list(const Cycle *cycle, GString *out);
/* The plan, with what it was made of. */
void report_plan(const Cycle *cycle, gboolean colour, GString *out);
/* Where the spec is from, a line for each source. */
void report_sources(const Cycle *cycle, GString *out);
/* What was done and held, a line for each action. */
void report_outcomes(const Cycle *cycle, gboolean colour, GString *out);
/* Everything that was printed is out. FALSE, and a sentence on standard error, when it is not. */
gboolean report_flush(void);
/* A command that was not even begun, as JSON text. To be freed. */
char *report_make_error_json(const char *message);
/* What reports as JSON are made of: the problems as an array, and a document as text (takes it
 * over). */
json_t *report_make_problems(const Problems *problems);
json_t *report_make_text(const char *text); /* null for NULL; what is no UTF-8 is replaced */
json_t *report_make_action(const Cycle *cycle, guint index);
/* "host", "fleet" and "generation". */
void report_add_header(const Cycle *cycle, json_t *document);
char *report_dump(json_t *document);
