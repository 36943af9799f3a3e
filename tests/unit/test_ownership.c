/* What a record is worth, from one edition of the spec to another, and what others' answers make of
 * it. Who may start a domain then is told by the cases hosts-* of tests/golden/plan. */
#include "reconcile/ownership.h"
#include "reconcile/settle.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
    "hosts: {dom0-a: {}, dom0-b: {}}\nprofiles: {default: {type: pvh, memory: 64, kernel: /a}}\n"
#define WEB1 "7c71034a-bb0b-5c43-8acc-85edc793a7eb"

static Problems *problems;

static Spec *read_spec(const char *generation, const char *domains)
{
    g_autofree char *text =
        g_strconcat("xensure: 1\nfleet: lab\n", generation, HEAD, "domains:\n", domains, NULL);
    Spec *spec = spec_from_text("spec.yaml", text, strlen(text), problems);
    ck_assert_uint_eq(problems_count_errors(problems), 0);
    return spec;
}

static char *edition_of(const char *generation, const char *domains)
{
    g_autoptr(Spec) spec = read_spec(generation, domains);
    return spec_edition(spec);
}

static void make_problems(void)
{
    problems = problems_new();
}

static void free_problems(void)
{
    problems_free(problems);
}

START_TEST(test_editions)
{
    static const char both[] = "  web1: {host: dom0-a}\n  web2: {host: dom0-b}\n";
    g_autofree char *first = edition_of("generation: 7\n", both);
    g_autofree char *turned =
        edition_of("generation: 7\n", "  web2: {host: dom0-b}\n  web1: {host: dom0-a}\n");
    g_autofree char *without = edition_of("", both);
    ck_assert_str_eq(first, turned);
    ck_assert(g_str_has_prefix(first, "7 ") && g_str_has_prefix(without, "- "));
    ck_assert_str_eq(first + 2, without + 2);
    static const char *const others[] = {
        "  web1: {host: dom0-b}\n  web2: {host: dom0-b}\n",
        "  web1: {host: dom0-a, vcpus: 2}\n  web2: {host: dom0-b}\n",
        "  web1: {host: dom0-a}\n",
        "  web1: {host: dom0-a}\n  web3: {host: dom0-b}\n",
    };
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *other = edition_of("generation: 7\n", others[i]);
        ck_assert_msg(strcmp(first, other) != 0, "%s", others[i]);
    }
}
END_TEST

static void read_more(Spec *spec, const char *header, const char *domains)
{
    g_autofree char *text =
        g_strconcat("xensure: 1\nfleet: lab\n", header, "domains:\n", domains, NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local("more.yaml", bytes));
    spec_read_source(spec, texts, NULL, problems);
}

/* The highest generation alone would hide what the others have said meanwhile. */
START_TEST(test_editions_of_several_sources)
{
    static const struct {
        const char *first, *second, *expected;
    } rows[] = {
        {"generation: 7\n", "generation: 100\n", "107 "},
        {"generation: 8\n", "generation: 100\n", "108 "},
        {"generation: 7\n", "", "- "},
        {"generation: 9223372036854775807\n", "generation: 0\n", "9223372036854775807 "},
        {"generation: 9223372036854775807\n", "generation: 1\n", "- "},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *header = g_strconcat(rows[i].first, HEAD, NULL);
        g_autoptr(Spec) spec = spec_new();
        read_more(spec, header, "  web1: {host: dom0-a}\n");
        read_more(spec, rows[i].second, "  web2: {host: dom0-b}\n");
        spec_finish(spec, NULL, problems);
        ck_assert_uint_eq(problems_count_errors(problems), 0);
        g_autofree char *edition = spec_edition(spec);
        ck_assert_msg(g_str_has_prefix(edition, rows[i].expected), "%s", edition);
    }
}
END_TEST

