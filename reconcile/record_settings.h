/* The recorded settings of a domain as values. */
#pragma once

#include "reconcile/plan.h"

/* Settings and what they point into. */
typedef struct {
    TrustedText *text;
    GStringChunk *strings;
    Settings *settings;
} RecordedSettings;

/* Reads the canonical text of a record; NULL when it is not known or cannot be read (then nothing
 * differs). */
RecordedSettings *recorded_settings_read(const char *text);
void recorded_settings_free(RecordedSettings *recorded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecordedSettings, recorded_settings_free)

/* The recorded settings with the values of DOMAIN for the keys of CHANGES (of Change), and for all
 * keys that change nothing in Xen. To be freed. */
char *record_settings_with(const char *settings, const Domain *domain, const GArray *changes);
