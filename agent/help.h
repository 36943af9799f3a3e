/* What --help says, from the rows of the commands and of the options. */
#pragma once

#include "agent/options.h"

/* ENTRIES: the options of all commands come first (OPTIONS_OF_ALL), then those of some; a row of
 * zeros ends them. */
#define OPTIONS_OF_ALL 10

void help_print(const GOptionEntry *entries);
void help_print_command(const CommandRow *command, const GOptionEntry *entries);
/* The same of all commands and options as sections of a manual page, in scdoc's language. */
void help_print_man(const GOptionEntry *entries);
/* A text for scdoc, which gives `_`, `*`, `\` and more a meaning. To be freed. */
char *help_escape_for_scdoc(const char *text);
