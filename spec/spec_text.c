#include "spec/spec_text.h"

#include "spec/characters.h"
#include "spec/spec_text_profiles.h"
#include "spec/units.h"

#include <string.h>

#define COMMENT_MAX 400u /* characters of a line */

/* ---- values ---- */

/* Would another reader of YAML take the text for something else: a truth value, a number in one of
 * YAML's many forms (0x1f, 1_000, 1:30), a date? */
static gboolean is_read_otherwise(const char *text)
{
    static const char of_numbers[] = "0123456789abcdefABCDEFxXoOtTzZ.:_+-";
    static const char *const words[] = {"y",    "n",     "yes",  "no",   "on", "off",
                                        "true", "false", "null", "none", NULL};
    g_autofree char *lower = g_ascii_strdown(text, -1);
    gboolean begins_so = g_ascii_isdigit(text[0]) || strchr(".+-_", text[0]) != NULL;
    return g_strv_contains(words, lower) || (begins_so && strspn(text, of_numbers) == strlen(text));
}

/* Can it stand without quotes, also within brackets? */
static gboolean is_plain(const char *text)
{
    gsize length = strlen(text);
    gboolean is_word = g_ascii_isalnum(text[0]) || text[0] == '_' || text[0] == '/';
    for (gsize i = 0; i < length; i++) {
        is_word = is_word && (g_ascii_isalnum(text[i]) || strchr("_./:@+=%-", text[i]) != NULL);
    }
    return is_word && text[length - 1] != ':' && !is_read_otherwise(text);
}

/* A name of a domain, a fleet, or a key under `xen`. */
static void append_name(const char *name, GString *out)
{
    if (is_plain(name)) {
        g_string_append(out, name);
    } else {
        yaml_quote(name, out);
    }
}

static void append_value(const KeyTable *table, const Value *value, GString *out);

static void append_text(const KeyRow *row, const char *text, GString *out)
{
    if ((row->type == TYPE_MAC || row->type == TYPE_UUID || is_plain(text)) &&
        row->type != TYPE_RAW_MAP) {
        g_string_append(out, text);
    } else {
        yaml_quote(text, out);
    }
}

static void append_items(const KeyTable *table, const Value *list, GString *out)
{
    g_string_append_c(out, '[');
    for (guint i = 0; i < list->count; i++) {
        g_string_append(out, i > 0 ? ", " : "");
        append_value(table, &list->items[i], out);
    }
    g_string_append_c(out, ']');
}

/* Does the value hold without being said? Of a CD-ROM drive another access does. */
static gboolean is_understood(const Settings *settings, const Value *value)
{
    gboolean is_drive_access = settings->table == &disk_keys && value->key == DISK_KEY_access &&
                               settings_own(settings, DISK_KEY_devtype) != NULL;
    return !is_drive_access &&
           value_equal(settings->table, value, key_table_default(settings->table, value->key));
}

/* What a device says beside the table's defaults, in one line. */
static void append_table(const Settings *settings, GString *out)
{
    gboolean is_first = TRUE;
    g_string_append_c(out, '{');
    for (guint i = 0; i < settings->count; i++) {
        const Value *value = &settings->values[i];
        if (is_understood(settings, value)) {
            continue;
        }
        g_string_append_printf(out, "%s%s: ", is_first ? "" : ", ",
                               settings->table->rows[value->key].name);
        append_value(settings->table, value, out);
        is_first = FALSE;
    }
    g_string_append_c(out, '}');
}

static void append_value(const KeyTable *table, const Value *value, GString *out)
{
    const KeyRow *row = &table->rows[value->key];
    switch ((ValueForm)value->form) {
    case FORM_TEXT:
        append_text(row, value->text, out);
        break;
    case FORM_INTEGER:
        if (row->type == TYPE_SIZE_MIB) {
            units_append_size(value->integer, out);
        } else {
            value_format(table, value, out);
        }
        break;
    case FORM_LIST:
        append_items(table, value, out);
        break;
    case FORM_TABLE:
        append_table(value->table, out);
        break;
    case FORM_MAP:
        value_format(table, value, out);
        break;
    }
}

/* ---- keys ---- */

static void append_indented(guint depth, GString *out)
{
    g_string_append_printf(out, "%*s", (int)(2 * depth), "");
}

static void append_key(const Value *value, guint depth, GString *out)
{
    const KeyRow *row = &domain_keys.rows[value->key];
    append_indented(depth, out);
    g_string_append_printf(out, "%s:", row->name);
    if (row->type == TYPE_TABLE && value->count > 0) {
        for (guint i = 0; i < value->count; i++) {
            g_string_append_c(out, '\n');
            append_indented(depth + 1, out);
            g_string_append(out, "- ");
            append_value(&domain_keys, &value->items[i], out);
        }
    } else if (row->type == TYPE_RAW_MAP && value->count > 0) {
        for (guint i = 0; i < value->count; i += 2) {
            g_string_append_c(out, '\n');
            append_indented(depth + 1, out);
            append_name(value->items[i].text, out);
            g_string_append(out, ": ");
            value_format(&domain_keys, &value->items[i + 1], out);
        }
    } else {
        g_string_append_c(out, ' ');
        append_value(&domain_keys, value, out);
    }
    g_string_append_c(out, '\n');
}

