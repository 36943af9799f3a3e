/* What `xensure -o json status` tells other hosts of the fleet; xenbackend/host_answer_json.c reads
 * it there. */
#pragma once

#include "agent/cycle.h"

#include <jansson.h>

/* Makes a list, if the toolstack answers, and puts it, the record and what Xen says of the node
 * into DOCUMENT. Changes nothing, and needs the state to have been read. */
void status_answer_add(Cycle *cycle, json_t *document);
