#include "spec/text_checks.h"

#include <string.h>

#define LABEL_MAX       63u
#define DOMAIN_NAME_MAX 63u

static gboolean consists_of(const char *text, const char *more)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr(more, *c) == NULL) {
            return FALSE;
        }
    }
    return *text != '\0';
}

static gboolean read_digits(const char **c, guint digits_max)
{
    guint digits = 0;
    while (g_ascii_isdigit(**c)) {
        (*c)++;
        digits++;
    }
    return digits > 0 && digits <= digits_max;
}

/* "all", "3", "0-3", "^2", "nodes:1", ...: what stands from C to END, a comma or the end of the
 * text.
 */
static gboolean is_cpu_range(const char *c, const char *end)
{
    if (*c == '^') {
        c++;
    }
    if (g_str_has_prefix(c, "nodes:")) {
        c += strlen("nodes:");
    } else if (g_str_has_prefix(c, "node:")) {
        c += strlen("node:");
    }
    if (end - c == (gssize)strlen("all") && g_str_has_prefix(c, "all")) {
        return TRUE;
    }
    guint64 first = g_ascii_strtoull(c, NULL, 10);
    if (!read_digits(&c, 5)) {
        return FALSE;
    }
    if (*c == '-') {
        c++;
        guint64 last = g_ascii_strtoull(c, NULL, 10);
        if (!read_digits(&c, 5) || last < first) {
            return FALSE;
        }
    }
    return c == end;
}

/* Xen docs/man/xl.cfg.5.pod.in, CPU allocation; tools/xl/xl_parse.c:parse_range,
 * update_cpumap_range. */
const char *check_cpus(const char *text)
{
    for (const char *part = text;; part++) {
        const char *end = strchrnul(part, ',');
        if (!is_cpu_range(part, end)) {
            return "CPUs such as \"all\", \"0-3\", \"0,2-5,^3\" or \"nodes:1\"";
        }
        if (*end == '\0') {
            return NULL;
        }
        part = end;
    }
}

/* Letters count disks like columns of a sheet: a..z, aa..zz, ...: "c" is 2, "aa" is 26. */
static gboolean read_disk_letters(const char **c, guint disk_max)
{
    guint next = 0;
    const char *start = *c;
    while (**c >= 'a' && **c <= 'z' && next <= disk_max + 1) {
        next = next * 26 + (guint)(**c - 'a') + 1;
        (*c)++;
    }
    return *c > start && next <= disk_max + 1;
}

/* Nothing, or a number without leading zeros. */
static gboolean is_partition(const char *c, guint64 partition_max)
{
    if (*c == '\0') {
        return TRUE;
    }
    guint64 partition = g_ascii_strtoull(c, NULL, 10);
    return *c != '0' && read_digits(&c, 3) && *c == '\0' && partition <= partition_max;
}

/* dNpM */
static gboolean is_numbered_disk(const char *c)
{
    guint64 disk = g_ascii_strtoull(c, NULL, 10);
    gboolean has_leading_zero = *c == '0' && g_ascii_isdigit(c[1]);
    if (has_leading_zero || !read_digits(&c, 7) || disk >= 1u << 20 || *c != 'p') {
        return FALSE;
    }
    return strcmp(c, "p0") == 0 || (c[1] != '\0' && is_partition(c + 1, 255));
}

/* A device number as guests without Linux's names for disks have it: "0x01", "51712". */
static gboolean is_device_number(const char *text)
{
    gboolean is_hex = g_str_has_prefix(text, "0x");
    const char *digits = is_hex ? text + 2 : text;
    guint64 number = 0;
    return (is_hex || text[0] != '0' || text[1] == '\0') &&
           g_ascii_string_to_unsigned(digits, is_hex ? 16 : 10, 0, G_MAXINT32, &number, NULL) &&
           strlen(digits) <= 10;
}

/* Xen tools/libs/light/libxl_device.c:libxl__device_disk_dev_number and its limits. A vdev that
 * libxl does not know is only found when the domain is created. */
const char *check_vdev(const char *text)
{
    static const struct {
        const char *prefix;
        guint disk_max, partition_max;
    } kinds[] = {{"xvd", (1u << 20) - 1, 255}, {"hd", 3, 63}, {"sd", 15, 15}};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(text, kinds[i].prefix)) {
            const char *c = text + strlen(kinds[i].prefix);
            if (read_disk_letters(&c, kinds[i].disk_max) &&
                is_partition(c, kinds[i].partition_max)) {
                return NULL;
            }
        }
    }
    if (is_device_number(text) ||
        (text[0] == 'd' && g_ascii_isdigit(text[1]) && is_numbered_disk(text + 1))) {
        return NULL;
    }
    return "a virtual device such as xvda, xvda1, hda (to hdd), sda (to sdp) or d0p0";
}

