#include "spec/host_needs.h"

#include "spec/text_checks.h"

#include <string.h>

void value_place_append_name(const ValuePlace *place, GString *out)
{
    g_string_append(out, place->row->name);
    if (place->part != NULL) {
        g_string_append_printf(out, ".%s", place->part->name);
    }
}

/* ---- walking through a domain ---- */

typedef struct Walk Walk;
struct Walk {
    const Domain *domain;
    GArray *found;
    XenDialect dialect;
    guint release;
    /* Is told of each value; DEVICE is what it is a part of, NULL: of the domain itself. A list of
     * texts is told of as a whole. */
    void (*visit)(const Walk *walk, const ValuePlace *place, const Settings *device);
};

static void walk_device(const Walk *walk, const KeyRow *row, const Settings *device)
{
    for (guint i = 0; i < device->count; i++) {
        const Value *value = &device->values[i];
        const ValuePlace place = {row, &device->table->rows[value->key], value};
        walk->visit(walk, &place, device);
    }
}

static void walk_domain(const Walk *walk)
{
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        const Value *value = domain_get(walk->domain, key);
        const ValuePlace place = {row, NULL, value};
        if (value == NULL) {
            continue;
        }
        walk->visit(walk, &place, NULL);
        for (guint i = 0; row->type == TYPE_TABLE && i < value->count; i++) {
            walk_device(walk, row, value->items[i].table);
        }
    }
}

/* ---- what has to be there ---- */

static gboolean has_own(const Settings *device, const char *name)
{
    const KeyRow *row = key_table_find(device->table, name);
    return row != NULL && settings_own(device, key_table_index(device->table, row)) != NULL;
}

static gboolean is_beside(const Walk *walk, const char *other)
{
    const KeyRow *row = other != NULL ? key_table_find(&domain_keys, other) : NULL;
    return row != NULL && domain_get(walk->domain, key_table_index(&domain_keys, row)) != NULL;
}

/* The bare name of the script that sets up a vif. */
static const char *script_of(const Settings *device)
{
    const Value *script = settings_own(device, VIF_KEY_script);
    const char *slash = script != NULL ? strrchr(script->text, '/') : NULL;
    return script == NULL ? "vif-bridge" : slash != NULL ? slash + 1 : script->text;
}

static void add_need(const Walk *walk, HostNeedKind kind, const ValuePlace *place)
{
    HostNeed need = {kind, *place, place->value->text};
    g_array_append_val(walk->found, need);
}

/* A script other than Xen's own may take the name for anything. */
static void add_bridge(const Walk *walk, const ValuePlace *place, const Settings *device)
{
    const char *script = script_of(device);
    if (strcmp(script, "vif-bridge") == 0) {
        add_need(walk, NEED_BRIDGE, place);
    } else if (strcmp(script, "vif-openvswitch") == 0) {
        add_need(walk, NEED_OPENVSWITCH, place);
    }
}

/* The script of a disk makes a device of what `path` says, which need not be a path at all; and who
 * serves a standalone one knows what it means. */
static gboolean is_plain_disk(const Settings *disk)
{
    const Value *backendtype = settings_own(disk, DISK_KEY_backendtype);
    return !has_own(disk, "script") &&
           (backendtype == NULL || strcmp(backendtype->text, "standalone") != 0);
}

/* xl ignores a `kernel` that is Xen's own firmware (Xen tools/xl/xl_parse.c:parse_config_data). */
static gboolean is_ignored(const ValuePlace *place)
{
    return place->row == &domain_keys.rows[DOMAIN_KEY_kernel] &&
           g_str_has_suffix(place->value->text, "/hvmloader");
}

static void visit_need(const Walk *walk, const ValuePlace *place, const Settings *device)
{
    const KeyRow *row = place->part != NULL ? place->part : place->row;
    if (is_ignored(place) || (device != NULL && has_own(device, "backend")) ||
        is_beside(walk, row->in_guest_beside)) {
        return;
    }
    switch (key_row_in_dom0(row)) {
    case DOM0_UNSAID:
    case DOM0_NOTHING:
        break;
    case DOM0_PROGRAM:
        if (place->value->form == FORM_TEXT && place->value->text[0] == '/') {
            add_need(walk, NEED_FILE, place);
        }
        break;
    case DOM0_DISK:
        if (is_plain_disk(device)) {
            add_need(walk, NEED_DISK, place);
        }
        break;
    case DOM0_BRIDGE:
        add_bridge(walk, place, device);
        break;
    case DOM0_INTERFACE:
        add_need(walk, NEED_INTERFACE, place);
        break;
    }
}

GArray *host_needs_find(const Domain *domain)
{
    Walk walk = {domain, g_array_new(FALSE, FALSE, sizeof(HostNeed)), XEN_DIALECT_XL, 0,
                 visit_need};
    walk_domain(&walk);
    return walk.found;
}

/* ---- what has to fit bounds ---- */

static void clear_bound_value(gpointer value)
{
    g_free(((BoundValue *)value)->name);
}

static void add_bound(const Walk *walk, const ValuePlace *place, char *name)
{
    const KeyRow *row = place->part != NULL ? place->part : place->row;
    BoundValue found = {key_row_bound(row), *place, name};
    g_array_append_val(walk->found, found);
}

/* What tells the device from others: the values that each such device has to have. */
static char *name_device(const KeyRow *row, const Settings *device)
{
    g_autoptr(GString) name = g_string_new(row->name);
    char between = ':';
    for (guint i = 0; i < device->table->count; i++) {
        const Value *value = settings_own(device, i);
        if (device->table->rows[i].is_required && value != NULL) {
            g_string_append_c(name, between);
            value_format(device->table, value, name);
            between = '.';
        }
    }
    return g_strdup(name->str);
}

