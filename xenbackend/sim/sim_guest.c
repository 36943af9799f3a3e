#include "xenbackend/sim/sim_guest.h"

#include <string.h>

#define DEFAULT_MEMORY_KIB                                                                         \
    (32u * 1024) /* Xen libxl_create.c: what a config without memory gets                          \
                  */

typedef struct {
    const char *source;
    const XenConfigText *config;
    GString *report;
    SimGuest *guest;
    int exit_code;
} Reader;

static const char *const action_names[] = {
    [SIM_ACTION_DESTROY] = "destroy",
    [SIM_ACTION_RESTART] = "restart",
    [SIM_ACTION_RENAME_RESTART] = "rename-restart",
    [SIM_ACTION_PRESERVE] = "preserve",
    [SIM_ACTION_COREDUMP_DESTROY] = "coredump-destroy",
    [SIM_ACTION_COREDUMP_RESTART] = "coredump-restart",
    [SIM_ACTION_SOFT_RESET] = "soft-reset",
};

static const char *const mode_names[] = {
    [SIM_MODE_IDLE] = "idle",     [SIM_MODE_BUSY] = "busy",   [SIM_MODE_SLOW] = "slow",
    [SIM_MODE_IGNORE] = "ignore", [SIM_MODE_HUNG] = "hung",   [SIM_MODE_OFF] = "off",
    [SIM_MODE_REBOOT] = "reboot", [SIM_MODE_CRASH] = "crash",
};

static const char *const type_names[] = {
    [SIM_TYPE_PV] = "pv", [SIM_TYPE_PVH] = "pvh", [SIM_TYPE_HVM] = "hvm"};

const char *sim_type_name(SimType type)
{
    return type_names[type];
}

const char *sim_action_name(SimAction action)
{
    return action_names[action];
}

const char *sim_mode_name(SimMode mode)
{
    return mode_names[mode];
}

