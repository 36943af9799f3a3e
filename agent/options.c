#include "agent/options.h"

#include "agent/exit_code.h"
#include "agent/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What GOption writes into before it becomes Options. */
typedef struct {
    char *output;
    char *colour;
    gboolean wants_version;
    gboolean wants_help;
} RawOptions;

static gboolean read_colour(const char *text, ColourChoice *out)
{
    static const char *const words[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = (ColourChoice)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Options of some commands come behind those of all. */
#define GLOBAL_ENTRIES 10
#define ENTRIES        30
#define HELP_WIDTH     90 /* columns */

static void make_entries(Options *out, RawOptions *raw, GOptionEntry entries[ENTRIES + 1])
{
    const GOptionEntry rows[ENTRIES + 1] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &out->config_path,
         "read FILE instead of /etc/xensure/agent.yaml", "FILE"},
        {"host", 0, 0, G_OPTION_ARG_STRING, &out->host, "be this host of the spec", "NAME"},
        {"spec", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &out->specs,
         "read the spec from PATH: a file, a folder of *.yaml, or - (may repeat)", "PATH"},
        {"toolstack", 0, 0, G_OPTION_ARG_STRING, &out->toolstack,
         "auto, xl, xm, or sim (simulated)", "NAME"},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &out->state_dir,
         "keep the record in DIR instead of /var/lib/xensure", "DIR"},
        {"xen-config-dir", 0, 0, G_OPTION_ARG_FILENAME, &out->xen_config_dir,
         "write config files into DIR instead of /etc/xen", "DIR"},
        {"output", 'o', 0, G_OPTION_ARG_STRING, &raw->output, "text or json", "FORMAT"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &raw->colour, "auto, always or never", "WHEN"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &raw->wants_version, "print the version", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &raw->wants_help, "print this help", NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING, &out->only, "look at this domain alone", "NAME"},
        {"host-checks", 0, 0, G_OPTION_ARG_NONE, &out->has_host_checks,
         "look whether this host has what its domains need", NULL},
        {"diff", 0, 0, G_OPTION_ARG_NONE, &out->is_diff, "show how the config files change", NULL},
        {"extra", 0, 0, G_OPTION_ARG_STRING, &out->extra,
         "add kernel arguments to this one start (with --only)", "ARGS"},
        {"allow-stops", 0, 0, G_OPTION_ARG_INT64, &out->allow_stops,
         "let this run make up to N stops", "N"},
        {"accept-loss", 0, 0, G_OPTION_ARG_NONE, &out->accept_loss,
         "believe that the missing domains are gone", NULL},
        {"accept-generation", 0, 0, G_OPTION_ARG_INT64, &out->accept_generation,
         "apply generation N whatever was applied before", "N"},
        {"accept-stale", 0, 0, G_OPTION_ARG_NONE, &out->accept_stale,
         "start domains of several hosts although no source of the spec has answered since dom0 "
         "was "
         "booted",
         NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &out->format, "text, json or man", "FORMAT"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &out->is_all, "all domains of the spec on this host",
         NULL},
        {"for", 0, 0, G_OPTION_ARG_STRING, &out->duration, "end by itself after TIME (30m, 8h, 2d)",
         "TIME"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "why, for everybody who asks", "TEXT"},
        {"running", 0, 0, G_OPTION_ARG_NONE, &out->is_running, "import what runs, not files", NULL},
        {"public-key", 0, 0, G_OPTION_ARG_FILENAME, &out->public_key, "the public key", "FILE"},
        {"secret-key", 0, 0, G_OPTION_ARG_FILENAME, &out->secret_key,
         "the secret key, instead of xensure.key", "FILE"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &out->password_file,
         "read the key's password from FILE (-: standard input)", "FILE"},
        {"no-password", 0, 0, G_OPTION_ARG_NONE, &out->has_no_password, "use no password", NULL},
        {"signature", 0, 0, G_OPTION_ARG_FILENAME, &out->signature,
         "the signature, instead of the file's name and .minisig", "FILE"},
        {"name-by-key", 0, 0, G_OPTION_ARG_NONE, &out->is_named_by_key,
         "put the key's id into the signature's name", NULL},
        {"trusted-comment", 0, 0, G_OPTION_ARG_STRING, &out->trusted_comment,
         "a line that is signed, too", "TEXT"},
        {0}};
    memcpy(entries, rows, sizeof rows);
}

