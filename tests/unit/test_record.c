#include "reconcile/record.h"

#include "spec/spec.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UUID_1 "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"
#define UUID_2 "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0002"
#define FIRST  "xensure-record 1\n"
#define BLOCK1 "domain web1\nuuid " UUID_1 "\nflags running\ndomid 5\nend\n"
#define BLOCK2 "domain web2\nuuid " UUID_2 "\nflags\nend\n"

/* The parser gets a copy that ends where the text ends, so that a sanitizer sees it read too far.
 */
static Record *parse(const char *text, gsize length, gboolean *is_cut, GError **error)
{
    g_autofree char *copy = g_memdup2(text, MAX(length, 1));
    return record_parse(copy, length, is_cut, error);
}

static Record *parse_good(const char *text)
{
    gboolean is_cut = TRUE;
    g_autoptr(GError) error = NULL;
    Record *record = parse(text, strlen(text), &is_cut, &error);
    ck_assert_msg(record != NULL, "refused: %s", error != NULL ? error->message : "");
    ck_assert(!is_cut);
    return record;
}

static char *format(const Record *record)
{
    GString *out = g_string_new(NULL);
    record_format(record, out);
    return g_string_free(out, FALSE);
}

static RecordDomain *make_full(const char *name, const char *uuid)
{
    RecordDomain *domain = record_domain_new(name, uuid);
    domain->is_running = domain->is_adopted = domain->is_claimed = TRUE;
    domain->is_off_by_guest = domain->is_protected = TRUE;
    domain->domid = 4294967295u;
    domain->boot_id = g_strdup("0b1c-boot");
    domain->settings = g_strdup("type: \"pvh\"\nmemory: 512MiB\ncmdline: \"\xc3\xa4 end\"\n");
    domain->boot_links = g_strsplit("/etc/xen/auto/a,/etc/xen/auto/10 a", ",", 0);
    domain->is_proved = domain->has_not_started = TRUE;
    domain->ran = g_strdup("type: \"pvh\"\n");
    domain->failed_digest = g_strdup("0ab");
    domain->stored = g_strdup("type: \"pvh\"\nmemory: 1024MiB\n");
    domain->is_storing = TRUE;
    domain->config_digest = g_strdup("abc");
    domain->has_bounce = TRUE;
    domain->bounce = 7;
    for (gint64 time = 1; time <= RECORD_ATTEMPTS_MAX; time++) {
        g_array_append_val(domain->attempts, time);
    }
    domain->tried_digest = g_strdup("def");
    domain->operation = OPERATION_CREATED;
    domain->operation_id = g_strdup("op-1");
    record_domain_put_former(domain, "www", "ghi");
    record_domain_put_former(domain, "old", NULL);
    return domain;
}

static void check_same(const RecordDomain *one, const RecordDomain *other)
{
    ck_assert_str_eq(one->name, other->name);
    ck_assert_str_eq(one->uuid, other->uuid);
    ck_assert_int_eq(one->is_running, other->is_running);
    ck_assert_int_eq(one->is_adopted, other->is_adopted);
    ck_assert_int_eq(one->is_claimed, other->is_claimed);
    ck_assert_int_eq(one->is_off_by_guest, other->is_off_by_guest);
    ck_assert_int_eq(one->is_protected, other->is_protected);
    ck_assert_uint_eq(one->domid, other->domid);
    ck_assert_pstr_eq(one->boot_id, other->boot_id);
    ck_assert_pstr_eq(one->settings, other->settings);
    ck_assert(one->boot_links == NULL || g_strv_equal((const char *const *)one->boot_links,
                                                      (const char *const *)other->boot_links));
    ck_assert_int_eq(one->is_proved, other->is_proved);
    ck_assert_int_eq(one->has_not_started, other->has_not_started);
    ck_assert_pstr_eq(one->ran, other->ran);
    ck_assert_pstr_eq(one->failed_digest, other->failed_digest);
    ck_assert_pstr_eq(one->stored, other->stored);
    ck_assert_int_eq(one->is_storing, other->is_storing);
    ck_assert_pstr_eq(one->config_digest, other->config_digest);
    ck_assert_int_eq(one->has_bounce, other->has_bounce);
    ck_assert_int_eq(one->bounce, other->bounce);
    ck_assert_uint_eq(one->attempts->len, other->attempts->len);
    for (guint i = 0; i < one->attempts->len; i++) {
        ck_assert_int_eq(g_array_index(one->attempts, gint64, i),
                         g_array_index(other->attempts, gint64, i));
    }
    ck_assert_pstr_eq(one->tried_digest, other->tried_digest);
    ck_assert_int_eq(one->operation, other->operation);
    ck_assert_pstr_eq(one->operation_id, other->operation_id);
    ck_assert_uint_eq(one->former_names->len, other->former_names->len);
    for (guint i = 0; i < one->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(one->former_names, i);
        const FormerName *same = g_ptr_array_index(other->former_names, i);
        ck_assert_str_eq(former->name, same->name);
        ck_assert_pstr_eq(former->config_digest, same->config_digest);
    }
}

