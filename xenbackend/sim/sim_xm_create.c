/* xm create: the file is read by xm, the domain made by xend. */
#include "xenbackend/sim/sim_store.h"
#include "xenbackend/sim/sim_xm.h"
#include "xenbackend/sim/sim_xm_guest.h"

#include <string.h>
#include <unistd.h>

#define DOM0_LEAST_KIB (256 * 1024)

typedef struct {
    const char *file;
    GPtrArray *variables; /* of NAME=VALUE, which count in place of the file's */
    gboolean is_quiet, is_paused, is_dry_run;
} Request;

/* ---- what xend refuses ---- */

/* xend/XendDomainInfo.py:create. */
static gboolean check_identity(const SimHost *host, const GPtrArray *domains, const SimGuest *guest)
{
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain) &&
            (strcmp(domain->name, guest->name) == 0 || strcmp(domain->uuid, guest->uuid) == 0)) {
            xm_error("Domain '%s' already exists with ID '%d'", guest->name, (int)domain->domid);
            return FALSE;
        }
    }
    g_autoptr(GPtrArray) all = xm_halted_read(host, domains);
    for (guint i = 0; i < all->len; i++) {
        const XmHalted *halted = g_ptr_array_index(all, i);
        if (strcmp(halted->name, guest->name) == 0 && strcmp(halted->uuid, guest->uuid) != 0) {
            xm_error("VM name '%s' already exists", guest->name);
            return FALSE;
        }
    }
    return strcmp(guest->name, DOM0_NAME) != 0 ||
           xm_error("Domain '%s' already exists with ID '0'", DOM0_NAME) == 0;
}

static gboolean check_memory(const SimHost *host, const GPtrArray *domains, const SimGuest *guest)
{
    gint64 free_kib = sim_host_free_kib(host, domains);
    if ((gint64)guest->target_kib <= free_kib)
        return TRUE;
    xm_error(
        "I need %d KiB, but dom0_min_mem is %d and shrinking to %d KiB would leave only %d KiB "
        "free.",
        (int)guest->target_kib, DOM0_LEAST_KIB, DOM0_LEAST_KIB, (int)free_kib);
    return FALSE;
}

