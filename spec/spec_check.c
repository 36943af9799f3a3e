/* What concerns more than one key, or more than one domain. Each rule is a function. */
#include "spec/spec_steps.h"

#include <string.h>

static guint guest_type(const Domain *domain)
{
    const char *type = domain_get_text(domain, DOMAIN_KEY_type);
    if (type == NULL) {
        return GUEST_ALL;
    }
    return strcmp(type, "pv") == 0 ? GUEST_PV : strcmp(type, "pvh") == 0 ? GUEST_PVH : GUEST_HVM;
}

/* Where to point for a value: its own place, or the domain's when it is a default. */
static Position place_of(const Domain *domain, const Value *value)
{
    return value != NULL && value->where.text != NULL ? value->where : domain->where;
}

static void check_host(const Spec *spec, const Domain *domain, Problems *problems)
{
    const Value *host = domain_get(domain, DOMAIN_KEY_host);
    if (!spec_has_hosts(spec)) {
        return;
    }
    if (host == NULL) {
        problems_add(problems, domain->where,
                     "expected the key 'host' in domain '%s' (the spec has `hosts`), found none",
                     domain->name);
    } else if (g_hash_table_lookup(spec->hosts_by_name, host->text) == NULL) {
        problems_add(problems, host->where, "expected one of `hosts`, found '%s'", host->text);
    }
}

static void check_guest_types(const Domain *domain, Problems *problems)
{
    guint type = guest_type(domain);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *value = domain_get(domain, key);
        if (row->guests == 0 || (row->guests & type) != 0 || value == NULL ||
            value->where.text == NULL) {
            continue;
        }
        problems_add(problems, value->where,
                     "expected a key that %s guests have, found '%s' for domain '%s'",
                     domain_get_text(domain, DOMAIN_KEY_type), row->name, domain->name);
    }
}

static void check_boot(const Domain *domain, Problems *problems)
{
    guint type = guest_type(domain);
    if (type == GUEST_ALL || type == GUEST_HVM) {
        return;
    }
    if (domain_get(domain, DOMAIN_KEY_kernel) == NULL &&
        domain_get(domain, DOMAIN_KEY_bootloader) == NULL) {
        problems_add(
            problems, domain->where,
            "expected 'kernel' or 'bootloader' in domain '%s', which a %s guest needs, found "
            "neither",
            domain->name, domain_get_text(domain, DOMAIN_KEY_type));
    }
}

static void check_at_least(const Domain *domain, DomainKey most, DomainKey least,
                           Problems *problems)
{
    const Value *upper = domain_get(domain, most);
    const Value *lower = domain_get(domain, least);
    if (upper == NULL || lower == NULL || upper->integer >= lower->integer) {
        return;
    }
    g_autoptr(GString) expected = g_string_new(NULL);
    g_autoptr(GString) found = g_string_new(NULL);
    value_format_for_people(&domain_keys, lower, expected);
    value_format_for_people(&domain_keys, upper, found);
    problems_add(problems, place_of(domain, upper),
                 "expected '%s' of domain '%s' to be at least its '%s' (%s), found %s",
                 domain_keys.rows[most].name, domain->name, domain_keys.rows[least].name,
                 expected->str, found->str);
}

static void check_cap(const Domain *domain, Problems *problems)
{
    const Value *cap = domain_get(domain, DOMAIN_KEY_cap);
    gint64 most = domain_maximum_vcpus(domain) * 100;
    if (cap != NULL && cap->integer > most) {
        problems_add(problems, place_of(domain, cap),
                     "expected a 'cap' of at most 100 for each virtual CPU (%" G_GINT64_FORMAT
                     " for domain '%s'), found %" G_GINT64_FORMAT,
                     most, domain->name, cap->integer);
    }
}

static void warn_of_restarts_by_xen(const Domain *domain, Problems *problems)
{
    const Value *on_crash = domain_get(domain, DOMAIN_KEY_on_crash);
    if (on_crash != NULL && g_str_has_suffix(on_crash->text, "restart")) {
        problems_add_warning(problems, place_of(domain, on_crash),
                             "'on_crash: %s' restarts domain '%s' past 'restart.limit'",
                             on_crash->text, domain->name);
    }
}

/* libxl finds a second use of a vdev only when it creates the domain. */
static void check_vdevs(const Domain *domain, Problems *problems)
{
    const Value *disks = domain_get(domain, DOMAIN_KEY_disks);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Value *vdev = settings_own(disks->items[i].table, DISK_KEY_vdev);
        if (vdev == NULL) {
            continue;
        }
        const Value *first = g_hash_table_lookup(seen, vdev->text);
        if (first != NULL) {
            problems_add(
                problems, vdev->where,
                "expected a vdev of its own for each disk, found '%s' again (first in line "
                "%u)",
                vdev->text, first->where.line);
        }
        g_hash_table_insert(seen, (char *)vdev->text, (Value *)vdev);
    }
}

typedef struct {
    const Domain *domain;
    const Settings *vif;
    const Value *mac;
    gboolean is_made; /* by us, from the names */
} MacUse;

static void refuse_same_mac(const MacUse *first, const MacUse *second, Problems *problems)
{
    if (first->is_made || second->is_made) {
        problems_add(problems, second->vif->where,
                     "expected MAC addresses that differ, found %s for domain '%s' and for domain "
                     "'%s': give one of these vifs a line `mac: 00:16:3e:...` of its own",
                     second->mac->text, first->domain->name, second->domain->name);
        return;
    }
    problems_add(
        problems, second->mac->where,
        "expected a MAC address of its own, found %s again (first for domain '%s', line %u)",
        second->mac->text, first->domain->name, first->mac->where.line);
}

