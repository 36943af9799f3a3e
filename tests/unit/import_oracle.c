#include "tests/unit/import_oracle.h"
#include "tests/unit/oracle.h"

#include <libxl_utils.h>
#include <libxlutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    XLU_Config *original, *written;
    GHashTable *left_out;
    GString *why;
} Pair;

static const char *text_of(XLU_Config *config, const char *name)
{
    const char *text = NULL;
    xlu_cfg_get_string(config, name, &text, 1);
    return text;
}

static gboolean is_left_out(const Pair *pair, const char *name)
{
    return g_hash_table_contains(pair->left_out, name);
}

/* ---- what xl makes of several settings ---- */

static const char *type_of(XLU_Config *config)
{
    static const char *const types[] = {"hvm", "pv", "pvh"};
    const char *type = text_of(config, "type");
    const char *builder = text_of(config, "builder");
    for (guint i = 0; type != NULL && i < G_N_ELEMENTS(types); i++) {
        if (strncmp(type, types[i], strlen(type)) == 0) {
            return types[i];
        }
    }
    return builder != NULL && strncmp(builder, "hvm", strlen(builder)) == 0 ? "hvm" : "pv";
}

/* Xen tools/xl/xl_parse.c:parse_cmdline. */
static char *cmdline_of(XLU_Config *config)
{
    const char *cmdline = text_of(config, "cmdline");
    const char *root = text_of(config, "root");
    const char *extra = text_of(config, "extra");
    if (cmdline != NULL) {
        return g_strdup(cmdline);
    }
    g_autofree char *whole = root != NULL && extra != NULL
                                 ? g_strdup_printf("root=%s %s", root, extra)
                             : root != NULL ? g_strdup_printf("root=%s", root)
                                            : g_strdup(extra != NULL ? extra : "");
    return g_strchomp(g_steal_pointer(&whole));
}

static gboolean is_same_as_a_whole(const Pair *pair)
{
    const char *type = type_of(pair->written);
    g_autofree char *cmdline = cmdline_of(pair->original);
    g_autofree char *written = cmdline_of(pair->written);
    gboolean has_cmdline =
        !is_left_out(pair, "cmdline") && !is_left_out(pair, "root") && !is_left_out(pair, "extra");
    if (!is_left_out(pair, "builder") && strcmp(type_of(pair->original), type) != 0) {
        return oracle_differ(pair->why, "the type is %s", type);
    }
    return !has_cmdline || strcmp(cmdline, written) == 0 ||
           oracle_differ(pair->why, "the command line '%s' is '%s'", cmdline, written);
}

/* ---- devices ---- */

static gboolean is_same_text(const char *one, const char *other)
{
    return g_strcmp0(one, other) == 0;
}

/* Paths with nothing between slashes, or only a dot, are the same file. */
static gboolean is_same_path(const char *one, const char *other)
{
    if (one == NULL || other == NULL) {
        return (one == NULL || *one == '\0') && (other == NULL || *other == '\0');
    }
    g_autofree char *clean_one = *one == '/' ? g_canonicalize_filename(one, "/") : g_strdup(one);
    g_autofree char *clean_other =
        *other == '/' ? g_canonicalize_filename(other, "/") : g_strdup(other);
    return strcmp(clean_one, clean_other) == 0;
}

static gboolean is_same_disk(const Pair *pair, const char *one, const char *other)
{
    libxl_device_disk a, b;
    libxl_device_disk_init(&a);
    libxl_device_disk_init(&b);
    int error = xlu_disk_parse(pair->original, 1, &one, &a);
    int other_error = xlu_disk_parse(pair->written, 1, &other, &b);
    gboolean is_same =
        error == 0 && other_error == 0 && is_same_path(a.pdev_path, b.pdev_path) &&
        is_same_text(a.vdev, b.vdev) && a.backend == b.backend && a.format == b.format &&
        is_same_text(a.script, b.script) && a.readwrite == b.readwrite &&
        a.is_cdrom == b.is_cdrom && a.direct_io_safe == b.direct_io_safe &&
        libxl_defbool_is_default(a.discard_enable) == libxl_defbool_is_default(b.discard_enable) &&
        (libxl_defbool_is_default(a.discard_enable) ||
         libxl_defbool_val(a.discard_enable) == libxl_defbool_val(b.discard_enable)) &&
        is_same_text(a.backend_domname, b.backend_domname);
    libxl_device_disk_dispose(&a);
    libxl_device_disk_dispose(&b);
    return is_same || oracle_differ(pair->why, "the disk '%s' is '%s'", one, other);
}

