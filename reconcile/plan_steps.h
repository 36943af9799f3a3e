/* The steps of plan_make(), for plan_*.c alone. */
#pragma once

#include "reconcile/plan.h"
#include "reconcile/seen_settings.h"

/* What the steps share. */
typedef struct {
    const Spec *desired;
    const Observed *observed;
    const Record *applied;
    const Policy *policy;
    Plan *plan;
    GHashTable *rows_by_uuid;           /* uuid -> GPtrArray of ObservedDomain */
    GHashTable *rows_by_name;           /* name -> GPtrArray of ObservedDomain */
    GHashTable *owner_by_uuid;          /* uuid -> Domain of the spec (the first) */
    GHashTable *shared_uuids;           /* uuids that two domains of the spec would have */
    GHashTable *obstacle_by_uuid;       /* uuid -> what is in the way of any name it ran under */
    GHashTable *reported;               /* foreign rows that an action tells of */
    const ObservedDomain *unidentified; /* a row whose uuid the list does not say; NULL: none */
} Planning;

/* Is the plan about the domain of this name, too? */
gboolean plan_is_selected(const Planning *planning, const char *name);
/* Adds an action to the plan. REASON is taken over. */
Action *plan_add(Planning *planning, ActionKind kind, const char *name, const char *uuid,
                 const Domain *domain, const ObservedDomain *seen, char *reason);
/* Holds an action, unless it is held already (the first word counts, a conflict above all). */
void action_hold(Action *action, HoldKind hold, const char *format, ...) G_GNUC_PRINTF(3, 4);
void change_clear(Change *change);
/* A value as it is told, NULL where there is none. To be freed. */
char *value_for_people(const Value *value);
/* The changes as one phrase: "memory 1024 -> 2048 MiB, kernel /boot/a -> /boot/b". To be freed. */
char *changes_describe(const GArray *changes);

/* ---- who is who (plan_identity.c) ---- */

void plan_index(Planning *planning);
void plan_index_clear(Planning *planning);
/* The uuid that a domain of the spec has on this host: an adopted one keeps its own. */
const char *plan_uuid(const Planning *planning, const Domain *domain);
/* What is recorded of a domain, also under a name that it had before. */
const RecordDomain *plan_recorded(const Planning *planning, const char *name, const char *uuid);
/* The same, but only what is recorded with this uuid; NULL: nothing. */
const RecordDomain *plan_recorded_row(const Planning *planning, const char *name, const char *uuid);
/* Has it ended for good, and only its memory is not yet free? */
gboolean observed_domain_is_dead(const ObservedDomain *seen);
/* A row of this name with another uuid, or one that is not known; NULL: none. */
const ObservedDomain *plan_find_namesake(const Planning *planning, const char *name,
                                         const char *uuid);
/* The row with this uuid that is not dead, else the dead one, or NULL. *living and *dead get how
 * many there are of each. */
const ObservedDomain *plan_find_row(const Planning *planning, const char *uuid, guint *living,
                                    guint *dead);

/* ---- one domain ---- */

/* What differs between what a domain runs with and what the spec says (plan_changes.c). */
typedef struct {
    GArray *live;        /* of Change, in the table's order */
    GArray *next_start;  /* of Change */
    GArray *recreate;    /* of Change */
    gboolean wants_node; /* what Xen says of this host decides about some of them */
} Differences;
/* What is compared. */
typedef struct {
    const Policy *policy;
    const Domain *domain;
    const ObservedDomain *seen;
    const RecordDomain *record; /* NULL: there is none */
    const Settings *recorded;   /* its settings; NULL: not known */
} Comparison;
void differences_find(const Policy *policy, const Domain *domain, const ObservedDomain *seen,
                      const RecordDomain *recorded, Differences *out);
/* Has the toolstack a command for such a change? FALSE: *why says that it has none. */
gboolean differences_can_be_made(const Comparison *about, KeyLive live, const char **why);
/* Where changes of this class are; NULL: they are none. */
GArray *differences_of_class(Differences *differences, KeyChange how);
/* Adds what differs between the devices of a list that the domain was given and those that the spec
 * says, one change for each that comes or goes (plan_devices.c). SEEN: what the domain runs with,
 * where that is certain not to be what the spec says. */
