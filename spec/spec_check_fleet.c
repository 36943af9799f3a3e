/* What concerns more than one domain. Each rule is a function. */
#include "spec/identity.h"
#include "spec/spec_steps.h"

#include <string.h>

typedef struct {
    const Domain *domain;
    const Settings *vif;
    const Value *mac;
    guint position;
} MacUse;

/* A MAC that we made has its vif's place. */
static gboolean is_made(const MacUse *use)
{
    return use->mac->where.line == use->vif->where.line &&
           use->mac->where.column == use->vif->where.column;
}

/* Made like the others, but with numbers that no devid has, until nobody else has it. */
static void find_free_mac(const Spec *spec, const MacUse *use, GHashTable *seen,
                          char out[IDENTITY_MAC_SIZE])
{
    gint64 number = vif_devid(use->vif, use->position);
    do {
        number += VIF_DEVID_MAX + 1;
        identity_make_mac(spec->fleet, use->domain->name, number, out);
    } while (g_hash_table_contains(seen, out));
}

static void refuse_same_mac(const Spec *spec, const MacUse *first, const MacUse *second,
                            GHashTable *seen, Problems *problems)
{
    if (!is_made(first) && !is_made(second)) {
        g_autofree char *place = spec_describe_place(first->mac->where);
        problems_add(problems, second->mac->where,
                     "expected a MAC address of its own for domain '%s', found %s, which domain "
                     "'%s' has (%s)",
                     second->domain->name, second->mac->text, first->domain->name, place);
        return;
    }
    const MacUse *made = is_made(second) ? second : first;
    const MacUse *other = made == second ? first : second;
    const char *by_itself = domain_layer_of(made->domain, DOMAIN_KEY_vifs) == made->domain->own
                                ? ""
                                : " (in `vifs` of its own, because these are a profile's)";
    char free_mac[IDENTITY_MAC_SIZE];
    find_free_mac(spec, made, seen, free_mac);
    problems_add(problems, made->vif->where,
                 "expected a MAC address of its own, found that %s, made for domain '%s', is also "
                 "that of domain '%s': add the line `mac: %s` to this vif%s",
                 made->mac->text, made->domain->name, other->domain->name, free_mac, by_itself);
}

/* SEEN: text -> MacUse, of the domains before. */
static void check_macs(const Spec *spec, GHashTable *seen, const Domain *domain, Problems *problems)
{
    const Value *vifs = domain_get(domain, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        MacUse use = {.domain = domain, .vif = vifs->items[i].table, .position = i};
        use.mac = settings_own(use.vif, VIF_KEY_mac);
        if (use.mac == NULL) {
            continue;
        }
        const MacUse *first = g_hash_table_lookup(seen, use.mac->text);
        if (first == NULL) {
            g_hash_table_insert(seen, (char *)use.mac->text, g_memdup2(&use, sizeof use));
        } else if (first->domain != domain || !is_made(first) || !is_made(&use)) {
            refuse_same_mac(spec, first, &use, seen, problems);
        }
    }
}

/* SEEN: text -> Domain, of those before. */
static void check_uuid(GHashTable *seen, Domain *domain, Problems *problems)
{
    const Value *uuid = domain_get(domain, DOMAIN_KEY_uuid);
    const Domain *first = g_hash_table_lookup(seen, domain->uuid);
    if (domain->uuid[0] == '\0') {
        return;
    }
    if (first == NULL) {
        g_hash_table_insert(seen, domain->uuid, domain);
        return;
    }
    g_autofree char *place = spec_describe_place(first->where);
    problems_add(problems, uuid != NULL ? uuid->where : domain->where,
                 "expected a uuid of its own for domain '%s', found %s, which domain '%s' "
                 "has (%s)",
                 domain->name, domain->uuid, first->name, place);
}

/* A way along `after`, and where the next domain is to be looked for. */
typedef struct {
    Domain *domain;
    guint next;
} Step;

