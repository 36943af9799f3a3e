/* The written config: golden cases, what Xen's own parser reads in it, what is refused, and its
 * comment.
 *
 * A golden case is a folder of tests/golden/config with a spec.yaml and, for each domain of it,
 * DOMAIN.cfg. UPDATE_GOLDEN=1 in the environment writes the configs anew, and fails: look at the
 * difference. */
#include "tests/unit/random_spec.h"
#include "tests/unit/spec_from_text.h"
#include "tests/unit/xen_oracle.h"
#include "xenbackend/xen_config.h"

#include <check.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#define UUID_OF_TEST "11111111-2222-4333-8444-555555555555"

static GPtrArray *cases; /* names of folders */

static char *golden_path(const char *name, const char *file)
{
    return g_build_filename(g_getenv("TESTS_ROOT"), "golden", "config", name, file, NULL);
}

static Spec *read_right_spec(const char *name, const char *text, gsize length)
{
    g_autoptr(Problems) problems = problems_new();
    Spec *spec = spec_from_text(name, text, length, problems);
    ck_assert_msg(problems_count_errors(problems) == 0, "%s:%u: %s", name,
                  problems_get(problems, 0)->where.line, problems_get(problems, 0)->message);
    return spec;
}

static void check_agrees(const Domain *domain, const char *uuid, const char *text)
{
    g_autoptr(GString) why = g_string_new(NULL);
    ck_assert_msg(xen_oracle_agrees(domain, uuid, text, why), "%s: %s", domain->name, why->str);
}

static void check_golden_domain(const char *name, const Domain *domain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    ck_assert_msg(xen_config_write(&xl_dialect, domain, domain->uuid, text, &error), "%s",
                  error != NULL ? error->message : "");
    check_agrees(domain, domain->uuid, text->str);

    g_autofree char *file = g_strconcat(domain->name, ".cfg", NULL);
    g_autofree char *path = golden_path(name, file);
    g_autofree char *golden = NULL;
    if (g_getenv("UPDATE_GOLDEN") != NULL) {
        ck_assert(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
        return;
    }
    ck_assert_msg(g_file_get_contents(path, &golden, NULL, &error), "%s",
                  error != NULL ? error->message : "");
    g_autofree char *wanted = g_strescape(golden, NULL);
    g_autofree char *found = g_strescape(text->str, NULL);
    ck_assert_msg(strcmp(wanted, found) == 0, "%s: expected \"%s\", found \"%s\"", path, wanted,
                  found);
}

START_TEST(test_golden)
{
    ck_assert_msg(cases->len > 0, "no golden case found");
    const char *name = g_ptr_array_index(cases, (guint)_i);
    g_autofree char *path = golden_path(name, "spec.yaml");
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert_msg(g_file_get_contents(path, &text, &length, NULL), "%s: cannot be read", path);
    g_autoptr(Spec) spec = read_right_spec(path, text, length);
    ck_assert_uint_ge(spec->domains->len, 1);
    for (guint i = 0; i < spec->domains->len; i++) {
        check_golden_domain(name, g_ptr_array_index(spec->domains, i));
    }
    ck_assert_msg(g_getenv("UPDATE_GOLDEN") == NULL, "%s: written, look at the difference", name);
    g_autofree char *folder = golden_path(name, NULL);
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    guint count = 0;
    for (const char *file = g_dir_read_name(files); file != NULL; file = g_dir_read_name(files)) {
        count += !g_str_has_suffix(file, ".xm.cfg"); /* those are another test's */
    }
    ck_assert_msg(count == spec->domains->len + 1, "%s: %u files for %u domains", folder, count,
                  spec->domains->len);
}
END_TEST

/* Puts down each key of a device that the domain has. */
static void note_parts(const Domain *domain, GHashTable *parts)
{
    for (guint key = 0; key < domain_keys.count; key++) {
        const Value *devices = domain_get(domain, key);
        for (guint i = 0;
             domain_keys.rows[key].type == TYPE_TABLE && devices != NULL && i < devices->count;
             i++) {
            const Settings *device = devices->items[i].table;
            for (guint j = 0; j < device->count; j++) {
                g_hash_table_add(parts, (gpointer)&device->table->rows[device->values[j].key]);
            }
        }
    }
}

static void check_all_parts(GHashTable *parts)
{
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyTable *table = domain_keys.rows[key].table;
        for (guint i = 0; table != NULL && i < table->count; i++) {
            const KeyRow *part = &table->rows[i];
            /* Xen's disk parser here may be as old as this. */
            gboolean is_too_new = table == &disk_keys && part->since > XEN_RELEASE(4, 17);
            ck_assert_msg(is_too_new || g_hash_table_contains(parts, part),
                          "no domain has a '%s' with '%s'", domain_keys.rows[key].name, part->name);
        }
    }
}

