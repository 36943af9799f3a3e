/* Each key of the domain table: changed, given and taken out while the domain runs. */
#include "tests/unit/plan_case.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Values of a key as flow YAML, and what stands beside it so that the spec is right. */
typedef struct {
    const char *one, *other;
    const char *beside;
    gboolean is_required; /* cannot be taken out */
    const char *shows_as; /* the key that the change shows as, where it is another */
} Sample;

static const Sample samples[DOMAIN_KEY_COUNT] = {
    [DOMAIN_KEY_type] = {"pvh", "pv", NULL, TRUE, NULL},
    [DOMAIN_KEY_memory] = {"512MiB", "256MiB", "maxmem: 1GiB", TRUE, NULL},
    [DOMAIN_KEY_mode] = {"apply", "report", NULL, FALSE, NULL},
    [DOMAIN_KEY_maxmem] = {"1GiB", "2GiB", NULL, FALSE, NULL},
    [DOMAIN_KEY_vcpus] = {"2", "3", "maxvcpus: 4", FALSE, NULL},
    [DOMAIN_KEY_maxvcpus] = {"4", "8", NULL, FALSE, NULL},
    [DOMAIN_KEY_cpus] = {"\"0-3\"", "[\"0\", \"1\"]", NULL, FALSE, NULL},
    [DOMAIN_KEY_cpu_weight] = {"512", "1024", NULL, FALSE, NULL},
    [DOMAIN_KEY_cap] = {"50", "60", NULL, FALSE, NULL},
    [DOMAIN_KEY_kernel] = {"/boot/a", "/boot/b", "bootloader: pygrub", FALSE, NULL},
    [DOMAIN_KEY_ramdisk] = {"/boot/a", "/boot/b", NULL, FALSE, NULL},
    [DOMAIN_KEY_root] = {"/dev/xvda1", "/dev/xvda2", NULL, FALSE, NULL},
    [DOMAIN_KEY_cmdline] = {"quiet", "debug", NULL, FALSE, NULL},
    [DOMAIN_KEY_bootloader] = {"pygrub", "/usr/bin/other", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_poweroff] = {"preserve", "restart", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_reboot] = {"preserve", "destroy", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_crash] = {"preserve", "restart", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_watchdog] = {"preserve", "restart", NULL, FALSE, NULL},
    [DOMAIN_KEY_xen] = {"{spice: 1}", "{spice: 0}", NULL, FALSE, NULL},
    [DOMAIN_KEY_stop_timeout] = {"{timeout: 10s}", "{timeout: 20s}", NULL, FALSE, NULL},
    [DOMAIN_KEY_stop_force] = {"{force: true}", "{force: false}", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_change] = {"hold", "restart", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_failed_change] = {"keep", "revert", NULL, FALSE, NULL},
    [DOMAIN_KEY_restart_limit] = {"{limit: 1}", "{limit: 2}", NULL, FALSE, NULL},
    [DOMAIN_KEY_restart_within] = {"{within: 1h}", "{within: 2h}", NULL, FALSE, NULL},
    [DOMAIN_KEY_on_guest_poweroff] = {"leave", "start", NULL, FALSE, "on_poweroff"},
    [DOMAIN_KEY_protect] = {"true", "false", NULL, FALSE, NULL},
    [DOMAIN_KEY_adopt] = {"true", "false", NULL, FALSE, NULL},
    [DOMAIN_KEY_bounce] = {"1", "2", NULL, FALSE, NULL},
    [DOMAIN_KEY_after] = {"[other]", "[other, third]", NULL, FALSE, NULL},
    [DOMAIN_KEY_ready_running] = {"{running: 1s}", "{running: 2s}", NULL, FALSE, NULL},
    [DOMAIN_KEY_ready_check] = {"{check: a}", "{check: b}", NULL, FALSE, NULL},
    [DOMAIN_KEY_ready_within] = {"{within: 1m}", "{within: 2m}", NULL, FALSE, NULL},
    [DOMAIN_KEY_migrate] = {"stop", "live", NULL, FALSE, NULL},
};

/* Keys that say which domain it is, where it is, or that it does not run, and lists of devices,
 * which are told one by one: tests/golden/plan. */
static gboolean is_tested_elsewhere(guint key)
{
    return domain_keys.rows[key].changed != CHANGE_NONE || key == DOMAIN_KEY_host ||
           key == DOMAIN_KEY_profile || key == DOMAIN_KEY_state || key == DOMAIN_KEY_uuid;
}

