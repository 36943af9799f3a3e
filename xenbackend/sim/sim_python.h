/* The text of a config file for xm, which is Python -> its assignments, as far as they are
 * literals: NAME = VALUE at the beginning of a line, where a value is a text in quotes, a decimal
 * integer or a list of values. Anything else, which Python would execute, is refused. */
#pragma once

#include "xenbackend/sim/sim_config.h"

/* Reads LENGTH bytes. NULL when the text is refused; what is wrong is appended to REPORT, in one
 * line with SOURCE as the name of the file. Limits: those of sim_config.h. */
SimConfig *sim_python_parse(const char *source, const char *bytes, gsize length, GString *report);