/* The random domains of one seed. That they are legal is asked before keys of theirs can
 * contradict. */
START_TEST(test_random_domains)
{
    static guint8 written[DOMAIN_KEY_COUNT];
    RandomSpec to = {.random = g_rand_new_with_seed((guint32)_i + 1)};
    g_autoptr(GString) yaml = g_string_new("xensure: 1\nfleet: random\ndomains:\n");
    for (guint i = 0; i < 200; i++) {
        random_spec_add_domain(&to, i, yaml, written);
    }
    g_rand_free(to.random);
    g_autoptr(GBytes) bytes = g_bytes_new(yaml->str, yaml->len);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local("random", bytes));
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Spec) spec = spec_new();
    spec_read_source(spec, texts, NULL, problems);
    ck_assert_msg(problems_count(problems) == 0, "%s", problems_get(problems, 0)->message);
    spec_finish(spec, NULL, problems);
    ck_assert_uint_eq(spec->domains->len, 200);
    g_autoptr(GHashTable) parts = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        ck_assert_msg(xen_config_write(&xl_dialect, domain, domain->uuid, text, &error), "%s",
                      error != NULL ? error->message : "");
        check_agrees(domain, domain->uuid, text->str);
        note_parts(domain, parts);
    }
    check_all_parts(parts);
    for (guint key = 0; key < domain_keys.count; key++) {
        ck_assert_msg(written[key] || domain_keys.rows[key].xl_name == NULL, "no domain has '%s'",
                      domain_keys.rows[key].name);
    }
}
END_TEST

/* A domain with a device of each kind and all texts, to put hostile ones in behind spec/'s back. */
static const char full_domain[] =
    "xensure: 1\nfleet: lab\ndomains:\n"
    "  full:\n"
    "    type: pv\n    memory: 64\n    kernel: /k\n    ramdisk: /r\n    cmdline: c\n"
    "    cpus: all\n    bootloader: pygrub\n"
    "    disks: [{vdev: xvda, path: /p, script: s}, {vdev: xvdb, path: /q}]\n"
    "    vifs: [{mac: 00:16:3e:00:00:01, bridge: b, ip: i, vifname: v, script: s}]\n"
    "    xen: {smbios: [a, b], spicehost: p}\n";

typedef struct {
    const KeyRow *row;
    const KeyRow *part; /* of a device */
    gboolean is_raw;
} TextPlace;

static GArray *text_places; /* of TextPlace: each key that can hold a free text */

static gboolean holds_text(const KeyRow *row)
{
    return row->xl_name != NULL && (row->type == TYPE_TEXT || row->type == TYPE_PATH ||
                                    row->type == TYPE_MAC || row->type == TYPE_NAME);
}

static void find_text_places(void)
{
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        TextPlace place = {row, NULL, row->type == TYPE_RAW_MAP};
        if (holds_text(row) || place.is_raw) {
            g_array_append_val(text_places, place);
        }
        for (guint i = 0; row->table != NULL && i < row->table->count; i++) {
            place.part = &row->table->rows[i];
            if (holds_text(place.part)) {
                g_array_append_val(text_places, place);
            }
        }
    }
}

/* A list with one device, of which nothing is said. */
static Value one_device(guint key, const KeyTable *table)
{
    Value list = {.key = (guint16)key, .form = FORM_LIST, .count = 1};
    list.items = g_new0(Value, 1);
    list.items[0] = (Value){.key = (guint16)key, .form = FORM_TABLE, .table = settings_new(table)};
    return list;
}

/* Sets the text in a domain of its own. */
static void put_text(Domain *domain, const TextPlace *place, const char *text)
{
    guint key = key_table_index(&domain_keys, place->row);
    Value value = {.key = (guint16)key, .form = FORM_TEXT, .text = text};
    if (place->is_raw) {
        value = value_copy(domain_get(domain, key));
        value.items[1].items[0].text = text; /* within a list */
        value.items[3].text = text;
    } else if (place->part != NULL) {
        const Value *present = domain_get(domain, key);
        value = present != NULL ? value_copy(present) : one_device(key, place->row->table);
        Settings *device = value.items[0].table;
        Value part = {.form = FORM_TEXT, .text = text};
        part.key = (guint16)key_table_index(device->table, place->part);
        settings_set(device, &part);
    }
    domain_set(domain, &value);
}

