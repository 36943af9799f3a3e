/* xen_list_parse: any bytes, and what must hold of every result. */
#include "xenbackend/xen_list.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const ObservedDomain *row)
{
    g_assert(row->name != NULL && strchr(row->name, '\n') == NULL);
    g_assert(row->uuid[0] == '\0' || strlen(row->uuid) == UUID_TEXT_SIZE - 1);
    g_assert(row->is_shut_down == (row->reason != SHUTDOWN_REASON_NONE));
    g_assert(!row->has_details);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Observed) observed = observed_new();
    xen_list_parse((const char *)data, size, observed);
    g_assert((observed->state == OBSERVATION_COMPLETE) == (observed->trouble == NULL));
    g_autoptr(GHashTable) domids = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        check_row(row);
        g_assert(g_hash_table_add(domids, GUINT_TO_POINTER(row->domid)));
    }
    if (observed->state == OBSERVATION_UNKNOWN) {
        g_assert(observed->domains->len == 0);
    } else {
        g_assert(observed_find_domid(observed, 0) != NULL);
    }
    /* Every line of a complete list is a row, but the first. */
    if (observed->state == OBSERVATION_COMPLETE) {
        gsize lines = 0;
        for (size_t i = 0; i < size; i++) {
            lines += data[i] == '\n';
        }
        g_assert(observed->domains->len == lines - 1);
    }
    return 0;
}
