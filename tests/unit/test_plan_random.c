/* Specs, lists, records and policies at random, made of what a host may show at its worst: the
 * rules of plan_case_find_fault() hold. */
#include "tests/unit/plan_case.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS         40
#define CASES_IN_ROUND 100
#define DOMAINS        4

static const char *const names[] = {"web1", "web2", "db1", "db2"};
/* Of `lab/NAME` for the names above, then foreign ones. */
static const char *const foreign_uuids[] = {"11111111-2222-4333-8444-555555555555",
                                            "99999999-8888-4777-8666-555555555555"};
static const char *const letters[] = {"r-----", "-b----", "------", "--p---", "---s--", "---sr-",
                                      "---ss-", "---sc-", "---sw-", "---sS-", "---s?-", "---s-d",
                                      "--ps-d", "--psc-", "-b----", "-b----"};
static const char *const row_names[] = {
    "%s", "%s", "%s", "%s", "%s--incoming", "%s--migratedaway", "migrating-%s", "(null)"};

typedef struct {
    GRand *random;
    char *uuids[DOMAINS];
    GString *spec, *list, *record, *policy;
} Texts;

static gboolean one_in(Texts *texts, gint count)
{
    return g_rand_int_range(texts->random, 0, count) == 0;
}

static const char *pick(Texts *texts, const char *const *words, guint count)
{
    return words[g_rand_int_range(texts->random, 0, (gint)count)];
}

static const char *pick_uuid(Texts *texts, guint own)
{
    if (!one_in(texts, 4)) {
        return texts->uuids[own];
    }
    return one_in(texts, 2) ? pick(texts, foreign_uuids, G_N_ELEMENTS(foreign_uuids))
                            : texts->uuids[g_rand_int_range(texts->random, 0, DOMAINS)];
}

static void add_to_spec(Texts *texts, guint i, gboolean has_hosts)
{
    static const char *const states[] = {"running", "running", "running",
                                         "paused",  "stopped", "absent"};
    static const char *const extras[] = {
        "protect: true",  "adopt: true",       "bounce: 1",           "on_change: restart",
        "cmdline: quiet", "on_crash: restart", "cpu_weight: 512",     "on_guest_poweroff: leave",
        "maxmem: 1GiB",   "vcpus: 2",          "restart: {limit: 1}", "on_poweroff: preserve",
        "cpus: \"0-3\"",  "pool: fast",
    };
    static const char *const devices[] = {
        "disks: [{vdev: xvda, path: /dev/vg0/one}]",
        "disks: [{vdev: xvda, path: /dev/vg0/one}, {vdev: xvdb, path: /dev/vg0/two}]",
        "disks: [{vdev: xvdb, path: /dev/vg0/two}, {vdev: xvda, path: /dev/vg0/one}]",
        "disks: [{vdev: xvdb, path: /dev/vg0/three}]",
        "vifs: [{mac: \"00:16:3e:00:00:0%u\", bridge: xenbr0}]",
        "vifs: [{mac: \"00:16:3e:00:00:0%u\", bridge: xenbr1}]",
        "vifs: [{mac: \"00:16:3e:00:00:1%u\"}, {mac: \"00:16:3e:00:00:0%u\"}]",
        "",
    };
    g_string_append_printf(
        texts->spec, "  %s:\n    type: pvh\n    memory: 512MiB\n    kernel: /boot/k\n", names[i]);
    g_string_append_printf(texts->spec, "    state: %s\n",
                           pick(texts, states, G_N_ELEMENTS(states)));
    for (guint j = 0; j < G_N_ELEMENTS(extras); j++) {
        if (one_in(texts, 8)) {
            g_string_append_printf(texts->spec, "    %s\n", extras[j]);
        }
    }
    g_autofree char *number = g_strdup_printf("%u", i);
    g_auto(GStrv) parts = g_strsplit(pick(texts, devices, G_N_ELEMENTS(devices)), "%u", -1);
    g_autofree char *device = g_strjoinv(number, parts);
    g_string_append_printf(texts->spec, "    %s\n", device);
    if (has_hosts) {
        g_string_append_printf(texts->spec, "    host: %s\n",
                               one_in(texts, 4) ? "dom0-b" : "dom0-a");
    }
    if (one_in(texts, 10)) {
        g_string_append_printf(texts->spec, "    uuid: %s\n", pick_uuid(texts, i));
    }
    if (i > 0 && one_in(texts, 4)) {
        g_string_append_printf(texts->spec, "    after: [%s]\n", names[0]);
    }
}