static gboolean find_name(const char *const *names, guint count, const char *text, guint *index)
{
    for (guint i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *index = i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean sim_action_parse(const char *text, SimAction *action)
{
    guint index = 0;
    if (!find_name(action_names, G_N_ELEMENTS(action_names), text, &index))
        return FALSE;
    *action = (SimAction)index;
    return TRUE;
}

gboolean sim_mode_parse(const char *text, SimMode *mode)
{
    guint index = 0;
    if (!find_name(mode_names, G_N_ELEMENTS(mode_names), text, &index))
        return FALSE;
    *mode = (SimMode)index;
    return TRUE;
}

gboolean sim_duration_parse(const char *text, gint64 *duration_ms)
{
    char *end = NULL;
    if (!g_ascii_isdigit(*text))
        return FALSE;
    double number = g_ascii_strtod(text, &end);
    double unit = 0;
    if (*end == '\0' || strcmp(end, "s") == 0)
        unit = 1000;
    else if (strcmp(end, "ms") == 0)
        unit = 1;
    else if (strcmp(end, "m") == 0)
        unit = 60000;
    else if (strcmp(end, "h") == 0)
        unit = 3600000;
    if (unit <= 0 || !(number * unit < 1e12))
        return FALSE;
    *duration_ms = (gint64)(number * unit);
    return TRUE;
}

G_GNUC_PRINTF(2, 3)
static gboolean refuse(Reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(reader->report, format, arguments);
    va_end(arguments);
    reader->exit_code = 1;
    return FALSE;
}

/* xl compares as many letters as the config has: "" and "h" are hvm, "p" is pv. */
static gboolean is_abbreviation(const char *text, const char *word)
{
    return strncmp(text, word, strlen(text)) == 0;
}

static gboolean read_type(Reader *reader)
{
    const char *type = xen_config_text_get_string(reader->config, "type", reader->report);
    gboolean has_type = type != NULL;
    if (has_type) {
        if (is_abbreviation(type, "hvm"))
            reader->guest->type = SIM_TYPE_HVM;
        else if (is_abbreviation(type, "pv"))
            reader->guest->type = SIM_TYPE_PV;
        else if (is_abbreviation(type, "pvh"))
            reader->guest->type = SIM_TYPE_PVH;
        else
            return refuse(reader, "Invalid domain type %s.\n", type);
    }
    const char *builder = xen_config_text_get_string(reader->config, "builder", reader->report);
    if (builder == NULL)
        return TRUE;
    SimType builder_type = SIM_TYPE_HVM;
    if (!is_abbreviation(builder, "hvm")) {
        if (!is_abbreviation(builder, "generic"))
            return refuse(reader, "Invalid domain type %s.\n", builder);
        builder_type = SIM_TYPE_PV;
    }
    if (has_type && reader->guest->type != builder_type)
        return refuse(reader, "Contradicting \"builder\" and \"type\" options specified.\n");
    reader->guest->type = builder_type;
    return TRUE;
}

static gboolean read_identity(Reader *reader)
{
    const char *name = xen_config_text_get_string(reader->config, "name", reader->report);
    if (name == NULL)
        return refuse(reader, "Domain name must be specified.\n");
    reader->guest->name = g_strdup(name);
    const char *uuid = xen_config_text_get_string(reader->config, "uuid", reader->report);
    reader->guest->has_uuid = uuid != NULL;
    if (uuid != NULL && !g_uuid_string_is_valid(uuid))
        return refuse(reader, "Failed to parse UUID: %s\n", uuid);
    g_autofree char *text = uuid != NULL ? g_ascii_strdown(uuid, -1) : g_uuid_string_random();
    g_strlcpy(reader->guest->uuid, text, sizeof reader->guest->uuid);
    return TRUE;
}

static gboolean read_size(Reader *reader, const char *key, guint64 *kib)
{
    long number = 0;
    if (!xen_config_text_get_long(reader->config, key, &number, reader->report))
        return FALSE;
    *kib = (guint64)CLAMP(number, 0, G_MAXINT32) * 1024;
    return TRUE;
}

static gboolean read_resources(Reader *reader)
{
    SimGuest *guest = reader->guest;
    long number = 0;
    guest->has_weight =
        xen_config_text_get_long(reader->config, "cpu_weight", &number, reader->report);
    guest->weight = guest->has_weight ? (gint32)CLAMP(number, 0, G_MAXINT32) : 256;
    guest->has_cap = xen_config_text_get_long(reader->config, "cap", &number, reader->report);
    guest->cap = guest->has_cap ? (gint32)CLAMP(number, 0, G_MAXINT32) : 0;
    guest->target_kib = DEFAULT_MEMORY_KIB;
    guest->has_memory = read_size(reader, "memory", &guest->target_kib);
    guest->maximum_kib = guest->target_kib;
    read_size(reader, "maxmem", &guest->maximum_kib);
    long vcpus = 0;
    guest->has_vcpus = xen_config_text_get_long(reader->config, "vcpus", &vcpus, reader->report);
    long maximum = 0;
    if (!xen_config_text_get_long(reader->config, "maxvcpus", &maximum, reader->report) ||
        maximum == 0)
        maximum = vcpus;
    if (maximum < vcpus)
        return refuse(reader, "xl: maxvcpus < vcpus\n");
    guest->vcpus = (guint32)CLAMP(vcpus, 1, 4096);
    guest->maximum_vcpus = (guint32)CLAMP(maximum, 1, 4096);
    guest->vcpus = MIN(guest->vcpus, guest->maximum_vcpus);
    return TRUE;
}

static gboolean read_action(Reader *reader, const char *key, const char *usual, SimAction *action)
{
    const char *text = xen_config_text_get_string(reader->config, key, reader->report);
    if (text == NULL)
        text = usual;
    if (!sim_action_parse(text, action))
        return refuse(reader, "Unknown %s action \"%s\" specified\n", key, text);
    return TRUE;
}

/* Xen xl_parse.c:parse_cmdline: "cmdline" wins over "root" and "extra". */
static char *read_cmdline(Reader *reader)
{
    const char *cmdline = xen_config_text_get_string(reader->config, "cmdline", reader->report);
    const char *root = xen_config_text_get_string(reader->config, "root", reader->report);
    const char *extra = xen_config_text_get_string(reader->config, "extra", reader->report);
    if (cmdline != NULL) {
        if (root != NULL || extra != NULL)
            g_string_append(reader->report, "Warning: ignoring root= and extra= in favour of "
                                            "cmdline=\n");
        return g_strdup(cmdline);
    }
    if (root != NULL && extra != NULL)
        return g_strdup_printf("root=%s %s", root, extra);
    if (root != NULL)
        return g_strdup_printf("root=%s", root);
    return g_strdup(extra);
}

static gboolean read_devices(Reader *reader)
{
    g_autoptr(GPtrArray) disks = xen_config_text_get_list(reader->config, "disk", reader->report);
    for (guint i = 0; disks != NULL && i < disks->len; i++) {
        const char *text = g_ptr_array_index(disks, i);
        XenDiskText *disk = xen_disk_text_parse(reader->source, &text, 1, reader->report);
        if (disk == NULL) {
            reader->exit_code = 1;
            return FALSE;
        }
        g_ptr_array_add(reader->guest->disks, disk);
    }
    g_autoptr(GPtrArray) vifs = xen_config_text_get_list(reader->config, "vif", reader->report);
    for (guint i = 0; vifs != NULL && i < vifs->len; i++) {
        SimVif *vif = sim_vif_parse(reader->source, g_ptr_array_index(vifs, i), reader->report);
        if (vif == NULL) {
            reader->exit_code = 1;
            return FALSE;
        }
        if (!vif->has_devid)
            vif->devid = i;
        g_ptr_array_add(reader->guest->vifs, vif);
    }
    return TRUE;
}

static gboolean read_boot(Reader *reader)
{
    SimGuest *guest = reader->guest;
    GString *report = reader->report;
    guest->kernel = g_strdup(xen_config_text_get_string(reader->config, "kernel", report));
    guest->ramdisk = g_strdup(xen_config_text_get_string(reader->config, "ramdisk", report));
    guest->cmdline = read_cmdline(reader);
    guest->bootloader = g_strdup(xen_config_text_get_string(reader->config, "bootloader", report));
    const char *firmware = xen_config_text_get_string(reader->config, "firmware", report);
    if (guest->type != SIM_TYPE_HVM && guest->kernel == NULL && guest->bootloader == NULL &&
        firmware == NULL)
        return refuse(reader, "Neither kernel nor bootloader specified\n");
    return TRUE;
}

static gboolean read_all(Reader *reader)
{
    SimGuest *guest = reader->guest;
    return read_type(reader) && read_identity(reader) && read_resources(reader) &&
           read_action(reader, "on_poweroff", "destroy", &guest->on_poweroff) &&
           read_action(reader, "on_reboot", "restart", &guest->on_reboot) &&
           read_action(reader, "on_watchdog", "destroy", &guest->on_watchdog) &&
           read_action(reader, "on_crash", "destroy", &guest->on_crash) &&
           read_action(reader, "on_soft_reset", "soft-reset", &guest->on_soft_reset) &&
           read_boot(reader) && read_devices(reader);
}

SimGuest *sim_guest_new(void)
{
    SimGuest *guest = g_new0(SimGuest, 1);
    guest->disks = g_ptr_array_new_with_free_func((GDestroyNotify)xen_disk_text_free);
    guest->vifs = g_ptr_array_new_with_free_func((GDestroyNotify)sim_vif_free);
    return guest;
}

SimGuest *sim_guest_read(const char *source, const XenConfigText *config, GString *report,
                         int *exit_code)
{
    g_autoptr(SimGuest) guest = sim_guest_new();
    Reader reader = {.source = source, .config = config, .report = report, .guest = guest};
    if (!read_all(&reader)) {
        *exit_code = reader.exit_code;
        return NULL;
    }
    const char *type = sim_type_name(guest->type);
    guest->members = sim_members_read(config, type);
    guest->pci = sim_members_read_devices(config, type, "pcidevs");
    guest->displays = sim_members_read_devices(config, type, "vfbs");
    guest->keyboards = sim_members_read_devices(config, type, "vkbs");
    return g_steal_pointer(&guest);
}

static void free_array(GPtrArray *array)
{
    if (array != NULL)
        g_ptr_array_unref(array);
}

void sim_guest_free(SimGuest *guest)
{
    if (guest == NULL)
        return;
    free_array(guest->disks);
    free_array(guest->vifs);
    free_array(guest->members);
    free_array(guest->pci);
    free_array(guest->displays);
    free_array(guest->keyboards);
    g_free(guest->name);
    g_free(guest->kernel);
    g_free(guest->ramdisk);
    g_free(guest->cmdline);
    g_free(guest->bootloader);
    g_free(guest);
}

char *sim_guest_option(const SimGuest *guest, const char *key)
{
    if (guest->cmdline == NULL)
        return NULL;
    g_autofree char *prefix = g_strdup_printf("sim.%s=", key);
    g_auto(GStrv) words = g_strsplit_set(guest->cmdline, " \t", -1);
    char *found = NULL;
    for (guint i = 0; words[i] != NULL; i++) {
        if (g_str_has_prefix(words[i], prefix)) {
            g_free(found);
            found = g_strdup(words[i] + strlen(prefix));
        }
    }
    return found;
}