static const struct {
    const char *claim, *edition;
    gboolean is_claimed, is_running;
    const char *boot_id;
    Operation operation;
    gboolean is_sure;
} records[] = {
    {"7 a", "7 a", TRUE, FALSE, "now", OPERATION_NONE, TRUE},
    {"7 a", "8 b", TRUE, FALSE, "now", OPERATION_NONE, TRUE},
    {"7 a", "7 b", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "9 a", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "6 a", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "- a", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"- a", "- a", TRUE, FALSE, "now", OPERATION_NONE, TRUE},
    {"- a", "- b", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {NULL, "7 a", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "7 a", FALSE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "7 a", FALSE, TRUE, "before", OPERATION_NONE, TRUE},
    {"7 a", "9 a", TRUE, TRUE, "before", OPERATION_NONE, FALSE},
    {"7 a", "9 a", TRUE, TRUE, "now", OPERATION_NONE, TRUE},
    {NULL, "9 a", FALSE, TRUE, "now", OPERATION_NONE, TRUE},
    {NULL, "9 a", FALSE, TRUE, NULL, OPERATION_NONE, FALSE},
    {"9223372036854775807 a", "9 a", TRUE, FALSE, "now", OPERATION_NONE, FALSE},
    {"7 a", "7 a", TRUE, TRUE, "now", OPERATION_MIGRATE, FALSE},
};

START_TEST(test_sure)
{
    g_autoptr(RecordDomain) recorded = record_domain_new("web1", WEB1);
    recorded->claim = g_strdup(records[_i].claim);
    recorded->is_claimed = records[_i].is_claimed;
    recorded->is_running = records[_i].is_running;
    recorded->boot_id = g_strdup(records[_i].boot_id);
    recorded->operation = records[_i].operation;
    ck_assert_int_eq(ownership_is_sure(recorded, records[_i].edition, "now"), records[_i].is_sure);
    ck_assert(!ownership_is_sure(NULL, records[_i].edition, "now"));
}
END_TEST

START_TEST(test_confirm)
{
    g_autoptr(Spec) old = read_spec("generation: 7\n", "  web1: {host: dom0-a}\n");
    g_autoptr(Spec) next = read_spec("generation: 8\n", "  web1: {host: dom0-a, vcpus: 2}\n");
    g_autoptr(Spec) later = read_spec("generation: 10\n", "  web1: {host: dom0-a, vcpus: 3}\n");
    g_autoptr(Record) record = record_new();
    RecordDomain *recorded = record_domain_new("web1", WEB1);
    recorded->is_claimed = TRUE;
    recorded->claim = spec_edition(old);
    record_put(record, recorded);
    ck_assert(!ownership_confirm(record, old, "dom0-a", NULL));
    ck_assert(!ownership_confirm(record, next, "dom0-b", NULL));
    ck_assert(ownership_confirm(record, next, "dom0-a", NULL));
    g_autofree char *edition = spec_edition(next);
    ck_assert_str_eq(recorded->claim, edition);
    ck_assert(!ownership_confirm(record, later, "dom0-a", NULL));
    ck_assert_str_eq(recorded->claim, edition);
}
END_TEST

START_TEST(test_wanted)
{
    g_autoptr(Spec) spec =
        read_spec("", "  web1: {host: dom0-a}\n  web2: {host: dom0-b}\n  web3: {host: dom0-a}\n");
    g_autoptr(Record) record = record_new();
    ck_assert(ownership_note_wanted(record, spec, "dom0-a"));
    ck_assert_uint_eq(g_hash_table_size(record->wanted), 2);
    ck_assert_str_eq(g_hash_table_lookup(record->wanted, "web1"), WEB1);
    ck_assert(!ownership_note_wanted(record, spec, "dom0-a"));
    ck_assert(ownership_note_wanted(record, spec, "dom0-b"));
    ck_assert_uint_eq(g_hash_table_size(record->wanted), 1);
    /* What was put down is read again. */
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean is_cut = TRUE;
    record_format(record, text);
    g_autoptr(Record) read = record_parse(text->str, text->len, &is_cut, NULL);
    ck_assert(read != NULL && !is_cut);
    ck_assert(!ownership_note_wanted(read, spec, "dom0-b"));
}
END_TEST

static Spec *read_hosts(const char *hosts)
{
    g_autofree char *text = g_strconcat("xensure: 1\nfleet: lab\n", hosts, "domains: {}\n", NULL);
    Spec *spec = spec_from_text("spec.yaml", text, strlen(text), problems);
    ck_assert_uint_eq(problems_count_errors(problems), 0);
    return spec;
}

/* The names of all hosts but dom0-a, the former ones with a star. */
static void check_hosts(const Spec *spec, const Record *record, const char *expected)
{
    g_autoptr(GPtrArray) hosts = fleet_hosts_list(spec, record, "dom0-a");
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < hosts->len; i++) {
        const FleetHost *host = g_ptr_array_index(hosts, i);
        g_string_append_printf(found, "%s%s=%s ", host->is_former ? "*" : "", host->name,
                               host->address != NULL ? host->address : "");
    }
    ck_assert_str_eq(found->str, expected);
    ck_assert_int_eq(fleet_hosts_are_there(spec, record, "dom0-a"), hosts->len > 0);
}

