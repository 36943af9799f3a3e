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

/* Xen docs/man/xl.cfg.5.pod.in, CPU allocation; tools/libs/util/libxlu_... and tools/xl/xl_parse.c:
 * parse_range, update_cpumap_range. */
const char *check_cpus(const char *text)
{
    static const char expected[] = "CPUs such as \"all\", \"0-3\", \"0,2-5,^3\" or \"nodes:1\"";
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part != NULL; part++) {
        const char *c = *part;
        if (strcmp(c, "all") == 0) {
            continue;
        }
        if (*c == '^') {
            c++;
        }
        if (g_str_has_prefix(c, "nodes:")) {
            c += strlen("nodes:");
        } else if (g_str_has_prefix(c, "node:")) {
            c += strlen("node:");
        }
        if (strcmp(c, "all") == 0) {
            continue;
        }
        guint64 first = g_ascii_strtoull(c, NULL, 10);
        if (!read_digits(&c, 5)) {
            return expected;
        }
        if (*c == '-') {
            c++;
            guint64 last = g_ascii_strtoull(c, NULL, 10);
            if (!read_digits(&c, 5) || last < first) {
                return expected;
            }
        }
        if (*c != '\0') {
            return expected;
        }
    }
    return parts[0] == NULL ? expected : NULL;
}

/* Xen tools/libs/light/libxl_disk.c:libxl__device_disk_dev_number: xvd, hd and sd with letters and
 * a partition, or dNpM. A vdev that libxl does not know is only found when the domain is created.
 */
const char *check_vdev(const char *text)
{
    static const char expected[] = "a virtual device such as xvda, hda, sdb1 or d0p0";
    const char *c = text;
    if (*c == 'd' && g_ascii_isdigit(c[1])) {
        c++;
        if (!read_digits(&c, 7)) {
            return expected;
        }
        if (*c == 'p') {
            c++;
            if (!read_digits(&c, 2)) {
                return expected;
            }
        }
        return *c == '\0' ? NULL : expected;
    }
    guint letters_max = 1; /* hda..hdt: one letter; sd and xvd take more */
    if (g_str_has_prefix(c, "xvd")) {
        c += 3;
        letters_max = 3;
    } else if (g_str_has_prefix(c, "hd")) {
        c += 2;
    } else if (g_str_has_prefix(c, "sd")) {
        c += 2;
        letters_max = 2;
    } else {
        return expected;
    }
    guint letters = 0;
    while (*c >= 'a' && *c <= 'z') {
        c++;
        letters++;
    }
    if (letters == 0 || letters > letters_max) {
        return expected;
    }
    if (*c != '\0' && (!g_ascii_isdigit(*c) || *c == '0' || !read_digits(&c, 2))) {
        return expected;
    }
    return *c == '\0' ? NULL : expected;
}

/* `target=` takes the rest of a disk string, commas and blanks too, but blanks at its ends are
 * lost. */
const char *check_disk_path(const char *text)
{
    gsize length = strlen(text);
    if (length > 0 && g_ascii_isspace(text[length - 1])) {
        return "a path that does not end in a blank (a disk specification cannot carry it)";
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

const char *check_path(const char *text)
{
    if (text[0] != '/') {
        return "an absolute path";
    }
    g_auto(GStrv) parts = g_strsplit(text + 1, "/", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0) {
            return "a path without \".\" and \"..\" in it";
        }
        if (**part == '\0' && (part[1] != NULL || part != parts)) {
            return "a path without empty parts (\"//\" or a '/' at its end)";
        }
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
