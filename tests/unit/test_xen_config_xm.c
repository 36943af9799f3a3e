/* The config that is written for xm: golden cases, what Python reads in it, and what is refused.
 *
 * The golden cases are those of tests/golden/config: DOMAIN.xm.cfg stands beside DOMAIN.cfg where
 * xm can have the domain, and nowhere else. UPDATE_GOLDEN=1 in the environment writes them anew,
 * and fails: look at the difference. */
#include "tests/unit/random_spec.h"
#include "tests/unit/spec_from_text.h"
#include "tests/unit/xm_oracle.h"
#include "xenbackend/xen_config.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* In each of the rounds; more at a time take longer than in turns. */
#define RANDOM_DOMAINS 400u
#define RANDOM_ROUNDS  8

static GPtrArray *cases; /* names of folders */

/* ---- what all of them need ---- */

/* Configs that Python is to read in one go, and whose they are. */
typedef struct {
    GPtrArray *texts;
    GPtrArray *domains; /* of const Domain */
} Batch;

static Batch batch_new(void)
{
    return (Batch){g_ptr_array_new_with_free_func(g_free), g_ptr_array_new()};
}

/* Writes a domain and keeps it for Python; FALSE and an error where xm cannot have it. */
static gboolean batch_add(Batch *batch, const Domain *domain, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!xen_config_write(&xm_dialect, domain, domain->uuid, text, error)) {
        ck_assert_uint_eq(text->len, 0);
        return FALSE;
    }
    g_ptr_array_add(batch->texts, g_strdup(text->str));
    g_ptr_array_add(batch->domains, (gpointer)domain);
    return TRUE;
}

/* Python reads in each what its domain says. */
static void batch_check(Batch *batch)
{
    g_autoptr(GPtrArray) all = xm_oracle_read(batch->texts);
    for (guint i = 0; i < all->len; i++) {
        const Domain *domain = g_ptr_array_index(batch->domains, i);
        g_autoptr(GString) why = g_string_new(NULL);
        ck_assert_msg(xm_oracle_agrees(domain, domain->uuid, g_ptr_array_index(all, i), why),
                      "%s: %s:\n%s", domain->name, why->str,
                      (const char *)g_ptr_array_index(batch->texts, i));
    }
    g_ptr_array_unref(batch->texts);
    g_ptr_array_unref(batch->domains);
}

static Spec *read_spec(const char *text, gsize length)
{
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text("spec", text, length, problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "line %u: %s",
                  problems_get(problems, 0)->where.line, problems_get(problems, 0)->message);
    return spec;
}

/* ---- golden cases ---- */

static void check_golden_domain(const char *name, const Domain *domain, Batch *batch)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_strconcat(domain->name, ".xm.cfg", NULL);
    g_autofree char *path =
        g_build_filename(g_getenv("TESTS_ROOT"), "golden", "config", name, file, NULL);
    g_autofree char *golden = NULL;
    gboolean is_written = batch_add(batch, domain, &error);
    const char *text = is_written ? g_ptr_array_index(batch->texts, batch->texts->len - 1) : NULL;
    if (g_getenv("UPDATE_GOLDEN") != NULL) {
        g_unlink(path);
        ck_assert(!is_written || g_file_set_contents(path, text, -1, NULL));
        return;
    }
    gboolean has_golden = g_file_get_contents(path, &golden, NULL, NULL);
    ck_assert_msg(has_golden == is_written, "%s: %s", path,
                  is_written ? "is missing" : error->message);
    ck_assert_msg(!is_written || strcmp(golden, text) == 0, "%s: expected:\n%s\nfound:\n%s", path,
                  golden, text);
}

