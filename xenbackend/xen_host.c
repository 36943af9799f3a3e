/* The toolstack's program, its list, and the commands of a plan. */
#include "xenbackend/xen_host.h"

#include "xenbackend/boot_link.h"
#include "xenbackend/command.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_host_parts.h"
#include "xenbackend/xen_list.h"
#include "xenbackend/xen_list_long.h"

#include <string.h>

#define DETAILS_BYTES_MAX (4u * 1024 * 1024)
#define INFO_BYTES_MAX    (1024u * 1024)
#define TOOL_OUTPUT_MAX   (64u * 1024)
#define TOOL_TIMEOUT_MS                                                                            \
    90000 /* xl shutdown waits 60 s for an answer: libxl_domain.c:libxl__domain_pvcontrol */
#define OPERATION_VARIABLE "XENSURE_OPERATION"

G_DEFINE_QUARK(xensure_xen_host_error, xen_host_error)

static char *find_beside_ourselves(const char *name)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    if (self == NULL) {
        return NULL;
    }
    g_autofree char *folder = g_path_get_dirname(self);
    g_autofree char *beside = g_build_filename(folder, name, NULL);
    /* In a build folder each program has a folder of its own. */
    g_autofree char *above = g_path_get_dirname(folder);
    g_autofree char *built = g_build_filename(above, "xenbackend", "sim", name, NULL);
    if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE)) {
        return g_steal_pointer(&beside);
    }
    return g_file_test(built, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer(&built) : NULL;
}

static gboolean find_program(XenHost *host, const Toolstack *toolstack)
{
    char *program = toolstack->is_simulated ? find_beside_ourselves(toolstack->program) : NULL;
    if (program == NULL) {
        program = command_find_program(toolstack->program);
    }
    if (program == NULL) {
        return FALSE;
    }
    host->toolstack = toolstack;
    host->program = program;
    return TRUE;
}

static gboolean choose_toolstack(XenHost *host, const char *name, GError **error)
{
    if (strcmp(name, "auto") == 0) {
        if (find_program(host, toolstack_find("xl"))) {
            return TRUE;
        }
        g_autofree char *xm = command_find_program("xm");
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK,
                    xm != NULL
                        ? "there is only xm on PATH, which this version does not drive yet; it "
                          "needs xl"
                        : "there is no xl on PATH; is this a Xen host? (--toolstack sim is the "
                          "simulated one)");
        return FALSE;
    }
    const Toolstack *toolstack = toolstack_find(name);
    if (toolstack == NULL) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK,
                    "expected the toolstack %s, found '%s'%s", toolstack_names, name,
                    strcmp(name, "xm") == 0 ? ", which this version does not drive yet" : "");
        return FALSE;
    }
    if (!find_program(host, toolstack)) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK, "there is no %s on PATH",
                    toolstack->program);
        return FALSE;
    }
    return TRUE;
}

XenHost *xen_host_open(const XenHostOptions *options, GError **error)
{
    g_autoptr(XenHost) host = g_new0(XenHost, 1);
    if (!choose_toolstack(host, options->toolstack, error)) {
        return NULL;
    }
    if (strchr(options->config_dir, '=') != NULL) {
        /* xl takes an argument with '=' in it for a setting: Xen
         * tools/xl/xl_vmcontrol.c:main_create. */
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_CONFIG,
                    "expected a folder for config files without '=' in its path, found '%s'",
                    options->config_dir);
        return NULL;
    }
    host->config_dir = g_canonicalize_filename(options->config_dir, NULL);
    host->replaced_dir = g_build_filename(options->state_dir, "replaced", NULL);
    host->list_timeout_ms = options->list_timeout_ms;
    host->create_timeout_ms = options->create_timeout_ms;
    host->ssh = g_strdupv((char **)options->ssh);
    host->ask_timeout_ms = options->ask_timeout_ms;
    host->migrate_transport = g_strdup(options->migrate_transport);
    host->origin = g_strdup("");
    const char *sim_dir = g_getenv("XENSIM_DIR");
    if (host->toolstack->is_simulated) {
        host->sim_dir =
            sim_dir != NULL ? g_strdup(sim_dir) : g_build_filename(options->state_dir, "sim", NULL);
        host->environment = g_strconcat("XENSIM_DIR=", host->sim_dir, NULL);
    }
    return g_steal_pointer(&host);
}