void devices_compare(const Comparison *about, guint key, const Value *given, const SeenValue *seen,
                     Differences *out);
/* What of a domain that is changed live Xen's monitor has to be given for the guest's own reboot.
 */
typedef enum {
    LIVE_STORE_NOTHING,
    LIVE_STORE_LOST, /* what a reboot would lose: live_is_lost_at_reboot() */
    LIVE_STORE_REST  /* beside that, what has to wait, or was given before and is not so any more */
} LiveStore;
/* Adds the actions for what can be changed while the domain runs (plan_live.c). FALSE: none of them
 * brings the config file. */
gboolean plan_live(Planning *planning, const Domain *domain, const char *uuid,
                   const ObservedDomain *seen, Differences *differences, LiveStore store);
/* Xen's monitor builds a guest anew with its memory, CPUs, weight and devices as they are, and with
 * the rest as it was created (Xen tools/libs/light/libxl_domain.c:
 * retrieve_domain_configuration_end): is such a change lost then? */
gboolean live_is_lost_at_reboot(KeyLive live);
void differences_clear(Differences *differences);
/* Has the host moved for all of them, and not the spec? */
gboolean changes_are_drift(const GArray *changes);

/* Holds the actions from FIRST on while an earlier life of their domain is not quite gone. */
void hold_beside_dead(Planning *planning, guint first);
/* A domain of this host that the spec names (plan_domain.c). */
void plan_domain(Planning *planning, const Domain *domain);
/* A row that the spec says is to be taken over, and that nothing is recorded of (plan_adopt.c). */
void plan_adopt(Planning *planning, const Domain *domain, const ObservedDomain *row);
/* A domain that the spec gives to another host (plan_migrate.c). */
void plan_elsewhere(Planning *planning, const Domain *domain);
/* A domain of ours that the spec names no more. NAMESAKE: to which the spec has given its name, on
 * another host; NULL: none (plan_left_over.c). */
void plan_left_over(Planning *planning, const RecordDomain *recorded, const Domain *namesake);
/* What is left under names that the domain had before (plan_names.c). */
void plan_former_names(Planning *planning, const RecordDomain *recorded);
/* The record of another domain that has the name which the spec gives to this one, and that must
 * not be lost; NULL: none (plan_names.c). */
const RecordDomain *plan_find_name_keeper(const Planning *planning, const char *name,
                                          const char *uuid);
/* Holds what is to be done with the domain until then. */
void hold_for_name_keeper(Planning *planning, Action *action, const RecordDomain *keeper);
/* A domain that runs with our uuid and differs (plan_running.c). */
void plan_running(Planning *planning, const Domain *domain, const char *uuid,
                  const ObservedDomain *seen, const RecordDomain *recorded);
/* Adds the start of a domain, and holds it where it has to be (plan_start.c). */
Action *plan_start(Planning *planning, const Domain *domain, const char *uuid, const char *why);
/* Holds a start until a domain that ran was missing twice (plan_start.c). */
void hold_until_second_look(Planning *planning, Action *action);
/* Why a row is to be waited for, as observed_domain_transient(), with what the spec and the boot of
 * dom0 tell beside (DOMAIN may be NULL). */
const char *plan_transient(const Planning *planning, const Domain *domain,
                           const ObservedDomain *seen, const RecordDomain *recorded);
/* Holds what is to be done with a domain that is here more than once, or is on its way. */
void hold_while_unclear(Action *action, guint living, const char *transient);
/* Paused, and never ran: somebody's create is under way, or was killed. */
gboolean observed_domain_never_ran(const ObservedDomain *seen);
/* Was it sent to another host, and is not known how that ended? Then nothing else is planned for
 * the domain: TRUE, and an action that finds it out (plan_migrate.c). DOMAIN may be NULL. */
