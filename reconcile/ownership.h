/* May this host start a domain that the spec gives to it, where the fleet has several hosts? The
 * one place that answers this. A function table, because a fleet may come to share a record of who
 * owns what; without one, each host has its own record and asks the others.
 *
 * What makes "my record says that it belongs here" safe. Another host starts a domain only if this
 * one has answered that it neither has nor wants it, or by an operator's claim there. This host
 * answers so only after it has applied a spec that gives the domain away, and that voids its own
 * record in the same step (settle.c). So its record can be wrong in one way: an operator has
 * claimed the domain elsewhere, because this host was off and could not be asked, and then the spec
 * gave it back while this host was still off. The record therefore says by which edition of the
 * spec it was last sure: its generation and a digest of all that it says. If the spec is still that
 * one, or has the very next generation, then no spec in between can have given the domain away, and
 * the record is as good as it was. That also lets a host that was merely booted start what is its
 * own while no other host is up. The same holds for a domain that was seen to run in this boot of
 * dom0: this host was not off. Without that, every other host has to be asked.
 *
 * The others are asked in any case, once a run, when something is to be started: one that does not
 * answer stands in the way only of a start that is not sure, but one that has the domain always
 * does. A spec without a generation says nothing of what was between two editions that are alike;
 * there only the answers help. */
#pragma once

#include "reconcile/fleet_hosts.h"
#include "reconcile/host_answer.h"
#include "reconcile/record.h"
#include "spec/spec.h"

typedef enum {
    OWNERSHIP_GRANTED,
    OWNERSHIP_REFUSED,
    OWNERSHIP_TO_ASK /* the other hosts have to be asked first */
} OwnershipVerdict;

typedef struct {
    const GPtrArray *hosts; /* of FleetHost: the others */
    const char *edition;    /* of the spec */
    const char *name;       /* of the domain */
    const char *uuid;
    const RecordDomain *recorded; /* NULL: nothing is */
    const char *boot_id;          /* of this boot of dom0; NULL: not known */
    GHashTable *answers;          /* host name -> HostAnswer, checked; NULL: nobody was asked yet */
} OwnershipQuestion;

/* TO ADD ONE: a row in ownership.c, and the key of agent.yaml that chooses it. */
typedef struct {
    const char *name;
    /* *why gets the reason where it is not granted, to be freed. */
    OwnershipVerdict (*may_start)(const OwnershipQuestion *question, char **why);
} Ownership;

/* No shared record: each host has its own, and asks. */
extern const Ownership ownership_none;

/* What tells one spec from another: "42 9f86d0..." (its generation, or "-", and a digest of all
 * that it says). To be freed. */
char *spec_edition(const Spec *spec);
/* Does the record say for sure, by itself, that the domain belongs here? */
gboolean ownership_is_sure(const RecordDomain *recorded, const char *edition, const char *boot_id);
/* Carries over to this edition of the spec what is sure of the domains that it gives to HOST.
 * Returns TRUE when something was changed. To be called after what is seen was put into the record.
 */
gboolean ownership_confirm(Record *record, const Spec *spec, const char *host, const char *boot_id);
/* Drops what the record says of domains of HOST that are not here, and that a host which answered
 * runs: it is wrong, by whatever way it came to be. Returns TRUE when something was changed.
 * OBSERVED must be COMPLETE; ANSWERS: name -> HostAnswer, checked. */
gboolean ownership_drop_refuted(Record *record, const Spec *spec, const char *host,
                                const Observed *observed, GHashTable *answers);
/* Puts down which domains the spec gives to HOST, for those who ask. Returns TRUE when something
 * was changed. */
gboolean ownership_note_wanted(Record *record, const Spec *spec, const char *host);
