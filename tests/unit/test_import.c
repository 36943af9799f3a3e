/* Config files of others taken over, and domains that run.
 *
 * A golden case is a folder of tests/golden/import with config files (*.cfg) or what `xl list -l`
 * printed of a domain (*.json; taken for a paused one with `paused` in its name), and maybe a file
 * `target`, which says for which toolstack (xl or xm; xl). Expected are spec.yaml and notes.txt:
 * what is refused, what is left out, what our own reader says of the spec, and whether it is whole.
 * UPDATE_GOLDEN=1 in the environment writes them anew, and fails: look at the difference.
 *
 * What is imported and written again means to Xen's own parser what the file meant. */
#include "reconcile/seen_settings.h"
#include "spec/spec_text.h"
#include "tests/unit/import_oracle.h"
#include "tests/unit/random_spec.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_import_running.h"
#include "xenbackend/xen_import_spec.h"
#include "xenbackend/xen_list_long.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static GPtrArray *cases; /* names of folders */

static char *golden_path(const char *name, const char *file)
{
    return g_build_filename(g_getenv("TESTS_ROOT"), "golden", "import", name, file, NULL);
}

static gint compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The names in a folder that end so, in the order of their bytes. */
static GPtrArray *names_in(const char *folder, const char *end)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    for (const char *name = files != NULL ? g_dir_read_name(files) : NULL; name != NULL;
         name = g_dir_read_name(files)) {
        if (g_str_has_suffix(name, end)) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static char *read_file(const char *path, gsize *length)
{
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, length, NULL), "cannot read %s", path);
    return text;
}

/* Is the whole of it left out? */
static gboolean is_left_out(const ImportedDomain *domain)
{
    for (guint i = 0; i < domain->notes->len; i++) {
        const ImportNote *note = g_ptr_array_index(domain->notes, i);
        if (note->key == NULL && g_str_has_prefix(note->reason, "left out")) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The names that a domain's notes have: what may be missing. */
static GHashTable *left_out_of(const ImportedDomain *domain)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < domain->notes->len; i++) {
        const ImportNote *note = g_ptr_array_index(domain->notes, i);
        if (note->key != NULL) {
            g_hash_table_add(names, note->key);
        }
    }
    return names;
}

static void check_meaning(const Spec *spec, const ImportedDomain *imported, const char *original)
{
    const Domain *domain = imported->name != NULL ? spec_find(spec, imported->name) : NULL;
    g_autoptr(GHashTable) left_out = left_out_of(imported);
    g_autoptr(GString) written = g_string_new(NULL);
    g_autoptr(GString) why = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    if (domain == NULL || is_left_out(imported)) {
        return;
    }
    ck_assert_msg(xen_config_write(&xl_dialect, domain, domain->uuid, written, &error), "%s",
                  error != NULL ? error->message : "");
    ck_assert_msg(import_oracle_agrees(original, written->str, left_out, why), "%s: %s",
                  imported->source, why->str);
}

static void check_file(const char *name, const char *file, const char *found)
{
    g_autofree char *path = golden_path(name, file);
    if (g_getenv("UPDATE_GOLDEN") != NULL) {
        ck_assert(g_file_set_contents(path, found, -1, NULL));
        return;
    }
    gsize length = 0;
    g_autofree char *golden = read_file(path, &length);
    g_autofree char *wanted = g_strescape(golden, NULL);
    g_autofree char *escaped = g_strescape(found, NULL);
    ck_assert_msg(strcmp(wanted, escaped) == 0, "%s: expected \"%s\", found \"%s\"", path, wanted,
                  escaped);
}

typedef struct {
    XenDialect target;
    GPtrArray *rows;    /* of ObservedDomain: what domains that run stand on */
    GPtrArray *domains; /* of ImportedDomain */
    GPtrArray *texts;   /* of char, beside each domain: its file, or NULL where it is xm's */
    GString *notes;
} ImportCase;

