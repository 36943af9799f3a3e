/* What another host answers: read, checked, and made. */
#include "reconcile/host_answer_make.h"
#include "xenbackend/host_answer_json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UUID  "7c71034a-bb0b-5c43-8acc-85edc793a7eb"
#define OTHER "11111111-2222-4333-8444-555555555555"
#define NOW   1800000000

static const char head[] =
    "{\"format_version\": 1, \"error\": null, \"host\": \"dom0-b\", \"fleet\": \"lab\", "
    "\"generation\": 7, \"time\": 1800000000, \"list_trouble\": null, \"xen_version\": \"4.17.7\", "
    "\"free_memory_mib\": 2048, \"last_run\": null, \"domains\": ";

static HostAnswer *parse(const char *text)
{
    return host_answer_parse(text, strlen(text));
}

static HostAnswer *parse_domains(const char *domains)
{
    g_autofree char *text = g_strconcat(head, domains, "}", NULL);
    return parse(text);
}

START_TEST(test_whole)
{
    g_autoptr(HostAnswer) answer =
        parse_domains("[{\"name\": \"web1\", \"uuid\": \"" UUID "\", \"seen\": \"shut-down\", "
                      "\"recorded\": \"claimed\", \"wanted\": true}, {\"name\": \"x\", \"uuid\": "
                      "\"\", \"seen\": \"running\", \"recorded\": null, \"wanted\": false}]");
    ck_assert_msg(answer->trouble == NULL, "%s", answer->trouble);
    ck_assert_str_eq(answer->host, "dom0-b");
    ck_assert_str_eq(answer->fleet, "lab");
    ck_assert(answer->has_generation && answer->generation == 7 && answer->time == NOW);
    ck_assert_str_eq(answer->xen_version, "4.17.7");
    ck_assert_int_eq(answer->free_memory_mib, 2048);
    ck_assert_uint_eq(answer->domains->len, 2);
    const AnswerDomain *domain = g_ptr_array_index(answer->domains, 0);
    ck_assert_str_eq(domain->name, "web1");
    ck_assert_str_eq(domain->uuid, UUID);
    ck_assert(domain->seen == ANSWER_SEEN_SHUT_DOWN && domain->is_wanted);
    ck_assert(domain->recorded == ANSWER_RECORDED_CLAIMED);
    host_answer_check(answer, "dom0-b", "lab", NOW);
    ck_assert_ptr_null(answer->trouble);
}
END_TEST

