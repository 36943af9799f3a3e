/* Devices that nothing can be done with but show them. */
#include "xenbackend/sim/sim_members.h"

#include <stdlib.h>
#include <string.h>

static void add_number(GPtrArray *device, const char *path, gint64 number)
{
    sim_members_add(device, path, SIM_MEMBER_NUMBER)->number = number;
}

static void add_text(GPtrArray *device, const char *path, const char *text)
{
    sim_members_add(device, path, SIM_MEMBER_TEXT)->text = g_strdup(text);
}

static void add_truth(GPtrArray *device, const char *path, const char *text)
{
    add_text(device, path, strtol(text, NULL, 0) != 0 ? "True" : "False");
}

static GPtrArray *devices_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
}

/* ---- displays ---- */

static const struct {
    const char *name, *path;
    gboolean is_truth;
} display_parts[] = {
    {"vnc", "vnc/enable", TRUE},           {"vnclisten", "vnc/listen", FALSE},
    {"vncpasswd", "vnc/passwd", FALSE},    {"vncdisplay", "vnc/display", FALSE},
    {"vncunused", "vnc/findunused", TRUE}, {"sdl", "sdl/enable", TRUE},
    {"opengl", "sdl/opengl", TRUE},        {"keymap", "keymap", FALSE},
};

/* The value of a key of "key=value,key=value", or NULL. To be freed. */
static char *find_part(const char *text, const char *name)
{
    g_auto(GStrv) pieces = g_strsplit(text, ",", -1);
    for (guint i = 0; pieces[i] != NULL; i++) {
        char *equals = strchr(pieces[i], '=');
        if (equals != NULL && strncmp(g_strchug(pieces[i]), name, strlen(name)) == 0 &&
            strchr(pieces[i], '=') == pieces[i] + strlen(name))
            return g_strdup(strchr(pieces[i], '=') + 1);
    }
    return NULL;
}

/* A display of a list, or (TEXT NULL) the one that the file's own keys describe. */
static GPtrArray *read_display(const XenConfigText *config, const char *text, guint devid)
{
    GPtrArray *device = sim_members_new();
    add_number(device, "devid", devid);
    sim_members_add(device, "vnc", SIM_MEMBER_OBJECT);
    for (guint i = 0; i < G_N_ELEMENTS(display_parts); i++) {
        const char *name = display_parts[i].name;
        g_autofree char *value = text != NULL
                                     ? find_part(text, name)
                                     : g_strdup(xen_config_text_get_string(config, name, NULL));
        if (strcmp(name, "sdl") == 0)
            sim_members_add(device, "sdl", SIM_MEMBER_OBJECT);
        if (value != NULL && display_parts[i].is_truth)
            add_truth(device, display_parts[i].path, value);
        else if (value != NULL && strcmp(name, "vncdisplay") == 0)
            add_number(device, display_parts[i].path, strtol(value, NULL, 10));
        else if (value != NULL)
            add_text(device, display_parts[i].path, value);
    }
    return device;
}

/* xl makes one of a PV guest's own keys: tools/xl/xl_parse.c:parse_top_level_vnc_options. */
static gboolean has_own_display(const XenConfigText *config)
{
    long is_on = 0;
    return xen_config_text_get_long(config, "vnc", &is_on, NULL) && is_on != 0;
}

static GPtrArray *read_displays(const XenConfigText *config, const char *type)
{
    GPtrArray *devices = devices_new();
    g_autoptr(GPtrArray) list = xen_config_text_get_list(config, "vfb", NULL);
    for (guint i = 0; strcmp(type, "hvm") != 0 && list != NULL && i < list->len; i++)
        g_ptr_array_add(devices, read_display(config, g_ptr_array_index(list, i), i));
    if (strcmp(type, "pv") == 0 && devices->len == 0 && has_own_display(config))
        g_ptr_array_add(devices, read_display(config, NULL, devices->len));
    return devices;
}

/* Each display brings a keyboard. */
static GPtrArray *read_keyboards(const XenConfigText *config, const char *type)
{
    GPtrArray *devices = devices_new();
    g_autoptr(GPtrArray) displays = read_displays(config, type);
    for (guint i = 0; i < displays->len; i++) {
        GPtrArray *device = sim_members_new();
        add_number(device, "devid", i);
        g_ptr_array_add(devices, device);
    }
    return devices;
}

/* ---- PCI devices ---- */

/* Numbers that are 0 are left out, as libxl does. */
static void add_part(GPtrArray *device, const char *path, guint64 number)
{
    if (number != 0)
        add_number(device, path, (gint64)number);
}

static GPtrArray *read_pci(const char *text)
{
    guint64 parts[4] = {0}; /* domain, bus, device, function */
    gboolean is_long = strlen(text) > 4 && text[4] == ':';
    GPtrArray *device = sim_members_new();
    char *end = (char *)text;
    for (guint i = is_long ? 0 : 1; i < G_N_ELEMENTS(parts); i++) {
        parts[i] = g_ascii_strtoull(end, &end, 16);
        end += *end == ':' || *end == '.' ? 1 : 0;
    }
    guint64 slot = *end == '@' ? g_ascii_strtoull(end + 1, NULL, 16) : 0;
    add_part(device, "func", parts[3]);
    add_part(device, "dev", parts[2]);
    add_part(device, "bus", parts[1]);
    add_part(device, "domain", parts[0]);
    add_part(device, "vdevfn", slot * 8);
    if (strstr(text, "permissive=1") != NULL)
        sim_members_add(device, "permissive", SIM_MEMBER_TEXT)->text = g_strdup("True");
    return device;
}

static GPtrArray *read_all_pci(const XenConfigText *config)
{
    GPtrArray *devices = devices_new();
    g_autoptr(GPtrArray) list = xen_config_text_get_list(config, "pci", NULL);
    for (guint i = 0; list != NULL && i < list->len; i++)
        g_ptr_array_add(devices, read_pci(g_ptr_array_index(list, i)));
    return devices;
}

GPtrArray *sim_members_read_devices(const XenConfigText *config, const char *type, const char *list)
{
    return strcmp(list, "pcidevs") == 0 ? read_all_pci(config)
           : strcmp(list, "vfbs") == 0  ? read_displays(config, type)
                                        : read_keyboards(config, type);
}
