#include "tests/unit/transcripts.h"
#include "xenbackend/xen_list_long.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Values that a reading must overwrite, or leave alone. */
static ObservedDomain *domain_make(guint32 domid, const char *uuid)
{
    ObservedDomain *domain = observed_domain_new();
    domain->domid = domid;
    domain->target_mib = 11;
    domain->maximum_mib = 22;
    domain->vcpus_available = 33;
    domain->vcpus_maximum = 44;
    g_strlcpy(domain->uuid, uuid, sizeof domain->uuid);
    return domain;
}

static gboolean parse(const char *text, gsize length, ObservedDomain *domain, char **trouble)
{
    /* A copy that ends where the text ends, so that a sanitizer sees it read too far. */
    g_autofree char *copy = g_memdup2(text, length);
    return xen_list_long_parse(copy, length, domain, trouble);
}

static void assert_details(const ObservedDomain *domain, guint64 target, guint64 maximum,
                           guint32 available, guint32 most)
{
    ck_assert(domain->has_details);
    ck_assert_uint_eq(domain->target_mib, target);
    ck_assert_uint_eq(domain->maximum_mib, maximum);
    ck_assert_uint_eq(domain->vcpus_available, available);
    ck_assert_uint_eq(domain->vcpus_maximum, most);
}

static void assert_untouched(const ObservedDomain *domain)
{
    ck_assert(!domain->has_details);
    ck_assert_uint_eq(domain->target_mib, 11);
    ck_assert_uint_eq(domain->maximum_mib, 22);
    ck_assert_uint_eq(domain->vcpus_available, 33);
    ck_assert_uint_eq(domain->vcpus_maximum, 44);
}

START_TEST(test_nothing_is_incomplete)
{
    g_autoptr(ObservedDomain) domain = observed_domain_new();
    ck_assert(!parse("[\n\n]\n", 5, domain, NULL));
    ck_assert(domain->is_incomplete);
    ck_assert(!parse("garbage", 7, domain, NULL));
    ck_assert(domain->is_incomplete); /* as before: nothing was learnt */
}
END_TEST

/* ---- what xl prints ---- */

typedef struct {
    const char *session, *command; /* where a transcript has it; or: */
    const char *file;              /* of tests/fixtures/xl */
    const char *uuid;
    guint64 target, maximum;
    guint32 available, most;
} Printed;

static const Printed printed[] = {
    {"lists-empty", "xl list -l", NULL, "00000000-0000-0000-0000-000000000000", 768, 768, 0, 0},
    {"lists", "xl list -l db1", NULL, "d384a947-daa0-40f3-8257-1d6b0039dd30", 128, 256, 2, 4},
    {"lists", "xl list -l web1", NULL, "e694aa37-abf2-4c91-8442-da4841aeccdf", 96, 96, 1, 1},
    {NULL, NULL, "list-long-4.17-hvm.json", "20681631-8c2f-4b15-9a43-1a2fad28ff0a", 160, 160, 1, 1},
    {NULL, NULL, "list-long-4.17-hvm.json", "", 160, 160, 1, 1},
};

static char *fixture_read(const char *name, gsize *length)
{
    g_autofree char *path = g_build_filename(g_getenv("TESTS_ROOT"), "fixtures", "xl", name, NULL);
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, length, NULL), "cannot read %s", path);
    return text;
}

static char *printed_read(const Printed *one, gsize *length)
{
    return one->file != NULL ? fixture_read(one->file, length)
                             : transcript_output(one->session, one->command, 0, length);
}

/* The id that it had when it was recorded. */
static guint32 printed_domid(const char *text)
{
    const char *key = "\"domid\": ", *found = strstr(text, key);
    ck_assert_ptr_nonnull(found);
    return (guint32)g_ascii_strtoull(found + strlen(key), NULL, 10);
}

START_TEST(test_printed)
{
    const Printed *expected = &printed[_i];
    gsize length = 0;
    g_autofree char *text = printed_read(expected, &length);
    g_autoptr(ObservedDomain) domain = domain_make(printed_domid(text), expected->uuid);
    char *trouble = NULL;
    gboolean is_read = parse(text, length, domain, &trouble);
    ck_assert_msg(is_read, "%s: %s", expected->uuid, trouble);
    ck_assert_ptr_null(trouble);
    assert_details(domain, expected->target, expected->maximum, expected->available,
                   expected->most);
}
END_TEST