/* Of earlier versions none are told. */
START_TEST(test_hosts)
{
    static const struct {
        const char *hosts;
        const char *trouble;
    } cases[] = {
        {"\"hosts\": [\"dom0-a\", \"dom0-c\"]", NULL},
        {"\"hosts\": {}", "'hosts' is not a list"},
        {"\"hosts\": [\"dom0-a\", \"-o\"]", "host 2 of those that it knows has no name"},
        {"\"hosts\": [3]", "host 1 of those that it knows has no name"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *domains = g_strconcat("[], ", cases[i].hosts, NULL);
        g_autoptr(HostAnswer) answer = parse_domains(domains);
        ck_assert_uint_eq(answer->hosts->len, cases[i].trouble == NULL ? 2 : 0);
        ck_assert_msg(cases[i].trouble == NULL ? answer->trouble == NULL
                                               : strstr(answer->trouble, cases[i].trouble) != NULL,
                      "%s", answer->trouble);
    }
}
END_TEST

static AnswerDisk *disk_of(const HostAnswer *answer, guint index)
{
    const AnswerDomain *domain = g_ptr_array_index(answer->domains, 0);
    return g_ptr_array_index(domain->disks, index);
}

/* Of earlier versions none are told. */
START_TEST(test_disks)
{
    g_autofree char *long_path = g_strnfill(HOST_ANSWER_PATH_MAX + 1, 'a');
    g_autofree char *longest =
        g_strdup_printf("[{\"path\": \"%s\", \"access\": \"ro\"}, {\"path\": \"b\", \"access\": "
                        "\"rw\", \"script\": \"s\", \"backend\": \"d\"}]",
                        long_path + 1);
    g_autofree char *too_long =
        g_strdup_printf("[{\"path\": \"%s\", \"access\": \"ro\"}]", long_path);
    const struct {
        const char *disks;
        gboolean fits;
    } cases[] = {{longest, TRUE},
                 {too_long, FALSE},
                 {"{}", FALSE},
                 {"[1]", FALSE},
                 {"[{\"access\": \"rw\"}]", FALSE},
                 {"[{\"path\": \"a\"}]", FALSE},
                 {"[{\"path\": \"a\", \"access\": \"w\"}]", FALSE},
                 {"[{\"path\": \"a\\n\", \"access\": \"rw\"}]", FALSE},
                 {"[{\"path\": \"a\", \"access\": \"rw\", \"script\": 1}]", FALSE},
                 {"[{\"path\": \"a\", \"access\": \"rw\", \"backend\": null}]", FALSE}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *domains = g_strdup_printf(
            "[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"running\", \"recorded\": "
            "null, \"wanted\": false, \"disks\": %s}]",
            cases[i].disks);
        g_autoptr(HostAnswer) answer = parse_domains(domains);
        ck_assert_msg((answer->trouble == NULL) == cases[i].fits, "%s", cases[i].disks);
        if (!cases[i].fits) {
            ck_assert_ptr_nonnull(strstr(answer->trouble, "'disks' of domain 1"));
            continue;
        }
        ck_assert_str_eq(disk_of(answer, 0)->path, long_path + 1);
        ck_assert(!disk_of(answer, 0)->is_writable && disk_of(answer, 0)->script == NULL);
        ck_assert(disk_of(answer, 1)->is_writable);
        ck_assert_str_eq(disk_of(answer, 1)->script, "s");
        ck_assert_str_eq(disk_of(answer, 1)->backend, "d");
    }
}
END_TEST

START_TEST(test_disks_limit)
{
    for (guint over = 0; over < 2; over++) {
        g_autoptr(GString) domains =
            g_string_new("[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"running\", \"recorded\": "
                         "null, \"wanted\": false, \"disks\": [");
        for (guint i = 0; i < HOST_ANSWER_DISKS_MAX + over; i++) {
            g_string_append_printf(domains, "%s{\"path\": \"a\", \"access\": \"rw\"}",
                                   i > 0 ? "," : "");
        }
        g_string_append(domains, "]}]");
        g_autoptr(HostAnswer) answer = parse_domains(domains->str);
        ck_assert_uint_eq(answer->trouble != NULL, over);
    }
}
END_TEST

/* What does not fit, and what is said of it. */
static const struct {
    const char *domains;
    const char *trouble;
} misfits[] = {
    {"{}", "'domains' is not a list"},
    {"[1]", "'name' of domain 1"},
    {"[{\"name\": \"a\\u0007\", \"uuid\": \"\", \"seen\": \"absent\", \"recorded\": null, "
     "\"wanted\": false}]",
     "'name'"},
    {"[{\"name\": \"a\", \"uuid\": \"7C71034A-BB0B-5C43-8ACC-85EDC793A7EB\", \"seen\": \"absent\", "
     "\"recorded\": null, \"wanted\": false}]",
     "'uuid'"},
    {"[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"gone\", \"recorded\": null, \"wanted\": "
     "false}]",
     "'seen'"},
    {"[{\"name\": \"a\", \"uuid\": \"\", \"recorded\": null, \"wanted\": false}]", "'seen'"},
    {"[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"absent\", \"wanted\": false}]", "'recorded'"},
    {"[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"absent\", \"recorded\": 1, \"wanted\": "
     "false}]",
     "'recorded'"},
    {"[{\"name\": \"a\", \"uuid\": \"\", \"seen\": \"absent\", \"recorded\": null, \"wanted\": "
     "0}]",
     "'wanted'"},
    {"[], \"domains\": []", "no JSON"},
    {"[], \"error\": null", "no JSON"},
};

START_TEST(test_misfits)
{
    g_autoptr(HostAnswer) answer = parse_domains(misfits[_i].domains);
    ck_assert_ptr_nonnull(answer->trouble);
    ck_assert_msg(strstr(answer->trouble, misfits[_i].trouble) != NULL, "%s", answer->trouble);
    ck_assert_uint_eq(answer->domains->len, 0);
}
END_TEST

/* Each member of the head, left out or of another kind. */
START_TEST(test_head)
{
    static const char *const keys[] = {
        "\"host\"",         "\"fleet\"",       "\"generation\"",      "\"time\"",
        "\"list_trouble\"", "\"xen_version\"", "\"free_memory_mib\"", "\"format_version\"",
        "\"error\""};
    g_autofree char *text = g_strconcat(head, "[]}", NULL);
    char *key = strstr(text, keys[_i]);
    ck_assert_ptr_nonnull(key);
    key[1] = 'X';
    g_autoptr(HostAnswer) missing = parse(text);
    ck_assert_msg(missing->trouble != NULL, "%s may be missing", keys[_i]);
    key[1] = keys[_i][1];
    g_autoptr(GString) wrong = g_string_new_len(text, key - text);
    g_string_append_printf(wrong, "%s: [], \"z\": %s", keys[_i], key + strlen(keys[_i]) + 2);
    g_autoptr(HostAnswer) other = parse(wrong->str);
    ck_assert_msg(other->trouble != NULL, "%s may be a list", keys[_i]);
}
END_TEST

START_TEST(test_not_json)
{
    static const char *const texts[] = {
        "",   "ssh: no route",           "[]",
        "{}", "{\"format_version\": 2}", "{\"format_version\": 1, \"error\": \"no state\"}"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(HostAnswer) answer = parse(texts[i]);
        ck_assert_ptr_nonnull(answer->trouble);
    }
}
END_TEST

/* A member that cannot be had whole is not had at all: the text cut off anywhere. */
START_TEST(test_cut)
{
    g_autofree char *text = g_strconcat(head, "[]}", NULL);
    for (gsize length = 0; length < strlen(text); length++) {
        g_autofree char *cut = g_strndup(text, length);
        g_autoptr(HostAnswer) answer = parse(cut);
        ck_assert_ptr_nonnull(answer->trouble);
    }
}
END_TEST

START_TEST(test_limits)
{
    g_autofree char *long_name = g_strnfill(HOST_ANSWER_TEXT_MAX + 1, 'a');
    for (guint i = 0; i < 2; i++) {
        g_autofree char *domains =
            g_strdup_printf("[{\"name\": \"%s\", \"uuid\": \"\", \"seen\": \"absent\", "
                            "\"recorded\": null, \"wanted\": false}]",
                            long_name + 1 - i);
        g_autoptr(HostAnswer) answer = parse_domains(domains);
        ck_assert_int_eq(answer->trouble != NULL, i);
    }
    GString *many = g_string_new("[");
    for (guint i = 0; i < HOST_ANSWER_DOMAINS_MAX; i++) {
        g_string_append(many, "0,");
    }
    g_string_append(many, "0]");
    g_autoptr(HostAnswer) answer = parse_domains(many->str);
    ck_assert_msg(strstr(answer->trouble, "more than 250000 domains") != NULL, "%s",
                  answer->trouble);
    g_string_free(many, TRUE);
    g_autofree char *bytes = g_strnfill(HOST_ANSWER_BYTES_MAX + 1, ' ');
    g_autoptr(HostAnswer) most = host_answer_parse(bytes, HOST_ANSWER_BYTES_MAX);
    g_autoptr(HostAnswer) over = host_answer_parse(bytes, HOST_ANSWER_BYTES_MAX + 1);
    ck_assert_ptr_nonnull(strstr(most->trouble, "no JSON"));
    ck_assert_ptr_nonnull(strstr(over->trouble, "bytes"));
}
END_TEST

static const struct {
    const char *host, *fleet;
    gint64 now;
    const char *trouble; /* NULL: it is good */
} checks[] = {
    {"dom0-b", "lab", NOW, NULL},
    {"dom0-b", "lab", NOW + HOST_ANSWER_AGE_MOST_S, NULL},
    {"dom0-b", "lab", NOW + HOST_ANSWER_AGE_MOST_S + 1, "121 s apart"},
    {"dom0-b", "lab", NOW - HOST_ANSWER_AGE_MOST_S, NULL},
    {"dom0-b", "lab", NOW - HOST_ANSWER_AGE_MOST_S - 1, "121 s apart"},
    {"dom0-c", "lab", NOW, "'dom0-b' answers"},
    {"dom0-b", "shop", NOW, "fleet 'lab'"},
};

START_TEST(test_checks)
{
    g_autoptr(HostAnswer) answer = parse_domains("[]");
    host_answer_check(answer, checks[_i].host, checks[_i].fleet, checks[_i].now);
    if (checks[_i].trouble == NULL) {
        ck_assert_msg(answer->trouble == NULL, "%s", answer->trouble);
    } else {
        ck_assert_ptr_nonnull(answer->trouble);
        ck_assert_msg(strstr(answer->trouble, checks[_i].trouble) != NULL, "%s", answer->trouble);
    }
}
END_TEST

START_TEST(test_unknown_list)
{
    g_autoptr(HostAnswer) answer = parse_domains("[]");
    answer->list_trouble = g_strdup("xl list hangs");
    host_answer_check(answer, "dom0-b", "lab", NOW);
    ck_assert_ptr_nonnull(strstr(answer->trouble, "xl list hangs"));
    g_autoptr(HostAnswer) half = parse_domains("[]");
    host_answer_add(half, "web1", UUID);
    host_answer_check(half, "dom0-b", "lab", NOW);
    ck_assert_ptr_nonnull(half->trouble);
    g_autoptr(HostAnswer) fresh = parse_domains("[]");
    g_clear_pointer(&fresh->fleet, g_free);
    host_answer_check(fresh, "dom0-b", "lab", NOW);
    ck_assert_ptr_nonnull(strstr(fresh->trouble, "has not applied"));
}
END_TEST

START_TEST(test_who_is_it)
{
    static const struct {
        const char *name, *uuid;
        gboolean is_it;
    } rows[] = {{"web1", UUID, TRUE},
                {"web9", UUID, TRUE},
                {"web1", OTHER, TRUE},
                {"web1--incoming", OTHER, TRUE},
                {"web1--migratedaway", OTHER, TRUE},
                {"migrating-web1", OTHER, TRUE},
                {"web9", "", TRUE},
                {"web9", OTHER, FALSE},
                {"web11", OTHER, FALSE},
                {"web1--incoming-", OTHER, FALSE}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HostAnswer) answer = host_answer_new();
        AnswerDomain *domain = host_answer_add(answer, rows[i].name, rows[i].uuid);
        ck_assert_msg(answer_domain_is(domain, "web1", UUID) == rows[i].is_it, "%s", rows[i].name);
        ck_assert_msg(host_answer_may_have(answer, "web1", UUID) == rows[i].is_it, "%s",
                      rows[i].name);
    }
}
END_TEST

