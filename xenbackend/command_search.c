#include "xenbackend/command.h"
#include "xenbackend/command_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Of children; and where programs are looked for after our own PATH, which cron keeps short. */
#define FIXED_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Of one process; commands of ours have far less. */
#define ENVIRONMENT_BYTES_MAX (1024u * 1024)
/* Fields of /proc/PID/stat, counted from the end of the name (man 5 proc). */
#define STAT_ENV_START 48
#define STAT_ENV_END   49
/* A process that becomes its program is looked at again, for a second in all. */
#define STARTING_LOOKS   100
#define STARTING_LOOK_US 10000

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

typedef enum { PROCESS_OTHER, PROCESS_STARTING, PROCESS_FOUND } ProcessKind;

/* Had it a program, and no environment yet, when nothing could be read there? Between the two the
 * kernel shows none (Linux fs/exec.c:begin_new_exec, fs/binfmt_elf.c:create_elf_tables), and may
 * have got further by now. A process that has ended has no program, and one whose environment is
 * really empty has a place for it. */
static gboolean is_becoming_program(const char *pid_text)
{
    g_autofree char *folder = g_strconcat("/proc/", pid_text, NULL);
    g_autofree char *exe_path = g_strconcat(folder, "/exe", NULL);
    g_autofree char *stat_path = g_strconcat(folder, "/stat", NULL);
    g_autofree char *exe = g_file_read_link(exe_path, NULL);
    g_autofree char *text = NULL;
    struct stat status;
    if (exe == NULL || stat(folder, &status) != 0 || status.st_uid != geteuid() ||
        !g_file_get_contents(stat_path, &text, NULL, NULL)) {
        return FALSE;
    }
    const char *after_name = strrchr(text, ')'); /* the second field, with anything in it */
    g_auto(GStrv) fields = g_strsplit(after_name != NULL ? after_name : "", " ", -1);
    return g_strv_length(fields) > STAT_ENV_END &&
           (strcmp(fields[STAT_ENV_END], "0") == 0 ||
            strcmp(fields[STAT_ENV_START], fields[STAT_ENV_END]) != 0);
}

/* Is the entry one of the NUL-separated strings of the process's environment? A process that has
 * ended and was not reaped has none; one that may not be looked at is not ours. */
static ProcessKind process_look(const char *pid_text, const char *entry)
{
    g_autofree char *path = g_strconcat("/proc/", pid_text, "/environ", NULL);
    g_autofree char *bytes = g_malloc(ENVIRONMENT_BYTES_MAX);
    gsize length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return PROCESS_OTHER;
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
            return PROCESS_FOUND;
        }
        at += size + 1;
    }
    return length == 0 && is_becoming_program(pid_text) ? PROCESS_STARTING : PROCESS_OTHER;
}

/* Leader of its own group, which command_start() makes it, but not of a session: that is a daemon.
 */
static gboolean is_started_process(pid_t pid)
{
    return pid > 0 && pid != getpid() && getpgid(pid) == pid && getsid(pid) != pid;
}

/* One look at all processes. */
static GPid find_once(const char *environment_entry, gboolean *is_starting)
{
    g_autoptr(GDir) folder = g_dir_open("/proc", 0, NULL);
    gboolean is_proc = FALSE;
    const char *name = NULL;
    *is_starting = FALSE;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        guint64 number = 0;
        if (!g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT32, &number, NULL)) {
            continue;
        }
        is_proc = TRUE;
        if (!is_started_process((pid_t)number)) {
            continue;
        }
        ProcessKind kind = process_look(name, environment_entry);
        if (kind == PROCESS_FOUND) {
            return (GPid)number;
        }
        *is_starting = *is_starting || kind == PROCESS_STARTING;
    }
    return is_proc ? 0 : -1;
}

GPid command_find_running(const char *environment_entry)
{
    gboolean is_starting = FALSE;
    GPid found = find_once(environment_entry, &is_starting);
    for (guint i = 0; i < STARTING_LOOKS && found == 0 && is_starting; i++) {
        g_usleep(STARTING_LOOK_US);
        found = find_once(environment_entry, &is_starting);
    }
    return found == 0 && is_starting ? -1 : found;
}
