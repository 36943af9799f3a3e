/* Single values of config files, and lists of them, as values of key rows. */
#include "spec/characters.h"
#include "spec/text_checks.h"
#include "xenbackend/xen_import_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

gboolean import_read_number(const char *text, gint64 *out)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 0);
    if (errno != 0 || end == text || *end != '\0') {
        return FALSE;
    }
    *out = number;
    return TRUE;
}

/* Six numbers with any one character between them: Xen tools/xl/xl_parse.c:parse_nic_config. */
static char *clean_mac(const char *text)
{
    GString *mac = g_string_new(NULL);
    for (guint i = 0; i < 6; i++) {
        char *end = NULL;
        guint64 number = g_ascii_strtoull(text, &end, 16);
        if (end == text || number > 255 || (i < 5 && *end == '\0')) {
            g_string_assign(mac, "");
            break;
        }
        g_string_append_printf(mac, "%s%02x", i > 0 ? ":" : "", (guint)number);
        text = end + 1;
    }
    return g_string_free(mac, FALSE);
}

/* The word of the table for what the file calls it; NULL: none. */
static const char *word_of(const Importer *importer, const KeyRow *row, const char *text)
{
    const char *const *names =
        row->xl_words != NULL && importer->dialect == XEN_DIALECT_XL ? row->xl_words : row->words;
    guint count = g_strv_length((char **)row->words);
    gint64 number = 0;
    if (row->is_numbered && import_read_number(text, &number)) {
        return number >= 0 && number < count ? row->words[number] : NULL;
    }
    for (guint i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            return row->words[i];
        }
    }
    return NULL;
}

/* What the spec would have for a text of the file, and whether it is without quotes there. NULL:
 * *reason is set. */
static char *translate(const Importer *importer, const KeyRow *row, const char *text,
                       gboolean *is_plain, char **reason)
{
    gint64 number = 0;
    gboolean is_number = import_read_number(text, &number);
    if (importer->dialect == XEN_DIALECT_XM && row == &domain_keys.rows[DOMAIN_KEY_root] &&
        g_str_has_prefix(text, "root=")) {
        /* tools/python/xen/xm/create.py:configure_image */
        text += strlen("root=");
    }
    if (row == &domain_keys.rows[DOMAIN_KEY_pci] && g_str_has_prefix(text, "bdf=")) {
        /* tools/libs/util/libxlu_pci.c: as long a name for what stands first anyway */
        text += strlen("bdf=");
    }
    gboolean is_boolean = row->type == TYPE_BOOLEAN || (row->type == TYPE_SWITCH && is_number);
    *is_plain = is_boolean || row->type == TYPE_INTEGER || row->type == TYPE_SIZE_MIB;
    if (*is_plain && !is_number) {
        g_autofree char *shown = import_quote(text);
        *reason = g_strdup_printf("%s reads a number here, and does not look at %s",
                                  import_reader(importer), shown);
        return NULL;
    }
    if (is_boolean) {
        return g_strdup(number != 0 ? "true" : "false");
    }
    if (*is_plain) {
        return g_strdup_printf("%" G_GINT64_FORMAT, number);
    }
    if (row->type == TYPE_WORD) {
        const char *word = word_of(importer, row, text);
        return g_strdup(word != NULL ? word : text);
    }
    return row->type == TYPE_PATH || (row->type == TYPE_TEXT && *text == '/' && row->runs_program)
               ? path_tidy(text)
           : row->type == TYPE_MAC ? clean_mac(text)
                                   : g_strdup(text);
}

gboolean import_read_text(const Importer *importer, const KeyRow *row, const char *text, Value *out,
                          char **reason)
{
    gboolean is_plain = FALSE;
    g_autofree char *translated = translate(importer, row, text, &is_plain, reason);
    g_autofree char *expected = NULL;
    if (translated == NULL) {
        return FALSE;
    }
    if (*text == '\0') {
        *reason = g_strdup("it is empty");
        return FALSE;
    }
    if (!characters_are_fit(translated)) {
        *reason = g_strdup("it is not UTF-8, or has characters that no spec may hold");
        importer->domain->is_lacking = TRUE;
        return FALSE;
    }
    if (!value_read_text(row, translated, is_plain, importer->domain->texts, out, &expected)) {
        g_autofree char *shown = import_quote(text);
        *reason = g_strdup_printf("a spec has %s, and this is %s", expected, shown);
        importer->domain->is_lacking = TRUE;
        return FALSE;
    }
    return TRUE;
}

/* ---- values ---- */

static gboolean read_atom(Importer *importer, const KeyRow *row, const char *name,
                          const XenConfigValue *value, Value *out)
{
    g_autofree char *reason = NULL;
    if (value->kind != XEN_CONFIG_ATOM) {
        import_leave_out(importer, value, name, "a list stands where %s reads a single value",
                         import_reader(importer));
        return FALSE;
    }
    if (!import_read_text(importer, row, value->text, out, &reason)) {
        import_leave_out(importer, value, name, "%s", reason);
        return FALSE;
    }
    return TRUE;
}

static void lack_item(const Importer *importer, const KeyRow *row)
{
    if (row->type == TYPE_TABLE || row == &domain_keys.rows[DOMAIN_KEY_pci]) {
        imported_domain_lack_device(importer->domain);
    }
    importer->domain->is_lacking = TRUE;
}

