#include "agent/spec_source.h"

#include "agent/cycle.h"

/* The first is the kind of what --spec gives. */
static const SpecSourceKind kinds[] = {
    {SOURCE_KEY_path, "path", cycle_read_paths},
    {SOURCE_KEY_url, "url", NULL},
    {SOURCE_KEY_git, "git", NULL},
};

static SpecSource *source_new(const SpecSourceKind *kind, const char *where)
{
    SpecSource *source = g_new0(SpecSource, 1);
    source->kind = kind;
    source->name = g_strdup_printf("%s %s", kind->word, where);
    source->texts = g_ptr_array_new();
    return source;
}

SpecSource *spec_source_new_paths(const char *const *paths)
{
    g_autofree char *where = g_strjoinv(" ", (char **)paths);
    SpecSource *source = source_new(&kinds[0], where);
    source->paths = g_strdupv((char **)paths);
    return source;
}

static char *list_kinds(void)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const char *before = i == 0 ? "" : i + 1 < G_N_ELEMENTS(kinds) ? ", " : " or ";
        g_string_append_printf(words, "%s`%s`", before, kinds[i].word);
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

SpecSource *spec_source_new(const Settings *settings, char **trouble)
{
    const SpecSourceKind *found = NULL;
    gboolean is_one = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (settings_own(settings, kinds[i].key) != NULL) {
            is_one = found == NULL;
            found = &kinds[i];
        }
    }
    if (found == NULL || !is_one) {
        g_autofree char *words = list_kinds();
        *trouble =
            g_strdup_printf("expected one of %s, found %s", words, is_one ? "none" : "several");
        return NULL;
    }
    if (found->read == NULL) {
        *trouble = g_strdup_printf("it is a `%s`, which this version does not read", found->word);
        return NULL;
    }
    const char *where = settings_own(settings, found->key)->text;
    SpecSource *source = source_new(found, where);
    source->settings = settings;
    if (found->key == SOURCE_KEY_path) {
        source->paths = g_strdupv((char *[]){(char *)where, NULL});
    }
    return source;
}

static void free_text(gpointer text, gpointer data)
{
    (void)data;
    trusted_text_free(text);
}

void spec_source_free(SpecSource *source)
{
    if (source == NULL) {
        return;
    }
    /* What the spec has taken over is its own. */
    if (!source->is_taken) {
        g_ptr_array_foreach(source->texts, free_text, NULL);
    }
    g_ptr_array_unref(source->texts);
    g_strfreev(source->paths);
    g_free(source->name);
    g_free(source);
}
