/* What xm prints: the brief list, the long one, and the two of different moments. */
#include "xenbackend/xen_list.h"
#include "xenbackend/xm_list_long.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEADER   "Name                                        ID   Mem VCPUs      State   Time(s)\n"
#define DOMAIN_0 "Domain-0                                     0  4096     4     r-----   1234.6\n"
#define LONG_0                                                                                     \
    "(domain (domid 0) (uuid 00000000-0000-0000-0000-000000000000) (name Domain-0) (memory 4096) " \
    "(vcpus 4) (online_vcpus 4) (cpu_time 1234.5) (status 2) (state r-----))\n"
#define UUID_1 "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"

static char *fixture_read(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "fixtures", "xm", name, NULL);
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "cannot read %s", path);
    return text;
}

/* The parsers get copies that end where the text ends, so that a sanitizer sees them read too far.
 */
static Observed *parse(const char *text)
{
    Observed *observed = observed_new();
    gsize length = strlen(text);
    g_autofree char *copy = g_memdup2(text, length);
    xm_list_parse(copy, length, observed);
    ck_assert_int_eq(observed->state == OBSERVATION_COMPLETE, observed->trouble == NULL);
    ck_assert(observed->state != OBSERVATION_UNKNOWN || observed->domains->len == 0);
    return observed;
}

static gboolean identify(const char *text, Observed *observed)
{
    gsize length = strlen(text);
    g_autofree char *copy = g_memdup2(text, length);
    return xm_list_identify(copy, length, observed);
}

static const ObservedDomain *row_named(const Observed *observed, const char *name)
{
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static gboolean is_taken(const Observed *observed, guint id)
{
    return g_hash_table_contains(observed->ids_taken, GUINT_TO_POINTER(id));
}

/* ---- the brief list ---- */

START_TEST(test_brief_list)
{
    g_autofree char *text = fixture_read("list-4.4.txt");
    g_autoptr(Observed) observed = parse(text);
    ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
    ck_assert_uint_eq(observed->domains->len, 9); /* less the two that do not run */
    const ObservedDomain *web = row_named(observed, "web1");
    ck_assert_uint_eq(web->domid, 3);
    ck_assert_uint_eq(web->memory_mib, 1024);
    ck_assert_uint_eq(web->vcpus, 2);
    ck_assert_uint_eq(web->cpu_deciseconds, 988);
    ck_assert(web->is_blocked && !web->is_running && !web->is_shut_down);
    ck_assert_str_eq(web->uuid, "");
    const ObservedDomain *crashed = row_named(observed, "crashed");
    ck_assert(crashed->is_shut_down);
    ck_assert_int_eq(crashed->reason, SHUTDOWN_REASON_CRASH);
    const ObservedDomain *sent = row_named(observed, "migrating-app1");
    ck_assert(sent->is_shut_down);
    ck_assert_int_eq(sent->reason, SHUTDOWN_REASON_UNKNOWN);
    ck_assert_uint_eq(row_named(observed, "name with blanks")->memory_mib, 100000);
    ck_assert_ptr_nonnull(
        row_named(observed, "a-name-that-is-longer-than-the-forty-columns-of-the-list"));
    ck_assert_ptr_null(row_named(observed, "halted"));
    /* A domain that does not run is called 7. */
    ck_assert(is_taken(observed, 7));
    ck_assert(!is_taken(observed, 3));
}
END_TEST

static const struct {
    const char *line;
    ObservationState state;
    const char *name; /* of the row; NULL: none */
} lines[] = {
    {"web1                                         1   256     1     -b----      0.1",
     OBSERVATION_COMPLETE, "web1"},
    {"??                                           1   256     1     -b----      0.1",
     OBSERVATION_COMPLETE, "(null)"},
    {"a 5 64 1 r----- 0.0                          1   256     1     -b----      0.1",
     OBSERVATION_COMPLETE, "a 5 64 1 r----- 0.0"},
    {"                                             1   256     1     -b----      0.1",
     OBSERVATION_COMPLETE, ""},
    /* Domains that do not run. */
    {"off                                              256     1                 0.0",
     OBSERVATION_COMPLETE, NULL},
    {"off                                           100000     1                 0.0",
     OBSERVATION_COMPLETE, NULL},
    {"off                                                0     0                 0.0",
     OBSERVATION_COMPLETE, NULL},
    {"off 5 64 1 r----- 0.0                            256     1                 0.0",
     OBSERVATION_COMPLETE, NULL},
    {"a-name-that-is-longer-than-the-forty-columns         256     1                 0.0",
     OBSERVATION_COMPLETE, NULL},
    {"off                                              256     1             1234567.8",
     OBSERVATION_COMPLETE, NULL},
    /* An id without a state, and a state without an id, are nothing that xm prints. */
    {"web1                                         1   256     1                 0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                         1     8     1                 0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                             256     1     -b----      0.1",
     OBSERVATION_PARTIAL, NULL},
    /* xl's letters. */
    {"web1                                         1   256     1     ---s-r      0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                         1   256     1     ---sr-      0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                         1   256     1     -b---       0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                         0   256     1     -b----      0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                     70000   256     1     -b----      0.1",
     OBSERVATION_PARTIAL, NULL},
    {"web1                                         1   256     1     -b----      0",
     OBSERVATION_PARTIAL, NULL},
    {"web1", OBSERVATION_PARTIAL, NULL},
    {"", OBSERVATION_PARTIAL, NULL},
};

START_TEST(test_lines)
{
    g_autofree char *text = g_strconcat(HEADER DOMAIN_0, lines[_i].line, "\n", NULL);
    g_autoptr(Observed) observed = parse(text);
    ck_assert_msg(observed->state == lines[_i].state, "line %d: %s", _i, observed->trouble);
    ck_assert_msg(observed->domains->len == (lines[_i].name != NULL ? 2 : 1), "line %d: rows", _i);
    if (lines[_i].name != NULL) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, 1);
        ck_assert_str_eq(row->name, lines[_i].name);
        ck_assert_uint_eq(row->domid, 1);
    }
}
END_TEST

