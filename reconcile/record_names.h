/* The record follows the names that the spec gives: what is recorded of a domain is kept once,
 * under the name that it has in the spec. What it was called before stays in its record for as long
 * as something of that name may be here, since xendomains, the list and the config files go by
 * names. So whoever asks by the uuid finds one record, in whichever order they were written. */
#pragma once

#include "reconcile/record.h"
#include "spec/spec.h"

/* The record, and what decides where each of it stands; all as for record_settle(). */
typedef struct {
    Record *record;
    const Spec *desired;
    const Observed *observed;
    GHashTable *busy;           /* NULL: none */
    GHashTable *missing_before; /* NULL: this is the first list */
} RecordNames;

/* uuid -> the domain of the spec that has it here (record_uuid_of()), the first of several. To be
 * unreffed. */
GHashTable *record_index_owners(const Record *record, const Spec *desired);
/* Whose record it is: the domain of its name, if that has its uuid, else the one that has (OWNERS:
 * record_index_owners()). NULL: the spec has none. */
const Domain *record_find_owner(const RecordDomain *recorded, const Spec *desired,
                                GHashTable *owners);
/* Was it running, and may be missing from the list only for a moment, as a guest that reboots is?
 */
gboolean record_may_come_back(const RecordDomain *recorded, const Observed *observed,
                              GHashTable *missing_before);
/* What is in the way of a start of the domain, under any name that is recorded of it
 * (ObservedConfig.obstacle): an image of xendomains under a former name is its own, too. NULL:
 * nothing is known. */
const char *record_find_obstacle(const RecordDomain *recorded, const Observed *observed);
/* Makes one of several records of a domain, and moves each record to the name that the spec has for
 * its domain: two that swap their names, and more in a ring, at once. One stays where a command or
 * a migration of it is under way, or where the record of another domain, which may be here or be
 * saved, has the name. Returns TRUE when something was changed. */
gboolean record_follow_names(const RecordNames *names);
/* Drops former names of which nothing is here any more, and under which nothing runs. Returns TRUE
 * when something was changed. */
gboolean record_drop_former_names(const RecordNames *names);