START_TEST(test_former_hosts)
{
    g_autoptr(Spec) three =
        read_hosts("hosts: {dom0-a: {address: a}, dom0-b: {address: b}, dom0-c: {}}\n");
    g_autoptr(Spec) none = read_hosts("");
    g_autoptr(Spec) two = read_hosts("hosts: {dom0-a: {}, dom0-b: {address: b2}}\n");
    g_autoptr(Record) record = record_new();
    check_hosts(none, record, "");
    check_hosts(three, record, "dom0-b=b dom0-c= ");
    ck_assert(fleet_hosts_note(record, three, "dom0-a"));
    ck_assert(!fleet_hosts_note(record, three, "dom0-a"));
    ck_assert(!fleet_hosts_note(record, none, "dom0-a"));
    check_hosts(three, record, "dom0-b=b dom0-c= ");
    check_hosts(none, record, "*dom0-b=b *dom0-c= ");
    ck_assert(fleet_hosts_note(record, two, "dom0-a"));
    /* What was put down is read again. */
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean is_cut = TRUE;
    ck_assert(fleet_hosts_forget(record, "dom0-c"));
    ck_assert(!fleet_hosts_forget(record, "dom0-c") && !fleet_hosts_forget(record, "dom0-d"));
    record_format(record, text);
    g_autoptr(Record) read = record_parse(text->str, text->len, &is_cut, NULL);
    check_hosts(none, read, "*dom0-b=b2 ");
    check_hosts(two, read, "dom0-b=b2 ");
    /* A spec that names a forgotten one makes it known again. */
    ck_assert(fleet_hosts_note(read, three, "dom0-a"));
    check_hosts(none, read, "*dom0-b=b *dom0-c= ");
}
END_TEST

START_TEST(test_learned_hosts)
{
    g_autoptr(Spec) spec = read_hosts("hosts: {dom0-a: {}, dom0-b: {}}\n");
    g_autoptr(Record) record = record_new();
    g_autoptr(GHashTable) answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)host_answer_free);
    HostAnswer *answer = host_answer_new();
    HostAnswer *trouble = host_answer_new_trouble("is another");
    for (const char *const *name = (const char *[]){"dom0-a", "dom0-b", "dom0-x", NULL};
         *name != NULL; name++) {
        g_ptr_array_add(answer->hosts, g_strdup(*name));
    }
    g_ptr_array_add(trouble->hosts, g_strdup("dom0-y"));
    g_hash_table_insert(answers, g_strdup("dom0-b"), answer);
    g_hash_table_insert(answers, g_strdup("dom0-c"), trouble);
    ck_assert(fleet_hosts_learn(record, spec, "dom0-a", answers));
    check_hosts(spec, record, "dom0-b= *dom0-x= ");
    ck_assert(!fleet_hosts_learn(record, spec, "dom0-a", answers));
    /* An operator's word is worth more. */
    ck_assert(fleet_hosts_forget(record, "dom0-x"));
    ck_assert(!fleet_hosts_learn(record, spec, "dom0-a", answers));
    check_hosts(spec, record, "dom0-b= ");
}
END_TEST

