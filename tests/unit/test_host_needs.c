/* What a spec says that a start needs of its host. */
#include "spec/host_needs.h"
#include "spec/text_checks.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *domain; /* its keys in flow style */
    const char *needs;  /* "KIND KEY NAME" a line */
} NeedCase;

static const NeedCase needs[] = {
    {"type: pvh, memory: 1, kernel: /k, ramdisk: /r", "file kernel /k\nfile ramdisk /r\n"},
    {"type: pv, memory: 1, kernel: /k, ramdisk: /r, bootloader: pygrub", ""},
    {"type: pv, memory: 1, bootloader: /usr/lib/xen/bin/pygrub",
     "file bootloader /usr/lib/xen/bin/pygrub\n"},
    {"type: hvm, memory: 1, kernel: /usr/lib/xen/boot/hvmloader", ""},
    {"type: pv, memory: 1, firmware: pvgrub64", ""},
    {"type: hvm, memory: 1, firmware: uefi", ""},
    {"type: hvm, memory: 1, firmware: /f", "file firmware /f\n"},
    {"type: hvm, memory: 1, firmware_override: /f, bios_path_override: /b, acpi_firmware: /a, "
     "smbios_firmware: /s, device_model_override: /d, stubdomain_kernel: /t, stubdomain_ramdisk: "
     "/u, "
     "xauthority: /x",
     "file firmware_override /f\nfile bios_path_override /b\nfile smbios_firmware /s\n"
     "file acpi_firmware /a\nfile xauthority /x\nfile device_model_override /d\n"
     "file stubdomain_kernel /t\nfile stubdomain_ramdisk /u\n"},
    {"type: pvh, memory: 1, kernel: /k, pvshim_path: /p, device_tree: /t",
     "file kernel /k\nfile pvshim_path /p\nfile device_tree /t\n"},
    /* A device tree's paths are no files, and a channel's socket is made at the start. */
    {"type: hvm, memory: 1, dtdev: [/soc/uart], channel: [{connection: socket, name: a, path: /s}]",
     ""},
    {"type: hvm, memory: 1, disks: [{vdev: xvda, path: /d}, {vdev: hdc, devtype: cdrom}]",
     "disk disks.path /d\n"},
    {"type: hvm, memory: 1, disks: [{vdev: xvda, path: /d, backend: driver}]", ""},
    {"type: hvm, memory: 1, disks: [{vdev: xvda, path: /d, backendtype: standalone}]", ""},
    {"type: hvm, memory: 1, disks: [{vdev: xvda, path: /d, script: block-iscsi}]", ""},
    {"type: hvm, memory: 1, disks: [{vdev: xvda, path: /d, script: /s}]", "file disks.script /s\n"},
    {"type: hvm, memory: 1, vifs: [{bridge: br0, mac: 00:16:3e:00:00:01}, {mac: "
     "00:16:3e:00:00:02}]",
     "bridge vifs.bridge br0\n"},
    {"type: hvm, memory: 1, vifs: [{bridge: br0, script: vif-bridge}]", "bridge vifs.bridge br0\n"},
    {"type: hvm, memory: 1, vifs: [{bridge: br0, script: /etc/xen/scripts/vif-bridge}]",
     "bridge vifs.bridge br0\nfile vifs.script /etc/xen/scripts/vif-bridge\n"},
    {"type: hvm, memory: 1, vifs: [{bridge: \"br0.7:8\", script: vif-openvswitch}]",
     "openvswitch vifs.bridge br0.7:8\n"},
    {"type: hvm, memory: 1, vifs: [{bridge: br0, script: my-own}]", ""},
    {"type: hvm, memory: 1, vifs: [{bridge: br0, backend: driver}]", ""},
    {"type: hvm, memory: 1, vifs: [{gatewaydev: eth0, script: vif-route}]",
     "interface vifs.gatewaydev eth0\n"},
    {"type: pv, memory: 1, kernel: /k, vfb: [{vnc: true, xauthority: /x}]",
     "file kernel /k\nfile vfb.xauthority /x\n"},
};

