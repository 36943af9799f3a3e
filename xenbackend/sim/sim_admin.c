/* `xensim sim ...`: what happens to the host and its guests, by order. */
#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_receive.h"
#include "xenbackend/sim/sim_seed.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int (*AdminFunction)(SimHost *host, int argc, char **argv);

static int complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

static int complain(const char *format, ...)
{
    va_list arguments;
    fputs("xensim: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return 1;
}

/* Reads options; what is left of argv are the arguments. FALSE: said on stderr. */
static gboolean read_options(const GOptionEntry *entries, int *argc, char ***argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    if (g_option_context_parse(context, argc, argv, &error))
        return TRUE;
    complain("%s", error->message);
    return FALSE;
}

static void remove_files(int folder_fd)
{
    int fd = dup(folder_fd);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL)
        return;
    rewinddir(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        unlinkat(folder_fd, entry->d_name, 0);
    closedir(folder);
}

/* All domains are gone, and the boot id is a new one. */
static void forget_boot(SimHost *host)
{
    g_autofree char *uuid = g_uuid_string_random();
    g_autofree char *boot_id = g_strconcat(uuid, "\n", NULL);
    g_autofree char *booted = g_strdup_printf("%" G_GINT64_FORMAT "\n", sim_now_ms());
    remove_files(host->domains_fd);
    remove_files(host->configs_fd);
    sim_host_drop_journal(host);
    unlinkat(host->folder_fd, "next_domid", 0);
    unlinkat(host->folder_fd, "deaths", 0);
    sim_host_write(host->folder_fd, "boot_id", boot_id, strlen(boot_id));
    sim_host_write(host->folder_fd, "booted", booted, strlen(booted));
}

/* Replaces the lines of the settings that ARGV names ("key=value"). */
static int change_settings(SimHost *host, int argc, char **argv)
{
    g_autofree char *old = sim_host_read(host->folder_fd, "host", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(old == NULL ? "" : old, "\n", -1);
    for (int i = 0; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        SimSettings scratch;
        sim_settings_init(&scratch);
        g_autofree char *key =
            equals == NULL ? g_strdup(argv[i]) : g_strndup(argv[i], (gsize)(equals - argv[i]));
        gboolean is_good = equals != NULL && sim_settings_set(&scratch, key, equals + 1) &&
                           strchr(argv[i], '\n') == NULL;
        sim_settings_clear(&scratch);
        if (!is_good)
            return complain("expected KEY=VALUE with a known key, found '%s'", argv[i]);
        for (guint j = 0; lines[j] != NULL; j++) {
            gsize length = strlen(key);
            if (strncmp(lines[j], key, length) == 0 && lines[j][length] == ':')
                lines[j][0] = '\0';
        }
        g_string_append_printf(text, "%s: %s\n", key, equals + 1);
    }
    for (guint j = 0; lines[j] != NULL; j++)
        if (lines[j][0] != '\0')
            g_string_append_printf(text, "%s\n", lines[j]);
    sim_host_lock(host);
    gboolean is_written = sim_host_write(host->folder_fd, "host", text->str, text->len);
    sim_host_unlock(host);
    return is_written ? 0 : complain("cannot write %s/host", host->folder);
}

static int admin_set(SimHost *host, int argc, char **argv)
{
    return change_settings(host, argc - 1, argv + 1);
}

static int admin_init(SimHost *host, int argc, char **argv)
{
    static char *memory, *dom0_memory, *cpus, *version, *name;
    const GOptionEntry entries[] = {
        {"memory", 0, 0, G_OPTION_ARG_STRING, &memory, NULL, NULL},
        {"dom0-memory", 0, 0, G_OPTION_ARG_STRING, &dom0_memory, NULL, NULL},
        {"cpus", 0, 0, G_OPTION_ARG_STRING, &cpus, NULL, NULL},
        {"xen-version", 0, 0, G_OPTION_ARG_STRING, &version, NULL, NULL},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL},
        G_OPTION_ENTRY_NULL};
    if (!read_options(entries, &argc, &argv))
        return 1;
    const struct {
        const char *key, *value;
    } given[] = {{"memory", memory},
                 {"dom0_memory", dom0_memory},
                 {"cpus", cpus},
                 {"xen_version", version},
                 {"name", name}};
    g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(given); i++)
        if (given[i].value != NULL)
            g_ptr_array_add(settings, g_strdup_printf("%s=%s", given[i].key, given[i].value));
    for (int i = 1; i < argc; i++)
        g_ptr_array_add(settings, g_strdup(argv[i]));
    sim_host_lock(host);
    forget_boot(host);
    unlinkat(host->folder_fd, "host", 0);
    unlinkat(host->folder_fd, "faults", 0);
    unlinkat(host->folder_fd, "log", 0);
    unlinkat(host->folder_fd, "halted", 0);
    sim_host_unlock(host);
    return change_settings(host, (int)settings->len, (char **)settings->pdata);
}

