/* What domains have from their profiles and the table. */
#include "spec/spec_steps.h"

#include <string.h>

/* What the table gives to a guest of a type (0: of a type that is not known, which gets all); a
 * default holds for the guests that have the row. Tables are constants, so this lives for ever. */
static const Value *const *defaults_of(guint type)
{
    static const Value *defaults[GUEST_HVM + 1][DOMAIN_KEY_COUNT];
    static gboolean is_made[GUEST_HVM + 1];
    for (guint key = 0; !is_made[type] && key < domain_keys.count; key++) {
        guint guests = domain_keys.rows[key].guests;
        if (type == 0 || guests == 0 || (guests & type) != 0) {
            defaults[type][key] = key_table_default(&domain_keys, key);
        }
    }
    is_made[type] = TRUE;
    return defaults[type];
}

/* Puts a layer over those below. What it gives and what was refused hides what they have. */
static void overlay(DomainBase *base, const Settings *settings)
{
    for (guint i = 0; settings != NULL && i < settings->count; i++) {
        base->values[settings->values[i].key] = &settings->values[i];
    }
    for (guint key = 0; settings != NULL && settings->refused != NULL && key < domain_keys.count;
         key++) {
        if (settings->refused[key]) {
            base->values[key] = base->defaults[key];
        }
    }
}

static guint hash_base(gconstpointer data)
{
    const DomainBase *base = data;
    return g_direct_hash(base->profile) + base->type;
}

static gboolean equal_bases(gconstpointer left, gconstpointer right)
{
    const DomainBase *a = left;
    const DomainBase *b = right;
    return a->profile == b->profile && a->type == b->type;
}

GHashTable *domain_bases_new(void)
{
    return g_hash_table_new_full(hash_base, equal_bases, NULL, g_free);
}

static const DomainBase *find_base(const Spec *spec, const Domain *domain, guint type)
{
    const DomainBase key = {.profile = domain->profile, .type = type};
    const DomainBase *known = g_hash_table_lookup(spec->bases, &key);
    if (known != NULL) {
        return known;
    }
    DomainBase *base = g_new(DomainBase, 1);
    base->profile = domain->profile;
    base->type = type;
    base->defaults = defaults_of(type);
    memcpy(base->values, base->defaults, sizeof base->values);
    overlay(base, domain->default_profile);
    overlay(base, domain->profile);
    g_hash_table_add(spec->bases, base);
    return base;
}

void domain_find_base(const Spec *spec, Domain *domain)
{
    domain->base = find_base(spec, domain, 0);
    guint type = guest_type_of(domain_get_text(domain, DOMAIN_KEY_type));
    if (type != 0) {
        domain->base = find_base(spec, domain, type);
    }
}

/* ---- by other settings ---- */

/* What the values are read from goes before what is told of them. */
static void forget_place(Value *value)
{
    value->where = (Position){0};
    if (value->form == FORM_TABLE) {
        for (guint i = 0; i < value->table->count; i++) {
            forget_place(&value->table->values[i]);
        }
    } else if (value->form == FORM_LIST || value->form == FORM_MAP) {
        for (guint i = 0; i < value->count; i++) {
            forget_place(&value->items[i]);
        }
    }
}

Domain *domain_new_with(const Domain *domain, Settings *settings)
{
    Domain *other = g_new0(Domain, 1);
    DomainBase *base = g_new0(DomainBase, 1);
    other->name = domain->name;
    other->where = domain->where;
    other->host = domain->host;
    other->own = settings;
    g_strlcpy(other->uuid, domain->uuid, sizeof other->uuid);
    for (guint i = 0; i < settings->count; i++) {
        forget_place(&settings->values[i]);
    }
    const Value *type = settings_own(settings, DOMAIN_KEY_type);
    base->type = guest_type_of(type != NULL ? type->text : NULL);
    base->defaults = defaults_of(base->type);
    for (guint key = 0; key < domain_keys.count; key++) {
        gboolean is_control = domain_keys.rows[key].change == CHANGE_NONE;
        base->values[key] = is_control ? domain_get(domain, key) : base->defaults[key];
        if (is_control) {
            settings_unset(settings, key);
        }
    }
    other->base = base;
    return other;
}

void domain_free_with(Domain *domain)
{
    settings_free(domain->own);
    g_free((DomainBase *)domain->base);
    g_free(domain);
}
