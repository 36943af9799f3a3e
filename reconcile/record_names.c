#include "reconcile/record_names.h"

#include "reconcile/record_settings.h"

#include <string.h>

GHashTable *record_index_owners(const Record *record, const Spec *desired)
{
    GHashTable *owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < desired->domains->len; i++) {
        Domain *domain = g_ptr_array_index(desired->domains, i);
        const char *uuid = record_uuid_of(record_find(record, domain->name), domain);
        if (!g_hash_table_contains(owners, uuid)) {
            g_hash_table_insert(owners, g_strdup(uuid), domain);
        }
    }
    return owners;
}

const Domain *record_find_owner(const RecordDomain *recorded, const Spec *desired,
                                GHashTable *owners)
{
    const Domain *namesake = spec_find(desired, recorded->name);
    gboolean is_owner =
        namesake != NULL && strcmp(record_uuid_of(recorded, namesake), recorded->uuid) == 0;
    return is_owner ? namesake : g_hash_table_lookup(owners, recorded->uuid);
}

gboolean record_may_come_back(const RecordDomain *recorded, const Observed *observed,
                              GHashTable *missing_before)
{
    gboolean is_other_boot = recorded->boot_id != NULL && observed->boot_id != NULL &&
                             strcmp(recorded->boot_id, observed->boot_id) != 0;
    return recorded->is_running && !is_other_boot &&
           (missing_before == NULL || !g_hash_table_contains(missing_before, recorded->uuid));
}

static const char *find_obstacle(const Observed *observed, const char *name)
{
    const ObservedConfig *config = g_hash_table_lookup(observed->configs, name);
    return config != NULL ? config->obstacle : NULL;
}

const char *record_find_obstacle(const RecordDomain *recorded, const Observed *observed)
{
    const char *obstacle = find_obstacle(observed, recorded->name);
    for (guint i = 0; i < recorded->former_names->len && obstacle == NULL; i++) {
        const FormerName *former = g_ptr_array_index(recorded->former_names, i);
        obstacle = find_obstacle(observed, former->name);
    }
    return obstacle;
}

static gboolean is_busy(const RecordNames *names, const RecordDomain *recorded)
{
    return recorded->operation == OPERATION_MIGRATE ||
           (names->busy != NULL && g_hash_table_contains(names->busy, recorded->name));
}

/* ---- several records of one domain ---- */

/* The one that knows more of what runs: of an operation there is but one, and the name that the
 * spec gives is the newer. */
static gboolean is_better(const RecordDomain *one, const RecordDomain *other, const Domain *owner)
{
    if ((one->operation != OPERATION_NONE) != (other->operation != OPERATION_NONE)) {
        return one->operation != OPERATION_NONE;
    }
    if (owner != NULL && strcmp(one->name, owner->name) == 0) {
        return TRUE;
    }
    if (owner != NULL && strcmp(other->name, owner->name) == 0) {
        return FALSE;
    }
    if (one->is_running != other->is_running) {
        return one->is_running;
    }
    return strcmp(one->name, other->name) < 0;
}

static void take_text(char **to, const char *from)
{
    if (*to == NULL) {
        *to = g_strdup(from);
    }
}

/* Is it known with what the domain runs that is in the list? */
static gboolean is_of_row(const RecordDomain *recorded, const Observed *observed)
{
    gboolean is_seen = FALSE;
    for (guint i = 0; i < observed->domains->len && !is_seen; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        is_seen = strcmp(row->uuid, recorded->uuid) == 0 && row->domid == recorded->domid;
    }
    return is_seen && recorded->is_running && recorded->settings != NULL;
}

/* Either may be right: no disk of the two must go to another domain, and what Xen's monitor has is
 * to be given anew. */
static void take_settings_of_both(RecordDomain *to, const RecordDomain *from)
{
    g_autofree char *settings = g_steal_pointer(&to->settings);
    g_autofree char *stored = g_steal_pointer(&to->stored);
    to->settings = record_settings_with_disks(settings, from->settings);
    to->stored = record_settings_with_disks(stored, from->stored);
    to->is_storing = to->is_storing || from->is_storing ||
                     (stored != NULL && from->stored != NULL && strcmp(stored, from->stored) != 0);
}

static void take_settings(RecordDomain *to, const RecordDomain *from, const Observed *observed)
{
    gboolean is_to = is_of_row(to, observed);
    gboolean is_from = is_of_row(from, observed);
    if (is_to == is_from) {
        take_settings_of_both(to, from);
    } else if (is_from) {
        record_domain_set_running(to, from->domid, from->boot_id);
        record_domain_drop_stored(to);
        g_free(to->settings);
        to->settings = g_strdup(from->settings);
        to->stored = g_strdup(from->stored);
        to->is_storing = from->is_storing;
    }
}

