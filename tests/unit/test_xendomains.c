/* What xendomains would start: its settings, its folder of configs, its images. */
#include "xenbackend/xendomains.h"
#include "xenbackend/xendomains_settings.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- settings ---- */

typedef struct {
    const char *text;
    const char *folder; /* of XENDOMAINS_SAVE */
    gboolean is_unclear;
} SettingsCase;

static const SettingsCase settings[] = {
    {"", NULL, FALSE},
    {"XENDOMAINS_SAVE=/srv/save\n", "/srv/save", FALSE},
    {"XENDOMAINS_SAVE=/srv/save", "/srv/save", FALSE},
    {"  export  XENDOMAINS_SAVE=/srv/save # why\n", "/srv/save", FALSE},
    {"XENDOMAINS_SAVE=\"/srv/a b\"; X=1\n", "/srv/a b", FALSE},
    {"XENDOMAINS_SAVE='/srv/$a'\n", "/srv/$a", FALSE},
    {"XENDOMAINS_SAVE=/srv/'a b'\"c\"\n", "/srv/a bc", FALSE},
    {"XENDOMAINS_SAVE=\n", "", FALSE},
    {"XENDOMAINS_SAVE=\"\"\n", "", FALSE},
    {"XENDOMAINS_SAVE=/a\nXENDOMAINS_SAVE=/b\n", "/b", FALSE},
    {"XENDOMAINS_SAVE=$X\nXENDOMAINS_SAVE=/b\n", "/b", FALSE},
    {"XENDOMAINS_SAVE=/a\r\n", "/a", FALSE},
    {"# XENDOMAINS_SAVE=/a\n", NULL, FALSE},
    {"XENDOMAINS_SAVED=/a\nMY_XENDOMAINS_SAVE=/b\nXENDOMAINS_SAVE\n", NULL, FALSE},
    {"XENDOMAINS_SAVE=$DIR/save\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=\"$DIR\"\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=`pwd`\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=/a\\ b\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=/a*\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=\"/a\n", NULL, TRUE},
    {"XENDOMAINS_SAVE='/a\n'\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=save\n", NULL, TRUE},
    {"XENDOMAINS_SAVE=/\xff\n", NULL, TRUE},
};

START_TEST(test_settings)
{
    g_auto(XendomainsSettings) found = {0};
    xendomains_settings_parse(settings[_i].text, strlen(settings[_i].text), &found);
    ck_assert_pstr_eq(found.images.folder, settings[_i].folder);
    ck_assert_int_eq(found.images.is_unclear, settings[_i].is_unclear);
    ck_assert_ptr_null(found.configs.folder);
}
END_TEST

START_TEST(test_settings_both)
{
    const char text[] = "XENDOMAINS_AUTO=/a\nXENDOMAINS_SAVE=/b\n";
    g_auto(XendomainsSettings) found = {0};
    xendomains_settings_parse(text, sizeof text - 1, &found);
    ck_assert_str_eq(found.configs.folder, "/a");
    ck_assert_str_eq(found.images.folder, "/b");
}
END_TEST

START_TEST(test_settings_too_long)
{
    g_autofree char *text = g_strnfill(XENDOMAINS_SETTINGS_BYTES_MAX + 1, '\n');
    memcpy(text, "XENDOMAINS_SAVE=/b\n", 19);
    g_auto(XendomainsSettings) found = {0};
    xendomains_settings_parse(text, XENDOMAINS_SETTINGS_BYTES_MAX, &found);
    ck_assert_str_eq(found.images.folder, "/b");
    g_auto(XendomainsSettings) none = {0};
    xendomains_settings_parse(text, XENDOMAINS_SETTINGS_BYTES_MAX + 1, &none);
    ck_assert_ptr_null(none.images.folder);
}
END_TEST

/* ---- folders ---- */

static char *folder;

static void make_folder(void)
{
    g_autofree char *made = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    folder = realpath(made, NULL);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(g_mkdir("xen", 0700) | g_mkdir("xen/auto", 0700) | g_mkdir("save", 0700), 0);
}

static void remove_folder(void)
{
    static const char *const folders[] = {"xen/auto", "xen", "save", "other", "."};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autoptr(GDir) entries = g_dir_open(folders[i], 0, NULL);
        const char *name = NULL;
        while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
            g_autofree char *path = g_build_filename(folders[i], name, NULL);
            g_remove(path);
        }
    }
    g_rmdir(folder);
    free(folder);
}

static Xendomains *look(const char *auto_dir, const char *images_dir)
{
    XendomainsPlaces places = {
        .auto_dir = auto_dir, .images_dir = images_dir, .config_dir = "xen", .program = "xl"};
    return xendomains_look(&places);
}

