#include "xenbackend/sim/sim_device.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* "xvdb3" with PREFIX "xvd": disk 1, partition 3. */
static gboolean match_letters(const char *vdev, const char *prefix, int disks_max, int parts_max,
                              int *disk, int *partition)
{
    if (!g_str_has_prefix(vdev, prefix))
        return FALSE;
    const char *p = vdev + strlen(prefix);
    long number = 0;
    const char *letters = p;
    for (; g_ascii_islower(*p) && p - letters < 5; p++)
        number = number * 26 + (*p - 'a') + 1;
    number--;
    if (p == letters || number > disks_max)
        return FALSE;
    *partition = 0;
    if (*p != '\0') {
        char *end = NULL;
        if (!g_ascii_isdigit(*p) || *p == '0')
            return FALSE;
        long part = strtol(p, &end, 10);
        if (*end != '\0' || part > parts_max)
            return FALSE;
        *partition = (int)part;
    }
    *disk = (int)number;
    return TRUE;
}

int sim_disk_number(const char *vdev)
{
    int disk = 0;
    int partition = 0;
    if (match_letters(vdev, "xvd", (1 << 20) - 1, 255, &disk, &partition)) {
        if (disk <= 15 && partition <= 15)
            return (202 << 8) | (disk << 4) | partition;
        return (1 << 28) | (disk << 8) | partition;
    }
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(vdev, &end, 0);
    if (errno == 0 && *end == '\0' && number <= INT_MAX)
        return (int)number;
    if (match_letters(vdev, "hd", 3, 63, &disk, &partition))
        return ((disk < 2 ? 3 : 22) << 8) | ((disk & 1) << 6) | partition;
    if (match_letters(vdev, "sd", 15, 15, &disk, &partition))
        return (8 << 8) | (disk << 4) | partition;
    return -1;
}

char *sim_disk_format(const XenDiskText *disk)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "format=%s,vdev=%s,access=%s", disk->format, disk->vdev,
                           disk->is_read_only ? "ro" : "rw");
    if (disk->is_cdrom)
        g_string_append(text, ",devtype=cdrom");
    if (disk->backendtype != NULL)
        g_string_append_printf(text, ",backendtype=%s", disk->backendtype);
    if (disk->backend != NULL)
        g_string_append_printf(text, ",backend=%s", disk->backend);
    if (disk->script != NULL)
        g_string_append_printf(text, ",script=%s", disk->script);
    if (disk->discard != XEN_FLAG_UNSAID)
        g_string_append(text, disk->discard == XEN_FLAG_YES ? ",discard" : ",no-discard");
    if (disk->trusted != XEN_FLAG_UNSAID)
        g_string_append(text, disk->trusted == XEN_FLAG_YES ? ",trusted" : ",untrusted");
    if (disk->direct_io_safe != XEN_FLAG_UNSAID)
        g_string_append(text, ",direct-io-safe");
    /* One comma at the end is lost when it is read. */
    if (disk->target != NULL)
        g_string_append_printf(text, ",target=%s%s", disk->target,
                               g_str_has_suffix(disk->target, ",") ? "," : "");
    return g_string_free(text, FALSE);
}
