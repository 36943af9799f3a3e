#include "xenbackend/file.h"
#include "xenbackend/file_look.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder for each test, which the test program makes its own working folder. */
static char *folder;

static void folder_make(void)
{
    folder = g_dir_make_tmp("xensure-test-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    ck_assert_int_eq(chdir(folder), 0);
}

static void folder_remove_in(const char *path)
{
    g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
    const char *name = NULL;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        if (g_file_test(entry, G_FILE_TEST_IS_DIR) && !g_file_test(entry, G_FILE_TEST_IS_SYMLINK)) {
            folder_remove_in(entry);
        }
        g_remove(entry);
    }
}

static void folder_remove(void)
{
    folder_remove_in(folder);
    g_rmdir(folder);
    g_free(folder);
}

static void assert_contents(const char *path, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = file_read(path, 1000000, &error);
    ck_assert_msg(bytes != NULL, "%s", error != NULL ? error->message : "no error");
    ck_assert_uint_eq(g_bytes_get_size(bytes), strlen(expected));
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), expected, strlen(expected));
}

static void assert_mode(const char *path, guint32 mode)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, mode);
}

/* No temporary file may be left, whatever happened. */
static void assert_entries(guint expected)
{
    g_autoptr(GDir) listing = g_dir_open(".", 0, NULL);
    guint count = 0;
    while (g_dir_read_name(listing) != NULL) {
        count++;
    }
    ck_assert_uint_eq(count, expected);
}

/* By address, because arguments are evaluated in any order. Clears the error. */
static void assert_failed(gboolean result, GError **error, GFileError code, const char *message)
{
    ck_assert(!result);
    ck_assert_ptr_nonnull(*error);
    ck_assert_str_eq((*error)->message, message);
    ck_assert(g_error_matches(*error, G_FILE_ERROR, (gint)code));
    g_clear_error(error);
}

static gboolean replace(const char *path, const char *text, GError **error)
{
    return file_replace(path, text, strlen(text), 0600, error);
}

static gboolean create(const char *path, const char *text, GError **error)
{
    return file_create(path, text, strlen(text), 0640, error);
}

static gboolean append(const char *path, const char *text, GError **error)
{
    return file_append(path, text, strlen(text), 0600, error);
}

/* ---- reading ---- */

START_TEST(test_read)
{
    ck_assert(g_file_set_contents("f", "a\0b", 3, NULL));
    g_autoptr(GBytes) bytes = file_read("f", 3, NULL);
    ck_assert_uint_eq(g_bytes_get_size(bytes), 3);
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), "a\0b", 3);
    ck_assert(g_file_set_contents("empty", "", 0, NULL));
    assert_contents("empty", "");
    ck_assert_int_eq(symlink("f", "link"), 0);
    g_autoptr(GBytes) linked = file_read("link", 3, NULL);
    ck_assert(g_bytes_equal(linked, bytes));
}
END_TEST

START_TEST(test_read_large)
{
    g_autofree char *text = g_strnfill(1000000, 'x');
    ck_assert(g_file_set_contents("f", text, 1000000, NULL));
    assert_contents("f", text);
}
END_TEST

START_TEST(test_read_limit)
{
    GError *error = NULL;
    ck_assert(g_file_set_contents("f", "12345", 5, NULL));
    assert_failed(file_read("f", 4, &error) != NULL, &error, G_FILE_ERROR_FAILED,
                  "f is larger than 4 bytes");
    assert_failed(file_read("f", 0, &error) != NULL, &error, G_FILE_ERROR_FAILED,
                  "f is larger than 0 bytes");
}
END_TEST

/* A file whose size the kernel does not tell beforehand. */
START_TEST(test_read_unknown_size)
{
    GError *error = NULL;
    g_autoptr(GBytes) bytes = file_read("/proc/self/limits", 100000, NULL);
    ck_assert_uint_gt(g_bytes_get_size(bytes), 100);
    assert_failed(file_read("/proc/self/limits", 10, &error) != NULL, &error, G_FILE_ERROR_FAILED,
                  "/proc/self/limits is larger than 10 bytes");
}
END_TEST

typedef struct {
    const char *path;
    GFileError code;
    const char *message;
} Unreadable;

static const Unreadable unreadables[] = {
    {"missing", G_FILE_ERROR_NOENT, "cannot read missing: No such file or directory"},
    {".", G_FILE_ERROR_ISDIR, "cannot read .: Is a directory"},
    {"fifo", G_FILE_ERROR_INVAL, "cannot read fifo: not a regular file"},
    {"/dev/zero", G_FILE_ERROR_INVAL, "cannot read /dev/zero: not a regular file"},
    {"loop", G_FILE_ERROR_LOOP, "cannot read loop: Too many levels of symbolic links"},
};

