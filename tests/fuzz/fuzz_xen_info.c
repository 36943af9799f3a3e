/* xen_info_parse: any bytes, and what must hold of every result. */
#include "xenbackend/xen_info.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(XenInfo) info = xen_info_parse((const char *)data, size);
    g_assert(info->total_memory_mib == -1 || info->total_memory_mib > 0);
    g_assert(info->free_memory_mib >= -1);
    g_assert(info->total_memory_mib == -1 || info->free_memory_mib <= info->total_memory_mib);
    g_assert(info->nr_cpus == -1 || info->nr_cpus > 0);
    /* What is missing is said. */
    gboolean is_whole =
        info->total_memory_mib != -1 && info->free_memory_mib != -1 && info->nr_cpus != -1 &&
        info->nr_nodes != -1 && info->cores_per_socket != -1 && info->threads_per_core != -1 &&
        info->xen_version != NULL && info->xen_commandline != NULL && info->xen_caps != NULL;
    g_assert(is_whole == (info->trouble == NULL));
    return 0;
}
