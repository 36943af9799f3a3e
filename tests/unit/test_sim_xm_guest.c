/* What a config file for xm makes the simulator's domain of. */
#include "xenbackend/sim/sim_xm_guest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a domain is made of ---- */

static SimGuest *read_guest(const char *text, char **trouble)
{
    XenConfigTrouble refusal = {0};
    g_autoptr(XenConfigText) config =
        xen_config_text_read(XEN_DIALECT_XM, text, strlen(text), &refusal);
    ck_assert_msg(config != NULL, "%s", refusal.message);
    return sim_xm_guest_read(config, trouble);
}

/* The domain is kept as a config of xl's, which says the same. */
static void check_kept(const SimGuest *guest)
{
    g_autofree char *text = sim_guest_format(guest);
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config = xen_config_text_parse("kept", text, strlen(text), report);
    int exit_code = 0;
    ck_assert_msg(config != NULL, "%s", report->str);
    g_autoptr(SimGuest) kept = sim_guest_read("kept", config, report, &exit_code);
    ck_assert_msg(kept != NULL && report->len == 0, "%s", report->str);
    g_autofree char *again = sim_guest_format(kept);
    ck_assert_str_eq(again, text);
}

START_TEST(test_golden_configs)
{
    g_autofree char *root = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "config", NULL);
    g_autoptr(GDir) cases = g_dir_open(root, 0, NULL);
    guint count = 0;
    for (const char *name = g_dir_read_name(cases); name != NULL; name = g_dir_read_name(cases)) {
        g_autofree char *folder = g_build_filename(root, name, NULL);
        g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
        for (const char *file = g_dir_read_name(files); file != NULL;
             file = g_dir_read_name(files)) {
            g_autofree char *path = g_build_filename(folder, file, NULL);
            g_autofree char *text = NULL;
            g_autofree char *trouble = NULL;
            if (!g_str_has_suffix(file, ".xm.cfg"))
                continue;
            ck_assert(g_file_get_contents(path, &text, NULL, NULL));
            g_autoptr(SimGuest) guest = read_guest(text, &trouble);
            ck_assert_msg(guest != NULL, "%s: %s", path, trouble);
            check_kept(guest);
            count++;
        }
    }
    ck_assert_uint_gt(count, 10);
}
END_TEST

#define NAME "name = 'a'\nkernel = '/k'\n"

START_TEST(test_values)
{
    g_autofree char *trouble = NULL;
    g_autoptr(SimGuest) guest = read_guest(
        NAME "uuid = '6F1C2B0E-7d3a-4c1e-9b54-0d2f6a1e0001'\nroot = '/dev/xvda1'\nextra = 'ro'\n"
             "vcpus = 2\nmaxvcpus = 4\ncpu_cap = 50\ncpu_weight = 128\n"
             "disk = ['phy:/dev/a,xvda,w', 'tap:qcow2:/b:c,xvdb,r,back', ',hdc:cdrom,r', "
             "'phy:/dev/d,ioemu:hda,w', 'file:/x.iso,ioemu:hdd:cdrom,r']\n"
             "vif = ['', 'bridge=b']\n",
        &trouble);
    ck_assert_msg(guest != NULL, "%s", trouble);
    ck_assert_str_eq(guest->uuid, "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001");
    ck_assert_str_eq(guest->cmdline, "root=/dev/xvda1 ro");
    ck_assert_uint_eq(guest->target_kib, 128 * 1024);
    ck_assert_uint_eq(guest->vcpus, 2);
    ck_assert_uint_eq(guest->maximum_vcpus, 4);
    ck_assert_int_eq(guest->cap, 50);
    ck_assert_int_eq(guest->weight, 128);
    ck_assert_int_eq(guest->on_crash, SIM_ACTION_RESTART);
    ck_assert_int_eq(guest->on_poweroff, SIM_ACTION_DESTROY);
    const XenDiskText *disk = g_ptr_array_index(guest->disks, 1);
    ck_assert_str_eq(disk->target, "/b:c");
    ck_assert_str_eq(disk->format, "qcow2");
    ck_assert(disk->is_read_only);
    ck_assert(((XenDiskText *)g_ptr_array_index(guest->disks, 2))->is_cdrom);
    disk = g_ptr_array_index(guest->disks, 3);
    ck_assert_str_eq(disk->vdev, "hda");
    ck_assert(!disk->is_cdrom);
    disk = g_ptr_array_index(guest->disks, 4);
    ck_assert_str_eq(disk->vdev, "hdd");
    ck_assert(disk->is_cdrom);
    ck_assert_uint_eq(guest->vifs->len, 2);
    check_kept(guest);
}
END_TEST

static const struct {
    const char *text, *trouble;
} refused[] = {
    {"kernel = '/k'\n", "Missing VM Name"},
    {"name = 'a b'\nkernel = '/k'\n", "Invalid VM Name"},
    {"name = 'a'\n", "Kernel image does not exist"},
    {NAME "uuid = 'x'\n", "uuid"},
    {NAME "builder = 'pvh'\n", "unknown image type"},
    {NAME "memory = 64\nmaxmem = 32\n", "memory_dynamic_max"},
    {NAME "on_crash = 'explode'\n", "on_crash"},
    {NAME "on_crash = 'soft-reset'\n", "on_crash"},
    {NAME "disk = ['/a']\n", "Invalid disk specifier"},
    {NAME "disk = ['phy:/a,xvda,w,b,c,d']\n", "Invalid disk specifier"},
    {NAME "disk = ['/a,xvda,w']\n", "physical details"},
    {NAME "disk = ['phy:/a,xvda,rw']\n", "Invalid mode"},
    {NAME "disk = ['phy:/a,nope,w']\n", "Unable to find number"},
    {NAME "vif = ['mtu=1500']\n", "Invalid vif option: mtu"},
    {NAME "vif = ['bridge']\n", "equals sign"},
};

START_TEST(test_what_xm_refuses)
{
    g_autofree char *trouble = NULL;
    g_autoptr(SimGuest) guest = read_guest(refused[_i].text, &trouble);
    ck_assert_msg(guest == NULL, "%s", refused[_i].text);
    ck_assert_msg(strstr(trouble, refused[_i].trouble) != NULL, "%s", trouble);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim_xm_guest");
    TCase *tcase = tcase_create("sim_xm_guest");
    tcase_add_test(tcase, test_golden_configs);
    tcase_add_test(tcase, test_values);
    tcase_add_loop_test(tcase, test_what_xm_refuses, 0, G_N_ELEMENTS(refused));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
