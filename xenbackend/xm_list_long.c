#include "xenbackend/xm_list_long.h"

#include "xenbackend/sxp.h"
#include "xenbackend/xen_list_row.h"

#include <string.h>

#define MEMORY_MIB_MOST (G_GUINT64_CONSTANT(1) << 32)
#define VCPUS_MOST      65536
#define STATE_LETTERS   6

/* `status`: Xen up to 4.4, tools/python/xen/xend/XendAPIConstants.py. The hypervisor is asked for
 * it when the entry is made, while the letters of `state` may be older (XendDomain.py:list). */
typedef enum {
    STATUS_HALTED,
    STATUS_PAUSED,
    STATUS_RUNNING,
    STATUS_SUSPENDED,
    STATUS_OTHER
} Status;

/* The entry of a domain that runs. */
typedef struct {
    ObservedDomain *domain;
    Status status;
    gboolean is_met; /* the brief list has it */
} Entry;

static void entry_free(Entry *entry)
{
    observed_domain_free(entry->domain);
    g_free(entry);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)

/* ---- one entry ---- */

static guint64 number_read(const Sxp *sxp, SxpNode node, const char *name, guint64 most)
{
    const char *text = sxp_value(sxp, node, name);
    guint64 number = 0;
    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, most, &number, NULL)) {
        number = 0;
    }
    return number;
}

/* Seconds, as Python prints a float. What is not there is none yet. */
static gboolean time_read(const Sxp *sxp, SxpNode node, guint64 *deciseconds)
{
    const char *text = sxp_value(sxp, node, "cpu_time");
    char *end = NULL;
    double seconds = text != NULL ? g_ascii_strtod(text, &end) : 0;
    if (!(seconds >= 0 && seconds < 1e15) || (text != NULL && (end == text || *end != '\0'))) {
        return FALSE;
    }
    *deciseconds = (guint64)(seconds * 10);
    return TRUE;
}

static Status status_read(const Sxp *sxp, SxpNode node)
{
    const char *text = sxp_value(sxp, node, "status");
    gboolean is_one = text != NULL && text[0] >= '0' && text[0] <= '3' && text[1] == '\0';
    return is_one ? (Status)(text[0] - '0') : STATUS_OTHER;
}

static gboolean uuid_read(const Sxp *sxp, SxpNode node, char uuid[UUID_TEXT_SIZE])
{
    const char *text = sxp_value(sxp, node, "uuid");
    if (text == NULL || !g_uuid_string_is_valid(text)) {
        return FALSE;
    }
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_strlcpy(uuid, lower, UUID_TEXT_SIZE);
    return TRUE;
}

/* What keeps a row from being taken for its remains, or for one that runs, is what is newest. */
static void apply_status(ObservedDomain *domain, Status status)
{
    switch (status) {
    case STATUS_PAUSED:
    case STATUS_RUNNING:
        domain->is_paused = status == STATUS_PAUSED;
        break;
    case STATUS_HALTED:
    case STATUS_SUSPENDED:
        if (!domain->is_shut_down && domain->domid != 0) {
            domain->is_shut_down = TRUE;
            domain->reason =
                status == STATUS_SUSPENDED ? SHUTDOWN_REASON_SUSPEND : SHUTDOWN_REASON_UNKNOWN;
        }
        break;
    case STATUS_OTHER:
        break;
    }
}

static void details_take(ObservedDomain *domain, const ObservedDomain *entry)
{
    gboolean never_ran = domain->is_paused && !domain->is_shut_down && !domain->is_running &&
                         domain->cpu_deciseconds == 0;
    domain->is_incomplete = never_ran;
    if (!never_ran && entry->target_mib > 0) {
        domain->has_details = TRUE;
        domain->target_mib = entry->target_mib;
        domain->maximum_mib = entry->maximum_mib;
        domain->vcpus_maximum = entry->vcpus_maximum;
    }
}

/* FALSE: the entry does not fit. *out is NULL for a domain that does not run. */
static gboolean entry_read(const Sxp *sxp, SxpNode node, Entry **out)
{
    *out = NULL;
    if (!sxp_is_named(sxp, node, "domain")) {
        return FALSE;
    }
    const char *state = sxp_value(sxp, node, "state");
    if (sxp_find(sxp, node, "domid") == 0) {
        return state == NULL;
    }
    const char *domid = sxp_value(sxp, node, "domid");
    const char *name = sxp_value(sxp, node, "name");
    guint64 id = 0;
    g_autoptr(Entry) entry = g_new0(Entry, 1);
    ObservedDomain *domain = entry->domain = observed_domain_new();
    if (domid == NULL || !g_ascii_string_to_unsigned(domid, 10, 0, G_MAXUINT16, &id, NULL) ||
        !uuid_read(sxp, node, domain->uuid) || !time_read(sxp, node, &domain->cpu_deciseconds) ||
        (state != NULL &&
         (strlen(state) != STATE_LETTERS || !xen_list_state_decode(LIST_OF_XM, state, domain)))) {
        return FALSE;
    }
    domain->domid = (guint32)id;
    domain->name = g_strchomp(g_strdup(name != NULL ? name : OBSERVED_NO_NAME));
    domain->memory_mib = number_read(sxp, node, "memory", MEMORY_MIB_MOST);
    domain->target_mib = domain->memory_mib;
    domain->maximum_mib = number_read(sxp, node, "maxmem", MEMORY_MIB_MOST);
    domain->vcpus_maximum = (guint32)number_read(sxp, node, "vcpus", VCPUS_MOST);
    domain->vcpus = (guint32)number_read(sxp, node, "online_vcpus", VCPUS_MOST);
    entry->status = status_read(sxp, node);
    apply_status(domain, entry->status);
    *out = g_steal_pointer(&entry);
    return TRUE;
}