/* "00-16-3E:a:b:c" as xl reads it. */
static char *mac_of(const char *text)
{
    GString *mac = g_string_new(NULL);
    for (guint i = 0; i < 6 && *text != '\0'; i++) {
        char *end = NULL;
        g_string_append_printf(mac, ":%02x", (guint)strtoul(text, &end, 16));
        text = *end != '\0' ? end + 1 : end;
    }
    return g_string_free(mac, FALSE);
}

/* The pieces of a device string; those of which nothing is to be said are left out. */
static GHashTable *pieces_of(const char *text)
{
    GHashTable *pieces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        char *part = parts[i] + strspn(parts[i], " ");
        char *equals = strchr(part, '=');
        if (equals != NULL) {
            *equals = '\0';
        }
        if (*part != '\0') {
            const char *name = strcmp(part, "netdev") == 0 ? "gatewaydev" : part;
            char *value = equals == NULL             ? g_strdup("")
                          : strcmp(part, "mac") == 0 ? mac_of(equals + 1)
                                                     : g_strchomp(g_strdup(equals + 1));
            g_hash_table_insert(pieces, g_strchomp(g_strdup(name)), value);
        }
    }
    return pieces;
}

static gboolean is_same_number(const char *one, const char *other)
{
    char *end_one = NULL;
    char *end_other = NULL;
    long number = strtol(one, &end_one, 0);
    return *one != '\0' && *end_one == '\0' && number == strtol(other, &end_other, 0) &&
           *end_other == '\0';
}

static gboolean is_same_pieces(const Pair *pair, const char *name, const char *one,
                               const char *other)
{
    g_autoptr(GHashTable) wanted = pieces_of(one);
    g_autoptr(GHashTable) found = pieces_of(other);
    GHashTableIter iterator;
    gpointer key;
    gpointer value;
    g_hash_table_iter_init(&iterator, wanted);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        g_autofree char *part = g_strdup_printf("%s.%s", name, (const char *)key);
        const char *written = g_hash_table_lookup(found, key);
        gboolean is_same =
            written != NULL && (strcmp(written, value) == 0 || is_same_number(value, written));
        gboolean says_nothing = strcmp(key, "type") == 0 && strcmp(value, "vif") == 0;
        if (!is_same && !says_nothing && !is_left_out(pair, part) &&
            (strchr(one, '=') != NULL && !is_left_out(pair, name))) {
            return oracle_differ(pair->why, "%s in '%s' is '%s'", part, one, other);
        }
        g_hash_table_remove(found, key);
    }
    /* A MAC is what xl would have made up; the kind of a USB device has one value only. */
    g_hash_table_remove(found, "mac");
    g_hash_table_remove(found, strcmp(name, "usbdev") == 0 ? "type" : "");
    return g_hash_table_size(found) == 0 ||
           oracle_differ(pair->why, "there is more than '%s' in '%s'", one, other);
}

static gboolean is_same_item(const Pair *pair, const char *name, const char *one, const char *other)
{
    static const char *const devices[] = {"vif",    "vfb",     "vkb", "usbctrl",
                                          "usbdev", "channel", NULL};
    if (strcmp(name, "disk") == 0) {
        return is_same_disk(pair, one, other);
    }
    if (g_strv_contains(devices, name)) {
        return is_same_pieces(pair, name, one, other);
    }
    return is_same_text(one, other) || is_same_number(one, other) ||
           g_str_has_suffix(one, other) /* pci: "bdf=" is out of use */
           || oracle_differ(pair->why, "%s has '%s' for '%s'", name, other, one);
}

/* Items that were left out are those of the original that have no like. */
static gboolean is_same_list(const Pair *pair, const char *name, XLU_ConfigList *list, int count)
{
    XLU_ConfigList *written = NULL;
    int written_count = 0;
    int found = 0;
    if (xlu_cfg_get_list(pair->written, name, &written, &written_count, 1) != 0) {
        return count == 0 || is_left_out(pair, name) ||
               oracle_differ(pair->why, "%s is no list", name);
    }
    for (int i = 0; i < count && xlu_cfg_get_listitem(list, i) != NULL; i++) {
        const char *item = xlu_cfg_get_listitem(list, i);
        gsize length = pair->why->len;
        if (found < written_count &&
            is_same_item(pair, name, item, xlu_cfg_get_listitem(written, found))) {
            found++;
        } else if (is_left_out(pair, name)) {
            g_string_truncate(pair->why, length);
        } else {
            return pair->why->len > length || oracle_differ(pair->why, "%s lacks '%s'", name, item);
        }
    }
    return found == written_count || oracle_differ(pair->why, "%s has more items", name);
}

/* ---- settings ---- */

