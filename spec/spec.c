/* Texts -> the parts of a spec: header, hosts, profiles, domains. */
#include "spec/spec.h"

#include "spec/text_checks.h"

#include <string.h>

static void host_free(SpecHost *host)
{
    settings_free(host->settings);
    g_free(host);
}

static void domain_free(Domain *domain)
{
    settings_free(domain->own);
    settings_free(domain->derived);
    g_free(domain);
}

Spec *spec_new(void)
{
    Spec *spec = g_new0(Spec, 1);
    spec->texts = g_ptr_array_new_with_free_func((GDestroyNotify)trusted_text_free);
    spec->strings = g_string_chunk_new(4096);
    spec->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)host_free);
    spec->domains = g_ptr_array_new_with_free_func((GDestroyNotify)domain_free);
    spec->hosts_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    spec->domains_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    spec->profiles_by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)settings_free);
    return spec;
}

void spec_free(Spec *spec)
{
    if (spec == NULL) {
        return;
    }
    g_hash_table_unref(spec->hosts_by_name);
    g_hash_table_unref(spec->domains_by_name);
    g_hash_table_unref(spec->profiles_by_name);
    g_ptr_array_unref(spec->domains);
    g_ptr_array_unref(spec->hosts);
    g_string_chunk_free(spec->strings);
    g_ptr_array_unref(spec->texts);
    g_free(spec);
}

Domain *spec_find(const Spec *spec, const char *name)
{
    return g_hash_table_lookup(spec->domains_by_name, name);
}

gboolean spec_has_hosts(const Spec *spec)
{
    return spec->hosts->len > 0;
}

/* What reading one source shares. */
typedef struct {
    Spec *spec;
    ValueReader values;
    Position header[DOCUMENT_KEY_COUNT]; /* where a key of the header stood in this source */
    gboolean has_domains;
} SourceReader;

/* "file:line", for "it is also at ..." */
static char *describe_place(Position where)
{
    return where.text != NULL ? g_strdup_printf("%s:%u", trusted_text_name(where.text), where.line)
                              : g_strdup("another source");
}

static gboolean refuse_twice(const SourceReader *reader, Position where, const char *what,
                             const char *name, Position first)
{
    g_autofree char *place = describe_place(first);
    return problems_add(reader->values.problems, where,
                        "expected %s '%s' once, found it again; it is already given at %s", what,
                        name, place);
}

static gboolean check_name(const SourceReader *reader, const YamlNode *key,
                           const char *(*check)(const char *))
{
    const char *expected = check(key->text);
    if (expected == NULL) {
        return TRUE;
    }
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_tree_describe(reader->values.tree, key, found);
    return problems_add(reader->values.problems, yaml_tree_position(reader->values.tree, key),
                        "expected %s, found %s", expected, found->str);
}

/* The settings under one name of `hosts`, `profiles` or `domains`. */
static Settings *read_named(const SourceReader *reader, const KeyTable *table,
                            const YamlNode *value, gboolean in_profile)
{
    if (value->kind != YAML_MAPPING) {
        g_autoptr(GString) found = g_string_new(NULL);
        yaml_tree_describe(reader->values.tree, value, found);
        problems_add(reader->values.problems, yaml_tree_position(reader->values.tree, value),
                     "expected a mapping of the keys of %s, found %s", table->name, found->str);
        return NULL;
    }
    return settings_read(&reader->values, table, value, in_profile);
}

static void read_host(SourceReader *reader, const YamlNode *key, const YamlNode *value)
{
    Spec *spec = reader->spec;
    Position where = yaml_tree_position(reader->values.tree, key);
    const SpecHost *known = g_hash_table_lookup(spec->hosts_by_name, key->text);
    if (!check_name(reader, key, check_label)) {
        return;
    }
    if (known != NULL) {
        refuse_twice(reader, where, "the host", key->text, known->settings->where);
        return;
    }
    Settings *settings = read_named(reader, &host_keys, value, FALSE);
    if (settings == NULL) {
        return;
    }
    SpecHost *host = g_new0(SpecHost, 1);
    host->name = g_string_chunk_insert(spec->strings, key->text);
    host->settings = settings;
    host->settings->where = where;
    g_ptr_array_add(spec->hosts, host);
    g_hash_table_insert(spec->hosts_by_name, (char *)host->name, host);
}

static void read_profile(SourceReader *reader, const YamlNode *key, const YamlNode *value)
{
    Spec *spec = reader->spec;
    Position where = yaml_tree_position(reader->values.tree, key);
    const Settings *known = g_hash_table_lookup(spec->profiles_by_name, key->text);
    if (!check_name(reader, key, check_label)) {
        return;
    }
    if (known != NULL) {
        refuse_twice(reader, where, "the profile", key->text, known->where);
        return;
    }
    Settings *settings = read_named(reader, &domain_keys, value, TRUE);
    if (settings == NULL) {
        return;
    }
    settings->where = where;
    g_hash_table_insert(spec->profiles_by_name, g_string_chunk_insert(spec->strings, key->text),
                        settings);
}

static void read_domain(SourceReader *reader, const YamlNode *key, const YamlNode *value)
{
    Spec *spec = reader->spec;
    Position where = yaml_tree_position(reader->values.tree, key);
    const Domain *known = spec_find(spec, key->text);
    if (!check_name(reader, key, check_domain_name)) {
        return;
    }
    if (known != NULL) {
        refuse_twice(reader, where, "the domain", key->text, known->where);
        return;
    }
    if (spec->domains->len == SPEC_DOMAINS_MAX) {
        problems_add(reader->values.problems, where, "expected at most %u domains, found more",
                     SPEC_DOMAINS_MAX);
        return;
    }
    Settings *own = read_named(reader, &domain_keys, value, FALSE);
    if (own == NULL) {
        return;
    }
    Domain *domain = g_new0(Domain, 1);
    domain->name = g_string_chunk_insert(spec->strings, key->text);
    domain->where = where;
    domain->own = own;
    g_ptr_array_add(spec->domains, domain);
    g_hash_table_insert(spec->domains_by_name, (char *)domain->name, domain);
}

