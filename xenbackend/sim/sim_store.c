#include "xenbackend/sim/sim_store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void make_name(char *name, gsize size, gint64 domid, gboolean is_update)
{
    g_snprintf(name, (gulong)size, "%" G_GINT64_FORMAT "%s", domid, is_update ? ".new" : "");
}

void sim_store_write_config(const SimHost *host, gint64 domid, const char *text, gboolean is_update)
{
    char name[40];
    make_name(name, sizeof name, domid, is_update);
    sim_host_write(host->configs_fd, name, text, strlen(text));
}

char *sim_store_read_config(const SimHost *host, gint64 domid, gboolean is_update)
{
    char name[40];
    make_name(name, sizeof name, domid, is_update);
    return sim_host_read(host->configs_fd, name, NULL);
}

char *sim_store_format(const SimGuest *guest, const char *config_text)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < guest->disks->len; i++) {
        g_autofree char *disk = sim_disk_format(g_ptr_array_index(guest->disks, i));
        g_string_append_printf(text, "disk %s\n", g_strdelimit(disk, "\n", ' '));
    }
    for (guint i = 0; i < guest->vifs->len; i++) {
        const SimVif *vif = g_ptr_array_index(guest->vifs, i);
        g_autofree char *spec = sim_vif_format(vif);
        g_string_append_printf(text, "vif %u %s\n", vif->devid, g_strdelimit(spec, "\n", ' '));
    }
    g_string_append_c(text, '\n');
    g_string_append(text, config_text);
    return g_string_free(text, FALSE);
}

static void read_device(SimGuest *guest, const char *line)
{
    g_autoptr(GString) report = g_string_new(NULL);
    if (g_str_has_prefix(line, "disk ")) {
        const char *spec = line + 5;
        XenDiskText *disk = xen_disk_text_parse("", &spec, 1, report);
        if (disk != NULL)
            g_ptr_array_add(guest->disks, disk);
    } else if (g_str_has_prefix(line, "vif ")) {
        char *spec = NULL;
        guint64 devid = g_ascii_strtoull(line + 4, &spec, 10);
        SimVif *vif = sim_vif_parse("", spec + strspn(spec, " "), report);
        if (vif != NULL) {
            vif->devid = (guint32)devid;
            g_ptr_array_add(guest->vifs, vif);
        }
    }
}

SimGuest *sim_store_read_guest(const SimHost *host, const SimDomain *domain, char **config_text)
{
    g_autofree char *text = sim_store_read_config(host, domain->domid, FALSE);
    if (text == NULL)
        return NULL;
    char *config_start = g_str_has_prefix(text, "\n") ? text : strstr(text, "\n\n");
    if (config_start == NULL)
        return NULL;
    gboolean has_devices = config_start != text;
    *config_start = '\0';
    config_start += has_devices ? 2 : 1;
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("", config_start, strlen(config_start), report);
    int exit_code = 0;
    SimGuest *guest = config == NULL ? NULL : sim_guest_read("", config, report, &exit_code);
    if (guest == NULL)
        return NULL;
    g_ptr_array_set_size(guest->disks, 0);
    g_ptr_array_set_size(guest->vifs, 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        read_device(guest, lines[i]);
    if (config_text != NULL)
        *config_text = g_strdup(config_start);
    return guest;
}

char *sim_store_take_config(const SimHost *host, SimDomain *domain)
{
    g_autofree char *update = sim_store_read_config(host, domain->domid, TRUE);
    if (update == NULL)
        return sim_store_read_config(host, domain->domid, FALSE);
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("<updated>", update, strlen(update), report);
    int exit_code = 0;
    g_autoptr(SimGuest) guest =
        config == NULL ? NULL : sim_guest_read("<updated>", config, report, &exit_code);
    if (guest == NULL)
        return sim_store_read_config(host, domain->domid, FALSE);
    for (guint i = 0; i < guest->vifs->len; i++)
        sim_vif_complete(g_ptr_array_index(guest->vifs, i));
    sim_store_apply(host, guest, domain);
    return sim_store_format(guest, update);
}

static void apply_duration(const SimGuest *guest, const char *key, gint64 *duration_ms)
{
    g_autofree char *text = sim_guest_option(guest, key);
    if (text != NULL)
        sim_duration_parse(text, duration_ms);
}

static gint64 option_is_off(const SimGuest *guest, const char *key)
{
    g_autofree char *text = sim_guest_option(guest, key);
    return g_strcmp0(text, "no") == 0;
}

void sim_store_apply(const SimHost *host, const SimGuest *guest, SimDomain *domain)
{
    const SimSettings *settings = &host->settings;
    g_free(domain->name);
    domain->name = g_strdup(guest->name);
    g_strlcpy(domain->uuid, guest->uuid, sizeof domain->uuid);
    domain->type = guest->type;
    domain->memory_kib = domain->target_kib = (gint64)guest->target_kib;
    domain->maximum_kib = (gint64)guest->maximum_kib;
    domain->vcpus = guest->vcpus;
    domain->maximum_vcpus = guest->maximum_vcpus;
    domain->weight = guest->weight;
    domain->cap = guest->cap;
    domain->on_poweroff = guest->on_poweroff;
    domain->on_reboot = guest->on_reboot;
    domain->on_crash = guest->on_crash;
    domain->on_watchdog = guest->on_watchdog;
    SimMode mode = settings->mode;
    g_autofree char *wanted_mode = sim_guest_option(guest, "mode");
    if (wanted_mode != NULL)
        sim_mode_parse(wanted_mode, &mode);
    domain->mode = mode;
    domain->boot_ms = settings->boot_ms;
    domain->shutdown_ms =
        mode == SIM_MODE_SLOW ? settings->slow_shutdown_ms : settings->shutdown_ms;
    domain->after_ms = settings->after_ms;
    apply_duration(guest, "boot", &domain->boot_ms);
    apply_duration(guest, "shutdown", &domain->shutdown_ms);
    apply_duration(guest, "after", &domain->after_ms);
    domain->has_pv_drivers = !option_is_off(guest, "pv");
    domain->follows_target = !option_is_off(guest, "balloon");
}
