/* One source of a spec: where it is read from, and what is known of what was read. */
#pragma once

#include "agent/agent_config.h"
#include "spec/spec.h"

typedef struct Cycle Cycle;
typedef struct SpecSource SpecSource;
/* What a spec is read for. To be carried out, it must lie where nobody else can write. */
typedef enum { SPEC_TO_CHECK, SPEC_TO_PLAN, SPEC_TO_APPLY } SpecUse;

/* How sources of one kind are read. TO ADD ONE: a row of `kinds` in spec_source.c. */
typedef struct {
    SourceKey key;    /* what in agent.yaml makes a source one of this kind */
    const char *word; /* the same as a word */
    /* Appends what may be believed to source->texts, and fills in the rest of SOURCE. FALSE: CYCLE
     * has failed (cycle_fail()). NULL: this version does not read such sources. */
    gboolean (*read)(Cycle *cycle, SpecSource *source, SpecUse use);
} SpecSourceKind;

struct SpecSource {
    const SpecSourceKind *kind;
    char *name;               /* in the record and in reports: "path /etc/xensure/spec.d" */
    char **paths;             /* of local ones: what is read, in order; else NULL */
    const Settings *settings; /* its own of agent.yaml (source_keys); NULL: --spec gave it */
    /* What was read: */
    GPtrArray *texts;  /* of TrustedText */
    gboolean is_taken; /* the spec has taken them over */
    SpecHeader header;
};

/* What --spec or the arguments of a command give is one source, of one path or several. */
SpecSource *spec_source_new_paths(const char *const *paths);
/* A source of agent.yaml, which must outlive it. NULL: it is of no kind, or of two; *trouble says
 * what was expected and found (to be freed). */
SpecSource *spec_source_new(const Settings *settings, char **trouble);
void spec_source_free(SpecSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpecSource, spec_source_free)
