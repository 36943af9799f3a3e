/* Domains with random values, as YAML: whatever the key tables allow, and hostile texts by
 * preference. */
#pragma once

#include "spec/spec.h"

/* Texts that a careless writer of configs, device strings or YAML lets out of their place.
 * NULL-terminated. */
extern const char *const hostile_texts[];

typedef struct {
    GRand *random;
    gboolean is_for_xm; /* what xm can say alone */
    guint type;         /* GUEST_*, of the domain that is being made */
} RandomSpec;

/* Appends domain "dNUMBER" for the mapping `domains`, indented. Each value alone is legal; keys may
 * contradict each other. Sets WRITTEN[key] for each row it gives; keys that Xen's config does not
 * have are left out. */
void random_spec_add_domain(RandomSpec *to, guint number, GString *yaml, guint8 *written);