void xen_host_free(XenHost *host)
{
    if (host == NULL) {
        return;
    }
    g_free(host->program);
    g_free(host->config_dir);
    g_free(host->replaced_dir);
    g_free(host->sim_dir);
    g_free(host->environment);
    g_free(host->origin);
    g_free(host->extra);
    g_strfreev(host->ssh);
    g_free(host->migrate_transport);
    g_free(host);
}

const Toolstack *xen_host_toolstack(const XenHost *host)
{
    return host->toolstack;
}

const char *xen_host_program(const XenHost *host)
{
    return host->program;
}

char **xen_host_console_command(const XenHost *host, guint32 domid)
{
    return toolstack_arguments(host->program, host->toolstack->console, domid, NULL, NULL);
}

const char *xen_host_environment(const XenHost *host)
{
    return host->environment;
}

void xen_host_set_origin(XenHost *host, const char *origin)
{
    g_free(host->origin);
    host->origin = g_strdup(origin);
}

void xen_host_set_extra(XenHost *host, const char *extra)
{
    g_free(host->extra);
    host->extra = g_strdup(extra);
}

/* ---- looking ---- */

/* Something that is done while the toolstack thinks. */
typedef struct {
    void (*run)(gpointer data);
    gpointer data;
} Meanwhile;

static CommandResult *ask(XenHost *host, const char *const *arguments, guint32 domid, gsize limit,
                          Meanwhile *meanwhile, GError **error)
{
    g_auto(GStrv) argv = toolstack_arguments(host->program, arguments, domid, NULL, NULL);
    const char *environment[] = {host->environment, NULL};
    CommandRequest request = {.argv = (const char *const *)argv,
                              .environment = host->environment != NULL ? environment : NULL,
                              .timeout_ms = host->list_timeout_ms,
                              .output_limit = limit};
    Command *command = command_start(&request, error);
    if (meanwhile != NULL && meanwhile->run != NULL) {
        meanwhile->run(meanwhile->data);
        meanwhile->run = NULL; /* once, also when the command is tried again */
    }
    if (command == NULL) {
        return NULL;
    }
    while (command_wait_any(&command, 1, host->list_timeout_ms) < 0) {
    }
    return command_finish(command);
}

static char *read_boot_id(const XenHost *host)
{
    g_autofree char *path = host->sim_dir != NULL ? g_build_filename(host->sim_dir, "boot_id", NULL)
                                                  : g_strdup("/proc/sys/kernel/random/boot_id");
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    g_strstrip(text);
    if (strlen(text) != UUID_TEXT_SIZE - 1) {
        g_clear_pointer(&text, g_free);
    }
    return text;
}

/* One list. FALSE: it failed in a way that may pass. */
static gboolean list_once(XenHost *host, Observed *observed, Meanwhile *meanwhile,
                          gboolean *may_pass)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CommandResult) result =
        ask(host, host->toolstack->list, 0, XEN_LIST_BYTES_MAX, meanwhile, &error);
    g_clear_pointer(&observed->trouble, g_free);
    *may_pass = FALSE;
    if (result == NULL) {
        observed->trouble = g_strdup(error->message);
        return FALSE;
    }
    if (!command_result_is_success(result)) {
        g_autofree char *what = command_result_describe(result);
        observed->trouble = g_strdup_printf("%s list %s", host->toolstack->name, what);
        *may_pass = result->end != COMMAND_TIMED_OUT && !result->is_output_over_limit;
        return FALSE;
    }
    xen_list_parse(result->output, result->output_length, observed);
    *may_pass = TRUE;
    if (observed->state == OBSERVATION_COMPLETE) {
        return TRUE;
    }
    g_autofree char *trouble = g_steal_pointer(&observed->trouble);
    observed->trouble = g_strdup_printf("%s list printed something else than a whole list: %s",
                                        host->toolstack->name, trouble);
    return FALSE;
}

