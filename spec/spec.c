/* Texts -> the parts of a spec: header, hosts, profiles, domains. */
#include "spec/key_set.h"
#include "spec/spec_entries.h"
#include "spec/spec_steps.h"
#include "spec/text_checks.h"
#include "spec/value_parts.h"

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
    spec->has_generation_sum = TRUE;
    spec->texts = g_ptr_array_new_with_free_func((GDestroyNotify)trusted_text_free);
    spec->strings = g_string_chunk_new(4096);
    spec->hosts = g_ptr_array_new_with_free_func((GDestroyNotify)host_free);
    spec->domains = g_ptr_array_new_with_free_func((GDestroyNotify)domain_free);
    spec->hosts_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    spec->domains_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    spec->profiles_by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)settings_free);
    spec->bases = domain_bases_new();
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
    g_hash_table_unref(spec->bases);
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

const char *spec_host_address(const SpecHost *host)
{
    const Value *address = settings_get(host->settings, HOST_KEY_address);
    return address != NULL ? address->text : NULL;
}

gboolean spec_has_hosts(const Spec *spec)
{
    return spec->has_hosts;
}

/* What reading one source shares. */
typedef struct {
    Spec *spec;
    ValueReader values;
    YamlTree *tree;                      /* the one of `values` */
    Position header[DOCUMENT_KEY_COUNT]; /* where a key of the header stood in this source */
    SpecHeader said;
} SourceReader;

char *spec_describe_place(Position where)
{
    return where.text != NULL ? g_strdup_printf("%s:%u", trusted_text_name(where.text), where.line)
                              : g_strdup("another source");
}

static gboolean refuse_twice(const SourceReader *reader, Position where, const char *what,
                             const char *name, Position first)
{
    g_autofree char *place = spec_describe_place(first);
    return problems_add(reader->values.problems, where,
                        "expected %s '%s' once, found it again (first at %s)", what, name, place);
}

static gboolean check_name(const SourceReader *reader, const YamlNode *key,
                           const char *(*check)(const char *))
{
    const char *expected = check(key->text);
    return expected == NULL || value_refuse(&reader->values, key, expected);
}

/* The settings under one name of `hosts`, `profiles` or `domains`. */
static Settings *read_named(const SourceReader *reader, const KeyTable *table,
                            const YamlNode *value, gboolean in_profile)
{
    if (value->kind == YAML_MAPPING) {
        return settings_read(&reader->values, table, value, in_profile);
    }
    g_autofree char *expected = g_strdup_printf("a mapping of the keys of %s", table->name);
    value_refuse(&reader->values, value, expected);
    return settings_new_refused(table, yaml_tree_position(reader->values.tree, value));
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
    if (spec->domains->len >= SPEC_DOMAINS_MAX) {
        /* Once: the rest is no news. */
        if (!spec->is_incomplete) {
            problems_add(reader->values.problems, where, "expected at most %u domains, found more",
                         SPEC_DOMAINS_MAX);
        }
        spec->is_incomplete = TRUE;
        return;
    }
    Settings *own = spec_entries_take(reader->tree, value, reader->values.problems);
    if (own == NULL) {
        own = read_named(reader, &domain_keys, value, FALSE);
    }
    Domain *domain = g_new0(Domain, 1);
    domain->name = g_string_chunk_insert(spec->strings, key->text);
    domain->where = where;
    domain->own = own;
    g_ptr_array_add(spec->domains, domain);
    g_hash_table_insert(spec->domains_by_name, (char *)domain->name, domain);
}

static gboolean read_names(SourceReader *reader, const YamlNode *node, const char *expected,
                           void (*read)(SourceReader *, const YamlNode *, const YamlNode *))
{
    const YamlTree *tree = reader->values.tree;
    if (node->kind != YAML_MAPPING) {
        return value_refuse(&reader->values, node, expected);
    }
    for (const YamlNode *key = yaml_tree_first(tree, node); key != NULL;) {
        const YamlNode *value = yaml_tree_next(tree, key);
        read(reader, key, value);
        key = yaml_tree_next(tree, value);
    }
    return TRUE;
}

/* These stand in one document per source. */
static gboolean is_once_in_source(guint key)
{
    return key == DOCUMENT_KEY_fleet || key == DOCUMENT_KEY_generation ||
           key == DOCUMENT_KEY_expires || key == DOCUMENT_KEY_hosts ||
           key == DOCUMENT_KEY_signers || key == DOCUMENT_KEY_signers_threshold;
}

