/* Domains from several places -> one spec, which our own reader takes. */
#pragma once

#include "spec/spec.h"
#include "xenbackend/xen_import.h"

typedef struct {
    char *text; /* YAML; always there */
    /* Does our own reader take it, and is every domain in it with all of its devices? */
    gboolean is_whole;
    Problems *problems; /* what our own reader says of it */
    Spec *spec;         /* as our own reader has it; what positions of the problems point into */
} ImportedSpec;

/* Makes a spec of FLEET of the domains (of ImportedDomain, which get more notes: of names that no
 * spec can have or that stand twice). COMMENTS (NULL-terminated): lines for its top. Never NULL. */
ImportedSpec *xen_import_spec(const char *const *comments, const char *fleet,
                              const GPtrArray *domains);
void imported_spec_free(ImportedSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportedSpec, imported_spec_free)

/* Appends what is noted of a domain, a line each: "web.cfg:12:5: vif.accel: left out: ...". */
void imported_domain_format_notes(const ImportedDomain *domain, GString *out);