START_TEST(test_golden)
{
    Batch batch = batch_new();
    g_autoptr(GPtrArray) specs = g_ptr_array_new_with_free_func((GDestroyNotify)spec_free);
    for (guint i = 0; i < cases->len; i++) {
        const char *name = g_ptr_array_index(cases, i);
        g_autofree char *path =
            g_build_filename(g_getenv("TESTS_ROOT"), "golden", "config", name, "spec.yaml", NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        ck_assert(g_file_get_contents(path, &text, &length, NULL));
        Spec *spec = read_spec(text, length);
        g_ptr_array_add(specs, spec);
        for (guint j = 0; j < spec->domains->len; j++) {
            check_golden_domain(name, g_ptr_array_index(spec->domains, j), &batch);
        }
    }
    ck_assert_uint_gt(batch.texts->len, 10);
    batch_check(&batch);
    ck_assert_msg(g_getenv("UPDATE_GOLDEN") == NULL, "written, look at the difference");
}
END_TEST

/* ---- random domains ---- */

START_TEST(test_random_domains)
{
    static guint8 written[DOMAIN_KEY_COUNT];
    RandomSpec to = {.random = g_rand_new_with_seed((guint32)_i + 1), .is_for_xm = TRUE};
    g_autoptr(GString) yaml = g_string_new("xensure: 1\nfleet: random\ndomains:\n");
    for (guint i = 0; i < RANDOM_DOMAINS; i++) {
        random_spec_add_domain(&to, i, yaml, written);
    }
    g_rand_free(to.random);
    g_autoptr(GBytes) bytes = g_bytes_new(yaml->str, yaml->len);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local("random", bytes));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Spec) spec = spec_new();
    spec_read_source(spec, texts, NULL, problems);
    ck_assert_msg(problems_count(problems) == 0, "%s", problems_get(problems, 0)->message);
    spec_finish(spec, NULL, problems);
    ck_assert_uint_eq(spec->domains->len, RANDOM_DOMAINS);
    Batch batch = batch_new();
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        g_autoptr(GError) error = NULL;
        ck_assert_msg(batch_add(&batch, domain, &error), "%s", error != NULL ? error->message : "");
    }
    batch_check(&batch);
    for (guint key = 0; key < domain_keys.count; key++) {
        ck_assert_msg(written[key] || domain_keys.rows[key].xm_name == NULL, "no domain has '%s'",
                      domain_keys.rows[key].name);
    }
}
END_TEST

/* ---- injection ---- */

/* All places for a text; %s is one in double quotes of YAML. */
static const char *const text_places[] = {
    "kernel: %s",
    "ramdisk: %s",
    "root: %s",
    "cmdline: %s",
    "bootloader: %s",
    "bootloader_args: [%s, b, %s]",
    "pool: %s",
    "uuid: %s",
    "disks: [{vdev: xvda, path: %s}]",
    "disks: [{vdev: %s, path: /a}]",
    "disks: [{vdev: xvda, path: /a, backend: %s}]",
    "vifs: [{bridge: %s}]",
    "vifs: [{ip: %s}]",
    "vifs: [{script: %s}]",
    "vifs: [{vifname: %s}]",
    "vfb: [{display: %s}]",
    "vfb: [{xauthority: %s}]",
    "vfb: [{keymap: %s}]",
    "xen: {description: %s}",
    "xen: {vscsi: [%s, %s]}",
    "pci: [%s]",
    "cpus: %s",
};

/* Most of them are refused by spec/, the rest here or not at all; what is written is Python's as it
 * was meant. */
