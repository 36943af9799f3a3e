#include "agent/options.h"

#include "agent/accepted.h"
#include "agent/complete.h"
#include "agent/exit_code.h"
#include "agent/help.h"
#include "agent/report.h"
#include "xenbackend/toolstack.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What GOption writes into before it becomes Options. */
typedef struct {
    char *output;
    char *colour;
    char **only;
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

#define ENTRIES 33

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
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->only, "look at this domain alone", "NAME"},
        {"host-checks", 0, 0, G_OPTION_ARG_NONE, &out->has_host_checks,
         "look whether this host has what its domains need", NULL},
        {"diff", 0, 0, G_OPTION_ARG_NONE, &out->is_diff, "show how the config files change", NULL},
        {"extra", 0, 0, G_OPTION_ARG_STRING, &out->extra,
         "add kernel arguments to this one start (with --only)", "ARGS"},
        {"allow-stops", 0, 0, G_OPTION_ARG_INT64, &out->allow_stops,
         "let this run make up to N stops", "N"},
        {"accept-loss", 0, 0, G_OPTION_ARG_NONE, &out->accept_loss,
         "believe that the missing domains are gone", NULL},
        {"accept-generation", 0, 0, G_OPTION_ARG_STRING_ARRAY, &out->accept_generation,
         "apply generation N, of SOURCE where there are several, whatever was applied before (may "
         "repeat)",
         "[SOURCE=]N"},
        {"accept-stale", 0, 0, G_OPTION_ARG_NONE, &out->accept_stale,
         "start domains of several hosts although no source has answered since dom0 was booted",
         NULL},
        {"log", 0, 0, G_OPTION_ARG_NONE, &out->has_log,
         "say each step as it is taken and what is newly held or wrong, instead of a report", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &out->format, "text, json or man", "FORMAT"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &out->is_all, "all domains of the spec on this host",
         NULL},
        {"former-host", 0, 0, G_OPTION_ARG_STRING, &out->former_host,
         "a host that was taken out of `hosts`, and runs nothing any more", "HOST"},
        {"for", 0, 0, G_OPTION_ARG_STRING, &out->duration, "end by itself after TIME (30m, 8h, 2d)",
         "TIME"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &out->reason, "why, for everybody who asks", "TEXT"},
        {"max-age", 0, 0, G_OPTION_ARG_STRING, &out->max_age,
         "end with 1 if no run over all domains has ended within TIME (10m, 2h, 1d)", "TIME"},
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
         "a text that is signed, too, behind the time and the name", "TEXT"},
        {0}};
    memcpy(entries, rows, sizeof rows);
}

gboolean command_has_option(const CommandRow *command, const char *name)
{
    return command->options != NULL && g_strv_contains(command->options, name);
}

static gboolean is_given(const GOptionEntry *entry)
{
    if (entry->arg == G_OPTION_ARG_NONE) {
        return *(const gboolean *)entry->arg_data;
    }
    if (entry->arg == G_OPTION_ARG_INT64) {
        return *(const gint64 *)entry->arg_data != OPTION_NOT_GIVEN;
    }
    return *(const gpointer *)entry->arg_data != NULL;
}

/* The first option that was given and that the command does not have, or NULL. */
static const char *find_stray_option(const CommandRow *command, const GOptionEntry *entries)
{
    for (guint i = OPTIONS_OF_ALL; i < ENTRIES; i++) {
        if (is_given(&entries[i]) && !command_has_option(command, entries[i].long_name)) {
            return entries[i].long_name;
        }
    }
    return NULL;
}

const CommandRow *command_find(const char *name)
{
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
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
    if (raw->only != NULL && raw->only[1] != NULL) {
        return refuse(error, "expected --only once, found it %u times", g_strv_length(raw->only));
    }
    out->only = raw->only != NULL ? g_strdup(raw->only[0]) : NULL;
    return TRUE;
}

static gboolean is_empty(const GOptionEntry *entry)
{
    if (entry->arg == G_OPTION_ARG_FILENAME_ARRAY || entry->arg == G_OPTION_ARG_STRING_ARRAY) {
        const char *const *values = *(const char *const *const *)entry->arg_data;
        return values != NULL && g_strv_contains(values, "");
    }
    gboolean is_text = entry->arg == G_OPTION_ARG_STRING || entry->arg == G_OPTION_ARG_FILENAME;
    return is_text && g_strcmp0(*(const char *const *)entry->arg_data, "") == 0;
}

static gboolean check_values(const Options *options, const GOptionEntry *entries, GError **error)
{
    /* Most likely a variable of a script that was never set: "" as a folder would be the current
     * one. */
    for (guint i = 0; i < ENTRIES; i++) {
        if (is_empty(&entries[i])) {
            return refuse(error, "expected a value for --%s, found nothing", entries[i].long_name);
        }
    }
    if (options->toolstack != NULL && !toolstack_is_name(options->toolstack)) {
        return refuse(error, "expected the toolstack %s, found '%s'", toolstack_names,
                      options->toolstack);
    }
    if (options->extra != NULL && options->only == NULL) {
        return refuse(error, "--extra needs --only NAME");
    }
    if (options->allow_stops < 0 && options->allow_stops != OPTION_NOT_GIVEN) {
        return refuse(error, "expected a number that is not negative for --allow-stops");
    }
    for (char **word = options->accept_generation; word != NULL && *word != NULL; word++) {
        if (!accepted_is_word(*word)) {
            return refuse(error,
                          "expected a number that is not negative, or SOURCE=NUMBER, for "
                          "--accept-generation, found '%s'",
                          *word);
        }
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
    const CommandRow *command = command_find(argv[1]);
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
    if (argc > 1 && strcmp(argv[1], "help") == 0) {
        raw->wants_help = TRUE;
        argc--;
        argv++;
    }
    if (raw->wants_help && argc < 2) {
        if (g_strcmp0(out->format, "man") == 0) {
            help_print_man(entries);
        } else {
            help_print(entries);
        }
        return NULL;
    }
    const CommandRow *command = find_wanted_command(argc, argv, error);
    if (command == NULL) {
        return NULL;
    }
    if (raw->wants_help) {
        help_print_command(command, entries);
        return NULL;
    }
    const char *stray = find_stray_option(command, entries);
    if (stray != NULL) {
        refuse(error, "%s has no option --%s", command->name, stray);
        return NULL;
    }
    gboolean is_good = take_raw(raw, out, error) && check_values(out, entries, error) &&
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
    make_entries(out, &raw, entries);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (argc > 1 && strcmp(argv[1], "complete") == 0) {
        complete_print(argc, argv, context, entries, out);
    } else if (check_flags(argc, argv, entries, &error) &&
               g_option_context_parse(context, &argc, &argv, &error)) {
        command = take(argc, argv, entries, &raw, out, &error);
    }
    if (error != NULL) {
        report_refusal(error, is_json);
    }
    *exit_code = error != NULL ? EXIT_ERROR : EXIT_IN_SYNC;
    g_free(raw.output);
    g_free(raw.colour);
    g_strfreev(raw.only);
    return command;
}

void options_clear(Options *options)
{
    g_free(options->config_path);
    g_free(options->host);
    g_strfreev(options->specs);
    g_strfreev(options->accept_generation);
    g_free(options->toolstack);
    g_free(options->state_dir);
    g_free(options->xen_config_dir);
    g_free(options->only);
    g_free(options->extra);
    g_free(options->format);
    g_free(options->former_host);
    g_free(options->duration);
    g_free(options->reason);
    g_free(options->max_age);
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
