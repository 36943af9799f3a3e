/* One source of a spec: where it is read from, and what is known of what was read. */
#pragma once

#include "agent/agent_config.h"
#include "agent/source_cache.h"
#include "spec/allowed_signers.h"
#include "spec/keyring.h"
#include "spec/spec.h"

typedef struct Cycle Cycle;
typedef struct SpecSource SpecSource;
/* What a spec is read for. To be carried out, it must lie where nobody else can write. */
typedef enum { SPEC_TO_CHECK, SPEC_TO_PLAN, SPEC_TO_APPLY } SpecUse;

/* What a source elsewhere says when it is asked. */
typedef enum {
    SOURCE_ANSWER_NEW,  /* here is what is there now; nobody vouches for it yet */
    SOURCE_ANSWER_SAME, /* what is kept here is what is there */
    SOURCE_ANSWER_NONE  /* it does not answer, or not with a spec */
} SourceAnswer;

/* How sources of one kind are read. TO ADD ONE: a row of `kinds` in spec_source.c. */
typedef struct {
    SourceKey key;    /* what in agent.yaml makes a source one of this kind */
    const char *word; /* the same as a word */
    /* Its signatures are minisign's, by the keys of `trust` or those that followed them. */
    gboolean is_by_keyring;
    /* What is said of one after the word, in its name; NULL: what that key says. */
    char *(*describe)(const Settings *settings);
    /* What is wrong with its keys taken together, or NULL; NULL: nothing can be. */
    const char *(*check)(const Settings *settings);
    /* Reads what agent.yaml names beside it, before it is asked; NULL: nothing. FALSE: CYCLE has
     * failed. */
    gboolean (*prepare)(Cycle *cycle, SpecSource *source, SpecUse use);
    /* Of a local one: appends what may be believed to source->texts. FALSE: CYCLE has failed
     * (cycle_fail()). */
    gboolean (*read)(Cycle *cycle, SpecSource *source, SpecUse use);
    /* Of one elsewhere (cycle_remote.c does the rest, and keeps the copy); NULL both: this version
     * does not read such sources.
     * Asks it what is there now. KEPT: the copy that is here, verified; NULL: none. *out: what came
     * (its `source` is the source's name). *why: what was found instead, in words that follow the
     * source's name ("does not answer: ..."). */
    SourceAnswer (*fetch)(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                          SourceBundle **out, char **why);
    /* Appends the texts (of TrustedText) that the signatures of BUNDLE vouch for.
     * SOURCE_ERROR_UNSIGNED where they do not. */
    gboolean (*verify)(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                       GPtrArray *texts, GError **error);
} SpecSourceKind;

struct SpecSource {
    const SpecSourceKind *kind;
    char *name;               /* in the record and in reports: "path /etc/xensure/spec.d" */
    char **paths;             /* of local ones: what is read, in order; else NULL */
    const Settings *settings; /* its own of agent.yaml (source_keys); NULL: --spec gave it */
    AllowedSigners *allowed;  /* of git: who may sign its commits; else NULL */
    /* By `keys` of its own; all NULL: by those of `trust` (Cycle). */
    Keyring *trusted;
    char *trusted_set;
    char *trusted_root;
    /* What was read: */
    GPtrArray *texts;  /* of TrustedText */
    gboolean is_taken; /* the spec has taken them over */
    SpecHeader header;
    char *digest; /* of the texts (spec_texts_digest()) */
    gboolean is_signed;
    gboolean is_signed_before; /* by keys that others have followed */
    char *signers_now;         /* the set that it was held to (key_set.h); NULL: none */
    gboolean has_own_signers;  /* which the record has, and not agent.yaml */
    gint64 signers_since;      /* the generation that named them */
    GPtrArray *signers;        /* of const Signer, the texts' own, each key once */
    gint64 signed_time; /* the newest by which enough of them signed it, by their word; 0: none */
    /* Of a source elsewhere: */
    char *commit;   /* of git; else NULL */
    gint64 fetched; /* when it came, in seconds since 1970; 0: it is local */
    /* It has answered in this run, with this or something else. FALSE: `answered` says when it did
     * last. */
    gboolean has_answered;
    SourceAnswered answered;
    gboolean has_copy; /* there is a good copy here of what was applied last */
    gboolean is_new;   /* what was read is what came, and something else than the copy */
    gboolean is_asked; /* it is not to be asked once more when it is read again */
    SourceAsked asked; /* the last time, in this run or before it */
    gboolean
        is_spared;    /* it was asked lately (`fetch_interval`): the copy goes on as it did then */
    gboolean is_copy; /* what was read is the copy that is kept here */
    gboolean is_refused;  /* what the source gives in its place was refused */
    char *trouble;        /* why it is not what the source gives; NULL: it is */
    char *expired;        /* when it has, in words; NULL: it has not */
    char *unrenewed;      /* when it answered last, too long ago, in words; NULL: it is not */
    SourceBundle *bundle; /* what is to be kept, once it is applied; NULL: nothing new */
};

/* What --spec or the arguments of a command give is one source, of one path or several. */
SpecSource *spec_source_new_paths(const char *const *paths);
/* A source of agent.yaml, which must outlive it. NULL: it is of no kind, or of two; *trouble says
 * what was expected and found (to be freed). */
SpecSource *spec_source_new(const Settings *settings, char **trouble);
/* Is it elsewhere, and not a local path? */
gboolean spec_source_is_remote(const SpecSource *source);
/* Makes digest, signers and the signed time of the texts. */
void spec_source_sum_up(SpecSource *source);
/* Forgets what was read, to read it again; keeps what the source has answered. */
void spec_source_forget(SpecSource *source);
void spec_source_free(SpecSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpecSource, spec_source_free)
