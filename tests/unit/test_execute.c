/* The executor on a host in memory: each kind of action, and all that can go wrong at each of its
 * steps. Whatever happens, nothing runs twice, nothing that lives is stopped but by the plan, each
 * command was put down before, each run ends, and the next runs bring the host to the spec. */
#include "tests/unit/scripted_host.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <string.h>

#define HOUR_MS      (3600 * 1000)
#define FOREIGN_UUID "12345678-0000-0000-0000-000000000001"
#define DEFAULTS                                                                                   \
    "type: pvh, kernel: /boot/a, memory: 512MiB, maxmem: 2GiB, maxvcpus: 4, on_change: restart, "  \
    "restart: {limit: 20}, stop: {timeout: 5s}"

typedef struct {
    const char *name;
    const char *before; /* the domains of the spec that was applied before; NULL: none was */
    const char *after;  /* those of the spec that is carried out */
    void (*prepare)(ScriptedHost *host);
    gboolean is_left_off;     /* by on_guest_poweroff */
    gboolean is_never_done;   /* the guest ignores its shutdown, and force is off */
    gboolean may_be_put_back; /* on_failed_change is revert: what ran may run again */
    gboolean is_upset_easily; /* what another hand does leaves nothing to be done */
} Scenario;

/* What goes wrong; the numbers as in ScriptedHost. */
typedef struct {
    const char *what;
    int at;
    Fault fault;
    Event event;
    int bad_lists;
    ObservationState list_state;
    gboolean is_always;
    guint parallel;
} Orders;

static void prepare_crash(ScriptedHost *host)
{
    scripted_host_do_event(host, EVENT_CRASHES);
}

static void prepare_poweroff(ScriptedHost *host)
{
    scripted_host_do_event(host, EVENT_POWERS_OFF);
}

static void prepare_pause(ScriptedHost *host)
{
    HostDomain *domain = g_ptr_array_index(host->domains, 0);
    domain->is_paused = TRUE;
}

static void prepare_foreign(ScriptedHost *host)
{
    HostDomain *domain = scripted_host_add(host, "a", FOREIGN_UUID, "kernel: \"/boot/a\"\n");
    domain->is_whole = domain->has_run = TRUE;
    domain->is_paused = FALSE;
    domain->target_mib = 512;
    domain->vcpus = 1;
}

/* A create of an earlier run was cut off; what it left is whole, or half. */
static void prepare_cut_off(ScriptedHost *host, gboolean is_whole)
{
    HostDomain *domain = g_ptr_array_index(host->domains, 0);
    RecordDomain *recorded = record_domain_copy(record_find(host->disk, "a"));
    domain->is_whole = is_whole;
    domain->is_paused = TRUE;
    domain->has_run = FALSE;
    recorded->is_running = FALSE;
    recorded->domid = 0;
    recorded->operation = OPERATION_CREATE;
    recorded->operation_id = g_strdup("earlier");
    record_put(host->disk, recorded);
}

static void prepare_whole(ScriptedHost *host)
{
    prepare_cut_off(host, TRUE);
}

static void prepare_half(ScriptedHost *host)
{
    prepare_cut_off(host, FALSE);
}

static void prepare_link(ScriptedHost *host)
{
    g_hash_table_add(host->boot_links, (gpointer) "a");
}

#define TWO "  a: {}\n  b: {}\n"

