#include "xenbackend/xen_list_settings.h"

#include "spec/characters.h"
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_list_parts.h"

#include <jansson.h>
#include <string.h>

#define DEPTH_MAX   16u
#define MEMBERS_MAX 16384u

/* One member of an object, those within it included; an array is one, too. */
typedef struct {
    char *path; /* names with dots between, as they stand: "b_info.type.hvm.vnc.enable" */
    const json_t *value;
    gboolean is_used;
} Member;

/* The members of a domain, or of one device. */
typedef struct {
    const KeyTable *table;
    const char *name; /* in front of the path of a member that is told of: "disks[0]."; or "" */
    guint guest;
    const char *type; /* the word of the guest's type; NULL: it is not known */
    GArray *members;
    SeenSettings *seen;
} Reader;

static void member_clear(gpointer data)
{
    g_free(((Member *)data)->path);
}

static void add_members(GArray *members, const char *prefix, const json_t *object, guint depth)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (members->len >= MEMBERS_MAX) {
            return;
        }
        char *path = g_strconcat(prefix, name, NULL);
        Member member = {path, value, FALSE};
        g_array_append_val(members, member);
        if (json_is_object(value) && depth < DEPTH_MAX) {
            g_autofree char *within = g_strconcat(path, ".", NULL);
            add_members(members, within, value, depth + 1);
        }
    }
}

static GArray *members_of(const json_t *object)
{
    GArray *members = g_array_new(FALSE, FALSE, sizeof(Member));
    g_array_set_clear_func(members, member_clear);
    add_members(members, "", object, 0);
    return members;
}

static Member *find_exactly(const Reader *reader, const char *path)
{
    for (guint i = 0; i < reader->members->len; i++) {
        Member *member = &g_array_index(reader->members, Member, i);
        if (strcmp(member->path, path) == 0) {
            return member;
        }
    }
    return NULL;
}

/* What newer releases have in b_info was in the part of the guest's type before. */
static Member *find_member(const Reader *reader, const char *path)
{
    static const char build[] = "b_info.";
    Member *member = find_exactly(reader, path);
    if (member != NULL || reader->type == NULL || !g_str_has_prefix(path, build)) {
        return member;
    }
    g_autofree char *older =
        g_strdup_printf("%stype.%s.%s", build, reader->type, path + strlen(build));
    return find_exactly(reader, older);
}

/* ---- values ---- */

static gboolean take_text(const Reader *reader, const KeyRow *row, const char *text,
                          gboolean is_plain, Value *out)
{
    g_autofree char *expected = NULL;
    out->key = (guint16)key_table_index(reader->table, row);
    return text != NULL && characters_are_fit(text) &&
           value_read_text(row, text, is_plain, reader->seen->texts, out, &expected);
}

/* Is it what libxl prints where nothing was given? */
static gboolean is_nothing(const Reader *reader, const KeyRow *row, const json_t *json)
{
    gint64 number = 0;
    gboolean is_number = json_is_real(json) && row->minimum > 0;
    gboolean is_empty_drive =
        row == &disk_keys.rows[DISK_KEY_format] && g_strcmp0(json_string_value(json), "empty") == 0;
    /* Before 4.5 nothing was left out, and this stood for it. */
    gboolean is_default =
        !reader->seen->tells_absence && (g_strcmp0(json_string_value(json), "<default>") == 0 ||
                                         g_strcmp0(json_string_value(json), "unknown") == 0);
    return is_empty_drive || is_default || json_is_null(json) ||
           (json_is_string(json) && *json_string_value(json) == '\0') ||
           (json_is_array(json) && json_array_size(json) == 0) ||
           (is_number && json_number_read(json, 0, 0, &number)) ||
           (json_is_real(json) && json_real_value(json) > 9e18);
}

/* ---- lists ---- */

static gboolean read_items(const Reader *reader, const KeyRow *row, const json_t *list, Value *out)
{
    guint most = row->items_maximum != 0 ? row->items_maximum : LIST_ITEMS_MAX;
    gsize count = json_array_size(list);
    if (count > most) {
        return FALSE;
    }
    Value value = {.key = out->key, .form = FORM_LIST};
    value.items = g_new0(Value, MAX(count, 1));
    for (gsize i = 0; i < count; i++) {
        g_autofree char *text = json_item_text(value.key, json_array_get(list, i));
        if (!take_text(reader, row, text, row->type == TYPE_INTEGER, &value.items[i])) {
            value_clear(&value);
            return FALSE;
        }
        value.count++;
    }
    *out = value;
    return TRUE;
}