/* Either it is refused, by the name of its key, or Xen reads it back, and no other key beside. */
static gboolean write_text(const TextPlace *place, const char *text)
{
    g_autoptr(Spec) spec = read_right_spec("full", full_domain, strlen(full_domain));
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new("before\n");
    Domain *domain = spec_find(spec, "full");
    put_text(domain, place, text);
    gboolean is_written = xen_config_write(&xl_dialect, domain, UUID_OF_TEST, out, &error);
    if (is_written) {
        check_agrees(domain, UUID_OF_TEST, out->str + strlen("before\n"));
    } else {
        const char *name = place->part != NULL ? place->part->name : place->row->name;
        ck_assert(g_error_matches(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE));
        ck_assert_msg(strstr(error->message, name) != NULL, "no '%s' in: %s", name, error->message);
        ck_assert_ptr_null(strchr(error->message, '\n'));
        ck_assert_str_eq(out->str, "before\n");
    }
    return is_written;
}

START_TEST(test_no_text_gets_out_of_its_place)
{
    const TextPlace *place = &g_array_index(text_places, TextPlace, (guint)_i);
    for (guint i = 0; hostile_texts[i] != NULL; i++) {
        gboolean is_written = write_text(place, hostile_texts[i]);
        gboolean is_device = place->part != NULL;
        ck_assert_msg(is_written || is_device, "'%s' refuses hostile text %u", place->row->name, i);
    }
}
END_TEST

START_TEST(test_line_ends_and_tabs_are_escaped)
{
    const TextPlace *place = &g_array_index(text_places, TextPlace, (guint)_i);
    static const char *const texts[] = {"a\nb = 1", "a\rb", "a\tb", "\n", "\r\n#"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        ck_assert_int_eq(write_text(place, texts[i]), place->part == NULL);
    }
}
END_TEST

START_TEST(test_what_no_file_can_carry_is_refused)
{
    const TextPlace *place = &g_array_index(text_places, TextPlace, (guint)_i);
    static const char *const texts[] = {"\x01",   "a\x1b[0m",     "\x7f",         "a\xff",
                                        "\xc3",   "\xc2\x85",     "\xe2\x80\xa8", "\xe2\x80\xae",
                                        "a\x0b ", "\xed\xa0\x80", "\xc0\x80"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        ck_assert_msg(!write_text(place, texts[i]), "%s takes text %u", place->row->name, i);
    }
}
END_TEST

static const struct {
    const char *text;
    gboolean in_target; /* `target=` takes the rest of the string */
    gboolean in_another;
} device_texts[] = {
    {"", FALSE, FALSE},          {" a", FALSE, FALSE}, {"a,b", TRUE, FALSE}, {"a,", FALSE, FALSE},
    {",script=/e", TRUE, FALSE}, {"a b", TRUE, TRUE},  {"a=b", TRUE, TRUE},  {"a\"b\\", TRUE, TRUE},
};

START_TEST(test_device_strings)
{
    for (guint i = 0; i < text_places->len; i++) {
        const TextPlace *place = &g_array_index(text_places, TextPlace, i);
        if (place->part != NULL) {
            gboolean is_right = place->part->is_last_in_string ? device_texts[_i].in_target
                                                               : device_texts[_i].in_another;
            ck_assert_msg(write_text(place, device_texts[_i].text) == is_right, "'%s' in '%s'",
                          device_texts[_i].text, place->part->name);
        }
    }
}
END_TEST

/* The last line of a config with one raw key; NULL: refused. */
static char *write_raw(const char *name, gint64 integer)
{
    g_autoptr(Spec) spec = read_right_spec("full", full_domain, strlen(full_domain));
    Domain *domain = spec_find(spec, "full");
    Value items[2] = {{.form = FORM_TEXT, .text = name}, {.integer = integer}};
    Value map = {.key = DOMAIN_KEY_xen, .form = FORM_MAP, .count = 2, .items = items};
    Value own = value_copy(&map);
    g_autoptr(GString) out = g_string_new(NULL);
    domain_set(domain, &own);
    if (!xen_config_write(&xl_dialect, domain, UUID_OF_TEST, out, NULL)) {
        return NULL;
    }
    check_agrees(domain, UUID_OF_TEST, out->str);
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    return g_strdup(lines[g_strv_length(lines) - 2]);
}