static void take_fleet(Spec *spec, const Value *value, Problems *problems)
{
    if (spec->fleet == NULL) {
        spec->fleet = value->text;
        spec->fleet_where = value->where;
    } else if (strcmp(spec->fleet, value->text) != 0) {
        g_autofree char *place = spec_describe_place(spec->fleet_where);
        problems_add(problems, value->where,
                     "expected the same fleet in all sources, found '%s' (but '%s' at %s)",
                     value->text, spec->fleet, place);
    }
}

/* Of several sources, the newest speaks for the whole, and the first to expire ends it. */
static void take_header_value(SourceReader *reader, const Value *value)
{
    Spec *spec = reader->spec;
    gint64 number = value->integer;
    switch ((DocumentKey)value->key) {
    case DOCUMENT_KEY_fleet:
        take_fleet(spec, value, reader->values.problems);
        break;
    case DOCUMENT_KEY_generation:
        spec->generation = spec->has_generation ? MAX(spec->generation, number) : number;
        spec->has_generation = TRUE;
        reader->said.has_generation = TRUE;
        reader->said.generation = number;
        break;
    case DOCUMENT_KEY_expires:
        spec->expires = spec->has_expires ? MIN(spec->expires, number) : number;
        spec->has_expires = TRUE;
        reader->said.has_expires = TRUE;
        reader->said.expires = number;
        break;
    case DOCUMENT_KEY_signers:
    case DOCUMENT_KEY_signers_threshold:
    case DOCUMENT_KEY_xensure:
    case DOCUMENT_KEY_hosts:
    case DOCUMENT_KEY_profiles:
    case DOCUMENT_KEY_domains:
    case DOCUMENT_KEY_COUNT:
        break;
    }
}

/* A set that nobody could fulfil would end the specs of its source. */
static void take_signers(SourceReader *reader, const Settings *header)
{
    const Value *keys = settings_own(header, DOCUMENT_KEY_signers);
    const Value *threshold = settings_own(header, DOCUMENT_KEY_signers_threshold);
    gboolean is_refused = settings_is_refused(header, DOCUMENT_KEY_signers);
    if (keys == NULL || is_refused) {
        if (threshold != NULL && !is_refused) {
            problems_add(reader->values.problems, threshold->where,
                         "expected 'signers' beside 'signers_threshold', found none");
        }
        return;
    }
    g_autofree const char **texts = g_new(const char *, keys->count);
    for (guint i = 0; i < keys->count; i++) {
        texts[i] = keys->items[i].text;
    }
    guint count = threshold != NULL ? (guint)threshold->integer : 1;
    g_autofree char *set = key_set_format(texts, keys->count, count);
    g_autoptr(GError) error = NULL;
    g_autoptr(Keyring) keyring = key_set_read(set, "signers", &error);
    if (keyring == NULL) {
        problems_add(reader->values.problems, keys->where, "%s", error->message);
        return;
    }
    reader->said.signers = g_string_chunk_insert(reader->spec->strings, set);
}

static void read_hosts(SourceReader *reader, const YamlNode *node)
{
    reader->spec->has_hosts = TRUE;
    reader->said.hosts = yaml_tree_position(reader->values.tree, node);
    if (!read_names(reader, node, "a mapping from names to hosts", read_host)) {
        reader->spec->hosts_are_refused = TRUE;
    }
}

/* A mapping that could not be read leaves names unknown that others mention. */
static void read_body(SourceReader *reader, guint key, const YamlNode *node)
{
    gboolean is_good = TRUE;
    if (key == DOCUMENT_KEY_hosts) {
        read_hosts(reader, node);
    } else if (key == DOCUMENT_KEY_profiles) {
        is_good = read_names(reader, node, "a mapping from names to profiles", read_profile);
    } else if (key == DOCUMENT_KEY_domains) {
        is_good = read_names(reader, node, "a mapping from names to domains", read_domain);
    }
    if (!is_good) {
        reader->spec->is_incomplete = TRUE;
    }
}

static void read_document_key(SourceReader *reader, const Settings *header, const YamlNode *key,
                              const YamlNode *node)
{
    const KeyRow *row = key_table_find(&document_keys, key->text);
    if (row == NULL) {
        return;
    }
    guint index = key_table_index(&document_keys, row);
    Position where = yaml_tree_position(reader->values.tree, key);
    if (reader->header[index].line != 0 && is_once_in_source(index)) {
        refuse_twice(reader, where, "the key", row->name, reader->header[index]);
        return;
    }
    reader->header[index] = where;
    const Value *value = settings_own(header, index);
    if (value != NULL) {
        take_header_value(reader, value);
    }
    read_body(reader, index, node);
}

