/* What the shells ask for when somebody presses Tab: `xensure complete -- WORD...`. */
#pragma once

#include "agent/options.h"

/* Prints how the last WORD can go on, a line each: the word, and behind a tab what it is. Nothing:
 * a file name, or anything. The words before it are read into OPTIONS as far as they are right, and
 * say where the names of domains are found; no network is asked for them. */
void complete_print(int argc, char **argv, GOptionContext *context, const GOptionEntry *entries,
                    Options *options);
/* Is its value one of some words, with which its description begins? */
gboolean complete_takes_words(const char *option);