/* ---- the whole list ---- */

/* domid -> Entry; NULL and what is wrong, in words. */
static GHashTable *entries_read(const char *text, gsize length, char **trouble)
{
    g_autoptr(Sxp) sxp = sxp_parse(text, length, trouble);
    if (sxp == NULL) {
        return NULL;
    }
    g_autoptr(GHashTable) entries =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)entry_free);
    guint count = 0;
    for (SxpNode node = sxp_first(sxp); node != 0; node = sxp_next(sxp, node)) {
        Entry *entry = NULL;
        count++;
        if (!entry_read(sxp, node, &entry)) {
            *trouble = g_strdup_printf("entry %u does not fit", count);
            return NULL;
        }
        if (entry == NULL) {
            continue;
        }
        gpointer key = GUINT_TO_POINTER(entry->domain->domid);
        if (g_hash_table_contains(entries, key)) {
            *trouble = g_strdup_printf("entry %u has the id of one before", count);
            entry_free(entry);
            return NULL;
        }
        g_hash_table_insert(entries, key, entry);
    }
    if (!g_hash_table_contains(entries, GUINT_TO_POINTER(0))) {
        *trouble = g_strdup("it has no entry with id 0");
        return NULL;
    }
    return g_steal_pointer(&entries);
}

/* Gives a row of the brief list what the long one says of it. FALSE: they are not of one domain. */
static gboolean row_identify(ObservedDomain *row, GHashTable *entries)
{
    Entry *entry = g_hash_table_lookup(entries, GUINT_TO_POINTER(row->domid));
    if (entry == NULL) {
        return FALSE;
    }
    entry->is_met = TRUE;
    if (strcmp(entry->domain->name, row->name) != 0) {
        return FALSE;
    }
    memcpy(row->uuid, entry->domain->uuid, sizeof row->uuid);
    row->cpu_deciseconds = MAX(row->cpu_deciseconds, entry->domain->cpu_deciseconds);
    apply_status(row, entry->status);
    details_take(row, entry->domain);
    return TRUE;
}

/* Adds what came between the lists. TRUE: there was nothing. */
static gboolean rows_add_unmet(Observed *observed, GHashTable *entries)
{
    GHashTableIter iterator;
    gpointer value;
    gboolean is_none = TRUE;
    g_hash_table_iter_init(&iterator, entries);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        Entry *entry = value;
        if (!entry->is_met) {
            ObservedDomain *row = g_steal_pointer(&entry->domain);
            details_take(row, row);
            g_ptr_array_add(observed->domains, row);
            is_none = FALSE;
        }
    }
    return is_none;
}

gboolean xm_list_identify(const char *text, gsize length, Observed *observed)
{
    g_autofree char *trouble = NULL;
    g_autoptr(GHashTable) entries = entries_read(text, length, &trouble);
    if (entries == NULL) {
        if (observed->trouble == NULL) {
            observed->trouble = g_strconcat("the long list: ", trouble, NULL);
        }
        observed->state = MAX(observed->state, OBSERVATION_PARTIAL);
        return TRUE;
    }
    gboolean agrees = TRUE;
    for (guint i = 0; i < observed->domains->len; i++) {
        agrees = row_identify(g_ptr_array_index(observed->domains, i), entries) && agrees;
    }
    return rows_add_unmet(observed, entries) && agrees;
}

/* ---- the details of one domain ---- */

static char *details_read(const char *text, gsize length, ObservedDomain *domain)
{
    char *trouble = NULL;
    g_autoptr(Sxp) sxp = sxp_parse(text, length, &trouble);
    if (sxp == NULL) {
        return trouble;
    }
    SxpNode node = sxp_first(sxp);
    g_autoptr(Entry) entry = NULL;
    if (node == 0 || sxp_next(sxp, node) != 0 || !entry_read(sxp, node, &entry) || entry == NULL) {
        return g_strdup("the text is not about a domain that runs");
    }
    const ObservedDomain *seen = entry->domain;
    if (seen->domid != domain->domid || strcmp(seen->uuid, domain->uuid) != 0) {
        return g_strdup_printf("the text is about another domain (id %u)", seen->domid);
    }
    if (seen->target_mib == 0) {
        return g_strdup("the text does not say the memory");
    }
    details_take(domain, seen);
    return NULL;
}

gboolean xm_list_long_parse(const char *text, gsize length, ObservedDomain *domain, char **trouble)
{
    g_autofree char *why = details_read(text, length, domain);
    gboolean is_read = why == NULL;
    if (trouble != NULL && why != NULL) {
        *trouble = g_steal_pointer(&why);
    }
    return is_read;
}