static void import_file(ImportCase *import_case, const char *name, const char *file)
{
    XenConfigTrouble trouble = {0};
    g_autofree char *path = golden_path(name, file);
    gsize length = 0;
    g_autofree char *text = read_file(path, &length);
    ImportedDomain *domain = xen_import_text(file, text, length, import_case->target, &trouble);
    ck_assert((domain == NULL) == (trouble.message != NULL));
    if (domain == NULL) {
        g_string_append_printf(import_case->notes, "%s:%u:%u: %s\n", file, trouble.line,
                               trouble.column, trouble.message);
        g_free(trouble.message);
        return;
    }
    const ImportNote *first = domain->notes->len > 0 ? g_ptr_array_index(domain->notes, 0) : NULL;
    gboolean is_xm = import_case->target == XEN_DIALECT_XM ||
                     (first != NULL && g_str_has_prefix(first->reason, "read as xm"));
    imported_domain_note_macs(domain);
    g_ptr_array_add(import_case->domains, domain);
    g_ptr_array_add(import_case->texts, is_xm ? NULL : g_steal_pointer(&text));
}

static char *find_text(const char *json, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    ck_assert_msg(g_regex_match(regex, json, 0, &match), "no %s", pattern);
    return g_match_info_fetch(match, 1);
}

static void import_running(ImportCase *import_case, const char *name, const char *file)
{
    g_autofree char *path = golden_path(name, file);
    gsize length = 0;
    g_autofree char *json = read_file(path, &length);
    g_autofree char *domid = find_text(json, "\"domid\": ([0-9]+)");
    g_autofree char *uuid = find_text(json, "\"uuid\": \"([-0-9a-f]+)\"");
    g_autofree char *trouble = NULL;
    ObservedDomain *row = observed_domain_new();
    row->domid = (guint32)g_ascii_strtoull(domid, NULL, 10);
    row->name = find_text(json, "\"name\": \"([^\"]+)\"");
    row->is_paused = strstr(file, "paused") != NULL;
    g_strlcpy(row->uuid, uuid, sizeof row->uuid);
    ck_assert_msg(xen_list_long_parse(json, length, row, &trouble), "%s: %s", file, trouble);
    ImportedDomain *domain = xen_import_running(row);
    imported_domain_identify(domain, row, TRUE);
    g_ptr_array_add(import_case->rows, row);
    g_ptr_array_add(import_case->domains, domain);
    g_ptr_array_add(import_case->texts, NULL);
}

/* What was imported of what runs does not differ from it. */
static void check_running(const ImportCase *import_case, const Spec *spec)
{
    for (guint i = 0; i < import_case->rows->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(import_case->rows, i);
        const ImportedDomain *imported = g_ptr_array_index(import_case->domains, i);
        const Domain *domain = imported->is_lacking ? NULL : spec_find(spec, row->name);
        for (guint key = 0; domain != NULL && key < domain_keys.count; key++) {
            g_auto(SeenValue) have = {0};
            ck_assert_msg(!seen_differs(row, domain, key, &have), "%s: %s differs", row->name,
                          domain_keys.rows[key].name);
        }
    }
}

static void format_spec(const ImportedSpec *spec, GString *notes)
{
    problems_format(spec->problems, notes, FALSE);
    g_string_append_printf(notes, "whole: %s\n", spec->is_whole ? "yes" : "no");
}

START_TEST(test_golden)
{
    ck_assert_msg(cases->len > 0, "no golden case found");
    const char *name = g_ptr_array_index(cases, (guint)_i);
    g_autofree char *folder = golden_path(name, NULL);
    g_autofree char *target = golden_path(name, "target");
    g_autoptr(GPtrArray) files = names_in(folder, ".cfg");
    g_autoptr(GPtrArray) running = names_in(folder, ".json");
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)observed_domain_free);
    g_autoptr(GPtrArray) domains =
        g_ptr_array_new_with_free_func((GDestroyNotify)imported_domain_free);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) notes = g_string_new(NULL);
    ImportCase import_case = {g_file_test(target, G_FILE_TEST_EXISTS) ? XEN_DIALECT_XM
                                                                      : XEN_DIALECT_XL,
                              rows, domains, texts, notes};
    ck_assert_uint_gt(files->len + running->len, 0);
    for (guint i = 0; i < files->len; i++) {
        import_file(&import_case, name, g_ptr_array_index(files, i));
    }
    for (guint i = 0; i < running->len; i++) {
        import_running(&import_case, name, g_ptr_array_index(running, i));
    }
    g_autoptr(ImportedSpec) spec = xen_import_spec(NULL, "lab", domains);
    for (guint i = 0; i < domains->len; i++) {
        imported_domain_format_notes(g_ptr_array_index(domains, i), notes);
        if (g_ptr_array_index(texts, i) != NULL && problems_count_errors(spec->problems) == 0) {
            check_meaning(spec->spec, g_ptr_array_index(domains, i), g_ptr_array_index(texts, i));
        }
    }
    check_running(&import_case, spec->spec);
    format_spec(spec, notes);
    check_file(name, "spec.yaml", spec->text);
    check_file(name, "notes.txt", notes->str);
    ck_assert_msg(g_getenv("UPDATE_GOLDEN") == NULL, "%s: written, look at the difference", name);
}
END_TEST

