/* Keys that do not go with each other, or not with the type of the guest. Xen says so only when the
 * domain is created, or drops one of them without a word. */
#include "spec/spec_check_parts.h"

#include <string.h>

#define HVM_VCPUS_MAX 128 /* Xen xen/include/public/hvm/hvm_info_table.h: HVM_MAX_VCPUS */

gboolean value_is_on(const Value *value)
{
    if (value == NULL) {
        return FALSE;
    }
    switch ((ValueForm)value->form) {
    case FORM_INTEGER:
        return value->integer != 0;
    case FORM_TEXT:
        return strcmp(value->text, "disabled") != 0 && strcmp(value->text, "none") != 0;
    case FORM_LIST:
    case FORM_MAP:
        return value->count > 0;
    case FORM_TABLE:
        break;
    }
    return TRUE;
}

static gboolean are_on(const Value *value, const Value *other)
{
    return value_is_on(value) && value_is_on(other);
}

static gboolean are_two_files(const Value *file, const Value *firmware)
{
    return file != NULL && firmware->text[0] == '/';
}

static gboolean are_two_displays(const Value *listen, const Value *display)
{
    return display != NULL && strchr(listen->text, ':') != NULL;
}

typedef struct {
    DomainKey key, other;
    guint guests; /* for which it holds; 0: all */
    gboolean (*clash)(const Value *value, const Value *other);
    const char *reason;
} Conflict;

/* Xen tools/xl/xl_parse.c:parse_config_data and tools/libs/light/libxl_create.c. */
static const Conflict conflicts[] = {
    {DOMAIN_KEY_kernel, DOMAIN_KEY_firmware, GUEST_PV | GUEST_PVH, are_on,
     "its firmware stands in the place of a kernel"},
    {DOMAIN_KEY_bios, DOMAIN_KEY_firmware, GUEST_HVM, are_on, "`firmware` takes its place"},
    {DOMAIN_KEY_firmware_override, DOMAIN_KEY_firmware, GUEST_HVM, are_two_files,
     "both name the file that is loaded"},
    {DOMAIN_KEY_vga, DOMAIN_KEY_stdvga, 0, are_on, "xl then ignores `stdvga`"},
    {DOMAIN_KEY_usbversion, DOMAIN_KEY_usb, 0, are_on, "Xen refuses the two"},
    {DOMAIN_KEY_usbversion, DOMAIN_KEY_usbdevice, 0, are_on, "Xen refuses the two"},
    {DOMAIN_KEY_nestedhvm, DOMAIN_KEY_altp2m, 0, are_on, "Xen refuses the two"},
    {DOMAIN_KEY_vnclisten, DOMAIN_KEY_vncdisplay, 0, are_two_displays,
     "the display stands in `vnclisten` already"},
    {DOMAIN_KEY_vfb, DOMAIN_KEY_vnc, GUEST_PV, are_on,
     "xl then ignores `vnc`, which belongs into the vfb"},
};

static void check_conflict(const Subject *subject, const Conflict *conflict)
{
    const Domain *domain = subject->domain;
    const DomainKey keys[] = {conflict->key, conflict->other, DOMAIN_KEY_type};
    const Value *value = domain_get(domain, conflict->key);
    const Value *other = domain_get(domain, conflict->other);
    if (value == NULL || other == NULL || !conflict->clash(value, other)) {
        return;
    }
    gboolean is_for_all = conflict->guests == 0;
    guint type = subject_type(subject);
    if (!is_for_all && (type == GUEST_ALL || (conflict->guests & type) == 0)) {
        return;
    }
    if (subject_has(subject, keys, is_for_all ? 2 : 3)) {
        problems_add(subject->problems, subject_place(subject, keys, 2),
                     "expected only one of '%s' and '%s' in %s '%s', found both: %s",
                     domain_keys.rows[conflict->key].name, domain_keys.rows[conflict->other].name,
                     subject->kind, domain->name, conflict->reason);
    }
}

