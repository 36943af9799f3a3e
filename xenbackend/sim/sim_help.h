/* What `xensim --help` prints. */
#pragma once

#include <glib.h>

void sim_print_help(void);