/* What the other host shows, and whether it refutes our record. */
static const struct {
    const char *name;
    AnswerSeen seen;
    gboolean is_here, is_refuted;
} sights[] = {
    {"web1", ANSWER_SEEN_RUNNING, FALSE, TRUE},
    {"web1", ANSWER_SEEN_PAUSED, FALSE, TRUE},
    {"web1", ANSWER_SEEN_RUNNING, TRUE, FALSE},
    {"web1", ANSWER_SEEN_SHUT_DOWN, FALSE, FALSE},
    {"web1", ANSWER_SEEN_ABSENT, FALSE, FALSE},
    {"web1--incoming", ANSWER_SEEN_PAUSED, FALSE, FALSE},
    {"web1--migratedaway", ANSWER_SEEN_PAUSED, FALSE, FALSE},
};

START_TEST(test_refuted)
{
    g_autoptr(Spec) spec = read_spec("", "  web1: {host: dom0-a}\n");
    g_autoptr(Record) record = record_new();
    g_autoptr(Observed) observed = observed_new();
    g_autoptr(GHashTable) answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)host_answer_free);
    RecordDomain *recorded = record_domain_new("web1", WEB1);
    recorded->is_running = recorded->is_claimed = TRUE;
    record_put(record, recorded);
    HostAnswer *answer = host_answer_new();
    host_answer_add(answer, sights[_i].name, WEB1)->seen = sights[_i].seen;
    g_hash_table_insert(answers, g_strdup("dom0-b"), answer);
    if (sights[_i].is_here) {
        ObservedDomain *row = observed_domain_new();
        g_strlcpy(row->uuid, WEB1, sizeof row->uuid);
        g_ptr_array_add(observed->domains, row);
    }
    ck_assert_int_eq(ownership_drop_refuted(record, spec, "dom0-a", observed, answers),
                     sights[_i].is_refuted);
    ck_assert_int_eq(recorded->is_running, !sights[_i].is_refuted);
    ck_assert_int_eq(recorded->is_claimed, !sights[_i].is_refuted);
}
END_TEST

/* ---- the list ---- */

/* A record of web1 that ran here, and a list of this boot without it; the spec gives it to dom0-b.
 */
typedef struct {
    Spec *spec;
    Record *record;
    RecordDomain *recorded;
    Observed *observed;
    GHashTable *busy, *missing;
} Settling;

static void settling_make(Settling *settling)
{
    settling->spec = read_spec("", "  web1: {host: dom0-b}\n");
    settling->record = record_new();
    settling->recorded = record_domain_new("web1", WEB1);
    settling->recorded->is_claimed = TRUE;
    record_domain_set_running(settling->recorded, 5, "now");
    record_put(settling->record, settling->recorded);
    settling->observed = observed_new();
    settling->observed->state = OBSERVATION_COMPLETE;
    settling->observed->boot_id = g_strdup("now");
    settling->busy = g_hash_table_new(g_str_hash, g_str_equal);
    settling->missing = g_hash_table_new(g_str_hash, g_str_equal);
}

static void settling_clear(Settling *settling)
{
    spec_free(settling->spec);
    record_free(settling->record);
    observed_free(settling->observed);
    g_hash_table_unref(settling->busy);
    g_hash_table_unref(settling->missing);
}