START_TEST(test_read_unreadable)
{
    GError *error = NULL;
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    ck_assert_int_eq(symlink("loop", "loop"), 0);
    GBytes *bytes = file_read(unreadables[_i].path, 100, &error);
    assert_failed(bytes != NULL, &error, unreadables[_i].code, unreadables[_i].message);
}
END_TEST

START_TEST(test_read_at)
{
    ck_assert_int_eq(mkdir("d", 0700), 0);
    ck_assert(g_file_set_contents("d/f", "text", 4, NULL));
    int fd = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GBytes) bytes = file_read_at(fd, "f", 100, NULL);
    ck_assert_uint_eq(g_bytes_get_size(bytes), 4);
    GError *error = NULL;
    assert_failed(file_read_at(fd, "g", 100, &error) != NULL, &error, G_FILE_ERROR_NOENT,
                  "cannot read g: No such file or directory");
    ck_assert_int_eq(symlink("f", "d/link"), 0);
    assert_failed(file_read_at(fd, "link", 100, &error) != NULL, &error, G_FILE_ERROR_LOOP,
                  "cannot read link: Too many levels of symbolic links");
    g_autoptr(GBytes) followed = file_read("d/link", 100, NULL);
    ck_assert_uint_eq(g_bytes_get_size(followed), 4);
    close(fd);
}
END_TEST

/* ---- replacing and creating ---- */

START_TEST(test_replace)
{
    umask(0077);
    ck_assert(file_replace("f", "old", 3, 0644, NULL));
    assert_mode("f", 0644);
    ck_assert(file_replace("f", "new text", 8, 0600, NULL));
    assert_contents("f", "new text");
    assert_mode("f", 0600);
    ck_assert(file_replace("f", "", 0, 0600, NULL));
    assert_contents("f", "");
    assert_entries(1);
}
END_TEST

/* A reader that has the old file open keeps it, and a second name keeps the old text. */
START_TEST(test_replace_does_not_edit)
{
    ck_assert(replace("f", "old", NULL));
    ck_assert_int_eq(link("f", "other"), 0);
    ck_assert(replace("f", "new", NULL));
    assert_contents("f", "new");
    assert_contents("other", "old");
}
END_TEST

START_TEST(test_replace_link)
{
    ck_assert(replace("target", "kept", NULL));
    ck_assert_int_eq(symlink("target", "link"), 0);
    ck_assert(replace("link", "new", NULL));
    assert_contents("link", "new");
    assert_contents("target", "kept");
    ck_assert(!g_file_test("link", G_FILE_TEST_IS_SYMLINK));
}
END_TEST

START_TEST(test_replace_fails)
{
    GError *error = NULL;
    ck_assert_int_eq(mkdir("d", 0700), 0);
    assert_failed(replace("d", "x", &error), &error, G_FILE_ERROR_ISDIR,
                  "cannot replace d: Is a directory");
    assert_failed(replace("missing/f", "x", &error), &error, G_FILE_ERROR_NOENT,
                  "cannot write missing/f: No such file or directory");
    assert_entries(1);
}
END_TEST

/* Makes a file grow no further than so many bytes, as a full disk does. */
static void file_size_limit(rlim_t bytes)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(test_disk_full)
{
    GError *error = NULL;
    g_autofree char *text = g_strnfill(5000, 'x');
    ck_assert(replace("f", "old", NULL));
    file_size_limit(4096);
    assert_failed(replace("f", text, &error), &error, G_FILE_ERROR_FAILED,
                  "cannot write f: File too large");
    assert_failed(create("g", text, &error), &error, G_FILE_ERROR_FAILED,
                  "cannot write g: File too large");
    assert_failed(append("f", text, &error), &error, G_FILE_ERROR_FAILED,
                  "cannot append to f: File too large");
    file_size_limit(RLIM_INFINITY);
    assert_contents("f", "old");
    assert_entries(1);
}
END_TEST

START_TEST(test_create)
{
    GError *error = NULL;
    umask(0077);
    ck_assert(create("f", "text", NULL));
    assert_contents("f", "text");
    assert_mode("f", 0640);
    assert_failed(create("f", "other", &error), &error, G_FILE_ERROR_EXIST,
                  "cannot create f: File exists");
    ck_assert_int_eq(symlink("nowhere", "link"), 0);
    assert_failed(create("link", "other", &error), &error, G_FILE_ERROR_EXIST,
                  "cannot create link: File exists");
    assert_contents("f", "text");
    assert_entries(2);
}
END_TEST