/* One entry for each virtual CPU, all alike: that is what a single text means. */
static void join_equal(const Reader *reader, const KeyRow *row, Value *list)
{
    for (guint i = 1; i < list->count; i++) {
        if (!value_equal(reader->table, &list->items[0], &list->items[i])) {
            return;
        }
    }
    if (row->list == LIST_OR_ONE && row->type == TYPE_TEXT && list->count > 0) {
        Value one = list->items[0];
        value_clear(list);
        *list = one;
    }
}

static void read_domain_or_device(Reader *reader, Settings *out);

static Settings *read_device(const Reader *domain, const KeyRow *row, guint number,
                             const json_t *object)
{
    g_autofree char *name = g_strdup_printf("%s[%u].", row->seen_path, number);
    Reader reader = {row->table, name, domain->guest, NULL, members_of(object), domain->seen};
    Settings *device = settings_new(row->table);
    read_domain_or_device(&reader, device);
    g_array_unref(reader.members);
    return device;
}

static gboolean read_devices(const Reader *reader, const KeyRow *row, const json_t *list,
                             Value *out)
{
    gsize count = json_array_size(list);
    if (!json_is_array(list) || count > LIST_ITEMS_MAX) {
        return FALSE;
    }
    Value value = {.key = out->key, .form = FORM_LIST};
    value.items = g_new0(Value, MAX(count, 1));
    for (gsize i = 0; i < count; i++) {
        value.items[i].key = out->key;
        value.items[i].form = FORM_TABLE;
        value.items[i].table = read_device(reader, row, (guint)i, json_array_get(list, i));
        value.count++;
    }
    *out = value;
    return TRUE;
}

/* ---- rows ---- */

static gboolean read_value(const Reader *reader, const KeyRow *row, const json_t *json, Value *out)
{
    gboolean is_plain = FALSE;
    if (row->type == TYPE_TABLE) {
        return read_devices(reader, row, json, out);
    }
    if (json_is_array(json) && row->list != LIST_NEVER) {
        if (!read_items(reader, row, json, out)) {
            return FALSE;
        }
        join_equal(reader, row, out);
        return TRUE;
    }
    g_autofree char *text = row->list == LIST_ALWAYS ? NULL : json_value_text(row, json, &is_plain);
    if (text != NULL && reader->table != &domain_keys) {
        /* What stands in front of a comma in a device's string: of no use to anybody. */
        g_strchomp(text);
    }
    return take_text(reader, row, text, is_plain, out);
}

/* "connection.*": the word is part of the name of a member ("connection.pty"). */
static gboolean read_union(const Reader *reader, const KeyRow *row, Value *out)
{
    g_autofree char *prefix = g_strndup(row->seen_path, strlen(row->seen_path) - 1);
    for (guint i = 0; i < reader->members->len; i++) {
        Member *member = &g_array_index(reader->members, Member, i);
        if (g_str_has_prefix(member->path, prefix) && json_is_object(member->value)) {
            return take_text(reader, row, member->path + strlen(prefix), FALSE, out);
        }
    }
    return FALSE;
}

/* Of a vif, two members make one value. */
static gboolean read_rate(const Reader *reader, const KeyRow *row, Value *out)
{
    Member *bytes = find_exactly(reader, "rate_bytes_per_interval");
    Member *interval = find_exactly(reader, "rate_interval_usecs");
    gint64 numbers[2] = {0};
    if (bytes == NULL || interval == NULL ||
        !json_number_read(bytes->value, 0, G_MAXINT64, &numbers[0]) ||
        !json_number_read(interval->value, 0, G_MAXUINT32, &numbers[1])) {
        return FALSE;
    }
    g_autofree char *text = json_rate_text(numbers[0], numbers[1]);
    bytes->is_used = interval->is_used = TRUE;
    return take_text(reader, row, text, FALSE, out);
}

