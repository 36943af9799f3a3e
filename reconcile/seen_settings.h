/* What is seen of the settings of a running domain, beside what the spec says. What cannot be seen
 * is not different, and what is not certain counts as not seen: a difference may become a restart.
 */
#pragma once

#include "reconcile/observed.h"
#include "spec/spec.h"

/* What a domain runs with, where that is certain not to be what the spec says. */
typedef struct {
    gboolean is_set; /* FALSE: the key is not set */
    Value value;     /* of a list of devices, with the spec's word for what is not seen of each */
} SeenValue;

/* Does the domain run with another value of the key? Then *have is what it runs with, to be cleared
 * (what it points into lives as long as SEEN and DOMAIN); else it is empty. Never so for a domain
 * whose details were not asked for. */
gboolean seen_differs(const ObservedDomain *seen, const Domain *domain, guint key, SeenValue *have);
void seen_value_clear(SeenValue *have);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SeenValue, seen_value_clear)

/* The canonical text of the settings that the domain runs with: what the spec says where nothing
 * else is seen. To be freed. */
char *seen_settings_format(const ObservedDomain *seen, const Domain *domain);

/* ---- devices (seen_devices.c) ---- */

/* What a comparison of two values comes to. */
typedef enum { VERDICT_UNSEEN, VERDICT_ALIKE, VERDICT_DIFFERENT } Verdict;

/* Compares a key of a domain or a device. WANT and HAVE: NULL where not set or not there;
 * TELLS_ABSENCE as in SeenSettings. *found: the value that it has then (NULL: none), if it differs.
 */
Verdict seen_compare_value(const KeyTable *table, guint key, const Value *want, const Value *have,
                           gboolean tells_absence, const Value **found);
/* Compares lists of disks or vifs, NULL where there are none. When they differ, *out is the list
 * that the domain has, to be cleared. */
Verdict seen_compare_devices(const KeyTable *table, const Value *want, const Value *have,
                             gboolean tells_absence, Value *out);
