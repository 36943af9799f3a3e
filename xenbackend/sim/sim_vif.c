#include "xenbackend/sim/sim_device.h"

#include <stdlib.h>
#include <string.h>

SimVif *sim_vif_new(void)
{
    return g_new0(SimVif, 1);
}

void sim_vif_free(SimVif *vif)
{
    if (vif == NULL)
        return;
    g_free(vif->bridge);
    g_free(vif->model);
    g_free(vif->script);
    g_free(vif->ip);
    g_free(vif->name);
    g_free(vif->backend);
    g_free(vif->gatewaydev);
    g_free(vif->rate);
    g_free(vif->trusted);
    g_free(vif);
}

/* Six numbers with any one character between them. What was read before an error stays, as in xl.
 */
static gboolean read_mac(SimVif *vif, const char *text)
{
    for (guint i = 0; i < 6; i++) {
        char *end = NULL;
        unsigned long number = strtoul(text, &end, 16);
        if (end == text || number > 255)
            return FALSE;
        vif->mac[i] = (guint8)number;
        vif->has_mac = TRUE;
        if (*end == '\0' && i < 5)
            return FALSE;
        text = end + 1;
    }
    return TRUE;
}

/* Xen libxlu_vif.c:xlu_vif_parse_rate; the values are not used. */
static gboolean check_rate(const char *source, const char *rate, GString *report)
{
    g_auto(GStrv) parts = g_strsplit(rate, "@", 2);
    const char *trouble = NULL;
    const char *what = rate;
    if (parts[0] == NULL || *parts[0] == '\0') {
        trouble = "no rate specified";
    } else if (!g_regex_match_simple("^[0-9]+[GMK]?[Bb]/s\\z", parts[0], 0, 0)) {
        trouble = "invalid rate";
        what = parts[0];
    } else if (parts[1] != NULL && !g_regex_match_simple("^[0-9]+[mu]?s?\\z", parts[1], 0, 0)) {
        trouble = "invalid replenishment interval";
        what = parts[1];
    } else {
        guint64 number = g_ascii_strtoull(parts[0], NULL, 0);
        if (number == 0 || number > G_MAXUINT32) {
            trouble = "rate overflow";
            what = parts[0];
        }
    }
    if (trouble == NULL)
        return TRUE;
    g_string_append_printf(report, "%s: config parsing error in vif: %s in `%s'\n", source, trouble,
                           what);
    return FALSE;
}

static void set_text(char **place, const char *value)
{
    g_free(*place);
    *place = g_strdup(value);
}

static gboolean is_ignored_key(const char *key)
{
    static const char *const keys[] = {"accel", "forwarddev", NULL};
    return g_strv_contains(keys, key) || g_str_has_prefix(key, "colo_");
}

static SimVifResult set_key(const char *source, SimVif *vif, const char *key, const char *value,
                            const char *token, GString *report)
{
    if (strcmp(key, "type") == 0) {
        vif->has_type = TRUE;
        vif->is_emulated = strcmp(value, "ioemu") == 0;
        if (vif->is_emulated || strcmp(value, "vif") == 0)
            return SIM_VIF_DONE;
        g_string_append(report, "Invalid parameter `type'.\n");
        return SIM_VIF_BAD;
    }
    if (strcmp(key, "mac") == 0) {
        if (read_mac(vif, value))
            return SIM_VIF_DONE;
        g_string_append(report, "Invalid parameter `mac'.\n");
        return SIM_VIF_BAD;
    }
    if (strcmp(key, "rate") == 0) {
        set_text(&vif->rate, value);
        return check_rate(source, value, report) ? SIM_VIF_DONE : SIM_VIF_FATAL;
    }
    if (strcmp(key, "bridge") == 0) {
        set_text(&vif->bridge, value);
    } else if (strcmp(key, "model") == 0) {
        set_text(&vif->model, value);
    } else if (strcmp(key, "script") == 0) {
        set_text(&vif->script, value);
    } else if (strcmp(key, "ip") == 0) {
        set_text(&vif->ip, value);
    } else if (strcmp(key, "vifname") == 0) {
        set_text(&vif->name, value);
    } else if (strcmp(key, "backend") == 0) {
        set_text(&vif->backend, value);
    } else if (strcmp(key, "gatewaydev") == 0) {
        set_text(&vif->gatewaydev, value);
    } else if (strcmp(key, "mtu") == 0) {
        vif->mtu = (guint32)strtoul(value, NULL, 10);
    } else if (strcmp(key, "devid") == 0) {
        vif->devid = (guint32)strtoul(value, NULL, 10);
        vif->has_devid = TRUE;
    } else if (strcmp(key, "netdev") == 0) {
        set_text(&vif->gatewaydev, value);
        g_string_append(report,
                        "the netdev parameter is deprecated, please use gatewaydev instead\n");
    } else if (!is_ignored_key(key)) {
        g_string_append_printf(report, "unrecognized argument `%s'\n", token);
        return SIM_VIF_BAD;
    }
    return SIM_VIF_DONE;
}