/* As it stands in the spec; NULL: a table. */
static char *bound_text(const KeyRow *row, const Value *value)
{
    gboolean is_switch = row->type == TYPE_BOOLEAN || row->type == TYPE_SWITCH;
    if (value->form == FORM_TEXT) {
        return g_strdup(value->text);
    }
    return value->form != FORM_INTEGER ? NULL
           : is_switch                 ? g_strdup(value->integer != 0 ? "true" : "false")
                                       : g_strdup_printf("%" G_GINT64_FORMAT, value->integer);
}

/* Does the value reach nothing, whatever others of its row do? */
static gboolean is_free(const KeyRow *row, const char *text)
{
    gboolean has_display = FALSE;
    if (row->check == check_vnclisten) {
        /* Nobody else can reach it there; who may have which display is another question. */
        return listens_locally(text, &has_display) && !has_display;
    }
    if (row->check == check_backend) {
        return strcmp(text, "0") == 0 || strcmp(text, "Domain-0") == 0;
    }
    if (row->free_texts != NULL) {
        return g_strv_contains(row->free_texts, text);
    }
    gboolean is_switch = row->type == TYPE_BOOLEAN || row->type == TYPE_SWITCH;
    /* A bare name of a file is one that Xen looks for among its own. */
    return (is_switch && strcmp(text, "false") == 0) ||
           (key_row_bound(row) == BOUND_FILES && text[0] != '/');
}

/* Several addresses are one by one: a pattern's star would fit what stands between two. */
static void add_device_text(const Walk *walk, const ValuePlace *place, const KeyRow *row,
                            const char *text)
{
    gboolean is_list = row == &vif_keys.rows[VIF_KEY_ip];
    g_auto(GStrv) parts = g_strsplit_set(text, is_list ? " \t" : "", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (parts[i][0] != '\0') {
            add_bound(walk, place, g_strdup_printf("%s:%s", row->name, parts[i]));
        }
    }
}

/* One value, or one item of a list. */
static void visit_bound_item(const Walk *walk, const ValuePlace *place)
{
    const KeyRow *row = place->part != NULL ? place->part : place->row;
    const Value *value = place->value;
    g_autofree char *text = bound_text(row, value);
    if (text == NULL) {
        add_bound(walk, place, name_device(row, value->table));
        return;
    }
    if (is_free(row, text)) {
        return;
    }
    if (key_row_bound(row) != BOUND_DEVICES) {
        add_bound(walk, place, g_steal_pointer(&text));
        return;
    }
    add_device_text(walk, place, row, text);
    /* What the key for all of them says can stand behind a device, too. */
    if (row == &domain_keys.rows[DOMAIN_KEY_pci] && strstr(text, "permissive=1") != NULL) {
        add_bound(walk, place, g_strdup("pci_permissive:true"));
    }
}

static void visit_bound(const Walk *walk, const ValuePlace *place, const Settings *device)
{
    const KeyRow *row = place->part != NULL ? place->part : place->row;
    KeyBound bound = key_row_bound(row);
    (void)device;
    if (bound == BOUND_NOTHING || is_ignored(place) || is_beside(walk, row->in_guest_beside)) {
        return;
    }
    if (bound == BOUND_PROGRAMS) {
        add_bound(walk, place, NULL);
        return;
    }
    if (place->value->form != FORM_LIST) {
        visit_bound_item(walk, place);
        return;
    }
    for (guint i = 0; i < place->value->count; i++) {
        const ValuePlace item = {place->row, place->part, &place->value->items[i]};
        visit_bound_item(walk, &item);
    }
}

GArray *bound_values_find(const Domain *domain)
{
    Walk walk = {domain, g_array_new(FALSE, FALSE, sizeof(BoundValue)), XEN_DIALECT_XL, 0,
                 visit_bound};
    g_array_set_clear_func(walk.found, clear_bound_value);
    walk_domain(&walk);
    return walk.found;
}

/* ---- what has to be known ---- */

/* Does the config say nothing for this value? */
static gboolean is_unwritten_flag(const KeyRow *row, const Value *value)
{
    gboolean is_flag = row->flags[0] != NULL || row->flags[1] != NULL;
    return is_flag && row->flags[value->integer != 0] == NULL;
}

/* The first release that takes the value for what it means; 0: each does, or it is not written. */
static guint since_of(const Walk *walk, const ValuePlace *place, const Settings *device)
{
    const KeyRow *row = place->part != NULL ? place->part : place->row;
    if (walk->dialect == XEN_DIALECT_XM) {
        return row->xm_name != NULL ? row->xm_since : 0;
    }
    gboolean is_late_word =
        row->late_word != NULL && strcmp(place->value->text, row->late_word) == 0;
    /* The name that a row has beside another is an old one. */
    gboolean has_old_name = device == NULL && is_beside(walk, row->beside);
    gboolean is_written =
        row->xl_name != NULL && !has_old_name && !is_unwritten_flag(row, place->value);
    return !is_written ? 0 : is_late_word ? MAX(row->since, row->late_since) : row->since;
}

static void visit_key(const Walk *walk, const ValuePlace *place, const Settings *device)
{
    guint since = since_of(walk, place, device);
    if (since > walk->release) {
        LateKey late = {*place, since};
        g_array_append_val(walk->found, late);
    }
}

GArray *late_keys_find(const Domain *domain, XenDialect dialect, guint release)
{
    Walk walk = {domain, g_array_new(FALSE, FALSE, sizeof(LateKey)), dialect, release, visit_key};
    walk_domain(&walk);
    return walk.found;
}
