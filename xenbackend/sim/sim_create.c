#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_json.h"
#include "xenbackend/sim/sim_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *file;
    GString *extra; /* the key=value arguments, one a line */
    gboolean is_quiet, prints_json;
    SimCreation creation;
} Request;

/* A file of any kind (a pipe too) as xl takes it. */
static GString *read_config_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    GString *text = g_string_new(NULL);
    char piece[16384];
    ssize_t got = 0;
    while ((got = read(fd, piece, sizeof piece)) > 0 && text->len <= XEN_CONFIG_TEXT_BYTES_MAX)
        g_string_append_len(text, piece, got);
    int code = errno;
    close(fd);
    if (got < 0) {
        g_string_free(text, TRUE);
        errno = code;
        return NULL;
    }
    return text;
}

/* The text of the config with the arguments behind it. NULL: said on stderr. */
static GString *read_text(const Request *request)
{
    GString *text = strcmp(request->file, "/dev/null") == 0 ? g_string_new(NULL)
                                                            : read_config_file(request->file);
    if (text == NULL) {
        sim_error("Failed to read config file: %s: %s\n", request->file, g_strerror(errno));
        return NULL;
    }
    if (request->extra->len > 0)
        g_string_append_printf(text, "\n%s\n", request->extra->str);
    return text;
}

static SimGuest *read_guest(const Request *request, const GString *text, int *exit_code)
{
    g_autoptr(GString) report = g_string_new(NULL);
    *exit_code = 1;
    g_autoptr(XenConfigText) config =
        xen_config_text_parse(request->file, text->str, text->len, report);
    SimGuest *guest =
        config == NULL ? NULL : sim_guest_read(request->file, config, report, exit_code);
    sim_error("%s", report->str);
    if (config == NULL)
        sim_error("Failed to parse config: Invalid argument\n");
    return guest;
}

/* What the domain was refused for; NULL: nothing. Texts of libxl 4.17, with the trail that it
 * leaves. */
static gboolean refuse_name(gint64 domid, const char *name)
{
    sim_error("libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain %d:Domain with name "
              "\"%s\" already exists.\n",
              (int)domid, name);
    sim_error("libxl: error: libxl_create.c:1296:initiate_domain_create: Domain %d:cannot make "
              "domain: -6\n",
              (int)domid);
    sim_print_destroy_trail(domid);
    return FALSE;
}

static gboolean refuse_build(gint64 domid, int error)
{
    sim_error("libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain %d:cannot "
              "(re-)build domain: -%d\n",
              (int)domid, error);
    sim_print_destroy_trail(domid);
    return FALSE;
}

static gboolean refuse_memory(gint64 domid)
{
    sim_error("xc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low "
              "memory for domain: Out of memory\n");
    sim_error("libxl: error: libxl_dom.c:586:libxl__build_dom: xc_dom_boot_mem_init failed: "
              "Cannot allocate memory\n");
    return refuse_build(domid, SIM_ERROR_FAIL);
}

static gboolean check_disks(gint64 domid, const SimGuest *guest)
{
    for (guint i = 0; i < guest->disks->len; i++) {
        const XenDiskText *disk = g_ptr_array_index(guest->disks, i);
        if (disk->target == NULL || *disk->target == '\0' || access(disk->target, F_OK) == 0)
            continue;
        sim_error("libxl: error: libxl_device.c:455:libxl__device_disk_set_backend: Disk vdev=%s "
                  "failed to stat: %s: %s\n",
                  disk->vdev, disk->target, g_strerror(errno));
        sim_error("libxl: error: libxl_create.c:1318:initiate_domain_create: Domain %d:Unable to "
                  "set disk defaults for disk %u\n",
                  (int)domid, i);
        sim_print_destroy_trail(domid);
        return FALSE;
    }
    return TRUE;
}

/* PV guests are built by libxl__build_pv(), others by libxl__build_hvm(), which fails otherwise. */
static gboolean refuse_boot_file(gint64 domid, gboolean is_pv, const char *what, int line)
{
    if (is_pv) {
        sim_error("libxl: error: libxl_dom.c:%d:libxl__build_pv: %s failed: %s\n", line, what,
                  g_strerror(errno));
        return refuse_build(domid, SIM_ERROR_FAIL);
    }
    sim_error("libxl: error: libxl_dom.c:%d:libxl__domain_firmware: %s failed: %s\n"
              "libxl: error: libxl_dom.c:1075:libxl__build_hvm: initializing domain firmware "
              "failed\n",
              line, what, g_strerror(errno));
    return refuse_build(domid, SIM_ERROR_NONSPECIFIC);
}