SimVifResult sim_vif_parse_token(const char *source, SimVif *vif, const char *token,
                                 GString *report)
{
    const char *equals = strchr(token, '=');
    if (strcmp(token, "trusted") == 0 || strcmp(token, "untrusted") == 0) {
        set_text(&vif->trusted, *token == 't' ? "True" : "False");
        return SIM_VIF_DONE;
    }
    if (equals == NULL) {
        g_string_append_printf(report, "unrecognized argument `%s'\n", token);
        return SIM_VIF_BAD;
    }
    g_autofree char *key = g_strndup(token, (gsize)(equals - token));
    return set_key(source, vif, key, equals + 1, token, report);
}

SimVif *sim_vif_parse(const char *source, const char *text, GString *report)
{
    g_autoptr(SimVif) vif = sim_vif_new();
    g_auto(GStrv) tokens = g_strsplit(text, ",", -1);
    for (guint i = 0; tokens[i] != NULL; i++) {
        const char *token = tokens[i];
        if (*token == '\0')
            continue;
        token += strspn(token, " ");
        if (sim_vif_parse_token(source, vif, token, report) == SIM_VIF_FATAL)
            return NULL;
    }
    return g_steal_pointer(&vif);
}

void sim_vif_append_mac(const SimVif *vif, GString *out)
{
    for (guint i = 0; i < 6; i++)
        g_string_append_printf(out, "%s%02x", i == 0 ? "" : ":", vif->mac[i]);
}

char *sim_vif_format(const SimVif *vif)
{
    GString *text = g_string_new(NULL);
    if (vif->has_type)
        g_string_append_printf(text, ",type=%s", vif->is_emulated ? "ioemu" : "vif");
    if (vif->has_devid)
        g_string_append_printf(text, ",devid=%u", vif->devid);
    if (vif->has_mac) {
        g_string_append(text, ",mac=");
        sim_vif_append_mac(vif, text);
    }
    if (vif->bridge != NULL)
        g_string_append_printf(text, ",bridge=%s", vif->bridge);
    if (vif->model != NULL)
        g_string_append_printf(text, ",model=%s", vif->model);
    if (vif->script != NULL)
        g_string_append_printf(text, ",script=%s", vif->script);
    if (vif->ip != NULL)
        g_string_append_printf(text, ",ip=%s", vif->ip);
    if (vif->name != NULL)
        g_string_append_printf(text, ",vifname=%s", vif->name);
    if (vif->backend != NULL)
        g_string_append_printf(text, ",backend=%s", vif->backend);
    if (vif->gatewaydev != NULL)
        g_string_append_printf(text, ",gatewaydev=%s", vif->gatewaydev);
    if (vif->rate != NULL)
        g_string_append_printf(text, ",rate=%s", vif->rate);
    if (vif->mtu != 0)
        g_string_append_printf(text, ",mtu=%u", vif->mtu);
    if (vif->trusted != NULL)
        g_string_append(text, *vif->trusted == 'T' ? ",trusted" : ",untrusted");
    if (text->len > 0)
        g_string_erase(text, 0, 1);
    return g_string_free(text, FALSE);
}

void sim_vif_complete(SimVif *vif)
{
    static const guint8 zero[6] = {0};
    if (vif->has_mac && memcmp(vif->mac, zero, 6) != 0)
        return;
    guint32 random = g_random_int();
    const guint8 mac[6] = {0x00,
                           0x16,
                           0x3e,
                           (guint8)(random & 0x7f),
                           (guint8)((random >> 8) & 0xff),
                           (guint8)((random >> 16) & 0xff)};
    memcpy(vif->mac, mac, 6);
    vif->has_mac = TRUE;
}
