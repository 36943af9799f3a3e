/* Domains with random values, as YAML: whatever the key tables allow, and hostile texts by
 * preference. */
#pragma once

#include "spec/spec.h"

/* Texts that a careless writer of configs, device strings or YAML lets out of their place.
 * NULL-terminated. */
extern const char *const hostile_texts[];

/* Appends domain "dNUMBER" for the mapping `domains`, indented. Each value alone is legal; keys may
 * contradict each other. Sets WRITTEN[key] for each row it gives; keys that Xen's config does not
 * have are left out. */
void random_spec_add_domain(GRand *random, guint number, GString *yaml, guint8 *written);
