#include "agent/complete.h"

#include "agent/agent_config.h"
#include "agent/cycle.h"
#include "agent/help.h"

#include <stdio.h>
#include <string.h>

/* Is no row of the commands: `help COMMAND` is `COMMAND --help`. */
#define COMPLETE_HELP "help"

/* What options take one of; of --only and of arguments that are a NAME, see print_domains(). */
static const struct {
    const char *option;
    const char *values[5];
} values_of[] = {
    {"toolstack", {"auto", "xl", "xm", "sim"}},
    {"output", {"text", "json"}},
    {"color", {"auto", "always", "never"}},
    {"format", {"text", "json", "man"}},
};

gboolean complete_takes_words(const char *option)
{
    for (guint i = 0; i < G_N_ELEMENTS(values_of); i++) {
        if (strcmp(values_of[i].option, option) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void print_if_fits(const char *start, const char *word, const char *what)
{
    if (g_str_has_prefix(word, start)) {
        printf("%s%s%s\n", word, what != NULL ? "\t" : "", what != NULL ? what : "");
    }
}

/* ---- names of domains ---- */

static gboolean is_local(const Cycle *cycle)
{
    const Value *sources = agent_config_value(cycle->config, AGENT_KEY_sources);
    for (guint i = 0; sources != NULL && i < sources->count; i++) {
        if (settings_own(sources->items[i].table, SOURCE_KEY_path) == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_local_file(const char *path)
{
    return strcmp(path, "-") != 0 && strstr(path, "://") == NULL;
}

static gboolean can_read_spec(const Cycle *cycle)
{
    char **specs = cycle->options->specs;
    if (specs == NULL) {
        return is_local(cycle);
    }
    for (; *specs != NULL; specs++) {
        if (!is_local_file(*specs)) {
            return FALSE;
        }
    }
    return TRUE;
}

static void add_names(Cycle *cycle, GHashTable *names)
{
    if (!cycle_read_config(cycle)) {
        return;
    }
    g_autoptr(State) state = state_new(cycle->state_dir);
    g_autoptr(Record) record = state_read_record(state, NULL);
    GHashTableIter iter;
    gpointer name = NULL;
    g_hash_table_iter_init(&iter, record != NULL ? record->domains : names);
    while (record != NULL && g_hash_table_iter_next(&iter, &name, NULL)) {
        g_hash_table_add(names, g_strdup(name));
    }
    if (can_read_spec(cycle)) {
        cycle_read_spec(cycle, NULL, SPEC_TO_CHECK);
    }
    for (guint i = 0; cycle->spec != NULL && i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        g_hash_table_add(names, g_strdup(domain->name));
    }
}

/* Those of the spec, as far as it can be read, and those that are recorded. */
static void print_domains(const char *start, const Options *options)
{
    Cycle cycle;
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    cycle_init(&cycle, options);
    add_names(&cycle, names);
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)strcmp);
    for (const GList *name = sorted; name != NULL; name = name->next) {
        print_if_fits(start, name->data, NULL);
    }
    cycle_clear(&cycle);
}

/* ---- words ---- */

static void print_commands(const char *start)
{
    for (const CommandRow *row = command_rows; row->name != NULL; row++) {
        print_if_fits(start, row->name, row->summary);
    }
}

static void print_options(const char *start, const CommandRow *command, const GOptionEntry *entries)
{
    for (guint i = 0; entries[i].long_name != NULL; i++) {
        if (i < OPTIONS_OF_ALL ||
            (command != NULL && command_has_option(command, entries[i].long_name))) {
            g_autofree char *word = g_strconcat("--", entries[i].long_name, NULL);
            print_if_fits(start, word, entries[i].description);
        }
    }
}

/* The option that WORD is and that takes a value, or NULL. */
static const GOptionEntry *find_taker(const char *word, const GOptionEntry *entries)
{
    for (; entries->long_name != NULL; entries++) {
        const char short_name[] = {'-', entries->short_name, '\0'};
        gboolean is_it =
            (g_str_has_prefix(word, "--") && strcmp(word + 2, entries->long_name) == 0) ||
            (entries->short_name != '\0' && strcmp(word, short_name) == 0);
        if (is_it && entries->arg != G_OPTION_ARG_NONE) {
            return entries;
        }
    }
    return NULL;
}

static void print_values(const char *start, const GOptionEntry *taker, const Options *options)
{
    if (strcmp(taker->long_name, "only") == 0) {
        print_domains(start, options);
    }
    for (guint i = 0; i < G_N_ELEMENTS(values_of); i++) {
        const char *const *value = values_of[i].values;
        gboolean is_it = strcmp(values_of[i].option, taker->long_name) == 0;
        for (; is_it && *value != NULL; value++) {
            print_if_fits(start, *value, NULL);
        }
    }
}

static void print_words(const char *start, const GPtrArray *arguments, const GOptionEntry *entries,
                        const Options *options)
{
    const char *name = arguments->len > 0 ? g_ptr_array_index(arguments, 0) : NULL;
    const CommandRow *command = name != NULL ? command_find(name) : NULL;
    if (*start == '-') {
        print_options(start, command, entries);
    } else if (name == NULL) {
        print_commands(start);
        print_if_fits(start, COMPLETE_HELP, "tell of all commands, or of one");
    } else if (strcmp(name, COMPLETE_HELP) == 0 && arguments->len == 1) {
        print_commands(start);
    } else if (command != NULL && g_str_has_prefix(command->arguments, "NAME")) {
        print_domains(start, options);
    }
}

/* What is neither an option nor the value of one. */
static GPtrArray *read_before(char *program, char **words, int count, GOptionContext *context)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    g_ptr_array_add(all, program);
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(all, words[i]);
    }
    int left = (int)all->len;
    g_ptr_array_add(all, NULL);
    char **arguments = (char **)all->pdata;
    g_option_context_parse(context, &left, &arguments, NULL);
    GPtrArray *out = g_ptr_array_new();
    for (int i = 1; i < left; i++) {
        g_ptr_array_add(out, arguments[i]);
    }
    return out;
}

void complete_print(int argc, char **argv, GOptionContext *context, const GOptionEntry *entries,
                    Options *options)
{
    int first = argc > 2 && strcmp(argv[2], "--") == 0 ? 3 : 2;
    int before = MAX(argc - 1 - first, 0);
    const char *start = first < argc ? argv[argc - 1] : "";
    const GOptionEntry *taker = before > 0 ? find_taker(argv[argc - 2], entries) : NULL;
    g_autoptr(GPtrArray) arguments =
        read_before(argv[0], argv + first, taker != NULL ? before - 1 : before, context);
    if (taker != NULL) {
        print_values(start, taker, options);
    } else {
        print_words(start, arguments, entries, options);
    }
}
