#include "xenbackend/sim/sim_members.h"

#include <string.h>

enum { PV = 1, PVH = 2, HVM = 4 };

/* How xl reads a setting, and what libxl's JSON has for it. */
typedef enum {
    OWN,         /* the kind says what it is */
    TEXT,        /* as it is */
    WORD,        /* one of `words`, or its number */
    UNDERSCORED, /* a word of libxl's, in which '-' is '_' */
    TRUTH,       /* "True" or "False" */
    NUMBER,
    UNSIGNED,  /* of 32 bits */
    CARD,      /* `vga`, else `stdvga` */
    MEBIBYTES, /* KiB in the JSON */
    LIST,
    ARGUMENTS, /* a list, or one text with blanks between */
    ONE,       /* a text; nothing where it is a list */
    SEVERAL    /* a list; nothing where it is a text */
} Reading;

typedef struct {
    const char *path;
    const char *name; /* in the file */
    Reading reading;
    SimMemberKind kind;
    guint guests; /* 0: all */
    const char *const *words;
} MemberRow;

static const char *const words_tsc_mode[] = {"default", "always_emulate", "native",
                                             "native_paravirt", NULL};
static const char *const words_timer_mode[] = {
    "delay_for_missed_ticks", "no_delay_for_missed_ticks", "no_missed_ticks_pending",
    "one_missed_tick_pending", NULL};
static const char *const words_altp2m[] = {"disabled", "mixed", "external", "limited", NULL};

/* Members of the build info of HVM guests. */
#define IN_HVM(member) "b_info/type.hvm/" member

