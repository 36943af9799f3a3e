#include "tests/unit/random_spec.h"

#include <string.h>

const char *const hostile_texts[] = {
    "\"",
    "\\",
    "\\\"",
    "\\\\\"",
    "'",
    "\"\"\"",
    "a\" b",
    "x\"\nscript = \"/evil",
    "x\\\"\nbootloader = \"/evil",
    "\"; bootloader=\"/evil\"; #",
    "\"]; disk=[\"",
    "', script='/evil",
    "\\x41\\101\\u0041\\n",
    "trailing backslash\\",
    "a # no comment",
    "#",
    ";",
    "[",
    "]",
    "a,b",
    ",",
    "a,",
    ",script=/evil",
    "a,target=/evil",
    "/a,backendtype=phy,script=/evil",
    "/ends,",
    "=",
    "a=b",
    "+=",
    " leads",
    "trails ",
    "two  blanks",
    "phy:/dev/a",
    "%s%n%d",
    "$(reboot)`reboot`${HOME}",
    "\xc3\xa4\xc3\xb6 \xe2\x82\xac \xf0\x9f\x90\xa7",
    "\xc2\xa0",
    "root=/dev/xvda1 ro console=hvc0 -- \"quoted\"",
    "null",
    "~",
    "0x10",
    "0512",
    "true",
    "{a: b}",
    "- a",
    "a: b",
    "&a *b !c",
    "__import__('os').system('reboot')",
    NULL,
};

/* What the rows' own checks like to see. */
static const char *const tame_texts[] = {
    "all",        "0-3",         "0,2-5,^3", "nodes:1",   "xvda",   "xvdb1",
    "hdc",        "sda",         "d3p1",     "xenbr0",    "br0.17", "vif1.0-emu",
    "pygrub",     "/usr/bin/x",  "block-x",  "vif-route", "e1000",  "virtio-net",
    "10.0.0.5/8", "10.0.0.5 ::", "ro quiet", "/dev/vg/x", "/a b/c", "console=hvc0",
};

/* What they like to see alone. */
static const char *const whole_texts[] = {
    "nodes=2000",
    "uefi",
    "pvgrub64",
    "/opt/x",
    "cdn",
    "a",
    "system_u:system_r:domU_t",
    "host,avx2=0,family=0x6",
    "1:ecx=xxxxxxxxxx0000xxxxxxxxxxxxxxxxxx",
    "127.0.0.1:3",
    "unix:/run/a,server",
    "/dev/ttyS0",
    "tablet",
    "host:1.2",
    "01:00.0",
    "0000:01:1f.7@6,permissive=1,rdm_policy=strict",
    "2f8-2ff",
    "fe000,1@a0",
    "250KB/s@20ms",
    "1Gb/s",
    "10p/100+10x4",
    "hda,es1370",
    "7",
};

static const char *pick(RandomSpec *to, const char *const *texts, guint count)
{
    return texts[g_rand_int_range(to->random, 0, (gint32)count)];
}

static void append_text(RandomSpec *to, const KeyRow *row, GString *out)
{
    guint hostile_count = g_strv_length((char **)hostile_texts);
    if (row->check != NULL && g_rand_boolean(to->random)) {
        g_string_append(out, pick(to, whole_texts, G_N_ELEMENTS(whole_texts)));
        return;
    }
    if (row->type == TYPE_PATH) {
        g_string_append_c(out, '/');
    }
    guint pieces = (guint)g_rand_int_range(to->random, 1, 4);
    for (guint i = 0; i < pieces; i++) {
        g_string_append(out, g_rand_boolean(to->random)
                                 ? pick(to, tame_texts, G_N_ELEMENTS(tame_texts))
                                 : pick(to, hostile_texts, hostile_count));
    }
}

static void append_number(RandomSpec *to, const KeyRow *row, GString *out)
{
    double share = g_rand_int_range(to->random, 0, 4) == 0 ? 1 : g_rand_double(to->random);
    gint64 number = row->minimum + (gint64)(share * (double)(row->maximum - row->minimum));
    g_string_append_printf(out, "%" G_GINT64_FORMAT "%s", MIN(number, row->maximum),
                           row->type == TYPE_SECONDS ? "s" : "");
}

static void append_hex(RandomSpec *to, const char *shape, GString *out)
{
    for (const char *c = shape; *c != '\0'; c++) {
        char digit = "0123456789abcdefABCDEF"[g_rand_int_range(to->random, 0, 22)];
        g_string_append_c(out, *c == 'x' ? digit : *c);
    }
}

