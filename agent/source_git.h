/* Sources in a git repository: a branch whose newest commit somebody has signed who may. */
#pragma once

#include "agent/spec_source.h"

/* Adds to PATHS (of char *) the files by which a repository of this host tells that the ref has
 * moved; none of a repository elsewhere. git makes each anew and renames it. */
void source_git_add_paths(const Settings *settings, GPtrArray *paths);

/* The parts of the row of `kinds` (spec_source.h). */
char *source_git_describe(const Settings *settings);
const char *source_git_check(const Settings *settings);
gboolean source_git_prepare(Cycle *cycle, SpecSource *source, SpecUse use);
SourceAnswer source_git_fetch(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                              SourceBundle **out, char **why);
gboolean source_git_verify(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                           GPtrArray *texts, GError **error);