static const RecordSource sources[] = {
    {.name = (char *)"url https://specs.example.org/a b.yaml",
     .is_current = TRUE,
     .is_configured = TRUE,
     .has_generation = TRUE,
     .generation = 42,
     .digest = (char *)"9f86d081",
     .signers = (char *)"2:RWa,RWb",
     .signers_before = (char *)"1:RWc",
     .signers_root = (char *)"1:RWd",
     .signers_since = 41},
    {.name = (char *)"git /srv/fleet",
     .is_configured = TRUE,
     .has_generation = TRUE,
     .generation = 7,
     .commit = (char *)"c0ffee"},
    {.name = (char *)"path -", .is_current = TRUE},
};

static Record *make_record(void)
{
    Record *record = record_new();
    record->fleet = g_strdup("lab");
    record->has_generation = TRUE;
    record->generation = G_MAXINT64;
    record->signed_time = 1764000000;
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        ck_assert(record_put_source(record, &sources[i]));
        ck_assert(!record_put_source(record, &sources[i]));
    }
    record_put(record, make_full("web1", UUID_1));
    record_put(record, record_domain_new("web2", UUID_2));
    return record;
}

START_TEST(test_round_trip)
{
    g_autoptr(Record) record = make_record();
    g_autofree char *text = format(record);
    g_autoptr(Record) read = parse_good(text);
    ck_assert_str_eq(read->fleet, "lab");
    ck_assert(read->has_generation);
    ck_assert_int_eq(read->generation, G_MAXINT64);
    ck_assert_int_eq(read->signed_time, 1764000000);
    ck_assert_uint_eq(g_hash_table_size(read->sources), G_N_ELEMENTS(sources));
    for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
        ck_assert(!record_put_source(read, &sources[i]));
    }
    ck_assert_uint_eq(g_hash_table_size(read->domains), 2);
    check_same(record_find(record, "web1"), record_find(read, "web1"));
    check_same(record_find(record, "web2"), record_find(read, "web2"));
    ck_assert_ptr_eq(record_find_uuid(read, UUID_2), record_find(read, "web2"));
    g_autofree char *again = format(read);
    ck_assert_str_eq(text, again);
}
END_TEST

START_TEST(test_every_operation)
{
    g_autoptr(RecordDomain) domain = record_domain_new("web1", UUID_1);
    domain->operation = (Operation)_i;
    g_autoptr(GString) text = g_string_new(FIRST);
    record_format_domain(domain, text);
    g_autoptr(Record) read = parse_good(text->str);
    ck_assert_int_eq(record_find(read, "web1")->operation, _i);
}
END_TEST

