#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A domain whose devices are being changed, under the lock. */
typedef struct {
    GPtrArray *domains;
    SimDomain *domain;
    SimGuest *guest;
    char *config_text;
} Session;

static void session_clear(Session *session)
{
    sim_guest_free(session->guest);
    g_free(session->config_text);
    g_clear_pointer(&session->domains, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Session, session_clear)

/* Takes the lock and reads the domain. FALSE: it is not there (the lock is free again). */
static gboolean session_begin(SimCall *call, gint64 domid, Session *session)
{
    session->domains = sim_host_begin(call->host);
    session->domain = sim_host_find(session->domains, domid);
    if (session->domain != NULL)
        session->guest = sim_store_read_guest(call->host, session->domain, &session->config_text);
    if (session->guest == NULL)
        sim_host_unlock(call->host);
    return session->guest != NULL;
}

static void session_end(SimCall *call, Session *session, gboolean is_changed)
{
    if (is_changed) {
        g_autofree char *text = sim_store_format(session->guest, session->config_text);
        sim_store_write_config(call->host, session->domain->domid, text, FALSE);
    }
    sim_host_unlock(call->host);
}

/* The state of a device (XenbusState): connected (4) once the guest has run, before that
 * initialising (1). */
static int connection(const SimDomain *domain)
{
    return sim_domain_has_run(domain) ? 4 : 1;
}

static int find_disk(const SimGuest *guest, const char *vdev)
{
    for (guint i = 0; i < guest->disks->len; i++) {
        const XenDiskText *disk = g_ptr_array_index(guest->disks, i);
        if (sim_disk_number(disk->vdev) == sim_disk_number(vdev) && sim_disk_number(vdev) >= 0)
            return (int)i;
    }
    return -1;
}

/* The domain is not there: what libxl says before it fails to add a device. */
static void refuse_domain(gint64 domid)
{
    sim_error("libxl: error: libxl_dom.c:37:libxl__domain_type: unable to get domain type for "
              "domid=%d\n",
              (int)domid);
}

/* NULL: nothing against it. */
static char *find_objection(const SimHost *host, gint64 domid, const SimGuest *guest,
                            const XenDiskText *disk)
{
    if (sim_disk_number(disk->vdev) < 0)
        return g_strdup_printf("libxl: error: libxl_disk.c:151:libxl__device_from_disk: Invalid "
                               "virtual disk identifier %s\n",
                               disk->vdev);
    if (find_disk(guest, disk->vdev) >= 0)
        return g_strdup_printf("libxl: error: libxl_disk.c:343:device_disk_add: Domain %d:device "
                               "already exists in xenstore\n",
                               (int)domid);
    if (host->settings.checks_files && disk->target != NULL && *disk->target != '\0' &&
        access(disk->target, F_OK) != 0)
        return g_strdup_printf("libxl: error: libxl_device.c:455:libxl__device_disk_set_backend: "
                               "Disk vdev=%s failed to stat: %s: No such file or directory\n",
                               disk->vdev, disk->target);
    return NULL;
}

int sim_command_block_attach(SimCall *call)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    gint64 domid = 0;
    g_autoptr(GPtrArray) seen = sim_host_look(call->host);
    if (!sim_lookup(seen, call->argv[optind], &domid)) {
        sim_error("%s is an invalid domain identifier\n", call->argv[optind]);
        return 1;
    }
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenDiskText) disk =
        xen_disk_text_parse("command line", (const char *const *)call->argv + optind + 1,
                            (guint)(call->argc - optind - 1), report);
    sim_error("%s", report->str);
    if (disk == NULL)
        return 1;
    g_auto(Session) session = {0};
    g_autofree char *objection = NULL;
    if (session_begin(call, domid, &session)) {
        objection = find_objection(call->host, domid, session.guest, disk);
        if (objection == NULL)
            g_ptr_array_add(session.guest->disks, g_steal_pointer(&disk));
        session_end(call, &session, objection == NULL);
        if (objection == NULL)
            return 0;
        sim_error("%s", objection);
    } else {
        refuse_domain(domid);
    }
    sim_error("libxl: error: libxl_device.c:1486:device_addrm_aocomplete: unable to add device\n"
              "libxl_device_disk_add failed.\n");
    return 1;
}

/* Does the guest of this domain hold on to its devices? Then the time passes that it is given. */
static gboolean wait_for_guest(SimCall *call, gint64 domid)
{
    g_auto(Session) session = {0};
    if (!session_begin(call, domid, &session))
        return FALSE;
    g_autofree char *detach = sim_guest_option(session.guest, "detach");
    session_end(call, &session, FALSE);
    if (g_strcmp0(detach, "no") != 0)
        return FALSE;
    sim_sleep_ms(call->host->settings.detach_timeout_ms);
    return TRUE;
}

