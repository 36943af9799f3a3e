#include "agent/spec_source.h"

#include "agent/cycle.h"
#include "agent/source_git.h"
#include "agent/source_url.h"

#include <string.h>

/* The first is the kind of what --spec gives. */
static const SpecSourceKind kinds[] = {
    {.key = SOURCE_KEY_path, .word = "path", .is_by_keyring = TRUE, .read = cycle_read_paths},
    {.key = SOURCE_KEY_url,
     .word = "url",
     .is_by_keyring = TRUE,
     .fetch = source_url_fetch,
     .verify = source_url_verify},
    {.key = SOURCE_KEY_git,
     .word = "git",
     .describe = source_git_describe,
     .check = source_git_check,
     .prepare = source_git_prepare,
     .fetch = source_git_fetch,
     .verify = source_git_verify},
};

/* WHERE may be any bytes, and the name is one line of text. */
static SpecSource *source_new(const SpecSourceKind *kind, const char *where)
{
    SpecSource *source = g_new0(SpecSource, 1);
    g_autofree char *valid = g_utf8_make_valid(where, -1);
    g_autofree char *escaped = g_strescape(where, valid);
    gboolean is_plain = strcmp(valid, where) == 0 && strpbrk(where, "\n\r\t") == NULL;
    source->kind = kind;
    source->name = g_strdup_printf("%s %s", kind->word, is_plain ? where : escaped);
    source->texts = g_ptr_array_new();
    source->signers = g_ptr_array_new();
    return source;
}

/* The same files are the same source, from wherever xensure is called. */
static SpecSource *new_of_paths(const SpecSourceKind *kind, const char *const *paths)
{
    g_autoptr(GString) where = g_string_new(NULL);
    for (const char *const *path = paths; *path != NULL; path++) {
        g_autofree char *whole =
            strcmp(*path, "-") == 0 ? g_strdup("-") : g_canonicalize_filename(*path, NULL);
        g_string_append_printf(where, "%s%s", where->len > 0 ? " " : "", whole);
    }
    SpecSource *source = source_new(kind, where->str);
    source->paths = g_strdupv((char **)paths);
    return source;
}

SpecSource *spec_source_new_paths(const char *const *paths)
{
    return new_of_paths(&kinds[0], paths);
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
    if (found->read == NULL && found->fetch == NULL) {
        *trouble = g_strdup_printf("it is a `%s`, which this version does not read", found->word);
        return NULL;
    }
    const char *misfit = found->check != NULL ? found->check(settings) : NULL;
    if (misfit != NULL) {
        *trouble = g_strdup(misfit);
        return NULL;
    }
    g_autofree char *where = found->describe != NULL
                                 ? found->describe(settings)
                                 : g_strdup(settings_own_text(settings, found->key));
    const char *const paths[] = {where, NULL};
    SpecSource *source =
        found->read != NULL ? new_of_paths(found, paths) : source_new(found, where);
    source->settings = settings;
    return source;
}

gboolean spec_source_is_remote(const SpecSource *source)
{
    return source->kind->fetch != NULL;
}

/* ---- what was read ---- */

static void add_signers(SpecSource *source, const GPtrArray *signers)
{
    for (guint i = 0; signers != NULL && i < signers->len; i++) {
        const Signer *signer = g_ptr_array_index(signers, i);
        gboolean is_known = FALSE;
        for (guint j = 0; j < source->signers->len; j++) {
            const Signer *other = g_ptr_array_index(source->signers, j);
            is_known = is_known || strcmp(signer->key_id, other->key_id) == 0;
        }
        if (!is_known) {
            g_ptr_array_add(source->signers, (gpointer)signer);
        }
    }
}

void spec_source_sum_up(SpecSource *source)
{
    for (guint i = 0; i < source->texts->len; i++) {
        const TrustedText *text = g_ptr_array_index(source->texts, i);
        add_signers(source, trusted_text_signers(text));
        source->is_signed_before = source->is_signed_before || trusted_text_is_signed_before(text);
        source->signed_time = MAX(source->signed_time, trusted_text_signed_time(text));
    }
    source->digest = spec_texts_digest(source->texts);
    source->is_signed = spec_texts_are_signed(source->texts);
}

static void free_text(gpointer text, gpointer data)
{
    (void)data;
    trusted_text_free(text);
}

void spec_source_forget(SpecSource *source)
{
    /* What the spec has taken over is its own. */
    if (!source->is_taken) {
        g_ptr_array_foreach(source->texts, free_text, NULL);
    }
    g_ptr_array_set_size(source->texts, 0);
    g_ptr_array_set_size(source->signers, 0);
    g_clear_pointer(&source->allowed, allowed_signers_free);
    source_answered_clear(&source->answered);
    g_clear_pointer(&source->digest, g_free);
    g_clear_pointer(&source->signers_now, g_free);
    g_clear_pointer(&source->commit, g_free);
    g_clear_pointer(&source->expired, g_free);
    g_clear_pointer(&source->unrenewed, g_free);
    source->header = (SpecHeader){0};
    source->is_taken = FALSE;
    source->is_signed = FALSE;
    source->is_signed_before = FALSE;
    source->has_own_signers = FALSE;
    source->is_copy = FALSE;
    source->signed_time = 0;
    source->fetched = 0;
}

void spec_source_free(SpecSource *source)
{
    if (source == NULL) {
        return;
    }
    spec_source_forget(source);
    g_ptr_array_unref(source->texts);
    g_ptr_array_unref(source->signers);
    source_bundle_free(source->bundle);
    source_asked_clear(&source->asked);
    g_free(source->trouble);
    keyring_free(source->trusted);
    g_free(source->trusted_set);
    g_free(source->trusted_root);
    g_strfreev(source->paths);
    g_free(source->name);
    g_free(source);
}