START_TEST(test_copy)
{
    g_autoptr(RecordDomain) domain = make_full("web1", UUID_1);
    g_autoptr(RecordDomain) copy = record_domain_copy(domain);
    check_same(domain, copy);
    ck_assert_ptr_ne(domain->attempts, copy->attempts);
}
END_TEST

/* A limit that is higher than what is remembered would hold nothing. */
START_TEST(test_attempts_reach_every_limit)
{
    ck_assert_int_le(domain_keys.rows[DOMAIN_KEY_restart_limit].maximum, RECORD_ATTEMPTS_MAX);
}
END_TEST

/* Whatever is odd in a record of our own can be read back. */
START_TEST(test_odd_values)
{
    g_autoptr(Record) record = record_new();
    RecordDomain *domain = record_domain_new("web1", UUID_1);
    domain->boot_id = g_strdup("");
    domain->settings = g_strdup("memory: 1MiB");
    for (gint64 time = 1; time <= RECORD_ATTEMPTS_MAX + 1; time++) {
        g_array_append_val(domain->attempts, time);
    }
    record_put(record, domain);
    RecordDomain *other = record_domain_new("web2", UUID_2);
    other->settings = g_strdup("");
    record_put(record, other);
    g_autofree char *text = format(record);
    g_autoptr(Record) read = parse_good(text);
    const RecordDomain *found = record_find(read, "web1");
    ck_assert_ptr_null(found->boot_id);
    ck_assert_str_eq(found->settings, "memory: 1MiB\n");
    ck_assert_uint_eq(found->attempts->len, RECORD_ATTEMPTS_MAX);
    ck_assert_int_eq(g_array_index(found->attempts, gint64, 0), 2);
    ck_assert_str_eq(record_find(read, "web2")->settings, "");
}
END_TEST

/* A log that ends anywhere, as after a power cut: whole blocks are there, the last one is left out.
 */
START_TEST(test_cut_at_every_byte)
{
    g_autoptr(Record) record = make_record();
    g_autoptr(GString) text = g_string_new(NULL);
    record_format(record, text);
    record_format_forgotten("web2", text);
    gsize end1 = (gsize)(strstr(text->str, "domain web2") - text->str);
    gsize end2 = (gsize)(strstr(text->str, "forget web2") - text->str);
    for (gsize length = 0; length <= text->len; length++) {
        gboolean is_cut = FALSE;
        g_autoptr(GError) error = NULL;
        g_autoptr(Record) read = parse(text->str, length, &is_cut, &error);
        ck_assert_msg(read != NULL, "cut at %zu: %s", length, error != NULL ? error->message : "");
        gboolean has_1 = record_find(read, "web1") != NULL;
        gboolean has_2 = record_find(read, "web2") != NULL;
        ck_assert_msg(has_1 == (length >= end1), "cut at %zu: web1", length);
        ck_assert_msg(has_2 == (length >= end2 && length < text->len), "cut at %zu: web2", length);
        if (length == end1 || length == end2 || length == text->len || length == 0) {
            ck_assert_msg(!is_cut, "cut at %zu: is whole", length);
        } else if (length > end1) {
            ck_assert_msg(is_cut, "cut at %zu: not seen", length);
        }
        if (has_1) {
            check_same(record_find(record, "web1"), record_find(read, "web1"));
        }
    }
}
END_TEST

START_TEST(test_last_block_wins)
{
    g_autoptr(Record) record =
        parse_good(FIRST BLOCK1 BLOCK2 "domain web1\nuuid " UUID_1 "\nflags protected\nend\n");
    const RecordDomain *domain = record_find(record, "web1");
    ck_assert(domain->is_protected);
    ck_assert(!domain->is_running);
    ck_assert_uint_eq(domain->domid, 0);
    ck_assert_ptr_eq(record_find_uuid(record, UUID_1), domain);
    ck_assert_uint_eq(g_hash_table_size(record->domains), 2);
}
END_TEST