/* Firmware of PV guests is a boot loader, that of HVM guests a BIOS. */
static void check_firmware_type(const Subject *subject)
{
    static const DomainKey keys[] = {DOMAIN_KEY_firmware, DOMAIN_KEY_type};
    const Domain *domain = subject->domain;
    if (!subject_has(subject, keys, G_N_ELEMENTS(keys))) {
        return;
    }
    const char *firmware = domain_get_text(domain, DOMAIN_KEY_firmware);
    gboolean is_hvm = subject_type(subject) == GUEST_HVM;
    if (is_hvm == g_str_has_prefix(firmware, "pvgrub")) {
        problems_add(subject->problems, subject_place(subject, keys, G_N_ELEMENTS(keys)),
                     "expected a firmware that %s guests have (%s) in %s '%s', found '%s'",
                     domain_get_text(domain, DOMAIN_KEY_type),
                     is_hvm ? "bios, seabios, rombios, uefi, ovmf or a path"
                            : "pvgrub32 or pvgrub64",
                     subject->kind, domain->name, firmware);
    }
}

/* Memory that is populated on demand needs a guest that Xen alone looks after (Xen
 * tools/libs/light/libxl_create.c:initiate_domain_create). */
static void check_populate_on_demand(const Subject *subject, DomainKey other)
{
    const DomainKey keys[] = {other, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory, DOMAIN_KEY_type};
    const Domain *domain = subject->domain;
    gint64 maximum = domain_get_integer(domain, DOMAIN_KEY_maxmem);
    gint64 memory = domain_get_integer(domain, DOMAIN_KEY_memory);
    guint type = subject_type(subject);
    if (value_is_on(domain_get(domain, other)) && maximum > memory && type != GUEST_PV &&
        type != GUEST_ALL && subject_has(subject, keys, G_N_ELEMENTS(keys))) {
        problems_add(subject->problems, subject_place(subject, keys, 3),
                     "expected 'memory' and 'maxmem' to be the same in %s '%s', which has '%s' "
                     "and is of type %s, found %" G_GINT64_FORMAT " MiB and %" G_GINT64_FORMAT
                     " MiB",
                     subject->kind, domain->name, domain_keys.rows[other].name,
                     domain_get_text(domain, DOMAIN_KEY_type), memory, maximum);
    }
}

/* Xen tools/libs/light/libxl_create.c:libxl__domain_build_info_setdefault. */
static gint64 least_videoram_mib(const Domain *domain)
{
    const char *vga = domain_get_text(domain, DOMAIN_KEY_vga);
    if (vga == NULL) {
        return domain_get_integer(domain, DOMAIN_KEY_stdvga) != 0 ? 16 : 8;
    }
    return strcmp(vga, "qxl") == 0      ? 128
           : strcmp(vga, "stdvga") == 0 ? 16
           : strcmp(vga, "cirrus") == 0 ? 8
                                        : 0;
}

static void check_videoram(const Subject *subject)
{
    const Domain *domain = subject->domain;
    gboolean has_vga = domain_get(domain, DOMAIN_KEY_vga) != NULL;
    gboolean has_stdvga = domain_get(domain, DOMAIN_KEY_stdvga) != NULL;
    const DomainKey keys[] = {DOMAIN_KEY_videoram, has_vga ? DOMAIN_KEY_vga : DOMAIN_KEY_stdvga};
    gint64 videoram = domain_get_integer(domain, DOMAIN_KEY_videoram);
    guint count = has_vga || has_stdvga ? 2 : 1;
    if (domain_get(domain, DOMAIN_KEY_videoram) != NULL && videoram < least_videoram_mib(domain) &&
        !domain_is_refused(domain, DOMAIN_KEY_vga) && subject_has(subject, keys, count)) {
        problems_add(subject->problems, subject_place(subject, keys, count),
                     "expected at least %" G_GINT64_FORMAT
                     " MiB of 'videoram' for the graphics card of %s '%s', found %" G_GINT64_FORMAT
                     " MiB",
                     least_videoram_mib(domain), subject->kind, domain->name, videoram);
    }
}

static void check_hvm_vcpus(const Subject *subject, DomainKey key)
{
    const DomainKey keys[] = {key, DOMAIN_KEY_type};
    const Domain *domain = subject->domain;
    guint type = subject_type(subject);
    if (domain_get_integer(domain, key) > HVM_VCPUS_MAX &&
        (type == GUEST_HVM || type == GUEST_PVH) && subject_has(subject, keys, 2)) {
        problems_add(subject->problems, subject_place(subject, keys, 2),
                     "expected at most %d '%s' in %s '%s', which is of type %s, found "
                     "%" G_GINT64_FORMAT,
                     HVM_VCPUS_MAX, domain_keys.rows[key].name, subject->kind, domain->name,
                     domain_get_text(domain, DOMAIN_KEY_type), domain_get_integer(domain, key));
    }
}