/* "  a: {" stands in front of the keys. */
#define KEYS_COLUMN 7

static Spec *read_domain(const char *keys)
{
    g_autofree char *text = g_strdup_printf("xensure: 1\nfleet: lab\ndomains:\n  a: {%s}\n", keys);
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text("spec", text, strlen(text), problems);
    for (guint i = 0; i < problems_count(problems); i++) {
        ck_assert_msg(problems_get(problems, i)->severity == PROBLEM_WARNING, "%s: %s", keys,
                      problems_get(problems, i)->message);
    }
    return spec;
}

START_TEST(test_needs)
{
    static const char *const kinds[] = {[NEED_FILE] = "file",
                                        [NEED_DISK] = "disk",
                                        [NEED_BRIDGE] = "bridge",
                                        [NEED_OPENVSWITCH] = "openvswitch",
                                        [NEED_INTERFACE] = "interface"};
    g_autoptr(Spec) spec = read_domain(needs[_i].domain);
    g_autoptr(GArray) found = host_needs_find(spec_find(spec, "a"));
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++) {
        const HostNeed *need = &g_array_index(found, HostNeed, i);
        g_string_append_printf(text, "%s ", kinds[need->kind]);
        value_place_append_name(&need->place, text);
        g_string_append_printf(text, " %s\n", need->name);
        /* It stands where the value does. */
        const char *there = needs[_i].domain + need->place.value->where.column - KEYS_COLUMN;
        ck_assert_uint_eq(need->place.value->where.line, 4);
        ck_assert(g_str_has_prefix(there, need->name) ||
                  (*there == '"' && g_str_has_prefix(there + 1, need->name)));
    }
    ck_assert_msg(strcmp(text->str, needs[_i].needs) == 0, "%s needs\n%snot\n%s", needs[_i].domain,
                  text->str, needs[_i].needs);
}
END_TEST

typedef struct {
    const char *domain;
    guint release;
    const char *late; /* "KEY since" each */
} LateCase;

#define PV "type: pv, memory: 1, kernel: /k"

static const LateCase late_keys[] = {
    {PV, XEN_RELEASE_FIRST, ""},
    {PV ", cmdline: c", XEN_RELEASE(4, 4), "cmdline 405 "},
    {PV ", cmdline: c", XEN_RELEASE(4, 5), ""},
    /* Beside `root` it is written as `extra`, which every xl has. */
    {PV ", cmdline: c, root: /dev/xvda1", XEN_RELEASE(4, 4), ""},
    /* Older ones take no `type`, and so a guest of type pvh for one of type pv; hvm they know by
     * its builder. */
    {"type: pvh, memory: 1, kernel: /k", XEN_RELEASE(4, 9), "type 410 "},
    {"type: pvh, memory: 1, kernel: /k", XEN_RELEASE(4, 10), ""},
    {"type: hvm, memory: 1", XEN_RELEASE(4, 4), ""},
    {PV ", vifs: [{vlan: \"10\"}]", XEN_RELEASE(4, 18), "vifs.vlan 419 "},
    {PV ", vifs: [{vlan: \"10\"}]", XEN_RELEASE(4, 19), ""},
    {PV ", vifs: [{trusted: false}, {mtu: 9000, devid: 1}]", XEN_RELEASE(4, 14),
     "vifs.trusted 417 vifs.mtu 415 "},
    {PV ", vifs: [{trusted: false}]", XEN_RELEASE(4, 17), ""},
    {PV ", vifs: [{mtu: 9000}]", XEN_RELEASE(4, 15), ""},
    {PV ", disks: [{vdev: xvda, path: /d, direct-io-safe: true, discard: true}]", XEN_RELEASE(4, 4),
     "disks.discard 405 disks.direct-io-safe 405 "},
    /* A flag that says nothing when it is false is not written at all. */
    {PV ", disks: [{vdev: xvda, path: /d, direct-io-safe: false}]", XEN_RELEASE(4, 4), ""},
    {PV ", vpmu: true, max_grant_version: 1", XEN_RELEASE(4, 15),
     "vpmu 416 max_grant_version 416 "},
    {PV ", xen: {not_known: 1}", XEN_RELEASE_FIRST, ""},
};

