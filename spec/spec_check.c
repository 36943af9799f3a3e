/* What concerns more than one key of a domain. Each rule is a function.
 *
 * A profile is checked like a domain of its own, as far as its keys go. What is wrong within one
 * profile is told once, with the profile, and not again for each domain that has it. */
#include "spec/spec_check_parts.h"

#include <string.h>

gboolean subject_has(const Subject *subject, const DomainKey *keys, guint count)
{
    const Domain *domain = subject->domain;
    gboolean is_one_layer = TRUE;
    for (guint i = 0; i < count; i++) {
        if (domain_get(domain, keys[i]) == NULL) {
            return FALSE;
        }
    }
    const Settings *first = domain_layer_of(domain, keys[0]);
    for (guint i = 0; i < count; i++) {
        const Settings *layer = domain_layer_of(domain, keys[i]);
        if (layer != NULL && settings_is_refused(layer, keys[i])) {
            return FALSE;
        }
        is_one_layer = is_one_layer && layer == first;
    }
    return !is_one_layer || first == domain->own || first == NULL;
}

Position subject_place(const Subject *subject, const DomainKey *keys, guint count)
{
    const Domain *domain = subject->domain;
    const Value *value = domain_get(domain, keys[0]);
    for (guint i = count; i > 0 && domain_layer_of(domain, keys[0]) != domain->own; i--) {
        if (domain_layer_of(domain, keys[i - 1]) == domain->own) {
            value = domain_get(domain, keys[i - 1]);
            break;
        }
    }
    return value->where.text != NULL ? value->where : domain->where;
}

guint subject_type(const Subject *subject)
{
    guint type = guest_type_of(domain_get_text(subject->domain, DOMAIN_KEY_type));
    return type != 0 ? type : GUEST_ALL;
}

static gboolean is_comparable(const Subject *subject, DomainKey key, DomainKey other)
{
    const DomainKey keys[] = {key, other};
    return subject_has(subject, keys, 2);
}

static Position place_of(const Subject *subject, DomainKey key, DomainKey other)
{
    const DomainKey keys[] = {key, other};
    return subject_place(subject, keys, 2);
}

static void check_host(const Spec *spec, const Domain *domain, Problems *problems)
{
    const Value *host = domain_get(domain, DOMAIN_KEY_host);
    if (spec->hosts_are_refused || domain_is_refused(domain, DOMAIN_KEY_host)) {
        return;
    }
    if (!spec->has_hosts) {
        if (host != NULL) {
            problems_add_warning(problems, host->where,
                                 "'host' means nothing in a spec without 'hosts': domain '%s' runs "
                                 "on every host that reads it",
                                 domain->name);
        }
    } else if (host == NULL) {
        problems_add(problems, domain->where,
                     "expected the key 'host' in domain '%s' (the spec has 'hosts'), found none",
                     domain->name);
    } else if (g_hash_table_lookup(spec->hosts_by_name, host->text) == NULL) {
        problems_add(problems, host->where, "expected one of 'hosts', found '%s'", host->text);
    }
}

static void check_guest_types(const Subject *subject)
{
    const Domain *domain = subject->domain;
    guint type = subject_type(subject);
    const Value *values[DOMAIN_KEY_COUNT];
    domain_get_all(domain, values);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        if (values[key] != NULL && row->guests != 0 && (row->guests & type) == 0 &&
            is_comparable(subject, key, DOMAIN_KEY_type)) {
            problems_add(subject->problems, place_of(subject, key, DOMAIN_KEY_type),
                         "expected keys that %s guests have, found '%s' for %s '%s'",
                         domain_get_text(domain, DOMAIN_KEY_type), row->name, subject->kind,
                         domain->name);
        }
    }
}

static void check_at_least(const Subject *subject, DomainKey most, DomainKey least)
{
    const Domain *domain = subject->domain;
    if (domain_get_integer(domain, most) >= domain_get_integer(domain, least) ||
        !is_comparable(subject, most, least)) {
        return;
    }
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(GString) found = g_string_new(NULL);
    value_format_for_people(&domain_keys, domain_get(domain, least), expected);
    value_format_for_people(&domain_keys, domain_get(domain, most), found);
    problems_add(subject->problems, place_of(subject, most, least),
                 "expected '%s' of %s '%s' to be at least its '%s' (%s), found %s",
                 domain_keys.rows[most].name, subject->kind, domain->name,
                 domain_keys.rows[least].name, expected->str, found->str);
}

