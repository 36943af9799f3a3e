/* Every folder of tests/golden/spec is a case: a source (its *.yaml, in the order of their names),
 * or several (its folders, each with *.yaml), and problems.txt, which is what a person is told
 * about it. An empty problems.txt is a spec that is right. UPDATE_GOLDEN=1 writes the files anew:
 * read what git shows then as the tired person would who gets to see it. */
#include "spec/spec.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char *golden_folder;
static GPtrArray *case_names;

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The names in a folder that pass, in byte order. */
static GPtrArray *list_folder(const char *path, gboolean (*passes)(const char *path))
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    if (folder == NULL) {
        g_error("%s", error->message);
    }
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *full = g_build_filename(path, name, NULL);
        if (passes(full)) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static gboolean is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

static gboolean is_yaml(const char *path)
{
    return g_str_has_suffix(path, ".yaml");
}

/* NAME is how messages call the folder: "" or "source/". */
static void read_source(Spec *spec, const char *path, const char *name, Problems *problems)
{
    g_autoptr(GPtrArray) files = list_folder(path, is_yaml);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for (guint i = 0; i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        g_autofree char *full = g_build_filename(path, file, NULL);
        g_autofree char *shown = g_strconcat(name, file, NULL);
        char *contents = NULL;
        gsize length = 0;
        ck_assert_msg(g_file_get_contents(full, &contents, &length, NULL), "cannot read %s", full);
        g_autoptr(GBytes) bytes = g_bytes_new_take(contents, length);
        g_ptr_array_add(texts, trusted_text_new_local(shown, bytes));
    }
    spec_read_source(spec, texts, NULL, problems);
}

static char *find_problems(const char *path)
{
    g_autoptr(Spec) spec = spec_new();
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GPtrArray) sources = list_folder(path, is_folder);
    for (guint i = 0; i < sources->len; i++) {
        const char *source = g_ptr_array_index(sources, i);
        g_autofree char *full = g_build_filename(path, source, NULL);
        g_autofree char *name = g_strconcat(source, "/", NULL);
        read_source(spec, full, name, problems);
    }
    if (sources->len == 0) {
        read_source(spec, path, "", problems);
    }
    spec_finish(spec, NULL, problems);
    GString *text = g_string_new(NULL);
    problems_format(problems, text, FALSE);
    return g_string_free(text, FALSE);
}

START_TEST(test_problems)
{
    const char *name = g_ptr_array_index(case_names, (guint)_i);
    g_autofree char *path = g_build_filename(golden_folder, name, NULL);
    g_autofree char *file = g_build_filename(path, "problems.txt", NULL);
    g_autofree char *found = find_problems(path);
    if (g_strcmp0(g_getenv("UPDATE_GOLDEN"), "1") == 0) {
        ck_assert_msg(g_file_set_contents(file, found, -1, NULL), "cannot write %s", file);
    }
    g_autofree char *expected = NULL;
    ck_assert_msg(g_file_get_contents(file, &expected, NULL, NULL), "%s has no problems.txt", name);
    if (strcmp(expected, found) != 0) {
        g_printerr("== %s: expected\n%s== %s: found\n%s", name, expected, name, found);
    }
    ck_assert_msg(strcmp(expected, found) == 0, "the problems of '%s' have changed", name);
}
END_TEST

int main(void)
{
    golden_folder = g_build_filename(g_getenv("TESTS_ROOT"), "golden", "spec", NULL);
    case_names = list_folder(golden_folder, is_folder);
    Suite *suite = suite_create("spec_golden");
    TCase *cases = tcase_create("problems");
    tcase_add_loop_test(cases, test_problems, 0, (int)case_names->len);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    gboolean is_empty = case_names->len == 0;
    g_ptr_array_unref(case_names);
    g_free(golden_folder);
    return failed == 0 && !is_empty ? EXIT_SUCCESS : EXIT_FAILURE;
}