START_TEST(test_truncated)
{
    gsize length = 0;
    g_autofree char *text = printed_read(&printed[1], &length);
    const char *end = strrchr(text, ']');
    guint32 domid = printed_domid(text);
    for (gsize cut = 0; cut <= (gsize)(end - text); cut++) {
        g_autoptr(ObservedDomain) domain = domain_make(domid, printed[1].uuid);
        ck_assert_msg(!parse(text, cut, domain, NULL), "cut at %zu", cut);
        assert_untouched(domain);
    }
}
END_TEST

/* ---- other forms ---- */

#define UUID_1        "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"
#define DOMAIN(build) "{\"domid\": 7, \"config\": {\"b_info\": {" build "}}}"

typedef struct {
    const char *text;
    guint64 target, maximum;
    guint32 available, most;
} Form;

static const Form forms[] = {
    {DOMAIN("\"target_memkb\": 1024"), 1, 0, 0, 0},
    {"[" DOMAIN("\"target_memkb\": 1025") "]", 2, 0, 0, 0},
    {DOMAIN("\"target_memkb\": 1"), 1, 0, 0, 0},
    {DOMAIN("\"target_memkb\": \"2048\", \"max_memkb\": \"4096\", \"max_vcpus\": \"4\","
            "\"avail_vcpus\": [0, 2, 3]"),
     2, 4, 3, 4},
    {DOMAIN("\"target_memkb\": 2048.0, \"max_memkb\": 4.096e3"), 2, 4, 0, 0},
    /* "No limit" is no amount. */
    {DOMAIN("\"target_memkb\": 1024, \"max_memkb\": 18446744073709551615"), 1, 0, 0, 0},
    {DOMAIN("\"target_memkb\": 1024, \"max_memkb\": 17592186044415"), 1, 0, 0, 0},
    {DOMAIN("\"target_memkb\": 1024, \"max_memkb\": -1, \"max_vcpus\": 65537, "
            "\"avail_vcpus\": 3"),
     1, 0, 0, 0},
    {DOMAIN("\"target_memkb\": 4398046511104"), 4294967296, 0, 0, 0},
    {"{\"domid\": \"7\", \"config\": {\"c_info\": {\"uuid\": "
     "\"6F1C2B0E-7D3A-4C1E-9B54-0D2F6A1E0001\"}, \"b_info\": {\"target_memkb\": 1024}}}\n\n",
     1, 0, 0, 0},
};

START_TEST(test_forms)
{
    g_autoptr(ObservedDomain) domain = domain_make(7, UUID_1);
    g_autofree char *trouble = NULL;
    gboolean is_read = parse(forms[_i].text, strlen(forms[_i].text), domain, &trouble);
    ck_assert_msg(is_read, "%s: %s", forms[_i].text, trouble);
    assert_details(domain, forms[_i].target, forms[_i].maximum, forms[_i].available,
                   forms[_i].most);
}
END_TEST

typedef struct {
    const char *text;
    const char *trouble; /* its beginning */
} Refusal;

static const Refusal refusals[] = {
    {"", "the text is no JSON: line "},
    {"(domain (domid 7))", "the text is no JSON: line 1: "},
    {"[\n\n]\n", "the text is about 0 domains"},
    {"[" DOMAIN("\"target_memkb\": 1024") "," DOMAIN("") "]", "the text is about 2 domains"},
    {"[7]", "the text is not about a domain"},
    {"{}", "the text does not say its domid"},
    {"{\"domid\": 7.5}", "the text does not say its domid"},
    {"{\"domid\": 8, \"config\": {\"b_info\": {\"target_memkb\": 1024}}}",
     "the text is about domid 8, not 7"},
    {"{\"domid\": 7, \"config\": {\"c_info\": {\"uuid\": \"6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0002\"},"
     "\"b_info\": {\"target_memkb\": 1024}}}",
     "the text is about another uuid"},
    {"{\"domid\": 7, \"config\": {\"c_info\": {\"uuid\": 5}, \"b_info\": {\"target_memkb\": "
     "1024}}}",
     "the uuid is not text"},
    {DOMAIN("\"max_memkb\": 1024"), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": null"), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": 0"), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": -1024"), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": 1024.5"), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": \"1024k\""), "the text does not say target_memkb"},
    {DOMAIN("\"target_memkb\": 18446744073709551615"), "the text does not say target_memkb"},
    {"{\"domid\": 7}", "the text does not say target_memkb"},
    {"{\"domid\": 7, \"config\": [1]}", "the text does not say target_memkb"},
};