START_TEST(test_unknown_lists)
{
    static const char *const texts[] = {
        "",
        HEADER,
        "web1\n",
        HEADER "web1                                         1   256     1     -b----      0.1\n",
        HEADER "Domain-0                                       4096     4                 0.0\n",
        "Error: Unable to connect to xend: No such file or directory. Is xend running?\n"};
    g_autoptr(Observed) observed = parse(texts[_i]);
    ck_assert_int_eq(observed->state, OBSERVATION_UNKNOWN);
}
END_TEST

START_TEST(test_names_that_are_ids)
{
    static const char *const names[] = {"12", "0", "012", "+12", "12a", "4294967296"};
    static const gboolean are_ids[] = {TRUE, TRUE, FALSE, FALSE, FALSE, FALSE};
    g_autofree char *halted = g_strdup_printf(HEADER DOMAIN_0 "%-40s %5s %5d %5d %10s %8.1f\n",
                                              names[_i], "", 256, 1, "", 0.0);
    g_autofree char *live = g_strdup_printf(HEADER DOMAIN_0 "%-40s %5s %5d %5d %10s %8.1f\n",
                                            names[_i], "3", 256, 1, "-b----", 0.0);
    const char *texts[] = {halted, live};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Observed) observed = parse(texts[i]);
        ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
        ck_assert_uint_eq(g_hash_table_size(observed->ids_taken), are_ids[_i] ? 1 : 0);
        ck_assert_int_eq(is_taken(observed, (guint)atoi(names[_i])), are_ids[_i]);
    }
}
END_TEST

/* ---- both lists ---- */

START_TEST(test_identities)
{
    g_autofree char *brief = fixture_read("list-4.4.txt");
    g_autofree char *all = fixture_read("list-long-4.4.txt");
    g_autoptr(Observed) observed = parse(brief);
    ck_assert(identify(all, observed));
    ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
    ck_assert_uint_eq(observed->domains->len, 9);
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        ck_assert_msg(strlen(row->uuid) == UUID_TEXT_SIZE - 1, "%s has no uuid", row->name);
    }
    const ObservedDomain *web = row_named(observed, "web1");
    ck_assert_str_eq(web->uuid, UUID_1);
    ck_assert(web->has_details && !web->is_incomplete);
    ck_assert_uint_eq(web->target_mib, 1024);
    ck_assert_uint_eq(web->maximum_mib, 2048);
    ck_assert_uint_eq(web->vcpus_maximum, 2);
    ck_assert_uint_eq(web->vcpus_available, 0);
    /* 12 has never run: nobody knows whether it is whole. 13 has. */
    const ObservedDomain *new = row_named(observed, "new1");
    ck_assert(!new->has_details &&new->is_incomplete &&new->is_paused);
    const ObservedDomain *paused = row_named(observed, "paused1");
    ck_assert(paused->has_details && !paused->is_incomplete && paused->is_paused);
    ck_assert_int_eq(row_named(observed, "crashed")->reason, SHUTDOWN_REASON_CRASH);
    /* db1 has the vcpus online that it has, and 120000 seconds in Python's words. */
    ck_assert_uint_eq(row_named(observed, "db1")->vcpus, 3);
    ck_assert_uint_eq(row_named(observed, "db1")->cpu_deciseconds, 1200000);
}
END_TEST

