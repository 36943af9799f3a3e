/* The YAML parser's syntax errors in the words of our other messages. */
#pragma once

#include <glib.h>

typedef struct {
    const char *problem; /* as libyaml 0.2 calls it */
    const char *wording; /* "expected ..., found ..." */
    /* The mistake is where the parser began the thing that it was reading, not where it gave up. */
    gboolean is_at_beginning;
} YamlWording;

/* NULL: there is no better wording. */
const YamlWording *yaml_wording_find(const char *problem);
