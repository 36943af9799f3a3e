#include "xenbackend/toolstack.h"

#include "xenbackend/xen_config.h"
#include "xenbackend/xen_list.h"
#include "xenbackend/xen_list_long.h"
#include "xenbackend/xm_list_long.h"

#include <string.h>

/* Weight and cap of a domain whose spec leaves them out: Xen xen/common/sched/credit2.c,
 * xen/include/public/domctl.h. */
#define DEFAULT_WEIGHT 256
#define DEFAULT_CAP    0
#define DEFAULT_POOL   "Pool-0"

/* What the commands of both take: Xen tools/xl/xl_cmdtable.c, and for xm up to 4.4
 * tools/python/xen/xm/main.py. mem-set's plain number is MiB. */
#define COMMON_TOOLS                                                                               \
    [TOOL_CREATE_PAUSED] = {"create", "-p", "%f"}, [TOOL_UNPAUSE] = {"unpause", "%d"},             \
    [TOOL_PAUSE] = {"pause", "%d"}, [TOOL_SHUTDOWN] = {"shutdown", "%d"},                          \
    [TOOL_DESTROY] = {"destroy", "%d"}, [TOOL_SET_MEMORY] = {"mem-set", "%d", "%m"}

#define SCHEDULE(command)                                                                          \
    {                                                                                              \
        command, "-d", "%d", "-w", "%w", "-c", "%c"                                                \
    }

/* xl's vcpu-set would refuse more virtual CPUs than the host has (xl_vcpu.c:vcpuset, since 4.3),
 * which create does not mind. */
#define XL_COMMANDS                                                                                \
    .keys = XEN_DIALECT_XL, .dialect = &xl_dialect, .settings = "/etc/xen/xl.conf",                \
    .list = {"list", "-v"}, .details = {"list", "-l", "%d"}, .details_of_all = {"list", "-l"},     \
    .info = {"info"}, .console = {"console", "%d"},                                                \
    .tools = {COMMON_TOOLS,                                                                        \
              [TOOL_SET_VCPUS] = {"vcpu-set", "--ignore-host", "%d", "%v"},                        \
              [TOOL_SET_POOL] = {"cpupool-migrate", "%d", "%p"},                                   \
              [TOOL_PIN] = {"vcpu-pin", "%d", "%u", "%h", "%s"},                                   \
              [TOOL_SET_CREDIT] = SCHEDULE("sched-credit"),                                        \
              [TOOL_SET_CREDIT2] = SCHEDULE("sched-credit2"),                                      \
              [TOOL_ATTACH_DISK] = {"block-attach", "%d", "%a"},                                   \
              [TOOL_DETACH_DISK] = {"block-detach", "%d", "%i"},                                   \
              [TOOL_ATTACH_VIF] = {"network-attach", "%d", "%k"},                                  \
              [TOOL_DETACH_VIF] = {"network-detach", "%d", "%i"},                                  \
              [TOOL_INSERT_CD] = {"cd-insert", "%d", "%i", "%t"},                                  \
              [TOOL_EJECT_CD] = {"cd-eject", "%d", "%i"},                                          \
              [TOOL_STORE_CONFIG] = {"config-update", "%d", "%f"},                                 \
              [TOOL_MIGRATE] = {"migrate"}},                                                       \
    .refusals = {"Could not set affinity"}, .read_list = xen_list_parse,                           \
    .read_details = xen_list_long_parse, .read_details_of_all = xen_list_long_parse_all,           \
    .migrate_transport = "-s"

static const Toolstack toolstacks[] = {
    {.name = "xl", .program = "xl", .needs_root = TRUE, XL_COMMANDS},
    /* An id is a name to it first: tools/python/xen/xend/XendDomain.py:domain_lookup_nr. */
    {.name = "xm",
     .program = "xm",
     .needs_root = TRUE,
     .finds_names_first = TRUE,
     .executes_paths = TRUE,
     .keys = XEN_DIALECT_XM,
     .dialect = &xm_dialect,
     .list = {"list"},
     .identities = {"list", "--long"},
     .details = {"list", "--long", "%d"},
     .info = {"info"},
     .console = {"console", "%d"},
     .tools = {COMMON_TOOLS, [TOOL_SET_VCPUS] = {"vcpu-set", "%d", "%v"},
               [TOOL_SET_CREDIT] = SCHEDULE("sched-credit")},
     .read_list = xm_list_parse,
     .read_details = xm_list_long_parse,
     .read_identities = xm_list_identify},
    {.name = "sim", .program = "xensim", .is_simulated = TRUE, XL_COMMANDS},
};

const char toolstack_names[] = "auto, xl, xm or sim";

const Toolstack *toolstack_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(toolstacks); i++) {
        if (strcmp(toolstacks[i].name, name) == 0) {
            return &toolstacks[i];
        }
    }
    return NULL;
}

gboolean toolstack_is_name(const char *name)
{
    return strcmp(name, "auto") == 0 || toolstack_find(name) != NULL;
}

gboolean toolstack_has(const Toolstack *toolstack, ToolCommand command)
{
    return toolstack->tools[command][0] != NULL;
}

static char *number(gint64 value)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static gint64 value_or(const Domain *domain, DomainKey key, gint64 otherwise)
{
    const Value *value = domain != NULL ? domain_get(domain, key) : NULL;
    return value != NULL ? value->integer : otherwise;
}

static const char *text_or(const Domain *domain, DomainKey key, const char *otherwise)
{
    const char *text = domain_get_text(domain, key);
    return text != NULL ? text : otherwise;
}

