#include "xenbackend/command.h"
#include "xenbackend/command_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Of children; and where programs are looked for after our own PATH, which cron keeps short. */
#define FIXED_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Of one process; commands of ours have far less. */
#define ENVIRONMENT_BYTES_MAX (1024u * 1024)

/* Names of variables that children get (char *). */
static GPtrArray *passed_names;

void command_pass_environment(const char *name)
{
    if (passed_names == NULL) {
        passed_names = g_ptr_array_new_with_free_func(g_free);
    }
    g_ptr_array_add(passed_names, g_strdup(name));
}

char **command_environment_make(const char *const *added)
{
    char **environment = g_new0(char *, 1);
    environment = g_environ_setenv(environment, "PATH", FIXED_PATH, TRUE);
    environment = g_environ_setenv(environment, "LC_ALL", "C", TRUE);
    environment = g_environ_setenv(environment, "HOME", "/", TRUE);
    for (guint i = 0; passed_names != NULL && i < passed_names->len; i++) {
        const char *name = g_ptr_array_index(passed_names, i);
        const char *value = g_getenv(name);
        if (value != NULL) {
            environment = g_environ_setenv(environment, name, value, TRUE);
        }
    }
    for (guint i = 0; added != NULL && added[i] != NULL; i++) {
        const char *equals = strchr(added[i], '=');
        g_assert(equals != NULL && equals != added[i]);
        g_autofree char *name = g_strndup(added[i], (gsize)(equals - added[i]));
        environment = g_environ_setenv(environment, name, equals + 1, TRUE);
    }
    return environment;
}

static gboolean is_program(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test(path, G_FILE_TEST_IS_DIR);
}

char *command_find_program(const char *name)
{
    if (strchr(name, '/') != NULL) {
        return g_path_is_absolute(name) && is_program(name) ? g_strdup(name) : NULL;
    }
    const char *own_path = g_getenv("PATH");
    g_autofree char *path = g_strconcat(own_path != NULL ? own_path : "", ":", FIXED_PATH, NULL);
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);
    for (guint i = 0; name[0] != '\0' && folders[i] != NULL; i++) {
        g_autofree char *program = g_build_filename(folders[i], name, NULL);
        if (g_path_is_absolute(folders[i]) && is_program(program)) {
            return g_steal_pointer(&program);
        }
    }
    return NULL;
}

char *command_find_beside(const char *name, const char *built)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    if (self == NULL) {
        return NULL;
    }
    g_autofree char *folder = g_path_get_dirname(self);
    g_autofree char *above = g_path_get_dirname(folder);
    g_autofree char *beside = g_build_filename(folder, name, NULL);
    g_autofree char *in_build = g_build_filename(above, built, name, NULL);
    if (is_program(beside)) {
        return g_steal_pointer(&beside);
    }
    return is_program(in_build) ? g_steal_pointer(&in_build) : NULL;
}

/* Is the entry one of the NUL-separated strings of the process's environment? A process that has
 * ended and was not reaped has none; one that may not be looked at is not ours. */
static gboolean process_has_entry(const char *pid_text, const char *entry)
{
    g_autofree char *path = g_strconcat("/proc/", pid_text, "/environ", NULL);
    g_autofree char *bytes = g_malloc(ENVIRONMENT_BYTES_MAX);
    gsize length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return FALSE;
    }
    gssize got = 1;
    while (length < ENVIRONMENT_BYTES_MAX && (got > 0 || (got < 0 && errno == EINTR))) {
        got = read(fd, bytes + length, ENVIRONMENT_BYTES_MAX - length);
        length += got > 0 ? (gsize)got : 0;
    }
    close(fd);
    gsize entry_length = strlen(entry);
    for (gsize at = 0; at < length;) {
        gsize size = strnlen(bytes + at, length - at);
        if (size == entry_length && memcmp(bytes + at, entry, size) == 0) {
            return TRUE;
        }
        at += size + 1;
    }
    return FALSE;
}

/* Leader of its own group, which command_start() makes it, but not of a session: that is a daemon.
 */
static gboolean is_started_process(pid_t pid)
{
    return pid > 0 && pid != getpid() && getpgid(pid) == pid && getsid(pid) != pid;
}

GPid command_find_running(const char *environment_entry)
{
    g_autoptr(GDir) folder = g_dir_open("/proc", 0, NULL);
    gboolean is_proc = FALSE;
    const char *name = NULL;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        guint64 number = 0;
        if (!g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT32, &number, NULL)) {
            continue;
        }
        is_proc = TRUE;
        if (is_started_process((pid_t)number) && process_has_entry(name, environment_entry)) {
            return (GPid)number;
        }
    }
    return is_proc ? 0 : -1;
}
