/* Domains -> the text of a spec, as a person would write it. */
#pragma once

#include "spec/settings.h"

typedef struct {
    const char *name;            /* one that a spec can have */
    const Settings *settings;    /* domain_keys, without `host` and `profile` */
    const char *const *comments; /* lines of UTF-8, without the '#'; NULL-terminated; NULL: none */
    gboolean is_comment;         /* it stands there to be read, each line behind "# " */
} SpecTextDomain;

/* Appends a whole document: COMMENTS on top (as above), the header, profiles where domains have
 * values in common (WITH_PROFILE: `default` for all, and one that is called like a guest type for
 * those of it), and the domains in their order (of SpecTextDomain). What our own reader reads back
 * as the same values; those that the table gives by itself are left out.
 */
void spec_text_write(const char *const *comments, const char *fleet, const GPtrArray *domains,
                     gboolean with_profile, GString *out);
