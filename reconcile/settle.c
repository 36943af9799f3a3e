#include "reconcile/settle.h"

#include "reconcile/ownership.h"
#include "reconcile/plan_steps.h"
#include "reconcile/record_names.h"

#include <string.h>

/* A row that is alive and not on its way somewhere. */
static gboolean is_alive(const ObservedDomain *row, const RecordDomain *recorded,
                         const Observed *observed)
{
    return row != NULL && !row->is_shut_down &&
           observed_domain_transient(row, recorded, observed->boot_id) == NULL;
}

/* Another life of the domain, that we did not begin. Where it ran until now, in this boot of dom0,
 * Xen's monitor has built it of what was stored for that; of what otherwise, is not known. */
static void settle_new_life(RecordDomain *recorded, const ObservedDomain *row,
                            const Observed *observed)
{
    gboolean is_same_boot = g_strcmp0(recorded->boot_id, observed->boot_id) == 0;
    gboolean is_new_life = recorded->domid != row->domid || !is_same_boot;
    if (!is_new_life || (recorded->stored == NULL && !recorded->is_storing)) {
        return;
    }
    g_autofree char *before = g_steal_pointer(&recorded->settings);
    recorded->settings = recorded->is_running && is_same_boot && !recorded->is_storing
                             ? g_strdup(recorded->stored)
                             : NULL;
    record_domain_keep_what_ran(recorded, before, recorded->settings);
    record_domain_drop_stored(recorded);
}

static gboolean settle_running(RecordDomain *recorded, const Domain *domain,
                               const ObservedDomain *row, const Observed *observed)
{
    /* A create that was cut off is the planner's to judge; one that was seen to be whole is done,
     * where nothing is to be unpaused. */
    gboolean is_as_wanted = recorded->operation == OPERATION_CREATED && domain != NULL &&
                            domain_is(domain, DOMAIN_KEY_state, "paused");
    gboolean is_cut_off = row->is_paused && row->cpu_deciseconds == 0 &&
                          recorded->operation != OPERATION_NONE && !is_as_wanted;
    if (is_cut_off || (recorded->is_running && recorded->domid == row->domid &&
                       g_strcmp0(recorded->boot_id, observed->boot_id) == 0 &&
                       recorded->operation == OPERATION_NONE)) {
        return FALSE;
    }
    settle_new_life(recorded, row, observed);
    record_domain_set_running(recorded, row->domid, observed->boot_id);
    recorded->is_claimed = TRUE;
    recorded->is_off_by_guest = FALSE;
    record_domain_end(recorded);
    return TRUE;
}

static gboolean should_run(const Domain *domain)
{
    return domain != NULL && domain_is_to_run(domain);
}

static gboolean settle_gone(RecordDomain *recorded, const Domain *domain)
{
    gboolean was_ours =
        recorded->operation == OPERATION_STOP || recorded->operation == OPERATION_DESTROY;
    gboolean is_over = was_ours || recorded->operation != OPERATION_NONE;
    if (!is_over && (!recorded->is_running || should_run(domain))) {
        return FALSE;
    }
    if (was_ours || !should_run(domain)) {
        recorded->is_running = FALSE;
        recorded->domid = 0;
    }
    record_domain_end(recorded);
    return TRUE;
}

static gboolean settle_control_keys(RecordDomain *recorded, const Domain *domain)
{
    gboolean is_protected = domain_get_integer(domain, DOMAIN_KEY_protect) != 0;
    gboolean is_changed = recorded->is_protected != is_protected || !recorded->has_bounce;
    recorded->is_protected = is_protected;
    if (!recorded->has_bounce) {
        recorded->has_bounce = TRUE;
        recorded->bounce = domain_get_integer(domain, DOMAIN_KEY_bounce);
    }
    return is_changed;
}

/* What an earlier run started, or saw, is alive: that is what a change that fails goes back to. */
static gboolean settle_proof(RecordDomain *recorded, const Domain *domain)
{
    if (domain == NULL || !domain_is(domain, DOMAIN_KEY_on_failed_change, "revert") ||
        !recorded->is_running || recorded->operation != OPERATION_NONE ||
        recorded->settings == NULL || (recorded->is_proved && recorded->ran == NULL)) {
        return FALSE;
    }
    recorded->is_proved = TRUE;
    g_clear_pointer(&recorded->ran, g_free);
    return TRUE;
}

/* The spec has given it to another host, and it is not here: from now on it may run there. When it
 * comes back, its record must not say that it belongs here. What xendomains has saved of it would
 * be started here beside that one: until it is gone, the record keeps other hosts off. */
static gboolean settle_elsewhere(RecordDomain *recorded, const ObservedDomain *row,
                                 const Observed *observed, GHashTable *missing_before)
{
    if (row == NULL && (record_may_come_back(recorded, observed, missing_before) ||
                        record_find_obstacle(recorded, observed) != NULL)) {
        return FALSE;
    }
    if (row != NULL ||
        (!recorded->is_claimed && !recorded->is_running && recorded->operation == OPERATION_NONE)) {
        return FALSE;
    }
    record_domain_end(recorded);
    g_clear_pointer(&recorded->claim, g_free);
    recorded->is_claimed = FALSE;
    recorded->is_running = FALSE;
    recorded->domid = 0;
    return TRUE;
}