static const LateCase late_keys_xm[] = {
    {PV, XEN_RELEASE(3, 3), ""},
    {PV ", cmdline: c, vifs: [{rate: 1MB/s}], localtime: true", XEN_RELEASE(3, 3), ""},
    {PV ", maxvcpus: 2, nomigrate: true, pool: p", XEN_RELEASE(3, 4),
     "maxvcpus 400 pool 401 nomigrate 400 "},
    {PV ", maxvcpus: 2, nomigrate: true, pool: p", XEN_RELEASE(4, 0), "pool 401 "},
    {PV ", maxvcpus: 2, nomigrate: true, pool: p", XEN_RELEASE(4, 1), ""},
    {"type: hvm, memory: 1, vpt_align: true", 0, "vpt_align 304 "},
    {"type: hvm, memory: 1, vpt_align: true", XEN_RELEASE(3, 4), ""},
    /* What xm never had, the config writer refuses. */
    {PV ", vpmu: true, vifs: [{mtu: 9000}]", XEN_RELEASE(4, 4), ""},
};

static void expect_late(const LateCase *wanted, XenDialect dialect)
{
    g_autoptr(Spec) spec = read_domain(wanted->domain);
    g_autoptr(GArray) found = late_keys_find(spec_find(spec, "a"), dialect, wanted->release);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++) {
        const LateKey *late = &g_array_index(found, LateKey, i);
        value_place_append_name(&late->place, text);
        g_string_append_printf(text, " %u ", late->since);
    }
    ck_assert_str_eq(text->str, wanted->late);
}

START_TEST(test_late_keys)
{
    expect_late(&late_keys[_i], XEN_DIALECT_XL);
}
END_TEST

START_TEST(test_late_keys_xm)
{
    expect_late(&late_keys_xm[_i], XEN_DIALECT_XM);
}
END_TEST

static const struct {
    const char *text;
    gboolean is_local, has_display;
} addresses[] = {
    {"127.0.0.1", TRUE, FALSE},     {"127.1.2.3:7", TRUE, TRUE},
    {"localhost", TRUE, FALSE},     {"localhost:7", TRUE, TRUE},
    {"::1", TRUE, FALSE},           {"[::1]", TRUE, FALSE},
    {"[::1]:7", TRUE, TRUE},        {"0.0.0.0", FALSE, FALSE},
    {"10.0.0.5:7", FALSE, TRUE},    {"::", FALSE, FALSE},
    {"[::]:7", FALSE, TRUE},        {"127.0.0.1.example.org", FALSE, FALSE},
    {"127.0.0.1-a", FALSE, FALSE},  {"localhost.example.org", FALSE, FALSE},
    {"fe80::1%eth0", FALSE, FALSE}, {":7", FALSE, TRUE},
};

/* Whom a display is open to. */
START_TEST(test_addresses)
{
    gboolean has_display = FALSE;
    ck_assert_int_eq(listens_locally(addresses[_i].text, &has_display), addresses[_i].is_local);
    ck_assert_int_eq(has_display, addresses[_i].has_display);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_needs");
    TCase *tcase = tcase_create("needs");
    tcase_add_loop_test(tcase, test_addresses, 0, G_N_ELEMENTS(addresses));
    tcase_add_loop_test(tcase, test_needs, 0, G_N_ELEMENTS(needs));
    tcase_add_loop_test(tcase, test_late_keys, 0, G_N_ELEMENTS(late_keys));
    tcase_add_loop_test(tcase, test_late_keys_xm, 0, G_N_ELEMENTS(late_keys_xm));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