START_TEST(test_no_text_gets_out_of_its_place)
{
    Batch batch = batch_new();
    g_autoptr(GPtrArray) specs = g_ptr_array_new_with_free_func((GDestroyNotify)spec_free);
    guint refused = 0;
    for (guint place = 0; place < G_N_ELEMENTS(text_places); place++) {
        for (guint i = 0; hostile_texts[i] != NULL; i++) {
            g_autoptr(GString) quoted = g_string_new(NULL);
            g_autoptr(GString) yaml =
                g_string_new("xensure: 1\nfleet: lab\nprofiles: {default: {kernel: /k}}\ndomains:\n"
                             "  full: {type: pv, memory: 64, ");
            g_autoptr(GError) error = NULL;
            g_autoptr(Problems) problems = problems_new();
            gboolean is_path = strstr(text_places[place], "kernel") != NULL ||
                               strstr(text_places[place], "ramdisk") != NULL ||
                               strstr(text_places[place], "path: %s") != NULL;
            g_autofree char *text = g_strconcat(is_path ? "/" : "", hostile_texts[i], NULL);
            yaml_quote(text, quoted);
            g_string_append(yaml, text_places[place]);
            g_string_replace(yaml, "%s", quoted->str, 0);
            g_string_append(yaml, "}\n");
            Spec *spec = spec_from_text("spec", yaml->str, yaml->len, problems);
            g_ptr_array_add(specs, spec);
            if (problems_count_errors(problems) == 0 &&
                !batch_add(&batch, spec_find(spec, "full"), &error)) {
                refused++;
                ck_assert_ptr_nonnull(strstr(error->message, "of domain 'full' cannot be written"));
                ck_assert_ptr_null(strchr(error->message, '\n'));
            }
        }
    }
    ck_assert_uint_gt(batch.texts->len, 300);
    ck_assert_uint_gt(refused, 10);
    batch_check(&batch);
}
END_TEST

/* ---- what xm does not have ---- */

#define PV  "type: pv, kernel: /k, "
#define HVM "type: hvm, "

/* What a domain of xm cannot say, and what is told. */
static const struct {
    const char *domain, *key, *why;
} lacks[] = {
    {"type: pvh, kernel: /k", "type", "does not have 'pvh'"},
    {PV "cpus_soft: '0'", "cpus_soft", "no such key"},
    {PV "on_watchdog: destroy", "on_watchdog", "no such key"},
    {HVM "firmware: uefi", "firmware", "no such key"},
    {PV "vnc: true", "vnc", "hvm guests alone"},
    {PV "rtc_timeoffset: 5", "rtc_timeoffset", "hvm guests alone"},
    {HVM "kernel: /boot/vmlinuz", "kernel", "boots hvm guests from their disks"},
    {PV "on_guest_poweroff: leave", "on_guest_poweroff", "does not say why"},
    {PV "cpus: all", "cpus", "physical CPUs such as"},
    {PV "cpus: '0-7,^2-3'", "cpus", "physical CPUs such as"},
    {PV "cpus: ['0', 'nodes:1']", "cpus", "physical CPUs such as"},
    {HVM "viridian: [base]", "viridian", "true or false alone"},
    {HVM "gfx_passthru: igd", "gfx_passthru", "true or false alone"},
    {HVM "serial: [pty, none]", "serial", "one alone"},
    {HVM "usbdevice: [tablet, mouse]", "usbdevice", "one alone"},
    {PV "cpuid: 'host,avx2=0'", "cpuid", "a list of registers"},
    {HVM "vnclisten: '127.0.0.1:3'", "vnclisten", "vncdisplay"},
    {HVM "vnclisten: '[::1]:3'", "vnclisten", "vncdisplay"},
    {PV "vfb: [{vnclisten: '0.0.0.0:1'}]", "vfb.vnclisten", "vncdisplay"},
    {PV "pci: ['01:00.0,permissive=1']", "pci", "msitranslate"},
    {PV "cmdline: 'caf\xc3\xa9'", "cmdline", "ASCII"},
    {PV "disks: [{vdev: d0p1, path: /a}]", "disks.vdev", "a device that xm knows"},
    {PV "disks: [{vdev: xvdja, path: /a}]", "disks.vdev", "a device that xm knows"},
    {PV "disks: [{vdev: xvda16, path: /a}]", "disks.vdev", "a device that xm knows"},
    {PV "disks: [{vdev: xvda, path: '/a,b'}]", "disks.path", "comma"},
    {PV "disks: [{vdev: xvda, path: /a, format: qed}]", "disks.format", "does not have 'qed'"},
    {PV "disks: [{vdev: xvda, path: /a, backendtype: qdisk}]", "disks.backendtype", "no such key"},
    {PV "disks: [{vdev: xvda, path: /a, script: block}]", "disks.script", "no such key"},
    {PV "disks: [{vdev: xvda, path: /a, discard: true}]", "disks.discard", "no such key"},
    {PV "disks: [{vdev: xvda, path: /a, format: qcow2, driver: phy}]", "disks.driver", "tap:qcow2"},
    {PV "vifs: [{devid: 3}]", "vifs.devid", "no such key"},
    {PV "vifs: [{mtu: 1500}]", "vifs.mtu", "no such key"},
    {PV "vifs: [{trusted: true}]", "vifs.trusted", "no such key"},
    {PV "vifs: [{rate: 1Mb/s@20}]", "vifs.rate", "a unit"},
    {PV "vkb: [{backend-type: qemu}]", "vkb", "no such key"},
    {PV "xen: {zz: 1}", "xen.zz", "no such key"},
    {PV "xen: {dryrun: 1}", "xen.dryrun", "no such key"},
    {PV "xen: {print: 1}", "xen.print", "no such key"},
    {PV "xen: {description.x: 1}", "xen.description.x", "no such key"},
    {PV "xen: {target: 2147483648}", "xen.target", "an integer"},
};

