/* xm_list_parse and xm_list_identify: a brief list, a NUL, a long list, and what must hold of every
 * result. */
#include "xenbackend/xen_list.h"
#include "xenbackend/xm_list_long.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const ObservedDomain *row, gboolean is_joined)
{
    g_assert(row->name != NULL);
    g_assert(row->uuid[0] == '\0' || g_uuid_string_is_valid(row->uuid));
    g_assert(row->is_shut_down == (row->reason != SHUTDOWN_REASON_NONE));
    g_assert(!row->has_details || row->target_mib > 0);
    g_assert(!row->has_details || !row->is_incomplete);
    g_assert(is_joined || (row->uuid[0] == '\0' && !row->has_details));
}

static void check_all(const Observed *observed, gboolean is_joined)
{
    g_autoptr(GHashTable) domids = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        check_row(row, is_joined);
        g_assert(g_hash_table_add(domids, GUINT_TO_POINTER(row->domid)));
    }
    g_assert((observed->state == OBSERVATION_COMPLETE) == (observed->trouble == NULL));
    g_assert(observed->state == OBSERVATION_UNKNOWN || observed_find_domid(observed, 0) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
    size_t brief_size = nul != NULL ? (size_t)(nul - text) : size;
    g_autoptr(Observed) observed = observed_new();
    xm_list_parse(text, brief_size, observed);
    check_all(observed, FALSE);
    guint rows = observed->domains->len;
    if (nul == NULL || observed->state == OBSERVATION_UNKNOWN) {
        return 0;
    }
    gboolean agrees = xm_list_identify(nul + 1, size - brief_size - 1, observed);
    check_all(observed, TRUE);
    /* No row goes, and lists that agree have the same. */
    g_assert(observed->domains->len >= rows);
    g_assert(!agrees || observed->domains->len == rows);
    for (guint i = 0; agrees && observed->state == OBSERVATION_COMPLETE && i < rows; i++) {
        g_assert(((ObservedDomain *)g_ptr_array_index(observed->domains, i))->uuid[0] != '\0');
    }
    return 0;
}
