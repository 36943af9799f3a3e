/* What this host says of itself when another one asks. */
#pragma once

#include "reconcile/host_answer.h"
#include "reconcile/record.h"

/* Every domain of the list, of the record, and of the spec that was applied last. Of an OBSERVED
 * that is not COMPLETE the list counts as not known. What Xen says of the node is not filled in. */
HostAnswer *host_answer_make(const Record *record, const Observed *observed, const char *host,
                             gint64 now);