/* ---- what we write ourselves ---- */

static Spec *read_spec(const char *name, const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_autoptr(Problems) problems = problems_new();
    g_ptr_array_add(texts, trusted_text_new_local(name, bytes));
    Spec *spec = spec_new();
    spec_read_source(spec, texts, NULL, problems);
    ck_assert_msg(problems_count(problems) == 0, "%s: %s", name,
                  problems_get(problems, 0)->message);
    spec_finish(spec, NULL, problems);
    return spec;
}

/* Is the key one that a config of this domain says, as the domain has it? */
static gboolean is_carried(const Domain *domain, guint key)
{
    const KeyRow *row = &domain_keys.rows[key];
    guint guest = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    gboolean is_boot = key == DOMAIN_KEY_ramdisk || key == DOMAIN_KEY_root ||
                       key == DOMAIN_KEY_cmdline || key == DOMAIN_KEY_kernel;
    return (row->xl_name != NULL || row->type == TYPE_RAW_MAP) &&
           (row->guests == 0 || (row->guests & guest) != 0) && key != DOMAIN_KEY_uuid &&
           !(is_boot && guest == GUEST_HVM);
}

/* What is written may come back unsaid: what the toolstack takes anyway, a flag that is down, and
 * how a CD-ROM drive is accessed. */
static gboolean is_unsaid(const Settings *device, guint key)
{
    const Value *value = settings_get(device, key);
    gboolean is_flag_down =
        value != NULL && device->table->rows[key].type == TYPE_BOOLEAN && value->integer == 0;
    gboolean is_drive_access = device->table == &disk_keys && key == DISK_KEY_access &&
                               settings_own(device, DISK_KEY_devtype) != NULL;
    return is_drive_access || is_flag_down ||
           value_equal(device->table, value,
                       key_table_toolstack_default(device->table, key, FALSE));
}

/* Devices come back without what the guest's type does not have, and disks with the name that xl
 * has for xm's drivers. */