gboolean plan_begun_migration(Planning *planning, const Domain *domain, const char *name,
                              const char *uuid);
gboolean record_is_migrating(const RecordDomain *recorded);
/* Holds migrations to hosts that say what stands in the way (plan_migrate.c). */
void plan_ask_targets(Planning *planning);
/* The pause after so many tries in a row (plan_start.c). */
gint64 plan_back_off_s(gint64 tries);
/* Is a create of ours recorded that has not ended? */
gboolean record_is_creating(const RecordDomain *recorded);

/* ---- config files (plan_config.c) ---- */

/* What is seen of the config file; NULL: it was not looked at. */
const ObservedConfig *plan_config_of(const Planning *planning, const char *name);
/* A file that somebody else wrote is never replaced or removed, unless the domain was taken over.
 */
gboolean is_foreign_config(const Planning *planning, const Domain *domain,
                           const RecordDomain *recorded);
void hold_foreign_config(const Planning *planning, Action *action, const Domain *domain);
/* Adds the writing of the config file, if it is not as the spec says. DIFFERENCES: what it brings
 * at the next start; NULL: none. STORED_FOR: the row for whose own reboot Xen's monitor is to be
 * given it; NULL: for none. */
void plan_write_config(Planning *planning, const Domain *domain, const char *uuid,
                       const RecordDomain *recorded, Differences *differences,
                       const ObservedDomain *stored_for);
void plan_remove_config(Planning *planning, const Domain *domain, const char *uuid);
/* Says in the reason of an action that writes the config file that somebody's edit goes. */
void note_edited_config(const Planning *planning, Action *action);
void hold_protected(Action *action, const Domain *domain);
/* A paused guest does not see that it is to shut down: it would be waited for in vain. */
void hold_paused(Action *action, const Domain *domain, const ObservedDomain *seen);
/* Nor is a guest shut down that Xen's monitor starts again, which would go on and on
 * (plan_transient.c). */
void hold_restarted(Action *action, const Domain *domain, const ObservedDomain *seen,
                    const RecordDomain *recorded);
/* Moves the changes from one array to the end of another. */
void changes_move(GArray *from, GArray *to);
/* Does the spec give a bounce that was not carried out yet? Leaving the key out is none. */
gboolean is_bounced(const Domain *domain, const RecordDomain *recorded);

/* ---- this host (plan_host.c) ---- */

/* What on this host forbids a start of the domain; NULL: nothing. Of one that the spec has renamed,
 * its former name counts as well: xendomains saves a domain by the name that it runs under. */
const char *plan_find_obstacle(const Planning *planning, const char *name, const char *uuid);
/* Holds what starts a domain while something on this host forbids it. */
void hold_before_obstacle(const Planning *planning, Action *action);
/* Holds what brings a config with keys that this host's Xen would pass over. */
void hold_late_keys(const Planning *planning, Action *action);
/* Does it give a domain that runs a device, or take one away that may come back? */
gboolean action_brings_device(const Action *action);
/* Holds what stops a domain for a start that would fail, or takes from it what cannot come back. */
void hold_missing(const Planning *planning, Action *action);
/* Has a link removed by which xendomains would start the domain at boot; FIRST: the first of its
 * actions. */
void plan_boot_link(Planning *planning, const Domain *domain, const char *uuid, guint first);
/* Asks for a look at this host for the domains that the plan would give a config. */
void plan_wish_checks(Planning *planning);

/* ---- changes that do not start (plan_revert.c) ---- */

typedef struct Fallback Fallback;
void fallback_free(Fallback *fallback);
/* Did the domain not start as the spec has it, so that what ran before was put back? */
gboolean plan_is_put_back(const Domain *domain, const RecordDomain *recorded);
/* Was it changed, and has it not started since, or ended at once? */
gboolean plan_has_failed_change(const Planning *planning, const Domain *domain,
                                const RecordDomain *recorded);
/* The domain as it ran last, where the spec has it put back when a change fails; NULL: not known,
 * or not to be. The plan's. */
