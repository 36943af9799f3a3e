/* Bytes as the files of a source (0xff, which no UTF-8 has, separates them): whatever they say, the
 * reader comes to an end; and what it accepts is complete, and reads back from its canonical text.
 */
#include "spec/spec.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_files(Spec *spec, const uint8_t *data, size_t size, Problems *problems)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    const uint8_t *end = data + size;
    for (const uint8_t *at = data; at < end;) {
        const uint8_t *mark = memchr(at, 0xff, (size_t)(end - at));
        const uint8_t *stop = mark != NULL ? mark : end;
        g_autoptr(GBytes) bytes = g_bytes_new(at, (gsize)(stop - at));
        g_autofree char *name = g_strdup_printf("%u.yaml", texts->len);
        g_ptr_array_add(texts, trusted_text_new_local(name, bytes));
        at = stop + 1;
    }
    spec_read_source(spec, texts, NULL, problems);
}

static void check_problems(const Problems *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);
    problems_format(problems, text, FALSE);
    g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    for (guint i = 0; i < problems_count(problems); i++) {
        const Problem *problem = problems_get(problems, i);
        g_assert_cmpuint(strlen(problem->message), >, 0);
        g_assert_true(problem->where.text != NULL || problem->where.line == 0);
    }
}

static void check_canonical(const Domain *domain)
{
    g_autoptr(GString) canonical = g_string_new(NULL);
    domain_format_canonical(domain, canonical);
    g_autoptr(GBytes) bytes = g_bytes_new(canonical->str, canonical->len);
    g_autoptr(TrustedText) text = trusted_text_new_local("canonical", bytes);
    g_autoptr(Problems) problems = problems_new();
    GStringChunk *texts = g_string_chunk_new(256);
    g_autoptr(Settings) back = domain_read_canonical(text, texts, problems);
    g_assert_nonnull(back);
    g_assert_cmpuint(problems_count(problems), ==, 0);
    for (guint key = 0; key < domain_keys.count; key++) {
        if (key != DOMAIN_KEY_host && key != DOMAIN_KEY_profile) {
            g_assert_true(
                value_equal(&domain_keys, domain_get(domain, key), settings_get(back, key)));
        }
    }
    g_string_chunk_free(texts);
}

static void check_domain(const Spec *spec, const Domain *domain)
{
    g_assert_true(spec_find(spec, domain->name) == domain);
    g_assert_cmpuint(strlen(domain->uuid), ==, 36);
    g_assert_true((domain->host != NULL) == spec_has_hosts(spec));
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        g_assert_true(domain_get(domain, key) != NULL ||
                      (!row->is_required && row->default_text == NULL));
    }
    g_assert_cmpint(domain_maximum_memory_mib(domain), >=,
                    domain_get_integer(domain, DOMAIN_KEY_memory));
    g_assert_cmpint(domain_maximum_vcpus(domain), >=, domain_get_integer(domain, DOMAIN_KEY_vcpus));
    const Value *vifs = domain_get(domain, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        g_assert_nonnull(settings_own(vifs->items[i].table, VIF_KEY_mac));
    }
    const Value *after = domain_get(domain, DOMAIN_KEY_after);
    for (guint i = 0; after != NULL && i < after->count; i++) {
        g_assert_nonnull(spec_find(spec, after->items[i].text));
    }
    check_canonical(domain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Spec) spec = spec_new();
    g_autoptr(Problems) problems = problems_new();
    read_files(spec, data, size, problems);
    spec_finish(spec, NULL, problems);
    check_problems(problems);
    if (problems_count_errors(problems) == 0) {
        g_assert_nonnull(spec->fleet);
        for (guint i = 0; i < spec->domains->len; i++) {
            check_domain(spec, g_ptr_array_index(spec->domains, i));
        }
    }
    return 0;
}