START_TEST(test_negative_numbers_are_quoted)
{
    g_autofree char *negative = write_raw("rtc_timeoffset", -3600);
    g_autofree char *positive = write_raw("rtc_timeoffset", 3600);
    ck_assert_str_eq(negative, "rtc_timeoffset = \"-3600\"");
    ck_assert_str_eq(positive, "rtc_timeoffset = 3600");
}
END_TEST

static const char *const wrong_identifiers[] = {"",    "A",  "a b", "a=1\nb", "_a",
                                                ".a",  "1a", "a-b", "a\n",    "#a",
                                                "a;b", "[",  "\"a", "aB",     "a\xc3\xa4"};

START_TEST(test_raw_keys_are_identifiers)
{
    g_autofree char *text = write_raw(wrong_identifiers[_i], 1);
    ck_assert_msg(text == NULL, "identifier %d is taken", _i);
}
END_TEST

/* Without this, the oracle might compare no keys at all. */
START_TEST(test_oracle_sees_what_differs)
{
    static const struct {
        const char *from, *to;
    } changes[] = {
        {"cmdline = \"c\"", "cmdline = \"d\""},
        {"memory = 64", "memory = 65"},
        {"name = \"full\"", "name = \"Full\""},
        {"memory = 64\n", ""},
        {"memory = 64\n", "memory = 64\nextra_key = 1\n"},
        {"memory = 64\n", "memory = 32\nmemory = 64\n"},
        {"script=s,target=/p", "target=/p"},
        {"target=/p", "target=/p,,"},
        {"access=rw", "access=ro"},
        {"format=raw", "format=vhd"},
        {"vdev=xvda", "vdev=xvdc"},
        {"vdev=xvda", "cdrom,vdev=xvda"},
        {"bridge=b", "bridge=b,script=/e"},
        {"bridge=b,", ""},
        {"mac=00:16:3e:00:00:01", "mac=00:16:3e:00:00:02"},
        {"[\"a\", \"b\"]", "[\"a\"]"},
        {"[\"a\", \"b\"]", "\"a\""},
        {"\"full\"", "\"full"},
    };
    g_autoptr(Spec) spec = read_right_spec("full", full_domain, strlen(full_domain));
    const Domain *domain = spec_find(spec, "full");
    g_autoptr(GString) text = g_string_new(NULL);
    ck_assert(xen_config_write(&xl_dialect, domain, UUID_OF_TEST, text, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GString) why = g_string_new(NULL);
        g_autoptr(GString) changed = g_string_new(text->str);
        guint count = g_string_replace(changed, changes[i].from, changes[i].to, 1);
        ck_assert_msg(count == 1, "change %u finds nothing", i);
        ck_assert_msg(!xen_oracle_agrees(domain, UUID_OF_TEST, changed->str, why),
                      "change %u is not seen", i);
        ck_assert_uint_gt(why->len, 0);
    }
}
END_TEST

static const struct {
    const char *origin, *shown;
} origins[] = {
    {"fleet lab, generation 42", "fleet lab, generation 42"},
    {"a\nimport os", "a?import os"},
    {"coding: utf-7", "coding? utf-7"},
    {"coding=rot13", "coding?rot13"},
    {"https://localhost:8443/encoding:a", "https://localhost:8443/encoding?a"},
    {"\xc3\xa4\x01", "???"},
    {"", ""},
};

START_TEST(test_comment_is_one_line_and_ours)
{
    g_autoptr(GString) text = g_string_new(NULL);
    xen_config_write_comment(UUID_OF_TEST, origins[_i].origin, text);
    g_autofree char *first =
        g_strconcat("# xensure: uuid " UUID_OF_TEST ", from ", origins[_i].shown, "\n# ", NULL);
    ck_assert_msg(g_str_has_prefix(text->str, first), "found: %.200s", text->str + 60);
    g_string_append(text, "name = \"a\"\n# not of the comment\n");
    char uuid[UUID_SIZE] = "";
    ck_assert(xen_config_is_ours(text->str, text->len, uuid));
    ck_assert_str_eq(uuid, UUID_OF_TEST);
    gsize length = text->len;
    const char *body = xen_config_skip_comment(text->str, &length);
    ck_assert_str_eq(body, "name = \"a\"\n# not of the comment\n");
    ck_assert_uint_eq(length, strlen(body));
    g_autofree char *digest = xen_config_digest(text->str, text->len);
    g_autofree char *body_digest = xen_config_digest(body, length);
    ck_assert_str_eq(digest, body_digest);
    ck_assert_uint_eq(strlen(digest), 64);
}
END_TEST

