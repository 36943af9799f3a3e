/* Sources at an HTTPS address: a file *.yaml with its signatures beside it, or a folder (its
 * address ends with a slash) with a signed manifest and the files that it lists. */
#pragma once

#include "agent/spec_source.h"

/* See SpecSourceKind. What does not fit together is fetched once more before it is given: the
 * server may have been given something new between two answers. */
SourceAnswer source_url_fetch(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                              SourceBundle **out, char **why);
gboolean source_url_verify(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                           GPtrArray *texts, GError **error);
