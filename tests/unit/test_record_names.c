/* How the record follows the names of the spec: a record and a spec, and the record that they make,
 * in whichever order its blocks were written. */
#include "reconcile/record_names.h"
#include "tests/unit/spec_from_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define UUID_A "aaaaaaaa-0000-4000-8000-000000000001"
#define UUID_B "bbbbbbbb-0000-4000-8000-000000000002"
#define UUID_C "cccccccc-0000-4000-8000-000000000003"
#define HEAD                                                                                       \
    "xensure: 1\nfleet: lab\nprofiles: {default: {type: pvh, memory: 64, kernel: /a}}\ndomains:\n"
#define VALUE_X "{vdev: \"xvda\", path: \"/x\"}"
#define VALUE_Y "{vdev: \"xvdb\", path: \"/y\"}"
#define VALUE_Z "{vdev: \"xvda\", path: \"/z\"}"
#define DISK_X  "disks: [" VALUE_X "]|"
#define DISK_Y  "disks: [" VALUE_Y "]|"
#define DISK_Z  "disks: [" VALUE_Z "]|"
#define DISK_XY "disks: [" VALUE_X ", " VALUE_Y "]|"
#define DISK_ZX "disks: [" VALUE_Z ", " VALUE_X "]|"
#define FIRST   "xensure-record 1\n"

typedef struct {
    const char *what;
    const char *domains;   /* of the spec: "  b: {uuid: A}\n" with A, B, C for the uuids */
    const char *blocks[3]; /* "domain a|uuid A|flags running|end|", the same */
    const char *here;      /* the uuids of the list: "AB" */
    const char *busy;      /* a name; NULL: none */
    const char *missing;   /* of these a second look was taken, too; NULL: none was */
    const char *wanted;    /* the blocks of the record, in order of their names */
    const char *boot_id;   /* of dom0; NULL: not known */
    const char *saved;     /* the name of an image of xendomains; NULL: there is none */
} Case;

