/* What runs beside what the spec says: only what is certain differs. */
#include "reconcile/seen_settings.h"
#include "tests/unit/random_spec.h"
#include "tests/unit/spec_from_text.h"
#include "xenbackend/sim/sim_json.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_list_long.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "xensure: 1\nfleet: lab\ndomains:\n  a: {"
/* Of Xen since 4.6, and of an older one. */
#define CONFIG(type, build, rest)                                                                  \
    "{\"domid\": 7, \"config\": {\"c_info\": {\"type\": \"" type "\"}, \"b_info\": {"              \
    "\"target_memkb\": 524288, \"max_memkb\": 524288, \"max_vcpus\": 1, \"avail_vcpus\": [0], "    \
    "\"arch_arm\": {} " build "}" rest "}}"
#define OLDER(type, build, rest)                                                                   \
    "{\"domid\": 7, \"config\": {\"c_info\": {\"type\": \"" type "\"}, \"b_info\": {"              \
    "\"target_memkb\": 524288 " build "}" rest "}}"
#define PVH         "type: pvh, memory: 512MiB, kernel: /k"
#define KERNEL      ", \"kernel\": \"/k\""
#define RUNS(build) CONFIG("pvh", KERNEL build, ON_REBOOT)
#define HAS(rest)   CONFIG("pvh", KERNEL, ON_REBOOT rest)
#define ON_REBOOT   ", \"on_reboot\": \"restart\", \"on_soft_reset\": \"soft_reset\""
#define DISK        "\"pdev_path\": \"/d\", \"vdev\": \"xvda\", \"format\": \"raw\", \"readwrite\": 1"
#define NIC         "\"devid\": 0, \"mac\": \"00:16:3e:00:00:01\""
#define VIF         "mac: \"00:16:3e:00:00:01\""

typedef struct {
    const char *spec, *json;
    const char *expected; /* "KEY HAVE; " for each */
} Case;