/* A domain that runs and whose settings nobody put down: somebody else started it, or the record
 * was lost. If its config file is as the spec says, that is what it was made of. Otherwise they
 * stay unknown: what is seen of it differs from the spec because the host moved, and were it put
 * down, the same would look like a change of the spec, for which domains are restarted. */
static gboolean learn_settings(RecordDomain *recorded, const Domain *domain,
                               const Observed *observed)
{
    const ObservedConfig *config = g_hash_table_lookup(observed->configs, domain->name);
    if (!recorded->is_running || recorded->settings != NULL || config == NULL || !config->is_ours ||
        !config->is_wanted) {
        return FALSE;
    }
    GString *settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    recorded->settings = g_string_free(settings, FALSE);
    if (recorded->config_digest == NULL) {
        recorded->config_digest = g_strdup(config->digest);
    }
    return TRUE;
}

/* One without a config file here came from another host, which ran it by the spec; what it may
 * still have waited for there is not known here, and what is not known is not different. */
static void take_received(RecordDomain *recorded, const Domain *domain, const Observed *observed)
{
    const ObservedConfig *config = g_hash_table_lookup(observed->configs, domain->name);
    if (config != NULL && !config->exists) {
        g_autoptr(GString) settings = g_string_new(NULL);
        domain_format_canonical(domain, settings);
        recorded->settings = g_strdup(settings->str);
    }
}

/* A domain that runs with our uuid and was never recorded here: the record was lost, or the domain
 * was received from another host. If its config file is as the spec says, that is what it was made
 * of. */
static void recognise(Record *record, const Domain *domain, const ObservedDomain *row,
                      const Observed *observed, gboolean has_several_hosts)
{
    RecordDomain *recorded = record_domain_new(domain->name, domain->uuid);
    settle_running(recorded, domain, row, observed);
    learn_settings(recorded, domain, observed);
    if (has_several_hosts && recorded->settings == NULL) {
        take_received(recorded, domain, observed);
    }
    record_put(record, recorded);
}

/* uuid -> its row. Of several the one that has not ended: the others are what it left behind. */
static GHashTable *index_rows(const Observed *observed)
{
    GHashTable *rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < observed->domains->len; i++) {
        ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        const ObservedDomain *other = g_hash_table_lookup(rows, row->uuid);
        if (row->domid != 0 && row->uuid[0] != '\0' &&
            (other == NULL || observed_domain_is_dead(other))) {
            g_hash_table_insert(rows, row->uuid, row);
        }
    }
    return rows;
}

/* What the list says of a domain of this host. DOMAIN: NULL where the spec has none of its uuid. */
static gboolean settle_here(RecordDomain *recorded, const Domain *domain, const ObservedDomain *row,
                            const Observed *observed)
{
    gboolean is_changed = FALSE;
    if (row == NULL) {
        is_changed = settle_gone(recorded, domain);
    } else if (is_alive(row, recorded, observed)) {
        gboolean was_running = recorded->is_running;
        gboolean is_known_life = recorded->domid == row->domid;
        is_changed = settle_running(recorded, domain, row, observed);
        if (!was_running && domain != NULL) {
            /* It was started after its config file was written. */
            is_changed = learn_settings(recorded, domain, observed) || is_changed;
        }
        is_changed = (is_known_life && settle_proof(recorded, domain)) || is_changed;
    }
    return (domain != NULL && settle_control_keys(recorded, domain)) || is_changed;
}

gboolean record_settle(Record *record, const Spec *desired, const Observed *observed,
                       const char *host, GHashTable *busy, GHashTable *missing_before)
{
    RecordNames names = {record, desired, observed, busy, missing_before};
    gboolean is_changed = record_follow_names(&names);
    g_autoptr(GHashTable) owners = record_index_owners(record, desired);
    g_autoptr(GHashTable) rows = index_rows(observed);
    for (guint i = 0; i < desired->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(desired->domains, i);
        ObservedDomain *row = g_hash_table_lookup(rows, domain->uuid);
        /* One that is to be taken over is the planner's; one that is recorded under another name is
         * not new, and what was begun with it is in that record. */
        if (domain_is_on(domain, host) && record_find(record, domain->name) == NULL &&
            record_find_uuid(record, domain->uuid) == NULL &&
            domain_get_integer(domain, DOMAIN_KEY_adopt) == 0 && is_alive(row, NULL, observed)) {
            recognise(record, domain, row, observed, desired->hosts->len > 1);
            is_changed = TRUE;
        }
    }
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        RecordDomain *recorded = value;
        if (g_hash_table_contains(busy, recorded->name) ||
            recorded->operation == OPERATION_MIGRATE) {
            /* How a migration ended, only a look at both hosts tells. */
            continue;
        }
        const ObservedDomain *row = g_hash_table_lookup(rows, recorded->uuid);
        const Domain *namesake = spec_find(desired, recorded->name);
        const Domain *owner = record_find_owner(recorded, desired, owners);
        const Domain *placed = owner != NULL ? owner : namesake;
        if (placed != NULL && !domain_is_on(placed, host)) {
            is_changed = settle_elsewhere(recorded, row, observed, missing_before) || is_changed;
        } else if (owner != NULL || namesake == NULL || row != NULL ||
                   !record_may_come_back(recorded, observed, missing_before)) {
            is_changed = settle_here(recorded, owner, row, observed) || is_changed;
        }
    }
    is_changed = record_drop_former_names(&names) || is_changed;
    return ownership_confirm(record, desired, host, observed->boot_id) || is_changed;
}
