/* xen_list_long_parse_all: any bytes, and what must hold of every result. */
#include "xenbackend/xen_list_long.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED_FOR 5u

/* Rows with the ids and uuids of the corpus; the last is not asked for. */
static Observed *rows_make(GArray *domids)
{
    static const char *const uuids[] = {
        "f98a2217-7980-4372-b35b-e19fe63a8a79", "65ea7393-f722-49be-ae0d-748c597acdf0",
        "b69001cd-4ce2-4c94-8aae-9241a10a1ee0", "b7901f94-aa32-4f14-a70d-87039957553c",
        "238f480b-cec4-46c9-9c21-330dd385e4d7", ""};
    Observed *observed = observed_new();
    for (guint32 i = 0; i < G_N_ELEMENTS(uuids); i++) {
        ObservedDomain *row = observed_domain_new();
        row->domid = i + 1;
        row->target_mib = 11;
        g_strlcpy(row->uuid, uuids[i], sizeof row->uuid);
        g_ptr_array_add(observed->domains, row);
        if (row->domid <= ASKED_FOR) {
            g_array_append_val(domids, row->domid);
        }
    }
    return observed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GArray) domids = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(Observed) observed = rows_make(domids);
    g_autofree char *trouble = NULL;
    gboolean is_read =
        xen_list_long_parse_all((const char *)data, size, observed, domids, &trouble);
    g_assert(is_read == (trouble == NULL));
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        g_assert(row->domid == i + 1 && !row->is_incomplete);
        g_assert(row->has_details == (row->settings != NULL));
        g_assert(row->has_details ? row->target_mib > 0 : row->target_mib == 11);
        g_assert(!row->has_details || (is_read && row->domid <= ASKED_FOR));
    }
    return 0;
}
