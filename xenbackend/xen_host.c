/* The toolstack's program, and the commands of a plan. */
#include "xenbackend/xen_host.h"

#include "xenbackend/command.h"
#include "xenbackend/toolstack_choice.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_host_parts.h"

#include <string.h>

#define TOOL_OUTPUT_MAX (64u * 1024)
#define TOOL_TIMEOUT_MS                                                                            \
    90000 /* xl shutdown waits 60 s for an answer: libxl_domain.c:libxl__domain_pvcontrol */
#define OPERATION_VARIABLE "XENSURE_OPERATION"

G_DEFINE_QUARK(xensure_xen_host_error, xen_host_error)

/* A folder that a toolstack cannot have its config files in. */
static gboolean check_config_dir(const Toolstack *toolstack, const char *path, GError **error)
{
    if (strchr(path, '=') != NULL) {
        /* An argument with '=' in it is a setting: Xen tools/xl/xl_vmcontrol.c:main_create, and for
         * xm up to 4.4 tools/python/xen/xm/opts.py:parse. */
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_CONFIG,
                    "expected a folder for config files without '=' in its path, found '%s'", path);
        return FALSE;
    }
    if (toolstack->executes_paths && strpbrk(path, "'\\\n\r") != NULL) {
        /* tools/python/xen/xm/opts.py:load. */
        g_set_error(
            error, XEN_HOST_ERROR, XEN_HOST_ERROR_CONFIG,
            "expected a folder for config files without quotes and backslashes in its path, "
            "since %s makes a program of it, found '%s'",
            toolstack->name, path);
        return FALSE;
    }
    return TRUE;
}

/* A simulated host has files and bridges of dom0 in the folder "root" of its own, if it has any. */
static char *find_root(const XenHost *host)
{
    g_autofree char *root =
        host->sim_dir != NULL ? g_build_filename(host->sim_dir, "root", NULL) : g_strdup("");
    gboolean has_root = *root == '\0' || g_file_test(root, G_FILE_TEST_IS_DIR);
    return has_root ? g_steal_pointer(&root) : NULL;
}

XenHost *xen_host_open(const XenHostOptions *options, GError **error)
{
    g_autoptr(XenHost) host = g_new0(XenHost, 1);
    ToolstackChoice choice;
    if (!toolstack_choose(options->toolstack, options->xend != NULL ? options->xend : &xend_places,
                          &choice, error)) {
        return NULL;
    }
    host->toolstack = choice.toolstack;
    host->program = choice.program;
    host->note = choice.note;
    if (!check_config_dir(host->toolstack, options->config_dir, error)) {
        return NULL;
    }
    host->config_dir = g_canonicalize_filename(options->config_dir, NULL);
    host->replaced_dir = g_build_filename(options->state_dir, "replaced", NULL);
    host->list_timeout_ms = options->list_timeout_ms;
    host->create_timeout_ms = options->create_timeout_ms;
    host->ssh = g_strdupv((char **)options->ssh);
    host->ask_timeout_ms = options->ask_timeout_ms;
    host->migrate_transport = g_strdup(options->migrate_transport);
    host->checks = options->checks != NULL ? g_hash_table_ref(options->checks) : NULL;
    host->check_timeout_ms = options->check_timeout_ms;
    host->origins = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    const char *sim_dir = g_getenv("XENSIM_DIR");
    if (host->toolstack->is_simulated) {
        host->sim_dir =
            sim_dir != NULL ? g_strdup(sim_dir) : g_build_filename(options->state_dir, "sim", NULL);
        host->environment = g_strconcat("XENSIM_DIR=", host->sim_dir, NULL);
    }
    host->root = find_root(host);
    return g_steal_pointer(&host);
}

void xen_host_free(XenHost *host)
{
    if (host == NULL) {
        return;
    }
    g_free(host->program);
    g_free(host->note);
    g_clear_pointer(&host->ids_taken, g_hash_table_unref);
    g_free(host->config_dir);
    g_free(host->replaced_dir);
    g_free(host->sim_dir);
    g_free(host->root);
    g_free(host->environment);
    g_clear_pointer(&host->origins, g_hash_table_unref);
    g_free(host->extra);
    g_free(host->vnc_password);
    g_strfreev(host->ssh);
    g_free(host->migrate_transport);
    g_clear_pointer(&host->checks, g_hash_table_unref);
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

const char *xen_host_note(const XenHost *host)
{
    return host->note;
}

/* Would a command with this id go to the domain that has it? By the last list. */
static gboolean check_id(const XenHost *host, guint32 domid, GError **error)
{
    if (!host->toolstack->finds_names_first || host->ids_taken == NULL ||
        !g_hash_table_contains(host->ids_taken, GUINT_TO_POINTER(domid))) {
        return TRUE;
    }
    g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK,
                "a domain has the name '%u', and %s would take it for the one that has this id "
                "(rename it with the toolstack)",
                domid, host->toolstack->name);
    return FALSE;
}

