/* The settings of a config file, each to its row. */
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_import_parts.h"

#include <string.h>

const char *import_reader(const Importer *importer)
{
    return importer->dialect == XEN_DIALECT_XL ? "xl" : "xm";
}

const char *import_name_of(const Importer *importer, const KeyRow *row)
{
    return importer->dialect == XEN_DIALECT_XL ? row->xl_name : row->xm_name;
}

/* ---- which row ---- */

/* A text of the file, or NULL. */
static const char *atom_of(const Importer *importer, const char *name)
{
    const XenConfigValue *value = xen_config_text_get(importer->config, name);
    return value != NULL && value->kind == XEN_CONFIG_ATOM ? value->text : NULL;
}

/* The row of a name of the file; NULL: none. xm's files may be written for both. */
static const KeyRow *find_row(const Importer *importer, const char *name)
{
    const KeyRow *other = NULL;
    for (guint i = 0; i < domain_keys.count; i++) {
        const KeyRow *row = &domain_keys.rows[i];
        gboolean is_xl =
            g_strcmp0(row->xl_name, name) == 0 || g_strcmp0(row->xl_name_beside, name) == 0;
        gboolean is_xm = g_strcmp0(row->xm_name, name) == 0;
        if (importer->dialect == XEN_DIALECT_XL ? is_xl : is_xm) {
            return row;
        }
        other = is_xl && other == NULL ? row : other;
    }
    return importer->dialect == XEN_DIALECT_XM ? other : NULL;
}

/* The row without which the name would be read; the toolstack does not look at it beside that one:
 * xl's `cmdline` hides `root` and `extra` (tools/xl/xl_parse.c:parse_cmdline), and xm does not know
 * it.
 */
static const char *hidden_by(const Importer *importer, const char *name)
{
    for (guint i = 0; i < domain_keys.count; i++) {
        const KeyRow *row = &domain_keys.rows[i];
        if (row->beside == NULL) {
            continue;
        }
        gboolean is_part = strcmp(name, row->beside) == 0 || strcmp(name, row->xl_name_beside) == 0;
        if (importer->dialect == XEN_DIALECT_XL && is_part &&
            xen_config_text_get(importer->config, row->xl_name) != NULL) {
            return row->xl_name;
        }
        if (importer->dialect == XEN_DIALECT_XM && strcmp(name, row->xl_name) == 0 &&
            xen_config_text_get(importer->config, row->xl_name_beside) != NULL) {
            return row->xl_name_beside;
        }
    }
    return NULL;
}

/* ---- the type ---- */

/* xl compares as many letters as the file has: tools/xl/xl_parse.c:parse_config_data. */
static const char *find_abbreviated(const char *text, const char *const *words)
{
    for (guint i = 0; words[i] != NULL; i++) {
        if (strncmp(text, words[i], strlen(text)) == 0) {
            return words[i];
        }
    }
    return NULL;
}

/* What `builder` stands for; NULL: nothing that the toolstack knows. */
static const char *type_of_builder(const Importer *importer, const char *builder)
{
    static const char *const xl_builders[] = {"hvm", "generic", NULL};
    const char *known = importer->dialect == XEN_DIALECT_XL
                            ? find_abbreviated(builder, xl_builders)
                            : (strcmp(builder, "hvm") == 0     ? "hvm"
                               : strcmp(builder, "linux") == 0 ? "generic"
                                                               : NULL);
    return known == NULL ? NULL : strcmp(known, "hvm") == 0 ? "hvm" : "pv";
}

static void import_type(Importer *importer)
{
    /* In the order in which xl compares. */
    static const char *const types[] = {"hvm", "pv", "pvh", NULL};
    const char *type = atom_of(importer, "type");
    const char *builder = atom_of(importer, "builder");
    const char *by_type = type != NULL ? find_abbreviated(type, types) : NULL;
    const char *by_builder = builder != NULL ? type_of_builder(importer, builder) : NULL;
    if (type != NULL && by_type == NULL) {
        g_autofree char *shown = import_quote(type);
        import_leave_out(importer, xen_config_text_get(importer->config, "type"), "type",
                         "%s knows no guests of type %s", import_reader(importer), shown);
    }
    if (builder != NULL && by_builder == NULL) {
        g_autofree char *shown = import_quote(builder);
        import_leave_out(importer, xen_config_text_get(importer->config, "builder"), "builder",
                         "%s knows no builder %s", import_reader(importer), shown);
    } else if (by_type != NULL && by_builder != NULL && strcmp(by_type, by_builder) != 0) {
        import_leave_out(importer, xen_config_text_get(importer->config, "builder"), "builder",
                         "`type` says another type of guest");
    }
    const Value *usual = key_table_toolstack_default(&domain_keys, DOMAIN_KEY_type, FALSE);
    Value value = *usual;
    if (by_type != NULL || by_builder != NULL) {
        value.text =
            g_string_chunk_insert(importer->domain->texts, by_type != NULL ? by_type : by_builder);
    }
    settings_set(importer->domain->settings, &value);
    importer->guest = guest_type_of(value.text);
}