static void add_rows(Texts *texts, guint *domid)
{
    /* Xen has no name twice. */
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < DOMAINS; i++) {
        for (gint count = g_rand_int_range(texts->random, 0, 8) * 2 / 7; count > 0; count--) {
            const char *form =
                row_names[one_in(texts, 3) ? g_rand_int_range(texts->random, 0, 8) : 0];
            guint named =
                one_in(texts, 12) ? (guint)g_rand_int_range(texts->random, 0, DOMAINS) : i;
            g_auto(GStrv) parts = g_strsplit(form, "%s", 2);
            g_autofree char *name = parts[1] != NULL
                                        ? g_strconcat(parts[0], names[named], parts[1], NULL)
                                        : g_strdup(form);
            if (strcmp(name, "(null)") != 0 && !g_hash_table_add(used, g_strdup(name))) {
                continue;
            }
            g_string_append_printf(texts->list, "%-40s %5u %5u %5u     %s  %8.1f %s %8s %16s\n",
                                   name, (*domid)++, one_in(texts, 8) ? 400u : 512u, 1u,
                                   pick(texts, letters, G_N_ELEMENTS(letters)),
                                   one_in(texts, 4) ? 0.0 : 12.3, pick_uuid(texts, i), "-", "-");
        }
    }
}

static void add_record(Texts *texts, guint i)
{
    static const char *const flags[] = {"running claimed",
                                        "running claimed",
                                        "running claimed",
                                        "claimed",
                                        "",
                                        "running claimed adopted",
                                        "running claimed protected",
                                        "running claimed storing",
                                        "claimed off-by-guest"};
    static const char *const operations[] = {"create", "created", "stop", "destroy", "change"};
    static const char *const settings[] = {
        "settings 3\ntype: \"pvh\"\nmemory: 512MiB\nkernel: \"/boot/k\"\n",
        "settings 3\ntype: \"pvh\"\nmemory: 256MiB\nkernel: \"/boot/other\"\n",
        ("settings 4\ntype: \"pvh\"\nmemory: 512MiB\nkernel: \"/boot/k\"\n"
         "disks: [{vdev: \"xvda\", path: \"/dev/vg0/one\"}]\n"),
        ("settings 5\ntype: \"pvh\"\nmemory: 512MiB\nkernel: \"/boot/k\"\n"
         "disks: [{vdev: \"xvda\", path: \"/dev/vg0/one\"}, {vdev: \"xvdb\", path: "
         "\"/dev/vg0/two\"}]\n"
         "vifs: [{mac: \"00:16:3e:00:00:00\", bridge: \"xenbr0\"}]\n"),
        ("settings 3\ntype: \"pvh\"\nmemory: 512MiB\nkernel: \"/boot/k\"\n"
         "stored 4\ntype: \"pvh\"\nmemory: 512MiB\nkernel: \"/boot/k\"\n"
         "disks: [{vdev: \"xvdb\", path: \"/dev/vg0/two\"}]\n"),
        "settings 1\nno_such_key: 1\n",
        "",
    };
    g_string_append_printf(
        texts->record, "domain %s\nuuid %s\nflags %s\ndomid %d\nbounce %d\n", names[i],
        i < G_N_ELEMENTS(foreign_uuids) && one_in(texts, 3) ? foreign_uuids[i] : texts->uuids[i],
        pick(texts, flags, G_N_ELEMENTS(flags)), g_rand_int_range(texts->random, 1, 6),
        one_in(texts, 2));
    if (one_in(texts, 5)) {
        g_string_append_printf(texts->record, "operation %s\noperation-id x\n",
                               pick(texts, operations, G_N_ELEMENTS(operations)));
    }
    if (!one_in(texts, 8)) {
        g_string_append_printf(texts->record, "boot boot-%d\n", one_in(texts, 6) ? 0 : 1);
    }
    g_string_append_printf(texts->record, "%send\n", pick(texts, settings, G_N_ELEMENTS(settings)));
}

