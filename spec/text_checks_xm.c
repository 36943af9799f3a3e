/* What xm takes less of than xl within a text: the rest of what the row's own check takes would be
 * read as something else, or not at all. Facts: Xen up to 4.4, tools/python/xen. */
#include "spec/text_checks.h"

#include <string.h>

/* xend/XendConfig.py:_convert_cpus_to_list. */
static gboolean is_cpu_range(const char *text)
{
    gsize digits = strspn(text, "0123456789");
    if (digits == 0) {
        return FALSE;
    }
    if (text[digits] != '-') {
        return text[digits] == '\0';
    }
    const char *last = text + digits + 1;
    gsize last_digits = strspn(last, "0123456789");
    return last_digits > 0 && last[last_digits] == '\0';
}

const char *check_xm_cpus(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    gboolean is_right = TRUE;
    for (guint i = 0; is_right && parts[i] != NULL; i++) {
        const char *part = parts[i];
        is_right = part[0] == '^' ? strchr(part, '-') == NULL && is_cpu_range(part + 1)
                                  : is_cpu_range(part);
    }
    return is_right ? NULL : "physical CPUs such as \"0-3,^2\" (xm knows no words and no ^N-M)";
}

/* xm/create.py:preprocess_cpuid. */
const char *check_xm_cpuid(const char *text)
{
    return g_str_has_prefix(text, "host") ? "a list of registers (xm knows no policy)" : NULL;
}

/* util/pci.py:parse_pci_opts. */
const char *check_xm_pci(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 1; parts[0] != NULL && parts[i] != NULL; i++) {
        if (!g_str_has_prefix(parts[i], "msitranslate=") &&
            !g_str_has_prefix(parts[i], "power_mgmt=")) {
            return "no options but msitranslate and power_mgmt (xm knows no others)";
        }
    }
    return NULL;
}

/* xend/server/netif.py:rate_re; what does not match is no limit at all. */
const char *check_xm_rate(const char *text)
{
    return strchr(text, '@') != NULL && text[strlen(text) - 1] != 's'
               ? "a rate whose interval has a unit, such as \"250KB/s@20ms\""
               : NULL;
}

/* util/blkif.py:blkdev_name_to_number. The row's own check has seen to the limits of hd and sd. */
const char *check_xm_vdev(const char *text)
{
    static const char expected[] = "a device that xm knows, such as xvda (to xvdiz15), hdc or sdb1";
    if (!g_str_has_prefix(text, "xvd")) {
        return text[0] == 'd' ? expected : NULL;
    }
    gsize letters = strspn(text + 3, "abcdefghijklmnopqrstuvwxyz");
    gboolean is_far = letters > 2 || (letters == 2 && text[3] > 'i');
    guint64 partition = g_ascii_strtoull(text + 3 + letters, NULL, 10);
    return is_far || partition > 15 ? expected : NULL;
}

const char *check_xm_vnclisten(const char *text)
{
    const char *colon = strrchr(text, ':');
    gboolean is_display = colon != NULL && colon[1] != '\0' &&
                          colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
                          (memchr(text, ':', (gsize)(colon - text)) == NULL || colon[-1] == ']');
    return is_display ? "an address alone (xm has `vncdisplay` for the display)" : NULL;
}