static void read_document(SourceReader *reader, const YamlNode *root)
{
    const YamlTree *tree = reader->values.tree;
    if (root->kind != YAML_MAPPING) {
        value_refuse(&reader->values, root, "a mapping with the keys of a spec");
        reader->spec->is_incomplete = TRUE;
        return;
    }
    g_autoptr(Settings) header = settings_read(&reader->values, &document_keys, root, FALSE);
    take_signers(reader, header);
    for (const YamlNode *key = yaml_tree_first(tree, root); key != NULL;) {
        const YamlNode *value = yaml_tree_next(tree, key);
        read_document_key(reader, header, key, value);
        key = yaml_tree_next(tree, value);
    }
}

static guint read_documents(SourceReader *reader, const TrustedText *text)
{
    SpecEntries entries = {.texts = reader->values.texts};
    const YamlEntryReader domains = spec_entries_reader(&entries);
    g_autoptr(YamlTree) tree = yaml_tree_parse_entries(text, &domains, reader->values.problems);
    g_clear_pointer(&entries.problems, problems_free);
    if (tree == NULL) {
        reader->spec->is_incomplete = TRUE;
        return 0;
    }
    reader->tree = tree;
    reader->values.tree = tree;
    guint count = yaml_tree_count_documents(tree);
    for (guint i = 0; i < count; i++) {
        read_document(reader, yaml_tree_document(tree, i));
    }
    reader->tree = NULL;
    reader->values.tree = NULL;
    return count;
}

static gboolean fits_in_source(gsize *bytes, const TrustedText *text, Problems *problems)
{
    gsize length = 0;
    trusted_text_bytes(text, &length);
    *bytes += length;
    return length > SPEC_SOURCE_BYTES_MAX || *bytes <= SPEC_SOURCE_BYTES_MAX ||
           problems_add(problems, (Position){.text = text},
                        "expected at most %u bytes in all files of a source, found %" G_GSIZE_FORMAT
                        " up to the end of this one",
                        SPEC_SOURCE_BYTES_MAX, *bytes);
}

/* What every source must have somewhere. */
static void miss_header(const SourceReader *reader, Position start)
{
    Problems *problems = reader->values.problems;
    if (reader->header[DOCUMENT_KEY_fleet].line == 0) {
        problems_add(problems, start, "expected the key 'fleet', found none");
    }
    if (reader->header[DOCUMENT_KEY_domains].line == 0) {
        problems_add(problems, start,
                     "expected the key 'domains' (`domains: {}` if there are none), found none");
    }
    if (reader->header[DOCUMENT_KEY_generation].line == 0 &&
        trusted_text_signed_digest(start.text) != NULL) {
        problems_add(problems, start,
                     "expected the key 'generation', which a signed spec must have, found none");
    }
}

static void add_generation(Spec *spec, const SpecHeader *header)
{
    gint64 room = G_MAXINT64 - spec->generation_sum;
    spec->has_generation_sum =
        spec->has_generation_sum && header->has_generation && header->generation <= room;
    spec->generation_sum += spec->has_generation_sum ? header->generation : 0;
}

void spec_read_source(Spec *spec, GPtrArray *texts, SpecHeader *header, Problems *problems)
{
    SourceReader reader = {.spec = spec, .values = {NULL, problems, spec->strings}};
    gsize bytes = 0;
    guint documents = 0;
    gboolean was_incomplete = spec->is_incomplete;
    spec->is_incomplete = FALSE;
    for (guint i = 0; i < texts->len; i++) {
        TrustedText *text = g_ptr_array_index(texts, i);
        g_ptr_array_add(spec->texts, text);
        if (fits_in_source(&bytes, text, problems)) {
            documents += read_documents(&reader, text);
        } else {
            spec->is_incomplete = TRUE;
        }
    }
    Position start = {0};
    if (texts->len > 0) {
        start = (Position){g_ptr_array_index(texts, 0), 1, 1};
    }
    if (!spec->is_incomplete && documents == 0) {
        problems_add(problems, start,
                     texts->len > 0 ? "expected a spec, found an empty text"
                                    : "expected a spec, found no file");
        spec->is_incomplete = TRUE;
    } else if (!spec->is_incomplete) {
        miss_header(&reader, start);
    }
    spec->is_incomplete = spec->is_incomplete || was_incomplete;
    add_generation(spec, &reader.said);
    if (header != NULL) {
        *header = reader.said;
    }
}
