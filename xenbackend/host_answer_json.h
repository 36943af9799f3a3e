/* The text that another host answers with -> what it says (reconcile/host_answer.h). The text is
 * the JSON of `xensure -o json status`; agent/command_status.c writes it. */
#pragma once

#include "reconcile/host_answer.h"

#define HOST_ANSWER_BYTES_MAX   (32u * 1024 * 1024)
#define HOST_ANSWER_DOMAINS_MAX 250000u
#define HOST_ANSWER_HOSTS_MAX   10000u
#define HOST_ANSWER_TEXT_MAX    1024u
/* Disks of a domain: those it has, and those that a reboot gives it; and the length of a path. */
#define HOST_ANSWER_DISKS_MAX 512u
#define HOST_ANSWER_PATH_MAX  4096u

/* Reads LENGTH bytes. Never NULL: a text that is not such an answer, or is over a limit, gives one
 * with a `trouble` and nothing else. What it says of host, fleet and time is not checked. */
HostAnswer *host_answer_parse(const char *text, gsize length);
