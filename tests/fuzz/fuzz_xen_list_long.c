/* xen_list_long_parse: any bytes, and what must hold of every result. */
#include "xenbackend/xen_list_long.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ObservedDomain domain = {.domid = 1, .target_mib = 11, .vcpus_maximum = 44};
    g_autofree char *trouble = NULL;
    gboolean is_read = xen_list_long_parse((const char *)data, size, &domain, &trouble);
    g_assert(is_read == (trouble == NULL));
    g_assert(is_read == domain.has_details);
    g_assert(domain.domid == 1);
    if (is_read) {
        g_assert(domain.target_mib > 0);
    } else {
        g_assert(domain.target_mib == 11 && domain.vcpus_maximum == 44);
    }
    return 0;
}