/* ---- one setting ---- */

/* What xm called something that xl calls otherwise. */
static const KeyRow *find_name_of_xm(const char *name)
{
    for (guint i = 0; i < domain_keys.count; i++) {
        if (g_strcmp0(domain_keys.rows[i].xm_name, name) == 0) {
            return &domain_keys.rows[i];
        }
    }
    return NULL;
}

/* Does the toolstack take no notice of it? What was xm's alone is what its files still have when xl
 * reads them. */
static gboolean is_ignored(const Importer *importer, const XenConfigSetting *setting)
{
    static const char *const by_xl[] = {
        "vncviewer", "vif2",   "nodes",      "sched",   "pvh",      "cpu",           "vcpu_avail",
        "dhcp",      "ip",     "netmask",    "gateway", "hostname", "interface",     "nfs_server",
        "nfs_root",  "nics",   "features",   "monitor", "isa",      "on_xend_start", "on_xend_stop",
        "loader",    "target", "vncconsole", "netif",   "blkif",    "description",   NULL};
    gboolean is_loader = strcmp(setting->name, "kernel") == 0 && importer->guest == GUEST_HVM &&
                         setting->value->kind == XEN_CONFIG_ATOM &&
                         g_str_has_suffix(setting->value->text, "hvmloader");
    gboolean is_model =
        strcmp(setting->name, "device_model") == 0 && importer->target == XEN_DIALECT_XL;
    return is_loader || is_model ||
           (importer->dialect == XEN_DIALECT_XL && g_strv_contains(by_xl, setting->name));
}

static void leave_out_ignored(Importer *importer, const XenConfigSetting *setting)
{
    const XenConfigValue *value = setting->value;
    const char *reader = importer->target == XEN_DIALECT_XL ? "xl" : "xm";
    if (value->kind == XEN_CONFIG_ATOM) {
        g_autofree char *shown = import_quote(value->text);
        import_leave_out(importer, value, setting->name, "%s does not look at it (it was %s)",
                         reader, shown);
    } else {
        import_leave_out(importer, value, setting->name, "%s does not look at it", reader);
    }
}

/* The settings that say which domain it is. */
static gboolean is_taken_apart(const char *name)
{
    static const char *const names[] = {"name", "type", "builder", NULL};
    return g_strv_contains(names, name);
}

static void import_row(Importer *importer, const KeyRow *row, const XenConfigSetting *setting)
{
    const char *name = setting->name;
    const XenConfigValue *value = setting->value;
    Value read = {.key = (guint16)key_table_index(&domain_keys, row)};
    gboolean is_number =
        row->type == TYPE_INTEGER || row->type == TYPE_SIZE_MIB || row->type == TYPE_BOOLEAN;
    gboolean is_list = value->kind == XEN_CONFIG_LIST;
    if (row->guests != 0 && (row->guests & importer->guest) == 0) {
        import_leave_out(importer, value, name, "a guest of this type has no such thing");
    } else if (setting->is_addition && is_number && !is_list) {
        import_leave_out(importer, value, name, "xl takes no `+=` for a number");
    } else if (row->type == TYPE_TABLE && !is_list) {
        import_leave_out(importer, value, name,
                         "a single value stands where %s reads a list, which it does not look at",
                         import_reader(importer));
    } else if (row->type == TYPE_TABLE) {
        import_read_items(importer, row, name, value, import_read_device, &read);
        settings_set(importer->domain->settings, &read);
    } else if (import_read_value(importer, row, name, value, &read)) {
        settings_set(importer->domain->settings, &read);
    }
}

/* xl takes no virtual CPUs for one, and no maximum for none given. */
static gboolean says_nothing(const Importer *importer, const KeyRow *row,
                             const XenConfigSetting *setting)
{
    const XenConfigValue *value = setting->value;
    gint64 number = 0;
    if (value->kind == XEN_CONFIG_LIST) {
        return row != NULL && value->items->len == 0;
    }
    gboolean is_count =
        strcmp(setting->name, "vcpus") == 0 || strcmp(setting->name, "maxvcpus") == 0;
    gboolean is_vnc_off = strcmp(setting->name, "vncpasswd") == 0 && *value->text == '\0';
    /* xm's variables begin as empty texts. */
    gboolean is_empty =
        value->kind == XEN_CONFIG_ATOM && *value->text == '\0' &&
        (importer->dialect == XEN_DIALECT_XM || strcmp(setting->name, "extra") == 0);
    return is_vnc_off || is_empty ||
           (is_count && value->kind == XEN_CONFIG_ATOM &&
            import_read_number(value->text, &number) && number == 0);
}