/* Xen 4.17 tools/libs/light/libxl_types.idl, with the names of tools/xl/xl_parse.c. */
static const MemberRow rows[] = {
    {"c_info/type", NULL, OWN, SIM_MEMBER_TEXT, 0, NULL},
    {"c_info/hap", "hap", TRUTH, 0, 0, NULL},
    {"c_info/oos", "oos", TRUTH, 0, 0, NULL},
    {"c_info", NULL, OWN, SIM_MEMBER_IDENTITY, 0, NULL},
    {"c_info/pool_name", "pool", TEXT, 0, 0, NULL},
    {"c_info", NULL, OWN, SIM_MEMBER_HOTPLUG, 0, NULL},
    {"c_info/driver_domain", "driver_domain", TRUTH, 0, 0, NULL},
    {"c_info/passthrough", "passthrough", TEXT, 0, 0, NULL},
    {"c_info/xend_suspend_evtchn_compat", "xend_suspend_evtchn_compat", TRUTH, 0, PV, NULL},
    {"b_info", NULL, OWN, SIM_MEMBER_VCPUS, 0, NULL},
    {"b_info/tsc_mode", "tsc_mode", WORD, 0, 0, words_tsc_mode},
    {"b_info", NULL, OWN, SIM_MEMBER_MEMORY, 0, NULL},
    {"b_info/shadow_memkb", "shadow_memory", MEBIBYTES, 0, 0, NULL},
    {"b_info/rtc_timeoffset", "rtc_timeoffset", UNSIGNED, 0, 0, NULL},
    {"b_info/localtime", "localtime", TRUTH, 0, 0, NULL},
    {"b_info/disable_migrate", "nomigrate", TRUTH, 0, 0, NULL},
    {"b_info/max_grant_frames", "max_grant_frames", NUMBER, 0, 0, NULL},
    {"b_info/max_maptrack_frames", "max_maptrack_frames", NUMBER, 0, 0, NULL},
    {"b_info/max_grant_version", "max_grant_version", NUMBER, 0, 0, NULL},
    {"b_info/device_model_version", "device_model_version", UNDERSCORED, 0, 0, NULL},
    {"b_info/device_model_stubdomain", "device_model_stubdomain_override", TRUTH, 0, 0, NULL},
    {"b_info/stubdomain_memkb", "stubdomain_memory", MEBIBYTES, 0, 0, NULL},
    {"b_info/stubdomain_kernel", "stubdomain_kernel", TEXT, 0, 0, NULL},
    {"b_info/stubdomain_cmdline", "stubdomain_cmdline", TEXT, 0, 0, NULL},
    {"b_info/stubdomain_ramdisk", "stubdomain_ramdisk", TEXT, 0, 0, NULL},
    {"b_info/device_model", "device_model_override", TEXT, 0, 0, NULL},
    {"b_info/device_model_user", "device_model_user", TEXT, 0, 0, NULL},
    {"b_info/extra", "device_model_args", LIST, 0, 0, NULL},
    {"b_info/extra_pv", "device_model_args_pv", LIST, 0, 0, NULL},
    {"b_info/extra_hvm", "device_model_args_hvm", LIST, 0, 0, NULL},
    {"b_info", NULL, OWN, SIM_MEMBER_SCHEDULER, 0, NULL},
    {"b_info", NULL, OWN, SIM_MEMBER_CLAIM, 0, NULL},
    {"b_info/event_channels", "max_event_channels", NUMBER, 0, 0, NULL},
    {"b_info/kernel", "kernel", TEXT, 0, 0, NULL},
    {"b_info", NULL, OWN, SIM_MEMBER_CMDLINE, 0, NULL},
    {"b_info/ramdisk", "ramdisk", TEXT, 0, 0, NULL},
    {"b_info/device_tree", "device_tree", TEXT, 0, 0, NULL},
    {"b_info/acpi", "acpi", TRUTH, 0, PVH | HVM, NULL},
    {"b_info/bootloader", "bootloader", TEXT, 0, PV | PVH, NULL},
    {"b_info/bootloader_args", "bootloader_args", ARGUMENTS, 0, PV | PVH, NULL},
    {"b_info/timer_mode", "timer_mode", WORD, 0, PVH | HVM, words_timer_mode},
    {"b_info/nested_hvm", "nestedhvm", TRUTH, 0, PVH | HVM, NULL},
    {"b_info/apic", "apic", TRUTH, 0, HVM, NULL},
    {"b_info/dm_restrict", "dm_restrict", TRUTH, 0, HVM, NULL},
    {"b_info/type.hvm", NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {IN_HVM("firmware"), "firmware_override", TEXT, 0, HVM, NULL},
    {IN_HVM("bios"), "bios", TEXT, 0, HVM, NULL},
    {IN_HVM("pae"), "pae", TRUTH, 0, HVM, NULL},
    {IN_HVM("acpi_s3"), "acpi_s3", TRUTH, 0, HVM, NULL},
    {IN_HVM("acpi_s4"), "acpi_s4", TRUTH, 0, HVM, NULL},
    {IN_HVM("acpi_laptop_slate"), "acpi_laptop_slate", TRUTH, 0, HVM, NULL},
    {IN_HVM("nx"), "nx", TRUTH, 0, HVM, NULL},
    {IN_HVM("viridian"), "viridian", TRUTH, 0, HVM, NULL},
    {IN_HVM("hpet"), "hpet", TRUTH, 0, HVM, NULL},
    {IN_HVM("vpt_align"), "vpt_align", TRUTH, 0, HVM, NULL},
    {IN_HVM("mmio_hole_memkb"), "mmio_hole", MEBIBYTES, 0, HVM, NULL},
    {IN_HVM("system_firmware"), "bios_path_override", TEXT, 0, HVM, NULL},
    {IN_HVM("smbios_firmware"), "smbios_firmware", TEXT, 0, HVM, NULL},
    {IN_HVM("acpi_firmware"), "acpi_firmware", TEXT, 0, HVM, NULL},
    {IN_HVM("hdtype"), "hdtype", TEXT, 0, HVM, NULL},
    {IN_HVM("nographic"), "nographic", TRUTH, 0, HVM, NULL},
    {IN_HVM("vga"), NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {IN_HVM("vga/kind"), "vga", CARD, 0, HVM, NULL},
    {IN_HVM("vnc"), NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {IN_HVM("vnc/enable"), "vnc", TRUTH, 0, HVM, NULL},
    {IN_HVM("vnc/listen"), "vnclisten", TEXT, 0, HVM, NULL},
    {IN_HVM("vnc/passwd"), "vncpasswd", TEXT, 0, HVM, NULL},
    {IN_HVM("vnc/display"), "vncdisplay", NUMBER, 0, HVM, NULL},
    {IN_HVM("vnc/findunused"), "vncunused", TRUTH, 0, HVM, NULL},
    {IN_HVM("keymap"), "keymap", TEXT, 0, HVM, NULL},
    {IN_HVM("sdl"), NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {IN_HVM("sdl/enable"), "sdl", TRUTH, 0, HVM, NULL},
    {IN_HVM("sdl/opengl"), "opengl", TRUTH, 0, HVM, NULL},
    {IN_HVM("spice"), NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {IN_HVM("spice/enable"), "spice", TRUTH, 0, HVM, NULL},
    {IN_HVM("spice/passwd"), "spicepasswd", TEXT, 0, HVM, NULL},
    {IN_HVM("gfx_passthru"), "gfx_passthru", TRUTH, 0, HVM, NULL},
    {IN_HVM("serial"), "serial", ONE, 0, HVM, NULL},
    {IN_HVM("boot"), "boot", TEXT, 0, HVM, NULL},
    {IN_HVM("usb"), "usb", TRUTH, 0, HVM, NULL},
    {IN_HVM("usbversion"), "usbversion", NUMBER, 0, HVM, NULL},
    {IN_HVM("usbdevice"), "usbdevice", ONE, 0, HVM, NULL},
    {IN_HVM("vkb_device"), "vkb_device", TRUTH, 0, HVM, NULL},
    {IN_HVM("soundhw"), "soundhw", TEXT, 0, HVM, NULL},
    {IN_HVM("xen_platform_pci"), "xen_platform_pci", TRUTH, 0, HVM, NULL},
    {IN_HVM("usbdevice_list"), "usbdevice", SEVERAL, 0, HVM, NULL},
    {IN_HVM("vendor_device"), "vendor_device", TEXT, 0, HVM, NULL},
    {IN_HVM("serial_list"), "serial", SEVERAL, 0, HVM, NULL},
    {IN_HVM("rdm"), NULL, OWN, SIM_MEMBER_OBJECT, HVM, NULL},
    {"b_info/type.pv", NULL, OWN, SIM_MEMBER_OBJECT, PV, NULL},
    {"b_info/type.pv/e820_host", "e820_host", TRUTH, 0, PV, NULL},
    {"b_info/type.pvh", NULL, OWN, SIM_MEMBER_OBJECT, PVH, NULL},
    {"b_info/type.pvh/pvshim", "pvshim", TRUTH, 0, PVH, NULL},
    {"b_info/type.pvh/pvshim_path", "pvshim_path", TEXT, 0, PVH, NULL},
    {"b_info/type.pvh/pvshim_cmdline", "pvshim_cmdline", TEXT, 0, PVH, NULL},
    {"b_info/type.pvh/pvshim_extra", "pvshim_extra", TEXT, 0, PVH, NULL},
    {"b_info/arch_arm", NULL, OWN, SIM_MEMBER_OBJECT, 0, NULL},
    {"b_info/arch_x86", NULL, OWN, SIM_MEMBER_OBJECT, 0, NULL},
    {"b_info/arch_x86/msr_relaxed", "msr_relaxed", TRUTH, 0, 0, NULL},
    {"b_info/arch_x86", NULL, OWN, SIM_MEMBER_MSR, 0, NULL},
    {"b_info/altp2m", "altp2m", WORD, 0, PVH | HVM, words_altp2m},
    {"b_info/vmtrace_buf_kb", "vmtrace_buf_kb", NUMBER, 0, 0, NULL},
    {"b_info/vpmu", "vpmu", TRUTH, 0, 0, NULL},
};

static void member_free(gpointer data)
{
    SimMember *member = data;
    g_free(member->text);
    if (member->texts != NULL)
        g_ptr_array_unref(member->texts);
    g_free(member);
}

GPtrArray *sim_members_new(void)
{
    return g_ptr_array_new_with_free_func(member_free);
}

SimMember *sim_members_add(GPtrArray *members, const char *path, SimMemberKind kind)
{
    SimMember *member = g_new0(SimMember, 1);
    member->path = path;
    member->kind = kind;
    g_ptr_array_add(members, member);
    return member;
}

static void add_text(GPtrArray *members, const char *path, char *text)
{
    sim_members_add(members, path, SIM_MEMBER_TEXT)->text = text;
}

static void add_number(GPtrArray *members, const char *path, gint64 number)
{
    sim_members_add(members, path, SIM_MEMBER_NUMBER)->number = number;
}

static void add_texts(GPtrArray *members, const char *path, const GPtrArray *list)
{
    SimMember *member = sim_members_add(members, path, SIM_MEMBER_TEXTS);
    member->texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < list->len; i++)
        g_ptr_array_add(member->texts, g_strdup(g_ptr_array_index(list, i)));
}

static void add_word(GPtrArray *members, const MemberRow *row, const char *text)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(text, &end, 0);
    gboolean is_number = *text != '\0' && *end == '\0';
    const char *word =
        is_number && number < g_strv_length((char **)row->words) ? row->words[number] : text;
    if (strcmp(word, row->words[0]) != 0)
        add_text(members, row->path, g_strdup(word));
}

static void add_split(GPtrArray *members, const char *path, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n", -1);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (guint i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add(list, words[i]);
    add_texts(members, path, list);
}

static void add_long(GPtrArray *members, const MemberRow *row, long number)
{
    if (row->reading == TRUTH)
        add_text(members, row->path, g_strdup(number != 0 ? "True" : "False"));
    else if (row->reading == MEBIBYTES)
        add_number(members, row->path, (gint64)number * 1024);
    else if (row->reading == UNSIGNED)
        add_number(members, row->path, (guint32)number);
    else
        add_number(members, row->path, number);
}

static void read_row(const XenConfigText *config, const MemberRow *row, GPtrArray *members)
{
    const XenConfigValue *value = xen_config_text_get(config, row->name);
    gboolean is_list = value != NULL && value->kind == XEN_CONFIG_LIST;
    const char *text = is_list ? NULL : xen_config_text_get_string(config, row->name, NULL);
    g_autoptr(GPtrArray) list = is_list ? xen_config_text_get_list(config, row->name, NULL) : NULL;
    long number = 0;
    switch (row->reading) {
    case OWN:
        break;
    case TEXT:
    case ONE:
        if (text != NULL)
            add_text(members, row->path, g_strdup(text));
        break;
    case CARD:
        if (text != NULL)
            add_text(members, row->path, g_strdup(strcmp(text, "stdvga") == 0 ? "std" : text));
        else if (xen_config_text_get_long(config, "stdvga", &number, NULL))
            add_text(members, row->path, g_strdup(number != 0 ? "std" : "cirrus"));
        break;
    case UNDERSCORED:
        if (text != NULL)
            add_text(members, row->path, g_strdelimit(g_strdup(text), "-", '_'));
        break;
    case WORD:
        if (text != NULL)
            add_word(members, row, text);
        break;
    case LIST:
    case ARGUMENTS:
    case SEVERAL:
        if (list != NULL)
            add_texts(members, row->path, list);
        else if (row->reading == ARGUMENTS && text != NULL)
            add_split(members, row->path, text);
        break;
    case TRUTH:
    case NUMBER:
    case UNSIGNED:
    case MEBIBYTES:
        if (xen_config_text_get_long(config, row->name, &number, NULL))
            add_long(members, row, number);
        break;
    }
}

GPtrArray *sim_members_read(const XenConfigText *config, const char *type)
{
    guint guest = strcmp(type, "hvm") == 0 ? HVM : strcmp(type, "pvh") == 0 ? PVH : PV;
    GPtrArray *members = sim_members_new();
    long number = 0;
    gboolean says_msr = xen_config_text_get_long(config, "msr_relaxed", &number, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const MemberRow *row = &rows[i];
        gboolean is_for_guest = row->guests == 0 || (row->guests & guest) != 0;
        if (!is_for_guest || (row->kind == SIM_MEMBER_MSR && says_msr))
            continue;
        if (row->reading != OWN)
            read_row(config, row, members);
        else
            sim_members_add(members, row->path, row->kind)->text =
                row->kind == SIM_MEMBER_TEXT ? g_strdup(type) : NULL;
    }
    return members;
}