START_TEST(test_new_uuid)
{
    g_autoptr(Record) record =
        parse_good(FIRST BLOCK1 "domain web1\nuuid " UUID_2 "\nflags\nend\n");
    ck_assert_ptr_null(record_find_uuid(record, UUID_1));
    ck_assert_ptr_eq(record_find_uuid(record, UUID_2), record_find(record, "web1"));
}
END_TEST

START_TEST(test_forget)
{
    g_autoptr(Record) record = parse_good(FIRST BLOCK1 BLOCK2 "forget web1\nforget nobody\n");
    ck_assert_ptr_null(record_find(record, "web1"));
    ck_assert_ptr_null(record_find_uuid(record, UUID_1));
    ck_assert_ptr_nonnull(record_find(record, "web2"));
    g_autoptr(Record) back = parse_good(FIRST BLOCK1 "forget web1\n" BLOCK1);
    ck_assert_ptr_nonnull(record_find(back, "web1"));
    record_forget(back, record_find(back, "web1")->name);
    ck_assert_uint_eq(g_hash_table_size(back->domains), 0);
}
END_TEST

/* Two names with one uuid, as after a domain was renamed: the later one is found, and forgetting
 * the earlier one does not lose it. */
START_TEST(test_shared_uuid)
{
    g_autoptr(Record) record =
        parse_good(FIRST BLOCK1 "domain new\nuuid " UUID_1 "\nflags\nend\nforget web1\n");
    ck_assert_ptr_eq(record_find_uuid(record, UUID_1), record_find(record, "new"));
    ck_assert_ptr_nonnull(record_find(record, "new"));
}
END_TEST

typedef struct {
    const char *text;
    guint line; /* 0: the message names none */
} Wrong;

#define OPEN FIRST "domain web1\nuuid " UUID_1 "\n"

static const Wrong wrongs[] = {
    {"xensure-record 2\n", 1},
    {"\n", 1},
    {"something\n", 1},
    {"something", 0},
    {"xensure-record 1 ", 0},
    {FIRST "\n", 2},
    {FIRST "end\n", 2},
    {FIRST "domain\n", 2},
    {FIRST "domain \n", 2},
    {FIRST "forget\n", 2},
    {FIRST "fleet \n", 2},
    {FIRST "generation x\n", 2},
    {FIRST "signed\n", 2},
    {FIRST "signed-time x\n", 2},
    {FIRST "signers 1 1:a 1:b 1:b path a\n", 2},
    {FIRST "source current 42 - - path a\nsigners 1 1:a 1:b path\n", 3},
    {FIRST "source current 42 - - path a\nsigners x 1:a 1:b 1:b path a\n", 3},
    {FIRST "source\n", 2},
    {FIRST "source current 42 - -\n", 2},
    {FIRST "source current 42 - - \n", 2},
    {FIRST "source here 42 - - path a\n", 2},
    {FIRST "source current x - - path a\n", 2},
    {FIRST "source current 42  - path a\n", 2},
    {FIRST "generation -1\n", 2},
    {FIRST "generation 9223372036854775808\n", 2},
    {FIRST "uuid " UUID_1 "\n", 2},
    {FIRST "flags running\n", 2},
    {FIRST "Fleet lab\n", 2},
    {FIRST "domain web1\nend\n", 3},
    {FIRST "domain web1\nuuid \nend\n", 3},
    {FIRST "domain web1\nuuid 6F1C2B0E-7d3a-4c1e-9b54-0d2f6a1e0001\n", 3},
    {FIRST "domain web1\nuuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e00011\n", 3},
    {FIRST "domain web1\nuuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e000\n", 3},
    {FIRST "domain web1\nuuid 6f1c2b0ee7d3a-4c1e-9b54-0d2f6a1e0001\n", 3},
    {OPEN "domain web2\n", 4},
    {OPEN "end now\n", 4},
    {OPEN "flags running sleeping\n", 4},
    {OPEN "domid -1\n", 4},
    {OPEN "domid 4294967296\n", 4},
    {OPEN "domid five\n", 4},
    {OPEN "bounce \n", 4},
    {OPEN "operation hop\n", 4},
    {OPEN "former\n", 4},
    {OPEN "former \n", 4},
    {OPEN "former  abc\n", 4},
    {OPEN "former www \n", 4},
    {OPEN "attempts \n", 4},
    {OPEN "attempts 1  2\n", 4},
    {OPEN "boot \n", 4},
    {OPEN "no-such-key 1\n", 4},
    {OPEN "boot \xff\n", 4},
    {OPEN "settings x\n", 4},
    {OPEN "stored 1000\nend\n" BLOCK2, 5},
    /* A count that is too high does not swallow what follows. */
    {OPEN "settings 2\ntype: \"pvh\"\nend\n" BLOCK2, 6},
    {OPEN "settings 1000\nend\n" BLOCK2, 5},
    {OPEN "settings 1\ntype: \"\xff\"\nend\n", 5},
    {OPEN "settings 1\ntype: \"pvh\"\nmemory: 512MiB\nend\n", 6},
};

