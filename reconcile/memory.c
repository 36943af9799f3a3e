#include "reconcile/memory.h"

/* Of the guest's page tables in Xen: for each virtual CPU, and for each MiB of its memory. */
#define TABLES_OF_VCPU_KIB 1024
#define TABLES_OF_MIB_KIB  4
/* More than that for any guest. */
#define OVERHEAD_MIB   16
#define OVERHEAD_SHARE 64

static gint64 tables_mib(const Domain *domain)
{
    const Value *given = domain_get(domain, DOMAIN_KEY_shadow_memory);
    if (domain_is(domain, DOMAIN_KEY_type, "pv")) {
        return 0;
    }
    if (given != NULL) {
        return given->integer;
    }
    return (domain_maximum_vcpus(domain) * TABLES_OF_VCPU_KIB +
            domain_maximum_memory_mib(domain) * TABLES_OF_MIB_KIB) /
           1024;
}

gint64 memory_least_mib(const Domain *domain)
{
    return domain_get_integer(domain, DOMAIN_KEY_memory) + tables_mib(domain);
}

gint64 memory_most_mib(guint64 memory_mib)
{
    return (gint64)(memory_mib + memory_mib / OVERHEAD_SHARE + OVERHEAD_MIB);
}

char *memory_describe_lack(gboolean is_restart, gint64 needed_mib, gint64 left_mib)
{
    return g_strdup_printf(
        "it needs %" G_GINT64_FORMAT " MiB%s, and this host has %" G_GINT64_FORMAT
        " MiB left for it%s",
        needed_mib, is_restart ? " more than it has" : "", MAX(left_mib, 0),
        is_restart ? ": its start would fail, so it is not stopped (make room, or give it less "
                     "memory)"
                   : " (stop another domain, or give one less memory)");
}