static const Case cases[] = {
    {.what = "nothing to do",
     .domains = "  a: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|config x|end|"},
     .wanted = "domain a|uuid A|flags running|config x|end|"},
    {.what = "another name",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running adopted protected|config x|end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running protected|former a x|end|"},
    {.what = "a third name, and back to the first one, whose file is known again",
     .domains = "  a: {uuid: A}\n",
     .blocks = {"domain b|uuid A|flags|config y|former a x|former c|end|"},
     .wanted = "domain a|uuid A|flags|config x|former c|former b y|end|"},
    {.what = "a swap: each file stays known by its name",
     .domains = "  a: {uuid: B}\n  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running protected|config x|end|",
                "domain b|uuid B|flags running|config y|end|"},
     .here = "AB",
     .wanted = "domain a|uuid B|flags running|config x|former b y|end|"
               "domain b|uuid A|flags running protected|config y|former a x|end|"},
    {.what = "a ring of three that do not run",
     .domains = "  a: {uuid: C}\n  b: {uuid: A}\n  c: {uuid: B}\n",
     .blocks = {"domain a|uuid A|flags claimed|end|", "domain b|uuid B|flags protected|end|",
                "domain c|uuid C|flags off-by-guest|end|"},
     .wanted = "domain a|uuid C|flags off-by-guest|former c|end|"
               "domain b|uuid A|flags claimed|former a|end|"
               "domain c|uuid B|flags protected|former b|end|"},
    {.what = "a ring in which something is under way stays",
     .domains = "  a: {uuid: C}\n  b: {uuid: A}\n  c: {uuid: B}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags|end|",
                "domain c|uuid C|flags|operation create|operation-id x|end|"},
     .busy = "c",
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags|end|"
               "domain c|uuid C|flags|operation create|operation-id x|end|"},
    {.what = "one that migrates stays",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|operation migrate|end|"},
     .wanted = "domain a|uuid A|flags|operation migrate|end|"},
    {.what = "what was begun, and works no more, goes along",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|operation create|operation-id x|end|"},
     .wanted = "domain b|uuid A|flags|operation create|operation-id x|former a|end|"},
    {.what = "the name of one that left the spec and is here",
     .domains = "  a: {uuid: C}\n  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags|end|",
                "domain c|uuid C|flags|end|"},
     .here = "B",
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags|end|domain c|uuid C|flags|end|"},
    {.what = "of one that may come back",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags running|end|"},
     .missing = "A",
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags running|end|"},
    {.what = "of one that is gone",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|config x|end|",
                "domain b|uuid B|flags running|config y|end|"},
     .missing = "B",
     .wanted = "domain b|uuid A|flags|config y|former a x|end|"},
    {.what = "of one that ran before dom0 was booted",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags running|boot old|end|"},
     .boot_id = "new",
     .wanted = "domain b|uuid A|flags|former a|end|"},
    {.what = "of one that is protected",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags protected|end|"},
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags protected|end|"},
    {.what = "of one that has begun something",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags|operation create|end|"},
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags|operation create|end|"},
    {.what = "of one that xendomains has saved",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags running|boot old|end|"},
     .boot_id = "new",
     .saved = "b",
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags running|boot old|end|"},
    {.what = "of one that xendomains has saved under a former name",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags|former c|end|"},
     .saved = "c",
     .wanted = "domain a|uuid A|flags|end|domain b|uuid B|flags|former c|end|"},
    {.what = "of one that is saved, and has another name, too",
     .domains = "  b: {uuid: A}\n  c: {uuid: B}\n",
     .blocks = {"domain a|uuid A|flags|end|", "domain b|uuid B|flags|end|"},
     .saved = "b",
     .wanted = "domain b|uuid A|flags|former a|end|domain c|uuid B|flags|former b|end|"},
    {.what = "one that left the spec keeps its name",
     .domains = "  c: {uuid: C}\n",
     .blocks = {"domain a|uuid A|flags running|end|"},
     .wanted = "domain a|uuid A|flags running|end|"},
    {.what = "two of the spec would have one uuid",
     .domains = "  a: {adopt: true}\n  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running adopted|end|"},
     .wanted = "domain a|uuid A|flags running adopted|end|"},
    {.what = "several records of one: the spec's name",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running protected|domid 5|config x|attempts 7|end|",
                "domain b|uuid A|flags claimed|config y|end|"},
     .wanted = "domain b|uuid A|flags running claimed protected|domid 5|config y|former a x|end|"},
    {.what = "several: what was begun",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|operation migrate|end|",
                "domain b|uuid A|flags running|domid 5|end|", "domain c|uuid A|flags|end|"},
     .wanted = "domain a|uuid A|flags running|domid 5|operation migrate|former b|former c|end|"},
    {.what = "several, and the spec has none of them",
     .domains = "  c: {uuid: C}\n",
     .blocks = {"domain a|uuid A|flags claimed|end|", "domain b|uuid A|flags running|domid 5|end|"},
     .wanted = "domain b|uuid A|flags running claimed|domid 5|former a|end|"},
    {.what = "several with different settings: those of the one that runs",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 5|settings 1|" DISK_X
                "stored 1|memory: 64MiB|end|",
                "domain b|uuid A|flags|settings 1|" DISK_Y "end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running|domid 5|former a|settings 1|" DISK_X
               "stored 1|memory: 64MiB|end|"},
    {.what = "several: those of the one that is known by the id that it has",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 4|settings 1|" DISK_X "end|",
                "domain b|uuid A|flags running|domid 5|settings 1|" DISK_Y "end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running|domid 5|former a|settings 1|" DISK_Y "end|"},
    {.what = "several that both may be right: the disks of both",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 5|settings 1|" DISK_XY "end|",
                "domain b|uuid A|flags running|domid 5|settings 1|" DISK_X "end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running|domid 5|former a|settings 1|" DISK_XY "end|"},
    {.what = "several that both may be right, and are not in the list",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 5|settings 1|" DISK_XY "end|",
                "domain b|uuid A|flags running|domid 6|settings 1|memory: 64MiB|stored 1|" DISK_X
                "end|"},
     .wanted = "domain b|uuid A|flags running|domid 6|former a|settings 2|memory: 64MiB|" DISK_XY
               "stored 1|" DISK_X "end|"},
    {.what = "several that both may be right, with one device of two disks",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 5|settings 1|" DISK_X "end|",
                "domain b|uuid A|flags running|domid 5|settings 1|" DISK_Z "end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running|domid 5|former a|settings 1|" DISK_ZX "end|"},
    {.what = "several of which both have stored something",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags running|domid 5|stored 1|" DISK_XY "end|",
                "domain b|uuid A|flags running|domid 5|stored 1|" DISK_X "end|"},
     .here = "A",
     .wanted = "domain b|uuid A|flags running storing|domid 5|former a|stored 1|" DISK_XY "end|"},
    {.what = "several that have begun something wait",
     .domains = "  b: {uuid: A}\n",
     .blocks = {"domain a|uuid A|flags|operation stop|end|",
                "domain b|uuid A|flags protected|operation create|end|"},
     .wanted = "domain a|uuid A|flags protected|operation stop|end|"
               "domain b|uuid A|flags protected|operation create|end|"},
};