static gboolean check_boot_file(gint64 domid, const SimGuest *guest, const char *path,
                                gboolean is_kernel)
{
    if (path == NULL || access(path, R_OK) == 0)
        return TRUE;
    sim_error("xc: error: panic: xg_dom_core.c:205: failed to open file '%s': %s: Internal "
              "error\n",
              path, g_strerror(errno));
    gboolean is_pv = guest->type == SIM_TYPE_PV;
    if (is_kernel)
        return refuse_boot_file(domid, is_pv, "xc_dom_kernel_file", is_pv ? 646 : 909);
    return refuse_boot_file(domid, is_pv, "xc_dom_ramdisk_file", is_pv ? 659 : 916);
}

static gboolean check_vdevs(gint64 domid, const SimGuest *guest)
{
    for (guint i = 0; i < guest->disks->len; i++) {
        const XenDiskText *disk = g_ptr_array_index(guest->disks, i);
        gboolean is_bad = sim_disk_number(disk->vdev) < 0;
        for (guint j = 0; j < i && !is_bad; j++) {
            const XenDiskText *other = g_ptr_array_index(guest->disks, j);
            is_bad = sim_disk_number(other->vdev) == sim_disk_number(disk->vdev);
        }
        if (!is_bad)
            continue;
        sim_error(sim_disk_number(disk->vdev) < 0
                      ? "libxl: error: libxl_disk.c:151:libxl__device_from_disk: Invalid virtual "
                        "disk identifier %s\n"
                      : "libxl: error: libxl_device.c:126:libxl__device_exists: device %s already "
                        "exists in xenstore\n",
                  disk->vdev);
        sim_error("libxl: error: libxl_create.c:1858:domcreate_launch_dm: Domain %d:unable to add "
                  "disk devices\n",
                  (int)domid);
        sim_print_destroy_trail(domid);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_bridges(const SimHost *host, gint64 domid, const SimGuest *guest)
{
    if (host->settings.bridges == NULL)
        return TRUE;
    g_auto(GStrv) bridges = g_strsplit_set(host->settings.bridges, ", ", -1);
    for (guint i = 0; i < guest->vifs->len; i++) {
        const SimVif *vif = g_ptr_array_index(guest->vifs, i);
        const char *bridge = vif->bridge == NULL ? "xenbr0" : vif->bridge;
        if (g_strv_contains((const char *const *)bridges, bridge))
            continue;
        sim_print_bridge_failure("online", bridge);
        sim_error("libxl: error: libxl_create.c:1921:domcreate_attach_devices: Domain %d:unable "
                  "to add vif devices\n",
                  (int)domid);
        sim_print_bridge_failure("offline", bridge);
        sim_print_destroy_trail(domid);
        return FALSE;
    }
    return TRUE;
}

/* Everything that libxl finds out on the way; FALSE: said on stderr. */
static gboolean check_domain(const SimHost *host, const GPtrArray *domains, gint64 domid,
                             const SimGuest *guest)
{
    if (*guest->name != '\0' &&
        (strcmp(guest->name, DOM0_NAME) == 0 || sim_host_find_name(domains, guest->name) != NULL))
        return refuse_name(domid, guest->name);
    if (host->settings.checks_files && !check_disks(domid, guest))
        return FALSE;
    if (host->settings.checks_files && guest->type != SIM_TYPE_HVM &&
        (!check_boot_file(domid, guest, guest->kernel, TRUE) ||
         !check_boot_file(domid, guest, guest->ramdisk, FALSE)))
        return FALSE;
    if ((gint64)guest->target_kib > sim_host_free_kib(host, domains))
        return refuse_memory(domid);
    return check_vdevs(domid, guest) && check_bridges(host, domid, guest);
}

/* Under the lock: the domain is there, under its name, not yet built. NULL: refused. */
static SimDomain *register_domain(SimCall *call, const SimCreation *creation, const SimGuest *guest,
                                  const char *text)
{
    SimHost *host = call->host;
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    gint64 domid = sim_host_take_domid(host);
    g_autoptr(SimDomain) domain = NULL;
    if (creation->check(host, domains, domid, guest)) {
        g_autofree char *stored = sim_store_format(guest, text);
        domain = sim_domain_new();
        sim_store_apply(host, guest, domain);
        domain->domid = domid;
        sim_domain_begin(domain, sim_now_ms(), TRUE);
        if (!creation->is_built_by_daemon) {
            domain->is_building = 1;
            domain->memory_kib = 0;
        }
        if (creation->has_no_monitor ||
            (host->settings.has_monitor_process && !creation->is_built_by_daemon))
            domain->monitor = SIM_MONITOR_NONE;
        sim_store_write_config(host, domid, stored, FALSE);
        sim_host_save(host, domain);
    }
    sim_host_unlock(host);
    return g_steal_pointer(&domain);
}

/* Changes the domain on disk, if it is still there and still the same one. */
static gboolean update_domain(SimHost *host, const SimDomain *created,
                              void (*change)(SimDomain *domain, gint64 argument), gint64 argument)
{
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    SimDomain *domain = sim_host_find(domains, created->domid);
    gboolean is_there = domain != NULL && strcmp(domain->uuid, created->uuid) == 0;
    if (is_there) {
        change(domain, argument);
        sim_host_save(host, domain);
    }
    sim_host_unlock(host);
    return is_there;
}

static void finish_build(SimDomain *domain, gint64 now_ms)
{
    domain->is_building = 0;
    domain->created_ms = now_ms;
    domain->memory_kib = domain->target_kib;
}

static void set_monitor(SimDomain *domain, gint64 pid)
{
    domain->monitor = pid;
}

/* The steps between which xl can be killed. TRUE: the call is over. */
static gboolean build_domain(SimCall *call, const SimCreation *creation, const SimDomain *domain)
{
    if (sim_step(call, "named"))
        return TRUE;
    sim_sleep_ms(call->host->settings.build_ms);
    if (sim_step(call, "building"))
        return TRUE;
    if (!update_domain(call->host, domain, finish_build, sim_now_ms())) {
        refuse_build(domain->domid, SIM_ERROR_FAIL);
        call->exit_code = creation->failure;
        return TRUE;
    }
    return FALSE;
}

int sim_create_domain(SimCall *call, const SimCreation *creation, const SimGuest *guest,
                      const char *text, gint64 *domid)
{
    SimHost *host = call->host;
    if (creation->is_built_by_daemon)
        sim_sleep_ms(host->settings.build_ms);
    g_autoptr(SimDomain) domain = register_domain(call, creation, guest, text);
    if (domain == NULL)
        return creation->failure;
    *domid = domain->domid;
    if (!creation->is_built_by_daemon && build_domain(call, creation, domain))
        return call->exit_code;
    if (sim_step(call, "built"))
        return call->exit_code;
    if (!creation->is_paused)
        update_domain(host, domain, sim_domain_unpause, sim_now_ms());
    if (sim_step(call, "unpaused"))
        return call->exit_code;
    gboolean has_monitor = !creation->has_no_monitor && !creation->is_built_by_daemon;
    gint64 pid = has_monitor ? sim_start_monitor(host, domain->uuid) : 0;
    if (pid > 0)
        update_domain(host, domain, set_monitor, pid);
    return 0;
}

static int run_create(SimCall *call, const Request *request)
{
    if (request->file == NULL) {
        sim_error("Config file not specified and none in save file\n");
        return SIM_ERROR_INVAL;
    }
    g_autoptr(GString) text = read_text(request);
    if (text == NULL)
        return SIM_ERROR_FAIL;
    if (!request->is_quiet)
        sim_error("Parsing config from %s\n", request->file);
    int exit_code = 0;
    g_autoptr(SimGuest) guest = read_guest(request, text, &exit_code);
    if (guest == NULL)
        return exit_code;
    if (call->is_dry_run || request->prints_json) {
        SimJson json = {.out = call->is_dry_run ? call->out : g_string_new(NULL)};
        sim_json_guest(&json, guest);
        if (call->is_dry_run)
            return 0;
        sim_error("%s", json.out->str);
        g_string_free(json.out, TRUE);
    }
    for (guint i = 0; i < guest->vifs->len; i++)
        sim_vif_complete(g_ptr_array_index(guest->vifs, i));
    /* A file without a uuid must not give another at a restart. */
    if (!guest->has_uuid)
        g_string_append_printf(text, "\nuuid=\"%s\"\n", guest->uuid);
    if (sim_step(call, "parsed"))
        return call->exit_code;
    gint64 domid = 0;
    return sim_create_domain(call, &request->creation, guest, text->str, &domid);
}

/* Takes what is no option: key=value, or the file. FALSE: too many of them. */
static gboolean take_arguments(SimCall *call, Request *request)
{
    for (; optind < call->argc; optind++) {
        const char *argument = call->argv[optind];
        if (strchr(argument, '=') != NULL)
            g_string_append_printf(request->extra, "%s\n", argument);
        else if (request->file == NULL)
            request->file = argument;
        else
            return FALSE;
    }
    return TRUE;
}

/* A leading argument that can be the file is the file (Xen xl_vmcontrol.c:main_create). */
static void take_leading_file(SimCall *call, Request *request)
{
    const char *first = call->argc > 1 ? call->argv[1] : NULL;
    if (first == NULL || *first == '-' || strchr(first, '=') != NULL)
        return;
    request->file = first;
    call->argc--;
    call->argv++;
}

int sim_command_create(SimCall *call)
{
    static const struct option long_options[] = {{"defconfig", 1, NULL, 'f'},
                                                 {"dryrun", 0, NULL, 'n'},
                                                 {"ignore-global-affinity-masks", 0, NULL, 'i'},
                                                 {"quiet", 0, NULL, 'q'},
                                                 {"vncviewer", 0, NULL, 'V'},
                                                 {"vncviewer-autopass", 0, NULL, 'A'},
                                                 SIM_HELP_OPTION,
                                                 {NULL, 0, NULL, 0}};
    g_autoptr(GString) extra = g_string_new(NULL);
    Request request = {.extra = extra,
                       .creation = {.failure = SIM_ERROR_FAIL, .check = check_domain}};
    int option = 0;
    take_leading_file(call, &request);
    while ((option = sim_option(call, "AFVcdef:inpq", long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        request.is_quiet |= option == 'q';
        request.creation.is_paused |= option == 'p';
        request.prints_json |= option == 'd';
        request.creation.has_no_monitor |= option == 'e';
        call->is_dry_run |= option == 'n';
        if (option == 'f')
            request.file = optarg;
    }
    if (!take_arguments(call, &request)) {
        sim_print_usage(call, call->command);
        return 2;
    }
    return run_create(call, &request);
}

static int store_update(SimCall *call, const Request *request, gint64 domid)
{
    if (request->file == NULL) {
        sim_error("Config file not specified\n");
        return 1;
    }
    g_autoptr(GString) text = read_text(request);
    if (text == NULL)
        return 253; /* xl returns -3 here, and does not turn it round */
    int exit_code = 0;
    g_autoptr(SimGuest) guest = read_guest(request, text, &exit_code);
    if (guest == NULL)
        return exit_code;
    if (call->is_dry_run || request->prints_json) {
        SimJson json = {.out = call->out};
        sim_json_guest(&json, guest);
    }
    if (call->is_dry_run)
        return 0;
    sim_error("setting dom%d configuration\n", (int)domid);
    g_autoptr(GPtrArray) domains = sim_host_begin(call->host);
    gboolean is_there = sim_host_find(domains, domid) != NULL;
    if (is_there)
        sim_store_write_config(call->host, domid, text->str, TRUE);
    sim_host_unlock(call->host);
    if (!is_there)
        sim_error("failed to update configuration\n");
    return is_there ? 0 : 1;
}

int sim_command_config_update(SimCall *call)
{
    static const struct option long_options[] = {
        {"defconfig", 1, NULL, 'f'}, SIM_HELP_OPTION, {NULL, 0, NULL, 0}};
    g_autoptr(GString) extra = g_string_new(NULL);
    Request request = {.extra = extra};
    gint64 domid = 0;
    int option = 0;
    if (call->argc < 2) {
        sim_error("xl config-update requires a domain argument\n");
        sim_print_usage(call, call->command);
        return 1;
    }
    sim_error("WARNING: xl now has better capability to manage domain configuration, avoid using "
              "this command when possible\n");
    g_autoptr(GPtrArray) domains = sim_host_look(call->host);
    if (!sim_resolve(domains, call->argv[1], &domid))
        return 1;
    call->argc--;
    call->argv++;
    take_leading_file(call, &request);
    while ((option = sim_option(call, "dqf:", long_options, 0)) != -1) {
        if (option == -2)
            return call->exit_code;
        request.prints_json |= option == 'd';
        if (option == 'f')
            request.file = optarg;
    }
    if (!take_arguments(call, &request)) {
        sim_print_usage(call, call->command);
        return 2;
    }
    return store_update(call, &request, domid);
}