START_TEST(test_what_xm_lacks_is_refused)
{
    g_autofree char *yaml = g_strdup_printf(
        "xensure: 1\nfleet: lab\ndomains:\n  a: {memory: 64, %s}\n", lacks[_i].domain);
    g_autoptr(Spec) spec = read_spec(yaml, strlen(yaml));
    g_autoptr(GString) out = g_string_new("before\n");
    g_autoptr(GError) error = NULL;
    const Domain *domain = spec_find(spec, "a");
    ck_assert_msg(!xen_config_write(&xm_dialect, domain, domain->uuid, out, &error), "%s",
                  lacks[_i].domain);
    g_autofree char *key = g_strdup_printf("the key '%s' of domain 'a'", lacks[_i].key);
    ck_assert(g_error_matches(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE));
    ck_assert_msg(strstr(error->message, key) != NULL, "%s", error->message);
    ck_assert_msg(strstr(error->message, lacks[_i].why) != NULL, "%s", error->message);
    ck_assert_str_eq(out->str, "before\n");
}
END_TEST

/* Every key of xl's that a spec sets is either in xm's config or refused by name. */
START_TEST(test_no_key_is_dropped)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "spec",
                                             "valid-every-key", "spec.yaml", NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(path, &text, &length, NULL));
    g_autoptr(Spec) spec = read_spec(text, length);
    guint refused = 0;
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        for (guint key = 0; key < domain_keys.count; key++) {
            const KeyRow *row = &domain_keys.rows[key];
            const Value *value = domain_get(domain, key);
            if (value == NULL || value->where.text == NULL || row->xl_name == NULL ||
                row->xm_name != NULL) {
                continue;
            }
            g_autofree char *yaml = g_strdup_printf(
                "xensure: 1\nfleet: lab\ndomains: {a: {type: pv, kernel: /k, memory: 1}}\n");
            g_autoptr(Spec) plain = read_spec(yaml, strlen(yaml));
            Domain *other = spec_find(plain, "a");
            g_autoptr(GString) out = g_string_new(NULL);
            g_autoptr(GError) error = NULL;
            Value copy = value_copy(value);
            domain_set(other, &copy);
            ck_assert_msg(!xen_config_write(&xm_dialect, other, other->uuid, out, &error),
                          "'%s' is dropped", row->name);
            ck_assert_msg(strstr(error->message, row->name) != NULL, "%s", error->message);
            refused++;
        }
    }
    ck_assert_uint_gt(refused, 40);
}
END_TEST

/* ---- one start ---- */

static char *command_line(const char *keys, const char *extra, GError **error)
{
    g_autofree char *yaml = g_strdup_printf(
        "xensure: 1\nfleet: lab\ndomains: {a: {type: pv, kernel: /k, memory: 1%s}}\n", keys);
    g_autoptr(Spec) spec = read_spec(yaml, strlen(yaml));
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean is_written =
        xen_config_write_command_line(&xm_dialect, spec_find(spec, "a"), extra, out, error);
    return is_written ? g_strdup(out->str) : NULL;
}