static void write_file(const char *path)
{
    ck_assert(g_file_set_contents(path, "x", 1, NULL));
}

static void assert_obstacle(const Xendomains *xendomains, const char *name, const char *says)
{
    g_autofree char *obstacle = xendomains_find_obstacle(xendomains, name);
    ck_assert_msg(says == NULL ? obstacle == NULL
                               : obstacle != NULL && strstr(obstacle, says) != NULL,
                  "%s: %s", name, obstacle);
}

START_TEST(test_nothing_there)
{
    g_autoptr(Xendomains) empty = look("xen/auto", "save");
    g_autoptr(Xendomains) missing = look("nowhere", "nowhere");
    g_autoptr(Xendomains) none = look(NULL, NULL);
    const Xendomains *all[] = {empty, missing, none};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        ck_assert_ptr_null(xendomains_find_link(all[i], "web1"));
        assert_obstacle(all[i], "web1", NULL);
    }
}
END_TEST

/* Ways to lead to xen/web1.cfg. */
static const char *const targets[] = {
    "../web1.cfg",    "FOLDER/xen/web1.cfg",          "../../xen/web1.cfg",
    "..//./web1.cfg", "FOLDER/other/../xen/web1.cfg", "FOLDER/linked/web1.cfg",
    "FOLDER/second"};

START_TEST(test_links_to_our_file)
{
    ck_assert_int_eq(g_mkdir("other", 0700), 0);
    ck_assert_int_eq(symlink("xen", "linked"), 0);
    ck_assert_int_eq(symlink("xen/web1.cfg", "second"), 0);
    const char *rest = g_str_has_prefix(targets[_i], "FOLDER") ? targets[_i] + 6 : NULL;
    g_autofree char *target =
        rest != NULL ? g_strconcat(folder, rest, NULL) : g_strdup(targets[_i]);
    /* What it is called does not matter, since xendomains takes all. */
    ck_assert_int_eq(symlink(target, "xen/auto/10-any.name"), 0);
    gboolean is_there = FALSE;
    do {
        g_autoptr(Xendomains) xendomains = look("xen/auto", NULL);
        /* A link to a link is only followed to what is there. */
        gboolean is_seen = is_there || g_strcmp0(rest, "/second") != 0;
        ck_assert_pstr_eq(xendomains_find_link(xendomains, "web1"),
                          is_seen ? "xen/auto/10-any.name" : NULL);
        ck_assert_ptr_null(xendomains_find_link(xendomains, "web2"));
        assert_obstacle(xendomains, "web1", NULL);
        is_there = !is_there;
        if (is_there) {
            write_file("xen/web1.cfg");
        }
    } while (is_there);
}
END_TEST

START_TEST(test_anything_else)
{
    write_file("xen/auto/web1");
    write_file("xen/auto/web2.cfg");
    write_file("xen/auto/.web9");
    write_file("xen/web3.conf");
    ck_assert_int_eq(symlink("/elsewhere/web3.cfg", "xen/auto/web3"), 0);
    ck_assert_int_eq(symlink("../web3.conf", "xen/auto/web4"), 0);
    ck_assert_int_eq(symlink("../web1.cfg", "xen/auto/web5"), 0);
    ck_assert_int_eq(g_mkdir("xen/auto/web6", 0700), 0);
    g_autoptr(Xendomains) xendomains = look("xen/auto", NULL);
    assert_obstacle(xendomains, "web1", "xen/auto/web1 is there");
    assert_obstacle(xendomains, "web2", "xen/auto/web2.cfg is there");
    assert_obstacle(xendomains, "web3", "a link to /elsewhere/web3.cfg");
    assert_obstacle(xendomains, "web4", "a link to ../web3.conf");
    /* It is web1's, and goes when web1 is looked after. */
    assert_obstacle(xendomains, "web5", NULL);
    ck_assert_str_eq(xendomains_find_link(xendomains, "web1"), "xen/auto/web5");
    assert_obstacle(xendomains, "web6", "xen/auto/web6 is there");
    assert_obstacle(xendomains, "web9", NULL);
    assert_obstacle(xendomains, "web", NULL);
    g_rmdir("xen/auto/web6");
}
END_TEST

START_TEST(test_images)
{
    write_file("save/web1");
    write_file("save/web2.cfg");
    ck_assert_int_eq(g_mkdir("save/web3", 0700), 0);
    ck_assert_int_eq(symlink("nowhere", "save/web4"), 0);
    g_autoptr(Xendomains) xendomains = look("xen/auto", "save");
    assert_obstacle(xendomains, "web1", "`xl restore save/web1`");
    assert_obstacle(xendomains, "web2", NULL);
    assert_obstacle(xendomains, "web3", NULL);
    assert_obstacle(xendomains, "web4", "save/web4");
    g_rmdir("save/web3");
}
END_TEST