/* Values that are right by themselves, for a row that has no sample above. */
static Sample sample_of_row(const KeyRow *row)
{
    static char one[64];
    static char other[64];
    static const struct {
        const char *name;
        Sample sample;
    } texts[] = {
        {"cpus_soft", {.one = "\"0-3\"", .other = "all"}},
        {"xenstore_quota", {.one = "[nodes=1]", .other = "[nodes=2]"}},
        {"bootloader_args", {.one = "[a]", .other = "[b]"}},
        {"firmware", {.one = "uefi", .other = "bios"}},
        {"boot", {.one = "c", .other = "d"}},
        {"viridian", {.one = "true", .other = "[base]"}},
        {"cpuid", {.one = "host", .other = "\"host,a=1\""}},
        {"mca_caps", {.one = "[lmce]", .other = "[lmce, lmce]"}},
        {"gfx_passthru", {.one = "true", .other = "igd"}},
        {"serial", {.one = "pty", .other = "[pty, none]"}},
        {"bios", {.one = "seabios", .other = "ovmf"}},
        {"device_model_version", {.one = "qemu-xen", .other = "qemu-xen-traditional"}},
        {"vfb", {.one = "[{vnc: true}]", .other = "[{vnc: false}]"}},
        {"vkb", {.one = "[{backend-type: linux}]", .other = "[{backend-type: qemu}]"}},
        {"pci", {.one = "[\"01:00.0\"]", .other = "[\"01:00.1\"]"}},
        {"dtdev", {.one = "[/a]", .other = "[/b]"}},
        {"ioports", {.one = "[2f8-2ff]", .other = "[2f8-2fe]"}},
        {"iomem", {.one = "[\"a,1\"]", .other = "[\"a,2\"]"}},
        {"irqs", {.one = "[1]", .other = "[2]"}},
        {"usbctrl", {.one = "[{ports: 1}]", .other = "[{ports: 2}]"}},
        {"usbdev", {.one = "[{hostbus: 1, hostaddr: 1}]", .other = "[{hostbus: 1, hostaddr: 2}]"}},
        {"channel",
         {.one = "[{connection: pty, name: a}]", .other = "[{connection: pty, name: b}]"}},
        {"videoram", {.one = "64MiB", .other = "32MiB"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (strcmp(texts[i].name, row->name) == 0) {
            return texts[i].sample;
        }
    }
    const char *open = row->list == LIST_ALWAYS ? "[" : "";
    const char *close = row->list == LIST_ALWAYS ? "]" : "";
    gboolean is_number = row->type == TYPE_INTEGER || row->type == TYPE_SIZE_MIB;
    gboolean is_path = row->type == TYPE_PATH;
    const char *first = row->type == TYPE_BOOLEAN ? "true"
                        : row->words != NULL      ? row->words[0]
                        : is_path                 ? "/a"
                                                  : "a";
    const char *second = row->type == TYPE_BOOLEAN ? "false"
                         : row->words != NULL      ? row->words[1]
                         : is_path                 ? "/b"
                                                   : "b";
    g_snprintf(one, sizeof one, "%s%s%s", open, first, close);
    g_snprintf(other, sizeof other, "%s%s%s", open, second, close);
    if (is_number) {
        g_snprintf(one, sizeof one, "%" G_GINT64_FORMAT, row->maximum);
        g_snprintf(other, sizeof other, "%" G_GINT64_FORMAT, row->maximum - 1);
    }
    return (Sample){.one = one, .other = other};
}

/* A guest type that has the row: "pvh" where it can. */
static const char *type_of_row(const KeyRow *row)
{
    guint guests = row->guests != 0 ? row->guests : GUEST_ALL;
    return (guests & GUEST_PVH) != 0  ? "type: pvh"
           : (guests & GUEST_PV) != 0 ? "type: pv"
                                      : "type: hvm";
}

static void add_default(GString *yaml, guint key, guint tested, const char *text)
{
    if (key != tested) {
        g_string_append_printf(yaml, "    %s\n", text);
    }
}

/* A spec in which the key has this value; NULL: it is left out. */
static char *spec_with(guint key, const char *value)
{
    const Sample *sample = &samples[key];
    const char *name = domain_keys.rows[key].name;
    gboolean is_boot = key == DOMAIN_KEY_firmware;
    GString *yaml = g_string_new("xensure: 1\nfleet: lab\ndomains:\n  web1:\n");
    add_default(yaml, DOMAIN_KEY_type, key,
                is_boot ? "type: hvm" : type_of_row(&domain_keys.rows[key]));
    add_default(yaml, DOMAIN_KEY_memory, key, "memory: 512MiB");
    add_default(yaml, DOMAIN_KEY_kernel, key, "kernel: /boot/vmlinuz");
    if (sample->beside != NULL) {
        g_string_append_printf(yaml, "    %s\n", sample->beside);
    }
    if (value != NULL) {
        g_string_append_printf(yaml, "    %.*s: %s\n", (int)strcspn(name, "."), name, value);
    }
    g_string_append(yaml, "  other: {type: pvh, memory: 1MiB, kernel: /k, state: absent}\n"
                          "  third: {type: pvh, memory: 1MiB, kernel: /k, state: absent}\n");
    return g_string_free(yaml, FALSE);
}

static Spec *read_spec(const char *text)
{
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text("spec.yaml", text, strlen(text), problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "the sample is refused: %s",
                  problems_get(problems, 0)->message);
    return spec;
}

/* web1 as it runs after it was started from this spec. */
static Observed *observe(const Domain *domain, Record *record)
{
    Observed *observed = observed_new();
    observed->state = OBSERVATION_COMPLETE;
    observed->boot_id = g_strdup("boot-1");
    ObservedDomain *row = observed_domain_new();
    row->domid = 5;
    row->name = g_strdup("web1");
    g_strlcpy(row->uuid, domain->uuid, sizeof row->uuid);
    row->is_blocked = TRUE;
    row->memory_mib = (guint64)domain_get_integer(domain, DOMAIN_KEY_memory);
    row->vcpus = (guint32)domain_get_integer(domain, DOMAIN_KEY_vcpus);
    g_ptr_array_add(observed->domains, row);

    RecordDomain *recorded = record_domain_new("web1", domain->uuid);
    recorded->is_running = TRUE;
    recorded->domid = 5;
    recorded->boot_id = g_strdup("boot-1");
    GString *settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    recorded->settings = g_string_free(settings, FALSE);
    record_put(record, recorded);
    return observed;
}

static gboolean shows(const GArray *changes, const char *name)
{
    for (guint i = 0; i < changes->len; i++) {
        if (strcmp(g_array_index(changes, Change, i).row->name, name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static ActionKind live_kind(KeyLive live)
{
    return live == LIVE_MEMORY  ? ACTION_SET_MEMORY
           : live == LIVE_VCPUS ? ACTION_SET_VCPUS
                                : ACTION_SET_SCHEDULER;
}

static void check_waiting(const Plan *plan, const char *name, const char *what)
{
    ck_assert_msg(plan->actions->len == 0, "%s: an action for what waits", what);
    ck_assert_msg(plan->waiting->len == 1, "%s: nothing waits for the next start", what);
    const Waiting *waiting = g_ptr_array_index(plan->waiting, 0);
    ck_assert_msg(waiting->changes->len == 1 && shows(waiting->changes, name),
                  "%s: something else waits", what);
}

static void check_action(const Plan *plan, const KeyRow *row, const char *what)
{
    ck_assert_msg(plan->waiting->len == 0, "%s: something waits", what);
    ck_assert_msg(plan->actions->len == 1, "%s: %u actions", what, plan->actions->len);
    const Action *action = g_ptr_array_index(plan->actions, 0);
    gboolean is_live = row->change == CHANGE_LIVE;
    ActionKind kind = is_live ? live_kind(row->live) : ACTION_RESTART;
    ck_assert_msg(action->kind == kind, "%s: %s", what, action_kind_name(action->kind));
    ck_assert_msg((action->hold == HOLD_NONE) == is_live, "%s: held or not: %s", what,
                  action->held != NULL ? action->held : "not");
    ck_assert_msg(action->changes->len == 1 && shows(action->changes, row->name),
                  "%s: the change is not shown", what);
    ck_assert_msg(!action->is_drift, "%s: taken for drift", what);
}

static void check_change(guint key, const char *before, const char *after)
{
    const KeyRow *row = &domain_keys.rows[key];
    g_autofree char *what =
        g_strdup_printf("%s: %s -> %s", row->name, before != NULL ? before : "none",
                        after != NULL ? after : "none");
    g_autofree char *before_text = spec_with(key, before);
    g_autofree char *after_text = spec_with(key, after);
    g_autoptr(Spec) before_spec = read_spec(before_text);
    g_autoptr(Spec) after_spec = read_spec(after_text);
    g_autoptr(Record) record = record_new();
    g_autoptr(Observed) observed = observe(spec_find(before_spec, "web1"), record);
    const Policy policy = {.host = "dom0-a", .now = 1000000, .stops_limit = 3, .allow_stops = -1};
    g_autoptr(Plan) plan = plan_make(after_spec, observed, record, &policy);
    if (samples[key].shows_as != NULL || row->change == CHANGE_NEXT_START) {
        check_waiting(plan, samples[key].shows_as != NULL ? samples[key].shows_as : row->name,
                      what);
    } else if (row->change == CHANGE_NONE) {
        ck_assert_msg(plan->actions->len == 0 && plan->waiting->len == 0, "%s: not nothing", what);
    } else {
        check_action(plan, row, what);
    }
    g_autoptr(Plan) none = plan_make(before_spec, observed, record, &policy);
    ck_assert_msg(none->actions->len == 0 && none->waiting->len == 0, "%s: differs from itself",
                  what);
}

START_TEST(test_key)
{
    guint key = (guint)_i;
    if (is_tested_elsewhere(key)) {
        return;
    }
    Sample sample = samples[key].one != NULL ? samples[key] : sample_of_row(&domain_keys.rows[key]);
    check_change(key, sample.one, sample.other);
    if (!sample.is_required) {
        check_change(key, sample.one, NULL);
        check_change(key, NULL, sample.one);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan_keys");
    TCase *keys = tcase_create("keys");
    tcase_add_loop_test(keys, test_key, 0, DOMAIN_KEY_COUNT);
    suite_add_tcase(suite, keys);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