static gboolean check_devices(const SimHost *host, const SimGuest *guest)
{
    g_auto(GStrv) bridges =
        g_strsplit_set(host->settings.bridges != NULL ? host->settings.bridges : "", ", ", -1);
    for (guint i = 0; host->settings.checks_files && i < guest->disks->len; i++) {
        const XenDiskText *disk = g_ptr_array_index(guest->disks, i);
        if (disk->target != NULL && access(disk->target, F_OK) != 0) {
            xm_error("Device %d (vbd) could not be connected. %s does not exist.",
                     sim_disk_number(disk->vdev), disk->target);
            return FALSE;
        }
    }
    for (guint i = 0; host->settings.bridges != NULL && i < guest->vifs->len; i++) {
        const SimVif *vif = g_ptr_array_index(guest->vifs, i);
        const char *bridge = vif->bridge != NULL ? vif->bridge : "xenbr0";
        if (!g_strv_contains((const char *const *)bridges, bridge)) {
            xm_error("Device %d (vif) could not be connected. Could not find bridge device %s",
                     (int)i, bridge);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean check_domain(const SimHost *host, const GPtrArray *domains, gint64 domid,
                             const SimGuest *guest)
{
    (void)domid;
    return check_identity(host, domains, guest) && check_memory(host, domains, guest) &&
           check_devices(host, guest);
}

/* ---- what xm reads ---- */

static gboolean check_boot_files(const SimHost *host, const SimGuest *guest)
{
    const struct {
        const char *what, *path;
    } files[] = {{"kernel", guest->kernel}, {"ramdisk", guest->ramdisk}};
    for (guint i = 0; host->settings.checks_files && i < G_N_ELEMENTS(files); i++) {
        if (files[i].path != NULL && access(files[i].path, F_OK) != 0) {
            xm_error("Cannot find %s \"%s\"", files[i].what, files[i].path);
            return FALSE;
        }
    }
    return TRUE;
}

/* What the command line says holds, whatever the file does. */
static void append_variables(const Request *request, GString *out)
{
    for (guint i = 0; i < request->variables->len; i++) {
        g_auto(GStrv) pair = g_strsplit(g_ptr_array_index(request->variables, i), "=", 2);
        g_autofree char *escaped = g_strescape(pair[1], NULL);
        g_string_append_printf(out, "\n%s = \"%s\"\n", pair[0], escaped);
    }
}

static SimGuest *read_guest(SimCall *call, const Request *request)
{
    g_autofree char *text = NULL;
    g_autofree char *trouble = NULL;
    gsize length = 0;
    if (!g_file_get_contents(request->file, &text, &length, NULL)) {
        xm_fail(call, "Unable to open config file: %s", request->file);
        return NULL;
    }
    if (!request->is_quiet)
        g_string_append_printf(call->out, "Using config file \"%s\".\n", request->file);
    g_autoptr(GString) whole = g_string_new_len(text, (gssize)length);
    append_variables(request, whole);
    XenConfigTrouble refusal = {0};
    g_autoptr(XenConfigText) config =
        xen_config_text_read(XEN_DIALECT_XM, whole->str, whole->len, &refusal);
    if (config == NULL) {
        xm_error("%s:%u: %s", request->file, refusal.line, refusal.message);
        g_free(refusal.message);
        return NULL;
    }
    g_autoptr(SimGuest) guest = sim_xm_guest_read(config, &trouble);
    if (guest == NULL) {
        xm_error("%s", trouble);
        return NULL;
    }
    return check_boot_files(call->host, guest) ? g_steal_pointer(&guest) : NULL;
}

static int run(SimCall *call, const Request *request)
{
    g_autoptr(SimGuest) guest = read_guest(call, request);
    if (guest == NULL)
        return 1;
    for (guint i = 0; i < guest->vifs->len; i++)
        sim_vif_complete(g_ptr_array_index(guest->vifs, i));
    if (sim_step(call, "parsed"))
        return call->exit_code;
    if (request->is_dry_run)
        return 0;
    const SimCreation creation = {.is_paused = request->is_paused,
                                  .is_built_by_daemon = TRUE,
                                  .failure = 1,
                                  .check = check_domain};
    g_autofree char *stored = sim_guest_format(guest);
    gint64 domid = 0;
    int exit_code = sim_create_domain(call, &creation, guest, stored, &domid);
    if (exit_code == 0 && !request->is_quiet)
        g_string_append_printf(call->out, "Started domain %s (id=%d)\n", guest->name, (int)domid);
    return exit_code;
}

int xm_command_create(SimCall *call)
{
    static const struct option long_options[] = {{"paused", 0, NULL, 'p'},
                                                 {"quiet", 0, NULL, 'q'},
                                                 {"dryrun", 0, NULL, 'n'},
                                                 {"defconfig", 1, NULL, 'f'},
                                                 {NULL, 0, NULL, 0}};
    Request request = {.variables = g_ptr_array_new()};
    int exit_code = -1;
    opterr = 0;
    for (int option = getopt_long(call->argc, call->argv, "pqnf:", long_options, NULL);
         option != -1; option = getopt_long(call->argc, call->argv, "pqnf:", long_options, NULL)) {
        if (option == '?')
            exit_code = xm_fail(call, "option %s not recognized", call->argv[optind - 1]);
        request.is_paused |= option == 'p';
        request.is_quiet |= option == 'q';
        request.is_dry_run |= option == 'n';
        if (option == 'f')
            request.file = optarg;
    }
    for (; optind < call->argc; optind++) {
        if (strchr(call->argv[optind], '=') != NULL)
            g_ptr_array_add(request.variables, call->argv[optind]);
        else
            request.file = call->argv[optind];
    }
    if (exit_code < 0 && request.file == NULL)
        exit_code = xm_fail(call, "Unable to open config file: xmdefconfig");
    if (exit_code < 0)
        exit_code = run(call, &request);
    g_ptr_array_unref(request.variables);
    return exit_code;
}