static const Case cases[] = {
    {PVH, RUNS(""), ""},
    /* The host's own numbers, which may be a KiB short. */
    {"type: pvh, memory: 512MiB, kernel: /k, vcpus: 2", RUNS(""), "vcpus 1; "},
    {"type: pvh, memory: 600MiB, kernel: /k", RUNS(""), "memory 512MiB; "},
    {"type: pvh, memory: 511MiB, kernel: /k", RUNS(""), ""},
    /* Maxima that the spec leaves out follow from what was there at the start. */
    {PVH ", maxmem: 1GiB, maxvcpus: 4", RUNS(""), "maxmem 512MiB; maxvcpus 1; "},
    {PVH, CONFIG("pvh", KERNEL ", \"max_memkb\": 1048576", ON_REBOOT), ""},
    /* Another type: the rest has another meaning. */
    {"type: pv, memory: 512MiB, kernel: /other", RUNS(""), "type \"pvh\"; "},
    /* What it was booted by. */
    {"type: pvh, memory: 512MiB, kernel: /other", RUNS(""), "kernel \"/k\"; "},
    {PVH ", ramdisk: /r", RUNS(""), "ramdisk none; "},
    {PVH, RUNS(", \"ramdisk\": \"/r\""), "ramdisk \"/r\"; "},
    {PVH, RUNS(", \"cmdline\": \"quiet\""), "cmdline \"quiet\"; "},
    {PVH ", root: /dev/xvda1, cmdline: quiet", RUNS(", \"cmdline\": \"root=/dev/xvda1 quiet\""),
     ""},
    {PVH ", root: /dev/xvda1", RUNS(", \"cmdline\": \"root=/dev/xvda1\""), ""},
    {PVH ", root: /dev/xvda1, cmdline: quiet", RUNS(", \"cmdline\": \"root=/dev/xvda2 quiet\""),
     "root none; cmdline \"root=/dev/xvda2 quiet\"; "},
    {PVH ", root: /dev/xvda1", RUNS(""), "root none; cmdline none; "},
    {"type: pv, memory: 512MiB, bootloader: pygrub", CONFIG("pv", KERNEL, ON_REBOOT),
     "kernel \"/k\"; bootloader none; "},
    {"type: pv, memory: 512MiB, bootloader: pygrub",
     CONFIG("pv", ", \"bootloader\": \"/usr/lib/xen/bin/pygrub\"", ON_REBOOT), ""},
    {"type: pv, memory: 512MiB, bootloader: /usr/bin/pygrub",
     CONFIG("pv", ", \"bootloader\": \"/usr/lib/xen/bin/pygrub\"", ON_REBOOT),
     "bootloader \"/usr/lib/xen/bin/pygrub\"; "},
    /* A guest that was booted by nothing is none: it is not known by what. */
    {PVH, CONFIG("pvh", "", ON_REBOOT), ""},
    {"type: pvh, memory: 512MiB, firmware: pvgrub64", RUNS(""), ""},
    /* What happens when the guest ends. */
    {PVH, CONFIG("pvh", KERNEL, ""), "on_reboot \"destroy\"; "},
    {PVH, HAS(", \"on_crash\": \"coredump_restart\""), "on_crash \"coredump-restart\"; "},
    {PVH, OLDER("pvh", KERNEL, ""), ""},
    {PVH, OLDER("pvh", KERNEL, ", \"on_crash\": \"restart\""), "on_crash \"restart\"; "},
    /* What the spec leaves to the toolstack is different only where it is known what that takes. */
    {PVH, RUNS(", \"device_tree\": \"/dt\", \"acpi\": \"True\""), ""},
    {PVH ", acpi: false", RUNS(", \"acpi\": \"True\""), "acpi true; "},
    {PVH ", acpi: false", RUNS(""), ""},
    {PVH, RUNS(", \"sched_params\": {\"weight\": 512, \"cap\": 20}"), ""},
    {PVH ", cpu_weight: 256, cap: 20", RUNS(", \"sched_params\": {\"weight\": 512, \"cap\": 20}"),
     "cpu_weight 512; "},
    {"type: hvm, memory: 512MiB",
     CONFIG("hvm", ", \"type.hvm\": {\"hdtype\": \"ahci\"}", ON_REBOOT), "hdtype \"ahci\"; "},
    {"type: hvm, memory: 512MiB, hdtype: ahci", CONFIG("hvm", ", \"type.hvm\": {}", ON_REBOOT),
     "hdtype \"ide\"; "},
    {"type: hvm, memory: 512MiB", CONFIG("hvm", ", \"type.hvm\": {}", ON_REBOOT), ""},
    /* A list and one that may mean the same; what is shown only roughly. */
    {"type: hvm, memory: 512MiB, serial: [pty]",
     CONFIG("hvm", ", \"type.hvm\": {\"serial\": \"pty\"}", ON_REBOOT), ""},
    {"type: hvm, memory: 512MiB, viridian: [base]",
     CONFIG("hvm", ", \"type.hvm\": {\"viridian\": \"True\"}", ON_REBOOT), ""},
    {PVH ", cpus: \"2\"", RUNS(", \"vcpu_hard_affinity\": [[0, 1]]"), ""},
    /* Disks. */
    {PVH ", disks: [{vdev: xvda, path: /d}]", HAS(", \"disks\": [{" DISK "}]"), ""},
    {PVH ", disks: [{vdev: xvda, path: /e}]", HAS(", \"disks\": [{" DISK "}]"),
     "disks [{vdev: \"xvda\", path: \"/d\"}]; "},
    {PVH ", disks: [{vdev: xvda, path: /d, format: qcow2}]", HAS(", \"disks\": [{" DISK "}]"),
     "disks [{vdev: \"xvda\", path: \"/d\"}]; "},
    {PVH ", disks: [{vdev: xvda, path: /d, access: ro}]", HAS(", \"disks\": [{" DISK "}]"),
     "disks [{vdev: \"xvda\", path: \"/d\"}]; "},
    {PVH ", disks: [{vdev: xvda, path: /d, backendtype: phy}]", HAS(", \"disks\": [{" DISK "}]"),
     ""},
    {PVH ", disks: [{vdev: xvda, path: /d, driver: file}]",
     HAS(", \"disks\": [{\"backend\": \"qdisk\", " DISK "}]"), ""},
    {PVH ", disks: [{vdev: xvda, path: /d}]",
     HAS(", \"disks\": [{\"backend\": \"qdisk\", " DISK "}]"), ""},
    {PVH ", disks: [{vdev: xvda, path: /d, backendtype: phy}]",
     HAS(", \"disks\": [{\"backend\": \"qdisk\", " DISK "}]"),
     "disks [{vdev: \"xvda\", path: \"/d\", backendtype: \"qdisk\"}]; "},
    {PVH ", disks: [{vdev: xvda, path: /d, script: block-x}]",
     HAS(", \"disks\": [{\"script\": \"/etc/xen/scripts/block-x\", " DISK "}]"), ""},
    {PVH ", disks: [{vdev: xvda, path: /d, backend: store}]",
     HAS(", \"disks\": [{\"backend_domname\": \"3\", " DISK "}]"), ""},
    {PVH ", disks: [{vdev: xvda, path: /d}]", RUNS(""), "disks []; "},
    {PVH ", disks: [{vdev: xvda, path: /d}]", OLDER("pvh", KERNEL, ""), ""},
    {PVH, HAS(", \"disks\": [{" DISK "}]"), "disks [{vdev: \"xvda\", path: \"/d\"}]; "},
    {PVH, HAS(", \"disks\": [{\"vdev\": \"51712\"}]"), ""},
    {PVH ", disks: [{vdev: xvdb, path: /e}, {vdev: xvda, path: /d}]",
     HAS(", \"disks\": [{" DISK "}, {\"vdev\": \"xvdc\", \"pdev_path\": \"/f\"}]"),
     "disks [{vdev: \"xvda\", path: \"/d\"}, {vdev: \"xvdc\", path: \"/f\"}]; "},
    /* A medium comes and goes. */
    {"type: hvm, memory: 512MiB, disks: [{vdev: hdc, devtype: cdrom, path: /a.iso}]",
     CONFIG("hvm", ", \"type.hvm\": {}",
            ON_REBOOT ", \"disks\": [{\"vdev\": \"hdc\", \"is_cdrom\": 1, \"format\": \"empty\"}]"),
     "disks [{vdev: \"hdc\", devtype: \"cdrom\", access: \"ro\"}]; "},
    {"type: hvm, memory: 512MiB, disks: [{vdev: hdc, devtype: cdrom, path: /a.iso}]",
     CONFIG("hvm", ", \"type.hvm\": {}",
            ON_REBOOT ", \"disks\": [{\"vdev\": \"hdc\", \"pdev_path\": \"/a.iso\", \"format\": "
                      "\"raw\"}]"),
     "disks [{vdev: \"hdc\", path: \"/a.iso\", devtype: \"disk\", access: \"ro\"}]; "},
    /* Vifs. */
    {PVH ", vifs: [{" VIF "}]", HAS(", \"nics\": [{" NIC "}]"), ""},
    {PVH ", vifs: [{" VIF ", bridge: xenbr0}]", HAS(", \"nics\": [{" NIC "}]"), ""},
    {PVH ", vifs: [{" VIF "}]", HAS(", \"nics\": [{\"bridge\": \"xenbr0\", " NIC "}]"), ""},
    {PVH ", vifs: [{" VIF ", bridge: xenbr1}]",
     HAS(", \"nics\": [{\"bridge\": \"xenbr0\", " NIC "}]"),
     "vifs [{mac: \"00:16:3e:00:00:01\", bridge: \"xenbr0\"}]; "},
    {PVH ", vifs: [{mac: \"00:16:3e:00:00:02\"}]", HAS(", \"nics\": [{" NIC "}]"),
     "vifs [{mac: \"00:16:3e:00:00:01\"}]; "},
    {PVH ", vifs: [{" VIF ", rate: 1Mb/s}]",
     HAS(", \"nics\": [{\"rate_bytes_per_interval\": 5, \"rate_interval_usecs\": 50000, " NIC "}]"),
     ""},
    {PVH ", vifs: [{" VIF ", devid: 2}]", HAS(", \"nics\": [{" NIC "}]"),
     "vifs [{mac: \"00:16:3e:00:00:01\", devid: 0}]; "},
    /* One that was given back has the number that was free. */
    {PVH ", vifs: [{" VIF "}, {mac: \"00:16:3e:00:00:02\"}]",
     HAS(", \"nics\": [{\"devid\": 1, \"mac\": \"00:16:3e:00:00:02\"}, {\"devid\": 2, \"mac\": "
         "\"00:16:3e:00:00:01\"}]"),
     ""},
    {PVH ", vifs: [{" VIF "}, {mac: \"00:16:3e:00:00:02\"}]",
     HAS(", \"nics\": [{\"devid\": 1, \"mac\": \"00:16:3e:00:00:02\"}]"),
     "vifs [{mac: \"00:16:3e:00:00:02\"}]; "},
    {PVH ", vifs: [{" VIF "}, {mac: \"00:16:3e:00:00:02\"}]",
     HAS(", \"nics\": [{\"mac\": \"00:16:3e:00:00:02\", \"devid\": 0}, {\"devid\": 1, \"mac\": "
         "\"00:16:3e:00:00:03\"}]"),
     "vifs [{mac: \"00:16:3e:00:00:02\"}, {mac: \"00:16:3e:00:00:03\", devid: 1}]; "},
    {PVH ", vifs: [{" VIF ", script: vif-route}]",
     HAS(", \"nics\": [{\"script\": \"/etc/xen/scripts/vif-route\", " NIC "}]"), ""},
    {PVH ", vifs: [{" VIF ", script: vif-bridge}]",
     HAS(", \"nics\": [{\"script\": \"/etc/xen/scripts/vif-route\", " NIC "}]"),
     "vifs [{mac: \"00:16:3e:00:00:01\", script: \"/etc/xen/scripts/vif-route\"}]; "},
    {PVH, RUNS(", \"exec_ssidref\": 5"), ""},
};