const Domain *plan_find_fallback(Planning *planning, const Domain *domain,
                                 const RecordDomain *recorded);
/* Has the action know what to put back should the domain not start. */
void plan_prepare_revert(Planning *planning, Action *action);
/* What runs was put back: tells of the differences, which stay. */
void plan_put_back(Planning *planning, const Domain *domain, const char *uuid,
                   const ObservedDomain *seen, Differences *differences);
/* An action that is not in the plan (plan.c). REASON is taken over. */
Action *plan_new_action(const Planning *planning, ActionKind kind, const char *name,
                        const char *uuid, const Domain *domain, const ObservedDomain *seen,
                        char *reason);

/* ---- readiness ---- */

/* A watch over a domain of the spec, which the action at START starts; its index (plan.c). */
guint plan_add_watch(Planning *planning, const Domain *domain, guint start);
/* Has the start at INDEX wait until what comes before it is ready; BY_NAME: name -> GArray of the
 * indices of its actions (plan_ready.c). */
void plan_await_ready(Planning *planning, GHashTable *by_name, guint index);

/* ---- memory (plan_memory.c) ---- */

/* The free memory of this host while the actions are gone through in their order. */
typedef struct {
    gboolean is_known;
    gint64 free_mib;   /* now, less what starts have been given; below 0: others take it first */
    gint64 freed_mib;  /* by the stops of the plan */
    gint64 shrunk_mib; /* by what becomes smaller */
    GArray *stops;     /* of guint: the indices of actions that free some */
} MemoryPlan;
void plan_memory_begin(const Planning *planning, MemoryPlan *out);
void plan_memory_clear(MemoryPlan *memory);
/* Takes the next action into account; a start that would not fit is held. */
void plan_memory_admit(MemoryPlan *memory, Action *action, guint index);

/* ---- all domains ---- */

/* Holds starts whose name another domain has (plan_needs.c). */
void plan_hold_taken_names(Planning *planning);
/* Makes starts need the stops of what has their disks; the actions are in their order
 * (plan_needs.c). */
void plan_need_disks(Planning *planning);
/* Holds starts that take a disk of a domain that goes on running (plan_disks.c). */
void plan_hold_used_disks(Planning *planning);
/* Holds what gives a disk back that is in use elsewhere by now, or may be; asks for a look at what
 * all domains have (plan_given_back.c). */
void plan_hold_given_back(Planning *planning);
/* Holds what takes a disk that a domain of another host has, and that the spec does not give to
 * both (plan_disks_elsewhere.c). */
void plan_hold_disks_elsewhere(Planning *planning);
/* Holds a migration of what runs with a disk that the spec does not say: its new host takes it to
 * run by the spec, and would give the disk to another (plan_disks_elsewhere.c). */
void hold_disks_left_out(Action *action, const Domain *domain);
/* The disks that a domain gets by an action, or by the next reboot of its guest: an array of
 * Settings, to be freed with g_ptr_array_unref(). */
GPtrArray *action_disks_taken(const Action *action);
/* Does the action bring the disk itself, and not only in a config that is stored? */
gboolean action_brings_disk(const Action *action, const Settings *disk);
/* The order of the actions and what they need of each other (plan_order.c). */
void plan_order(Planning *planning);
/* Of two actions of which the second waits for the first: is it held when the first was not done?
 */
gboolean plan_must_succeed(const Action *before, const Action *after);
/* Makes an action need an earlier one, by its index. */
void plan_add_need(Action *action, guint index);
/* Holds starts of domains that another host may run (plan_ownership.c). */
void plan_hold_not_owned(Planning *planning);
/* Wishes that a host, or all of these (of FleetHost), be asked what they have (plan_ownership.c).
 */
void plan_ask_all(Planning *planning, const GPtrArray *hosts);
void plan_ask_host(Planning *planning, const char *name, const char *address, gboolean is_former);
/* Everything that holds more than one domain (plan_rails.c). */
void plan_apply_rails(Planning *planning);
