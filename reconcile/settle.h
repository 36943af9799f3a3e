/* What the list says of domains that we know, put into the record before a plan is made. */
#pragma once

#include "reconcile/record.h"
#include "spec/spec.h"

/* Domains of ours that run are recorded as running (ids move when Xen's monitor restarts a guest);
 * domains that are gone and should be, or that we were stopping, are recorded as stopped; `protect`
 * and a first `bounce` are remembered. OBSERVED must be COMPLETE. BUSY (a set of names): domains on
 * which an earlier command of ours still works; they are left as they are. MISSING_BEFORE: uuids
 * that were missing from an earlier list of this run too; NULL: this is the first list. Returns
 * TRUE when something was changed. */
gboolean record_settle(Record *record, const Spec *desired, const Observed *observed,
                       const char *host, GHashTable *busy, GHashTable *missing_before);
