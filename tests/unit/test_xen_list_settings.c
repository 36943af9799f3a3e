/* What the JSON of `xl list -l` shows of a domain's settings: libxl itself writes the JSON, of
 * values that the tests give it, and each row of the key tables that says where its value is seen
 * must find it there. */
#include "tests/unit/libxl_domain.h"
#include "xenbackend/xen_list_long.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const guint guests[] = {GUEST_PV, GUEST_PVH, GUEST_HVM};

static ObservedDomain *read_json(const char *json)
{
    ObservedDomain *domain = observed_domain_new();
    g_autofree char *trouble = NULL;
    domain->domid = 7;
    ck_assert_msg(xen_list_long_parse(json, strlen(json), domain, &trouble), "%s: %s", trouble,
                  json);
    ck_assert(domain->settings->tells_absence);
    return domain;
}

static ObservedDomain *read_full(guint guest)
{
    g_autofree char *json = libxl_domain_json(guest, TRUE);
    return read_json(json);
}

/* Not in the libxl that the tests are built with. */
static gboolean is_newer(const KeyRow *row)
{
    return row->since > XEN_RELEASE(4, 17);
}

START_TEST(test_every_row_is_seen)
{
    guint guest = guests[_i];
    g_autoptr(ObservedDomain) domain = read_full(guest);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        /* A PV guest's display is a device (`vfb`), also where its file says `vnc`. */
        gboolean is_of_hvm = row->seen != SEEN_NOWHERE && strstr(row->seen_path, ".hvm.") != NULL;
        guint having = is_of_hvm ? GUEST_HVM : row->guests != 0 ? row->guests : GUEST_ALL;
        gboolean is_guests = (having & guest) != 0;
        gboolean is_expected = row->seen != SEEN_NOWHERE && is_guests && !is_newer(row);
        ck_assert_msg((settings_own(domain->settings->settings, key) != NULL) == is_expected,
                      "%s: %s", row->name, is_expected ? "not seen" : "seen");
    }
}
END_TEST

static void check_value(const Settings *settings, const char *name, const char *expected)
{
    const KeyRow *row = key_table_find(settings->table, name);
    const Value *value = settings_own(settings, key_table_index(settings->table, row));
    g_autoptr(GString) text = g_string_new(NULL);
    if (value != NULL) {
        value_format(settings->table, value, text);
    }
    ck_assert_msg(strcmp(text->str, expected) == 0, "%s: %s", name, text->str);
}

typedef struct {
    const char *name, *expected;
    guint guests;
} Expected;