static void add_policy(Texts *texts)
{
    static const char *const lines[] = {
        "prune",         "accept_loss",   "only web1",      "boot_id none",   "stops_limit 0",
        "details none",  "expired today", "busy web2",      "suspended work", "allow_stops 10",
        "stops_limit 1", "cannot_store",  "scheduler rtds", "release 414"};
    static const char *const words[] = {"edited", "stale", "foreign", "absent", "unseen"};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        if (one_in(texts, i == 0 ? 2 : 12)) {
            g_string_append_printf(texts->policy, "%s\n", lines[i]);
        }
    }
    for (guint i = 0; i < DOMAINS; i++) {
        if (one_in(texts, 3)) {
            g_string_append_printf(texts->policy, "missing_before %s\n", texts->uuids[i]);
        }
        if (one_in(texts, 3)) {
            g_string_append_printf(texts->policy, "config %s %s\n", names[i],
                                   pick(texts, words, G_N_ELEMENTS(words)));
        }
    }
}

/* What `xl list -l` shows of those that run, if it was asked: as the spec may have it, or not. */
static void add_details(Texts *texts, guint domids)
{
    static const char *const devices[] = {
        "\"disks\": [{\"pdev_path\": \"/dev/vg0/one\", \"vdev\": \"xvda\", \"readwrite\": 1}]",
        ("\"disks\": [{\"pdev_path\": \"/dev/vg0/one\", \"vdev\": \"xvda\", \"readwrite\": 1}, "
         "{\"pdev_path\": \"/dev/vg0/two\", \"vdev\": \"xvdb\", \"readwrite\": 1}]"),
        "\"disks\": [{\"pdev_path\": \"/srv/usb\", \"vdev\": \"xvdz\"}]",
        "\"nics\": [{\"devid\": 3, \"mac\": \"00:16:3e:00:00:01\", \"bridge\": \"xenbr0\"}]",
        "\"nics\": [{\"devid\": 0, \"mac\": \"00:16:3e:00:00:99\", \"bridge\": \"xenbr0\"}]",
        "\"on_poweroff\": \"restart\"",
    };
    static const char *const build[] = {"\"kernel\": \"/boot/k\"", "\"kernel\": \"/boot/other\"",
                                        "\"kernel\": \"/boot/k\", \"cmdline\": \"quiet\"",
                                        "\"max_vcpus\": 4, \"avail_vcpus\": [0, 1]"};
    for (guint domid = 1; domid < domids; domid++) {
        if (one_in(texts, 2)) {
            g_string_append_printf(
                texts->policy,
                "seen %u {\"domid\": %u, \"config\": {\"c_info\": {\"type\": \"%s\"}, \"b_info\": "
                "{\"target_memkb\": %u, \"arch_arm\": {}, %s}, %s}}\n",
                domid, domid, one_in(texts, 8) ? "pv" : "pvh", one_in(texts, 3) ? 262144 : 524288,
                pick(texts, build, G_N_ELEMENTS(build)),
                pick(texts, devices, G_N_ELEMENTS(devices)));
        }
    }
    g_string_append(texts->policy, one_in(texts, 2) ? "disks_were_asked\n" : "");
}

/* What the other host says, if it was asked. */
static void add_answer(Texts *texts)
{
    static const char *const seen[] = {"absent", "absent", "running", "paused", "shut-down"};
    static const char *const recorded[] = {"-", "-", "known", "claimed", "running"};
    static const char *const lines[] = {"answer dom0-b ok 4.17.0 100000", "answer dom0-b ok",
                                        "answer dom0-b does not answer"};
    guint which = one_in(texts, 2) ? 0 : one_in(texts, 2) ? 1 : 2;
    if (one_in(texts, 5)) {
        return;
    }
    g_string_append_printf(texts->policy, "%s\n", lines[which]);
    for (guint i = 0; which < 2 && i < DOMAINS; i++) {
        if (one_in(texts, 2)) {
            g_string_append_printf(texts->policy, "has dom0-b %s%s %s %s %s %s\n", names[i],
                                   one_in(texts, 8) ? "--incoming" : "", texts->uuids[i],
                                   pick(texts, seen, G_N_ELEMENTS(seen)),
                                   pick(texts, recorded, G_N_ELEMENTS(recorded)),
                                   one_in(texts, 2) ? "wanted" : "-");
        }
    }
}

