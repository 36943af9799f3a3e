#include "xenbackend/xen_import.h"

#include "spec/characters.h"
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

#define REASON_MAX     400u /* characters of a note */
#define LINE_MAX_SHOWN 200u /* characters */

static void note_free(gpointer data)
{
    ImportNote *note = data;
    g_free(note->key);
    g_free(note->reason);
    g_free(note);
}

ImportedDomain *imported_domain_new(const char *source)
{
    ImportedDomain *domain = g_new0(ImportedDomain, 1);
    domain->source = g_strdup(source);
    domain->texts = g_string_chunk_new(1024);
    domain->settings = settings_new(&domain_keys);
    domain->notes = g_ptr_array_new_with_free_func(note_free);
    return domain;
}

void imported_domain_free(ImportedDomain *domain)
{
    if (domain == NULL) {
        return;
    }
    g_free(domain->source);
    g_free(domain->name);
    settings_free(domain->settings);
    g_string_chunk_free(domain->texts);
    g_ptr_array_unref(domain->notes);
    g_free(domain);
}

/* Takes REASON over. */
static void add_note(ImportedDomain *domain, guint line, guint column, const char *key,
                     char *reason)
{
    g_autoptr(GString) escaped = g_string_new(NULL);
    ImportNote *note = g_new0(ImportNote, 1);
    characters_append_escaped(escaped, reason, strlen(reason), REASON_MAX);
    note->line = line;
    note->column = column;
    note->reason = g_strdup(escaped->str);
    if (key != NULL) {
        g_string_truncate(escaped, 0);
        characters_append_escaped(escaped, key, strlen(key), REASON_MAX);
        note->key = g_strdup(escaped->str);
    }
    g_ptr_array_add(domain->notes, note);
    g_free(reason);
}

void imported_domain_note(ImportedDomain *domain, guint line, guint column, const char *key,
                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_note(domain, line, column, key, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void import_leave_out(Importer *importer, const XenConfigValue *at, const char *key,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_note(importer->domain, at != NULL ? at->line : 0, at != NULL ? at->column : 0, key,
             g_strdup_printf("left out: %s", why));
}

void imported_domain_note_macs(ImportedDomain *domain)
{
    const Value *vifs = settings_own(domain->settings, DOMAIN_KEY_vifs);
    g_autoptr(GString) numbers = g_string_new(NULL);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        if (settings_own(vifs->items[i].table, VIF_KEY_mac) == NULL) {
            g_string_append_printf(numbers, "%s%u", numbers->len > 0 ? ", " : "", i);
        }
    }
    if (numbers->len > 0) {
        imported_domain_note(domain, 0, 0, "vif",
                             "no MAC address is known of vif %s: the toolstack made up another at "
                             "each start, and xensure will make the same always",
                             numbers->str);
    }
}

void imported_domain_lack_device(ImportedDomain *domain)
{
    domain->is_lacking = TRUE;
    domain->lacks_device = TRUE;
}

/* ---- which dialect ---- */

/* xl knows no builder "linux", which xm has for everything but hvm. */
static gboolean is_for_xm(const XenConfigText *config)
{
    const XenConfigValue *builder = xen_config_text_get(config, "builder");
    return builder != NULL && builder->kind == XEN_CONFIG_ATOM &&
           strcmp(builder->text, "linux") == 0;
}

/* A line of a text, or NULL. */
static const char *find_line(const char *bytes, gsize length, guint number, gsize *line_length)
{
    const char *end = bytes + length;
    const char *line = bytes;
    for (guint i = 1; line != NULL && i < number; i++) {
        const char *newline = memchr(line, '\n', (gsize)(end - line));
        line = newline != NULL ? newline + 1 : NULL;
    }
    if (line == NULL || number == 0) {
        return NULL;
    }
    const char *newline = memchr(line, '\n', (gsize)(end - line));
    *line_length = (gsize)((newline != NULL ? newline : end) - line);
    return line;
}

/* A value may stand in lines behind its name. */
static gboolean may_hold_secret(const char *bytes, gsize length, guint number)
{
    gsize line_length = 0;
    const char *line = find_line(bytes, length, number, &line_length);
    return bytes_may_hold_secret(bytes,
                                 line != NULL ? (gsize)(line - bytes) + line_length : length);
}

char *xen_import_line(const char *bytes, gsize length, guint number)
{
    gsize line_length = 0;
    const char *line = find_line(bytes, length, number, &line_length);
    if (line == NULL || may_hold_secret(bytes, length, number)) {
        return NULL;
    }
    GString *text = g_string_new(NULL);
    characters_append_escaped(text, line, line_length, LINE_MAX_SHOWN);
    return g_string_free(text, FALSE);
}

/* What was found may be a secret. */
static void hide_secret(const char *bytes, gsize length, XenConfigTrouble *trouble)
{
    if (may_hold_secret(bytes, length, trouble->line)) {
        g_free(trouble->message);
        trouble->message = g_strdup("expected data, found something else; the line is not shown, "
                                    "because there may be a secret in it");
    }
}

ImportedDomain *xen_import_text(const char *source, const char *bytes, gsize length,
                                XenDialect target, XenConfigTrouble *trouble)
{
    XenDialect other = target == XEN_DIALECT_XL ? XEN_DIALECT_XM : XEN_DIALECT_XL;
    XenConfigTrouble of_other = {0};
    g_autoptr(XenConfigText) config = xen_config_text_read(target, bytes, length, trouble);
    if (config != NULL && (target == XEN_DIALECT_XM || !is_for_xm(config))) {
        return xen_import_config(source, config, target, target);
    }
    g_autoptr(XenConfigText) second = xen_config_text_read(other, bytes, length, &of_other);
    g_autofree char *refusal = g_steal_pointer(&of_other.message);
    if (second == NULL && config != NULL) {
        return xen_import_config(source, config, target, target);
    }
    hide_secret(bytes, length, trouble);
    if (second == NULL) {
        gboolean is_end = strstr(trouble->message, "line end") != NULL;
        gboolean is_code = target == XEN_DIALECT_XL && of_other.line >= trouble->line && !is_end;
        if (is_code) {
            /* What it fails on in the other dialect comes later: it is rather of that. */
            g_free(trouble->message);
            *trouble = of_other;
            trouble->message = g_steal_pointer(&refusal);
            hide_secret(bytes, length, trouble);
        }
        return NULL;
    }
    g_autofree char *why = g_steal_pointer(&trouble->message);
    ImportedDomain *domain = xen_import_config(source, second, other, target);
    imported_domain_note(domain, trouble->line, trouble->column, NULL, "read as %s's file: %s",
                         other == XEN_DIALECT_XM ? "xm" : "xl",
                         why != NULL ? why : "its `builder` is one that xl does not know");
    /* It explains the others. */
    ImportNote *note = g_ptr_array_steal_index(domain->notes, domain->notes->len - 1);
    g_ptr_array_insert(domain->notes, 0, note);
    return domain;
}