typedef struct {
    const char *brief; /* the state letters of web1, id 1; NULL: it is not there */
    const char *entry; /* of the long list */
    ObservationState state;
    gboolean agrees;
    const char *uuid; /* of web1; NULL: it has no row */
    const char *letters;
    ShutdownReason reason;
} JoinCase;

#define ENTRY(domid, name, state, status)                                                          \
    "(domain (status " status ") (name " name ") (uuid " UUID_1 ") (memory 256) (maxmem 512) "     \
    "(domid " domid ") (cpu_time 3.0) (state " state ") (online_vcpus 1))"
#define SAME    OBSERVATION_COMPLETE, TRUE, UUID_1
#define APART   OBSERVATION_COMPLETE, FALSE
#define PARTIAL OBSERVATION_PARTIAL, TRUE, ""
#define NO_END  SHUTDOWN_REASON_NONE

static const JoinCase joins[] = {
    {"-b----", ENTRY("1", "web1", "-b----", "2"), SAME, "-b---", NO_END},
    {"------", ENTRY("1", "web1", "------", "2"), SAME, "-----", NO_END},
    /* The status is the newest. */
    {"------", ENTRY("1", "web1", "------", "1"), SAME, "--p--", NO_END},
    {"--p---", ENTRY("1", "web1", "--p---", "2"), SAME, "-----", NO_END},
    {"-b----", ENTRY("1", "web1", "-b----", "0"), SAME, "-b-s-", SHUTDOWN_REASON_UNKNOWN},
    {"-b----", ENTRY("1", "web1", "-b----", "3"), SAME, "-b-s-", SHUTDOWN_REASON_SUSPEND},
    {"----c-", ENTRY("1", "web1", "----c-", "5"), SAME, "---s-", SHUTDOWN_REASON_CRASH},
    {"----c-", ENTRY("1", "web1", "----c-", "0"), SAME, "---s-", SHUTDOWN_REASON_CRASH},
    {"---s--", ENTRY("1", "web1", "---s--", "0"), SAME, "---s-", SHUTDOWN_REASON_UNKNOWN},
    {"-b----", ENTRY("1", "web1", "-b----", "x"), SAME, "-b---", NO_END},
    /* The host changed between the lists. */
    {"-b----", "", APART, "", "-b---", NO_END},
    {"-b----", ENTRY("2", "web1", "-b----", "2"), APART, "", "-b---", NO_END},
    {"-b----", ENTRY("1", "migrating-web1", "-b----", "2"), APART, "", "-b---", NO_END},
    {"-b----", "(domain (name web1) (uuid " UUID_1 ") (status 0))", APART, "", "-b---", NO_END},
    {NULL, ENTRY("1", "web1", "-b----", "2"), APART, UUID_1, "-b---", NO_END},
    {NULL, "(domain (name web1) (uuid " UUID_1 ") (status 0))", OBSERVATION_COMPLETE, TRUE, NULL,
     NULL, NO_END},
    /* No such list. */
    {"-b----", "(domain (domid 1)", PARTIAL, "-b---", NO_END},
    {"-b----", "(vm (domid 1) (uuid " UUID_1 ") (state ------))", PARTIAL, "-b---", NO_END},
    {"-b----", "domain", PARTIAL, "-b---", NO_END},
    {"-b----", "(domain (domid 1) (name web1) (state -b----))", PARTIAL, "-b---", NO_END},
    {"-b----", "(domain (domid 1) (name web1) (uuid x) (state -b----))", PARTIAL, "-b---", NO_END},
    {"-b----", ENTRY("-1", "web1", "-b----", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", ENTRY("70000", "web1", "-b----", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", ENTRY("1", "web1", "-b---", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", ENTRY("1", "web1", "-b---x", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", ENTRY("1", "web1", "---sr-", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", "(domain (name web1) (uuid " UUID_1 ") (state -b----))", PARTIAL, "-b---", NO_END},
    {"-b----", "(domain (domid 1) (domid 1) (name web1) (uuid " UUID_1 "))", PARTIAL, "-b---",
     NO_END},
    {"-b----", ENTRY("1", "web1", "-b----", "2") ENTRY("1", "web1", "-b----", "2"), PARTIAL,
     "-b---", NO_END},
    {"-b----", ENTRY("0", "web1", "-b----", "2"), PARTIAL, "-b---", NO_END},
    {"-b----", "(domain (domid 1) (name web1) (uuid " UUID_1 ") (cpu_time soon))", PARTIAL, "-b---",
     NO_END},
};

START_TEST(test_joins)
{
    const JoinCase *join = &joins[_i];
    g_autoptr(GString) brief = g_string_new(HEADER DOMAIN_0);
    if (join->brief != NULL) {
        g_string_append_printf(brief, "%-40s %5d %5d %5d %10s %8.1f\n", "web1", 1, 256, 1,
                               join->brief, 3.0);
    }
    g_autofree char *all = g_strconcat(join->entry, "\n", LONG_0, NULL);
    g_autoptr(Observed) observed = parse(brief->str);
    ck_assert_int_eq(identify(all, observed), join->agrees);
    ck_assert_int_eq(observed->state, join->state);
    ck_assert_int_eq(observed->state == OBSERVATION_COMPLETE, observed->trouble == NULL);
    const ObservedDomain *row = row_named(observed, "web1");
    ck_assert_int_eq(row != NULL, join->uuid != NULL);
    if (row == NULL) {
        return;
    }
    char letters[] = {row->is_running ? 'r' : '-', row->is_blocked ? 'b' : '-',
                      row->is_paused ? 'p' : '-',  row->is_shut_down ? 's' : '-',
                      row->is_dying ? 'd' : '-',   '\0'};
    ck_assert_str_eq(row->uuid, join->uuid);
    ck_assert_str_eq(letters, join->letters);
    ck_assert_int_eq(row->reason, join->reason);
    ck_assert_int_eq(row->has_details, *join->uuid != '\0');
}
END_TEST

START_TEST(test_long_list_without_domain_0)
{
    g_autoptr(Observed) observed = parse(HEADER DOMAIN_0);
    ck_assert(identify("", observed));
    ck_assert_int_eq(observed->state, OBSERVATION_PARTIAL);
    ck_assert_ptr_nonnull(strstr(observed->trouble, "no entry with id 0"));
}
END_TEST

/* ---- any two moments ---- */

typedef struct {
    guint domid; /* 0: it does not run */
    guint name;  /* that of domain number `name` */
} Life;

#define LIVES 8

static char *name_of(guint number)
{
    return g_strdup_printf("dom%u", number);
}

static char *uuid_of(guint number)
{
    return g_strdup_printf("6f1c2b0e-7d3a-4c1e-9b54-%012u", number);
}

static void print_brief(const Life *lives, GString *out)
{
    g_string_append(out, HEADER DOMAIN_0);
    for (guint i = 0; i < LIVES; i++) {
        g_autofree char *name = name_of(lives[i].name);
        g_autofree char *id =
            lives[i].domid != 0 ? g_strdup_printf("%u", lives[i].domid) : g_strdup("");
        g_string_append_printf(out, "%-40s %5s %5d %5d %10s %8.1f\n", name, id, 64, 1,
                               lives[i].domid != 0 ? "-b----" : "", 1.0);
    }
}

static void print_long(GRand *random, const Life *lives, GString *out)
{
    g_string_append(out, LONG_0);
    for (guint i = 0; i < LIVES; i++) {
        g_autofree char *name = name_of(lives[i].name);
        g_autofree char *uuid = uuid_of(i);
        /* Now and then xend leaves one out. */
        if (g_rand_int_range(random, 0, 8) == 0) {
            continue;
        }
        g_string_append_printf(out, "(domain (name %s) (uuid %s) (memory 64)", name, uuid);
        if (lives[i].domid != 0) {
            g_string_append_printf(out, " (domid %u) (cpu_time 1.0) (state -b----)",
                                   lives[i].domid);
        }
        g_string_append(out, ")\n");
    }
}

static void change(GRand *random, Life *lives, guint *next_domid)
{
    guint count = (guint)g_rand_int_range(random, 0, 4);
    for (guint i = 0; i < count; i++) {
        Life *life = &lives[g_rand_int_range(random, 0, LIVES)];
        Life *other = &lives[g_rand_int_range(random, 0, LIVES)];
        switch (g_rand_int_range(random, 0, 3)) {
        case 0:
            life->domid = 0;
            break;
        case 1:
            life->domid = (*next_domid)++;
            break;
        default: {
            guint name = life->name;
            life->name = other->name;
            other->name = name;
        }
        }
    }
}

static void check_moments(const Life *before, const Life *after, const Observed *observed)
{
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        for (guint j = 0; j < LIVES; j++) {
            g_autofree char *uuid = uuid_of(j);
            /* Nobody gets another's uuid. */
            ck_assert(strcmp(row->uuid, uuid) != 0 || row->domid == before[j].domid ||
                      row->domid == after[j].domid);
        }
    }
    for (guint j = 0; j < LIVES; j++) {
        g_autofree char *uuid = uuid_of(j);
        if (before[j].domid == 0) {
            continue;
        }
        /* What ran when the first list was made is there, as what it is or as nobody knows who. */
        const ObservedDomain *row = observed_find_domid(observed, before[j].domid);
        ck_assert_ptr_nonnull(row);
        ck_assert(row->uuid[0] == '\0' || strcmp(row->uuid, uuid) == 0);
    }
}

START_TEST(test_no_two_moments_make_a_domain_gone_or_another)
{
    GRand *random = g_rand_new_with_seed((guint32)_i + 1);
    guint next_domid = 1;
    Life before[LIVES];
    for (guint i = 0; i < LIVES; i++) {
        before[i] = (Life){g_rand_boolean(random) ? next_domid++ : 0, i};
    }
    for (guint round = 0; round < 100; round++) {
        Life after[LIVES];
        memcpy(after, before, sizeof after);
        change(random, after, &next_domid);
        g_autoptr(GString) brief = g_string_new(NULL);
        g_autoptr(GString) all = g_string_new(NULL);
        print_brief(before, brief);
        print_long(random, after, all);
        g_autoptr(Observed) observed = parse(brief->str);
        gboolean agrees = identify(all->str, observed);
        ck_assert_int_eq(observed->state, OBSERVATION_COMPLETE);
        check_moments(before, after, observed);
        /* They agree only if everybody is known. */
        for (guint i = 0; agrees && i < observed->domains->len; i++) {
            const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
            ck_assert(row->uuid[0] != '\0');
        }
        memcpy(before, after, sizeof before);
    }
    g_rand_free(random);
}
END_TEST

/* ---- the details of one ---- */

START_TEST(test_details_of_one)
{
    ObservedDomain domain = {.domid = 1, .uuid = UUID_1, .cpu_deciseconds = 10};
    g_autofree char *trouble = NULL;
    const char *text = ENTRY("1", "web1", "-b----", "2");
    ck_assert(xm_list_long_parse(text, strlen(text), &domain, &trouble));
    ck_assert(domain.has_details && domain.target_mib == 256 && domain.maximum_mib == 512);
    ObservedDomain fresh = {.domid = 1, .uuid = UUID_1, .is_paused = TRUE};
    ck_assert(xm_list_long_parse(text, strlen(text), &fresh, &trouble));
    ck_assert(!fresh.has_details && fresh.is_incomplete);
}
END_TEST

START_TEST(test_details_of_another)
{
    static const char *const texts[] = {
        "",
        "(",
        "x",
        "(domain)",
        ENTRY("2", "web1", "-b----", "2"),
        ENTRY("1", "web1", "-b----", "2") ENTRY("1", "web1", "-b----", "2"),
        "(domain (name web1) (uuid " UUID_1 "))",
        "(domain (domid 1) (name web1) (uuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0002) (memory 5))",
        "(domain (domid 1) (name web1) (uuid " UUID_1 "))"};
    ObservedDomain domain = {.domid = 1, .uuid = UUID_1, .target_mib = 11, .cpu_deciseconds = 10};
    g_autofree char *trouble = NULL;
    ck_assert(!xm_list_long_parse(texts[_i], strlen(texts[_i]), &domain, &trouble));
    ck_assert_ptr_nonnull(trouble);
    ck_assert(!domain.has_details && domain.target_mib == 11 && !domain.is_incomplete);
    ck_assert(!xm_list_long_parse(texts[_i], strlen(texts[_i]), &domain, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xm_list");
    TCase *tcase = tcase_create("xm_list");
    tcase_add_test(tcase, test_brief_list);
    tcase_add_loop_test(tcase, test_lines, 0, G_N_ELEMENTS(lines));
    tcase_add_loop_test(tcase, test_unknown_lists, 0, 6);
    tcase_add_loop_test(tcase, test_names_that_are_ids, 0, 6);
    tcase_add_test(tcase, test_identities);
    tcase_add_loop_test(tcase, test_joins, 0, G_N_ELEMENTS(joins));
    tcase_add_test(tcase, test_long_list_without_domain_0);
    tcase_add_loop_test(tcase, test_no_two_moments_make_a_domain_gone_or_another, 0, 50);
    tcase_add_test(tcase, test_details_of_one);
    tcase_add_loop_test(tcase, test_details_of_another, 0, 9);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
