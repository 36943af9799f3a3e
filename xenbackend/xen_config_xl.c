/* xl's config language: xl.cfg(5). */
#include "xenbackend/xen_config_parts.h"

#include <string.h>

static const char *name_in_xl(const KeyRow *row, const Domain *domain)
{
    if (row->beside == NULL) {
        return row->xl_name;
    }
    const KeyRow *other = key_table_find(&domain_keys, row->beside);
    return domain_get(domain, key_table_index(&domain_keys, other)) != NULL ? row->xl_name_beside
                                                                            : row->xl_name;
}

static const char *word_in_xl(const KeyRow *row, const char *text)
{
    for (guint i = 0; row->xl_words != NULL && row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], text) == 0) {
            return row->xl_words[i];
        }
    }
    return text;
}

static gboolean check_domain(const Writer *writer)
{
    (void)writer; /* xl.cfg has all that a spec can say */
    return TRUE;
}

/* Xen tools/libs/util/libxlu_cfg_l.l: what can stand before the '='. */
static gboolean is_identifier(const char *text)
{
    return g_ascii_islower(text[0]) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._") == strlen(text);
}

static gboolean check_raw_key(const Writer *writer, Place place, const char *name)
{
    return is_identifier(name) || writer_refuse(writer, place, "a key of xl.cfg", name);
}

/* xl takes settings behind the file, and of two the later one: Xen
 * tools/xl/xl_vmcontrol.c:main_create. */
static gboolean append_command_line(Writer *writer, const char *extra)
{
    const char *root = domain_get_text(writer->domain, DOMAIN_KEY_root);
    const char *cmdline = domain_get_text(writer->domain, DOMAIN_KEY_cmdline);
    g_autoptr(GString) whole = g_string_new(NULL);
    if (root != NULL) {
        g_string_append_printf(whole, "root=%s ", root);
    }
    if (cmdline != NULL) {
        g_string_append_printf(whole, "%s ", cmdline);
    }
    g_string_append(whole, extra);
    g_string_append(writer->out, "cmdline=");
    return writer_append_quoted(writer, (Place){"cmdline", NULL}, whole->str);
}

/* Devices: xl-disk-configuration(5), xl-network-configuration(5). xl's lexer knows no minus sign: a
 * negative number is a number to it only as a text. */
const ConfigDialect xl_dialect = {
    .name_of = name_in_xl,
    .word_of = word_in_xl,
    .check = check_domain,
    .check_raw_key = check_raw_key,
    .append_list = writer_append_list,
    .append_device = writer_append_key_values,
    .append_command_line = append_command_line,
    .integer_most = G_MAXINT64,
    .quotes_negative = TRUE,
    .has_second_names = TRUE,
};