/* A text that may or may not be a value of the row. Returns whether it stands without quotes. */
static gboolean append_candidate(RandomSpec *to, const KeyRow *row, GString *out)
{
    switch (row->type) {
    case TYPE_INTEGER:
    case TYPE_SIZE_MIB:
    case TYPE_SECONDS:
        append_number(to, row, out);
        return TRUE;
    case TYPE_SWITCH:
        if (row->list == LIST_NEVER && !to->is_for_xm && g_rand_boolean(to->random)) {
            g_string_append(out, pick(to, row->words, g_strv_length((char **)row->words)));
            return FALSE;
        }
        g_string_append(out, g_rand_boolean(to->random) ? "true" : "false");
        return TRUE;
    case TYPE_BOOLEAN:
        g_string_append(out, g_rand_boolean(to->random) ? "true" : "false");
        return TRUE;
    case TYPE_TIMESTAMP:
        g_string_append(out, "2027-01-31T00:00:00Z");
        return TRUE;
    case TYPE_WORD:
        g_string_append(out, pick(to, row->words, g_strv_length((char **)row->words)));
        return FALSE;
    case TYPE_UUID:
        append_hex(to, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", out);
        return FALSE;
    case TYPE_MAC:
        append_hex(to, "x0:xx:xx:xx:xx:xx", out);
        return FALSE;
    case TYPE_TEXT:
    case TYPE_PATH:
    case TYPE_NAME:
    case TYPE_LABEL:
    case TYPE_TABLE:
    case TYPE_RAW_MAP:
    case TYPE_NODE:
        break;
    }
    append_text(to, row, out);
    return FALSE;
}

/* Can xm say the text that the row takes? */
static gboolean suits_xm(const KeyRow *row, const char *text)
{
    for (guint i = 0; row->xm_words != NULL && row->words[i] != NULL; i++) {
        if (strcmp(row->words[i], text) == 0 && *row->xm_words[i] == '\0') {
            return FALSE;
        }
    }
    gboolean is_disk_path = row == &disk_keys.rows[DISK_KEY_path];
    return g_str_is_ascii(text) && (row->xm_check == NULL || row->xm_check(text) == NULL) &&
           (!is_disk_path || (*text == '/' && strchr(text, ',') == NULL)) &&
           !g_str_has_suffix(text, " ");
}

/* Does xm have the row for this guest? It boots HVM guests from their disks. */
static gboolean is_had_by_xm(const RandomSpec *to, const KeyRow *row)
{
    gboolean boots = row == &domain_keys.rows[DOMAIN_KEY_kernel];
    return row->type == TYPE_RAW_MAP ||
           (row->xm_name != NULL && (to->type == 0 || (key_row_xm_guests(row) & to->type) != 0) &&
            !(boots && to->type == GUEST_HVM));
}

static void append_scalar(RandomSpec *to, const KeyRow *row, GString *yaml)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GStringChunk *texts = g_string_chunk_new(256);
    for (guint tries = 0; tries < 100000; tries++) {
        Value value = {0};
        g_autofree char *expected = NULL;
        g_string_truncate(text, 0);
        gboolean is_plain = append_candidate(to, row, text);
        if (!value_read_text(row, text->str, is_plain, texts, &value, &expected) ||
            (to->is_for_xm && !suits_xm(row, text->str))) {
            continue;
        }
        if (row == &domain_keys.rows[DOMAIN_KEY_type]) {
            to->type = guest_type_of(text->str);
        }
        if (is_plain) {
            g_string_append(yaml, text->str);
        } else {
            yaml_quote(text->str, yaml);
        }
        g_string_chunk_free(texts);
        return;
    }
    g_error("no random value of '%s' was legal: tame_texts lacks one", row->name);
}

