/* What domains have in common, as profiles that a spec of them can have. */
#pragma once

#include "spec/spec_text.h"

/* What holds without the domain's own word, nearest first. */
typedef struct {
    const Settings *layers[2]; /* profiles; NULL: none */
} ProfilesBase;

typedef struct {
    Settings *common;    /* `default` */
    GHashTable *by_type; /* guest type -> Settings; only those that say something: a profile for the
                          * domains of a type is called like it */
} Profiles;

/* The value that a key has by the profiles, or by the table; NULL: none. */
const Value *profiles_base_get(const ProfilesBase *base, guint key);
/* Finds what more than half of the domains (of SpecTextDomain) have in common; empty where that is
 * nothing. */
void profiles_make(const GPtrArray *domains, Profiles *profiles);
void profiles_clear(Profiles *profiles);
/* The word for a domain's type; "" if it has none. */
const char *profiles_type_of(const SpecTextDomain *domain);