START_TEST(test_remove)
{
    GError *error = NULL;
    ck_assert(replace("f", "text", NULL));
    ck_assert(file_remove("f", NULL));
    assert_entries(0);
    ck_assert(file_remove("f", NULL));
    ck_assert(file_remove("missing/f", NULL));
    ck_assert(replace("target", "text", NULL));
    ck_assert(file_remove("target/f", NULL)); /* a file has no folder's entries */
    ck_assert_int_eq(symlink("target", "link"), 0);
    ck_assert(file_remove("link", NULL));
    assert_contents("target", "text");
    ck_assert_int_eq(mkdir("d", 0700), 0);
    assert_failed(file_remove("d", &error), &error, G_FILE_ERROR_ISDIR,
                  "cannot remove d: Is a directory");
}
END_TEST

/* What a crash may take away is as whole as anything else for who reads it. */
START_TEST(test_fleeting)
{
    GError *error = NULL;
    umask(0077);
    ck_assert(file_replace_fleeting("f", "old", 3, 0644, NULL));
    ck_assert(file_replace_fleeting("f", "new\n", 4, 0644, NULL));
    ck_assert(file_append_fleeting("f", "more\n", 5, 0600, NULL));
    assert_contents("f", "new\nmore\n");
    assert_mode("f", 0644);
    assert_entries(1);
    ck_assert_int_eq(mkdir("d", 0700), 0);
    assert_failed(file_replace_fleeting("d", "x", 1, 0600, &error), &error, G_FILE_ERROR_ISDIR,
                  "cannot replace d: Is a directory");
    assert_entries(2);
}
END_TEST

/* ---- appending ---- */

START_TEST(test_append)
{
    umask(0077);
    ck_assert(file_append("f", "a\n", 2, 0644, NULL));
    ck_assert(append("f", "bc\n", NULL));
    ck_assert(append("f", "", NULL));
    assert_contents("f", "a\nbc\n");
    assert_mode("f", 0644);
}
END_TEST

START_TEST(test_append_fails)
{
    GError *error = NULL;
    ck_assert(replace("target", "text", NULL));
    ck_assert_int_eq(symlink("target", "link"), 0);
    ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    assert_failed(append("link", "x", &error), &error, G_FILE_ERROR_LOOP,
                  "cannot append to link: Too many levels of symbolic links");
    assert_failed(append("dangling", "x", &error), &error, G_FILE_ERROR_LOOP,
                  "cannot append to dangling: Too many levels of symbolic links");
    assert_failed(append("fifo", "x", &error), &error, G_FILE_ERROR_NXIO,
                  "cannot append to fifo: No such device or address");
    assert_failed(append("/dev/null", "x", &error), &error, G_FILE_ERROR_INVAL,
                  "cannot append to /dev/null: Invalid argument");
    assert_failed(append("missing/f", "x", &error), &error, G_FILE_ERROR_NOENT,
                  "cannot append to missing/f: No such file or directory");
    assert_contents("target", "text");
}
END_TEST

/* ---- folders ---- */

START_TEST(test_make_folder)
{
    umask(0077);
    ck_assert(file_make_folder("a/b//c/", 0750, NULL));
    assert_mode("a", 0750);
    assert_mode("a/b", 0750);
    assert_mode("a/b/c", 0750);
    ck_assert(file_make_folder("a/b/c", 0700, NULL));
    assert_mode("a/b/c", 0750); /* one that is there is left as it is */
    ck_assert(file_make_folder("/", 0700, NULL));
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert(file_make_folder("link/d", 0700, NULL));
    assert_mode("a/d", 0700);
    g_autofree char *absolute = g_build_filename(folder, "x", "y", NULL);
    ck_assert(file_make_folder(absolute, 0700, NULL));
    assert_mode("x/y", 0700);
}
END_TEST

START_TEST(test_make_folder_fails)
{
    GError *error = NULL;
    ck_assert(replace("f", "text", NULL));
    assert_failed(file_make_folder("f", 0700, &error), &error, G_FILE_ERROR_NOTDIR,
                  "cannot make the folder f: Not a directory");
    assert_failed(file_make_folder("f/g/h", 0700, &error), &error, G_FILE_ERROR_NOTDIR,
                  "cannot make the folder f: Not a directory");
    assert_failed(file_make_folder("", 0700, &error), &error, G_FILE_ERROR_NOENT,
                  "cannot make the folder : No such file or directory");
}
END_TEST

/* ---- locks ---- */

