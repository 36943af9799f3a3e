#include "reconcile/record.h"

#include <string.h>

G_DEFINE_QUARK(xensure_record_error, record_error)

static void put_uuid(Record *record, RecordDomain *domain)
{
    if (domain->uuid[0] != '\0') {
        g_hash_table_replace(record->by_uuid, domain->uuid, domain);
    }
}

static void source_free(gpointer data)
{
    RecordSource *source = data;
    g_free(source->name);
    g_free(source->digest);
    g_free(source->commit);
    g_free(source->signers);
    g_free(source->signers_before);
    g_free(source->signers_root);
    g_free(source);
}

static void record_host_free(RecordHost *host)
{
    g_free(host->address);
    g_free(host);
}

Record *record_new(void)
{
    Record *record = g_new0(Record, 1);
    record->domains =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)record_domain_free);
    record->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
    record->sources = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, source_free);
    record->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    record->hosts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)record_host_free);
    return record;
}

void record_free(Record *record)
{
    if (record == NULL) {
        return;
    }
    g_hash_table_unref(record->by_uuid);
    g_hash_table_unref(record->domains);
    g_hash_table_unref(record->wanted);
    g_hash_table_unref(record->hosts);
    g_free(record->fleet);
    g_hash_table_unref(record->sources);
    g_free(record);
}

static void former_name_free(FormerName *former)
{
    g_free(former->name);
    g_free(former->config_digest);
    g_free(former);
}

RecordDomain *record_domain_new(const char *name, const char *uuid)
{
    RecordDomain *domain = g_new0(RecordDomain, 1);
    domain->name = g_strdup(name);
    g_strlcpy(domain->uuid, uuid, sizeof domain->uuid);
    domain->attempts = g_array_new(FALSE, FALSE, sizeof(gint64));
    domain->former_names = g_ptr_array_new_with_free_func((GDestroyNotify)former_name_free);
    return domain;
}

void record_domain_free(RecordDomain *domain)
{
    if (domain == NULL) {
        return;
    }
    g_free(domain->name);
    g_free(domain->boot_id);
    g_free(domain->settings);
    g_free(domain->ran);
    g_free(domain->failed_digest);
    g_free(domain->stored);
    g_free(domain->config_digest);
    g_free(domain->tried_digest);
    g_free(domain->operation_id);
    g_free(domain->claim);
    g_free(domain->move_to);
    g_free(domain->move_trouble);
    g_strfreev(domain->boot_links);
    g_array_unref(domain->attempts);
    g_ptr_array_unref(domain->former_names);
    g_free(domain);
}

RecordDomain *record_domain_copy(const RecordDomain *domain)
{
    RecordDomain *copy = g_memdup2(domain, sizeof *domain);
    copy->name = g_strdup(domain->name);
    copy->boot_id = g_strdup(domain->boot_id);
    copy->settings = g_strdup(domain->settings);
    copy->ran = g_strdup(domain->ran);
    copy->failed_digest = g_strdup(domain->failed_digest);
    copy->stored = g_strdup(domain->stored);
    copy->config_digest = g_strdup(domain->config_digest);
    copy->tried_digest = g_strdup(domain->tried_digest);
    copy->operation_id = g_strdup(domain->operation_id);
    copy->claim = g_strdup(domain->claim);
    copy->move_to = g_strdup(domain->move_to);
    copy->move_trouble = g_strdup(domain->move_trouble);
    copy->boot_links = g_strdupv(domain->boot_links);
    copy->attempts = g_array_copy(domain->attempts);
    copy->former_names = g_ptr_array_new_with_free_func((GDestroyNotify)former_name_free);
    for (guint i = 0; i < domain->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(domain->former_names, i);
        record_domain_put_former(copy, former->name, former->config_digest);
    }
    return copy;
}

static FormerName *find_former(const RecordDomain *domain, const char *name)
{
    for (guint i = 0; i < domain->former_names->len; i++) {
        FormerName *former = g_ptr_array_index(domain->former_names, i);
        if (strcmp(former->name, name) == 0) {
            return former;
        }
    }
    return NULL;
}

const FormerName *record_domain_find_former(const RecordDomain *domain, const char *name)
{
    return find_former(domain, name);
}

void record_domain_put_former(RecordDomain *domain, const char *name, const char *config_digest)
{
    record_domain_drop_former(domain, name);
    FormerName *former = g_new0(FormerName, 1);
    former->name = g_strdup(name);
    former->config_digest = g_strdup(config_digest);
    g_ptr_array_add(domain->former_names, former);
}

void record_domain_drop_former(RecordDomain *domain, const char *name)
{
    FormerName *former = find_former(domain, name);
    if (former != NULL) {
        g_ptr_array_remove(domain->former_names, former);
    }
}