static int admin_reboot_host(SimHost *host, G_GNUC_UNUSED int argc, G_GNUC_UNUSED char **argv)
{
    sim_host_lock(host);
    forget_boot(host);
    sim_host_unlock(host);
    return 0;
}

static int admin_host(SimHost *host, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (*argv[i] == '\0' || *argv[i] == '.' || strchr(argv[i], '/') != NULL)
            return complain("'%s' is no name of a host", argv[i]);
        g_autofree char *folder = g_build_filename(host->folder, "hosts", argv[i], NULL);
        g_autofree char *setting = g_strconcat("name=", argv[i], NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(SimHost) other = sim_host_open(folder, &error);
        if (other == NULL)
            return complain("%s", error->message);
        if (other->settings.name == NULL && change_settings(other, 1, &setting) != 0)
            return 1;
        printf("%s\n", folder);
    }
    return 0;
}

static int seed(SimHost *host, const SimSeed *wanted, gboolean is_quiet)
{
    g_autoptr(GError) error = NULL;
    guint added = 0;
    if (!sim_seed(host, wanted, &added, &error))
        return complain("%s", error->message);
    if (!is_quiet)
        printf("%u domains\n", added);
    return 0;
}

static int admin_seed(SimHost *host, int argc, char **argv)
{
    static int count, memory = 64, vcpus = 1;
    static char *prefix, *folder;
    const GOptionEntry entries[] = {{"count", 0, 0, G_OPTION_ARG_INT, &count, NULL, NULL},
                                    {"memory", 0, 0, G_OPTION_ARG_INT, &memory, NULL, NULL},
                                    {"vcpus", 0, 0, G_OPTION_ARG_INT, &vcpus, NULL, NULL},
                                    {"prefix", 0, 0, G_OPTION_ARG_STRING, &prefix, NULL, NULL},
                                    {"from", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL},
                                    G_OPTION_ENTRY_NULL};
    if (!read_options(entries, &argc, &argv))
        return 1;
    const SimSeed wanted = {.count = count,
                            .prefix = prefix == NULL ? "d" : prefix,
                            .memory_mib = memory,
                            .vcpus = vcpus,
                            .folder = folder,
                            .files = (const char *const *)argv + 1};
    return seed(host, &wanted, FALSE);
}

/* A domain that is added by its name, and what may be said of it. */
typedef struct {
    const char *name;
    char *uuid; /* to be freed */
    int memory_mib, vcpus;
} AddedDomain;

/* FALSE: said on stderr. */
static gboolean read_added(int argc, char **argv, const char *refused, AddedDomain *added)
{
    static int memory = 64, vcpus = 1;
    static char *uuid;
    const GOptionEntry entries[] = {{"memory", 0, 0, G_OPTION_ARG_INT, &memory, NULL, NULL},
                                    {"vcpus", 0, 0, G_OPTION_ARG_INT, &vcpus, NULL, NULL},
                                    {"uuid", 0, 0, G_OPTION_ARG_STRING, &uuid, NULL, NULL},
                                    G_OPTION_ENTRY_NULL};
    if (!read_options(entries, &argc, &argv))
        return FALSE;
    if (argc != 2 || strpbrk(argv[1], refused) != NULL) {
        complain("expected the domain's name");
        return FALSE;
    }
    char *given = uuid != NULL ? uuid : g_uuid_string_random();
    *added = (AddedDomain){argv[1], given, memory, vcpus};
    return TRUE;
}