static int refuse_detach(gint64 domid, const char *vdev)
{
    int number = sim_disk_number(vdev);
    sim_error("libxl: error: libxl_device.c:1133:device_backend_callback: Domain %d:unable to "
              "remove device with path /local/domain/0/backend/vbd/%d/%d\n"
              "libxl: error: libxl_device.c:1486:device_addrm_aocomplete: unable to remove device\n"
              "libxl_device_disk_safe_remove failed.\n",
              (int)domid, (int)domid, number);
    return 1;
}

int sim_command_block_detach(SimCall *call)
{
    static const struct option long_options[] = {
        {"force", 0, NULL, 'f'}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    int option = 0;
    gboolean is_forced = FALSE;
    while ((option = sim_option(call, "f", long_options, 2)) != -1) {
        if (option == -2)
            return call->exit_code;
        is_forced |= option == 'f';
    }
    const char *vdev = call->argv[optind + 1];
    g_autoptr(GPtrArray) seen = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(seen, call->argv[optind], &domid))
        return 1;
    if (!is_forced && wait_for_guest(call, domid))
        return refuse_detach(domid, vdev);
    g_auto(Session) session = {0};
    int index = -1;
    if (session_begin(call, domid, &session)) {
        index = find_disk(session.guest, vdev);
        if (index >= 0)
            g_ptr_array_remove_index(session.guest->disks, (guint)index);
        session_end(call, &session, index >= 0);
    }
    if (index >= 0)
        return 0;
    if (sim_disk_number(vdev) >= 0)
        sim_error("libxl: error: libxl_disk.c:516:libxl__disk_from_xenstore: disk "
                  "/libxl/%d/device/vbd/%d does not exist (no backend path\n",
                  (int)domid, sim_disk_number(vdev));
    sim_error("Error: Device %s not connected.\n", vdev);
    return 1;
}

int sim_command_block_list(SimCall *call)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    g_string_append_printf(call->out, "%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE",
                           "handle", "state", "evt-ch", "ring-ref", "BE-path");
    for (int i = optind; i < call->argc; i++) {
        g_auto(Session) session = {0};
        gint64 domid = 0;
        g_autoptr(GPtrArray) seen = sim_host_look(call->host);
        if (!sim_lookup(seen, call->argv[i], &domid)) {
            sim_error("%s is an invalid domain identifier\n", call->argv[i]);
            continue;
        }
        if (!session_begin(call, domid, &session))
            continue;
        for (guint j = 0; j < session.guest->disks->len; j++) {
            const XenDiskText *disk = g_ptr_array_index(session.guest->disks, j);
            int number = sim_disk_number(disk->vdev);
            g_autofree char *path =
                g_strdup_printf("/local/domain/0/backend/vbd/%d/%d", (int)domid, number);
            g_string_append_printf(call->out, "%-5d %-3d %-6d %-5d %-6d %-8d %-30s\n", number, 0,
                                   (int)domid, connection(session.domain), 10 + (int)j,
                                   520 + (int)j, path);
        }
        session_end(call, &session, FALSE);
    }
    return 0;
}

/* The devid that a new vif gets: one above the highest. */
static guint32 next_devid(const SimGuest *guest)
{
    guint32 devid = 0;
    for (guint i = 0; i < guest->vifs->len; i++) {
        const SimVif *vif = g_ptr_array_index(guest->vifs, i);
        devid = MAX(devid, vif->devid + 1);
    }
    return devid;
}

static gboolean has_bridge(const SimHost *host, const char *bridge)
{
    if (host->settings.bridges == NULL)
        return TRUE;
    g_auto(GStrv) bridges = g_strsplit_set(host->settings.bridges, ", ", -1);
    return g_strv_contains((const char *const *)bridges, bridge == NULL ? "xenbr0" : bridge);
}

int sim_command_network_attach(SimCall *call)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    g_autoptr(GPtrArray) seen = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(seen, call->argv[optind], &domid))
        return 1;
    g_autoptr(SimVif) vif = sim_vif_new();
    g_autoptr(GString) report = g_string_new(NULL);
    for (int i = optind + 1; i < call->argc; i++) {
        if (sim_vif_parse_token("command line", vif, call->argv[i], report) == SIM_VIF_DONE)
            continue;
        sim_error("%s", report->str);
        return 1;
    }
    sim_error("%s", report->str);
    sim_vif_complete(vif);
    g_auto(Session) session = {0};
    if (session_begin(call, domid, &session)) {
        gboolean is_possible = has_bridge(call->host, vif->bridge);
        if (!vif->has_devid)
            vif->devid = next_devid(session.guest);
        if (!is_possible) {
            sim_print_bridge_failure("online", vif->bridge);
            sim_error("libxl: error: libxl_device.c:1481:device_addrm_aocomplete: Domain %d:"
                      "Unable to add vif with id %u\n",
                      (int)domid, vif->devid);
        }
        /* libxl leaves what it could not connect in xenstore. */
        g_ptr_array_add(session.guest->vifs, g_steal_pointer(&vif));
        session_end(call, &session, TRUE);
        if (is_possible)
            return 0;
    } else {
        refuse_domain(domid);
        sim_error("libxl: error: libxl_device.c:1486:device_addrm_aocomplete: unable to add "
                  "device\n");
    }
    sim_error("libxl_device_nic_add failed.\n");
    return 1;
}