static gboolean is_same_device(const Settings *wanted, const Settings *found, guint guest)
{
    for (guint key = 0; key < wanted->table->count; key++) {
        const KeyRow *row = &wanted->table->rows[key];
        gboolean is_driver =
            wanted->table == &disk_keys && (key == DISK_KEY_driver || key == DISK_KEY_backendtype);
        gboolean is_other_guests = row->guests != 0 && (row->guests & guest) == 0;
        if (row->xl_name == NULL || is_driver || is_other_guests) {
            continue;
        }
        gboolean is_equal =
            value_equal(wanted->table, settings_get(wanted, key), settings_get(found, key));
        if (!is_equal && !(is_unsaid(wanted, key) && settings_own(found, key) == NULL)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void check_carried(const Domain *domain, const ImportedDomain *imported, guint key)
{
    const KeyRow *row = &domain_keys.rows[key];
    const Value *wanted = domain_get(domain, key);
    const Value *found = settings_get(imported->settings, key);
    guint guest = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    gboolean is_same = row->type == TYPE_TABLE || value_equal(&domain_keys, wanted, found);
    if (row->type == TYPE_TABLE) {
        guint count = wanted != NULL ? wanted->count : 0;
        is_same = count == (found != NULL ? found->count : 0);
        for (guint i = 0; is_same && i < count; i++) {
            is_same = is_same_device(wanted->items[i].table, found->items[i].table, guest);
        }
    }
    g_autoptr(GString) one = g_string_new(NULL);
    g_autoptr(GString) other = g_string_new(NULL);
    if (!is_same && wanted != NULL) {
        value_format(&domain_keys, wanted, one);
    }
    if (!is_same && found != NULL) {
        value_format(&domain_keys, found, other);
    }
    ck_assert_msg(is_same, "%s: %s: %s became %s", domain->name, row->name, one->str, other->str);
}

/* The config of a random domain says again what the domain does. */
START_TEST(test_our_own_configs)
{
    static guint8 written[DOMAIN_KEY_COUNT];
    RandomSpec to = {.random = g_rand_new_with_seed((guint32)_i + 100)};
    g_autoptr(GString) yaml = g_string_new("xensure: 1\nfleet: random\ndomains:\n");
    for (guint i = 0; i < 60; i++) {
        random_spec_add_domain(&to, i, yaml, written);
    }
    g_rand_free(to.random);
    g_autoptr(Spec) spec = read_spec("random", yaml->str);
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        g_autoptr(GString) text = g_string_new(NULL);
        XenConfigTrouble trouble = {0};
        ck_assert(xen_config_write(&xl_dialect, domain, domain->uuid, text, NULL));
        g_autoptr(ImportedDomain) imported =
            xen_import_text("random", text->str, text->len, XEN_DIALECT_XL, &trouble);
        ck_assert_msg(imported != NULL, "%s", trouble.message);
        ck_assert_str_eq(imported->name, domain->name);
        for (guint key = 0; key < domain_keys.count; key++) {
            if (is_carried(domain, key)) {
                check_carried(domain, imported, key);
            }
        }
    }
}
END_TEST

/* Compares line by line: a whole canonical form is longer than the message of a check can be. */
static void check_same_lines(const char *wanted, const char *found)
{
    g_auto(GStrv) wanted_lines = g_strsplit(wanted, "\n", -1);
    g_auto(GStrv) found_lines = g_strsplit(found, "\n", -1);
    for (guint i = 0; wanted_lines[i] != NULL && found_lines[i] != NULL; i++) {
        ck_assert_str_eq(found_lines[i], wanted_lines[i]);
    }
    ck_assert_uint_eq(g_strv_length(found_lines), g_strv_length(wanted_lines));
}

/* WANTED has what is in FOUND, and as the same. */
static void check_domains(const Spec *wanted, const Spec *found)
{
    for (guint i = 0; i < found->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(found->domains, i);
        g_autoptr(GString) wanted_text = g_string_new(NULL);
        g_autoptr(GString) found_text = g_string_new(NULL);
        domain_format_canonical(spec_find(wanted, domain->name), wanted_text);
        domain_format_canonical(domain, found_text);
        check_same_lines(wanted_text->str, found_text->str);
    }
}

static Spec *make_random_spec(guint32 seed)
{
    static guint8 written[DOMAIN_KEY_COUNT];
    RandomSpec to = {.random = g_rand_new_with_seed(seed)};
    g_autoptr(GString) yaml = g_string_new("xensure: 1\nfleet: random\ndomains:\n");
    for (guint i = 0; i < 6; i++) {
        g_string_append_printf(yaml, "  a%u: {type: pv, memory: 64, kernel: /k%u, vcpus: %u}\n", i,
                               i / 4, i % 2 + 1);
        random_spec_add_domain(&to, i, yaml, written);
    }
    g_rand_free(to.random);
    return read_spec("random", yaml->str);
}

static const char *const written_comments[] = {"a comment", "of\ntwo lines: \x01", NULL};

/* Of each COMMENTED domains, the second stands in a comment; 0: none does. */
static GPtrArray *texts_of(const Spec *spec, guint commented)
{
    GPtrArray *domains = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        const SpecTextDomain text = {domain->name, domain->own, written_comments,
                                     commented != 0 && i % commented == 1};
        g_ptr_array_add(domains, g_memdup2(&text, sizeof text));
    }
    return domains;
}

/* What is written for people reads back as the same, with profiles and without. */
START_TEST(test_written_specs)
{
    g_autoptr(Spec) spec = make_random_spec((guint32)_i + 200);
    g_autoptr(GPtrArray) domains = texts_of(spec, 0);
    for (guint with_profile = 0; with_profile < 2; with_profile++) {
        g_autoptr(GString) text = g_string_new(NULL);
        spec_text_write(written_comments, "random", domains, with_profile != 0, text);
        g_autoptr(Spec) again = read_spec("written", text->str);
        ck_assert_uint_eq(again->domains->len, spec->domains->len);
        check_domains(spec, again);
    }
}
END_TEST

/* A domain in a comment is none; without the "# " in front of its lines it is as it was. */
START_TEST(test_commented_domains)
{
    g_autoptr(Spec) spec = make_random_spec((guint32)_i + 300);
    for (guint with_profile = 0; with_profile < 2; with_profile++) {
        g_autoptr(GPtrArray) domains = texts_of(spec, 3);
        g_autoptr(GString) text = g_string_new(NULL);
        spec_text_write(NULL, "random", domains, with_profile != 0, text);
        g_autoptr(Spec) some = read_spec("written", text->str);
        ck_assert_uint_eq(some->domains->len, 8);
        check_domains(spec, some);
        g_string_replace(text, "\n# ", "\n", 0);
        g_autoptr(Spec) all = read_spec("written", text->str);
        ck_assert_uint_eq(all->domains->len, 12);
        check_domains(spec, all);
    }
}
END_TEST

START_TEST(test_nothing_but_comments)
{
    g_autoptr(Settings) settings = settings_new(&domain_keys);
    SpecTextDomain domain = {"a", settings, NULL, TRUE};
    g_autoptr(GPtrArray) domains = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);
    g_ptr_array_add(domains, &domain);
    spec_text_write(NULL, "lab", domains, TRUE, text);
    ck_assert_str_eq(text->str, "xensure: 1\nfleet: lab\n\ndomains: {}\n#   a:\n#     {}\n");
}
END_TEST

