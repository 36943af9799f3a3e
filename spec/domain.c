/* One domain: its values, and its canonical text. */
#include "spec/spec_steps.h"

#include <string.h>

const Value *domain_get(const Domain *domain, DomainKey key)
{
    const Value *value = domain->derived != NULL ? settings_own(domain->derived, key) : NULL;
    if (value == NULL) {
        value = settings_own(domain->own, key);
    }
    if (value == NULL && domain->base != NULL) {
        /* What was refused hides what a profile has. */
        gboolean is_refused = settings_is_refused(domain->own, key);
        value = is_refused ? domain->base->defaults[key] : domain->base->values[key];
    }
    return value;
}

static void put_all(const Settings *settings, const Value **out)
{
    for (guint i = 0; settings != NULL && i < settings->count; i++) {
        out[settings->values[i].key] = &settings->values[i];
    }
}

void domain_get_all(const Domain *domain, const Value *out[DOMAIN_KEY_COUNT])
{
    if (domain->base == NULL || domain->own->refused != NULL) {
        for (guint key = 0; key < domain_keys.count; key++) {
            out[key] = domain_get(domain, key);
        }
        return;
    }
    memcpy(out, domain->base->values, sizeof domain->base->values);
    put_all(domain->own, out);
    put_all(domain->derived, out);
}

gint64 domain_get_integer(const Domain *domain, DomainKey key)
{
    const Value *value = domain_get(domain, key);
    return value != NULL ? value->integer : 0;
}

const char *domain_get_text(const Domain *domain, DomainKey key)
{
    const Value *value = domain_get(domain, key);
    return value != NULL ? value->text : NULL;
}

gboolean domain_is(const Domain *domain, DomainKey key, const char *word)
{
    return g_strcmp0(domain_get_text(domain, key), word) == 0;
}

gboolean domain_is_to_run(const Domain *domain)
{
    return domain_is(domain, DOMAIN_KEY_state, "running") ||
           domain_is(domain, DOMAIN_KEY_state, "paused");
}

gint64 domain_maximum_memory_mib(const Domain *domain)
{
    return domain_get(domain, DOMAIN_KEY_maxmem) != NULL
               ? domain_get_integer(domain, DOMAIN_KEY_maxmem)
               : domain_get_integer(domain, DOMAIN_KEY_memory);
}

gint64 domain_maximum_vcpus(const Domain *domain)
{
    return domain_get(domain, DOMAIN_KEY_maxvcpus) != NULL
               ? domain_get_integer(domain, DOMAIN_KEY_maxvcpus)
               : domain_get_integer(domain, DOMAIN_KEY_vcpus);
}

gboolean domain_is_on(const Domain *domain, const char *host)
{
    return domain->host == NULL || strcmp(domain->host, host) == 0;
}

static gboolean is_written(const Value *const *values, guint key)
{
    const Value *value = values[key];
    if (value == NULL || key == DOMAIN_KEY_host || key == DOMAIN_KEY_profile) {
        return FALSE;
    }
    const Value *preset = key_table_default(&domain_keys, key);
    return value != preset && !value_equal(&domain_keys, value, preset);
}

void domain_format_canonical(const Domain *domain, GString *out)
{
    const Value *values[DOMAIN_KEY_COUNT];
    domain_get_all(domain, values);
    domain_values_format_canonical(values, out);
}

void domain_values_format_canonical(const Value *const *values, GString *out)
{
    const char *open_group = NULL; /* the row whose group ("stop: {") is open */
    gsize group_length = 0;
    for (guint key = 0; key < domain_keys.count; key++) {
        if (!is_written(values, key)) {
            continue;
        }
        const char *name = domain_keys.rows[key].name;
        const char *dot = strchr(name, '.');
        gboolean is_same_group = open_group != NULL && dot != NULL &&
                                 (gsize)(dot - name) == group_length &&
                                 strncmp(open_group, name, group_length) == 0;
        if (open_group != NULL && !is_same_group) {
            g_string_append(out, "}\n");
            open_group = NULL;
        }
        if (is_same_group) {
            g_string_append(out, ", ");
            g_string_append(out, dot + 1);
            g_string_append(out, ": ");
        } else if (dot != NULL) {
            open_group = name;
            group_length = (gsize)(dot - name);
            g_string_append_len(out, name, (gssize)group_length);
            g_string_append_printf(out, ": {%s: ", dot + 1);
        } else {
            g_string_append(out, name);
            g_string_append(out, ": ");
        }
        value_format(&domain_keys, values[key], out);
        if (open_group == NULL) {
            g_string_append_c(out, '\n');
        }
    }
    if (open_group != NULL) {
        g_string_append(out, "}\n");
    }
}

char *domain_digest(const Domain *domain)
{
    g_autoptr(GString) text = g_string_new(NULL);
    domain_format_canonical(domain, text);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text->str, text->len);
}

Settings *domain_read_canonical(const TrustedText *text, GStringChunk *texts, Problems *problems)
{
    guint errors = problems_count_errors(problems);
    g_autoptr(YamlTree) tree = yaml_tree_parse(text, problems);
    if (tree == NULL) {
        return NULL;
    }
    ValueReader reader = {tree, problems, texts};
    if (yaml_tree_count_documents(tree) != 1 || yaml_tree_document(tree, 0)->kind != YAML_MAPPING) {
        Position where = {text, 1, 1};
        problems_add(problems, where, "expected the settings of a domain, found something else");
        return NULL;
    }
    Settings *settings = settings_read(&reader, &domain_keys, yaml_tree_document(tree, 0), FALSE);
    if (problems_count_errors(problems) > errors) {
        g_clear_pointer(&settings, settings_free);
    }
    return settings;
}
