#include "xenbackend/sim/sim_xm_guest.h"

#include <string.h>

/* Xen up to 4.4, tools/python/xen/xm/create.py: what a config without memory gets, in MiB. */
#define DEFAULT_MEMORY_MIB 128

typedef struct {
    const XenConfigText *config;
    SimGuest *guest;
    char *trouble;
} Reader;

G_GNUC_PRINTF(2, 3)
static gboolean refuse(Reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    reader->trouble = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return FALSE;
}

static const char *get_text(const Reader *reader, const char *name)
{
    return xen_config_text_get_string(reader->config, name, NULL);
}

static long get_number(const Reader *reader, const char *name, long usual)
{
    long number = usual;
    xen_config_text_get_long(reader->config, name, &number, NULL);
    return number;
}

static gboolean read_identity(Reader *reader)
{
    SimGuest *guest = reader->guest;
    const char *name = get_text(reader, "name");
    const char *uuid = get_text(reader, "uuid");
    const char *builder = get_text(reader, "builder");
    if (name == NULL || *name == '\0')
        return refuse(reader, "Missing VM Name");
    if (strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-.:+") != strlen(name))
        return refuse(reader, "Invalid VM Name");
    if (uuid != NULL && !g_uuid_string_is_valid(uuid))
        return refuse(reader, "invalid literal for uuid: %s", uuid);
    if (builder != NULL && strcmp(builder, "linux") != 0 && strcmp(builder, "hvm") != 0)
        return refuse(reader, "unknown image type: %s", builder);
    g_autofree char *text = uuid != NULL ? g_ascii_strdown(uuid, -1) : g_uuid_string_random();
    guest->name = g_strdup(name);
    guest->has_uuid = uuid != NULL;
    guest->type = g_strcmp0(builder, "hvm") == 0 ? SIM_TYPE_HVM : SIM_TYPE_PV;
    g_strlcpy(guest->uuid, text, sizeof guest->uuid);
    return TRUE;
}

static gboolean read_resources(Reader *reader)
{
    SimGuest *guest = reader->guest;
    guest->target_kib =
        (guint64)CLAMP(get_number(reader, "memory", DEFAULT_MEMORY_MIB), 1, G_MAXINT32) * 1024;
    guest->maximum_kib =
        (guint64)CLAMP(get_number(reader, "maxmem", (long)(guest->target_kib / 1024)), 1,
                       G_MAXINT32) *
        1024;
    guest->vcpus = (guint32)CLAMP(get_number(reader, "vcpus", 1), 1, 4096);
    guest->maximum_vcpus =
        (guint32)CLAMP(get_number(reader, "maxvcpus", guest->vcpus), guest->vcpus, 4096);
    guest->weight = (gint32)CLAMP(get_number(reader, "cpu_weight", 256), 0, G_MAXINT32);
    guest->cap = (gint32)CLAMP(get_number(reader, "cpu_cap", 0), 0, G_MAXINT32);
    guest->has_memory = guest->has_vcpus = guest->has_weight = guest->has_cap = TRUE;
    return guest->target_kib <= guest->maximum_kib ||
           refuse(reader, "Invalid Configuration: memory_dynamic_max must be less than or equal to "
                          "memory_static_max");
}

/* xend has no on_watchdog, and restarts what crashes. */
static gboolean read_actions(Reader *reader)
{
    SimGuest *guest = reader->guest;
    const struct {
        const char *name, *usual;
        SimAction *action;
    } rows[] = {{"on_poweroff", "destroy", &guest->on_poweroff},
                {"on_reboot", "restart", &guest->on_reboot},
                {"on_crash", "restart", &guest->on_crash}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *text = get_text(reader, rows[i].name);
        if (!sim_action_parse(text != NULL ? text : rows[i].usual, rows[i].action) ||
            *rows[i].action == SIM_ACTION_SOFT_RESET)
            return refuse(reader, "Invalid Configuration: %s event handling mode \"%s\"",
                          rows[i].name, text);
    }
    guest->on_watchdog = guest->on_crash;
    return TRUE;
}

static gboolean read_boot(Reader *reader)
{
    SimGuest *guest = reader->guest;
    const char *root = get_text(reader, "root");
    const char *extra = get_text(reader, "extra");
    guest->kernel = g_strdup(get_text(reader, "kernel"));
    guest->ramdisk = g_strdup(get_text(reader, "ramdisk"));
    guest->bootloader = g_strdup(get_text(reader, "bootloader"));
    guest->cmdline =
        g_strdup_printf("%s%s%s%s", root != NULL ? "root=" : "", root != NULL ? root : "",
                        root != NULL && extra ? " " : "", extra != NULL ? extra : "");
    return guest->type == SIM_TYPE_HVM || guest->kernel != NULL || guest->bootloader != NULL ||
           refuse(reader, "Kernel image does not exist: None");
}

static gboolean read_disk(Reader *reader, const char *text)
{
    g_auto(GStrv) fields = g_strsplit(text, ",", -1);
    guint count = g_strv_length(fields);
    if (count < 3 || count > 5)
        return refuse(reader, "Invalid disk specifier: %s", text);
    if (strcmp(fields[2], "r") != 0 && strcmp(fields[2], "w") != 0 && strcmp(fields[2], "w!") != 0)
        return refuse(reader, "Invalid mode");
    const char *colon = strchr(fields[0], ':');
    if (colon != NULL && g_str_has_prefix(fields[0], "tap"))
        colon = strchr(colon + 1, ':'); /* the kind of image stands between */
    /* xend takes what old files have in front away: tools/python/xen/xend/server/blkif.py. */
    const char *ioemu = strstr(fields[1], "ioemu:");
    const char *device = ioemu != NULL ? strchr(fields[1], ':') + 1 : fields[1];
    const char *type = strchr(device, ':');
    XenDiskText *disk = xen_disk_text_new();
    disk->is_cdrom = g_strcmp0(type, ":cdrom") == 0;
    disk->is_read_only = fields[2][0] == 'r';
    disk->target = *fields[0] != '\0' ? g_strdup(colon != NULL ? colon + 1 : fields[0]) : NULL;
    disk->vdev = g_strndup(device, strcspn(device, ":"));
    disk->format = g_strdup(disk->target == NULL                   ? "empty"
                            : strstr(fields[0], ":qcow2:") != NULL ? "qcow2"
                            : strstr(fields[0], ":qcow:") != NULL  ? "qcow"
                            : strstr(fields[0], ":vhd:") != NULL   ? "vhd"
                                                                   : "raw");
    g_ptr_array_add(reader->guest->disks, disk);
    if (sim_disk_number(disk->vdev) < 0)
        return refuse(reader, "Unable to find number for device (%s)", disk->vdev);
    return colon != NULL || disk->is_cdrom ||
           refuse(reader, "Block device must have physical details specified");
}

static gboolean read_vif(Reader *reader, const char *text)
{
    static const char *const keys[] = {"backend", "bridge",  "ip",   "mac",   "script",
                                       "type",    "vifname", "rate", "model", "accel",
                                       "policy",  "label",   NULL};
    g_autoptr(GString) report = g_string_new(NULL);
    g_auto(GStrv) pairs = g_strsplit(text, ",", -1);
    for (guint i = 0; *text != '\0' && pairs[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(pairs[i], "=", 2);
        if (g_strv_length(pair) != 2)
            return refuse(reader, "%s should be a pair, separated by an equals sign.", pairs[i]);
        if (!g_strv_contains(keys, g_strstrip(pair[0])))
            return refuse(reader, "Invalid vif option: %s", pair[0]);
    }
    SimVif *vif = sim_vif_parse("", text, report);
    if (vif == NULL)
        return refuse(reader, "Invalid vif: %s", text);
    vif->devid = reader->guest->vifs->len;
    g_ptr_array_add(reader->guest->vifs, vif);
    return TRUE;
}

static gboolean read_list(Reader *reader, const char *name,
                          gboolean (*read_one)(Reader *reader, const char *text))
{
    g_autoptr(GPtrArray) texts = xen_config_text_get_list(reader->config, name, NULL);
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        if (!read_one(reader, g_ptr_array_index(texts, i)))
            return FALSE;
    return TRUE;
}

SimGuest *sim_xm_guest_read(const XenConfigText *config, char **trouble)
{
    g_autoptr(SimGuest) guest = sim_guest_new();
    Reader reader = {config, guest, NULL};
    if (!read_identity(&reader) || !read_resources(&reader) || !read_actions(&reader) ||
        !read_boot(&reader) || !read_list(&reader, "disk", read_disk) ||
        !read_list(&reader, "vif", read_vif)) {
        *trouble = reader.trouble;
        return NULL;
    }
    return g_steal_pointer(&guest);
}

static void append_text(GString *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    g_autofree char *escaped = g_strescape(text, NULL);
    g_string_append_printf(out, "%s = \"%s\"\n", name, escaped);
}

char *sim_guest_format(const SimGuest *guest)
{
    GString *out = g_string_new(NULL);
    append_text(out, "name", guest->name);
    append_text(out, "uuid", guest->uuid);
    append_text(out, "type", sim_type_name(guest->type));
    g_string_append_printf(out,
                           "memory = %" G_GUINT64_FORMAT "\nmaxmem = %" G_GUINT64_FORMAT
                           "\nvcpus = %u\nmaxvcpus = %u\ncpu_weight = %d\ncap = %d\n",
                           guest->target_kib / 1024, guest->maximum_kib / 1024, guest->vcpus,
                           guest->maximum_vcpus, guest->weight, guest->cap);
    append_text(out, "kernel", guest->kernel);
    append_text(out, "ramdisk", guest->ramdisk);
    append_text(out, "cmdline", guest->cmdline);
    append_text(out, "bootloader", guest->bootloader);
    append_text(out, "on_poweroff", sim_action_name(guest->on_poweroff));
    append_text(out, "on_reboot", sim_action_name(guest->on_reboot));
    append_text(out, "on_crash", sim_action_name(guest->on_crash));
    append_text(out, "on_watchdog", sim_action_name(guest->on_watchdog));
    return g_string_free(out, FALSE);
}
