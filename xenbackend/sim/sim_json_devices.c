#include "xenbackend/sim/sim_json.h"

#include <string.h>

static void add_flag(SimJson *json, const char *key, XenFlag flag)
{
    if (flag != XEN_FLAG_UNSAID)
        sim_json_add_text(json, key, flag == XEN_FLAG_YES ? "True" : "False");
}

/* What was given when the domain was created: what libxl makes of it is not kept. */
static void add_disk(SimJson *json, const XenDiskText *disk)
{
    sim_json_open(json, NULL, '{');
    sim_json_add_text(json, "backend_domname", disk->backend);
    sim_json_add_text(json, "pdev_path", disk->target);
    sim_json_add_text(json, "vdev", disk->vdev);
    sim_json_add_text(json, "backend", disk->backendtype);
    sim_json_add_text(json, "format", disk->format);
    sim_json_add_text(json, "script", disk->script);
    if (disk->is_cdrom)
        sim_json_add_number(json, "removable", 1);
    if (!disk->is_read_only)
        sim_json_add_number(json, "readwrite", 1);
    if (disk->is_cdrom)
        sim_json_add_number(json, "is_cdrom", 1);
    if (disk->direct_io_safe == XEN_FLAG_YES)
        sim_json_add_text(json, "direct_io_safe", "True");
    add_flag(json, "discard_enable", disk->discard);
    add_flag(json, "trusted", disk->trusted);
    sim_json_close(json, '}');
}

/* As libxlu_vif.c counts. */
static void add_rate(SimJson *json, const char *text)
{
    char *unit = NULL;
    guint64 rate = g_ascii_strtoull(text, &unit, 10);
    const char *interval = strchr(text, '@');
    char *interval_unit = NULL;
    guint64 interval_us =
        interval != NULL ? g_ascii_strtoull(interval + 1, &interval_unit, 10) : 50000;
    if (interval != NULL)
        interval_us *= *interval_unit == 'u' ? 1 : *interval_unit == 'm' ? 1000 : 1000000;
    rate *= *unit == 'G' ? 1000000000 : *unit == 'M' ? 1000000 : *unit == 'K' ? 1000 : 1;
    gboolean is_bits = *unit == 'b' || (*unit != 'B' && unit[1] == 'b');
    sim_json_add_number(json, "rate_bytes_per_interval",
                        (gint64)((is_bits ? rate / 8 : rate) * interval_us / 1000000));
    sim_json_add_number(json, "rate_interval_usecs", (gint64)interval_us);
}

/* Of a domain that runs, libxl adds the MAC address and the kind to what was given. */
static void add_vif(SimJson *json, const SimVif *vif, SimType type, gboolean is_live)
{
    gboolean is_emulated = vif->has_type ? vif->is_emulated : type == SIM_TYPE_HVM;
    sim_json_open(json, NULL, '{');
    sim_json_add_text(json, "backend_domname", vif->backend);
    sim_json_add_number(json, "devid", vif->devid);
    if (vif->mtu != 0)
        sim_json_add_number(json, "mtu", vif->mtu);
    sim_json_add_text(json, "model", vif->model);
    if (vif->has_mac) {
        g_autoptr(GString) mac = g_string_new(NULL);
        sim_vif_append_mac(vif, mac);
        sim_json_add_text(json, "mac", mac->str);
    }
    sim_json_add_text(json, "ip", vif->ip);
    sim_json_add_text(json, "bridge", vif->bridge);
    sim_json_add_text(json, "ifname", vif->name);
    sim_json_add_text(json, "script", vif->script);
    if (vif->has_type || is_live)
        sim_json_add_text(json, "nictype", is_emulated ? "vif_ioemu" : "vif");
    if (vif->rate != NULL)
        add_rate(json, vif->rate);
    sim_json_add_text(json, "gatewaydev", vif->gatewaydev);
    sim_json_add_text(json, "trusted", vif->trusted);
    sim_json_close(json, '}');
}

static void add_others(SimJson *json, const char *key, const GPtrArray *devices)
{
    if (devices->len == 0)
        return;
    sim_json_open(json, key, '[');
    for (guint i = 0; i < devices->len; i++) {
        sim_json_open(json, NULL, '{');
        sim_json_add_members(json, g_ptr_array_index(devices, i), NULL, NULL);
        sim_json_close(json, '}');
    }
    sim_json_close(json, ']');
}

void sim_json_add_devices(SimJson *json, const SimGuest *guest, gboolean is_live)
{
    if (guest->disks->len > 0) {
        sim_json_open(json, "disks", '[');
        for (guint i = 0; i < guest->disks->len; i++)
            add_disk(json, g_ptr_array_index(guest->disks, i));
        sim_json_close(json, ']');
    }
    if (guest->vifs->len > 0) {
        sim_json_open(json, "nics", '[');
        for (guint i = 0; i < guest->vifs->len; i++)
            add_vif(json, g_ptr_array_index(guest->vifs, i), guest->type, is_live);
        sim_json_close(json, ']');
    }
    add_others(json, "pcidevs", guest->pci);
    add_others(json, "vfbs", guest->displays);
    add_others(json, "vkbs", guest->keyboards);
}
