#include "xenbackend/boot_link.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *folder;

static void folder_make(void)
{
    folder = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    ck_assert_int_eq(chdir(folder), 0);
}

static void folder_remove(void)
{
    static const char *const entries[] = {"auto/10-web1", "auto/web1", "auto/web1.cfg",
                                          "auto/x",       "auto",      "web1.cfg"};
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_remove(entries[i]);
    }
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(folder);
}

START_TEST(test_find)
{
    g_assert_null(boot_link_find(folder, "web1"));
    g_mkdir("auto", 0755);
    ck_assert_int_eq(symlink("../web11.cfg", "auto/x"), 0);
    ck_assert(g_file_set_contents("auto/web1.cfg", "name = \"web1\"\n", -1, NULL));
    g_assert_null(boot_link_find(folder, "web1"));
    /* The file need not be there. */
    ck_assert_int_eq(symlink("../web1.cfg", "auto/web1"), 0);
    g_autofree char *relative = boot_link_find(folder, "web1");
    ck_assert_str_eq(relative, "web1");
    g_autofree char *path = g_build_filename(folder, "web1.cfg", NULL);
    ck_assert_int_eq(symlink(path, "auto/10-web1"), 0);
    g_autofree char *absolute = boot_link_find(folder, "web1");
    ck_assert_str_eq(absolute, "10-web1");
}
END_TEST

START_TEST(test_remove_and_put)
{
    g_autoptr(GError) error = NULL;
    ck_assert(!boot_link_put(folder, "web1", "web1", &error));
    ck_assert_msg(strstr(error->message, "auto/web1") != NULL, "%s", error->message);
    g_mkdir("auto", 0755);
    ck_assert(boot_link_put(folder, "web1", "web1", NULL));
    g_autofree char *there = boot_link_find(folder, "web1");
    ck_assert_str_eq(there, "web1");
    /* What is there is left as it is. */
    ck_assert(boot_link_put(folder, "web1", "web1", NULL));
    ck_assert(boot_link_remove(folder, "web1", NULL));
    g_assert_null(boot_link_find(folder, "web1"));
    ck_assert(boot_link_remove(folder, "web1", NULL));
    ck_assert(g_file_set_contents("auto/web1", "another's", -1, NULL));
    ck_assert(boot_link_put(folder, "web1", "web1", NULL));
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents("auto/web1", &text, NULL, NULL));
    ck_assert_str_eq(text, "another's");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("boot_link");
    TCase *links = tcase_create("links");
    tcase_add_checked_fixture(links, folder_make, folder_remove);
    tcase_add_test(links, test_find);
    tcase_add_test(links, test_remove_and_put);
    suite_add_tcase(suite, links);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