static const Expected expected_values[] = {
    {"memory", "1024MiB", GUEST_ALL},
    {"maxmem", "2048MiB", GUEST_ALL},
    {"vcpus", "3", GUEST_ALL},
    {"maxvcpus", "4", GUEST_ALL},
    {"cpus", "\"0-3,5\"", GUEST_ALL},
    {"cpus_soft", "[\"1-2\", \"3\"]", GUEST_ALL},
    {"pool", "\"fast\"", GUEST_ALL},
    {"cpu_weight", "300", GUEST_ALL},
    {"cap", "50", GUEST_ALL},
    {"nomigrate", "true", GUEST_ALL},
    {"kernel", "\"/boot/vmlinuz\"", GUEST_ALL},
    {"cmdline", "\"root=/dev/xvda1 ro quiet\"", GUEST_ALL},
    {"bootloader", "\"pygrub\"", GUEST_PV | GUEST_PVH},
    {"bootloader_args", "[\"--entry\", \"1\"]", GUEST_PV | GUEST_PVH},
    {"rtc_timeoffset", "-3600", GUEST_ALL},
    {"tsc_mode", "\"native\"", GUEST_ALL},
    {"timer_mode", "\"one_missed_tick_pending\"", GUEST_PVH | GUEST_HVM},
    {"on_poweroff", "\"preserve\"", GUEST_ALL},
    {"on_reboot", "\"rename-restart\"", GUEST_ALL},
    {"on_crash", "\"coredump-restart\"", GUEST_ALL},
    {"on_soft_reset", "\"soft-reset\"", GUEST_PVH | GUEST_HVM},
    {"passthrough", "\"share_pt\"", GUEST_ALL},
    {"mmio_hole", "512MiB", GUEST_HVM},
    {"vga", "\"stdvga\"", GUEST_HVM},
    {"videoram", "16MiB", GUEST_HVM},
    {"bios", "\"ovmf\"", GUEST_HVM},
    {"hdtype", "\"ahci\"", GUEST_HVM},
    {"vendor_device", "\"xenserver\"", GUEST_HVM},
    {"device_model_version", "\"qemu-xen\"", GUEST_HVM},
    {"serial", "[\"pty\", \"/dev/ttyS0\"]", GUEST_HVM},
    {"usbdevice", "\"tablet\"", GUEST_HVM},
    {"gfx_passthru", "true", GUEST_HVM},
    {"altp2m", "\"external\"", GUEST_HVM},
    {"disks",
     "[{vdev: \"xvda\", path: \"/dev/vg0/a\", backendtype: \"phy\", backend: \"storage\", "
     "script: \"block-iscsi\", discard: false, direct-io-safe: true, trusted: false}, "
     "{vdev: \"hdc\", devtype: \"cdrom\"}, "
     "{vdev: \"xvdb\", path: \"/srv/b.qcow2\", format: \"qcow2\"}]",
     GUEST_ALL},
    {"vifs",
     "[{mac: \"00:16:3e:0a:ff:01\", bridge: \"xenbr0\", ip: \"192.0.2.1\", model: \"e1000\", "
     "type: \"vif\", vifname: \"web0\", script: \"vif-route\", devid: 3, rate: \"1250000B/s\", "
     "backend: \"net\", gatewaydev: \"eth0\", mtu: 1400, trusted: true}, "
     "{rate: \"250000B/s@20000us\"}]",
     GUEST_HVM},
    {"pci", "[\"0000:01:00.1@6,permissive=1\", \"0010:00:1f.*\"]", GUEST_PV | GUEST_HVM},
    {"dtdev", "[\"/soc/uart\"]", GUEST_PV | GUEST_HVM},
    {"ioports", "[\"2f8-2ff\", \"60\"]", GUEST_PV | GUEST_HVM},
    {"iomem", "[\"fe000,1\", \"a0,20@b0\"]", GUEST_PV | GUEST_HVM},
    {"irqs", "[5, 7]", GUEST_PV | GUEST_HVM},
    {"usbctrl", "[{type: \"devicemodel\", version: 2, ports: 8}]", GUEST_PV | GUEST_HVM},
    {"usbdev", "[{hostbus: 3, hostaddr: 4, controller: 1, port: 2}]", GUEST_PV | GUEST_HVM},
    {"vfb",
     "[{vnc: true, vnclisten: \"127.0.0.1\", vncdisplay: 3, vncunused: false, keymap: \"de\", "
     "sdl: true, opengl: true, display: \":0\", xauthority: \"/root/.Xauthority\"}]",
     GUEST_PV | GUEST_PVH},
    {"vkb", "[{backend-type: \"linux\", unique-id: \"k1\", feature-abs-pointer: true, width: 800}]",
     GUEST_ALL},
    {"channel",
     "[{connection: \"pty\", name: \"c0\"}, {connection: \"socket\", name: \"c1\", path: "
     "\"/run/c1\"}]",
     GUEST_ALL},
};

START_TEST(test_values)
{
    guint guest = guests[_i];
    g_autoptr(ObservedDomain) domain = read_full(guest);
    for (guint i = 0; i < G_N_ELEMENTS(expected_values); i++) {
        if ((expected_values[i].guests & guest) != 0) {
            check_value(domain->settings->settings, expected_values[i].name,
                        expected_values[i].expected);
        }
    }
}
END_TEST

/* What nobody has asked for is not there, or not seen. */
START_TEST(test_nothing)
{
    guint guest = guests[_i];
    g_autofree char *json = libxl_domain_json(guest, FALSE);
    g_autoptr(ObservedDomain) domain = read_json(json);
    g_autoptr(GString) names = g_string_new(NULL);
    const Settings *settings = domain->settings->settings;
    for (guint i = 0; i < settings->count; i++) {
        g_string_append_printf(names, "%s ", domain_keys.rows[settings->values[i].key].name);
    }
    ck_assert_str_eq(names->str, "type memory maxmem ");
    ck_assert_uint_eq(domain->settings->unread->len, 0);
}
END_TEST