/* The text with lines for bars, and uuids for the letters that stand for them. */
static char *expand(const char *text)
{
    static const char *const pairs[][2] = {
        {"|", "\n"},
        {"uuid: A", "uuid: " UUID_A},
        {"uuid: B", "uuid: " UUID_B},
        {"uuid: C", "uuid: " UUID_C},
        {"uuid A", "uuid " UUID_A},
        {"uuid B", "uuid " UUID_B},
        {"uuid C", "uuid " UUID_C},
    };
    GString *out = g_string_new(text);
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_string_replace(out, pairs[i][0], pairs[i][1], 0);
    }
    return g_string_free(out, FALSE);
}

static const char *uuid_of(char letter)
{
    return letter == 'A' ? UUID_A : letter == 'B' ? UUID_B : UUID_C;
}

/* REVERSED: the last block comes first. */
static Record *read_blocks(const char *const blocks[3], gboolean reversed)
{
    g_autoptr(GString) text = g_string_new(FIRST);
    for (guint i = 0; i < 3; i++) {
        const char *block = blocks[reversed ? 2 - i : i];
        g_autofree char *expanded = expand(block != NULL ? block : "");
        g_string_append(text, expanded);
    }
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    Record *record = record_parse(text->str, text->len, &is_cut, &error);
    ck_assert_msg(record != NULL && !is_cut, "%s", error != NULL ? error->message : text->str);
    return record;
}

static Observed *make_observed(const Case *row)
{
    Observed *observed = observed_new();
    observed->state = OBSERVATION_COMPLETE;
    observed->boot_id = g_strdup(row->boot_id);
    for (const char *letter = row->here; letter != NULL && *letter != '\0'; letter++) {
        ObservedDomain *domain = observed_domain_new();
        domain->domid = 5;
        domain->name = g_strdup("other");
        g_strlcpy(domain->uuid, uuid_of(*letter), sizeof domain->uuid);
        g_ptr_array_add(observed->domains, domain);
    }
    if (row->saved != NULL) {
        ObservedConfig *config = g_new0(ObservedConfig, 1);
        config->obstacle = g_strdup("saved");
        g_hash_table_insert(observed->configs, g_strdup(row->saved), config);
    }
    return observed;
}

static GHashTable *make_set(const char *key)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    if (key != NULL) {
        g_hash_table_add(set, (gpointer)key);
    }
    return set;
}

static char *format(const Record *record)
{
    GString *out = g_string_new(NULL);
    record_format(record, out);
    return g_string_free(out, FALSE);
}

static void check_index(const Record *record)
{
    GHashTableIter iterator;
    gpointer name;
    gpointer value;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        const RecordDomain *domain = value;
        ck_assert_str_eq(name, domain->name);
        const RecordDomain *found = record_find_uuid(record, domain->uuid);
        ck_assert_ptr_nonnull(found);
        ck_assert(found == domain || found->operation != OPERATION_NONE);
    }
}

static void check_case(const Case *row, gboolean reversed)
{
    g_autoptr(Problems) problems = problems_new();
    g_autofree char *domains = expand(row->domains);
    g_autofree char *text = g_strconcat(HEAD, domains, NULL);
    g_autoptr(Spec) spec = spec_from_text("spec.yaml", text, strlen(text), problems);
    ck_assert_uint_eq(problems_count_errors(problems), 0);
    g_autoptr(Record) record = read_blocks(row->blocks, reversed);
    g_autoptr(Observed) observed = make_observed(row);
    g_autoptr(GHashTable) busy = make_set(row->busy);
    g_autoptr(GHashTable) missing = make_set(row->missing != NULL ? uuid_of(*row->missing) : NULL);
    RecordNames names = {record, spec, observed, busy, row->missing != NULL ? missing : NULL};
    g_autofree char *before = format(record);
    gboolean is_changed = record_follow_names(&names);
    g_autofree char *after = format(record);
    g_autofree char *blocks = expand(row->wanted);
    g_autofree char *wanted = g_strconcat(FIRST, blocks, NULL);
    ck_assert_str_eq(after, wanted);
    ck_assert_int_eq(is_changed, strcmp(before, after) != 0);
    check_index(record);
    ck_assert_msg(!record_follow_names(&names), "it is changed twice");
}

START_TEST(test_follow)
{
    check_case(&cases[_i], FALSE);
    check_case(&cases[_i], TRUE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_names");
    TCase *following = tcase_create("following");
    tcase_add_loop_test(following, test_follow, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(suite, following);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