static gboolean has_option(const CommandRow *command, const char *name)
{
    return command->options != NULL && g_strv_contains(command->options, name);
}

/* The first option that was given and that the command does not have, or NULL. */
static const char *find_stray_option(const CommandRow *command, const Options *options)
{
    const struct {
        const char *name;
        gboolean is_given;
    } given[] = {
        {"only", options->only != NULL},
        {"host-checks", options->has_host_checks},
        {"diff", options->is_diff},
        {"extra", options->extra != NULL},
        {"allow-stops", options->allow_stops != OPTION_NOT_GIVEN},
        {"accept-loss", options->accept_loss},
        {"accept-generation", options->accept_generation != OPTION_NOT_GIVEN},
        {"accept-stale", options->accept_stale},
        {"format", options->format != NULL},
        {"all", options->is_all},
        {"for", options->duration != NULL},
        {"reason", options->reason != NULL},
        {"running", options->is_running},
        {"public-key", options->public_key != NULL},
        {"secret-key", options->secret_key != NULL},
        {"password-file", options->password_file != NULL},
        {"no-password", options->has_no_password},
        {"signature", options->signature != NULL},
        {"name-by-key", options->is_named_by_key},
        {"trusted-comment", options->trusted_comment != NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(given); i++) {
        if (given[i].is_given && !has_option(command, given[i].name)) {
            return given[i].name;
        }
    }
    return NULL;
}

static const CommandRow *find_command(const char *name)
{
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static void print_entry(const GOptionEntry *entry)
{
    g_autofree char *shown =
        g_strdup_printf("%s--%s%s%s", entry->short_name != 0 ? "-x, " : "", entry->long_name,
                        entry->arg_description != NULL ? " " : "",
                        entry->arg_description != NULL ? entry->arg_description : "");
    if (entry->short_name != 0) {
        shown[1] = entry->short_name;
    }
    printf("  %-24s %s\n", shown, entry->description);
}

static void print_global_entries(const GOptionEntry *entries)
{
    printf("\nOptions:\n");
    for (guint i = 0; i < GLOBAL_ENTRIES; i++) {
        print_entry(&entries[i]);
    }
}

static void print_help(const GOptionEntry *entries)
{
    printf("xensure makes this Xen host match its spec: it creates, changes and stops the domains "
           "that\nthe spec names, and leaves all others alone.\n\n"
           "Usage: xensure [OPTION...] COMMAND [ARGUMENT...]\n\nCommands:\n");
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        g_autofree char *usage = g_strdup_printf("%s %s", row->name, row->arguments);
        printf("  %-24s %s\n", usage, row->summary);
    }
    print_global_entries(entries);
    printf(
        "\nExit codes: 0 in sync or done; 2 plan found something to do; 1 error; 3 the spec was "
        "refused;\n4 something is held; 5 a domain may run twice, or is another's; 6 some actions "
        "failed; 75 another\nrun holds the lock.\n\n"
        "A first look, on a simulated host:\n"
        "  xensure --toolstack sim --state-dir /tmp/x --xen-config-dir /tmp/x/cfg --spec web.yaml "
        "plan\n"
        "More on a command: xensure COMMAND --help\n");
}

/* Breaks the lines between words. */
static void print_wrapped(const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n", -1);
    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++) {
        g_auto(GStrv) words = g_strsplit(*paragraph, " ", -1);
        gsize column = 0;
        for (char **word = words; *word != NULL; word++) {
            gsize width = strlen(*word);
            gboolean is_first = word == words;
            gboolean is_full = !is_first && column + 1 + width > HELP_WIDTH;
            printf("%s%s", is_full ? "\n" : is_first ? "" : " ", *word);
            column = is_full || is_first ? width : column + 1 + width;
        }
        putchar('\n');
    }
}