START_TEST(test_lock)
{
    GError *error = NULL;
    int held = file_lock("lock", NULL);
    ck_assert_int_ge(held, 0);
    ck_assert_int_eq(fcntl(held, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_failed(file_lock("lock", &error) >= 0, &error, G_FILE_ERROR_AGAIN,
                  "cannot lock lock: Resource temporarily unavailable");
    close(held);
    held = file_lock("lock", NULL);
    ck_assert_int_ge(held, 0);
    close(held);
}
END_TEST

/* Another process's death gives its lock back. */
START_TEST(test_lock_of_the_dead)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t holder = fork();
    if (holder == 0) {
        char told = file_lock("lock", NULL) >= 0 ? 'y' : 'n';
        (void)!write(ends[1], &told, 1);
        pause();
    }
    char told = 0;
    ck_assert_int_eq(read(ends[0], &told, 1), 1);
    ck_assert_int_eq(told, 'y');
    ck_assert_int_eq(file_lock("lock", NULL), -1);
    kill(holder, SIGKILL);
    ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
    int held = file_lock("lock", NULL);
    ck_assert_int_ge(held, 0);
    close(held);
}
END_TEST

START_TEST(test_lock_fails)
{
    GError *error = NULL;
    ck_assert_int_eq(symlink("nowhere", "link"), 0);
    assert_failed(file_lock("link", &error) >= 0, &error, G_FILE_ERROR_LOOP,
                  "cannot lock link: Too many levels of symbolic links");
    assert_failed(file_lock("missing/lock", &error) >= 0, &error, G_FILE_ERROR_NOENT,
                  "cannot lock missing/lock: No such file or directory");
}
END_TEST

/* A failure leaves no descriptor open. */
START_TEST(test_no_descriptor_is_lost)
{
    int before = dup(0);
    close(before);
    ck_assert_int_eq(mkdir("d", 0700), 0);
    ck_assert(replace("f", "text", NULL));
    ck_assert(append("f", "text", NULL));
    g_bytes_unref(file_read("f", 100, NULL));
    ck_assert_ptr_null(file_read("d", 100, NULL));
    ck_assert_ptr_null(file_read("f", 1, NULL));
    ck_assert(!replace("d", "text", NULL));
    ck_assert(!create("f", "text", NULL));
    ck_assert(!append("/dev/null", "text", NULL));
    ck_assert(file_make_folder("x/y", 0700, NULL));
    ck_assert(file_remove("f", NULL));
    int held = file_lock("lock", NULL);
    ck_assert_int_eq(held, before);
    ck_assert_int_eq(file_lock("lock", NULL), -1);
    close(held);
    int after = dup(0);
    ck_assert_int_eq(after, before);
    close(after);
}
END_TEST

/* One that takes too long is met by tests/e2e/host-checks.bats. */
START_TEST(test_look)
{
    struct stat status;
    ck_assert(g_file_set_contents("there", "x", 1, NULL));
    ck_assert_int_eq(symlink("there", "link"), 0);
    ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
    ck_assert_int_eq(file_look("link", 60000, &status), 0);
    ck_assert(S_ISREG(status.st_mode));
    ck_assert_int_eq(file_look(".", 60000, &status), 0);
    ck_assert(S_ISDIR(status.st_mode));
    ck_assert_int_eq(file_look("dangling", 60000, &status), ENOENT);
    ck_assert_int_eq(file_look("there/below", 60000, &status), ENOTDIR);
    for (guint i = 0; i < 1000; i++) {
        ck_assert_int_eq(file_look("there", 60000, &status), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tcase = tcase_create("file");
    tcase_add_checked_fixture(tcase, folder_make, folder_remove);
    tcase_add_test(tcase, test_look);
    tcase_add_test(tcase, test_read);
    tcase_add_test(tcase, test_read_large);
    tcase_add_test(tcase, test_read_limit);
    tcase_add_test(tcase, test_read_unknown_size);
    tcase_add_loop_test(tcase, test_read_unreadable, 0, G_N_ELEMENTS(unreadables));
    tcase_add_test(tcase, test_read_at);
    tcase_add_test(tcase, test_replace);
    tcase_add_test(tcase, test_replace_does_not_edit);
    tcase_add_test(tcase, test_replace_link);
    tcase_add_test(tcase, test_replace_fails);
    tcase_add_test(tcase, test_disk_full);
    tcase_add_test(tcase, test_create);
    tcase_add_test(tcase, test_remove);
    tcase_add_test(tcase, test_fleeting);
    tcase_add_test(tcase, test_append);
    tcase_add_test(tcase, test_append_fails);
    tcase_add_test(tcase, test_make_folder);
    tcase_add_test(tcase, test_make_folder_fails);
    tcase_add_test(tcase, test_lock);
    tcase_add_test(tcase, test_lock_of_the_dead);
    tcase_add_test(tcase, test_lock_fails);
    tcase_add_test(tcase, test_no_descriptor_is_lost);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