static void make_texts(Texts *texts)
{
    gboolean has_hosts = one_in(texts, 4);
    guint domid = 1;
    g_string_assign(texts->spec, "xensure: 1\nfleet: lab\n");
    g_string_append(texts->spec,
                    has_hosts ? "hosts:\n  dom0-a: {}\n  dom0-b: {}\ndomains:\n" : "domains:\n");
    g_string_assign(
        texts->list,
        "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID"
        "                            Reason-Code\tSecurity Label\n"
        "Domain-0                                     0  4096     4     r-----      12.3 "
        "00000000-0000-0000-0000-000000000000        -                -\n");
    g_string_assign(texts->record, "xensure-record 1\nfleet lab\n");
    g_string_truncate(texts->policy, 0);
    gboolean has_domain = FALSE;
    for (guint i = 0; i < DOMAINS; i++) {
        if (i == 0 || !one_in(texts, 4)) {
            add_to_spec(texts, i, has_hosts);
            has_domain = TRUE;
        }
        if (!one_in(texts, 4)) {
            add_record(texts, i);
        }
    }
    g_assert(has_domain);
    add_rows(texts, &domid);
    add_policy(texts);
    if (one_in(texts, 3)) {
        add_details(texts, domid);
    }
    if (has_hosts) {
        add_answer(texts);
    }
}

static PlanCase *make_case(const Texts *texts, GError **error)
{
    return plan_case_make(texts->spec->str, texts->list->str, texts->record->str,
                          texts->policy->str, error);
}

static void find_uuids(Texts *texts)
{
    g_autoptr(GString) spec = g_string_new("xensure: 1\nfleet: lab\ndomains:\n");
    for (guint i = 0; i < DOMAINS; i++) {
        g_string_append_printf(spec, "  %s: {type: hvm, memory: 1MiB}\n", names[i]);
    }
    g_string_assign(texts->spec, spec->str);
    g_autoptr(GError) error = NULL;
    g_autoptr(PlanCase) plan_case = plan_case_make(spec->str, "", NULL, NULL, &error);
    ck_assert_msg(plan_case != NULL, "%s", error != NULL ? error->message : "");
    for (guint i = 0; i < DOMAINS; i++) {
        texts->uuids[i] = g_strdup(spec_find(plan_case->spec, names[i])->uuid);
    }
}

START_TEST(test_random)
{
    Texts texts = {.random = g_rand_new_with_seed((guint32)_i + 1),
                   .spec = g_string_new(NULL),
                   .list = g_string_new(NULL),
                   .record = g_string_new(NULL),
                   .policy = g_string_new(NULL)};
    find_uuids(&texts);
    guint taken = 0;
    for (guint i = 0; i < CASES_IN_ROUND; i++) {
        make_texts(&texts);
        g_autoptr(PlanCase) plan_case = make_case(&texts, NULL);
        g_autoptr(PlanCase) after = make_case(&texts, NULL);
        if (plan_case == NULL) {
            continue; /* a spec that contradicts itself, or a file of a domain that is none */
        }
        taken++;
        /* What a domain shows after any change of any devices is more than a case can know. */
        gboolean has_details = strstr(texts.policy->str, "\nseen ") != NULL;
        g_autofree char *fault = plan_case_find_fault(plan_case, has_details ? NULL : after);
        if (fault != NULL) {
            g_printerr("== spec.yaml\n%s== list.txt\n%s== record.txt\n%s== policy.txt\n%s",
                       texts.spec->str, texts.list->str, texts.record->str, texts.policy->str);
        }
        ck_assert_msg(fault == NULL, "round %d, case %u: %s", _i, i, fault);
    }
    ck_assert_msg(taken > CASES_IN_ROUND / 2, "only %u cases were right", taken);
    g_rand_free(texts.random);
    for (guint i = 0; i < DOMAINS; i++) {
        g_free(texts.uuids[i]);
    }
    g_string_free(texts.spec, TRUE);
    g_string_free(texts.list, TRUE);
    g_string_free(texts.record, TRUE);
    g_string_free(texts.policy, TRUE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan_random");
    TCase *tests = tcase_create("plans at random");
    tcase_add_loop_test(tests, test_random, 0, ROUNDS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