START_TEST(test_extra_of_one_start)
{
    g_autofree char *alone = command_line("", "single", NULL);
    g_autofree char *both =
        command_line(", root: /dev/xvda1, cmdline: 'ro quiet'", "single 'x'", NULL);
    ck_assert_str_eq(alone, "extra=single");
    ck_assert_str_eq(both, "extra=ro quiet single 'x'");
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(command_line("", "a\nb", &error));
    ck_assert(g_error_matches(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE));
    ck_assert_ptr_null(command_line("", "\xc3\xa4", NULL));
}
END_TEST

/* Without this, the oracle might compare nothing at all. */
START_TEST(test_oracle_sees_what_differs)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"memory = 64", "memory = 65"},
        {"memory = 64", "memory = \"64\""},
        {"memory = 64", "memory = 64L"},
        {"memory = 64", "memory = True"},
        {"memory = 64\n", ""},
        {"memory = 64\n", "memory = 64\nmore = 1\n"},
        {"memory = 64\n", "memory = 32\nmemory = 64\n"},
        {"memory = 64\n", "memory = 64\nimport os\n"},
        {"memory = 64\n", " memory = 64\n"},
        {"memory = 64", "memory = 60 + 4"},
        {"\"c\"", "\"d\""},
        {"\"c\"", "u\"c\""},
        {"\"c\"", "\"\\x63\""},
        {"\"c\"", "str(\"c\")"},
        {"phy:/dev/p", "file:/dev/p"},
        {",xvda,", ",xvdb,"},
        {",w\"", ",r\""},
        {",w\"", ",w,\""},
        {"bridge=b", "bridge=c"},
        {"bridge=b", "bridge=b,ip=1"},
        {"'x y'", "x y"},
        {"= [", "= ("},
    };
    static const char yaml[] =
        "xensure: 1\nfleet: lab\ndomains:\n"
        "  full: {type: pv, memory: 64, kernel: /k, cmdline: c, bootloader: pygrub, "
        "bootloader_args: "
        "['x y', z],\n    disks: [{vdev: xvda, path: /dev/p}], vifs: [{bridge: b}]}\n";
    g_autoptr(Spec) spec = read_spec(yaml, strlen(yaml));
    const Domain *domain = spec_find(spec, "full");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    ck_assert(xen_config_write(&xm_dialect, domain, domain->uuid, text, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        GString *changed = g_string_new(text->str);
        ck_assert_msg(g_string_replace(changed, changes[i].from, changes[i].to, 1) == 1,
                      "change %u finds nothing in:\n%s", i, text->str);
        g_ptr_array_add(texts, g_string_free(changed, FALSE));
    }
    g_autoptr(GPtrArray) all = xm_oracle_read(texts);
    for (guint i = 0; i < all->len; i++) {
        g_autoptr(GString) why = g_string_new(NULL);
        ck_assert_msg(!xm_oracle_agrees(domain, domain->uuid, g_ptr_array_index(all, i), why),
                      "change %u is not seen", i);
        ck_assert_uint_gt(why->len, 0);
    }
}
END_TEST

static void find_cases(void)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "config", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    cases = g_ptr_array_new_with_free_func(g_free);
    for (const char *name = folder != NULL ? g_dir_read_name(folder) : NULL; name != NULL;
         name = g_dir_read_name(folder)) {
        g_ptr_array_add(cases, g_strdup(name));
    }
}

int main(void)
{
    find_cases();
    Suite *suite = suite_create("xen_config_xm");
    TCase *tcase = tcase_create("xen_config_xm");
    tcase_add_test(tcase, test_golden);
    tcase_add_loop_test(tcase, test_random_domains, 0, RANDOM_ROUNDS);
    tcase_add_test(tcase, test_no_text_gets_out_of_its_place);
    tcase_add_loop_test(tcase, test_what_xm_lacks_is_refused, 0, G_N_ELEMENTS(lacks));
    tcase_add_test(tcase, test_no_key_is_dropped);
    tcase_add_test(tcase, test_extra_of_one_start);
    tcase_add_test(tcase, test_oracle_sees_what_differs);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_ptr_array_unref(cases);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