Observed *xen_host_observe(XenHost *host)
{
    return xen_host_observe_while(host, NULL, NULL);
}

Observed *xen_host_observe_while(XenHost *host, void (*run)(gpointer), gpointer data)
{
    Meanwhile meanwhile = {run, data};
    static const guint pauses_ms[] = {300, 600, 1200};
    Observed *observed = NULL;
    gboolean may_pass = FALSE;
    for (guint i = 0; i <= G_N_ELEMENTS(pauses_ms); i++) {
        observed_free(observed);
        observed = observed_new();
        if (list_once(host, observed, &meanwhile, &may_pass) || !may_pass) {
            break;
        }
        if (i < G_N_ELEMENTS(pauses_ms)) {
            command_wait_any(NULL, 0, pauses_ms[i]);
        }
    }
    observed->boot_id = read_boot_id(host);
    return observed;
}

void xen_host_observe_details(XenHost *host, Observed *observed, const GArray *domids)
{
    for (guint i = 0; i < domids->len; i++) {
        guint32 domid = g_array_index(domids, guint32, i);
        ObservedDomain *domain = observed_find_domid(observed, domid);
        g_autoptr(CommandResult) result =
            ask(host, host->toolstack->details, domid, DETAILS_BYTES_MAX, NULL, NULL);
        if (domain != NULL && result != NULL && command_result_is_success(result)) {
            xen_list_long_parse(result->output, result->output_length, domain, NULL);
        }
    }
}

XenInfo *xen_host_info(XenHost *host, GError **error)
{
    g_autoptr(CommandResult) result =
        ask(host, host->toolstack->info, 0, INFO_BYTES_MAX, NULL, error);
    if (result == NULL) {
        return NULL;
    }
    if (!command_result_is_success(result)) {
        g_autofree char *what = command_result_describe(result);
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK, "%s info %s",
                    host->toolstack->name, what);
        return NULL;
    }
    return xen_info_parse(result->output, result->output_length);
}

/* ---- doing ---- */

GPid xen_host_find_operation(const char *operation_id)
{
    g_autofree char *entry = g_strconcat(OPERATION_VARIABLE "=", operation_id, NULL);
    return command_find_running(entry);
}

/* xl passes the transport and the address through a shell: Xen tools/xl/xl_migrate.c:
 * create_migration_child. Both were checked when they were read. */
static char **add_target(const XenHost *host, const ToolRequest *request, char **argv)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (; *argv != NULL; argv++) {
        g_ptr_array_add(all, g_strdup(*argv));
    }
    if (host->migrate_transport != NULL && host->toolstack->migrate_transport != NULL) {
        g_ptr_array_add(all, g_strdup(host->toolstack->migrate_transport));
        g_ptr_array_add(all, g_strdup(host->migrate_transport));
    }
    g_ptr_array_add(all, g_strdup_printf("%u", request->domid));
    g_ptr_array_add(all, g_strdup(request->address));
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_steal(all, NULL);
}

/* A create takes settings behind its file, which override the file's: Xen
 * tools/xl/xl_vmcontrol.c:main_create. NULL and an error when they cannot be written. */
static char **make_arguments(XenHost *host, const ToolRequest *request, GError **error)
{
    g_autofree char *path = xen_host_config_path(host, request->name);
    g_auto(GStrv) argv =
        toolstack_arguments(host->program, host->toolstack->tools[request->command], request->domid,
                            request->domain, path);
    if (request->command == TOOL_MIGRATE) {
        return add_target(host, request, argv);
    }
    if (request->command != TOOL_CREATE_PAUSED || host->extra == NULL) {
        return g_steal_pointer(&argv);
    }
    g_autoptr(GString) setting = g_string_new(NULL);
    if (!xen_config_write_command_line(request->domain, host->extra, setting, error)) {
        return NULL;
    }
    guint count = g_strv_length(argv);
    argv = g_renew(char *, argv, count + 2);
    argv[count] = g_strdup(setting->str);
    argv[count + 1] = NULL;
    return g_steal_pointer(&argv);
}