static char *differences_of(const ObservedDomain *seen, const Domain *domain)
{
    GString *text = g_string_new(NULL);
    for (guint key = 0; key < domain_keys.count; key++) {
        g_auto(SeenValue) have = {0};
        if (!seen_differs(seen, domain, key, &have)) {
            continue;
        }
        g_string_append_printf(text, "%s ", domain_keys.rows[key].name);
        if (have.is_set) {
            value_format(&domain_keys, &have.value, text);
        } else {
            g_string_append(text, "none");
        }
        g_string_append(text, "; ");
    }
    return g_string_free(text, FALSE);
}

static Spec *read_spec(const char *keys)
{
    g_autofree char *text = g_strdup_printf(HEADER "%s}\n", keys);
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text("spec", text, strlen(text), problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "%s: %s", keys,
                  problems_count(problems) > 0 ? problems_get(problems, 0)->message : "");
    return spec;
}

static ObservedDomain *read_json(const char *json)
{
    ObservedDomain *seen = observed_domain_new();
    g_autofree char *trouble = NULL;
    seen->domid = 7;
    ck_assert_msg(xen_list_long_parse(json, strlen(json), seen, &trouble), "%s: %s", json, trouble);
    return seen;
}

START_TEST(test_cases)
{
    const Case *one = &cases[_i];
    g_autoptr(Spec) spec = read_spec(one->spec);
    g_autoptr(ObservedDomain) seen = read_json(one->json);
    const Domain *domain = g_ptr_array_index(spec->domains, 0);
    g_autofree char *found = differences_of(seen, domain);
    ck_assert_msg(strcmp(found, one->expected) == 0, "%s beside %s: %s", one->spec, one->json,
                  found);

    /* What is recorded of it is what runs: beside that, nothing differs. */
    g_autofree char *running = seen_settings_format(seen, domain);
    g_autoptr(GString) wanted = g_string_new(NULL);
    domain_format_canonical(domain, wanted);
    ck_assert_msg((strcmp(running, wanted->str) == 0) == (*one->expected == '\0'), "%s", running);
    g_autoptr(GBytes) bytes = g_bytes_new(running, strlen(running));
    g_autoptr(GStringChunk) strings = g_string_chunk_new(100);
    g_autoptr(Problems) problems = problems_new();
    TrustedText *text = trusted_text_new_local("record", bytes);
    g_autoptr(Settings) read = domain_read_canonical(text, strings, problems);
    ck_assert_msg(read != NULL && problems_count(problems) == 0, "%s", running);
    trusted_text_free(text);
}
END_TEST