static int find_vif(const SimGuest *guest, const char *text)
{
    for (guint i = 0; i < guest->vifs->len; i++) {
        const SimVif *vif = g_ptr_array_index(guest->vifs, i);
        g_autoptr(GString) mac = g_string_new(NULL);
        sim_vif_append_mac(vif, mac);
        if (strchr(text, ':') == NULL ? vif->devid == (guint32)atoi(text)
                                      : g_ascii_strcasecmp(mac->str, text) == 0)
            return (int)i;
    }
    return -1;
}

int sim_command_network_detach(SimCall *call)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    g_autoptr(GPtrArray) seen = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(seen, call->argv[optind], &domid))
        return 1;
    /* A vif is taken by force then: Xen tools/libs/light/libxl_device.c:device_backend_callback. */
    wait_for_guest(call, domid);
    g_auto(Session) session = {0};
    int index = -1;
    if (session_begin(call, domid, &session)) {
        index = find_vif(session.guest, call->argv[optind + 1]);
        if (index >= 0)
            g_ptr_array_remove_index(session.guest->vifs, (guint)index);
        session_end(call, &session, index >= 0);
    }
    if (index >= 0)
        return 0;
    if (strchr(call->argv[optind + 1], ':') == NULL)
        sim_error(
            "libxl: error: libxl_xshelp.c:206:libxl__xs_read_mandatory: xenstore read failed: "
            "`/libxl/%d/device/vif/%d': No such file or directory\n",
            (int)domid, atoi(call->argv[optind + 1]));
    sim_error("Unknown device %s.\n", call->argv[optind + 1]);
    return 1;
}

int sim_command_network_list(SimCall *call)
{
    if (sim_option(call, "", NULL, 1) == -2)
        return call->exit_code;
    g_string_append_printf(call->out, "%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx",
                           "BE", "Mac Addr.", "handle", "state", "evt-ch", "tx-", "rx-ring-ref",
                           "BE-path");
    for (int i = optind; i < call->argc; i++) {
        g_auto(Session) session = {0};
        gint64 domid = 0;
        g_autoptr(GPtrArray) seen = sim_host_look(call->host);
        if (!sim_resolve(seen, call->argv[i], &domid))
            return 1;
        if (!session_begin(call, domid, &session))
            continue;
        for (guint j = 0; j < session.guest->vifs->len; j++) {
            const SimVif *vif = g_ptr_array_index(session.guest->vifs, j);
            g_autofree char *path =
                g_strdup_printf("/local/domain/0/backend/vif/%d/%u", (int)domid, vif->devid);
            g_string_append_printf(call->out, "%-3u %-2d ", vif->devid, 0);
            sim_vif_append_mac(vif, call->out);
            g_string_append_printf(call->out, "%6u %5d %6d %5d/%-11d %-30s\n", vif->devid,
                                   connection(session.domain), -1, 520 + 2 * (int)j,
                                   521 + 2 * (int)j, path);
        }
        session_end(call, &session, FALSE);
    }
    return 0;
}

/* PATH NULL: the CD is taken out. */
static int change_cd(SimCall *call, const char *path)
{
    const char *vdev = call->argv[optind + 1];
    g_autoptr(GPtrArray) seen = sim_host_look(call->host);
    gint64 domid = 0;
    if (!sim_resolve(seen, call->argv[optind], &domid))
        return 1;
    g_auto(Session) session = {0};
    gboolean is_done = FALSE;
    if (session_begin(call, domid, &session)) {
        int index = find_disk(session.guest, vdev);
        XenDiskText *disk =
            index < 0 ? NULL : g_ptr_array_index(session.guest->disks, (guint)index);
        is_done = disk != NULL && disk->is_cdrom && session.guest->type == SIM_TYPE_HVM;
        if (is_done) {
            g_free(disk->target);
            g_free(disk->format);
            disk->target = g_strdup(path);
            disk->format = g_strdup(path == NULL ? "empty" : "raw");
        }
        session_end(call, &session, is_done);
    }
    if (!is_done)
        sim_error("libxl: error: libxl_disk.c:770:libxl_cdrom_insert: Domain %d:Virtual device "
                  "not found\n",
                  (int)domid);
    return is_done ? 0 : 1;
}

int sim_command_cd_insert(SimCall *call)
{
    if (sim_option(call, "", NULL, 3) == -2)
        return call->exit_code;
    return change_cd(call, call->argv[optind + 2]);
}

int sim_command_cd_eject(SimCall *call)
{
    if (sim_option(call, "", NULL, 2) == -2)
        return call->exit_code;
    return change_cd(call, NULL);
}
