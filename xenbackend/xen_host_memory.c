/* How much memory this host has for guests, where that is known. */
#include "xenbackend/xen_host_parts.h"

#include "xenbackend/file.h"
#include "xenbackend/xen_config_text.h"

#include <string.h>

#define SETTINGS_BYTES_MAX (256u * 1024)

/* Does the toolstack take memory from dom0 where a start lacks some? By its own settings, and where
 * they leave it open, by the command line: Xen tools/xl/xl.c:parse_global_config. What is not known
 * counts as yes. */
static gboolean takes_from_dom0(const XenHost *host, const XenInfo *info)
{
    g_autofree char *path =
        g_strconcat(host->root != NULL ? host->root : "", host->toolstack->settings, NULL);
    g_autoptr(GError) error = NULL;
    /* A simulated host without files of dom0 has none. */
    g_autoptr(GBytes) bytes =
        host->root != NULL ? file_read(path, SETTINGS_BYTES_MAX, &error) : NULL;
    if (error != NULL && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        return TRUE;
    }
    const char *word = "auto";
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) settings = NULL;
    if (bytes != NULL) {
        gsize length = 0;
        const char *text = g_bytes_get_data(bytes, &length);
        settings = xen_config_text_parse(path, text, length, report);
        if (settings == NULL) {
            return TRUE;
        }
        const char *given = xen_config_text_get_string(settings, "autoballoon", NULL);
        word = given != NULL ? given : word;
    }
    gboolean is_off = strcmp(word, "off") == 0 || strcmp(word, "0") == 0;
    gboolean is_auto = strcmp(word, "auto") == 0;
    return !is_off && !(is_auto && xen_info_has_fixed_dom0(info));
}

gint64 xen_host_free_memory_mib(const XenHost *host, const XenInfo *info)
{
    if (info == NULL || info->free_memory_mib < 0 || host->toolstack->settings == NULL ||
        takes_from_dom0(host, info)) {
        return -1;
    }
    return info->free_memory_mib;
}

gint64 xen_host_ask_free_memory_mib(gpointer data)
{
    XenHost *host = data;
    /* Where it would be of no use, nothing is asked. */
    g_autoptr(XenInfo) info = host->toolstack->settings != NULL ? xen_host_info(host, NULL) : NULL;
    return xen_host_free_memory_mib(host, info);
}