START_TEST(test_without_details)
{
    g_autoptr(Spec) spec = read_spec(PVH);
    g_autoptr(ObservedDomain) seen = observed_domain_new();
    g_autofree char *found = differences_of(seen, g_ptr_array_index(spec->domains, 0));
    ck_assert_str_eq(found, "");
}
END_TEST

/* ---- what we have written runs as we have written it ---- */

/* What xl would print of a domain that it has just made of our config file; by the simulated xl. */
static char *run_config(const char *config_text)
{
    g_autoptr(GString) report = g_string_new(NULL);
    GString *json_text = g_string_new(NULL);
    int exit_code = 0;
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("config", config_text, strlen(config_text), report);
    ck_assert_msg(config != NULL, "%s", report->str);
    g_autoptr(SimGuest) guest = sim_guest_read("config", config, report, &exit_code);
    if (guest == NULL) {
        /* xl would not have made it: what does not go together is refused only in a whole spec. */
        g_string_free(json_text, TRUE);
        return NULL;
    }
    SimDomain domain = {.domid = 7,
                        .name = guest->name,
                        .target_kib = (gint64)guest->target_kib,
                        .maximum_kib = (gint64)guest->maximum_kib,
                        .vcpus = guest->vcpus,
                        .maximum_vcpus = guest->maximum_vcpus,
                        .weight = guest->weight,
                        .cap = guest->cap};
    SimJson json = {.out = json_text};
    g_strlcpy(domain.uuid, guest->uuid, sizeof domain.uuid);
    sim_json_domain(&json, &domain, guest, 0);
    return g_string_free(json_text, FALSE);
}