static const Scenario scenarios[] = {
    {.name = "create", .after = "  a: {}\n"},
    {.name = "create paused", .after = "  a: {state: paused}\n"},
    {.name = "create three", .after = TWO "  c: {after: [a]}\n"},
    {.name = "shutdown", .before = TWO, .after = "  a: {state: stopped}\n  b: {}\n"},
    {.name = "shutdown, not forced",
     .before = "  a: {cmdline: ignores}\n",
     .after = "  a: {cmdline: ignores, state: stopped}\n",
     .is_never_done = TRUE},
    {.name = "shutdown, forced",
     .before = "  a: {cmdline: ignores}\n",
     .after = "  a: {cmdline: ignores, state: stopped, stop: {force: true}}\n"},
    {.name = "shutdown, restarted by the monitor",
     .before = "  a: {on_poweroff: restart}\n",
     .after = "  a: {on_poweroff: restart, state: stopped, stop: {force: true}}\n",
     .is_upset_easily = TRUE},
    {.name = "shutdown of what left the spec", .before = TWO, .after = "  b: {}\n"},
    {.name = "absent", .before = TWO, .after = "  a: {state: absent}\n  b: {}\n"},
    {.name = "restart", .before = TWO, .after = "  a: {kernel: /boot/b}\n  b: {}\n"},
    {.name = "restart, put back where it fails",
     .before = "  a: {on_failed_change: revert}\n",
     .after = "  a: {kernel: /boot/b, on_failed_change: revert}\n",
     .may_be_put_back = TRUE},
    {.name = "restart, forced",
     .before = "  a: {cmdline: ignores}\n",
     .after = "  a: {cmdline: ignores, kernel: /boot/b, stop: {force: true}}\n"},
    {.name = "destroy and create", .before = TWO, .after = TWO, .prepare = prepare_crash},
    {.name = "destroy and leave",
     .before = "  a: {on_guest_poweroff: leave}\n",
     .after = "  a: {on_guest_poweroff: leave}\n",
     .prepare = prepare_poweroff,
     .is_left_off = TRUE,
     .is_upset_easily = TRUE},
    {.name = "unpause", .before = TWO, .after = TWO, .prepare = prepare_pause},
    {.name = "pause", .before = TWO, .after = "  a: {state: paused}\n  b: {}\n"},
    {.name = "unpause what never ran", .before = "  a: {state: paused}\n", .after = "  a: {}\n"},
    {.name = "cut off, whole", .before = TWO, .after = TWO, .prepare = prepare_whole},
    {.name = "cut off, half", .before = TWO, .after = TWO, .prepare = prepare_half},
    {.name = "cut off, to be stopped",
     .before = "  a: {}\n",
     .after = "  a: {state: stopped}\n",
     .prepare = prepare_whole},
    {.name = "set memory", .before = TWO, .after = "  a: {memory: 1GiB}\n  b: {}\n"},
    {.name = "set vcpus", .before = TWO, .after = "  a: {vcpus: 2}\n  b: {}\n"},
    {.name = "set scheduler", .before = TWO, .after = "  a: {cpu_weight: 512}\n  b: {}\n"},
    {.name = "set pool and cpus",
     .before = TWO,
     .after = "  a: {pool: fast, cpus: [\"0\", \"1\"]}\n  b: {}\n"},
    {.name = "attach disk",
     .before = TWO,
     .after = "  a: {disks: [{vdev: xvda, path: /dev/a}, {vdev: xvdb, path: /dev/b}]}\n  b: {}\n"},
    {.name = "detach disk",
     .before = "  a: {disks: [{vdev: xvda, path: /dev/a}, {vdev: xvdb, path: /dev/b}]}\n",
     .after = "  a: {disks: [{vdev: xvda, path: /dev/a}], detach_disks: true}\n"},
    {.name = "replace vif",
     .before = "  a: {vifs: [{mac: \"00:16:3e:00:00:01\", bridge: a}]}\n",
     .after = "  a: {vifs: [{mac: \"00:16:3e:00:00:01\", bridge: b}]}\n"},
    {.name = "store for the reboot",
     .before = TWO,
     .after = "  a: {on_crash: preserve}\n  b: {memory: 1GiB, on_crash: preserve}\n"},
    {.name = "write config", .before = "  b: {}\n", .after = "  a: {state: stopped}\n  b: {}\n"},
    {.name = "remove config",
     .before = "  a: {state: stopped}\n",
     .after = "  a: {state: absent}\n  b: {}\n"},
    {.name = "adopt",
     .after = "  a: {adopt: true}\n",
     .prepare = prepare_foreign,
     .is_upset_easily = TRUE},
    {.name = "link, create", .after = TWO, .prepare = prepare_link},
    {.name = "link, in sync", .before = TWO, .after = TWO, .prepare = prepare_link},
    {.name = "link, shutdown",
     .before = TWO,
     .after = "  a: {state: stopped}\n  b: {}\n",
     .prepare = prepare_link},
    {.name = "link, restart",
     .before = TWO,
     .after = "  a: {kernel: /boot/b}\n  b: {}\n",
     .prepare = prepare_link},
    {.name = "link, absent",
     .before = TWO,
     .after = "  a: {state: absent}\n  b: {}\n",
     .prepare = prepare_link},
    {.name = "link, nothing else there",
     .after = "  a: {state: absent}\n",
     .prepare = prepare_link},
    {.name = "all at once",
     .before = "  a: {}\n  b: {}\n  c: {}\n  d: {}\n  e: {}\n",
     .after = "  a: {kernel: /boot/b}\n  b: {state: stopped}\n  c: {memory: 1GiB, vcpus: 2}\n"
              "  d: {state: absent}\n  e: {state: paused}\n  f: {after: [a]}\n  g: {}\n"},
};