static gboolean read_row(const Reader *reader, const KeyRow *row, Value *out)
{
    out->key = (guint16)key_table_index(reader->table, row);
    if (reader->table == &vif_keys && out->key == VIF_KEY_rate) {
        return read_rate(reader, row, out);
    }
    if (g_str_has_suffix(row->seen_path, ".*")) {
        return read_union(reader, row, out);
    }
    Member *member = find_member(reader, row->seen_path);
    if (member == NULL && row->list == LIST_OR_ONE) {
        g_autofree char *several = g_strconcat(row->seen_path, "_list", NULL);
        member = find_member(reader, several);
    }
    if (member == NULL) {
        return FALSE;
    }
    gboolean is_for_guest = row->guests == 0 || (row->guests & reader->guest) != 0;
    member->is_used = !is_for_guest || is_nothing(reader, row, member->value);
    if (!member->is_used) {
        member->is_used = read_value(reader, row, member->value, out);
        return member->is_used;
    }
    return FALSE;
}

/* ---- the rest ---- */

/* What says nothing of the settings: who it is, what the toolstack notes for itself, and what rows
 * show in another way. */
static gboolean is_of_no_interest(const char *path)
{
    static const char *const paths[] = {"c_info.name",
                                        "c_info.uuid",
                                        "c_info.domid",
                                        "c_info.xsdata",
                                        "c_info.platformdata",
                                        "c_info.run_hotplug_scripts",
                                        "b_info.claim_mode",
                                        "b_info.cpumap",
                                        "b_info.nodemap",
                                        "b_info.sched_params.sched",
                                        "b_info.video_memkb",
                                        "removable",
                                        "backend_domid",
                                        "devid",
                                        NULL};
    return g_strv_contains(paths, path);
}

/* What libxl printed before 4.5 where nothing was given. */
static gboolean says_little(const char *text)
{
    static const char *const texts[] = {"0", "-1", "default", "<default>", "unknown", "", NULL};
    return g_strv_contains(texts, text);
}

/* Is there a row that would show it? */
static gboolean is_shown(const Reader *reader, const char *path)
{
    for (guint key = 0; key < reader->table->count; key++) {
        if (g_strcmp0(reader->table->rows[key].seen_path, path) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_empty(const json_t *value)
{
    return json_is_object(value) || json_is_null(value) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static void tell_unread(const Reader *reader)
{
    for (guint i = 0; i < reader->members->len; i++) {
        const Member *member = &g_array_index(reader->members, Member, i);
        if (member->is_used || is_empty(member->value) || is_of_no_interest(member->path)) {
            continue;
        }
        g_autofree char *path = g_strconcat(reader->name, member->path, NULL);
        g_autofree char *text = name_is_of_secret(path) ? NULL : json_scalar_text(member->value);
        if (!reader->seen->tells_absence && text != NULL && says_little(text)) {
            continue;
        }
        seen_settings_add_unread(reader->seen, path, text, is_shown(reader, member->path));
    }
}

static void read_domain_or_device(Reader *reader, Settings *out)
{
    for (guint key = 0; key < reader->table->count; key++) {
        const KeyRow *row = &reader->table->rows[key];
        Value value = {0};
        if (row->seen != SEEN_NOWHERE && read_row(reader, row, &value)) {
            settings_set(out, &value);
        }
    }
    tell_unread(reader);
}

/* Settings of which another member tells the rest, which no row has. */
static void drop_halves(const Reader *reader, Settings *settings)
{
    static const struct {
        DomainKey key;
        const char *path;
    } halves[] = {
        {DOMAIN_KEY_viridian, "b_info.type.hvm.viridian_enable"},
        {DOMAIN_KEY_viridian, "b_info.type.hvm.viridian_disable"},
        {DOMAIN_KEY_gfx_passthru, "b_info.type.hvm.gfx_passthru_kind"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(halves); i++) {
        if (find_exactly(reader, halves[i].path) != NULL) {
            settings_unset(settings, halves[i].key);
        }
    }
}

SeenSettings *xen_list_settings_read(const struct json_t *config)
{
    SeenSettings *seen = seen_settings_new();
    Reader reader = {&domain_keys, "", GUEST_ALL, NULL, members_of(config), seen};
    const Member *type = find_exactly(&reader, domain_keys.rows[DOMAIN_KEY_type].seen_path);
    reader.type = type != NULL ? json_string_value(type->value) : NULL;
    reader.guest = reader.type != NULL ? guest_type_of(reader.type) : 0;
    /* Since 4.6, members that have their default are left out, and no others are
     * (tools/libs/light/gentypes.py); the part for ARM is always there. */
    seen->tells_absence = find_exactly(&reader, "b_info.arch_arm") != NULL;
    read_domain_or_device(&reader, seen->settings);
    drop_halves(&reader, seen->settings);
    g_array_unref(reader.members);
    return seen;
}