/* Where a virtual CPU may run: its entry in a list, or what holds for all. */
static const char *cpus_of(const ToolRequest *request, DomainKey key)
{
    const Value *value = domain_get(request->domain, key);
    if (value == NULL) {
        return "all";
    }
    if (value->form != FORM_LIST) {
        return value->text;
    }
    gboolean has_entry = request->vcpu >= 0 && (guint)request->vcpu < value->count;
    return has_entry ? value->items[request->vcpu].text : "all";
}

static char *fill_for_device(char placeholder, const ToolRequest *request)
{
    const Value *path = NULL;
    switch (placeholder) {
    case 'i':
        return g_strdup(request->device);
    case 't':
        path = settings_get(request->settings, DISK_KEY_path);
        return g_strdup(path != NULL ? path->text : "");
    default:
        g_assert_not_reached();
    }
}

static char *fill(const char *argument, const ToolRequest *request, const char *config_path)
{
    const Domain *domain = request->domain;
    if (argument[0] != '%') {
        return g_strdup(argument);
    }
    switch (argument[1]) {
    case 'd':
        return number(request->domid);
    case 'f':
        return g_strdup(config_path);
    case 'm':
        return number(value_or(domain, DOMAIN_KEY_memory, 0));
    case 'v':
        return number(value_or(domain, DOMAIN_KEY_vcpus, 0));
    case 'w':
        return number(value_or(domain, DOMAIN_KEY_cpu_weight, DEFAULT_WEIGHT));
    case 'c':
        return number(value_or(domain, DOMAIN_KEY_cap, DEFAULT_CAP));
    case 'p':
        return g_strdup(text_or(domain, DOMAIN_KEY_pool, DEFAULT_POOL));
    case 'u':
        return request->vcpu == ALL_VCPUS ? g_strdup("all") : number(request->vcpu);
    case 'h':
        return g_strdup(cpus_of(request, DOMAIN_KEY_cpus));
    case 's':
        return g_strdup(cpus_of(request, DOMAIN_KEY_cpus_soft));
    default:
        return fill_for_device(argument[1], request);
    }
}

char **toolstack_arguments(const char *program, const char *const *arguments, guint32 domid,
                           const Domain *domain, const char *config_path)
{
    g_autoptr(GPtrArray) filled = g_ptr_array_new();
    ToolRequest request = {.domain = domain, .domid = domid};
    g_ptr_array_add(filled, g_strdup(program));
    for (; *arguments != NULL; arguments++) {
        g_ptr_array_add(filled, fill(*arguments, &request, config_path));
    }
    g_ptr_array_add(filled, NULL);
    return (char **)g_ptr_array_steal(filled, NULL);
}

/* The device as it stands in the config, in one argument or in one for each key. */
static gboolean add_device(const Toolstack *toolstack, const char *argument,
                           const ToolRequest *request, GPtrArray *filled, GError **error)
{
    g_autoptr(GString) device = g_string_new(NULL);
    if (!xen_config_write_device(toolstack->dialect, request->domain, request->settings, device,
                                 error)) {
        return FALSE;
    }
    /* The values of a vif have no commas. */
    gboolean is_whole = argument[1] == 'a';
    g_auto(GStrv) words = g_strsplit(device->str, ",", is_whole ? 1 : -1);
    for (guint i = 0; words[i] != NULL; i++) {
        g_ptr_array_add(filled, g_strdup(words[i]));
    }
    return TRUE;
}

char **toolstack_tool_arguments(const Toolstack *toolstack, const char *program,
                                const ToolRequest *request, const char *config_path, GError **error)
{
    g_autoptr(GPtrArray) filled = g_ptr_array_new_with_free_func(g_free);
    if (toolstack->tools[request->command][0] == NULL) {
        g_set_error(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE, "%s has no command for that",
                    toolstack->name);
        return NULL;
    }
    g_ptr_array_add(filled, g_strdup(program));
    for (const char *const *argument = toolstack->tools[request->command]; *argument != NULL;
         argument++) {
        gboolean is_device = strcmp(*argument, "%a") == 0 || strcmp(*argument, "%k") == 0;
        if (!is_device) {
            g_ptr_array_add(filled, fill(*argument, request, config_path));
        } else if (!add_device(toolstack, *argument, request, filled, error)) {
            return NULL;
        }
    }
    g_ptr_array_add(filled, NULL);
    return (char **)g_ptr_array_steal(filled, NULL);
}

guint toolstack_cannot_change(const Toolstack *toolstack, const char *scheduler)
{
    static const struct {
        KeyLive live;
        ToolCommand commands[2];
    } needs[] = {
        {LIVE_MEMORY, {TOOL_SET_MEMORY, TOOL_SET_MEMORY}},
        {LIVE_VCPUS, {TOOL_SET_VCPUS, TOOL_SET_VCPUS}},
        {LIVE_POOL, {TOOL_SET_POOL, TOOL_SET_POOL}},
        {LIVE_AFFINITY, {TOOL_PIN, TOOL_PIN}},
        {LIVE_DISKS, {TOOL_ATTACH_DISK, TOOL_DETACH_DISK}},
        {LIVE_VIFS, {TOOL_ATTACH_VIF, TOOL_DETACH_VIF}},
        {LIVE_MEDIA, {TOOL_INSERT_CD, TOOL_EJECT_CD}},
    };
    gboolean has_credit = g_strcmp0(scheduler, "credit") == 0;
    gboolean has_schedule =
        scheduler == NULL ||
        toolstack_has(toolstack, has_credit ? TOOL_SET_CREDIT : TOOL_SET_CREDIT2);
    guint missing = has_schedule ? 0 : 1u << LIVE_SCHEDULER;
    for (guint i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (!toolstack_has(toolstack, needs[i].commands[0]) ||
            !toolstack_has(toolstack, needs[i].commands[1])) {
            missing |= 1u << needs[i].live;
        }
    }
    return missing;
}
