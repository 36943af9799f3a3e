/* What concerns more than one key of a domain. Each rule is a function.
 *
 * A profile is checked like a domain of its own, as far as its keys go. What is wrong within one
 * profile is told once, with the profile, and not again for each domain that has it. */
#include "spec/spec_steps.h"

#include <string.h>

/* A domain, or a profile in the shape of one, which has nothing but its own values. */
typedef struct {
    const Domain *domain;
    const char *kind; /* "domain", "profile" */
    Problems *problems;
} Subject;

/* Can two keys be held against each other here? Both must be set and right, and not both come from
 * the same profile, whose own check they are then. */
static gboolean is_comparable(const Subject *subject, guint key, guint other)
{
    const Domain *domain = subject->domain;
    if (domain_get(domain, key) == NULL || domain_get(domain, other) == NULL ||
        domain_is_refused(domain, key) || domain_is_refused(domain, other)) {
        return FALSE;
    }
    const Settings *layer = domain_layer_of(domain, key);
    return layer == domain->own || layer == NULL || layer != domain_layer_of(domain, other);
}

/* Where to point: what the domain itself says, if it says one of the two. */
static Position place_of(const Domain *domain, guint key, guint other)
{
    const Value *value = domain_get(domain, key);
    if (domain_layer_of(domain, key) != domain->own &&
        domain_layer_of(domain, other) == domain->own) {
        value = domain_get(domain, other);
    }
    return value->where.text != NULL ? value->where : domain->where;
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

static guint guest_type(const Domain *domain)
{
    const char *type = domain_get_text(domain, DOMAIN_KEY_type);
    if (type == NULL) {
        return GUEST_ALL;
    }
    return strcmp(type, "pv") == 0 ? GUEST_PV : strcmp(type, "pvh") == 0 ? GUEST_PVH : GUEST_HVM;
}

static void check_guest_types(const Subject *subject)
{
    const Domain *domain = subject->domain;
    guint type = guest_type(domain);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        if (row->guests != 0 && (row->guests & type) == 0 &&
            is_comparable(subject, key, DOMAIN_KEY_type)) {
            problems_add(subject->problems, place_of(domain, key, DOMAIN_KEY_type),
                         "expected keys that %s guests have, found '%s' for %s '%s'",
                         domain_get_text(domain, DOMAIN_KEY_type), row->name, subject->kind,
                         domain->name);
        }
    }
}

/* A whole domain only: the kernel may come from elsewhere than the type. */
static void check_boot(const Domain *domain, Problems *problems)
{
    guint type = guest_type(domain);
    if (type == GUEST_ALL || type == GUEST_HVM || domain_is_refused(domain, DOMAIN_KEY_kernel) ||
        domain_is_refused(domain, DOMAIN_KEY_bootloader)) {
        return;
    }
    if (domain_get(domain, DOMAIN_KEY_kernel) == NULL &&
        domain_get(domain, DOMAIN_KEY_bootloader) == NULL) {
        problems_add(problems, domain->where,
                     "expected 'kernel' or 'bootloader' in domain '%s', which a %s guest needs, "
                     "found neither",
                     domain->name, domain_get_text(domain, DOMAIN_KEY_type));
    }
}

static void check_at_least(const Subject *subject, DomainKey most, DomainKey least)
{
    const Domain *domain = subject->domain;
    if (!is_comparable(subject, most, least) ||
        domain_get_integer(domain, most) >= domain_get_integer(domain, least)) {
        return;
    }
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(GString) found = g_string_new(NULL);
    value_format_for_people(&domain_keys, domain_get(domain, least), expected);
    value_format_for_people(&domain_keys, domain_get(domain, most), found);
    problems_add(subject->problems, place_of(domain, most, least),
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
    if (is_comparable(subject, DOMAIN_KEY_cap, vcpus) &&
        !domain_is_refused(domain, DOMAIN_KEY_maxvcpus) &&
        domain_get_integer(domain, DOMAIN_KEY_cap) > most) {
        problems_add(subject->problems, place_of(domain, DOMAIN_KEY_cap, vcpus),
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

/* libxl finds a second use of a vdev only when it creates the domain. */
static void check_vdevs(const Settings *settings, Problems *problems)
{
    const Value *disks = settings_own(settings, DOMAIN_KEY_disks);
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Value *vdev = settings_own(disks->items[i].table, DISK_KEY_vdev);
        for (guint j = 0; vdev != NULL && j < i; j++) {
            const Value *other = settings_own(disks->items[j].table, DISK_KEY_vdev);
            if (other != NULL && strcmp(vdev->text, other->text) == 0) {
                problems_add(problems, vdev->where,
                             "expected a vdev of its own for each disk, found '%s' again (first in "
                             "line %u)",
                             vdev->text, other->where.line);
                break;
            }
        }
    }
}

/* A vif that has no devid counts by its position. */
static void check_devids(const Settings *settings, Problems *problems)
{
    const Value *vifs = settings_own(settings, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        gint64 devid = vif_devid(vifs->items[i].table, i);
        for (guint j = 0; j < i; j++) {
            if (vif_devid(vifs->items[j].table, j) == devid) {
                problems_add(problems, vifs->items[i].where,
                             "expected a devid of its own for each vif (its position when left "
                             "out), found %" G_GINT64_FORMAT " again (first in line %u)",
                             devid, vifs->items[j].where.line);
                break;
            }
        }
    }
}

/* Rows that make dom0 run a program, in a text that did not come from this host. */
static void check_program(const Value *value, const KeyRow *row, const char *const *programs,
                          Problems *problems)
{
    gboolean names_none = value->form == FORM_MAP && value->count == 0;
    if (!row->runs_program || names_none || value->where.text == NULL ||
        trusted_text_origin(value->where.text) == TEXT_ORIGIN_LOCAL) {
        return;
    }
    if (value->form == FORM_TEXT && programs != NULL && g_strv_contains(programs, value->text)) {
        return;
    }
    problems_add(
        problems, value->where,
        "expected a program that agent.yaml allows (`allow_programs`), found '%s' in a spec "
        "that is not local",
        value->form == FORM_TEXT ? value->text : row->name);
}

static void check_programs(const Settings *settings, const char *const *programs,
                           Problems *problems)
{
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

static void check_numbers(const Subject *subject)
{
    check_guest_types(subject);
    check_at_least(subject, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory);
    check_at_least(subject, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus);
    check_cap(subject);
}

static void check_settings(const Settings *settings, const char *const *programs,
                           Problems *problems)
{
    check_programs(settings, programs, problems);
    check_vdevs(settings, problems);
    check_devids(settings, problems);
    warn_of_restarts_by_xen(settings, problems);
}

static void check_profile(const char *name, Settings *profile, Problems *problems)
{
    Domain domain = {.name = name, .where = profile->where, .own = profile};
    for (guint i = 0; i < profile->count; i++) {
        domain.effective[profile->values[i].key] = &profile->values[i];
    }
    check_numbers(&(Subject){&domain, "profile", problems});
}

void spec_check(Spec *spec, const char *const *programs, Problems *problems)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        check_settings(domain->own, programs, problems);
        check_host(spec, domain, problems);
        check_boot(domain, problems);
        check_numbers(&(Subject){domain, "domain", problems});
    }
    GHashTableIter iterator;
    gpointer name;
    gpointer profile;
    g_hash_table_iter_init(&iterator, spec->profiles_by_name);
    while (g_hash_table_iter_next(&iterator, &name, &profile)) {
        check_settings(profile, programs, problems);
        check_profile(name, profile, problems);
    }
    spec_check_fleet(spec, problems);
}