/* `target=` takes the rest of a disk string, but xl drops a comma at its end as the separator that
 * it is elsewhere (Xen tools/libs/util/libxlu_disk_l.l: STRIP). */
const char *check_disk_path(const char *text)
{
    if (g_str_has_suffix(text, ",")) {
        return "a path that does not end in a comma (Xen's disk strings cannot carry it)";
    }
    if (text[0] == '/') {
        return check_path(text);
    }
    if (text[0] == '\0' || g_ascii_isspace(text[0]) || g_ascii_isspace(text[strlen(text) - 1])) {
        return "an absolute path";
    }
    return NULL;
}

const char *check_in_string(const char *text)
{
    gsize length = strlen(text);
    if (length == 0 || g_ascii_isspace(text[0]) || g_ascii_isspace(text[length - 1]) ||
        strchr(text, ',') != NULL) {
        return "a text without commas or blanks at its ends (Xen's device strings have no quoting)";
    }
    return NULL;
}

const char *check_word(const char *text)
{
    return consists_of(text, "_.-") ? NULL : "a word of letters, digits, '_', '.' and '-'";
}

/* Linux: at most 15 bytes (IFNAMSIZ), no blank, no '/', not "." or ".."; and what a vif string can
 * carry. */
const char *check_interface(const char *text)
{
    if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || !consists_of(text, "_.:-")) {
        return "the name of a network interface (letters, digits, '_', '.', ':' and '-')";
    }
    return NULL;
}

const char *check_program(const char *text)
{
    if (!consists_of(text, "_.+/-")) {
        return "a program: its bare name or its absolute path (letters, digits, and _.+-)";
    }
    if (strchr(text, '/') != NULL) {
        return check_path(text);
    }
    return text[0] == '-' ? "a program, whose name does not begin with '-'" : NULL;
}

const char *check_address(const char *text)
{
    if (text[0] == '-' || !consists_of(text, ".:-")) {
        return "a host name or an address (letters, digits, '.', ':' and '-')";
    }
    return NULL;
}

const char *check_transport(const char *text)
{
    if (text[0] == '-' || !consists_of(text, " _.:=/@%+,-")) {
        return "a command of plain words (letters, digits, and _.:=/@%+,-)";
    }
    return NULL;
}

const char *check_path(const char *text)
{
    if (text[0] != '/') {
        return "an absolute path";
    }
    if (text[1] == '\0') {
        return "a path below '/'";
    }
    for (const char *slash = text; *slash != '\0';) {
        const char *part = slash + 1;
        gsize length = strcspn(part, "/");
        if (length <= 2 && strncmp(part, "..", length) == 0 && length > 0) {
            return "a path without \".\" and \"..\" in it";
        }
        if (length == 0) {
            return "a path without empty parts (\"//\" or a '/' at its end)";
        }
        slash = part + length;
    }
    return NULL;
}

const char *check_domain_name(const char *text)
{
    if (!consists_of(text, "_.+-") || text[0] == '.' || text[0] == '+' || text[0] == '-' ||
        strlen(text) > DOMAIN_NAME_MAX) {
        return "a name of 1 to 63 letters, digits, '_', '.', '+' and '-' that begins with a "
               "letter, a "
               "digit or '_'";
    }
    if (strspn(text, "0123456789") == strlen(text)) {
        return "a name that is not all digits (xl takes such a one for a domain id)";
    }
    if (strcmp(text, "Domain-0") == 0) {
        return "a name other than Domain-0, which is the host itself";
    }
    if (g_str_has_suffix(text, "--incoming") || g_str_has_suffix(text, "--migratedaway") ||
        g_str_has_prefix(text, "migrating-")) {
        return "a name without the marks that Xen gives a domain under migration (--incoming, "
               "--migratedaway, migrating-)";
    }
    return NULL;
}

const char *check_label(const char *text)
{
    if (!consists_of(text, "_.-") || text[0] == '.' || text[0] == '-' || strlen(text) > LABEL_MAX) {
        return "a name of 1 to 63 letters, digits, '_', '.' and '-' that begins with a letter, a "
               "digit "
               "or '_'";
    }
    return NULL;
}

char *path_tidy(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    GString *path = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL; i++) {
        gboolean says_nothing = *parts[i] == '\0' || strcmp(parts[i], ".") == 0;
        if (i == 0 ? *parts[i] != '\0' : !says_nothing) {
            g_string_append_printf(path, "%s%s", i > 0 ? "/" : "", parts[i]);
        }
    }
    return g_string_free(path, FALSE);
}