void import_read_items(Importer *importer, const KeyRow *row, const char *name,
                       const XenConfigValue *list,
                       gboolean (*read)(Importer *, const KeyRow *, const char *,
                                        const XenConfigValue *, Value *),
                       Value *out)
{
    guint most = row->items_maximum != 0 ? row->items_maximum : LIST_ITEMS_MAX;
    *out = (Value){.key = out->key, .form = FORM_LIST};
    out->items = g_new0(Value, MAX(MIN(list->items->len, most), 1));
    for (guint i = 0; i < list->items->len; i++) {
        const XenConfigValue *item = g_ptr_array_index(list->items, i);
        Value value = {.key = out->key};
        if (out->count == most) {
            import_leave_out(importer, item, name, "a spec has at most %u of them", most);
            lack_item(importer, row);
            return;
        }
        if (item->kind == XEN_CONFIG_LIST) {
            /* xl's loops end there: tools/libs/util/libxlu_cfg.c:xlu_cfg_get_listitem. */
            import_leave_out(importer, item, name, "a list stands within the list");
            return;
        }
        if (read(importer, row, name, item, &value)) {
            out->items[out->count++] = value;
        } else {
            lack_item(importer, row);
        }
    }
}

/* A single text where a list belongs: words with blanks between, to the one row that is read so. */
static gboolean read_words(Importer *importer, const KeyRow *row, const char *name,
                           const XenConfigValue *value, Value *out)
{
    g_auto(GStrv) words = g_strsplit_set(value->text, " \t\n", -1);
    XenConfigValue *list = g_new0(XenConfigValue, 1);
    list->kind = XEN_CONFIG_LIST;
    list->items = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0') {
            XenConfigValue item = {.kind = XEN_CONFIG_ATOM,
                                   .line = value->line,
                                   .column = value->column,
                                   .text = words[i]};
            g_ptr_array_add(list->items, g_memdup2(&item, sizeof item));
        }
    }
    import_read_items(importer, row, name, list, read_atom, out);
    g_ptr_array_unref(list->items);
    g_free(list);
    return TRUE;
}

gboolean import_read_value(Importer *importer, const KeyRow *row, const char *name,
                           const XenConfigValue *value, Value *out)
{
    gboolean is_list = value->kind == XEN_CONFIG_LIST;
    if (is_list && row->list != LIST_NEVER) {
        KeyRow words = *row;
        words.type = TYPE_WORD;
        import_read_items(importer, row->type == TYPE_SWITCH ? &words : row, name, value, read_atom,
                          out);
        return TRUE;
    }
    if (is_list || row->list != LIST_ALWAYS) {
        return read_atom(importer, row, name, value, out);
    }
    if (row == &domain_keys.rows[DOMAIN_KEY_bootloader_args]) {
        return read_words(importer, row, name, value, out);
    }
    import_leave_out(importer, value, name,
                     "a single value stands where %s reads a list, which it does not look at",
                     import_reader(importer));
    return FALSE;
}

/* ---- what no row has ---- */

static gboolean read_raw_atom(Importer *importer, const KeyRow *row, const char *name,
                              const XenConfigValue *value, Value *out)
{
    (void)row;
    gint64 number = 0;
    g_autofree char *expected = NULL;
    /* What xl may read in more than one way stays a text: "0x1f", "010". */
    gboolean is_integer = value->is_number && import_read_number(value->text, &number) &&
                          number >= 0 &&
                          (number == 0 ? strlen(value->text) == 1
                                       : g_ascii_isdigit(value->text[0]) && value->text[0] != '0');
    if (value->kind != XEN_CONFIG_ATOM || !characters_are_fit(value->text)) {
        import_leave_out(importer, value, name,
                         "it is no text in UTF-8, or has characters that no spec may hold");
        return FALSE;
    }
    if (!value_read_raw_text(value->text, is_integer, importer->domain->texts, out, &expected)) {
        import_leave_out(importer, value, name, "a spec has %s there",
                         *value->text != '\0' ? expected : "no empty text");
        return FALSE;
    }
    return TRUE;
}

static gboolean read_raw(Importer *importer, const XenConfigSetting *setting, Value *out)
{
    static const KeyRow list = {.items_maximum = LIST_ITEMS_MAX};
    const XenConfigValue *value = setting->value;
    if (value->kind != XEN_CONFIG_LIST) {
        return read_raw_atom(importer, &list, setting->name, value, out);
    }
    guint notes = importer->domain->notes->len;
    import_read_items(importer, &list, setting->name, value, read_raw_atom, out);
    if (importer->domain->notes->len > notes) {
        /* Half a list of something that is not known is worse than none. */
        value_clear(out);
        return FALSE;
    }
    return TRUE;
}

void import_raw(Importer *importer, const XenConfigSetting *setting, Value *map)
{
    Value *pair = &map->items[map->count];
    if (!value_is_raw_key(setting->name)) {
        import_leave_out(importer, setting->value, setting->name, "a spec can have no such key");
        importer->domain->is_lacking = TRUE;
    } else if (map->count / 2 == LIST_ITEMS_MAX) {
        import_leave_out(importer, setting->value, setting->name,
                         "a spec has at most %u keys under `xen`", LIST_ITEMS_MAX);
        importer->domain->is_lacking = TRUE;
    } else if (!read_raw(importer, setting, &pair[1])) {
        importer->domain->is_lacking = TRUE;
    } else {
        pair[0].form = FORM_TEXT;
        pair[0].text = g_string_chunk_insert(importer->domain->texts, setting->name);
        map->count += 2;
    }
}