static int admin_add_foreign(SimHost *host, int argc, char **argv)
{
    AddedDomain added;
    if (!read_added(argc, argv, "\"\\\n", &added))
        return 1;
    g_autofree char *uuid = added.uuid;
    g_autofree char *text =
        g_strdup_printf("name = \"%s\"\nuuid = \"%s\"\ntype = \"pvh\"\nkernel = \"/boot/foreign\"\n"
                        "memory = %d\nvcpus = %d\n",
                        added.name, uuid, added.memory_mib, added.vcpus);
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("xensim-XXXXXX", &path, &error);
    if (fd < 0)
        return complain("%s", error->message);
    close(fd);
    int exit_code = 1;
    if (g_file_set_contents(path, text, -1, &error)) {
        const char *files[] = {path, NULL};
        const SimSeed wanted = {.prefix = "", .files = files};
        exit_code = seed(host, &wanted, TRUE);
    } else {
        complain("%s", error->message);
    }
    unlink(path);
    return exit_code;
}

/* A domain that xend keeps for a later start: only xm shows it. */
static int admin_add_halted(SimHost *host, int argc, char **argv)
{
    AddedDomain added;
    if (!read_added(argc, argv, "\n", &added))
        return 1;
    g_autofree char *uuid = added.uuid;
    g_autofree char *line =
        g_strdup_printf("%s %d %d %s\n", uuid, added.memory_mib, added.vcpus, added.name);
    sim_host_lock(host);
    sim_host_append(host, "halted", line);
    sim_host_unlock(host);
    return 0;
}

/* Ends the guest of a domain for a reason of its own; the monitor does the rest. */
static void end_guest(SimHost *host, SimDomain *domain, SimReason reason)
{
    char line[48];
    gint64 now_ms = sim_now_ms();
    snprintf(line, sizeof line, "%" G_GINT64_FORMAT " %d\n", domain->domid, (int)reason);
    sim_host_append(host, "deaths", line);
    sim_domain_shut(domain, reason, now_ms);
    sim_host_save(host, domain);
}

static void afflict(SimHost *host, SimDomain *domain, const char *what)
{
    static const struct {
        const char *name;
        SimReason reason;
    } ends[] = {{"crash", SIM_REASON_CRASH},
                {"poweroff", SIM_REASON_POWEROFF},
                {"guest-reboot", SIM_REASON_REBOOT},
                {"watchdog", SIM_REASON_WATCHDOG},
                {"suspend", SIM_REASON_SUSPEND}};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        if (strcmp(ends[i].name, what) == 0) {
            end_guest(host, domain, ends[i].reason);
            return;
        }
    }
    if (strcmp(what, "vanish") == 0) {
        sim_host_remove(host, domain, -1);
        return;
    }
    if (strcmp(what, "zombie") == 0) {
        domain->is_zombie = 1;
        domain->memory_kib = 0;
        domain->running_since_ms = 0;
    } else if (strcmp(what, "hang") == 0) {
        domain->mode = SIM_MODE_HUNG;
        domain->event_at_ms = -1;
    } else if (strcmp(what, "kill-monitor") == 0) {
        domain->monitor = SIM_MONITOR_NONE;
    } else if (strcmp(what, "kill-receiver") == 0) {
        domain->receiver = SIM_RECEIVER_NONE;
    }
    sim_host_save(host, domain);
}

static int admin_afflict(SimHost *host, int argc, char **argv)
{
    if (argc < 2)
        return complain("sim %s: expected a domain", argv[0]);
    for (int i = 1; i < argc; i++) {
        gint64 domid = 0;
        g_autoptr(GPtrArray) domains = sim_host_begin(host);
        SimDomain *domain =
            sim_lookup(domains, argv[i], &domid) ? sim_host_find(domains, domid) : NULL;
        if (domain != NULL)
            afflict(host, domain, argv[0]);
        sim_host_unlock(host);
        if (domain == NULL)
            return complain("there is no domain '%s'", argv[i]);
    }
    return 0;
}

static int add_fault(SimHost *host, const SimFault *fault)
{
    g_autofree char *line = sim_fault_format(fault);
    sim_host_lock(host);
    sim_host_append(host, "faults", line);
    sim_host_unlock(host);
    return 0;
}