static void import_setting(Importer *importer, const XenConfigSetting *setting, Value *raw)
{
    const char *name = setting->name;
    const XenConfigValue *value = setting->value;
    const char *hider = hidden_by(importer, name);
    const KeyRow *of_xm = find_name_of_xm(name);
    const KeyRow *row = find_row(importer, name);
    if (is_taken_apart(name) || says_nothing(importer, row, setting)) {
        return;
    }
    if (name_is_of_secret(name)) {
        import_leave_out(importer, value, name, "a secret stands in no spec");
    } else if (value->kind == XEN_CONFIG_NOTHING) {
        g_autofree char *shown = import_quote(value->text);
        import_leave_out(importer, value, name, "xm does not look at %s", shown);
    } else if (hider != NULL) {
        import_leave_out(importer, value, name, "%s does not look at it beside `%s`",
                         import_reader(importer), hider);
    } else if (is_ignored(importer, setting)) {
        leave_out_ignored(importer, setting);
    } else if (row != NULL) {
        import_row(importer, row, setting);
    } else if (importer->dialect == XEN_DIALECT_XM) {
        import_leave_out(importer, value, name,
                         "it is xm's own, or a variable of the file; a spec has no such key");
    } else if (of_xm != NULL) {
        import_leave_out(importer, value, name, "xl does not look at it; it is what xm calls `%s`",
                         of_xm->name);
    } else {
        import_raw(importer, setting, raw);
    }
}

/* ---- the whole ---- */

/* What the toolstack does without a word where a spec would do something else. */
static void import_defaults(Importer *importer)
{
    gboolean is_xm = importer->dialect == XEN_DIALECT_XM;
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *usual = key_table_toolstack_default(&domain_keys, key, is_xm);
        const Value *ours = key_table_default(&domain_keys, key);
        gboolean is_for_guest = row->guests == 0 || (row->guests & importer->guest) != 0;
        gboolean is_otherwise = row->is_required || ours != NULL
                                    ? !value_equal(&domain_keys, usual, ours)
                                    : is_xm && row->xm_default != NULL;
        if (usual == NULL || !is_for_guest || !is_otherwise ||
            settings_own(importer->domain->settings, key) != NULL) {
            continue;
        }
        settings_set(importer->domain->settings, usual);
        if (row->is_required) {
            g_autoptr(GString) shown = g_string_new(NULL);
            value_format_for_people(&domain_keys, usual, shown);
            imported_domain_note(importer->domain, 0, 0, row->name,
                                 "the file does not say it, and %s takes %s",
                                 import_reader(importer), shown->str);
        }
    }
}

/* Without a kernel, an HVM guest has no command line: libxl refuses it
 * (tools/libs/light/libxl_create.c), and xm's files have one all the same. */
static void drop_boot_of_hvm(Importer *importer)
{
    static const DomainKey keys[] = {DOMAIN_KEY_ramdisk, DOMAIN_KEY_root, DOMAIN_KEY_cmdline};
    Settings *settings = importer->domain->settings;
    if (importer->guest != GUEST_HVM || settings_own(settings, DOMAIN_KEY_kernel) != NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (settings_own(settings, keys[i]) != NULL) {
            settings_unset(settings, keys[i]);
            import_leave_out(importer, NULL, domain_keys.rows[keys[i]].name,
                             "it means nothing without a kernel");
        }
    }
}

static void import_name(Importer *importer)
{
    const char *name = atom_of(importer, "name");
    if (name == NULL || *name == '\0') {
        imported_domain_note(importer->domain, 0, 0, NULL, "the file has no `name`");
    } else {
        importer->domain->name = g_strdup(name);
    }
}

ImportedDomain *xen_import_config(const char *source, const XenConfigText *config,
                                  XenDialect dialect, XenDialect target)
{
    Importer importer = {config, dialect, target, GUEST_ALL, imported_domain_new(source)};
    Value raw = {.key = DOMAIN_KEY_xen, .form = FORM_MAP};
    raw.items = g_new0(Value, 2 * (gsize)xen_config_text_count(config) + 1);
    import_name(&importer);
    import_type(&importer);
    for (guint i = 0; i < xen_config_text_count(config); i++) {
        import_setting(&importer, xen_config_text_nth(config, i), &raw);
    }
    if (raw.count > 0) {
        settings_set(importer.domain->settings, &raw);
    } else {
        value_clear(&raw);
    }
    drop_boot_of_hvm(&importer);
    import_defaults(&importer);
    imported_domain_drop_secrets(importer.domain);
    return importer.domain;
}