/* The spec of these domains, kept from then on: reading it takes longer than a run. */
static const Spec *read_domains(const char *domains)
{
    static GHashTable *specs;
    if (specs == NULL) {
        specs = g_hash_table_new(NULL, NULL);
    }
    Spec *known = g_hash_table_lookup(specs, domains);
    if (known != NULL) {
        return known;
    }
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *text = g_strconcat(
        "xensure: 1\nfleet: lab\nprofiles:\n  default: {" DEFAULTS "}\ndomains:\n", domains, NULL);
    Spec *spec = spec_from_text("test", text, strlen(text), problems);
    if (problems_count_errors(problems) > 0) {
        g_error("a spec of the test is refused: %s", domains);
    }
    g_hash_table_insert(specs, (gpointer)domains, spec);
    return spec;
}

static void give_orders(ScriptedHost *host, const Orders *orders)
{
    scripted_host_reset(host);
    if (strcmp(orders->what, "command") == 0) {
        host->fault = orders->fault;
        host->fault_at_command = orders->at;
    } else if (strcmp(orders->what, "list") == 0) {
        host->list_state = orders->list_state;
        host->bad_lists_from = orders->at;
        host->bad_lists = orders->bad_lists;
    } else if (strcmp(orders->what, "journal") == 0) {
        host->journal_fails_at = orders->at;
        host->journal_fails_always = orders->is_always;
    } else if (strcmp(orders->what, "config") == 0) {
        host->config_fails_at = orders->at;
    } else if (strcmp(orders->what, "killed") == 0) {
        host->dies_at_call = orders->at;
    } else if (strcmp(orders->what, "event") == 0) {
        host->event = orders->event;
        host->event_at_call = orders->at;
    }
}

/* Is the domain as the spec says? What is wrong, to be freed, or NULL. */
static char *find_difference(const ScriptedHost *host, const Domain *domain,
                             const Scenario *scenario)
{
    const RecordDomain *recorded = record_find(host->disk, domain->name);
    const HostDomain *there =
        scripted_host_find(host, recorded != NULL ? recorded->uuid : domain->uuid);
    const char *state = domain_get_text(domain, DOMAIN_KEY_state);
    g_autoptr(GString) settings = g_string_new(NULL);
    domain_format_canonical(domain, settings);
    gboolean is_up =
        !scenario->is_left_off && (strcmp(state, "running") == 0 || strcmp(state, "paused") == 0);
    const char *file = g_hash_table_lookup(host->configs, domain->name);
    const char *wrong = NULL;
    if (g_hash_table_contains(host->boot_links, domain->name)) {
        wrong = "is started by xendomains";
    } else if (is_up != (there != NULL)) {
        wrong = is_up ? "is not there" : "is there";
    } else if (scenario->may_be_put_back && g_strcmp0(file, there->settings) == 0) {
        wrong = there->is_shut_down || there->is_paused ? "does not run" : NULL;
    } else if (g_strcmp0(file, strcmp(state, "absent") == 0 ? NULL : settings->str) != 0) {
        wrong = "has another config file";
    } else if (is_up) {
        g_autofree char *kernel =
            g_strdup_printf("kernel: \"%s\"", domain_get_text(domain, DOMAIN_KEY_kernel));
        wrong = there->is_shut_down                                  ? "has shut down"
                : there->is_paused != (strcmp(state, "paused") == 0) ? "is paused, or not"
                : strstr(there->settings, kernel) == NULL            ? "has another kernel"
                : (gint64)there->target_mib != domain_get_integer(domain, DOMAIN_KEY_memory)
                    ? "has other memory"
                : (gint64)there->vcpus != domain_get_integer(domain, DOMAIN_KEY_vcpus)
                    ? "has other vcpus"
                    : NULL;
    }
    return wrong != NULL ? g_strdup_printf("%s %s", domain->name, wrong) : NULL;
}