/* xl takes the numbers of libxl's words (tools/libs/light/libxl_types.idl). */
static gboolean is_word_of_number(const char *name, const char *text, const char *written)
{
    char *end = NULL;
    long number = strtol(text, &end, 0);
    const char *word =
        strcmp(name, "tsc_mode") == 0     ? libxl_tsc_mode_to_string((libxl_tsc_mode)number)
        : strcmp(name, "timer_mode") == 0 ? libxl_timer_mode_to_string((libxl_timer_mode)number)
        : strcmp(name, "altp2m") == 0     ? libxl_altp2m_mode_to_string((libxl_altp2m_mode)number)
                                          : NULL;
    return *end == '\0' && word != NULL && is_same_text(word, written);
}

static gboolean is_same_setting(const Pair *pair, const char *name)
{
    static const char *const elsewhere[] = {"type", "builder", "cmdline", "root", "extra", NULL};
    XLU_ConfigList *list = NULL;
    int count = 0;
    const char *text = text_of(pair->original, name);
    const char *written = text_of(pair->written, name);
    if (g_strv_contains(elsewhere, name)) {
        return TRUE;
    }
    if (xlu_cfg_get_list(pair->original, name, &list, &count, 1) == 0) {
        return is_same_list(pair, name, list, count);
    }
    gboolean is_one = is_same_number(text, "0") && strcmp(name, "vcpus") == 0;
    gboolean says_nothing =
        *text == '\0' || (is_same_number(text, "0") && strcmp(name, "maxvcpus") == 0);
    if (is_left_out(pair, name) || (says_nothing && written == NULL) ||
        (is_one && is_same_text(written, "1")) || is_word_of_number(name, text, written)) {
        return TRUE;
    }
    if (written == NULL && xlu_cfg_get_list(pair->written, name, &list, &count, 1) == 0) {
        return strcmp(name, "bootloader_args") == 0 ||
               oracle_differ(pair->why, "%s became a list", name);
    }
    long number = 0;
    long written_number = 0;
    gboolean is_number = xlu_cfg_get_long(pair->original, name, &number, 1) == 0 &&
                         xlu_cfg_get_long(pair->written, name, &written_number, 1) == 0;
    gboolean is_flag = is_number && written_number == 1 && number != 0;
    return (is_number && (number == written_number || is_flag)) || is_same_text(text, written) ||
           (written != NULL && *text == '/' && is_same_path(text, written)) ||
           (written != NULL && g_ascii_strcasecmp(name, "uuid") == 0 &&
            g_ascii_strcasecmp(text, written) == 0) ||
           oracle_differ(pair->why, "%s is '%s' for '%s'", name,
                         written != NULL ? written : "(none)", text);
}

/* What is written beside must be what xl takes anyway. */
static gboolean is_harmless(const Pair *pair, const char *name)
{
    static const struct {
        const char *name, *value;
    } usual[] = {{"memory", "32"},         {"vcpus", "1"},          {"on_poweroff", "destroy"},
                 {"on_reboot", "restart"}, {"on_crash", "destroy"}, {"on_watchdog", "destroy"}};
    static const char *const elsewhere[] = {"type",  "builder", "cmdline", "root",
                                            "extra", "uuid",    NULL};
    const char *written = text_of(pair->written, name);
    if (text_of(pair->original, name) != NULL || g_strv_contains(elsewhere, name)) {
        /* A number that xl does not look at leaves it at its own. */
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(usual); i++) {
        if (strcmp(usual[i].name, name) == 0 && g_strcmp0(usual[i].value, written) == 0) {
            return TRUE;
        }
    }
    XLU_ConfigList *list = NULL;
    int count = 0;
    return xlu_cfg_get_list(pair->original, name, &list, &count, 1) == 0 ||
           oracle_differ(pair->why, "%s is there, too", name);
}

static gboolean agrees(const Pair *pair)
{
    const XluConfigStart *original = (const void *)pair->original;
    const XluConfigStart *written = (const void *)pair->written;
    for (const XluSetting *setting = original->settings; setting != NULL; setting = setting->next) {
        if (!is_same_setting(pair, setting->name)) {
            return FALSE;
        }
    }
    for (const XluSetting *setting = written->settings; setting != NULL; setting = setting->next) {
        if (!is_harmless(pair, setting->name)) {
            return FALSE;
        }
    }
    return is_same_as_a_whole(pair);
}

gboolean import_oracle_agrees(const char *original, const char *written, GHashTable *left_out,
                              GString *why)
{
    FILE *report = fopen("/dev/null", "w");
    Pair pair = {xlu_cfg_init(report, "original"), xlu_cfg_init(report, "written"), left_out, why};
    gboolean is_same = xlu_cfg_readdata(pair.original, original, (int)strlen(original)) == 0 &&
                               xlu_cfg_readdata(pair.written, written, (int)strlen(written)) == 0
                           ? agrees(&pair)
                           : oracle_differ(pair.why, "Xen refuses one of them");
    xlu_cfg_destroy(pair.original);
    xlu_cfg_destroy(pair.written);
    fclose(report);
    return is_same;
}
