/* Which toolstack is driven, and how each calls its commands. */
#include "xenbackend/toolstack_choice.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char *folder; /* of the test: PATH, xend's socket and its lock */

static char *path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void make_program(const char *name)
{
    g_autofree char *path = path_of(name);
    ck_assert(g_file_set_contents(path, "#!/bin/sh\n", -1, NULL));
    ck_assert_int_eq(g_chmod(path, 0755), 0);
}

static void setup(void)
{
    folder = g_dir_make_tmp("toolstack-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    g_setenv("PATH", folder, TRUE);
}

static void teardown(void)
{
    g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
    for (const char *name = g_dir_read_name(files); name != NULL; name = g_dir_read_name(files)) {
        g_autofree char *path = path_of(name);
        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

/* A socket that is there; IS_ANSWERED: somebody listens. Gives its descriptor. */
static int make_socket(const char *path, gboolean is_answered)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(g_strlcpy(address.sun_path, path, sizeof address.sun_path),
                      sizeof address.sun_path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert(!is_answered || listen(descriptor, 1) == 0);
    return descriptor;
}

typedef enum { SOCKET_NONE, SOCKET_STALE, SOCKET_ANSWERS } SocketCase;

static const struct {
    gboolean has_xl, has_xm;
    SocketCase socket;
    gboolean has_lock;
    const char *taken; /* NULL: none */
    gboolean is_noted;
} hosts[] = {
    {FALSE, FALSE, SOCKET_NONE, FALSE, NULL, FALSE},
    {FALSE, FALSE, SOCKET_ANSWERS, TRUE, NULL, FALSE},
    {TRUE, FALSE, SOCKET_NONE, FALSE, "xl", FALSE},
    {TRUE, FALSE, SOCKET_ANSWERS, FALSE, "xl", FALSE},
    {FALSE, TRUE, SOCKET_NONE, FALSE, "xm", FALSE},
    {FALSE, TRUE, SOCKET_ANSWERS, TRUE, "xm", FALSE},
    {TRUE, TRUE, SOCKET_NONE, FALSE, "xl", TRUE},
    {TRUE, TRUE, SOCKET_STALE, FALSE, "xl", TRUE},
    {TRUE, TRUE, SOCKET_ANSWERS, FALSE, "xm", TRUE},
    {TRUE, TRUE, SOCKET_NONE, TRUE, "xm", TRUE},
    {TRUE, TRUE, SOCKET_ANSWERS, TRUE, "xm", TRUE},
};

START_TEST(test_auto)
{
    g_autofree char *socket_path = path_of("socket");
    g_autofree char *lock = path_of("lock");
    const char *locks[] = {"/nonexistent/lock", lock, NULL};
    const XendPlaces places = {socket_path, locks};
    ToolstackChoice choice = {0};
    g_autoptr(GError) error = NULL;
    int descriptor = -1;
    if (hosts[_i].has_xl) {
        make_program("xl");
    }
    if (hosts[_i].has_xm) {
        make_program("xm");
    }
    make_program("xensim"); /* never picked by itself */
    if (hosts[_i].socket != SOCKET_NONE) {
        descriptor = make_socket(socket_path, hosts[_i].socket == SOCKET_ANSWERS);
    }
    ck_assert(!hosts[_i].has_lock || g_file_set_contents(lock, "", 0, NULL));
    gboolean is_chosen = toolstack_choose("auto", &places, &choice, &error);
    ck_assert_int_eq(is_chosen, hosts[_i].taken != NULL);
    const ConfigDialect *dialect = toolstack_find_dialect("auto", &places);
    ck_assert_ptr_eq(dialect, g_strcmp0(hosts[_i].taken, "xm") == 0 ? &xm_dialect : &xl_dialect);
    if (is_chosen) {
        g_autofree char *program = path_of(hosts[_i].taken);
        ck_assert_str_eq(choice.toolstack->name, hosts[_i].taken);
        ck_assert_str_eq(choice.program, program);
        ck_assert_int_eq(choice.note != NULL, hosts[_i].is_noted);
    } else {
        ck_assert(g_error_matches(error, TOOLSTACK_ERROR, TOOLSTACK_ERROR_NONE_FOUND));
        ck_assert_ptr_nonnull(strstr(error->message, "neither xl nor xm"));
    }
    if (hosts[_i].is_noted) {
        g_autofree char *taken = g_strdup_printf("so %s is driven", hosts[_i].taken);
        ck_assert_ptr_nonnull(strstr(choice.note, taken));
        ck_assert_ptr_null(strchr(choice.note, '\n'));
    }
    g_free(choice.program);
    g_free(choice.note);
    if (descriptor >= 0) {
        close(descriptor);
    }
}
END_TEST

START_TEST(test_named)
{
    static const char *const names[] = {"xl", "xm", "sim"};
    ToolstackChoice choice = {0};
    g_autoptr(GError) error = NULL;
    const Toolstack *row = toolstack_find(names[_i]);
    ck_assert_ptr_nonnull(row);
    if (!row->is_simulated) {
        ck_assert(!toolstack_choose(names[_i], &xend_places, &choice, &error));
        ck_assert_ptr_nonnull(strstr(error->message, "on PATH"));
        ck_assert_ptr_null(choice.program);
    }
    make_program(row->program);
    ck_assert(toolstack_choose(names[_i], &xend_places, &choice, NULL));
    ck_assert_ptr_eq(choice.toolstack, row);
    ck_assert_ptr_null(choice.note);
    ck_assert_ptr_eq(toolstack_find_dialect(names[_i], &xend_places), row->dialect);
    g_free(choice.program);
}
END_TEST

START_TEST(test_unknown_name)
{
    ToolstackChoice choice = {0};
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(toolstack_find("auto"));
    ck_assert(!toolstack_choose("xe", &xend_places, &choice, &error));
    ck_assert_str_eq(error->message, "expected the toolstack auto, xl, xm or sim, found 'xe'");
}
END_TEST

START_TEST(test_path_of_a_socket_that_is_too_long)
{
    static const char *const locks[] = {NULL};
    g_autofree char *path = g_strnfill(4096, 'a');
    const XendPlaces places = {path, locks};
    ck_assert(!xend_is_in_charge(&places));
}
END_TEST

/* Commands with their placeholders filled; those for devices are in tests/e2e/live.bats. */
static const struct {
    const char *toolstack;
    ToolCommand command;
    const char *line;
} lines[] = {
    {"xl", TOOL_CREATE_PAUSED, "p create -p /f"},
    {"xm", TOOL_CREATE_PAUSED, "p create -p /f"},
    {"xm", TOOL_UNPAUSE, "p unpause 7"},
    {"xm", TOOL_PAUSE, "p pause 7"},
    {"xm", TOOL_SHUTDOWN, "p shutdown 7"},
    {"xm", TOOL_DESTROY, "p destroy 7"},
    {"xm", TOOL_SET_MEMORY, "p mem-set 7 0"},
    {"xm", TOOL_SET_VCPUS, "p vcpu-set 7 0"},
    {"xm", TOOL_SET_CREDIT, "p sched-credit -d 7 -w 256 -c 0"},
    {"xl", TOOL_SET_CREDIT, "p sched-credit -d 7 -w 256 -c 0"},
    {"xl", TOOL_SET_CREDIT2, "p sched-credit2 -d 7 -w 256 -c 0"},
    {"xl", TOOL_STORE_CONFIG, "p config-update 7 /f"},
    {"sim", TOOL_DESTROY, "p destroy 7"},
};

START_TEST(test_commands)
{
    const Toolstack *row = toolstack_find(lines[_i].toolstack);
    g_auto(GStrv) argv = toolstack_arguments("p", row->tools[lines[_i].command], 7, NULL, "/f");
    g_autofree char *line = g_strjoinv(" ", argv);
    ck_assert_str_eq(line, lines[_i].line);
}
END_TEST

START_TEST(test_rows_are_whole)
{
    static const char *const names[] = {"xl", "xm", "sim"};
    const Toolstack *row = toolstack_find(names[_i]);
    ck_assert(row->list[0] != NULL && row->details[0] != NULL && row->info[0] != NULL);
    ck_assert(row->read_list != NULL && row->read_details != NULL && row->dialect != NULL);
    ck_assert_int_eq(row->identities[0] != NULL, row->read_identities != NULL);
    gboolean is_xm = strcmp(row->name, "xm") == 0;
    for (guint i = 0; i < G_N_ELEMENTS(row->tools); i++) {
        gboolean is_of_both = i <= TOOL_SET_VCPUS || i == TOOL_SET_CREDIT;
        ck_assert_msg(toolstack_has(row, i) == (!is_xm || is_of_both), "%s, command %u", row->name,
                      i);
    }
}
END_TEST

#define DEVICES (1u << LIVE_DISKS | 1u << LIVE_VIFS | 1u << LIVE_MEDIA)

static const struct {
    const char *toolstack, *scheduler;
    guint missing;
} lacks[] = {
    {"xl", NULL, 0},
    {"xl", "credit", 0},
    {"xl", "credit2", 0},
    {"xm", "credit", 1u << LIVE_POOL | 1u << LIVE_AFFINITY | DEVICES},
    {"xm", NULL, 1u << LIVE_POOL | 1u << LIVE_AFFINITY | DEVICES},
    {"xm", "credit2", 1u << LIVE_SCHEDULER | 1u << LIVE_POOL | 1u << LIVE_AFFINITY | DEVICES},
};

START_TEST(test_what_cannot_be_changed)
{
    const Toolstack *row = toolstack_find(lacks[_i].toolstack);
    ck_assert_uint_eq(toolstack_cannot_change(row, lacks[_i].scheduler), lacks[_i].missing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("toolstack");
    TCase *tcase = tcase_create("toolstack");
    tcase_add_checked_fixture(tcase, setup, teardown);
    /* Where the machine has one, it is found behind PATH. */
    gboolean is_xen_host = g_file_test("/usr/sbin/xl", G_FILE_TEST_EXISTS) ||
                           g_file_test("/usr/sbin/xm", G_FILE_TEST_EXISTS);
    if (!is_xen_host) {
        tcase_add_loop_test(tcase, test_auto, 0, G_N_ELEMENTS(hosts));
        tcase_add_loop_test(tcase, test_named, 0, 3);
    }
    tcase_add_test(tcase, test_unknown_name);
    tcase_add_test(tcase, test_path_of_a_socket_that_is_too_long);
    tcase_add_loop_test(tcase, test_commands, 0, G_N_ELEMENTS(lines));
    tcase_add_loop_test(tcase, test_what_cannot_be_changed, 0, G_N_ELEMENTS(lacks));
    tcase_add_loop_test(tcase, test_rows_are_whole, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