static gpointer start(gpointer data, const ToolRequest *request, GError **error)
{
    XenHost *host = data;
    g_auto(GStrv) argv = make_arguments(host, request, error);
    if (argv == NULL) {
        return NULL;
    }
    g_autofree char *operation = g_strconcat(OPERATION_VARIABLE "=", request->operation_id, NULL);
    const char *environment[] = {operation, host->environment, NULL};
    gboolean is_create = request->command == TOOL_CREATE_PAUSED;
    /* A migration that is killed while its guest is suspended leaves it running nowhere. */
    gboolean is_limited = request->command != TOOL_MIGRATE;
    CommandRequest command = {.argv = (const char *const *)argv,
                              .environment = environment,
                              .timeout_ms = !is_limited ? 0
                                            : is_create ? host->create_timeout_ms
                                                        : TOOL_TIMEOUT_MS,
                              .output_limit = TOOL_OUTPUT_MAX,
                              .is_changing = TRUE};
    g_assert(is_create || request->domid != 0);
    return command_start(&command, error);
}

static int wait_any(gpointer data, gpointer *commands, guint count, guint timeout_ms)
{
    (void)data;
    return command_wait_any((Command *const *)commands, count, timeout_ms);
}

static void finish(gpointer data, gpointer command, ToolResult *out)
{
    (void)data;
    g_autoptr(CommandResult) result = command_finish(command);
    out->is_success = command_result_is_success(result);
    out->is_cut_off = result->end != COMMAND_EXITED;
    out->is_left_behind = result->is_left_behind;
    out->description = command_result_describe(result);
    out->errors = g_steal_pointer(&result->errors);
}

static void abandon(gpointer data, gpointer command)
{
    (void)data;
    command_abandon(command);
}

static char *find_boot_link(gpointer data, const char *name)
{
    const XenHost *host = data;
    return boot_link_find(host->config_dir, name);
}

static gboolean remove_boot_link(gpointer data, const char *entry, GError **error)
{
    const XenHost *host = data;
    return boot_link_remove(host->config_dir, entry, error);
}

static gboolean put_boot_link(gpointer data, const char *entry, const char *name, GError **error)
{
    const XenHost *host = data;
    return boot_link_put(host->config_dir, entry, name, error);
}

static Observed *observe(gpointer data)
{
    return xen_host_observe(data);
}

static void observe_details(gpointer data, Observed *observed, guint32 domid)
{
    g_autoptr(GArray) domids = g_array_new(FALSE, FALSE, sizeof domid);
    g_array_append_val(domids, domid);
    xen_host_observe_details(data, observed, domids);
}

static gint64 now_ms(gpointer data)
{
    (void)data;
    return g_get_monotonic_time() / 1000;
}

static gint64 now(gpointer data)
{
    (void)data;
    return g_get_real_time() / G_USEC_PER_SEC;
}

static char *make_operation_id(gpointer data)
{
    (void)data;
    return g_uuid_string_random();
}

void xen_host_fill_backend(XenHost *host, Backend *backend)
{
    backend->data = host;
    backend->start = start;
    backend->wait = wait_any;
    backend->finish = finish;
    backend->abandon = abandon;
    backend->ask = xen_host_ask_start;
    backend->answer = xen_host_ask_finish;
    backend->find_boot_link = find_boot_link;
    backend->remove_boot_link = remove_boot_link;
    backend->put_boot_link = put_boot_link;
    backend->observe = observe;
    backend->observe_details = observe_details;
    backend->write_config = xen_host_write_config;
    backend->remove_config = xen_host_remove_config;
    backend->make_operation_id = make_operation_id;
    backend->now_ms = now_ms;
    backend->now = now;
}