static const char *const foreign_texts[] = {
    "",
    "name = \"a\"\n",
    "# xensure: uuid ",
    "# xensure: uuid 11111111-2222-4333-8444-555555555555",
    "# xensure: uuid 11111111-2222-4333-8444-555555555555, by ",
    "# xensure: uuid 11111111-2222-4333-8444-55555555555G, from x\n",
    "# xensure: uuid 11111111-2222-4333-8444-55555555555A, from x\n",
    " # xensure: uuid 11111111-2222-4333-8444-555555555555, from x\n",
    "\n# xensure: uuid 11111111-2222-4333-8444-555555555555, from x\n",
};

START_TEST(test_files_of_others_are_not_ours)
{
    char uuid[UUID_SIZE] = "untouched";
    /* A copy of the exact size, so that reading beyond it is found. */
    gsize length = strlen(foreign_texts[_i]);
    g_autofree char *text = g_memdup2(foreign_texts[_i], length);
    ck_assert(!xen_config_is_ours(text, length, uuid));
    ck_assert_str_eq(uuid, "untouched");
}
END_TEST

START_TEST(test_comment_can_be_all)
{
    static const struct {
        const char *text;
        gsize body;
    } texts[] = {{"", 0}, {"#", 0}, {"# a\n#", 0}, {"# a\n\n#", 2}, {"a\n#", 3}};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        gsize length = strlen(texts[i].text);
        g_autofree char *text = g_memdup2(texts[i].text, length);
        xen_config_skip_comment(text, &length);
        ck_assert_uint_eq(length, texts[i].body);
    }
}
END_TEST

static gint compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void find_cases(void)
{
    g_autofree char *folder = golden_path(NULL, NULL);
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    for (const char *name = names != NULL ? g_dir_read_name(names) : NULL; name != NULL;
         name = g_dir_read_name(names)) {
        g_ptr_array_add(cases, g_strdup(name));
    }
    g_ptr_array_sort(cases, compare_names);
}

static TCase *make_text_cases(void)
{
    TCase *tcase = tcase_create("texts");
    int places = (int)text_places->len;
    tcase_add_loop_test(tcase, test_no_text_gets_out_of_its_place, 0, places);
    tcase_add_loop_test(tcase, test_line_ends_and_tabs_are_escaped, 0, places);
    tcase_add_loop_test(tcase, test_what_no_file_can_carry_is_refused, 0, places);
    tcase_add_loop_test(tcase, test_device_strings, 0, G_N_ELEMENTS(device_texts));
    tcase_add_test(tcase, test_negative_numbers_are_quoted);
    tcase_add_loop_test(tcase, test_raw_keys_are_identifiers, 0, G_N_ELEMENTS(wrong_identifiers));
    return tcase;
}

static TCase *make_comment_cases(void)
{
    TCase *tcase = tcase_create("comment");
    tcase_add_loop_test(tcase, test_comment_is_one_line_and_ours, 0, G_N_ELEMENTS(origins));
    tcase_add_loop_test(tcase, test_files_of_others_are_not_ours, 0, G_N_ELEMENTS(foreign_texts));
    tcase_add_test(tcase, test_comment_can_be_all);
    return tcase;
}

int main(void)
{
    cases = g_ptr_array_new_with_free_func(g_free);
    text_places = g_array_new(FALSE, FALSE, sizeof(TextPlace));
    find_cases();
    find_text_places();
    Suite *suite = suite_create("xen_config");
    TCase *golden = tcase_create("golden");
    tcase_add_loop_test(golden, test_golden, 0, (int)MAX(cases->len, 1));
    tcase_add_loop_test(golden, test_random_domains, 0, 20);
    tcase_add_test(golden, test_oracle_sees_what_differs);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, make_text_cases());
    suite_add_tcase(suite, make_comment_cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_array_unref(text_places);
    g_ptr_array_unref(cases);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