/* The next runs, with nothing in the way, bring the host to the spec. */
static char *find_unfinished(ScriptedHost *host, const Spec *spec, const Scenario *scenario)
{
    char *pending = NULL;
    for (guint i = 0; i < 4 && (i == 0 || pending != NULL); i++) {
        g_free(pending);
        scripted_host_reset(host);
        scripted_host_advance(host, HOUR_MS);
        outcomes_free(scripted_host_apply(host, spec, 2));
        pending = scripted_host_pending(host, spec);
    }
    if (scenario->is_never_done ||
        (scenario->may_be_put_back && pending != NULL && strstr(pending, "was put back") != NULL)) {
        g_clear_pointer(&pending, g_free);
    }
    for (guint i = 0; pending == NULL && !scenario->is_never_done && i < spec->domains->len; i++) {
        pending = find_difference(host, g_ptr_array_index(spec->domains, i), scenario);
    }
    return pending;
}

static gboolean is_another_hands(const Scenario *scenario, const Orders *orders)
{
    return strcmp(orders->what, "event") == 0 &&
           (scenario->is_upset_easily || orders->event == EVENT_SECOND ||
            orders->event == EVENT_NAMESAKE || orders->event == EVENT_MIGRATES);
}

/* What is wrong, in one line and to be freed, or NULL. *counted: the host's counts of the run. */
static char *carry_out(const Scenario *scenario, const Orders *orders, ScriptedHost *counted)
{
    g_autoptr(ScriptedHost) host = scripted_host_new();
    const Spec *before = scenario->before != NULL ? read_domains(scenario->before) : NULL;
    const Spec *after = read_domains(scenario->after);
    if (before != NULL) {
        outcomes_free(scripted_host_apply(host, before, 2));
        g_autofree char *pending = scripted_host_pending(host, before);
        if (pending != NULL) {
            return g_strdup_printf("before: %s", pending);
        }
    }
    if (scenario->prepare != NULL) {
        scenario->prepare(host);
    }
    give_orders(host, orders);
    GArray *outcomes = scripted_host_apply(host, after, orders->parallel);
    gboolean is_silent = outcomes != NULL && outcomes_exit_code(outcomes) == 0;
    outcomes_free(outcomes);
    *counted = *host;
    g_autofree char *unfinished = NULL;
    if (host->violation == NULL && is_silent && strcmp(orders->what, "event") != 0 &&
        strcmp(orders->what, "killed") != 0) {
        scripted_host_reset(host);
        scripted_host_advance(host, 15000);
        unfinished = scripted_host_pending(host, after);
        if (unfinished != NULL) {
            return g_strdup_printf("all is done, says the run, but not %s", unfinished);
        }
    }
    if (host->violation == NULL && !is_another_hands(scenario, orders)) {
        unfinished = find_unfinished(host, after, scenario);
    }
    return host->violation != NULL ? g_strdup(host->violation)
           : unfinished != NULL    ? g_strdup_printf("in the end: %s", unfinished)
                                   : NULL;
}

static void hold_against(const Scenario *scenario, Orders orders)
{
    ScriptedHost counted;
    gboolean is_narrow = strstr(scenario->after, "  c:") == NULL;
    for (orders.parallel = 1; orders.parallel <= (is_narrow ? 1 : 4); orders.parallel += 3) {
        g_autofree char *wrong = carry_out(scenario, &orders, &counted);
        ck_assert_msg(wrong == NULL,
                      "%s, %s %d (fault %d, event %d, lists %d, state %d, always %d, parallel %u): "
                      "%s",
                      scenario->name, orders.what, orders.at, (int)orders.fault, (int)orders.event,
                      orders.bad_lists, (int)orders.list_state, orders.is_always, orders.parallel,
                      wrong);
    }
}

