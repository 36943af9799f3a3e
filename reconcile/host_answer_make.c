/* What this host says of itself when another one asks. */
#include "reconcile/host_answer_make.h"

#include "reconcile/record_settings.h"

#include <string.h>

static AnswerSeen see(const ObservedDomain *row)
{
    return row->is_shut_down || row->is_dying ? ANSWER_SEEN_SHUT_DOWN
           : row->is_paused                   ? ANSWER_SEEN_PAUSED
                                              : ANSWER_SEEN_RUNNING;
}

/* What was begun and is not known to be over may have made, or kept, the domain here. */
static AnswerRecorded recall(const RecordDomain *recorded)
{
    return recorded->is_running || recorded->operation != OPERATION_NONE ? ANSWER_RECORDED_RUNNING
           : recorded->is_claimed                                        ? ANSWER_RECORDED_CLAIMED
                                                                         : ANSWER_RECORDED_KNOWN;
}

/* Those of a text of settings. */
static void tell_disks(AnswerDomain *domain, const char *settings)
{
    g_autoptr(RecordedSettings) recorded = recorded_settings_read_key(settings, DOMAIN_KEY_disks);
    const Value *disks =
        recorded != NULL ? settings_get(recorded->settings, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        if (settings_own_text(disk, DISK_KEY_path) != NULL) {
            answer_domain_add_disk(domain, settings_own_text(disk, DISK_KEY_path),
                                   settings_own_text(disk, DISK_KEY_script),
                                   settings_own_text(disk, DISK_KEY_backend),
                                   disk_is_writable(disk));
        }
    }
}

typedef struct {
    const Record *record;
    HostAnswer *answer;
    AnswerSeen unseen;      /* what is said of a domain that is in no list */
    GHashTable *told_uuids; /* of these something is said already */
    GHashTable *wanted_uuids;
    GHashTable *records_by_uuid; /* uuid -> GPtrArray of RecordDomain */
} Making;

/* Adds what one record says. Of several of one domain the strongest word counts, and the disks of
 * all: which of them is right, whoever asks cannot know. */
static void tell_recorded(AnswerDomain *domain, const RecordDomain *recorded)
{
    AnswerRecorded recalled = recall(recorded);
    gboolean is_seen = domain->seen != ANSWER_SEEN_ABSENT && domain->seen != ANSWER_SEEN_UNKNOWN;
    domain->recorded = MAX(domain->recorded, recalled);
    /* A guest that reboots, or is restarted, is in no list for a moment. */
    if (is_seen || recalled == ANSWER_RECORDED_RUNNING) {
        tell_disks(domain, recorded->settings);
        tell_disks(domain, recorded->stored);
    }
}

static void tell(Making *making, const char *name, const char *uuid, AnswerSeen seen)
{
    AnswerDomain *domain = host_answer_add(making->answer, name, uuid);
    domain->seen = seen;
    domain->recorded = ANSWER_RECORDED_NOT;
    const GPtrArray *records = g_hash_table_lookup(making->records_by_uuid, uuid);
    for (guint i = 0; records != NULL && i < records->len; i++) {
        tell_recorded(domain, g_ptr_array_index(records, i));
    }
    const RecordDomain *named = *uuid == '\0' ? record_find(making->record, name) : NULL;
    if (named != NULL) {
        tell_recorded(domain, named);
    }
    domain->is_wanted = g_hash_table_contains(making->wanted_uuids, uuid);
    g_hash_table_add(making->told_uuids, domain->uuid);
}

static void tell_rest(Making *making)
{
    g_autoptr(GList) names = g_hash_table_get_keys(making->record->domains);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        const RecordDomain *recorded = record_find(making->record, link->data);
        if (!g_hash_table_contains(making->told_uuids, recorded->uuid)) {
            tell(making, recorded->name, recorded->uuid, making->unseen);
        }
    }
    GHashTableIter iterator;
    gpointer name, uuid;
    g_hash_table_iter_init(&iterator, making->record->wanted);
    while (g_hash_table_iter_next(&iterator, &name, &uuid)) {
        if (!g_hash_table_contains(making->told_uuids, uuid)) {
            tell(making, name, uuid, making->unseen);
        }
    }
}

static GHashTable *index_records(const Record *record)
{
    GHashTable *records =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    GHashTableIter iterator;
    RecordDomain *recorded = NULL;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, (gpointer *)&recorded)) {
        GPtrArray *same = g_hash_table_lookup(records, recorded->uuid);
        if (same == NULL) {
            same = g_ptr_array_new();
            g_hash_table_insert(records, recorded->uuid, same);
        }
        g_ptr_array_add(same, recorded);
    }
    return records;
}

/* Not those that an operator here knows to run nothing any more. */
static void tell_hosts(const Record *record, HostAnswer *answer)
{
    g_autoptr(GList) names = g_hash_table_get_keys(record->hosts);
    names = g_list_sort(names, (GCompareFunc)strcmp);
    for (GList *link = names; link != NULL; link = link->next) {
        const RecordHost *host = g_hash_table_lookup(record->hosts, link->data);
        if (!host->is_forgotten) {
            g_ptr_array_add(answer->hosts, g_strdup(link->data));
        }
    }
}

HostAnswer *host_answer_make(const Record *record, const Observed *observed, const char *host,
                             gint64 now)
{
    gboolean is_known = observed->state == OBSERVATION_COMPLETE;
    HostAnswer *answer = host_answer_new();
    answer->host = g_strdup(host);
    answer->fleet = g_strdup(record->fleet);
    answer->has_generation = record->has_generation;
    answer->generation = record->generation;
    answer->time = now;
    answer->list_trouble =
        is_known ? NULL
                 : g_strdup(observed->trouble != NULL ? observed->trouble : "there is no list");
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iterator;
    gpointer uuid;
    g_hash_table_iter_init(&iterator, record->wanted);
    while (g_hash_table_iter_next(&iterator, NULL, &uuid)) {
        g_hash_table_add(wanted, uuid);
    }
    g_autoptr(GHashTable) records = index_records(record);
    Making making = {record, answer, is_known ? ANSWER_SEEN_ABSENT : ANSWER_SEEN_UNKNOWN,
                     told,   wanted, records};
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid != 0) {
            tell(&making, row->name, row->uuid, see(row));
        }
    }
    tell_rest(&making);
    tell_hosts(record, answer);
    return answer;
}
