/* All that is known of one domain, for `explain`. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* One key of the domain. Texts are for people; what may be a secret is masked in them. */
typedef struct {
    const KeyRow *row;
    char *wanted; /* NULL: not set */
    char *from;   /* "the spec", "profile small", "the default" */
    char *where;  /* "spec.yaml:7"; NULL: nowhere */
    /* What is otherwise than wanted; NULL: nothing is known to be, and "not set" stands for no
     * value. */
    char *on_disk, *running, *recorded;
} ExplainedKey;

typedef struct {
    const char *name;
    const Domain *domain;         /* NULL: it is not in the spec, or that was refused */
    const RecordDomain *recorded; /* NULL: nothing is */
    const ObservedDomain *seen;   /* NULL: it is not in the list */
    gboolean is_foreign;          /* what is seen has its name, and another uuid */
    const ObservedConfig *config; /* NULL: not looked at */
    GPtrArray *keys;              /* of ExplainedKey: what is not the default, or differs */
    json_t *history;
} Explanation;

/* Gathers it from a run that has made its plan, as far as that came. FALSE: nobody knows the
 * domain, and CYCLE has failed. */
gboolean explanation_find(Cycle *cycle, const char *name, Explanation *out);
void explanation_clear(Explanation *explanation);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Explanation, explanation_clear)

/* For people (explain_text.c). */
void explanation_format(const Cycle *cycle, const Explanation *explanation, GString *out);
/* "running", "paused", "has ended", "not here". */
const char *explanation_state(const Explanation *explanation);