static int admin_fault(SimHost *host, int argc, char **argv)
{
    static int status = 1, seconds, bytes, skip;
    static char *at, *text, *times;
    const GOptionEntry entries[] = {{"at", 0, 0, G_OPTION_ARG_STRING, &at, NULL, NULL},
                                    {"status", 0, 0, G_OPTION_ARG_INT, &status, NULL, NULL},
                                    {"text", 0, 0, G_OPTION_ARG_STRING, &text, NULL, NULL},
                                    {"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, NULL, NULL},
                                    {"bytes", 0, 0, G_OPTION_ARG_INT, &bytes, NULL, NULL},
                                    {"skip", 0, 0, G_OPTION_ARG_INT, &skip, NULL, NULL},
                                    {"times", 0, 0, G_OPTION_ARG_STRING, &times, NULL, NULL},
                                    G_OPTION_ENTRY_NULL};
    if (!read_options(entries, &argc, &argv))
        return 1;
    if (argc == 2 && strcmp(argv[1], "clear") == 0) {
        unlinkat(host->folder_fd, "faults", 0);
        return 0;
    }
    if (argc == 1 || (argc == 2 && strcmp(argv[1], "list") == 0)) {
        g_autofree char *faults = sim_host_read(host->folder_fd, "faults", NULL);
        fputs(faults == NULL ? "" : faults, stdout);
        return 0;
    }
    SimFault fault = {.command = argv[1],
                      .at = at == NULL ? (char *)"start" : at,
                      .status = status,
                      .seconds = seconds,
                      .bytes = bytes,
                      .skip = skip,
                      .left = 1,
                      .text = text == NULL ? (char *)"" : text};
    gboolean is_kind = argc == 3 && sim_fault_kind_parse(argv[2], &fault.kind);
    if (argc == 3 && strcmp(argv[2], "did") == 0) {
        is_kind = TRUE;
        fault.kind = SIM_FAULT_FAIL;
        fault.at = (char *)"done";
    }
    if (!is_kind || strpbrk(argv[1], " \n") != NULL || strpbrk(fault.at, " \n") != NULL)
        return complain("expected: sim fault COMMAND KIND [OPTION...]");
    if (times != NULL && strcmp(times, "always") == 0)
        fault.left = -1;
    else if (times != NULL &&
             !g_ascii_string_to_signed(times, 10, 1, G_MAXINT32, &fault.left, NULL))
        return complain("--times: expected a number or 'always', found '%s'", times);
    return add_fault(host, &fault);
}

static int admin_log(SimHost *host, int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "show";
    if (strcmp(what, "on") == 0) {
        sim_host_append(host, "log", "");
    } else if (strcmp(what, "off") == 0) {
        unlinkat(host->folder_fd, "log", 0);
    } else if (strcmp(what, "clear") == 0) {
        int fd = openat(host->folder_fd, "log", O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (fd >= 0)
            close(fd);
    } else if (strcmp(what, "show") == 0) {
        g_autofree char *log = sim_host_read(host->folder_fd, "log", NULL);
        fputs(log == NULL ? "" : log, stdout);
    } else {
        return complain("sim log: expected on, off, show or clear, found '%s'", what);
    }
    return 0;
}

static int admin_show(SimHost *host, G_GNUC_UNUSED int argc, G_GNUC_UNUSED char **argv)
{
    g_autofree char *boot_id = sim_host_read(host->folder_fd, "boot_id", NULL);
    g_autofree char *settings = sim_host_read(host->folder_fd, "host", NULL);
    g_autoptr(GPtrArray) domains = sim_host_look(host);
    printf("folder: %s\nboot_id: %sdomains: %u\nfree_memory: %d\n%s", host->folder, boot_id,
           domains->len, (int)(sim_host_free_kib(host, domains) / 1024),
           settings == NULL ? "" : settings);
    return 0;
}

int sim_administer(SimHost *host, int argc, char **argv)
{
    static const struct {
        const char *name;
        AdminFunction run;
    } functions[] = {
        {"init", admin_init},
        {"set", admin_set},
        {"show", admin_show},
        {"host", admin_host},
        {"seed", admin_seed},
        {"add-foreign", admin_add_foreign},
        {"add-halted", admin_add_halted},
        {"crash", admin_afflict},
        {"poweroff", admin_afflict},
        {"guest-reboot", admin_afflict},
        {"watchdog", admin_afflict},
        {"suspend", admin_afflict},
        {"vanish", admin_afflict},
        {"zombie", admin_afflict},
        {"hang", admin_afflict},
        {"kill-monitor", admin_afflict},
        {"kill-receiver", admin_afflict},
        {"reboot-host", admin_reboot_host},
        {"fault", admin_fault},
        {"log", admin_log},
    };
    for (guint i = 0; argc > 0 && i < G_N_ELEMENTS(functions); i++)
        if (strcmp(functions[i].name, argv[0]) == 0)
            return functions[i].run(host, argc, argv);
    complain("sim: expected a subcommand (see xensim --help)%s%s", argc > 0 ? ", found " : "",
             argc > 0 ? argv[0] : "");
    return 2;
}
