#include "spec/spec_entries.h"

#include <string.h>

/* What was made of a domain. */
typedef struct {
    Settings *settings;
    Problems *problems; /* NULL: none */
} Entry;

/* What is over a limit is left to the walk through the tree, which counts what it takes. */
static gboolean wants(gpointer data, const char *section)
{
    const SpecEntries *entries = data;
    return strcmp(section, document_keys.rows[DOCUMENT_KEY_domains].name) == 0 &&
           entries->domains < SPEC_DOMAINS_MAX && entries->problem_count < PROBLEMS_MAX;
}

static gpointer read_entry(gpointer data, const YamlTree *tree, const YamlNode *node)
{
    SpecEntries *entries = data;
    if (entries->problems == NULL) {
        entries->problems = problems_new();
    }
    const ValueReader reader = {tree, entries->problems, entries->texts};
    Entry *entry = g_new0(Entry, 1);
    entry->settings = settings_read(&reader, &domain_keys, node, FALSE);
    entries->domains++;
    guint count = problems_count(entries->problems);
    if (count > 0) {
        entry->problems = g_steal_pointer(&entries->problems);
        entries->problem_count += count;
    }
    return entry;
}

static void discard(gpointer data)
{
    Entry *entry = data;
    settings_free(entry->settings);
    problems_free(entry->problems);
    g_free(entry);
}

YamlEntryReader spec_entries_reader(SpecEntries *entries)
{
    return (YamlEntryReader){entries, wants, read_entry, discard};
}

Settings *spec_entries_take(YamlTree *tree, const YamlNode *node, Problems *problems)
{
    Entry *entry = yaml_tree_take_entry(tree, node);
    if (entry == NULL) {
        return NULL;
    }
    Settings *settings = g_steal_pointer(&entry->settings);
    if (entry->problems != NULL) {
        problems_move(entry->problems, problems);
    }
    discard(entry);
    return settings;
}
