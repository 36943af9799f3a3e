/* What --help says, from the rows of the commands and of the options. */
#include "agent/help.h"

#include "agent/complete.h"
#include "agent/log.h"

#include <stdio.h>
#include <string.h>

#define HELP_WIDTH 90 /* columns */
#define NAME_WIDTH 24

/* What it is called and what it is for, in two columns; a name that is too long for its own has a
 * line to itself. */
static void print_row(const char *name, const char *meaning)
{
    gboolean is_long = strlen(name) > NAME_WIDTH;
    printf("  %-*s%s%*s%s\n", NAME_WIDTH, name, is_long ? "\n" : " ", is_long ? NAME_WIDTH + 3 : 0,
           "", meaning);
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
    print_row(shown, entry->description);
}

static void print_global_entries(const GOptionEntry *entries)
{
    printf("\nOptions:\n");
    for (guint i = 0; i < OPTIONS_OF_ALL; i++) {
        print_entry(&entries[i]);
    }
}

void help_print(const GOptionEntry *entries)
{
    printf("xensure makes this Xen host match its spec: it creates, changes and stops the domains "
           "that\nthe spec names, and leaves all others alone.\n\n"
           "Usage: xensure [OPTION...] COMMAND [ARGUMENT...]\n\nCommands:\n");
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        g_autofree char *usage = g_strdup_printf("%s %s", row->name, row->arguments);
        print_row(usage, row->summary);
    }
    print_global_entries(entries);
    printf(
        "\nExit codes: 0 in sync or done; 2 plan found something to do; 1 error; 3 the spec was "
        "refused;\n4 something is held; 5 a domain may run twice, or is another's; 6 some actions "
        "failed; 75 another\nrun holds the lock.\n\n"
        "A first look, on a simulated host:\n"
        "  xensure --toolstack sim --state-dir /tmp/x --xen-config-dir /tmp/x/cfg --spec web.yaml "
        "plan\n"
        "More on a command: xensure COMMAND --help, or xensure help COMMAND\n");
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
    for (guint i = OPTIONS_OF_ALL; entries[i].long_name != NULL; i++) {
        const GOptionEntry *entry = &entries[i];
        const char *value = entry->arg_description;
        if (command_has_option(command, entry->long_name) &&
            strstr(command->arguments, entry->long_name) == NULL) {
            printf(" [--%s%s%s]", entry->long_name, value != NULL ? " " : "",
                   value != NULL ? value : "");
        }
    }
    printf("%s%s\n\n", *command->arguments != '\0' ? " " : "", command->arguments);
}

void help_print_command(const CommandRow *command, const GOptionEntry *entries)
{
    print_usage(command, entries);
    printf("%c%s.\n\n", g_ascii_toupper(command->summary[0]), command->summary + 1);
    print_wrapped(command->help);
    if (command->options != NULL) {
        printf("\nOptions of %s:\n", command->name);
    }
    for (guint i = OPTIONS_OF_ALL; entries[i].long_name != NULL; i++) {
        if (command_has_option(command, entries[i].long_name)) {
            print_entry(&entries[i]);
        }
    }
    print_global_entries(entries);
}

/* ---- for the manual ---- */

char *help_escape_for_scdoc(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("\\*_`<>[]#~", *c) != NULL) {
            g_string_append_c(out, '\\');
        }
        g_string_append_c(out, *c);
    }
    return g_string_free(out, FALSE);
}

static void print_man_entry(const GOptionEntry *entry)
{
    g_autofree char *doc = help_escape_for_scdoc(entry->description);
    printf("\n");
    if (entry->short_name != 0) {
        printf("*-%c*, ", entry->short_name);
    }
    printf("*--%s*", entry->long_name);
    if (entry->arg_description != NULL) {
        printf(" _%s_", entry->arg_description);
    }
    /* A word that is to be typed is written as it is. */
    char first = complete_takes_words(entry->long_name) ? *doc : g_ascii_toupper(*doc);
    printf("\n\t%c%s.\n", first, doc + 1);
}

static void print_man_command(const CommandRow *command, const GOptionEntry *entries)
{
    g_autofree char *arguments = help_escape_for_scdoc(command->arguments);
    g_auto(GStrv) paragraphs = g_strsplit(command->help, "\n", -1);
    printf("\n*%s*%s%s\n", command->name, *arguments != '\0' ? " " : "", arguments);
    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++) {
        g_autofree char *text = help_escape_for_scdoc(*paragraph);
        printf("%s\t%s\n", paragraph == paragraphs ? "" : "\n", text);
    }
    gboolean is_first = TRUE;
    for (guint i = OPTIONS_OF_ALL; entries[i].long_name != NULL; i++) {
        if (command_has_option(command, entries[i].long_name)) {
            printf("%s*--%s*", is_first ? "\n\tIts options: " : ", ", entries[i].long_name);
            is_first = FALSE;
        }
    }
    printf("%s", is_first ? "" : ".\n");
}

/* "ACTION_DONE" as a person reads it. */
static void print_man_event(const LogEventRow *event)
{
    g_autofree char *name = g_ascii_strdown(event->name, -1);
    g_autofree char *doc = help_escape_for_scdoc(event->doc);
    g_strdelimit(name, "_", '-');
    printf("\n*%s* (%s)\n\t%s\n", name, event->message_id, doc);
}

void help_print_man(const GOptionEntry *entries)
{
    printf("## COMMANDS\n");
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        print_man_command(row, entries);
    }
    printf("\n## OPTIONS OF ALL COMMANDS\n");
    for (guint i = 0; i < OPTIONS_OF_ALL; i++) {
        print_man_entry(&entries[i]);
    }
    printf("\n## OPTIONS OF SOME COMMANDS\n");
    for (guint i = OPTIONS_OF_ALL; entries[i].long_name != NULL; i++) {
        print_man_entry(&entries[i]);
    }
    printf("\n## EVENTS OF THE LOG\n");
    for (guint i = 0; i < LOG_EVENT_COUNT; i++) {
        print_man_event(&log_events[i]);
    }
}