/* Does Xen have another name for what an earlier row says? Only one of them can be given. */
static gboolean is_said_before(const KeyTable *table, guint key)
{
    for (guint i = 0; i < key; i++) {
        if (g_strcmp0(table->rows[i].xl_name, table->rows[key].xl_name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void append_table(RandomSpec *to, const KeyTable *table, GString *yaml)
{
    gboolean is_first = TRUE;
    gboolean needs_script = FALSE;
    gboolean second_names = g_rand_boolean(to->random);
    g_string_append_c(yaml, '{');
    for (guint key = 0; key < table->count; key++) {
        const KeyRow *row = &table->rows[key];
        /* Xen's disk parser, which the configs are held against, may be as old as this. */
        gboolean is_too_new = table == &disk_keys && row->since > XEN_RELEASE(4, 17);
        gboolean is_path = table == &disk_keys && key == DISK_KEY_path;
        gboolean has_other = table == &disk_keys &&
                             (key == DISK_KEY_backendtype || is_said_before(table, key)) &&
                             is_said_before(table, key) != second_names;
        gboolean is_not_in_xm =
            to->is_for_xm && (row->xm_name == NULL ||
                              (table == &disk_keys && key == DISK_KEY_driver && !second_names) ||
                              (table == &disk_keys && key == DISK_KEY_format && second_names));
        if (!has_other && !is_too_new && !is_not_in_xm &&
            (row->is_required || is_path || (needs_script && key == DISK_KEY_script) ||
             g_rand_boolean(to->random))) {
            g_string_append_printf(yaml, "%s%s: ", is_first ? "" : ", ", row->name);
            gsize start = yaml->len;
            append_scalar(to, row, yaml);
            needs_script = needs_script || (is_path && !g_str_has_prefix(yaml->str + start, "\"/"));
            is_first = FALSE;
        }
    }
    g_string_append_c(yaml, '}');
}

static void append_list(RandomSpec *to, const KeyRow *row, GString *yaml)
{
    gboolean is_one = to->is_for_xm && row->xm_list == XM_LIST_ONE;
    guint count = (guint)g_rand_int_range(to->random, 0, is_one ? 2 : 4);
    KeyRow item = *row;
    item.type = row->type == TYPE_SWITCH ? TYPE_WORD : row->type;
    g_string_append_c(yaml, '[');
    for (guint i = 0; i < count; i++) {
        g_string_append(yaml, i > 0 ? ", " : "");
        if (row->type == TYPE_TABLE) {
            append_table(to, row->table, yaml);
        } else {
            append_scalar(to, &item, yaml);
        }
    }
    g_string_append_c(yaml, ']');
}

static void append_raw_map(RandomSpec *to, GString *yaml)
{
    static const KeyRow texts = {.name = "xen", .type = TYPE_TEXT, .minimum = 1, .maximum = 4096};
    static const KeyRow numbers = {.name = "xen", .type = TYPE_INTEGER, .maximum = G_MAXINT32};
    static const KeyRow switches = {.name = "xen", .type = TYPE_BOOLEAN};
    static const char *const xm_raw_names[] = {"vscsi", "description", "features", "cpu",
                                               "access_control"};
    g_string_append_c(yaml, '{');
    guint count = (guint)g_rand_int_range(to->random, 0, 5);
    for (guint i = 0; i < count; i++) {
        gint32 ending = g_rand_int_range(to->random, 0, 1000);
        if (to->is_for_xm) {
            g_string_append_printf(yaml, "%s%s: ", i > 0 ? ", " : "", xm_raw_names[i]);
        } else {
            g_string_append_printf(yaml, "%sz%u_%u.x%d: ", i > 0 ? ", " : "", 9 - i, i, ending);
        }
        switch (g_rand_int_range(to->random, 0, 4)) {
        case 0:
            append_scalar(to, &numbers, yaml);
            break;
        case 1:
            append_scalar(to, &switches, yaml);
            break;
        case 2:
            append_list(to, &texts, yaml);
            break;
        default:
            append_scalar(to, &texts, yaml);
            break;
        }
    }
    g_string_append_c(yaml, '}');
}

void random_spec_add_domain(RandomSpec *to, guint number, GString *yaml, guint8 *written)
{
    to->type = 0;
    g_string_append_printf(yaml, "  d%u:\n", number);
    for (guint key = 0; key < domain_keys.count; key++) {
        const KeyRow *row = &domain_keys.rows[key];
        gboolean is_in_config = row->xl_name != NULL || row->type == TYPE_RAW_MAP;
        if (!is_in_config || (!row->is_required && g_rand_int_range(to->random, 0, 3) == 0) ||
            (to->is_for_xm && !is_had_by_xm(to, row))) {
            continue;
        }
        written[key] = TRUE;
        g_string_append_printf(yaml, "    %s: ", row->name);
        if (row->type == TYPE_RAW_MAP) {
            append_raw_map(to, yaml);
        } else if (row->list == LIST_ALWAYS ||
                   (row->list == LIST_OR_ONE && g_rand_boolean(to->random) &&
                    !(to->is_for_xm && row->type == TYPE_SWITCH))) {
            append_list(to, row, yaml);
        } else {
            append_scalar(to, row, yaml);
        }
        g_string_append_c(yaml, '\n');
    }
}
