/* Secrets, which neither a spec nor a message may have. */
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

#define SHOWN_MAX 60 /* bytes of a value in a note */

static const char reason[] = "left out: there may be a secret in it, which stands in no spec";

char *import_quote(const char *text)
{
    return text_may_hold_secret(text)
               ? g_strdup("a text that is not shown, because there may be a secret in it")
               : g_strdup_printf("'%.*s'", SHOWN_MAX, text);
}

/* A name or a path may have such a word in it and hold nothing: /dev/vg0/ticket-db. */
static gboolean is_bare(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("_./-", *c) == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean holds_secret(const Value *value, gboolean is_known)
{
    switch ((ValueForm)value->form) {
    case FORM_TEXT:
        return text_may_hold_secret(value->text) && !(is_known && is_bare(value->text));
    case FORM_LIST:
        /* The word may be in one item, and the secret in the next. */
        for (guint i = 0; i < value->count; i++) {
            if (holds_secret(&value->items[i], FALSE)) {
                return TRUE;
            }
        }
        return FALSE;
    case FORM_MAP:
    case FORM_TABLE:
    case FORM_INTEGER:
        return FALSE;
    }
    return FALSE;
}

static void note(ImportedDomain *domain, const char *list, const char *key)
{
    g_autofree char *name = list != NULL ? g_strdup_printf("%s.%s", list, key) : g_strdup(key);
    imported_domain_note(domain, 0, 0, name, "%s", reason);
    domain->is_lacking = TRUE;
}

static void drop_from_map(ImportedDomain *domain, Value *map)
{
    guint kept = 0;
    for (guint i = 0; i < map->count; i += 2) {
        Value *pair = &map->items[i];
        if (name_is_of_secret(pair[0].text) || holds_secret(&pair[1], FALSE)) {
            note(domain, NULL, pair[0].text);
            value_clear(&pair[1]);
        } else {
            map->items[kept++] = pair[0];
            map->items[kept++] = pair[1];
        }
    }
    map->count = kept;
}

static void drop_from(ImportedDomain *domain, const char *list, Settings *settings)
{
    const KeyTable *table = settings->table;
    for (guint key = 0; key < table->count; key++) {
        Value *value = (Value *)settings_own(settings, key);
        const KeyRow *row = &table->rows[key];
        if (value == NULL) {
            continue;
        }
        if (row->type == TYPE_TABLE) {
            for (guint i = 0; value->form == FORM_LIST && i < value->count; i++) {
                drop_from(domain, row->name, value->items[i].table);
            }
        } else if (value->form == FORM_MAP) {
            drop_from_map(domain, value);
        } else if (holds_secret(value, TRUE)) {
            note(domain, list, row->name);
            settings_unset(settings, key);
        }
    }
}

void imported_domain_drop_secrets(ImportedDomain *domain)
{
    drop_from(domain, NULL, domain->settings);
    imported_domain_drop_half_disks(domain);
}