char **xen_host_console_command(const XenHost *host, guint32 domid, GError **error)
{
    return check_id(host, domid, error)
               ? toolstack_arguments(host->program, host->toolstack->console, domid, NULL, NULL)
               : NULL;
}

const char *xen_host_environment(const XenHost *host)
{
    return host->environment;
}

void xen_host_set_origin(XenHost *host, const TrustedText *text, const char *origin)
{
    g_hash_table_replace(host->origins, (gpointer)text, g_strdup(origin));
}

void xen_host_set_vnc_password(XenHost *host, const char *password)
{
    g_free(host->vnc_password);
    host->vnc_password = g_strdup(password);
}

void xen_host_set_extra(XenHost *host, const char *extra)
{
    g_free(host->extra);
    host->extra = g_strdup(extra);
}

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

/* A create takes settings behind its file, which override the file's. NULL and an error when they
 * cannot be written. */
static char **make_arguments(XenHost *host, const ToolRequest *request, GError **error)
{
    g_autofree char *path = xen_host_config_path(host, request->name);
    g_auto(GStrv) argv =
        toolstack_tool_arguments(host->toolstack, host->program, request, path, error);
    if (argv != NULL && request->command == TOOL_MIGRATE) {
        return add_target(host, request, argv);
    }
    if (argv == NULL || request->command != TOOL_CREATE_PAUSED || host->extra == NULL) {
        return g_steal_pointer(&argv);
    }
    g_autoptr(GString) setting = g_string_new(NULL);
    if (!xen_config_write_command_line(host->toolstack->dialect, request->domain, host->extra,
                                       setting, error)) {
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
    gboolean is_create = request->command == TOOL_CREATE_PAUSED;
    g_assert(is_create || request->domid != 0);
    if (!is_create && !check_id(host, request->domid, error)) {
        return NULL;
    }
    g_auto(GStrv) argv = make_arguments(host, request, error);
    if (argv == NULL) {
        return NULL;
    }
    g_autofree char *operation = g_strconcat(OPERATION_VARIABLE "=", request->operation_id, NULL);
    const char *environment[] = {operation, host->environment, NULL};
    /* A migration that is killed while its guest is suspended leaves it running nowhere. */
    gboolean is_limited = request->command != TOOL_MIGRATE;
    CommandRequest command = {.argv = (const char *const *)argv,
                              .environment = environment,
                              .timeout_ms = !is_limited ? 0
                                            : is_create ? host->create_timeout_ms
                                                        : TOOL_TIMEOUT_MS,
                              .output_limit = TOOL_OUTPUT_MAX,
                              .is_changing = TRUE};
    return command_start(&command, error);
}

static int wait_any(gpointer data, gpointer *commands, guint count, guint timeout_ms)
{
    (void)data;
    return command_wait_any((Command *const *)commands, count, timeout_ms);
}

/* Does it say that it did nothing, and exit with 0? */
static gboolean is_refusal(const Toolstack *toolstack, const CommandResult *result)
{
    for (guint i = 0; toolstack->refusals[i] != NULL; i++) {
        if (strstr(result->errors, toolstack->refusals[i]) != NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

static void finish(gpointer data, gpointer command, ToolResult *out)
{
    const XenHost *host = data;
    g_autoptr(CommandResult) result = command_finish(command);
    out->is_success = command_result_is_success(result) && !is_refusal(host->toolstack, result);
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
    backend->check = xen_host_start_check;
    backend->ask = xen_host_ask_start;
    backend->answer = xen_host_ask_finish;
    backend->observe = observe;
    backend->free_memory_mib = xen_host_ask_free_memory_mib;
    backend->observe_details = observe_details;
    backend->write_config = xen_host_write_config;
    backend->remove_config = xen_host_remove_config;
    backend->remove_boot_links = xen_host_remove_boot_links;
    backend->find_boot_links = xen_host_find_boot_links;
    backend->put_boot_link = xen_host_put_boot_link;
    backend->make_operation_id = make_operation_id;
    backend->now_ms = now_ms;
    backend->now = now;
}