START_TEST(test_refusals)
{
    g_autoptr(ObservedDomain) domain = domain_make(7, UUID_1);
    g_autofree char *trouble = NULL;
    ck_assert(!parse(refusals[_i].text, strlen(refusals[_i].text), domain, &trouble));
    ck_assert_msg(g_str_has_prefix(trouble, refusals[_i].trouble), "%s", trouble);
    assert_untouched(domain);
    ck_assert(!parse(refusals[_i].text, strlen(refusals[_i].text), domain, NULL));
}
END_TEST

START_TEST(test_whole_list)
{
    gsize length = 0;
    g_autofree char *text = transcript_output("states", "xl list -l", 0, &length);
    g_autoptr(ObservedDomain) domain = domain_make(1, "");
    g_autofree char *trouble = NULL;
    ck_assert(!parse(text, length, domain, &trouble));
    ck_assert_str_eq(trouble, "the text is about 12 domains");
}
END_TEST

START_TEST(test_too_deep)
{
    g_autofree char *text = g_strnfill(1000000, '[');
    g_autoptr(ObservedDomain) domain = domain_make(7, UUID_1);
    ck_assert(!parse(text, 1000000, domain, NULL));
}
END_TEST

START_TEST(test_too_long)
{
    gsize length = XEN_LIST_LONG_BYTES_MAX + 1;
    g_autofree char *text = g_strnfill(length, ' ');
    const char start[] = DOMAIN("\"target_memkb\": 1024");
    memcpy(text, start, sizeof start - 1);
    g_autoptr(ObservedDomain) domain = domain_make(7, UUID_1);
    g_autofree char *trouble = NULL;
    ck_assert(!parse(text, length, domain, &trouble));
    ck_assert_str_eq(trouble, "the text is longer than 4194304 bytes");
    ck_assert(parse(text, length - 1, domain, NULL));
}
END_TEST

/* ---- all domains at once ---- */

/* Two of the list of all, of which it has six. */
#define UUID_A "f98a2217-7980-4372-b35b-e19fe63a8a79"
#define UUID_B "65ea7393-f722-49be-ae0d-748c597acdf0"

static Observed *observed_make(guint count, ...)
{
    Observed *observed = observed_new();
    va_list uuids;
    va_start(uuids, count);
    for (guint i = 0; i < count; i++) {
        g_ptr_array_add(observed->domains, domain_make(i + 1, va_arg(uuids, const char *)));
    }
    va_end(uuids);
    return observed;
}

static gboolean parse_all(const char *text, gsize length, Observed *observed, guint count,
                          char **trouble)
{
    g_autofree char *copy = g_memdup2(text, length);
    g_autoptr(GArray) domids = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint32 domid = 1; domid <= count; domid++) {
        g_array_append_val(domids, domid);
    }
    return xen_list_long_parse_all(copy, length, observed, domids, trouble);
}

START_TEST(test_all)
{
    gsize length = 0;
    g_autofree char *text = fixture_read("list-long-4.17-all.json", &length);
    /* The third has gone meanwhile, and another has its id; the fourth is not asked for. */
    g_autoptr(Observed) observed =
        observed_make(4, UUID_A, UUID_B, UUID_1, "b7901f94-aa32-4f14-a70d-87039957553c");
    g_autofree char *trouble = NULL;
    ck_assert(parse_all(text, length, observed, 3, &trouble));
    ck_assert_ptr_null(trouble);
    assert_details(observed_find_domid(observed, 1), 96, 96, 1, 1);
    assert_details(observed_find_domid(observed, 2), 96, 96, 1, 1);
    assert_untouched(observed_find_domid(observed, 3));
    assert_untouched(observed_find_domid(observed, 4));
    /* One that is asked for, and that is in neither list. */
    ck_assert(parse_all(text, length, observed, 9, NULL));
}
END_TEST

