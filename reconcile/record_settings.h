/* What is recorded of a domain, beside the domain of the spec: its uuid, its settings as values. */
#pragma once

#include "reconcile/plan.h"

/* The uuid that a domain of the spec has on this host: its own `uuid`, else that of the domain that
 * was taken over, else the one made from its name. RECORDED: what is recorded under its name, or
 * NULL. */
const char *record_uuid_of(const RecordDomain *recorded, const Domain *domain);

/* Settings and what they point into. */
typedef struct {
    TrustedText *text;
    GStringChunk *strings;
    Settings *settings;
} RecordedSettings;

/* Reads the canonical text of a record; NULL when it is not known or cannot be read (then nothing
 * differs). */
RecordedSettings *recorded_settings_read(const char *text);
/* The same of one key alone, which is much cheaper; NULL also where it is not set. */
RecordedSettings *recorded_settings_read_key(const char *text, guint key);
void recorded_settings_free(RecordedSettings *recorded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecordedSettings, recorded_settings_free)

/* Of a disk of a record or of the spec: may the domain write it? */
gboolean disk_is_writable(const Settings *disk);

/* The recorded settings with the values of DOMAIN for the keys of CHANGES (of Change; of a list of
 * devices for the devices that they are about), and for all keys that change nothing in Xen. To be
 * freed. */
char *record_settings_with(const char *settings, const Domain *domain, const GArray *changes);

/* The recorded settings with the disks that OTHER alone has, too: two of one device where that is
 * not the same disk in both. So each is held for the domain, until its settings are put down anew.
 * Either may be NULL. To be freed. */
char *record_settings_with_disks(const char *settings, const char *other);

/* Would Xen's monitor build the domain otherwise than the spec says, when the guest reboots? What
 * is not known is not different. RECORDED may be NULL. */
gboolean record_needs_store(const RecordDomain *recorded, const Domain *domain);
