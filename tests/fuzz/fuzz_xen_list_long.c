/* xen_list_long_parse: any bytes, and what must hold of every result. */
#include "xenbackend/xen_list_long.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is seen can be written down, and is nobody's secret. */
static void check_settings(const SeenSettings *seen)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < seen->settings->count; i++) {
        const Value *value = &seen->settings->values[i];
        g_assert(domain_keys.rows[value->key].seen != SEEN_NOWHERE);
        value_format(&domain_keys, value, text);
    }
    g_assert(g_utf8_validate(text->str, (gssize)text->len, NULL));
    for (guint i = 0; i < seen->unread->len; i++) {
        const SeenMember *member = g_ptr_array_index(seen->unread, i);
        g_assert(member->value == NULL || strstr(member->path, "passw") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(ObservedDomain) domain = observed_domain_new();
    domain->domid = 1;
    domain->target_mib = 11;
    domain->vcpus_maximum = 44;
    g_autofree char *trouble = NULL;
    gboolean is_read = xen_list_long_parse((const char *)data, size, domain, &trouble);
    g_assert(is_read == (trouble == NULL));
    g_assert(is_read == domain->has_details && is_read == (domain->settings != NULL));
    g_assert(domain->domid == 1);
    if (is_read) {
        g_assert(domain->target_mib > 0);
        check_settings(domain->settings);
    } else {
        g_assert(domain->target_mib == 11 && domain->vcpus_maximum == 44);
    }
    return 0;
}