/* ---- what this host says ---- */

static ObservedDomain *see(Observed *observed, guint32 domid, const char *name, const char *uuid)
{
    ObservedDomain *row = observed_domain_new();
    row->domid = domid;
    row->name = g_strdup(name);
    g_strlcpy(row->uuid, uuid, sizeof row->uuid);
    g_ptr_array_add(observed->domains, row);
    return row;
}

static const AnswerDomain *find(const HostAnswer *answer, const char *name)
{
    for (guint i = 0; i < answer->domains->len; i++) {
        const AnswerDomain *domain = g_ptr_array_index(answer->domains, i);
        if (strcmp(domain->name, name) == 0) {
            return domain;
        }
    }
    return NULL;
}

START_TEST(test_make)
{
    static const char *const uuids[] = {UUID, OTHER, "22222222-2222-4333-8444-555555555555",
                                        "33333333-2222-4333-8444-555555555555"};
    g_autoptr(Record) record = record_new();
    g_autoptr(Observed) observed = observed_new();
    record->fleet = g_strdup("lab");
    observed->state = OBSERVATION_COMPLETE;
    see(observed, 0, "Domain-0", "00000000-0000-0000-0000-000000000000");
    see(observed, 5, "web1--incoming", UUID)->is_paused = TRUE;
    see(observed, 6, "foreign", OTHER);
    RecordDomain *begun = record_domain_new("begun", uuids[2]);
    begun->operation = OPERATION_CREATE;
    record_put(record, begun);
    RecordDomain *web1 = record_domain_new("web1", UUID);
    web1->is_claimed = TRUE;
    web1->settings = g_strdup("disks: [{vdev: \"xvda\", path: \"/dev/a\"}, {vdev: \"hdc\", "
                              "devtype: cdrom, access: ro}]\n");
    web1->stored = g_strdup("disks: [{vdev: \"xvda\", path: \"/dev/b\", access: ro, script: "
                            "\"block-x\", backend: \"storage\"}]\n");
    record_put(record, web1);
    begun->settings = g_strdup(web1->settings);
    g_hash_table_insert(record->wanted, g_strdup("wanted"), g_strdup(uuids[3]));
    g_autoptr(HostAnswer) answer = host_answer_make(record, observed, "dom0-a", NOW);
    ck_assert_uint_eq(answer->domains->len, 4);
    ck_assert_ptr_null(find(answer, "Domain-0"));
    ck_assert_ptr_null(find(answer, "web1"));
    ck_assert(find(answer, "web1--incoming")->seen == ANSWER_SEEN_PAUSED);
    ck_assert(find(answer, "web1--incoming")->recorded == ANSWER_RECORDED_CLAIMED);
    /* What it has, and what a reboot gives it. */
    const GPtrArray *disks = find(answer, "web1--incoming")->disks;
    ck_assert_uint_eq(disks->len, 2);
    const AnswerDisk *has = g_ptr_array_index(disks, 0);
    const AnswerDisk *gets = g_ptr_array_index(disks, 1);
    ck_assert_str_eq(has->path, "/dev/a");
    ck_assert(has->is_writable && has->script == NULL && has->backend == NULL);
    ck_assert_str_eq(gets->path, "/dev/b");
    ck_assert(!gets->is_writable);
    ck_assert_str_eq(gets->script, "block-x");
    ck_assert_str_eq(gets->backend, "storage");
    ck_assert_uint_eq(find(answer, "begun")->disks->len, 1);
    ck_assert(find(answer, "foreign")->recorded == ANSWER_RECORDED_NOT);
    ck_assert(find(answer, "begun")->seen == ANSWER_SEEN_ABSENT);
    ck_assert(find(answer, "begun")->recorded == ANSWER_RECORDED_RUNNING);
    ck_assert(find(answer, "wanted")->is_wanted);
    ck_assert(!find(answer, "begun")->is_wanted);
    host_answer_check(answer, "dom0-a", "lab", NOW);
    ck_assert_ptr_null(answer->trouble);

    observed->state = OBSERVATION_PARTIAL;
    g_autoptr(HostAnswer) partial = host_answer_make(record, observed, "dom0-a", NOW);
    ck_assert(find(partial, "begun")->seen == ANSWER_SEEN_UNKNOWN);
    host_answer_check(partial, "dom0-a", "lab", NOW);
    ck_assert_ptr_nonnull(partial->trouble);
}
END_TEST