static void read_names(SourceReader *reader, const YamlNode *node,
                       void (*read)(SourceReader *, const YamlNode *, const YamlNode *))
{
    const YamlTree *tree = reader->values.tree;
    if (node->kind != YAML_MAPPING) {
        g_autoptr(GString) found = g_string_new(NULL);
        yaml_tree_describe(tree, node, found);
        problems_add(reader->values.problems, yaml_tree_position(tree, node),
                     "expected a mapping from names, found %s", found->str);
        return;
    }
    for (const YamlNode *key = yaml_tree_first(tree, node); key != NULL;) {
        const YamlNode *value = yaml_tree_next(tree, key);
        read(reader, key, value);
        key = yaml_tree_next(tree, value);
    }
}

/* fleet, generation, expires and hosts stand in one document per source. */
static gboolean is_first_in_source(SourceReader *reader, DocumentKey key, Position where)
{
    if (key != DOCUMENT_KEY_fleet && key != DOCUMENT_KEY_generation &&
        key != DOCUMENT_KEY_expires && key != DOCUMENT_KEY_hosts) {
        return TRUE;
    }
    if (reader->header[key].line != 0) {
        return refuse_twice(reader, where, "the key", document_keys.rows[key].name,
                            reader->header[key]);
    }
    reader->header[key] = where;
    return TRUE;
}

static void take_header(SourceReader *reader, const Settings *header)
{
    Spec *spec = reader->spec;
    for (guint i = 0; i < header->count; i++) {
        const Value *value = &header->values[i];
        if (!is_first_in_source(reader, value->key, value->where)) {
            continue;
        }
        switch ((DocumentKey)value->key) {
        case DOCUMENT_KEY_fleet:
            if (spec->fleet != NULL && strcmp(spec->fleet, value->text) != 0) {
                problems_add(reader->values.problems, value->where,
                             "expected the fleet '%s' of the other sources, found '%s'",
                             spec->fleet, value->text);
            } else {
                spec->fleet = value->text;
            }
            break;
        case DOCUMENT_KEY_generation:
            /* Of several sources, the newest speaks for the whole. */
            spec->generation =
                spec->has_generation ? MAX(spec->generation, value->integer) : value->integer;
            spec->has_generation = TRUE;
            break;
        case DOCUMENT_KEY_expires:
            spec->expires = spec->has_expires ? MIN(spec->expires, value->integer) : value->integer;
            spec->has_expires = TRUE;
            break;
        case DOCUMENT_KEY_xensure:
        case DOCUMENT_KEY_hosts:
        case DOCUMENT_KEY_profiles:
        case DOCUMENT_KEY_domains:
        case DOCUMENT_KEY_COUNT:
            break;
        }
    }
}

static void read_document(SourceReader *reader, const YamlNode *root)
{
    const YamlTree *tree = reader->values.tree;
    if (root->kind != YAML_MAPPING) {
        g_autoptr(GString) found = g_string_new(NULL);
        yaml_tree_describe(tree, root, found);
        problems_add(reader->values.problems, yaml_tree_position(tree, root),
                     "expected a mapping with xensure, fleet and domains, found %s", found->str);
        return;
    }
    g_autoptr(Settings) header = settings_read(&reader->values, &document_keys, root, FALSE);
    take_header(reader, header);
    for (const YamlNode *key = yaml_tree_first(tree, root); key != NULL;) {
        const YamlNode *value = yaml_tree_next(tree, key);
        if (strcmp(key->text, "hosts") == 0) {
            if (is_first_in_source(reader, DOCUMENT_KEY_hosts, yaml_tree_position(tree, key))) {
                read_names(reader, value, read_host);
            }
        } else if (strcmp(key->text, "profiles") == 0) {
            read_names(reader, value, read_profile);
        } else if (strcmp(key->text, "domains") == 0) {
            reader->has_domains = TRUE;
            read_names(reader, value, read_domain);
        }
        key = yaml_tree_next(tree, value);
    }
}

void spec_read_source(Spec *spec, GPtrArray *texts, Problems *problems)
{
    SourceReader reader = {.spec = spec, .values = {NULL, problems, spec->strings}};
    guint documents = 0;
    guint errors = problems_count_errors(problems);
    Position start = {0};
    for (guint i = 0; i < texts->len; i++) {
        TrustedText *text = g_ptr_array_index(texts, i);
        g_ptr_array_add(spec->texts, text);
        start.text = start.text != NULL ? start.text : text;
        g_autoptr(YamlTree) tree = yaml_tree_parse(text, problems);
        reader.values.tree = tree;
        for (guint j = 0; tree != NULL && j < yaml_tree_count_documents(tree); j++) {
            read_document(&reader, yaml_tree_document(tree, j));
            documents++;
        }
    }
    if (start.text != NULL) {
        start.line = start.column = 1;
    }
    if (documents == 0 && problems_count_errors(problems) == errors) {
        problems_add(problems, start, "expected a spec, found an empty stream");
    } else if (documents > 0 && !reader.has_domains) {
        problems_add(problems, start,
                     "expected the key 'domains' (`domains: {}` if there are none), found none");
    }
    if (documents > 0 && reader.header[DOCUMENT_KEY_fleet].line == 0) {
        problems_add(problems, start, "expected the key 'fleet', found none");
    }
}