/* Nothing that holds the domain, or tells what it has, is lost. */
static void take_in(RecordDomain *to, const RecordDomain *from, const Observed *observed)
{
    take_settings(to, from, observed);
    if (from->is_running && !to->is_running) {
        record_domain_set_running(to, from->domid, from->boot_id);
    }
    to->is_claimed = to->is_claimed || from->is_claimed;
    to->is_protected = to->is_protected || from->is_protected;
    take_text(&to->claim, from->claim);
    if (to->attempts->len == 0 && from->tried_digest != NULL) {
        g_array_append_vals(to->attempts, from->attempts->data, from->attempts->len);
        g_free(to->tried_digest);
        to->tried_digest = g_strdup(from->tried_digest);
    }
    for (guint i = 0; i < from->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(from->former_names, i);
        record_domain_put_former(to, former->name, former->config_digest);
    }
    record_domain_put_former(to, from->name, from->config_digest);
    record_domain_drop_former(to, to->name);
}

static gboolean merge(const RecordNames *names)
{
    gboolean is_changed = FALSE;
    if (g_hash_table_size(names->record->by_uuid) == g_hash_table_size(names->record->domains)) {
        return FALSE;
    }
    g_autoptr(GHashTable) owners = record_index_owners(names->record, names->desired);
    g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GList) all =
        g_list_sort(g_hash_table_get_keys(names->record->domains), (GCompareFunc)strcmp);
    for (const GList *link = all; link != NULL; link = link->next) {
        RecordDomain *recorded = record_find(names->record, link->data);
        RecordDomain *other = g_hash_table_lookup(kept, recorded->uuid);
        if (other != NULL && other->operation != OPERATION_NONE &&
            recorded->operation != OPERATION_NONE) {
            /* They wait until it is known how these have ended; either holds for both. */
            gboolean is_protected = other->is_protected || recorded->is_protected;
            is_changed = is_changed || other->is_protected != recorded->is_protected;
            other->is_protected = recorded->is_protected = is_protected;
            continue;
        }
        if (other == NULL) {
            g_hash_table_replace(kept, recorded->uuid, recorded);
            continue;
        }
        gboolean is_newer = is_better(recorded, other, g_hash_table_lookup(owners, recorded->uuid));
        RecordDomain *to = is_newer ? recorded : other;
        RecordDomain *from = is_newer ? other : recorded;
        take_in(to, from, names->observed);
        g_hash_table_replace(kept, to->uuid, to);
        record_forget(names->record, from->name);
        g_hash_table_replace(names->record->by_uuid, to->uuid, to);
        is_changed = TRUE;
    }
    return is_changed;
}

/* ---- other names ---- */

/* Must the record stay where it is, although the spec gives its name to another domain? */
static gboolean is_kept(const RecordNames *names, GHashTable *owners, GHashTable *here,
                        const RecordDomain *recorded)
{
    return record_may_come_back(recorded, names->observed, names->missing_before) ||
           recorded->is_protected || recorded->operation != OPERATION_NONE ||
           record_find_obstacle(recorded, names->observed) != NULL ||
           g_hash_table_contains(owners, recorded->uuid) ||
           g_hash_table_contains(here, recorded->uuid);
}

static GHashTable *index_here(const Observed *observed)
{
    GHashTable *here = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < observed->domains->len; i++) {
        g_hash_table_add(here, ((ObservedDomain *)g_ptr_array_index(observed->domains, i))->uuid);
    }
    return here;
}

/* The records that the spec calls otherwise, and that nothing keeps: an array of RecordDomain, and
 * their names. */
static GPtrArray *find_renamed(const RecordNames *names, GHashTable *owners, GHashTable *leaving)
{
    GPtrArray *renamed = g_ptr_array_new();
    GHashTableIter iterator;
    RecordDomain *recorded = NULL;
    g_hash_table_iter_init(&iterator, names->record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&recorded)) {
        const Domain *owner = record_find_owner(recorded, names->desired, owners);
        if (owner != NULL && strcmp(owner->name, recorded->name) != 0 &&
            !is_busy(names, recorded) &&
            record_find_uuid(names->record, recorded->uuid) == recorded) {
            g_ptr_array_add(renamed, recorded);
            g_hash_table_add(leaving, recorded->name);
        }
    }
    return renamed;
}