/* Of several records of one domain each may be the one that is right, whatever their names. */
/* In the moment in which a guest reboots, its disks are not free; those of one that was stopped
 * are.
 */
START_TEST(test_make_of_one_that_is_in_no_list)
{
    g_autoptr(Record) record = record_new();
    g_autoptr(Observed) observed = observed_new();
    observed->state = OBSERVATION_COMPLETE;
    RecordDomain *recorded = record_domain_new("a", UUID);
    recorded->is_running = _i == 0;
    recorded->settings = g_strdup("disks: [{vdev: \"xvda\", path: \"/dev/a\"}]\n");
    record_put(record, recorded);
    g_autoptr(HostAnswer) answer = host_answer_make(record, observed, "dom0-a", NOW);
    ck_assert(find(answer, "a")->seen == ANSWER_SEEN_ABSENT);
    ck_assert_uint_eq(find(answer, "a")->disks->len, _i == 0 ? 1 : 0);
}
END_TEST

START_TEST(test_make_of_several_records)
{
    static const char *const names[][2] = {{"a", "b"}, {"b", "a"}};
    g_autoptr(Record) record = record_new();
    g_autoptr(Observed) observed = observed_new();
    observed->state = OBSERVATION_COMPLETE;
    ObservedDomain *row = observed_domain_new();
    row->domid = 5;
    row->name = g_strdup("a");
    g_strlcpy(row->uuid, UUID, sizeof row->uuid);
    g_ptr_array_add(observed->domains, row);
    RecordDomain *begun = record_domain_new(names[_i][0], UUID);
    begun->operation = OPERATION_CREATE;
    begun->settings = g_strdup("disks: [{vdev: \"xvda\", path: \"/dev/a\"}]\n");
    record_put(record, begun);
    RecordDomain *claimed = record_domain_new(names[_i][1], UUID);
    claimed->is_claimed = TRUE;
    claimed->settings = g_strdup("disks: [{vdev: \"xvda\", path: \"/dev/b\"}]\n");
    record_put(record, claimed);
    g_autoptr(HostAnswer) answer = host_answer_make(record, observed, "dom0-a", NOW);
    const AnswerDomain *told = find(answer, "a");
    ck_assert_uint_eq(answer->domains->len, 1);
    ck_assert(told->recorded == ANSWER_RECORDED_RUNNING);
    ck_assert_uint_eq(told->disks->len, 2);
    const AnswerDisk *one = g_ptr_array_index(told->disks, 0);
    const AnswerDisk *other = g_ptr_array_index(told->disks, 1);
    ck_assert_int_ne(strcmp(one->path, "/dev/a") == 0, strcmp(other->path, "/dev/a") == 0);
    ck_assert_int_ne(strcmp(one->path, "/dev/b") == 0, strcmp(other->path, "/dev/b") == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host_answer");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, test_whole);
    tcase_add_test(reading, test_hosts);
    tcase_add_test(reading, test_disks);
    tcase_add_test(reading, test_disks_limit);
    tcase_add_loop_test(reading, test_misfits, 0, G_N_ELEMENTS(misfits));
    tcase_add_loop_test(reading, test_head, 0, 9);
    tcase_add_test(reading, test_not_json);
    tcase_add_test(reading, test_cut);
    tcase_add_test(reading, test_limits);
    suite_add_tcase(suite, reading);
    TCase *checking = tcase_create("checking");
    tcase_add_loop_test(checking, test_checks, 0, G_N_ELEMENTS(checks));
    tcase_add_test(checking, test_unknown_list);
    tcase_add_test(checking, test_who_is_it);
    suite_add_tcase(suite, checking);
    TCase *making = tcase_create("making");
    tcase_add_test(making, test_make);
    tcase_add_loop_test(making, test_make_of_several_records, 0, 2);
    tcase_add_loop_test(making, test_make_of_one_that_is_in_no_list, 0, 2);
    suite_add_tcase(suite, making);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