/* What says which domain it is and what becomes of it stands before what it is made of. */
static gboolean stands_in_front(guint key)
{
    return key == DOMAIN_KEY_uuid || domain_keys.rows[key].change == CHANGE_NONE;
}

/* The values that differ from what holds without them. */
static void append_keys(const Settings *settings, const ProfilesBase *base, guint depth,
                        GString *out)
{
    for (guint pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < settings->count; i++) {
            const Value *value = &settings->values[i];
            if (stands_in_front(value->key) == (pass == 0) &&
                !value_equal(&domain_keys, value, profiles_base_get(base, value->key))) {
                append_key(value, depth, out);
            }
        }
    }
}

/* ---- profiles ---- */

static void append_profile(const char *name, const Settings *profile, const ProfilesBase *base,
                           GString *out)
{
    g_string_append_printf(out, "  %s:\n", name);
    append_keys(profile, base, 2, out);
}

static void append_profiles(const Profiles *profiles, GString *out)
{
    const char *const *types = domain_keys.rows[DOMAIN_KEY_type].words;
    const ProfilesBase nothing = {{NULL, NULL}};
    const ProfilesBase common = {{profiles->common, NULL}};
    if (profiles->common->count > 0 || g_hash_table_size(profiles->by_type) > 0) {
        g_string_append(out, "\nprofiles:\n");
    }
    if (profiles->common->count > 0) {
        append_profile("default", profiles->common, &nothing, out);
    }
    for (guint i = 0; types[i] != NULL; i++) {
        const Settings *profile = g_hash_table_lookup(profiles->by_type, types[i]);
        if (profile != NULL) {
            append_profile(types[i], profile, &common, out);
        }
    }
}

/* ---- the whole ---- */

static void append_comments(const char *const *comments, guint depth, GString *out)
{
    for (guint i = 0; comments != NULL && comments[i] != NULL; i++) {
        append_indented(depth, out);
        g_string_append(out, "# ");
        characters_append_escaped(out, comments[i], strlen(comments[i]), COMMENT_MAX);
        g_string_append_c(out, '\n');
    }
}

static void append_domain(const SpecTextDomain *domain, const Profiles *profiles, GString *out)
{
    const Settings *profile = g_hash_table_lookup(profiles->by_type, profiles_type_of(domain));
    const ProfilesBase base = {{profile, profiles->common}};
    append_indented(1, out);
    append_name(domain->name, out);
    g_string_append(out, ":\n");
    append_comments(domain->comments, 2, out);
    gsize length = out->len;
    if (profile != NULL) {
        g_string_append_printf(out, "    profile: %s\n", profiles_type_of(domain));
    }
    append_keys(domain->settings, &base, 2, out);
    if (out->len == length) {
        g_string_append(out, "    {}\n");
    }
}

static void append_as_comment(const char *text, GString *out)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0') {
            g_string_append_printf(out, "# %s\n", lines[i]);
        }
    }
}

static void append_domains(const GPtrArray *domains, const Profiles *profiles, GString *out)
{
    for (guint i = 0; i < domains->len; i++) {
        const SpecTextDomain *domain = g_ptr_array_index(domains, i);
        g_autoptr(GString) text = g_string_new(NULL);
        append_domain(domain, profiles, text);
        g_string_append(out, i > 0 ? "\n" : "");
        if (domain->is_comment) {
            append_as_comment(text->str, out);
        } else {
            g_string_append(out, text->str);
        }
    }
}

static gboolean is_any_live(const GPtrArray *domains)
{
    for (guint i = 0; i < domains->len; i++) {
        if (!((const SpecTextDomain *)g_ptr_array_index(domains, i))->is_comment) {
            return TRUE;
        }
    }
    return FALSE;
}

void spec_text_write(const char *const *comments, const char *fleet, const GPtrArray *domains,
                     gboolean with_profile, GString *out)
{
    static const GPtrArray none = {NULL, 0};
    Profiles profiles;
    profiles_make(with_profile ? domains : &none, &profiles);
    append_comments(comments, 0, out);
    g_string_append(out, "xensure: 1\nfleet: ");
    append_name(fleet, out);
    g_string_append_c(out, '\n');
    append_profiles(&profiles, out);
    g_string_append(out, is_any_live(domains) ? "\ndomains:\n" : "\ndomains: {}\n");
    append_domains(domains, &profiles, out);
    profiles_clear(&profiles);
}
