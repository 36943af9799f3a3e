/* The small languages that xl.cfg has within its texts. What xl itself takes without a word, and
 * then drops or misreads, is refused. */
#include "spec/text_checks.h"

#include <string.h>

static gboolean consists_of(const char *text, const char *more)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr(more, *c) == NULL) {
            return FALSE;
        }
    }
    return *text != '\0';
}

static gboolean is_one_of(const char *text, const char *const *words)
{
    return g_strv_contains(words, text);
}

/* Takes up to DIGITS_MAX digits of the base off the text; FALSE if there are none or more. */
static gboolean take_number(const char **c, guint base, guint digits_max, guint64 *out)
{
    guint digits = 0;
    *out = 0;
    while (base == 16 ? g_ascii_isxdigit(**c) : g_ascii_isdigit(**c)) {
        *out = *out * base + (guint64)g_ascii_xdigit_value(**c);
        (*c)++;
        if (++digits > digits_max) {
            return FALSE;
        }
    }
    return digits > 0;
}

static gboolean take_character(const char **c, char wanted)
{
    if (**c != wanted) {
        return FALSE;
    }
    (*c)++;
    return TRUE;
}

const char *check_backend(const char *text)
{
    return consists_of(text, "_.+-") && text[0] != '-'
               ? NULL
               : "the name or the number of a domain (letters, digits, '_', '.', '+' and '-')";
}

const char *check_words(const char *text)
{
    return consists_of(text, "_.,-") && text[0] != ',' && text[strlen(text) - 1] != ','
               ? NULL
               : "words of letters, digits, '_', '.' and '-', with commas between";
}

/* Xen tools/xl/xl_parse.c:parse_xsquota_item. */
const char *check_quota(const char *text)
{
    gsize name = strcspn(text, "=");
    const char *c = text + name;
    guint64 number;
    gboolean is_right = name > 0 && strspn(text, "abcdefghijklmnopqrstuvwxyz-_") == name &&
                        take_character(&c, '=') && take_number(&c, 10, 10, &number) && *c == '\0' &&
                        number <= G_MAXUINT32;
    return is_right ? NULL : "a quota such as \"nodes=2000\"";
}

/* Xen tools/xl/xl_parse.c:parse_config_data; which word suits which guest: spec_check_guest.c. */
const char *check_firmware(const char *text)
{
    static const char *const words[] = {"bios", "seabios",  "rombios",  "uefi",
                                        "ovmf", "pvgrub32", "pvgrub64", NULL};
    if (is_one_of(text, words)) {
        return NULL;
    }
    if (text[0] != '/') {
        return "one of bios, seabios, rombios, uefi, ovmf, pvgrub32, pvgrub64, or an absolute path";
    }
    return check_path(text);
}

/* xl passes on whatever it finds. */
const char *check_boot(const char *text)
{
    static const char expected[] =
        "an order of boot devices: each of c (disk), d (CD-ROM), n (network) and a (floppy) at "
        "most once";
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("acdn", *c) == NULL || strchr(c + 1, *c) != NULL) {
            return expected;
        }
    }
    return *text != '\0' ? NULL : expected;
}

const char *check_seclabel(const char *text)
{
    return consists_of(text, "_.:-") ? NULL : "a label such as system_u:system_r:domU_t";
}

/* "host,avx2=0,family=6": a flag's value is a number, or x, k or s (Xen
 * tools/libs/light/libxl_cpuid.c:libxl_cpuid_parse_config). */
static gboolean is_cpuid_policy(const char *text)
{
    static const char *const letters[] = {"x", "k", "s", NULL};
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 1; parts[i] != NULL; i++) {
        char *value = strchr(parts[i], '=');
        if (value == NULL || value == parts[i]) {
            return FALSE;
        }
        *value++ = '\0';
        const char *digits = g_str_has_prefix(value, "0x") ? value + 2 : value;
        guint64 number;
        gboolean is_number =
            take_number(&digits, digits != value ? 16 : 10, 10, &number) && *digits == '\0';
        if (!consists_of(parts[i], "_.-") || (!is_number && !is_one_of(value, letters))) {
            return FALSE;
        }
    }
    return strcmp(parts[0], "host") == 0;
}