static void check_macs(const Spec *spec, Problems *problems)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        const Value *vifs = domain_get(domain, DOMAIN_KEY_vifs);
        for (guint j = 0; vifs != NULL && j < vifs->count; j++) {
            MacUse use = {.domain = domain, .vif = vifs->items[j].table};
            use.mac = settings_own(use.vif, VIF_KEY_mac);
            if (use.mac == NULL) {
                continue;
            }
            use.is_made = use.mac->where.line == use.vif->where.line &&
                          use.mac->where.column == use.vif->where.column;
            const MacUse *first = g_hash_table_lookup(seen, use.mac->text);
            if (first != NULL) {
                refuse_same_mac(first, &use, problems);
            } else {
                g_hash_table_insert(seen, (char *)use.mac->text, g_memdup2(&use, sizeof use));
            }
        }
    }
}

static void check_uuids(const Spec *spec, Problems *problems)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        const Domain *first = g_hash_table_lookup(seen, domain->uuid);
        if (domain->uuid[0] == '\0') {
            continue;
        }
        if (first != NULL) {
            problems_add(
                problems, place_of(domain, domain_get(domain, DOMAIN_KEY_uuid)),
                "expected a uuid of its own for domain '%s', found %s, which domain '%s' has",
                domain->name, domain->uuid, first->name);
        }
        g_hash_table_insert(seen, domain->uuid, domain);
    }
}

/* `after`: known names, of the same host, without a cycle. */
typedef struct {
    const Spec *spec;
    Problems *problems;
    GHashTable *state; /* Domain -> 1: on the way, 2: done */
} AfterWalk;

/* A walk with a stack of its own: 100,000 domains may stand in one chain. */
static void walk_after(AfterWalk *walk, Domain *start)
{
    typedef struct {
        Domain *domain;
        guint next;
    } Step;
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(Step));
    Step first = {start, 0};
    g_array_append_val(stack, first);
    g_hash_table_insert(walk->state, start, GINT_TO_POINTER(1));
    while (stack->len > 0) {
        Step *top = &g_array_index(stack, Step, stack->len - 1);
        const Value *after = domain_get(top->domain, DOMAIN_KEY_after);
        if (after == NULL || top->next >= after->count) {
            g_hash_table_insert(walk->state, top->domain, GINT_TO_POINTER(2));
            g_array_set_size(stack, stack->len - 1);
            continue;
        }
        const Value *name = &after->items[top->next++];
        Domain *other = spec_find(walk->spec, name->text);
        int state = other != NULL ? GPOINTER_TO_INT(g_hash_table_lookup(walk->state, other)) : 2;
        if (state == 1) {
            problems_add(walk->problems, name->where,
                         "expected an order without a cycle, found domain '%s' after '%s', which "
                         "comes after it",
                         top->domain->name, name->text);
        } else if (state == 0) {
            Step step = {other, 0};
            g_hash_table_insert(walk->state, other, GINT_TO_POINTER(1));
            g_array_append_val(stack, step);
        }
    }
}

static void check_after(const Spec *spec, Problems *problems)
{
    AfterWalk walk = {spec, problems, g_hash_table_new(NULL, NULL)};
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        const Value *after = domain_get(domain, DOMAIN_KEY_after);
        for (guint j = 0; after != NULL && j < after->count; j++) {
            const Value *name = &after->items[j];
            const Domain *other = spec_find(spec, name->text);
            if (other == NULL) {
                problems_add(problems, name->where, "expected a domain of the spec, found '%s'",
                             name->text);
            } else if (g_strcmp0(other->host, domain->host) != 0) {
                problems_add(problems, name->where,
                             "expected a domain of the same host, found '%s', which is on '%s'",
                             name->text, other->host != NULL ? other->host : "this host");
            }
        }
        if (after != NULL && g_hash_table_lookup(walk.state, domain) == NULL) {
            walk_after(&walk, domain);
        }
    }
    g_hash_table_unref(walk.state);
}

/* Rows that make dom0 run a program, in a text that did not come from this host. */
static void check_program(const Value *value, const KeyRow *row, const char *const *programs,
                          Problems *problems)
{
    if (!row->runs_program || value->where.text == NULL ||
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

static void check_domain(const Spec *spec, const Domain *domain, Problems *problems)
{
    check_host(spec, domain, problems);
    check_guest_types(domain, problems);
    check_boot(domain, problems);
    check_at_least(domain, DOMAIN_KEY_maxmem, DOMAIN_KEY_memory, problems);
    check_at_least(domain, DOMAIN_KEY_maxvcpus, DOMAIN_KEY_vcpus, problems);
    check_cap(domain, problems);
    check_vdevs(domain, problems);
    warn_of_restarts_by_xen(domain, problems);
}

void spec_check(Spec *spec, const char *const *programs, Problems *problems)
{
    for (guint i = 0; i < spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(spec->domains, i);
        check_domain(spec, domain, problems);
        check_programs(domain->own, programs, problems);
    }
    GHashTableIter iterator;
    gpointer profile;
    g_hash_table_iter_init(&iterator, spec->profiles_by_name);
    while (g_hash_table_iter_next(&iterator, NULL, &profile)) {
        check_programs(profile, programs, problems);
    }
    check_uuids(spec, problems);
    check_macs(spec, problems);
    check_after(spec, problems);
}