START_TEST(test_unreadable)
{
    write_file("blocked");
    g_autoptr(Xendomains) configs = look("blocked", "save");
    g_autoptr(Xendomains) images = look("xen/auto", "blocked/save");
    assert_obstacle(configs, "web1", "cannot look into blocked: Not a directory");
    assert_obstacle(images, "web1", "cannot look into blocked/save");
    XendomainsPlaces places = {.config_dir = "xen", .program = "xl", .trouble = "nobody knows"};
    g_autoptr(Xendomains) troubled = xendomains_look(&places);
    assert_obstacle(troubled, "web1", "nobody knows");
}
END_TEST

START_TEST(test_remove_links)
{
    XendomainsPlaces places = {.auto_dir = "xen/auto", .config_dir = "xen", .program = "xl"};
    g_autoptr(GError) error = NULL;
    write_file("xen/web1.cfg");
    write_file("xen/auto/web1");
    ck_assert_int_eq(symlink("../web1.cfg", "xen/auto/a") | symlink("../web1.cfg", "xen/auto/b") |
                         symlink("../web2.cfg", "xen/auto/c") |
                         symlink("/x/web1.cfg", "xen/auto/d"),
                     0);
    ck_assert(xendomains_remove_links(&places, "web1", &error));
    ck_assert(!g_file_test("xen/auto/a", G_FILE_TEST_IS_SYMLINK));
    ck_assert(!g_file_test("xen/auto/b", G_FILE_TEST_IS_SYMLINK));
    ck_assert(g_file_test("xen/auto/c", G_FILE_TEST_IS_SYMLINK));
    ck_assert(g_file_test("xen/auto/d", G_FILE_TEST_IS_SYMLINK));
    ck_assert(g_file_test("xen/auto/web1", G_FILE_TEST_IS_REGULAR));
    ck_assert(g_file_test("xen/web1.cfg", G_FILE_TEST_IS_REGULAR));
    ck_assert(xendomains_remove_links(&places, "web1", &error));
    places.auto_dir = "xen/web1.cfg";
    ck_assert(!xendomains_remove_links(&places, "web1", &error));
    ck_assert_ptr_nonnull(strstr(error->message, "xen/web1.cfg"));
}
END_TEST

START_TEST(test_put_link)
{
    g_autoptr(GError) error = NULL;
    XendomainsPlaces places = {.auto_dir = "xen/auto", .config_dir = folder, .program = "xl"};
    ck_assert(!xendomains_put_link(&places, "nowhere/web1", "web1", &error));
    ck_assert_msg(strstr(error->message, "nowhere/web1") != NULL, "%s", error->message);
    ck_assert(xendomains_put_link(&places, "xen/auto/10-web1", "web1", NULL));
    g_autoptr(Xendomains) xendomains = xendomains_look(&places);
    ck_assert_pstr_eq(xendomains_find_link(xendomains, "web1"), "xen/auto/10-web1");
    ck_assert(xendomains_put_link(&places, "xen/auto/10-web1", "web1", NULL));
    ck_assert(xendomains_remove_links(&places, "web1", NULL));
    ck_assert(g_file_set_contents("xen/auto/10-web1", "another's", -1, NULL));
    ck_assert(xendomains_put_link(&places, "xen/auto/10-web1", "web1", NULL));
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents("xen/auto/10-web1", &text, NULL, NULL));
    ck_assert_str_eq(text, "another's");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xendomains");
    TCase *tcase = tcase_create("settings");
    tcase_add_loop_test(tcase, test_settings, 0, G_N_ELEMENTS(settings));
    tcase_add_test(tcase, test_settings_both);
    tcase_add_test(tcase, test_settings_too_long);
    suite_add_tcase(suite, tcase);
    TCase *folders = tcase_create("folders");
    tcase_add_checked_fixture(folders, make_folder, remove_folder);
    tcase_add_test(folders, test_nothing_there);
    tcase_add_loop_test(folders, test_links_to_our_file, 0, G_N_ELEMENTS(targets));
    tcase_add_test(folders, test_anything_else);
    tcase_add_test(folders, test_images);
    tcase_add_test(folders, test_unreadable);
    tcase_add_test(folders, test_remove_links);
    tcase_add_test(folders, test_put_link);
    suite_add_tcase(suite, folders);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