/* "1,0:ecx=xxxx...,edx=...": a bit is 0, 1, x, k or s (libxl_cpuid_parse_config_xend). */
static gboolean is_cpuid_registers(const char *text)
{
    static const char *const registers[] = {"eax", "ebx", "ecx", "edx", NULL};
    gsize length = strcspn(text, ":");
    if (text[length] != ':' || length == 0 || strspn(text, "0123456789abcdefABCDEFx,") < length) {
        return FALSE;
    }
    g_auto(GStrv) parts = g_strsplit(text + length + 1, ",", -1);
    for (char **part = parts; *part != NULL; part++) {
        char *bits = strchr(*part, '=');
        if (bits == NULL) {
            return FALSE;
        }
        *bits++ = '\0';
        if (!is_one_of(*part, registers) || strlen(bits) != 32 || strspn(bits, "01xks") != 32) {
            return FALSE;
        }
    }
    return parts[0] != NULL;
}

/* What is wrong makes xl say so and start the guest without it. */
const char *check_cpuid(const char *text)
{
    return is_cpuid_policy(text) || is_cpuid_registers(text)
               ? NULL
               : "a policy such as \"host,avx2=0,family=6\", or (in a list) registers such as "
                 "\"1:ecx=\" with 32 of the letters 0, 1, x, k and s";
}

const char *check_vnclisten(const char *text)
{
    return consists_of(text, ".:[]%-") ? NULL
                                       : "an address, or ADDRESS:DISPLAY, such as 127.0.0.1:3";
}

gboolean listens_locally(const char *text, gboolean *has_display)
{
    static const char *const names[] = {"localhost", "::1", "[::1]", NULL};
    const char *first = strchr(text, ':');
    const char *last = strrchr(text, ':');
    /* Of an address that has colons itself, the display is behind a bracket. */
    *has_display = last != NULL && (first == last || (*text == '[' && last[-1] == ']'));
    g_autofree char *host = *has_display ? g_strndup(text, (gsize)(last - text)) : g_strdup(text);
    return is_one_of(host, names) ||
           (g_str_has_prefix(host, "127.") && strspn(host, "0123456789.") == strlen(host));
}

/* The device model's character devices, which xl hands over unread. */
const char *check_serial(const char *text)
{
    static const char *const words[] = {"pty", "none", "null", "stdio", "vc", "msmouse", NULL};
    static const char *const kinds[] = {
        "/dev/", "file:", "pipe:", "tcp:", "udp:", "unix:", "telnet:", "mon:", "vc:"};
    if (is_one_of(text, words)) {
        return NULL;
    }
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_prefix(text, kinds[i]) && text[strlen(kinds[i])] != '\0') {
            return NULL;
        }
    }
    return "a character device such as pty, null, /dev/ttyS0, file:PATH, tcp:HOST:PORT or "
           "unix:PATH,server,nowait";
}

const char *check_usbdevice(const char *text)
{
    return g_ascii_isalpha(text[0]) && consists_of(text, "_.:/=,-")
               ? NULL
               : "a USB device such as tablet, mouse, host:1.2 or host:04b4:1020";
}

/* Is this a key that a PCI device may have, with a value of its kind? */
static gboolean is_pci_option(const char *text)
{
    static const char *const switches[] = {"permissive", "msitranslate", "seize", "power_mgmt"};
    for (guint i = 0; i < G_N_ELEMENTS(switches); i++) {
        gsize length = strlen(switches[i]);
        if (strncmp(text, switches[i], length) == 0 && text[length] == '=') {
            return strcmp(text + length, "=0") == 0 || strcmp(text + length, "=1") == 0;
        }
    }
    return strcmp(text, "rdm_policy=strict") == 0 || strcmp(text, "rdm_policy=relaxed") == 0;
}