void record_domain_begin(RecordDomain *domain, Operation operation, const char *operation_id)
{
    domain->operation = operation;
    g_free(domain->operation_id);
    domain->operation_id = g_strdup(operation_id);
}

void record_domain_end(RecordDomain *domain)
{
    domain->operation = OPERATION_NONE;
    g_clear_pointer(&domain->operation_id, g_free);
}

void record_domain_set_running(RecordDomain *domain, guint32 domid, const char *boot_id)
{
    domain->is_running = TRUE;
    domain->domid = domid;
    g_free(domain->boot_id);
    domain->boot_id = g_strdup(boot_id);
}

void record_domain_keep_what_ran(RecordDomain *domain, const char *before, const char *after)
{
    if (!domain->is_proved || g_strcmp0(before, after) == 0) {
        return;
    }
    if (before != NULL) {
        g_free(domain->ran);
        domain->ran = g_strdup(before);
    }
    domain->is_proved = FALSE;
}

void record_domain_drop_stored(RecordDomain *domain)
{
    g_clear_pointer(&domain->stored, g_free);
    domain->is_storing = FALSE;
}

RecordDomain *record_find(const Record *record, const char *name)
{
    return g_hash_table_lookup(record->domains, name);
}

RecordDomain *record_find_uuid(const Record *record, const char *uuid)
{
    return g_hash_table_lookup(record->by_uuid, uuid);
}

RecordDomain *record_find_row(const Record *record, const char *name, const char *uuid)
{
    RecordDomain *named = record_find(record, name);
    return named != NULL && strcmp(named->uuid, uuid) == 0 ? named : record_find_uuid(record, uuid);
}

RecordDomain *record_find_former(const Record *record, const char *name)
{
    RecordDomain *found = NULL;
    GHashTableIter iterator;
    RecordDomain *domain = NULL;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&domain)) {
        if (record_domain_find_former(domain, name) != NULL &&
            (found == NULL || strcmp(domain->name, found->name) < 0)) {
            found = domain;
        }
    }
    return found;
}

const char *record_config_digest(const Record *record, const char *name)
{
    const RecordDomain *domain = record_find(record, name);
    if (domain != NULL) {
        return domain->config_digest;
    }
    domain = record_find_former(record, name);
    return domain != NULL ? record_domain_find_former(domain, name)->config_digest : NULL;
}

void record_rename(Record *record, RecordDomain *domain, const char *name)
{
    g_hash_table_steal(record->domains, domain->name);
    g_free(domain->name);
    domain->name = g_strdup(name);
    g_assert(record_find(record, name) == NULL);
    g_hash_table_insert(record->domains, domain->name, domain);
}

void record_put(Record *record, RecordDomain *domain)
{
    record_forget(record, domain->name);
    g_hash_table_insert(record->domains, domain->name, domain);
    put_uuid(record, domain);
}

void record_forget(Record *record, const char *name)
{
    RecordDomain *known = record_find(record, name);
    if (known == NULL) {
        return;
    }
    if (g_hash_table_lookup(record->by_uuid, known->uuid) == known) {
        g_hash_table_remove(record->by_uuid, known->uuid);
    }
    g_hash_table_remove(record->domains, name);
}

const RecordSource *record_find_source(const Record *record, const char *name)
{
    return g_hash_table_lookup(record->sources, name);
}

gboolean record_put_source(Record *record, const RecordSource *source)
{
    const RecordSource *known = record_find_source(record, source->name);
    gboolean is_same = known != NULL && known->is_current == source->is_current &&
                       known->is_configured == source->is_configured &&
                       known->has_generation == source->has_generation &&
                       known->generation == source->generation &&
                       g_strcmp0(known->digest, source->digest) == 0 &&
                       g_strcmp0(known->commit, source->commit) == 0 &&
                       g_strcmp0(known->signers, source->signers) == 0 &&
                       g_strcmp0(known->signers_before, source->signers_before) == 0 &&
                       g_strcmp0(known->signers_root, source->signers_root) == 0 &&
                       known->signers_since == source->signers_since;
    if (!is_same) {
        RecordSource *copy = g_memdup2(source, sizeof *source);
        copy->name = g_strdup(source->name);
        copy->digest = g_strdup(source->digest);
        copy->commit = g_strdup(source->commit);
        copy->signers = g_strdup(source->signers);
        copy->signers_before = g_strdup(source->signers_before);
        copy->signers_root = g_strdup(source->signers_root);
        g_hash_table_replace(record->sources, copy->name, copy);
    }
    return !is_same;
}

void record_put_host(Record *record, const char *name, const char *address, gboolean is_forgotten)
{
    RecordHost *host = g_new0(RecordHost, 1);
    host->address = g_strdup(address);
    host->is_forgotten = is_forgotten;
    g_hash_table_replace(record->hosts, g_strdup(name), host);
}