START_TEST(test_wrong)
{
    const Wrong *wrong = &wrongs[_i];
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    g_autoptr(Record) record = parse(wrong->text, strlen(wrong->text), &is_cut, &error);
    ck_assert_msg(record == NULL, "taken: row %d", _i);
    ck_assert(g_error_matches(error, RECORD_ERROR, RECORD_ERROR_FORMAT));
    ck_assert_ptr_null(strchr(error->message, '\n'));
    g_autofree char *line = g_strdup_printf("line %u of", wrong->line);
    ck_assert_msg(wrong->line == 0 || strstr(error->message, line) != NULL, "row %d: %s", _i,
                  error->message);
}
END_TEST

START_TEST(test_one_attempt_too_many)
{
    g_autoptr(GString) text = g_string_new(OPEN "attempts");
    for (guint i = 0; i < RECORD_ATTEMPTS_MAX; i++) {
        g_string_append(text, " 1");
    }
    gsize length = text->len;
    g_string_append(text, "\nend\n");
    record_free(parse_good(text->str));
    g_string_insert(text, (gssize)length, " 1");
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    g_autoptr(Record) record = parse(text->str, text->len, &is_cut, &error);
    ck_assert_ptr_null(record);
    ck_assert(g_error_matches(error, RECORD_ERROR, RECORD_ERROR_FORMAT));
}
END_TEST

START_TEST(test_nul)
{
    static const char text[] = FIRST BLOCK1 "forget web1\0\n";
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(text, sizeof text - 1, &is_cut, &error));
    ck_assert_str_eq(error->message, "the record has a NUL byte in it");
}
END_TEST

START_TEST(test_message_shows_the_line)
{
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    const char *text = OPEN "settings 2\ntype: \"pvh\"\nend\x1b\n";
    ck_assert_ptr_null(parse(text, strlen(text), &is_cut, &error));
    ck_assert_str_eq(error->message, "line 6 of the record does not fit: 'end\\033'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    tcase_add_test(tests, test_round_trip);
    tcase_add_loop_test(tests, test_every_operation, OPERATION_NONE, OPERATION_CHANGE + 1);
    tcase_add_test(tests, test_copy);
    tcase_add_test(tests, test_odd_values);
    tcase_add_test(tests, test_one_attempt_too_many);
    tcase_add_test(tests, test_attempts_reach_every_limit);
    tcase_add_test(tests, test_cut_at_every_byte);
    tcase_add_test(tests, test_last_block_wins);
    tcase_add_test(tests, test_new_uuid);
    tcase_add_test(tests, test_forget);
    tcase_add_test(tests, test_shared_uuid);
    tcase_add_loop_test(tests, test_wrong, 0, G_N_ELEMENTS(wrongs));
    tcase_add_test(tests, test_nul);
    tcase_add_test(tests, test_message_shows_the_line);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