static char *unread_of(const ObservedDomain *domain)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < domain->settings->unread->len; i++) {
        const SeenMember *member = g_ptr_array_index(domain->settings->unread, i);
        g_string_append_printf(text, "%s%s%s\n", member->path, member->value != NULL ? " " : "",
                               member->value != NULL ? member->value : "");
    }
    return g_string_free(text, FALSE);
}

START_TEST(test_unread)
{
    g_autoptr(ObservedDomain) domain = read_full(GUEST_HVM);
    g_autofree char *unread = unread_of(domain);
    ck_assert_str_eq(unread, "disks[2].colo_host other\n"
                             "b_info.type.hvm.vnc.passwd\n"
                             "b_info.type.hvm.spice.enable True\n"
                             "b_info.type.hvm.spice.passwd\n");
}
END_TEST

#define DOMAIN(config) "{\"domid\": 7, \"config\": {" config "}}"

typedef struct {
    const char *text;
    const char *name, *expected;
} Form;

static const Form forms[] = {
    /* Before 4.10, in the part of the guest's type. */
    {DOMAIN("\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": 1024, \"type.pv\": "
            "{\"kernel\": \"/boot/a\"}}"),
     "kernel", "\"/boot/a\""},
    {DOMAIN("\"c_info\": {\"type\": \"hvm\"}, \"b_info\": {\"target_memkb\": 1024, \"type.hvm\": "
            "{\"apic\": \"True\"}}"),
     "apic", "true"},
    /* Of another type, or of one that is not said. */
    {DOMAIN("\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": 1024, \"type.hvm\": "
            "{\"apic\": \"True\"}}"),
     "apic", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"type.hvm\": {\"nx\": \"True\"}}"), "nx", ""},
    /* JSON's own truth. */
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"localtime\": true}"), "localtime", "true"},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"localtime\": \"maybe\"}"), "localtime", ""},
    /* What has another shape, or says no amount. */
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"kernel\": {}}"), "kernel", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"kernel\": \"relative\"}"), "kernel", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"kernel\": \"\"}"), "kernel", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"max_memkb\": 18446744073709551615}"), "maxmem",
     ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"shadow_memkb\": 1025}"), "shadow_memory", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"irqs\": [1, \"a\"]}"), "irqs", ""},
    {DOMAIN("\"b_info\": {\"target_memkb\": 1024, \"vcpu_hard_affinity\": [[1, 0]]}"), "cpus", ""},
    {DOMAIN("\"disks\": {}, \"b_info\": {\"target_memkb\": 1024}"), "disks", ""},
    {DOMAIN("\"disks\": [7], \"b_info\": {\"target_memkb\": 1024}"), "disks", "[{}]"},
    /* Half of a value is none. */
    {DOMAIN("\"c_info\": {\"type\": \"hvm\"}, \"b_info\": {\"target_memkb\": 1024, \"type.hvm\": "
            "{\"viridian\": \"True\", \"viridian_enable\": [3]}}"),
     "viridian", ""},
    {DOMAIN("\"c_info\": {\"type\": \"hvm\"}, \"b_info\": {\"target_memkb\": 1024, \"type.hvm\": "
            "{\"gfx_passthru\": \"True\", \"gfx_passthru_kind\": \"igd\"}}"),
     "gfx_passthru", ""},
};

START_TEST(test_forms)
{
    g_autoptr(ObservedDomain) domain = observed_domain_new();
    g_autofree char *trouble = NULL;
    domain->domid = 7;
    ck_assert_msg(xen_list_long_parse(forms[_i].text, strlen(forms[_i].text), domain, &trouble),
                  "%s", trouble);
    check_value(domain->settings->settings, forms[_i].name, forms[_i].expected);
    ck_assert(!domain->settings->tells_absence);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_list_settings");
    TCase *tests = tcase_create("settings");
    tcase_add_loop_test(tests, test_every_row_is_seen, 0, G_N_ELEMENTS(guests));
    tcase_add_loop_test(tests, test_values, 0, G_N_ELEMENTS(guests));
    tcase_add_loop_test(tests, test_nothing, 0, G_N_ELEMENTS(guests));
    tcase_add_test(tests, test_unread);
    tcase_add_loop_test(tests, test_forms, 0, G_N_ELEMENTS(forms));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