/* Its own options, but for those that stand among its arguments. */
static void print_usage(const CommandRow *command, const GOptionEntry *entries)
{
    printf("Usage: xensure [OPTION...] %s", command->name);
    for (guint i = GLOBAL_ENTRIES; i < ENTRIES; i++) {
        const GOptionEntry *entry = &entries[i];
        const char *value = entry->arg_description;
        if (has_option(command, entry->long_name) &&
            strstr(command->arguments, entry->long_name) == NULL) {
            printf(" [--%s%s%s]", entry->long_name, value != NULL ? " " : "",
                   value != NULL ? value : "");
        }
    }
    printf("%s%s\n\n", *command->arguments != '\0' ? " " : "", command->arguments);
}

static void print_command_help(const CommandRow *command, const GOptionEntry *entries)
{
    print_usage(command, entries);
    printf("%c%s.\n\n", g_ascii_toupper(command->summary[0]), command->summary + 1);
    print_wrapped(command->help);
    if (command->options != NULL) {
        printf("\nOptions of %s:\n", command->name);
    }
    for (guint i = GLOBAL_ENTRIES; i < ENTRIES; i++) {
        if (has_option(command, entries[i].long_name)) {
            print_entry(&entries[i]);
        }
    }
    print_global_entries(entries);
}

/* ---- checking ---- */

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(
        error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments));
    va_end(arguments);
    return FALSE;
}

static gboolean take_raw(const RawOptions *raw, Options *out, GError **error)
{
    if (raw->output != NULL && strcmp(raw->output, "json") != 0 &&
        strcmp(raw->output, "text") != 0) {
        return refuse(error, "expected the output format text or json, found '%s'", raw->output);
    }
    out->is_json = g_strcmp0(raw->output, "json") == 0;
    if (raw->colour != NULL && !read_colour(raw->colour, &out->colour)) {
        return refuse(error, "expected the colour auto, always or never, found '%s'", raw->colour);
    }
    return TRUE;
}

/* An empty value is most likely a variable of a script that was never set: "" as a folder would be
 * the current one. */
static gboolean check_values(const Options *options, GError **error)
{
    const struct {
        const char *name;
        const char *value;
    } given[] = {
        {"config", options->config_path},
        {"host", options->host},
        {"toolstack", options->toolstack},
        {"state-dir", options->state_dir},
        {"only", options->only},
        {"xen-config-dir", options->xen_config_dir},
        {"public-key", options->public_key},
        {"secret-key", options->secret_key},
        {"password-file", options->password_file},
        {"signature", options->signature},
    };
    for (guint i = 0; i < G_N_ELEMENTS(given); i++) {
        if (given[i].value != NULL && *given[i].value == '\0') {
            return refuse(error, "expected a value for --%s, found nothing", given[i].name);
        }
    }
    for (guint i = 0; options->specs != NULL && options->specs[i] != NULL; i++) {
        if (*options->specs[i] == '\0') {
            return refuse(error, "expected a value for --spec, found nothing");
        }
    }
    if (options->extra != NULL && options->only == NULL) {
        return refuse(error, "--extra needs --only NAME");
    }
    gboolean is_stops_bad = options->allow_stops < 0 && options->allow_stops != OPTION_NOT_GIVEN;
    if (is_stops_bad ||
        (options->accept_generation < 0 && options->accept_generation != OPTION_NOT_GIVEN)) {
        return refuse(error, "expected a number that is not negative for --%s",
                      is_stops_bad ? "allow-stops" : "accept-generation");
    }
    return TRUE;
}

static gboolean check_arguments(const CommandRow *command, Options *out, int argc, char **argv,
                                GError **error)
{
    int count = argc - 1;
    if (count < command->arguments_least ||
        (command->arguments_most >= 0 && count > command->arguments_most)) {
        return refuse(error, "expected: xensure %s%s%s", command->name,
                      *command->arguments != '\0' ? " " : "", command->arguments);
    }
    out->arguments = g_strdupv(argv + 1);
    return TRUE;
}

static const CommandRow *find_wanted_command(int argc, char **argv, GError **error)
{
    if (argc < 2) {
        refuse(error, "expected a command");
        return NULL;
    }
    const CommandRow *command = find_command(argv[1]);
    if (command == NULL) {
        refuse(error, "there is no command '%s'", argv[1]);
    }
    return command;
}