START_TEST(test_our_own)
{
    static guint8 written[DOMAIN_KEY_COUNT];
    RandomSpec random = {.random = g_rand_new_with_seed((guint32)_i + 700)};
    g_autoptr(GString) yaml = g_string_new("xensure: 1\nfleet: lab\ndomains:\n");
    g_autoptr(Problems) problems = problems_new();
    for (guint i = 0; i < 40; i++) {
        random_spec_add_domain(&random, i, yaml, written);
    }
    g_rand_free(random.random);
    g_autoptr(Spec) spec = spec_from_text("spec", yaml->str, yaml->len, problems);
    ck_assert_uint_eq(spec->domains->len, 40);
    guint count = 0;
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        g_autoptr(GString) config = g_string_new(NULL);
        ck_assert(xen_config_write(&xl_dialect, domain, domain->uuid, config, NULL));
        g_autofree char *json = run_config(config->str);
        if (json == NULL) {
            continue;
        }
        g_autoptr(ObservedDomain) seen = read_json(json);
        g_autofree char *found = differences_of(seen, domain);
        ck_assert_msg(*found == '\0', "%s runs with %.300s: %s", domain->name, found, config->str);
        count++;
    }
    ck_assert_uint_gt(count, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seen_settings");
    TCase *tests = tcase_create("seen");
    tcase_add_loop_test(tests, test_cases, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tests, test_without_details);
    tcase_add_loop_test(tests, test_our_own, 0, 20);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
