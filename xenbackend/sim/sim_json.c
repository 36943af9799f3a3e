#include "xenbackend/sim/sim_json.h"

#include <string.h>

static void append_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '"':
        case '\\':
            g_string_append_printf(out, "\\%c", *text);
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\r':
            g_string_append(out, "\\r");
            break;
        case '\t':
            g_string_append(out, "\\t");
            break;
        case '\b':
            g_string_append(out, "\\b");
            break;
        case '\f':
            g_string_append(out, "\\f");
            break;
        default:
            if ((unsigned char)*text < 0x20)
                g_string_append_printf(out, "\\u%04X", (unsigned char)*text);
            else
                g_string_append_c(out, *text);
        }
    }
    g_string_append_c(out, '"');
}

static void indent(SimJson *json)
{
    for (guint i = 0; i < json->depth; i++)
        g_string_append(json->out, "    ");
}

static void begin_item(SimJson *json, const char *key)
{
    if (json->depth > 0) {
        if (json->has_item)
            g_string_append(json->out, ",\n");
        indent(json);
    }
    json->has_item = TRUE;
    if (key != NULL) {
        append_text(json->out, key);
        g_string_append(json->out, ": ");
    }
}

void sim_json_open(SimJson *json, const char *key, char bracket)
{
    begin_item(json, key);
    g_string_append_c(json->out, bracket);
    g_string_append_c(json->out, '\n');
    json->depth++;
    json->has_item = FALSE;
}

void sim_json_close(SimJson *json, char bracket)
{
    g_string_append_c(json->out, '\n');
    json->depth--;
    indent(json);
    g_string_append_c(json->out, bracket);
    json->has_item = TRUE;
    if (json->depth == 0)
        g_string_append_c(json->out, '\n');
}

static void add_text(SimJson *json, const char *key, const char *text)
{
    if (text == NULL)
        return;
    begin_item(json, key);
    append_text(json->out, text);
}

static void add_number(SimJson *json, const char *key, gint64 number)
{
    begin_item(json, key);
    g_string_append_printf(json->out, "%" G_GINT64_FORMAT, number);
}

static void add_empty(SimJson *json, const char *key)
{
    sim_json_open(json, key, '{');
    sim_json_close(json, '}');
}

static void add_vcpus(SimJson *json, gint64 maximum, gint64 online)
{
    add_number(json, "max_vcpus", maximum);
    sim_json_open(json, "avail_vcpus", '[');
    for (gint64 i = 0; i < online; i++)
        add_number(json, NULL, i);
    sim_json_close(json, ']');
}

static void add_scheduler(SimJson *json, gint64 weight, gint64 cap)
{
    sim_json_open(json, "sched_params", '{');
    add_text(json, "sched", "credit2");
    add_number(json, "weight", weight);
    add_number(json, "cap", cap);
    sim_json_close(json, '}');
}

static void add_type(SimJson *json, const char *type, gboolean is_live)
{
    g_autofree char *key = g_strconcat("type.", type, NULL);
    add_empty(json, key);
    add_empty(json, "arch_arm");
    if (is_live) {
        sim_json_open(json, "arch_x86", '{');
        add_text(json, "msr_relaxed", "False");
        sim_json_close(json, '}');
    } else {
        add_empty(json, "arch_x86");
    }
}

/* Members of b_info that do not change while the domain runs, after its sched_params. */
static void add_boot(SimJson *json, const SimGuest *guest, gboolean is_live)
{
    add_text(json, "claim_mode", "True");
    add_text(json, "kernel", guest->kernel);
    add_text(json, "cmdline", guest->cmdline);
    add_text(json, "ramdisk", guest->ramdisk);
    add_text(json, "bootloader", guest->bootloader);
    add_type(json, sim_type_name(guest->type), is_live);
}

static void add_disk(SimJson *json, const XenDiskText *disk, gboolean is_live)
{
    sim_json_open(json, NULL, '{');
    add_text(json, "pdev_path", disk->target);
    add_text(json, "vdev", disk->vdev);
    /* What the kernel's own backend serves, devices and raw files, is not said. */
    const char *backend = disk->backendtype;
    if (backend == NULL && is_live && strcmp(disk->format, "raw") != 0)
        backend = "qdisk";
    add_text(json, "backend", backend);
    add_text(json, "format", disk->format);
    add_text(json, "script", disk->script);
    if (disk->is_cdrom)
        add_number(json, "removable", 1);
    if (!disk->is_read_only)
        add_number(json, "readwrite", 1);
    if (disk->is_cdrom)
        add_number(json, "is_cdrom", 1);
    sim_json_close(json, '}');
}

