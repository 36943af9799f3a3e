#include "xenbackend/toolstack.h"

#include "xenbackend/xen_list.h"
#include "xenbackend/xen_list_long.h"
#include "xenbackend/xm_list_long.h"

#include <string.h>

/* Weight and cap of a domain whose spec leaves them out: Xen xen/common/sched/credit2.c,
 * xen/include/public/domctl.h. */
#define DEFAULT_WEIGHT 256
#define DEFAULT_CAP    0

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
    .list = {"list", "-v"}, .details = {"list", "-l", "%d"}, .info = {"info"},                     \
    .console = {"console", "%d"},                                                                  \
    .tools = {COMMON_TOOLS, [TOOL_SET_VCPUS] = {"vcpu-set", "--ignore-host", "%d", "%v"},          \
              [TOOL_SET_SCHEDULER] = SCHEDULE("sched-credit2"), [TOOL_MIGRATE] = {"migrate"}},     \
    .credit = SCHEDULE("sched-credit"), .read_list = xen_list_parse,                               \
    .read_details = xen_list_long_parse, .migrate_transport = "-s"

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
               [TOOL_SET_SCHEDULER] = SCHEDULE("sched-credit")},
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

static char *fill(const char *argument, guint32 domid, const Domain *domain,
                  const char *config_path)
{
    if (argument[0] != '%') {
        return g_strdup(argument);
    }
    switch (argument[1]) {
    case 'd':
        return number(domid);
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
    default:
        g_assert_not_reached();
    }
}

char **toolstack_arguments(const char *program, const char *const *arguments, guint32 domid,
                           const Domain *domain, const char *config_path)
{
    g_autoptr(GPtrArray) filled = g_ptr_array_new();
    g_ptr_array_add(filled, g_strdup(program));
    for (; *arguments != NULL; arguments++) {
        g_ptr_array_add(filled, fill(*arguments, domid, domain, config_path));
    }
    g_ptr_array_add(filled, NULL);
    return (char **)g_ptr_array_steal(filled, NULL);
}