/* Names that other readers of YAML take for truth values, numbers and dates. */
START_TEST(test_names_in_quotes)
{
    static const char *const names[] = {"true", "No",   "on",    "y",   "null", "None",
                                        "0x1f", "0o17", "1_000", "1e5", "4.17", "2024-01-01"};
    const char *name = names[_i];
    g_autofree char *start = g_strdup_printf("xensure: 1\nfleet: \"%s\"\n\ndomains:\n", name);
    g_autofree char *entry = g_strdup_printf("\n  \"%s\":\n", name);
    g_autofree char *yaml = g_strdup_printf("xensure: 1\nfleet: a\ndomains:\n  \"%s\": {type: pv, "
                                            "memory: 64, kernel: /k, xen: {\"on\": 1, y: 2}}\n",
                                            name);
    g_autoptr(Spec) spec = read_spec("named", yaml);
    g_autoptr(GPtrArray) domains = texts_of(spec, 0);
    g_autoptr(GString) text = g_string_new(NULL);
    spec_text_write(NULL, name, domains, TRUE, text);
    ck_assert_msg(g_str_has_prefix(text->str, start) && strstr(text->str, entry) != NULL &&
                      strstr(text->str, "\"on\": 1") != NULL &&
                      strstr(text->str, "\"y\": 2") != NULL,
                  "%s", text->str);
    g_autoptr(Spec) again = read_spec("written", text->str);
    check_domains(spec, again);
}
END_TEST

int main(void)
{
    g_autofree char *folder = golden_path(NULL, NULL);
    cases = names_in(folder, "");
    Suite *suite = suite_create("import");
    TCase *golden = tcase_create("golden");
    tcase_add_loop_test(golden, test_golden, 0, (int)MAX(cases->len, 1));
    suite_add_tcase(suite, golden);
    TCase *random = tcase_create("random");
    tcase_add_loop_test(random, test_our_own_configs, 0, 10);
    tcase_add_loop_test(random, test_written_specs, 0, 10);
    tcase_add_loop_test(random, test_commented_domains, 0, 10);
    suite_add_tcase(suite, random);
    TCase *text = tcase_create("text");
    tcase_add_test(text, test_nothing_but_comments);
    tcase_add_loop_test(text, test_names_in_quotes, 0, 12);
    suite_add_tcase(suite, text);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    g_ptr_array_unref(cases);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
