/* What --help says, from the rows of the commands and of the options. */
#pragma once

#include "agent/options.h"

/* ENTRIES: the options of all commands come first (OPTIONS_OF_ALL), then those of some; a row of
 * zeros ends them. */
#define OPTIONS_OF_ALL 10

void help_print(const GOptionEntry *entries);
void help_print_command(const CommandRow *command, const GOptionEntry *entries);