static ScriptedHost count_calls(const Scenario *scenario)
{
    ScriptedHost counted;
    Orders orders = {.what = "nothing", .parallel = 1};
    g_autofree char *wrong = carry_out(scenario, &orders, &counted);
    ck_assert_msg(wrong == NULL, "%s: %s", scenario->name, wrong);
    return counted;
}

START_TEST(test_nothing_wrong)
{
    ScriptedHost counted = count_calls(&scenarios[_i]);
    ck_assert_int_gt(counted.calls, 0);
    Orders orders = {.what = "nothing"};
    hold_against(&scenarios[_i], orders);
}
END_TEST

START_TEST(test_command_faults)
{
    ScriptedHost counted = count_calls(&scenarios[_i]);
    for (int fault = FAULT_NOT_STARTED; fault < FAULT_COUNT; fault++) {
        for (int at = 0; at < counted.commands_started + 1; at++) {
            Orders orders = {.what = "command", .at = at, .fault = (Fault)fault};
            hold_against(&scenarios[_i], orders);
        }
    }
}
END_TEST

START_TEST(test_lists_that_fail)
{
    static const int lengths[] = {1, 4, 1000};
    ScriptedHost counted = count_calls(&scenarios[_i]);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        for (int at = 0; at < counted.lists_made + 1; at++) {
            Orders orders = {.what = "list",
                             .at = at,
                             .bad_lists = lengths[i],
                             .list_state = OBSERVATION_UNKNOWN};
            hold_against(&scenarios[_i], orders);
            orders.list_state = OBSERVATION_PARTIAL;
            hold_against(&scenarios[_i], orders);
        }
    }
}
END_TEST

START_TEST(test_files_that_fail)
{
    ScriptedHost counted = count_calls(&scenarios[_i]);
    for (int at = 0; at < counted.journals_written + 1; at++) {
        Orders orders = {.what = "journal", .at = at};
        hold_against(&scenarios[_i], orders);
        orders.is_always = TRUE;
        hold_against(&scenarios[_i], orders);
    }
    for (int at = 0; at < counted.configs_touched; at++) {
        Orders orders = {.what = "config", .at = at};
        hold_against(&scenarios[_i], orders);
    }
}
END_TEST

START_TEST(test_killed)
{
    ScriptedHost counted = count_calls(&scenarios[_i]);
    for (int at = 0; at < counted.calls + 1; at++) {
        Orders orders = {.what = "killed", .at = at};
        hold_against(&scenarios[_i], orders);
    }
}
END_TEST

START_TEST(test_another_hand)
{
    ScriptedHost counted = count_calls(&scenarios[_i]);
    for (int event = EVENT_VANISHES; event < EVENT_COUNT; event++) {
        for (int at = 0; at < counted.calls + 1; at++) {
            Orders orders = {.what = "event", .at = at, .event = (Event)event};
            hold_against(&scenarios[_i], orders);
        }
    }
}
END_TEST

/* Applies two new domains, after SPOIL; the exit code. */
static int apply_spoilt(void (*spoil)(Plan *, Observed *), ActionResult expected, const char *says)
{
    g_autoptr(ScriptedHost) host = scripted_host_new();
    host->spoil = spoil;
    GArray *outcomes = scripted_host_apply(host, read_domains(TWO), 2);
    ck_assert_uint_eq(outcomes->len, 2);
    for (guint i = 0; i < outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(outcomes, Outcome, i);
        ck_assert_int_eq(outcome->result, expected);
        ck_assert_msg(strstr(outcome->message, says) != NULL, "it says: %s", outcome->message);
    }
    int exit_code = outcomes_exit_code(outcomes);
    outcomes_free(outcomes);
    ck_assert_int_eq(host->commands_started, 0);
    return exit_code;
}

static void need_each_other(Plan *plan, Observed *observed)
{
    (void)observed;
    for (guint i = 0; i < 2; i++) {
        guint other = 1 - i;
        Action *action = g_ptr_array_index(plan->actions, i);
        g_array_append_val(action->needs, other);
    }
}

START_TEST(test_needs_in_a_circle)
{
    ck_assert_int_eq(apply_spoilt(need_each_other, RESULT_FAILED, "waits for it"), 6);
}
END_TEST