static void add_vif(SimJson *json, const SimVif *vif, gboolean is_live)
{
    sim_json_open(json, NULL, '{');
    add_number(json, "devid", vif->devid);
    add_text(json, "model", vif->model);
    if (vif->has_mac) {
        g_autoptr(GString) mac = g_string_new(NULL);
        sim_vif_append_mac(vif, mac);
        add_text(json, "mac", mac->str);
    }
    add_text(json, "ip", vif->ip);
    const char *bridge = vif->bridge;
    if (is_live)
        bridge = bridge == NULL ? "xenbr0" : bridge;
    add_text(json, "bridge", bridge);
    add_text(json, "ifname", vif->name);
    add_text(json, "script", vif->script);
    if (vif->is_emulated || is_live)
        add_text(json, "nictype", vif->is_emulated ? "vif_ioemu" : "vif");
    sim_json_close(json, '}');
}

static void add_devices(SimJson *json, const SimGuest *guest, gboolean is_live)
{
    if (guest->disks->len > 0) {
        sim_json_open(json, "disks", '[');
        for (guint i = 0; i < guest->disks->len; i++)
            add_disk(json, g_ptr_array_index(guest->disks, i), is_live);
        sim_json_close(json, ']');
    }
    if (guest->vifs->len > 0) {
        sim_json_open(json, "nics", '[');
        for (guint i = 0; i < guest->vifs->len; i++)
            add_vif(json, g_ptr_array_index(guest->vifs, i), is_live);
        sim_json_close(json, ']');
    }
}

/* libxl leaves out members with their default, which is destroy for each of these. */
static void add_action(SimJson *json, const char *key, SimAction action)
{
    if (action == SIM_ACTION_DESTROY)
        return;
    if (action == SIM_ACTION_RENAME_RESTART) {
        add_text(json, key, "restart_rename");
        return;
    }
    g_autofree char *name = g_strdup(sim_action_name(action));
    add_text(json, key, g_strdelimit(name, "-", '_'));
}

static void add_actions(SimJson *json, const SimGuest *guest)
{
    add_action(json, "on_poweroff", guest->on_poweroff);
    add_action(json, "on_reboot", guest->on_reboot);
    add_action(json, "on_watchdog", guest->on_watchdog);
    add_action(json, "on_crash", guest->on_crash);
    add_action(json, "on_soft_reset", guest->on_soft_reset);
}

static void add_create_info(SimJson *json, const char *type, const char *name, const char *uuid,
                            gboolean is_live)
{
    sim_json_open(json, "c_info", '{');
    add_text(json, "type", type);
    add_text(json, "name", name);
    if (is_live)
        add_number(json, "domid", G_MAXUINT32);
    add_text(json, "uuid", uuid);
    if (uuid != NULL)
        add_text(json, "run_hotplug_scripts", "True");
    sim_json_close(json, '}');
}

static void add_dom0(SimJson *json, gint64 dom0_kib)
{
    add_create_info(json, "pv", "Domain-0", NULL, FALSE);
    sim_json_open(json, "b_info", '{');
    add_number(json, "max_memkb", dom0_kib);
    /* One KiB short, as on real hosts. */
    add_number(json, "target_memkb", dom0_kib - 1);
    add_scheduler(json, 256, 0);
    add_type(json, "pv", FALSE);
    sim_json_close(json, '}');
}

void sim_json_domain(SimJson *json, const SimDomain *domain, const SimGuest *guest, gint64 dom0_kib)
{
    sim_json_open(json, NULL, '{');
    add_number(json, "domid", guest == NULL ? 0 : domain->domid);
    sim_json_open(json, "config", '{');
    if (guest == NULL) {
        add_dom0(json, dom0_kib);
    } else {
        add_create_info(json, sim_type_name(guest->type), domain->name, domain->uuid, TRUE);
        sim_json_open(json, "b_info", '{');
        add_vcpus(json, domain->maximum_vcpus, domain->vcpus);
        add_number(json, "max_memkb", domain->maximum_kib);
        add_number(json, "target_memkb", domain->target_kib);
        add_number(json, "video_memkb", 0);
        add_scheduler(json, domain->weight, domain->cap);
        add_boot(json, guest, TRUE);
        sim_json_close(json, '}');
        add_devices(json, guest, TRUE);
        add_actions(json, guest);
    }
    sim_json_close(json, '}');
    sim_json_close(json, '}');
}

void sim_json_guest(SimJson *json, const SimGuest *guest)
{
    sim_json_open(json, NULL, '{');
    add_create_info(json, sim_type_name(guest->type), guest->name, guest->uuid, FALSE);
    sim_json_open(json, "b_info", '{');
    if (guest->has_vcpus)
        add_vcpus(json, guest->maximum_vcpus, guest->vcpus);
    if (guest->has_memory) {
        add_number(json, "max_memkb", (gint64)guest->maximum_kib);
        add_number(json, "target_memkb", (gint64)guest->target_kib);
    }
    sim_json_open(json, "sched_params", '{');
    if (guest->has_weight)
        add_number(json, "weight", guest->weight);
    if (guest->has_cap)
        add_number(json, "cap", guest->cap);
    sim_json_close(json, '}');
    add_boot(json, guest, FALSE);
    sim_json_close(json, '}');
    add_devices(json, guest, FALSE);
    add_actions(json, guest);
    sim_json_close(json, '}');
}