/* Xen tools/libs/util/libxlu_pci.c:xlu_pci_parse_spec_string. */
const char *check_pci(const char *text)
{
    static const char expected[] =
        "a PCI device such as 01:00.0, 0000:01:00.0@6 or 01:00.0,permissive=1";
    guint64 bus;
    guint64 device;
    const char *c = text;
    gboolean is_long = strlen(text) > 4 && text[4] == ':';
    if (is_long && (!take_number(&c, 16, 4, &bus) || !take_character(&c, ':'))) {
        return expected;
    }
    const char *start = c;
    if (!take_number(&c, 16, 2, &bus) || c != start + 2 || !take_character(&c, ':') ||
        !take_number(&c, 16, 2, &device) || c != start + 5 || device > 0x1f ||
        !take_character(&c, '.') || ((*c < '0' || *c > '7') && *c != '*')) {
        return expected;
    }
    c++;
    guint64 slot;
    if (take_character(&c, '@') && (!take_number(&c, 16, 2, &slot) || slot > 0x1f)) {
        return expected;
    }
    if (*c != '\0' && *c != ',') {
        return expected;
    }
    g_auto(GStrv) options = g_strsplit(*c == ',' ? c + 1 : c, ",", -1);
    for (char **option = options; *option != NULL; option++) {
        if (!is_pci_option(*option)) {
            return expected;
        }
    }
    return *c == ',' && options[0] == NULL ? expected : NULL;
}

/* xl reads them as hexadecimal; x86 has 65536. */
const char *check_ioports(const char *text)
{
    guint64 first;
    guint64 last;
    const char *c = text;
    gboolean is_right = take_number(&c, 16, 4, &first);
    last = first;
    if (is_right && take_character(&c, '-')) {
        is_right = take_number(&c, 16, 4, &last);
    }
    return is_right && *c == '\0' && last >= first ? NULL
                                                   : "I/O ports in hexadecimal, such as 2f8-2ff";
}

const char *check_iomem(const char *text)
{
    guint64 start;
    guint64 count;
    guint64 page;
    const char *c = text;
    gboolean is_right = take_number(&c, 16, 13, &start) && take_character(&c, ',') &&
                        take_number(&c, 16, 13, &count) && count > 0;
    if (is_right && take_character(&c, '@')) {
        is_right = take_number(&c, 16, 13, &page);
    }
    return is_right && *c == '\0'
               ? NULL
               : "pages in hexadecimal, START,COUNT or START,COUNT@PAGE, such as fe000,1";
}

/* Xen tools/libs/util/libxlu_vif.c: ^[0-9]+[GMK]?[Bb]/s$, and an interval of up to 4294 s. */
const char *check_rate(const char *text)
{
    static const char expected[] = "a rate such as \"10Mb/s\" or \"250KB/s@20ms\"";
    guint64 number;
    const char *c = text;
    if (!take_number(&c, 10, 9, &number) || number == 0) {
        return expected;
    }
    c += *c == 'G' || *c == 'M' || *c == 'K' ? 1 : 0;
    if ((*c != 'B' && *c != 'b') || !g_str_has_prefix(c + 1, "/s")) {
        return expected;
    }
    c += strlen("B/s");
    if (*c == '\0') {
        return NULL;
    }
    static const char *const units[] = {"", "s", "ms", "us", NULL};
    if (!take_character(&c, '@') || !take_number(&c, 10, 9, &number) || number == 0 ||
        !is_one_of(c, units)) {
        return expected;
    }
    guint64 microseconds = number * (c[0] == 'u' ? 1 : c[0] == 'm' ? 1000 : 1000000);
    return microseconds <= G_MAXUINT32 ? NULL : expected;
}

static gboolean take_vlan(const char **c, guint64 *id)
{
    return take_number(c, 10, 4, id) && *id >= 1 && *id <= 4094;
}

/* xl-network-configuration(5), vlan. */
static gboolean is_vlan_term(const char *c)
{
    guint64 first;
    guint64 last;
    guint64 count;
    if (!take_vlan(&c, &first)) {
        return FALSE;
    }
    if (take_character(&c, '-')) {
        if (!take_vlan(&c, &last) || last < first) {
            return FALSE;
        }
    } else if (take_character(&c, '+')) {
        if (!take_vlan(&c, &last) || !take_character(&c, 'x') || !take_vlan(&c, &count) ||
            first + last * count > 4094) {
            return FALSE;
        }
    } else if (take_character(&c, 'p')) {
        return *c == '\0';
    }
    take_character(&c, 'u');
    return *c == '\0';
}

const char *check_vlan(const char *text)
{
    g_auto(GStrv) terms = g_strsplit(text, "/", -1);
    for (char **term = terms; *term != NULL; term++) {
        if (!is_vlan_term(*term)) {
            return "VLANs from 1 to 4094, such as 10, 10p/20 or 10p/100+10x4";
        }
    }
    return terms[0] != NULL ? NULL : "VLANs such as 10 or 10p/20";
}
