#include "xenbackend/xen_import_spec.h"

#include "spec/characters.h"
#include "spec/spec_text.h"
#include "spec/text_checks.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

#define SOURCE_MAX 400u /* characters of a file's name */

void imported_spec_free(ImportedSpec *spec)
{
    if (spec == NULL) {
        return;
    }
    g_free(spec->text);
    problems_free(spec->problems);
    spec_free(spec->spec);
    g_free(spec);
}

/* ---- notes ---- */

/* "line 12: vif.accel: left out: ..." */
static char *format_comment(const ImportNote *note)
{
    g_autofree char *line =
        note->line > 0 ? g_strdup_printf("line %u: ", note->line) : g_strdup("");
    return g_strdup_printf("%s%s%s%s", line, note->key != NULL ? note->key : "",
                           note->key != NULL ? ": " : "", note->reason);
}

static char **make_comments(const ImportedDomain *domain)
{
    char **comments = g_new0(char *, domain->notes->len + 2);
    comments[0] = g_strdup_printf("from %s", domain->source);
    for (guint i = 0; i < domain->notes->len; i++) {
        comments[i + 1] = format_comment(g_ptr_array_index(domain->notes, i));
    }
    return comments;
}

void imported_domain_format_notes(const ImportedDomain *domain, GString *out)
{
    for (guint i = 0; i < domain->notes->len; i++) {
        const ImportNote *note = g_ptr_array_index(domain->notes, i);
        characters_append_escaped(out, domain->source, strlen(domain->source), SOURCE_MAX);
        if (note->line > 0) {
            g_string_append_printf(out, ":%u:%u", note->line, note->column);
        }
        g_string_append_printf(out, ": %s%s%s\n", note->key != NULL ? note->key : "",
                               note->key != NULL ? ": " : "", note->reason);
    }
}

/* ---- the domains ---- */

static void text_domain_free(gpointer data)
{
    SpecTextDomain *domain = data;
    g_strfreev((char **)domain->comments);
    g_free(domain);
}

static gboolean is_fit(ImportedDomain *domain, GHashTable *seen)
{
    const char *expected = domain->name != NULL ? check_domain_name(domain->name) : NULL;
    const ImportedDomain *first =
        domain->name != NULL ? g_hash_table_lookup(seen, domain->name) : NULL;
    if (domain->name == NULL) {
        imported_domain_note(domain, 0, 0, NULL, "left out: a domain needs a name");
    } else if (expected != NULL) {
        g_autofree char *shown = import_quote(domain->name);
        imported_domain_note(domain, 0, 0, NULL,
                             "left out: a spec has %s, and this domain is called %s", expected,
                             shown);
    } else if (first != NULL) {
        imported_domain_note(domain, 0, 0, NULL, "left out: '%s' is in %s already", domain->name,
                             first->source);
    } else {
        g_hash_table_insert(seen, domain->name, domain);
        return TRUE;
    }
    return FALSE;
}

/* Taken over as it is, it would lack the device at its next start. */
static void note_comment(ImportedDomain *domain)
{
    imported_domain_note(domain, 0, 0, NULL,
                         "left out: a device of it cannot be in a spec (see below), so that it "
                         "stands here as a comment, and stays another's");
    ImportNote *note = g_ptr_array_steal_index(domain->notes, domain->notes->len - 1);
    g_ptr_array_insert(domain->notes, 0, note);
}

static GPtrArray *make_text_domains(const GPtrArray *domains)
{
    GPtrArray *fit = g_ptr_array_new_with_free_func(text_domain_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < domains->len; i++) {
        ImportedDomain *domain = g_ptr_array_index(domains, i);
        if (is_fit(domain, seen)) {
            SpecTextDomain *text = g_new0(SpecTextDomain, 1);
            text->is_comment = domain->lacks_device;
            if (text->is_comment) {
                note_comment(domain);
            }
            text->name = domain->name;
            text->settings = domain->settings;
            text->comments = (const char *const *)make_comments(domain);
            g_ptr_array_add(fit, text);
        }
    }
    return fit;
}

/* ---- the spec ---- */

static ImportedSpec *compose(const char *const *comments, const char *fleet,
                             const GPtrArray *domains, gboolean with_profile)
{
    ImportedSpec *imported = g_new0(ImportedSpec, 1);
    g_autoptr(GString) text = g_string_new(NULL);
    spec_text_write(comments, fleet, domains, with_profile, text);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local("import", bytes));
    imported->text = g_strdup(text->str);
    imported->problems = problems_new();
    imported->spec = spec_new();
    spec_read_source(imported->spec, texts, NULL, imported->problems);
    spec_finish(imported->spec, NULL, imported->problems);
    imported->is_whole = problems_count_errors(imported->problems) == 0;
    return imported;
}

/* Does each domain of one say what it says in the other? */
static gboolean is_same(const Spec *one, const Spec *other)
{
    for (guint i = 0; i < one->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(one->domains, i);
        const Domain *same = spec_find(other, domain->name);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GString) same_text = g_string_new(NULL);
        domain_format_canonical(domain, text);
        if (same != NULL) {
            domain_format_canonical(same, same_text);
        }
        if (strcmp(text->str, same_text->str) != 0) {
            return FALSE;
        }
    }
    return one->domains->len == other->domains->len;
}

ImportedSpec *xen_import_spec(const char *const *comments, const char *fleet,
                              const GPtrArray *domains)
{
    g_autoptr(GPtrArray) fit = make_text_domains(domains);
    /* A profile is there to be read by people: where it would change anything, there is none. */
    g_autoptr(ImportedSpec) plain = compose(comments, fleet, fit, FALSE);
    g_autoptr(ImportedSpec) short_one = compose(comments, fleet, fit, TRUE);
    gboolean is_good =
        short_one->is_whole == plain->is_whole && is_same(plain->spec, short_one->spec);
    ImportedSpec *imported = is_good ? g_steal_pointer(&short_one) : g_steal_pointer(&plain);
    imported->is_whole = imported->is_whole && fit->len == domains->len;
    for (guint i = 0; i < domains->len; i++) {
        const ImportedDomain *domain = g_ptr_array_index(domains, i);
        imported->is_whole = imported->is_whole && !domain->is_lacking;
    }
    return imported;
}
