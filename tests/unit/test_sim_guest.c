/* What the simulator makes of a config. */
#include "xenbackend/sim/sim_device.h"
#include "xenbackend/sim/sim_guest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *vdev;
    int number;
} vdevs[] = {
    {"xvda", 51712}, {"xvdb", 51728}, {"xvda1", 51713}, {"xvdp", 51952},  {"xvdq", 268439552},
    {"hda", 768},    {"hdc", 5632},   {"sda", 2048},    {"51712", 51712}, {"nonsense", -1},
    {"xvd", -1},     {"xvda0", -1},   {"hde", -1},
};

START_TEST(test_vdev)
{
    ck_assert_int_eq(sim_disk_number(vdevs[_i].vdev), vdevs[_i].number);
}
END_TEST

#define BASE "name=\"x\"\nkernel=\"/k\"\n"

static const struct {
    const char *text;
    int exit_code; /* 0: accepted */
    const char *report;
} guests[] = {
    {BASE, 0, ""},
    {"kernel=\"/k\"\n", 1, "Domain name must be specified.\n"},
    {"name=\"x\"\n", 1, "Neither kernel nor bootloader specified\n"},
    {"name=\"x\"\ntype=\"hvm\"\n", 0, ""},
    {BASE "type=\"h\"\n", 0, ""},
    {BASE "type=\"PVH\"\n", 1, "Invalid domain type PVH.\n"},
    {BASE "builder=\"linux\"\n", 1, "Invalid domain type linux.\n"},
    {BASE "builder=\"hvm\"\ntype=\"pv\"\n", 1,
     "Contradicting \"builder\" and \"type\" options specified.\n"},
    {BASE "uuid=\"no\"\n", 1, "Failed to parse UUID: no\n"},
    {BASE "memory=\"512M\"\n", 0, "F:3: warning: parameter `memory' is not a valid number\n"},
    {BASE "vcpus=2\nmaxvcpus=1\n", 1, "xl: maxvcpus < vcpus\n"},
    {BASE "on_crash=\"explode\"\n", 1, "Unknown on_crash action \"explode\" specified\n"},
    {BASE "disk=[\"nonsense\"]\n", 1,
     "F: config parsing error in disk specification: no vdev specified in `nonsense'\n"},
    {BASE "disk=\"phy:/x,xvda,w\"\n", 0,
     "F:3: warning: parameter `disk' is a single value but should be a list\n"},
    {BASE "vif=[\"mac=00:16:3e:zz:00:00,bridge=b\",\"foo=bar\"]\n", 0,
     "Invalid parameter `mac'.\nunrecognized argument `foo=bar'\n"},
    {BASE "vif=[\"rate=fast\"]\n", 1, "F: config parsing error in vif: invalid rate in `fast'\n"},
    {BASE "vif=[\"rate=10Mb/s@50ms\"]\n", 0, ""},
    {BASE "root=\"/dev/xvda1\"\nextra=\"quiet\"\n", 0, ""},
    {BASE "unknown_key=1\n", 0, ""},
};

START_TEST(test_guest)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("F", guests[_i].text, strlen(guests[_i].text), report);
    ck_assert_ptr_nonnull(config);
    int exit_code = 0;
    g_autoptr(SimGuest) guest = sim_guest_read("F", config, report, &exit_code);
    ck_assert_int_eq(exit_code, guests[_i].exit_code);
    ck_assert_int_eq(guest == NULL, exit_code != 0);
    ck_assert_str_eq(report->str, guests[_i].report);
}
END_TEST

START_TEST(test_guest_values)
{
    static const char text[] =
        "name=\"web\"\nuuid=\"6F1C2B0E-7d3a-4c1e-9b54-0d2f6a1e0001\"\ntype=\"pvh\"\n"
        "kernel=\"/k\"\nmemory=512\nmaxmem=1024\nvcpus=2\nmaxvcpus=4\ncpu_weight=300\ncap=50\n"
        "root=\"/dev/a\"\nextra=\"sim.mode=slow sim.after=1.5s sim.mode=crash\"\n"
        "on_poweroff=\"preserve\"\nvif=[\"mac=00:16:3e:00:00:01,bridge=br0\"]\n";
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config = xen_config_text_parse("F", text, strlen(text), report);
    ck_assert_ptr_nonnull(config);
    int exit_code = 0;
    g_autoptr(SimGuest) guest = sim_guest_read("F", config, report, &exit_code);
    ck_assert_ptr_nonnull(guest);
    ck_assert_str_eq(guest->uuid, "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001");
    ck_assert_uint_eq(guest->target_kib, 512 * 1024);
    ck_assert_uint_eq(guest->maximum_kib, 1024 * 1024);
    ck_assert_uint_eq(guest->vcpus, 2);
    ck_assert_uint_eq(guest->maximum_vcpus, 4);
    ck_assert_int_eq(guest->weight, 300);
    ck_assert_int_eq(guest->cap, 50);
    ck_assert_int_eq(guest->type, SIM_TYPE_PVH);
    ck_assert_int_eq(guest->on_poweroff, SIM_ACTION_PRESERVE);
    ck_assert_str_eq(guest->cmdline, "root=/dev/a sim.mode=slow sim.after=1.5s sim.mode=crash");
    g_autofree char *mode = sim_guest_option(guest, "mode");
    ck_assert_str_eq(mode, "crash");
    const SimVif *vif = g_ptr_array_index(guest->vifs, 0);
    g_autofree char *formatted = sim_vif_format(vif);
    ck_assert_str_eq(formatted, "mac=00:16:3e:00:00:01,bridge=br0");
}
END_TEST

START_TEST(test_duration)
{
    static const struct {
        const char *text;
        gint64 duration_ms; /* -1: no such */
    } rows[] = {{"2s", 2000}, {"500ms", 500}, {"1.5", 1500}, {"3m", 180000}, {"0", 0},
                {"", -1},     {"s", -1},      {"-1", -1},    {"1d", -1},     {"1e99", -1}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 duration_ms = -1;
        gboolean is_good = sim_duration_parse(rows[i].text, &duration_ms);
        ck_assert_msg(is_good == (rows[i].duration_ms >= 0) && duration_ms == rows[i].duration_ms,
                      "'%s' gave %d", rows[i].text, (int)duration_ms);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_guest");
    TCase *cases = tcase_create("sim_guest");
    tcase_add_loop_test(cases, test_vdev, 0, (int)G_N_ELEMENTS(vdevs));
    tcase_add_loop_test(cases, test_guest, 0, (int)G_N_ELEMENTS(guests));
    tcase_add_test(cases, test_guest_values);
    tcase_add_test(cases, test_duration);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