/* NULL without an error: everything is said and done. */
static const CommandRow *take(int argc, char **argv, const GOptionEntry *entries, RawOptions *raw,
                              Options *out, GError **error)
{
    if (raw->wants_version) {
        printf("xensure %s\n", XENSURE_VERSION);
        return NULL;
    }
    if (raw->wants_help && argc < 2) {
        print_help(entries);
        return NULL;
    }
    const CommandRow *command = find_wanted_command(argc, argv, error);
    if (command == NULL) {
        return NULL;
    }
    if (raw->wants_help) {
        print_command_help(command, entries);
        return NULL;
    }
    const char *stray = find_stray_option(command, out);
    if (stray != NULL) {
        refuse(error, "%s has no option --%s", command->name, stray);
        return NULL;
    }
    gboolean is_good = take_raw(raw, out, error) && check_values(out, error) &&
                       check_arguments(command, out, argc - 1, argv + 1, error);
    return is_good ? command : NULL;
}

/* Looks for `-o json` before anything is parsed: a command line that is refused is answered as it
 * asks, too. */
static gboolean asks_for_json(int argc, char **argv)
{
    gboolean is_json = FALSE;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value = NULL;
        if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) {
            value = i + 1 < argc ? argv[++i] : NULL;
        } else if (g_str_has_prefix(argv[i], "--output=")) {
            value = argv[i] + strlen("--output=");
        }
        is_json = value != NULL ? strcmp(value, "json") == 0 : is_json;
    }
    return is_json;
}

/* GOption takes --flag=no for --flag. */
static gboolean check_flags(int argc, char **argv, const GOptionEntry *entries, GError **error)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        for (guint j = 0; j < ENTRIES; j++) {
            g_autofree char *start = g_strdup_printf("--%s=", entries[j].long_name);
            if (entries[j].arg == G_OPTION_ARG_NONE && g_str_has_prefix(argv[i], start)) {
                return refuse(error, "expected no value for --%s, found '%s'", entries[j].long_name,
                              argv[i] + strlen(start));
            }
        }
    }
    return TRUE;
}

static void report_refusal(const GError *error, gboolean is_json)
{
    fprintf(stderr, "xensure: %s\nTry: xensure --help\n", error->message);
    if (is_json) {
        g_autofree char *json = report_make_error_json(error->message);
        fputs(json, stdout);
    }
}

const CommandRow *options_read(int argc, char **argv, Options *out, int *exit_code)
{
    RawOptions raw = {0};
    GOptionEntry entries[ENTRIES + 1];
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND");
    const CommandRow *command = NULL;
    gboolean is_json = asks_for_json(argc, argv);
    out->allow_stops = OPTION_NOT_GIVEN;
    out->accept_generation = OPTION_NOT_GIVEN;
    make_entries(out, &raw, entries);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (check_flags(argc, argv, entries, &error) &&
        g_option_context_parse(context, &argc, &argv, &error)) {
        command = take(argc, argv, entries, &raw, out, &error);
    }
    if (error != NULL) {
        report_refusal(error, is_json);
    }
    *exit_code = error != NULL ? EXIT_ERROR : EXIT_IN_SYNC;
    g_free(raw.output);
    g_free(raw.colour);
    return command;
}

void options_clear(Options *options)
{
    g_free(options->config_path);
    g_free(options->host);
    g_strfreev(options->specs);
    g_free(options->toolstack);
    g_free(options->state_dir);
    g_free(options->xen_config_dir);
    g_free(options->only);
    g_free(options->extra);
    g_free(options->format);
    g_free(options->duration);
    g_free(options->reason);
    g_free(options->public_key);
    g_free(options->secret_key);
    g_free(options->signature);
    g_free(options->trusted_comment);
    g_free(options->password_file);
    g_strfreev(options->arguments);
}

gboolean options_wants_colour(const Options *options, int descriptor)
{
    if (options->colour != COLOUR_AUTO) {
        return options->colour == COLOUR_ALWAYS;
    }
    const char *no_color = g_getenv("NO_COLOR");
    return (no_color == NULL || *no_color == '\0') && isatty(descriptor) &&
           g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}