static gboolean settle(Settling *settling, const char *host, GHashTable *missing)
{
    return record_settle(settling->record, settling->spec, settling->observed, host, settling->busy,
                         missing);
}

/* A guest that reboots is missing from one list; other hosts must not be told that it is gone. */
START_TEST(test_given_away_when_missing_twice)
{
    Settling settling;
    settling_make(&settling);
    ck_assert(!settle(&settling, "dom0-a", NULL));
    ck_assert(!settle(&settling, "dom0-a", settling.missing));
    ck_assert(settling.recorded->is_running && settling.recorded->is_claimed);
    g_hash_table_add(settling.missing, (char *)WEB1);
    ck_assert(settle(&settling, "dom0-a", settling.missing));
    ck_assert(!settling.recorded->is_running && !settling.recorded->is_claimed);
    settling_clear(&settling);
}
END_TEST

START_TEST(test_given_away_after_a_boot)
{
    Settling settling;
    settling_make(&settling);
    g_free(settling.observed->boot_id);
    settling.observed->boot_id = g_strdup("later");
    settling.recorded->operation = OPERATION_CREATE;
    ck_assert(settle(&settling, "dom0-a", NULL));
    ck_assert(!settling.recorded->is_running && !settling.recorded->is_claimed);
    ck_assert(settling.recorded->operation == OPERATION_NONE);
    settling_clear(&settling);
}
END_TEST

START_TEST(test_begun_migration_stays)
{
    Settling settling;
    settling_make(&settling);
    settling.recorded->operation = OPERATION_MIGRATE;
    g_hash_table_add(settling.missing, (char *)WEB1);
    ck_assert(!settle(&settling, "dom0-a", settling.missing));
    ck_assert(!settle(&settling, "dom0-b", settling.missing));
    ck_assert(settling.recorded->operation == OPERATION_MIGRATE);
    settling_clear(&settling);
}
END_TEST

/* One that came from another host is known by what the spec says, or no change would be seen. */
START_TEST(test_received)
{
    Settling settling;
    settling_make(&settling);
    record_forget(settling.record, "web1");
    ObservedDomain *row = observed_domain_new();
    row->domid = 7;
    row->name = g_strdup("web1");
    row->is_blocked = TRUE;
    g_strlcpy(row->uuid, WEB1, sizeof row->uuid);
    g_ptr_array_add(settling.observed->domains, row);
    g_hash_table_insert(settling.observed->configs, g_strdup("web1"), g_new0(ObservedConfig, 1));
    ck_assert(settle(&settling, "dom0-b", NULL));
    const RecordDomain *received = record_find(settling.record, "web1");
    g_autofree char *edition = spec_edition(settling.spec);
    ck_assert(received->is_running && received->is_claimed && received->domid == 7);
    ck_assert_str_eq(received->claim, edition);
    ck_assert_ptr_nonnull(strstr(received->settings, "kernel: \"/a\""));
    settling_clear(&settling);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ownership");
    TCase *own = tcase_create("own record");
    tcase_add_checked_fixture(own, make_problems, free_problems);
    tcase_add_test(own, test_editions);
    tcase_add_test(own, test_editions_of_several_sources);
    tcase_add_loop_test(own, test_sure, 0, G_N_ELEMENTS(records));
    tcase_add_test(own, test_confirm);
    tcase_add_test(own, test_wanted);
    tcase_add_test(own, test_former_hosts);
    tcase_add_test(own, test_learned_hosts);
    tcase_add_loop_test(own, test_refuted, 0, G_N_ELEMENTS(sights));
    suite_add_tcase(suite, own);
    TCase *list = tcase_create("the list");
    tcase_add_checked_fixture(list, make_problems, free_problems);
    tcase_add_test(list, test_given_away_when_missing_twice);
    tcase_add_test(list, test_given_away_after_a_boot);
    tcase_add_test(list, test_begun_migration_stays);
    tcase_add_test(list, test_received);
    suite_add_tcase(suite, list);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