static void spoil_list(Plan *plan, Observed *observed)
{
    (void)plan;
    observed->state = OBSERVATION_PARTIAL;
}

START_TEST(test_plan_of_an_incomplete_list)
{
    ck_assert_int_eq(apply_spoilt(spoil_list, RESULT_HELD, "not complete"), 4);
}
END_TEST

/* Three that would fit by twos: some wait until others are built, and what does not fit is held. */
static guint apply_to_memory(ScriptedHost *host, const char *domains, guint parallel, gint64 memory)
{
    guint done = 0;
    host->memory_mib = memory;
    GArray *outcomes = scripted_host_apply(host, read_domains(domains), parallel);
    for (guint i = 0; i < outcomes->len; i++) {
        const Outcome *outcome = &g_array_index(outcomes, Outcome, i);
        gboolean is_done = outcome->result == RESULT_DONE;
        done += is_done ? 1 : 0;
        ck_assert_msg(is_done || (outcome->result == RESULT_HELD &&
                                  strstr(outcome->message, "and this host has") != NULL),
                      "%s", outcome->message);
    }
    outcomes_free(outcomes);
    ck_assert_msg(host->violation == NULL, "%s", host->violation);
    return done;
}

START_TEST(test_starts_beyond_memory)
{
    for (guint parallel = 1; parallel <= 4; parallel += 3) {
        g_autoptr(ScriptedHost) host = scripted_host_new();
        const char *domains = "  a: {memory: 512MiB}\n  b: {memory: 1GiB}\n  c: {memory: 256MiB}\n";
        ck_assert_uint_eq(apply_to_memory(host, domains, parallel, 1000), 2);
        ck_assert_uint_eq(host->domains->len, 2);
        ck_assert_uint_eq(apply_to_memory(host, domains, parallel, 1000), 0);
        ck_assert_uint_eq(apply_to_memory(host, domains, parallel, 2000), 1);
    }
}
END_TEST

/* One that would not start again with more memory is not stopped. */
START_TEST(test_restart_beyond_memory)
{
    g_autoptr(ScriptedHost) host = scripted_host_new();
    ck_assert_uint_eq(apply_to_memory(host, "  a: {memory: 512MiB}\n", 1, 1000), 1);
    const char *grown = "  a: {memory: 3GiB, maxmem: 3GiB, kernel: /boot/b}\n";
    ck_assert_uint_eq(apply_to_memory(host, grown, 1, 1000), 0);
    ck_assert_int_eq(host->commands_started, 2);
    ck_assert_uint_eq(apply_to_memory(host, grown, 1, 4000), 1);
    ck_assert_int_eq(host->commands_started, 5);
}
END_TEST

/* Ten thousand at once: what takes a time that grows with the cube of their number does not end. */
START_TEST(test_very_many)
{
    g_autoptr(ScriptedHost) host = scripted_host_new();
    g_autoptr(GString) domains = g_string_new(NULL);
    for (guint i = 0; i < 10000; i++) {
        g_string_append_printf(domains, "  d%u: {state: stopped}\n", i);
    }
    GArray *outcomes = scripted_host_apply(host, read_domains(domains->str), 64);
    ck_assert_int_eq(outcomes_exit_code(outcomes), 0);
    ck_assert_uint_eq(outcomes->len, 10000);
    outcomes_free(outcomes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("execute");
    TCase *tcase = tcase_create("scenarios");
    int count = (int)G_N_ELEMENTS(scenarios);
    tcase_add_loop_test(tcase, test_nothing_wrong, 0, count);
    tcase_add_loop_test(tcase, test_command_faults, 0, count);
    tcase_add_loop_test(tcase, test_lists_that_fail, 0, count);
    tcase_add_loop_test(tcase, test_files_that_fail, 0, count);
    tcase_add_loop_test(tcase, test_killed, 0, count);
    tcase_add_loop_test(tcase, test_another_hand, 0, count);
    tcase_add_test(tcase, test_needs_in_a_circle);
    tcase_add_test(tcase, test_plan_of_an_incomplete_list);
    tcase_add_test(tcase, test_starts_beyond_memory);
    tcase_add_test(tcase, test_restart_beyond_memory);
    tcase_add_test(tcase, test_very_many);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