/* Leaves those where they are whose new name does not become free, until no more are. */
static void leave_blocked(const RecordNames *names, GHashTable *owners, GPtrArray *renamed,
                          GHashTable *leaving)
{
    g_autoptr(GHashTable) here = index_here(names->observed);
    for (gboolean is_changed = TRUE; is_changed;) {
        is_changed = FALSE;
        for (guint i = renamed->len; i > 0; i--) {
            const RecordDomain *recorded = g_ptr_array_index(renamed, i - 1);
            const Domain *owner = g_hash_table_lookup(owners, recorded->uuid);
            const RecordDomain *before = record_find(names->record, owner->name);
            if (before != NULL && !g_hash_table_contains(leaving, before->name) &&
                is_kept(names, owners, here, before)) {
                g_hash_table_remove(leaving, recorded->name);
                g_ptr_array_remove_index_fast(renamed, i - 1);
                is_changed = TRUE;
            }
        }
    }
}

/* A place in the table that no domain can have as its name. */
static char *passing_name(const RecordDomain *recorded)
{
    return g_strconcat(" ", recorded->uuid, NULL);
}

/* Of a record that moves: its new name, and the digest of the config file of that name. */
typedef struct {
    RecordDomain *recorded;
    const Domain *owner;
    char *config_digest;
} Renaming;

static void rename_all(Record *record, GHashTable *owners, const GPtrArray *renamed)
{
    g_autoptr(GArray) renamings = g_array_new(FALSE, FALSE, sizeof(Renaming));
    for (guint i = 0; i < renamed->len; i++) {
        RecordDomain *recorded = g_ptr_array_index(renamed, i);
        Renaming renaming = {recorded, g_hash_table_lookup(owners, recorded->uuid), NULL};
        renaming.config_digest = g_strdup(record_config_digest(record, renaming.owner->name));
        g_array_append_val(renamings, renaming);
    }
    for (guint i = 0; i < renamings->len; i++) {
        RecordDomain *recorded = g_array_index(renamings, Renaming, i).recorded;
        g_autofree char *passing = passing_name(recorded);
        record_domain_put_former(recorded, recorded->name, recorded->config_digest);
        record_rename(record, recorded, passing);
    }
    for (guint i = 0; i < renamings->len; i++) {
        const Renaming *renaming = &g_array_index(renamings, Renaming, i);
        RecordDomain *recorded = renaming->recorded;
        record_forget(record, renaming->owner->name);
        record_rename(record, recorded, renaming->owner->name);
        record_domain_drop_former(recorded, recorded->name);
        g_free(recorded->config_digest);
        recorded->config_digest = renaming->config_digest;
        /* Nobody has taken over what has this name. */
        recorded->is_adopted = FALSE;
    }
}

gboolean record_follow_names(const RecordNames *names)
{
    gboolean is_changed = merge(names);
    g_autoptr(GHashTable) owners = record_index_owners(names->record, names->desired);
    g_autoptr(GHashTable) leaving = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) renamed = find_renamed(names, owners, leaving);
    leave_blocked(names, owners, renamed, leaving);
    rename_all(names->record, owners, renamed);
    return is_changed || renamed->len > 0;
}

/* ---- former names ---- */

/* Does the domain run under its name, or not at all? */
static gboolean has_left_names(const RecordDomain *recorded, const Observed *observed)
{
    gboolean is_here = FALSE;
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (strcmp(row->uuid, recorded->uuid) == 0) {
            is_here = TRUE;
            if (strcmp(row->name, recorded->name) != 0) {
                return FALSE;
            }
        }
    }
    return is_here == recorded->is_running && recorded->operation == OPERATION_NONE;
}

/* Is nothing of this name here, of what was the domain's? */
static gboolean is_nothing_left(const RecordNames *names, const char *name)
{
    const ObservedConfig *config = g_hash_table_lookup(names->observed->configs, name);
    gboolean is_anothers =
        spec_find(names->desired, name) != NULL || record_find(names->record, name) != NULL;
    return config != NULL && config->obstacle == NULL && config->boot_link == NULL &&
           (!config->exists || is_anothers);
}

gboolean record_drop_former_names(const RecordNames *names)
{
    gboolean is_changed = FALSE;
    GHashTableIter iterator;
    RecordDomain *recorded = NULL;
    g_hash_table_iter_init(&iterator, names->record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&recorded)) {
        GPtrArray *former_names = recorded->former_names;
        if (former_names->len == 0 || !has_left_names(recorded, names->observed)) {
            continue;
        }
        for (guint i = former_names->len; i > 0; i--) {
            const FormerName *former = g_ptr_array_index(former_names, i - 1);
            if (is_nothing_left(names, former->name)) {
                g_ptr_array_remove_index(former_names, i - 1);
                is_changed = TRUE;
            }
        }
    }
    return is_changed;
}
