/* The simulator's reader of config files for xm: literals alone, and what a domain is made of. */
#include "xenbackend/sim/sim_python.h"
#include "xenbackend/sim/sim_xm_guest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far.
 */
static SimConfig *parse(const char *text, gsize length, GString *report)
{
    g_autofree char *copy = g_memdup2(text, length);
    return sim_python_parse("file", copy, length, report);
}

static const struct {
    const char *text;
    const char
        *a; /* the value of `a`: a text, or the items with a bar behind each; NULL: refused */
} texts[] = {
    {"a = 1\n", "1"},
    {"a = 1", "1"},
    {"a=1", "1"},
    {"a = 0\n", "0"},
    {"a = -3600\n", "-3600"},
    {"a = 1 # why\n", "1"},
    {"# a = 1\na = 2\n", "2"},
    {"a = 1\na = 2\n", "2"},
    {"\n\n  \n   # indented comment\na = 1\n", "1"},
    {"a = \"x\"\n", "x"},
    {"a = 'x'\n", "x"},
    {"a = \"\"\n", ""},
    {"a = \"it's #1; [x]\"\n", "it's #1; [x]"},
    {"a = \"\\\\ \\\" \\' \\n \\r \\t\"\n", "\\ \" ' \n \r \t"},
    {"a = []\n", ""},
    {"a = [1, 'x', \"y\"]\n", "1|x|y|"},
    {"a = [\n    'x',\n    'y',\n]\n", "x|y|"},
    {"a = [ # why\n 'x' # this\n ,\n 'y' ]\n", "x|y|"},
    {"a = ['x',]\n", "x|"},
    {"_A9 = 1\na = 2\n", "2"},
    /* What Python does not take, or would do. */
    {" a = 1\n", NULL},
    {"\ta = 1\n", NULL},
    {"a = 1\n b = 2\n", NULL},
    {"a\n", NULL},
    {"a =\n", NULL},
    {"a = b\n", NULL},
    {"a = 1 2\n", NULL},
    {"a = 1; b = 2\n", NULL},
    {"a += 1\n", NULL},
    {"a == 1\n", NULL},
    {"a.b = 1\n", NULL},
    {"a[0] = 1\n", NULL},
    {"1a = 1\n", NULL},
    {"= 1\n", NULL},
    {"import os\n", NULL},
    {"a = f()\n", NULL},
    {"a = 1 + 1\n", NULL},
    {"a = 'x' 'y'\n", NULL},
    {"a = 'x' % 1\n", NULL},
    {"a = \"\"\"x\"\"\"\n", NULL},
    {"a = u'x'\n", NULL},
    {"a = (1, 2)\n", NULL},
    {"a = {}\n", NULL},
    {"a = True\n", NULL},
    {"a = 1.5\n", NULL},
    {"a = 010\n", NULL},
    {"a = 0x10\n", NULL},
    {"a = 1L\n", NULL},
    {"a = 12345678901\n", NULL},
    {"a = --1\n", NULL},
    {"a = -\n", NULL},
    {"a = 'x\n", NULL},
    {"a = 'x\n'\n", NULL},
    {"a = 'x", NULL},
    {"a = 'x\\", NULL},
    {"a = '\\x41'\n", NULL},
    {"a = '\\101'\n", NULL},
    {"a = '\\q'\n", NULL},
    {"a = [1\n", NULL},
    {"a = [1 2]\n", NULL},
    {"a = [1,,2]\n", NULL},
    {"a = [,]\n", NULL},
    {"a = ]\n", NULL},
    {"a = [b]\n", NULL},
    {"a = 'caf\xc3\xa9'\n", NULL},
    {"# caf\xc3\xa9\na = 1\n", NULL},
    {"a = 1 \\\n", NULL},
};

static char *show(const SimConfigValue *value)
{
    if (!value->is_list)
        return g_strdup(value->text);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < value->items->len; i++) {
        const SimConfigValue *item = g_ptr_array_index(value->items, i);
        g_string_append_printf(out, "%s|", item->text);
    }
    return g_string_free(out, FALSE);
}

START_TEST(test_texts)
{
    const char *text = texts[_i].text;
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(SimConfig) config = parse(text, strlen(text), report);
    ck_assert_msg((config != NULL) == (texts[_i].a != NULL), "%s: %s", text, report->str);
    ck_assert_int_eq(config == NULL, report->len > 0);
    if (config != NULL) {
        g_autofree char *shown = show(sim_config_get(config, "a"));
        ck_assert_str_eq(shown, texts[_i].a);
    } else {
        ck_assert(g_str_has_prefix(report->str, "file:"));
    }
}
END_TEST

START_TEST(test_limits)
{
    g_autoptr(GString) report = g_string_new(NULL);
    ck_assert_ptr_null(parse("a = 1\0", 6, report));
    for (guint depth = SIM_CONFIG_DEPTH_MAX; depth <= SIM_CONFIG_DEPTH_MAX + 1; depth++) {
        g_autofree char *open = g_strnfill(depth, '[');
        g_autofree char *close = g_strnfill(depth, ']');
        g_autofree char *text = g_strconcat("a = ", open, close, "\n", NULL);
        g_autoptr(SimConfig) config = parse(text, strlen(text), report);
        ck_assert_int_eq(config != NULL, depth == SIM_CONFIG_DEPTH_MAX);
    }
    g_autofree char *long_text = g_strnfill(SIM_CONFIG_BYTES_MAX + 1, '\n');
    g_autoptr(SimConfig) most = sim_python_parse("file", long_text, SIM_CONFIG_BYTES_MAX, report);
    ck_assert_ptr_nonnull(most);
    ck_assert_ptr_null(sim_python_parse("file", long_text, SIM_CONFIG_BYTES_MAX + 1, report));
}
END_TEST

/* ---- what a domain is made of ---- */

static SimGuest *read_guest(const char *text, char **trouble)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(SimConfig) config = parse(text, strlen(text), report);
    ck_assert_msg(config != NULL, "%s", report->str);
    return sim_xm_guest_read(config, trouble);
}

/* The domain is kept as a config of xl's, which says the same. */
static void check_kept(const SimGuest *guest)
{
    g_autofree char *text = sim_guest_format(guest);
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(SimConfig) config = sim_config_parse("kept", text, strlen(text), report);
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
             "disk = ['phy:/dev/a,xvda,w', 'tap:qcow2:/b:c,xvdb,r,back', ',hdc:cdrom,r']\n"
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
    const SimDisk *disk = g_ptr_array_index(guest->disks, 1);
    ck_assert_str_eq(disk->target, "/b:c");
    ck_assert_str_eq(disk->format, "qcow2");
    ck_assert(disk->is_read_only);
    ck_assert(((SimDisk *)g_ptr_array_index(guest->disks, 2))->is_cdrom);
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
    Suite *suite = suite_create("sim_python");
    TCase *tcase = tcase_create("sim_python");
    tcase_add_loop_test(tcase, test_texts, 0, G_N_ELEMENTS(texts));
    tcase_add_test(tcase, test_limits);
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
