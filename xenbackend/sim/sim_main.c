#include "xenbackend/sim/sim_command.h"
#include "xenbackend/sim/sim_help.h"
#include "xenbackend/sim/sim_xm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How the program answers, by the name it is called with. Another toolstack's is another row. */
typedef struct {
    const char *name;
    int (*run)(int argc, char **argv);
} Dialect;

#define XEND_DOWN "Unable to connect to xend: No such file or directory. Is xend running?"

static char *default_folder(void)
{
    const char *folder = g_getenv("XENSIM_DIR");
    if (folder != NULL && *folder != '\0')
        return g_canonicalize_filename(folder, NULL);
    if (geteuid() == 0)
        return g_strdup("/var/lib/xensure/sim");
    const char *state = g_getenv("XDG_STATE_HOME");
    if (state != NULL && g_path_is_absolute(state))
        return g_build_filename(state, "xensim", NULL);
    return g_build_filename(g_get_home_dir(), ".local", "state", "xensim", NULL);
}

static SimHost *open_host(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = default_folder();
    SimHost *host = sim_host_open(folder, &error);
    if (host == NULL)
        sim_error("xensim: %s\n", error->message);
    return host;
}

/* A name may be shortened while it fits only one (Xen xl_cmdtable.c:cmdtable_lookup). */
static const SimCommand *find_command(const char *name)
{
    const SimCommand *found = NULL;
    for (guint i = 0; i < sim_commands_count; i++) {
        if (strcmp(sim_commands[i].name, name) == 0)
            return &sim_commands[i];
        if (!g_str_has_prefix(sim_commands[i].name, name))
            continue;
        if (found != NULL)
            return NULL;
        found = &sim_commands[i];
    }
    return found;
}

static void print_commands(GString *out)
{
    g_string_append(out, "Usage xl [-vfNtT] <subcommand> [args]\n\n"
                         "xl full list of subcommands:\n\n");
    for (guint i = 0; i < sim_commands_count; i++)
        g_string_append_printf(out, " %-19s %s\n", sim_commands[i].name, sim_commands[i].summary);
}

static gboolean print_all(const GString *text)
{
    for (gsize done = 0; done < text->len;) {
        ssize_t put = write(STDOUT_FILENO, text->str + done, text->len - done);
        if (put < 0 && errno != EINTR)
            return FALSE;
        done += put > 0 ? (gsize)put : 0;
    }
    return TRUE;
}

/* Runs a command with the fault that was ordered for it, if one was. */
static int run_command(SimCall *call)
{
    int exit_code = 0;
    g_autoptr(SimFault) fault = sim_fault_take(call->host, call->command->name);
    call->fault = fault;
    gboolean is_nothing = fault != NULL && fault->kind == SIM_FAULT_NOTHING;
    if (sim_step(call, "start")) {
        exit_code = call->exit_code;
    } else if (!is_nothing) {
        optind = 1;
        exit_code = call->command->run(call);
        if (sim_step(call, "done"))
            exit_code = call->exit_code;
    }
    if (fault != NULL)
        sim_fault_spoil(fault, call->out);
    if (!print_all(call->out) && exit_code == 0)
        exit_code = 1;
    char how[16];
    snprintf(how, sizeof how, "%d", exit_code);
    sim_log(call, how);
    call->fault = NULL;
    return exit_code;
}

static int run_call(const SimCommand *command, SimHost *host, int argc, char **argv,
                    char **whole_argv, gboolean is_dry_run)
{
    g_autoptr(GString) out = g_string_new(NULL);
    SimCall call = {.host = host,
                    .command = command,
                    .argc = argc,
                    .argv = argv,
                    .whole_argv = whole_argv,
                    .out = out,
                    .is_dry_run = is_dry_run};
    return run_command(&call);
}

static int run_named(const char *name, int argc, char **argv, char **whole_argv,
                     gboolean is_dry_run)
{
    const SimCommand *command = find_command(name);
    if (command == NULL) {
        sim_error("command not implemented\n");
        return 1;
    }
    if (is_dry_run && !command->has_dry_run) {
        sim_error("command does not implement -N (dryrun) option\n");
        return 1;
    }
    g_autoptr(SimHost) host = open_host();
    return host == NULL ? 1 : run_call(command, host, argc, argv, whole_argv, is_dry_run);
}

static int run_help(int argc, char **argv)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const SimCommand *command = argc > 1 ? find_command(argv[1]) : NULL;
    SimCall call = {.out = out};
    if (command != NULL)
        sim_print_usage(&call, command);
    else
        print_commands(out);
    return print_all(out) ? 0 : 1;
}

static int run_xl(int argc, char **argv)
{
    gboolean is_dry_run = FALSE;
    g_autofree char **whole_argv = g_memdup2(argv, sizeof(char *) * ((gsize)argc + 1));
    opterr = 0;
    for (int option = getopt(argc, argv, "+vftTN"); option != -1;
         option = getopt(argc, argv, "+vftTN")) {
        if (option == '?') {
            sim_error("unknown global option\n");
            return 1;
        }
        is_dry_run |= option == 'N';
    }
    if (optind >= argc) {
        run_help(0, NULL);
        return 1;
    }
    argc -= optind;
    argv += optind;
    if (strcmp(argv[0], "help") == 0)
        return run_help(argc, argv);
    return run_named(argv[0], argc, argv, whole_argv, is_dry_run);
}

/* Xen up to 4.4, tools/python/xen/xm/main.py:main. */
static int run_xm(int argc, char **argv)
{
    const SimCommand *command = NULL;
    g_autofree char **whole_argv = g_memdup2(argv, sizeof(char *) * ((gsize)argc + 1));
    for (guint i = 0; argc > 1 && i < xm_commands_count; i++)
        if (strcmp(xm_commands[i].name, argv[1]) == 0)
            command = &xm_commands[i];
    if (command == NULL) {
        if (argc > 1)
            xm_error("Subcommand %s not found!", argv[1]);
        printf("Usage: xm <subcommand> [args]\n\n");
        for (guint i = 0; i < xm_commands_count; i++)
            printf(" %-19s %s\n", xm_commands[i].name, xm_commands[i].summary);
        return 1;
    }
    g_autoptr(SimHost) host = open_host();
    if (host == NULL)
        return 1;
    if (host->settings.is_xend_down)
        return xm_error(XEND_DOWN);
    return run_call(command, host, argc - 1, argv + 1, whole_argv, FALSE);
}

static int run_xensim(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        sim_print_help();
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("xensim %s\n", XENSURE_VERSION);
        return 0;
    }
    if (argc < 2 || strcmp(argv[1], "sim") != 0)
        return run_xl(argc, argv);
    g_autoptr(SimHost) host = open_host();
    return host == NULL ? 1 : sim_administer(host, argc - 2, argv + 2);
}

/* Read by AddressSanitizer, where it is built in: tests start this program tens of thousands of
 * times, and the search for leaks takes as long as all else that it does. Those of the simulator
 * itself set ASAN_OPTIONS=detect_leaks=1. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int argc, char **argv)
{
    static const Dialect dialects[] = {{"xl", run_xl}, {"xm", run_xm}};
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "xensim";
    for (guint i = 0; i < G_N_ELEMENTS(dialects); i++)
        if (strcmp(dialects[i].name, name) == 0)
            return dialects[i].run(argc, argv);
    return run_xensim(argc, argv);
}