typedef struct {
    const Spec *spec;
    Problems *problems;
    GHashTable *state; /* Domain -> ON_THE_WAY or DONE */
    GArray *way;       /* of Step; not on the stack: 100,000 domains may stand in one chain */
} AfterWalk;

enum { UNKNOWN, ON_THE_WAY, DONE };

static void enter(AfterWalk *walk, Domain *domain)
{
    Step step = {domain, 0};
    g_array_append_val(walk->way, step);
    g_hash_table_insert(walk->state, domain, GINT_TO_POINTER(ON_THE_WAY));
}

/* The end of the way is a circle from BACK_TO on: "a after b after c after a". */
static void refuse_cycle(const AfterWalk *walk, const Value *back_to)
{
    static const guint shown_max = 8;
    g_autoptr(GString) circle = g_string_new(NULL);
    guint from = walk->way->len;
    do {
        from--;
    } while (strcmp(g_array_index(walk->way, Step, from).domain->name, back_to->text) != 0);
    for (guint i = from; i < walk->way->len && i < from + shown_max; i++) {
        const Domain *domain = g_array_index(walk->way, Step, i).domain;
        g_string_append_printf(circle, "'%s' after ", domain->name);
    }
    if (walk->way->len - from > shown_max) {
        g_string_append(circle, "... after ");
    }
    problems_add(walk->problems, back_to->where,
                 "expected an order of starts without a cycle, found %s'%s'", circle->str,
                 back_to->text);
}

static void walk_after(AfterWalk *walk, Domain *start)
{
    enter(walk, start);
    while (walk->way->len > 0) {
        Step *top = &g_array_index(walk->way, Step, walk->way->len - 1);
        const Value *after = domain_get(top->domain, DOMAIN_KEY_after);
        if (after == NULL || top->next >= after->count) {
            g_hash_table_insert(walk->state, top->domain, GINT_TO_POINTER(DONE));
            g_array_set_size(walk->way, walk->way->len - 1);
            continue;
        }
        const Value *name = &after->items[top->next++];
        Domain *other = spec_find(walk->spec, name->text);
        int state = other == NULL ? DONE : GPOINTER_TO_INT(g_hash_table_lookup(walk->state, other));
        if (state == ON_THE_WAY) {
            refuse_cycle(walk, name);
        } else if (state == UNKNOWN) {
            enter(walk, other);
        }
    }
}

static void check_after_names(const Spec *spec, const Domain *domain, const Value *after,
                              Problems *problems)
{
    for (guint i = 0; i < after->count; i++) {
        const Value *name = &after->items[i];
        const Domain *other = spec_find(spec, name->text);
        if (other == NULL) {
            problems_add(problems, name->where, "expected a domain of the spec, found '%s'",
                         name->text);
        } else if (other->host != NULL && domain->host != NULL &&
                   strcmp(other->host, domain->host) != 0) {
            problems_add(problems, name->where,
                         "expected a domain of the same host ('%s'), found '%s', which is on '%s'",
                         domain->host, name->text, other->host);
        }
    }
}

/* `after`: known names, of the same host, without a cycle. */
static void check_after(const Spec *spec, Problems *problems)
{
    g_autoptr(GHashTable) state = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Step));
    AfterWalk walk = {spec, problems, state, way};
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        const Value *after = domain_get(domain, DOMAIN_KEY_after);
        if (after == NULL) {
            continue;
        }
        check_after_names(spec, domain, after, problems);
        if (g_hash_table_lookup(state, domain) == NULL) {
            walk_after(&walk, domain);
        }
    }
}

void spec_check_fleet(const Spec *spec, Problems *problems)
{
    g_autoptr(GHashTable) uuids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) macs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(GHashTable) disks = disk_uses_new();
    g_autoptr(GHashTable) once = once_uses_new();
    for (guint i = 0; i < spec->domains->len; i++) {
        Domain *domain = g_ptr_array_index(spec->domains, i);
        check_uuid(uuids, domain, problems);
        check_macs(spec, macs, domain, problems);
        spec_check_shared_disks(disks, domain, problems);
        spec_check_once(once, domain, problems);
    }
    check_after(spec, problems);
}