/* xl takes one text for a policy and a list for registers. */
static void check_cpuid_shape(const Subject *subject)
{
    static const DomainKey keys[] = {DOMAIN_KEY_cpuid};
    const Value *cpuid = domain_get(subject->domain, DOMAIN_KEY_cpuid);
    if (cpuid == NULL || !subject_has(subject, keys, 1)) {
        return;
    }
    if (cpuid->form == FORM_TEXT && !g_str_has_prefix(cpuid->text, "host")) {
        problems_add(subject->problems, cpuid->where,
                     "expected a list of registers, found one text, '%s'", cpuid->text);
    }
    for (guint i = 0; cpuid->form == FORM_LIST && i < cpuid->count; i++) {
        if (g_str_has_prefix(cpuid->items[i].text, "host")) {
            problems_add(subject->problems, cpuid->items[i].where,
                         "expected registers in a list of such, found the policy '%s'",
                         cpuid->items[i].text);
        }
    }
}

void spec_check_guest(const Subject *subject)
{
    for (guint i = 0; i < G_N_ELEMENTS(conflicts); i++) {
        check_conflict(subject, &conflicts[i]);
    }
    check_firmware_type(subject);
    check_populate_on_demand(subject, DOMAIN_KEY_pci);
    check_populate_on_demand(subject, DOMAIN_KEY_altp2m);
    check_videoram(subject);
    check_hvm_vcpus(subject, DOMAIN_KEY_vcpus);
    check_hvm_vcpus(subject, DOMAIN_KEY_maxvcpus);
    check_cpuid_shape(subject);
}

static gboolean is_any_refused(const Domain *domain, const DomainKey *keys, guint count)
{
    for (guint i = 0; i < count; i++) {
        if (domain_is_refused(domain, keys[i])) {
            return TRUE;
        }
    }
    return FALSE;
}

static void check_pv_boot(const Domain *domain, Problems *problems)
{
    static const DomainKey keys[] = {DOMAIN_KEY_kernel, DOMAIN_KEY_bootloader, DOMAIN_KEY_firmware};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (domain_get(domain, keys[i]) != NULL) {
            return;
        }
    }
    if (!is_any_refused(domain, keys, G_N_ELEMENTS(keys))) {
        problems_add(problems, domain->where,
                     "expected 'kernel' or 'bootloader' in domain '%s', which a %s guest needs, "
                     "found neither",
                     domain->name, domain_get_text(domain, DOMAIN_KEY_type));
    }
}

/* Xen tools/libs/light/libxl_create.c: "direct boot parameters specified but kernel missing". */
static void check_direct_boot(const Domain *domain, Problems *problems)
{
    static const DomainKey keys[] = {DOMAIN_KEY_ramdisk, DOMAIN_KEY_root, DOMAIN_KEY_cmdline};
    if (domain_get(domain, DOMAIN_KEY_kernel) != NULL ||
        domain_is_refused(domain, DOMAIN_KEY_kernel)) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const Value *value = domain_get(domain, keys[i]);
        if (value != NULL) {
            problems_add(problems, value->where,
                         "expected a 'kernel' beside '%s' in domain '%s', which is of type hvm, "
                         "found none",
                         domain_keys.rows[keys[i]].name, domain->name);
            return;
        }
    }
}

/* Xen tools/libs/light/libxl_create.c: "qemu-xen does not support bios=rombios." */
static void check_rombios(const Domain *domain, Problems *problems)
{
    static const DomainKey keys[] = {DOMAIN_KEY_bios, DOMAIN_KEY_firmware};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (domain_is(domain, keys[i], "rombios") &&
            !domain_is_refused(domain, DOMAIN_KEY_device_model_version) &&
            !domain_is(domain, DOMAIN_KEY_device_model_version, "qemu-xen-traditional")) {
            problems_add(problems, domain_get(domain, keys[i])->where,
                         "expected 'device_model_version: qemu-xen-traditional' beside rombios in "
                         "domain '%s', found another",
                         domain->name);
        }
    }
}

void spec_check_boot(const Domain *domain, Problems *problems)
{
    guint type = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    if (type == GUEST_PV || type == GUEST_PVH) {
        check_pv_boot(domain, problems);
    } else if (type == GUEST_HVM) {
        check_direct_boot(domain, problems);
        check_rombios(domain, problems);
    }
}