static void check_cap(const Subject *subject)
{
    const Domain *domain = subject->domain;
    DomainKey vcpus =
        domain_get(domain, DOMAIN_KEY_maxvcpus) != NULL ? DOMAIN_KEY_maxvcpus : DOMAIN_KEY_vcpus;
    gint64 most = domain_get_integer(domain, vcpus) * 100;
    if (domain_get_integer(domain, DOMAIN_KEY_cap) > most &&
        is_comparable(subject, DOMAIN_KEY_cap, vcpus) &&
        !domain_is_refused(domain, DOMAIN_KEY_maxvcpus)) {
        problems_add(subject->problems, place_of(subject, DOMAIN_KEY_cap, vcpus),
                     "expected a 'cap' of at most 100 for each virtual CPU (%" G_GINT64_FORMAT
                     " for %s '%s'), found %" G_GINT64_FORMAT,
                     most, subject->kind, domain->name, domain_get_integer(domain, DOMAIN_KEY_cap));
    }
}

static void warn_of_restarts_by_xen(const Settings *settings, Problems *problems)
{
    const Value *on_crash = settings_own(settings, DOMAIN_KEY_on_crash);
    if (on_crash != NULL && g_str_has_suffix(on_crash->text, "restart")) {
        problems_add_warning(problems, on_crash->where,
                             "with 'on_crash: %s' Xen itself restarts what crashes, and "
                             "'restart.limit' does not count",
                             on_crash->text);
    }
}

/* A serial port may lead into any file or socket of dom0, and to the monitor of QEMU; these lead
 * nowhere. */
static gboolean is_harmless(const KeyRow *row, const Value *value)
{
    static const char *const nowhere[] = {"pty", "none", "null", NULL};
    gboolean is_serial = row == &domain_keys.rows[DOMAIN_KEY_serial];
    for (guint i = 0; is_serial && value->form == FORM_LIST && i < value->count; i++) {
        if (!g_strv_contains(nowhere, value->items[i].text)) {
            return FALSE;
        }
    }
    return is_serial && (value->form == FORM_LIST || g_strv_contains(nowhere, value->text));
}

gboolean spec_allows_program(const KeyRow *row, const Value *value, const char *const *programs)
{
    gboolean names_none = value->form == FORM_MAP && value->count == 0;
    return names_none || is_harmless(row, value) ||
           (value->form == FORM_TEXT && programs != NULL && g_strv_contains(programs, value->text));
}

/* Rows that make dom0 run a program, in a text that did not come from this host. */
static void check_program(const Value *value, const KeyRow *row, const char *const *programs,
                          Problems *problems)
{
    if (!row->runs_program || spec_allows_program(row, value, programs)) {
        return;
    }
    problems_add(
        problems, value->where,
        "expected a program that agent.yaml allows (`allow_programs`), found '%s' in a spec "
        "that is not local",
        value->form == FORM_TEXT ? value->text : row->name);
}

static gboolean is_local(Position where)
{
    return where.text == NULL || trusted_text_is_local(where.text);
}

/* The settings and all that is in them stand in one text. */
static void check_programs(const Settings *settings, const char *const *programs,
                           Problems *problems)
{
    if (is_local(settings->where)) {
        return;
    }
    for (guint i = 0; i < settings->count; i++) {
        const Value *value = &settings->values[i];
        check_program(value, &settings->table->rows[value->key], programs, problems);
        for (guint j = 0; value->form == FORM_LIST && j < value->count; j++) {
            if (value->items[j].form == FORM_TABLE) {
                check_programs(value->items[j].table, programs, problems);
            }
        }
    }
}

static void check_keys(const Subject *subject)
{
    check_guest_types(subject);
    check_at_least(subject, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory);
    check_at_least(subject, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus);
    check_cap(subject);
    spec_check_guest(subject);
    spec_check_device_guests(subject);
}

static void check_settings(const Settings *settings, const char *const *programs,
                           Problems *problems)
{
    check_programs(settings, programs, problems);
    spec_check_devices(settings, problems);
    warn_of_restarts_by_xen(settings, problems);
}

static void check_profile(const char *name, Settings *profile, Problems *problems)
{
    Domain domain = {.name = name, .where = profile->where, .own = profile};
    check_keys(&(Subject){&domain, "profile", problems});
}

void spec_check_domain(const Spec *spec, const Domain *domain, const char *const *programs,
                       Problems *problems)
{
    check_settings(domain->own, programs, problems);
    check_host(spec, domain, problems);
    spec_check_boot(domain, problems);
    check_keys(&(Subject){domain, "domain", problems});
}

void spec_check_profiles(const Spec *spec, const char *const *programs, Problems *problems)
{
    GHashTableIter iterator;
    gpointer name;
    gpointer profile;
    g_hash_table_iter_init(&iterator, spec->profiles_by_name);
    while (g_hash_table_iter_next(&iterator, &name, &profile)) {
        check_settings(profile, programs, problems);
        check_profile(name, profile, problems);
    }
}