START_TEST(test_all_truncated)
{
    gsize length = 0;
    g_autofree char *text = fixture_read("list-long-4.17-all.json", &length);
    while (text[length - 1] != ']') {
        length--;
    }
    for (gsize cut = 0; cut < length; cut++) {
        g_autoptr(Observed) observed = observed_make(2, UUID_A, UUID_B);
        ck_assert_msg(!parse_all(text, cut, observed, 2, NULL), "cut at %zu", cut);
        assert_untouched(observed_find_domid(observed, 1));
        assert_untouched(observed_find_domid(observed, 2));
    }
}
END_TEST

#define OF(domid, uuid)                                                                            \
    "{\"domid\": " domid ", \"config\": {" uuid "\"b_info\": {\"target_memkb\": 1024}}}"
#define HAS_UUID(uuid) "\"c_info\": {\"uuid\": \"" uuid "\"}, "

static const Refusal all_refusals[] = {
    {"", "the text is no JSON: line "},
    {"(domain (domid 1))", "the text is no JSON: line 1: "},
    {OF("1", HAS_UUID(UUID_A)), "the text is no list"},
    {"[" OF("1", HAS_UUID(UUID_A)) "," OF("2", "") "," OF("1", HAS_UUID(UUID_B)) "]",
     "the text is about domid 1 twice"},
};

START_TEST(test_all_refusals)
{
    g_autoptr(Observed) observed = observed_make(2, UUID_A, UUID_B);
    g_autofree char *trouble = NULL;
    const char *text = all_refusals[_i].text;
    ck_assert(!parse_all(text, strlen(text), observed, 2, &trouble));
    ck_assert_msg(g_str_has_prefix(trouble, all_refusals[_i].trouble), "%s", trouble);
    assert_untouched(observed_find_domid(observed, 1));
    ck_assert(!parse_all(text, strlen(text), observed, 2, NULL));
}
END_TEST

/* What is wrong with one domain leaves the others. */
START_TEST(test_all_but_one)
{
    static const char *const others[] = {OF("2", ""),
                                         "7",
                                         "{\"domid\": -2}",
                                         "null",
                                         "{\"domid\": 2, \"config\": []}",
                                         OF("2", HAS_UUID(UUID_A))};
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *text = g_strdup_printf("[%s, %s]", others[i], OF("1", HAS_UUID(UUID_A)));
        g_autoptr(Observed) observed = observed_make(2, UUID_A, UUID_B);
        ck_assert(parse_all(text, strlen(text), observed, 2, NULL));
        assert_details(observed_find_domid(observed, 1), 1, 0, 0, 0);
        assert_untouched(observed_find_domid(observed, 2));
    }
}
END_TEST

START_TEST(test_all_too_long)
{
    gsize length = XEN_LIST_LONG_ALL_BYTES_MAX + 1;
    g_autofree char *text = g_strnfill(length, ' ');
    text[0] = '[';
    text[1] = ']';
    g_autoptr(Observed) observed = observed_make(0);
    g_autofree char *trouble = NULL;
    ck_assert(!parse_all(text, length, observed, 0, &trouble));
    ck_assert_str_eq(trouble, "the text is longer than 67108864 bytes");
    ck_assert(parse_all(text, length - 1, observed, 0, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_list_long");
    TCase *tcase = tcase_create("xen_list_long");
    tcase_add_test(tcase, test_nothing_is_incomplete);
    tcase_add_loop_test(tcase, test_printed, 0, G_N_ELEMENTS(printed));
    tcase_add_test(tcase, test_truncated);
    tcase_add_loop_test(tcase, test_forms, 0, G_N_ELEMENTS(forms));
    tcase_add_loop_test(tcase, test_refusals, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, test_whole_list);
    tcase_add_test(tcase, test_too_deep);
    tcase_add_test(tcase, test_too_long);
    tcase_add_test(tcase, test_all);
    tcase_add_test(tcase, test_all_truncated);
    tcase_add_loop_test(tcase, test_all_refusals, 0, G_N_ELEMENTS(all_refusals));
    tcase_add_test(tcase, test_all_but_one);
    tcase_add_test(tcase, test_all_too_long);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
