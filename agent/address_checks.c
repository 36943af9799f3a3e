#include "agent/address_checks.h"

#include <string.h>

#define PIN_PREFIX "sha256//"
#define PIN_DIGITS 44 /* of 32 bytes, with one '=' */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What stands in an address as it is, without quoting anything but by '%'. */
static gboolean is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!g_ascii_isalnum(*text) && strchr("-._~%:/[]+,;=!$&'()*", *text) == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT, of this length? */
static gboolean is_host(const char *text, gsize length)
{
    g_autofree char *host = g_strndup(text, length);
    char *port = strrchr(host, ':');
    guint64 number = 0;
    if (port != NULL && strchr(port, ']') == NULL) {
        *port++ = '\0';
        if (!g_ascii_string_to_unsigned(port, 10, 1, G_MAXUINT16, &number, NULL)) {
            return FALSE;
        }
    }
    gsize size = strlen(host);
    if (size > 2 && host[0] == '[') {
        return host[size - 1] == ']' && strspn(host + 1, "0123456789abcdefABCDEF:.") == size - 2;
    }
    return size > 0 && strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789-._") == size;
}

const char *check_source_url(const char *text)
{
    static const char expected[] = "an address of plain characters, https://HOST/PATH, that ends "
                                   "with .yaml or, of a folder, with a slash";
    gboolean is_https = g_str_has_prefix(text, "https://");
    const char *host = text + (is_https ? strlen("https://") : 0);
    gsize length = strcspn(host, "/");
    if (!is_https || !is_plain(text) || !is_host(host, length) || host[length] != '/') {
        return expected;
    }
    g_auto(GStrv) parts = g_strsplit(host + length + 1, "/", -1);
    guint count = g_strv_length(parts);
    for (guint i = 0; i < count; i++) {
        gboolean is_last = i + 1 == count;
        if (strcmp(parts[i], "..") == 0 || strcmp(parts[i], ".") == 0 ||
            (*parts[i] == '\0' && !is_last) || strcmp(parts[i], ".yaml") == 0) {
            return expected;
        }
    }
    return g_str_has_suffix(text, ".yaml") || g_str_has_suffix(text, "/") ? NULL : expected;
}

const char *check_pin(const char *text)
{
    const char *digits = text + strlen(PIN_PREFIX);
    gboolean is_pin = g_str_has_prefix(text, PIN_PREFIX) && strlen(digits) == PIN_DIGITS &&
                      strspn(digits, base64_digits) == PIN_DIGITS - 1 &&
                      digits[PIN_DIGITS - 1] == '=';
    return is_pin ? NULL : "sha256// and the digest of a public key in base64";
}

const char *check_proxy(const char *text)
{
    const char *host = g_str_has_prefix(text, "http://")    ? text + strlen("http://")
                       : g_str_has_prefix(text, "https://") ? text + strlen("https://")
                                                            : "";
    gboolean is_proxy =
        is_host(host, strlen(host)) && strchr(host, ':') != NULL && host[strlen(host) - 1] != ']';
    return is_proxy ? NULL : "http://HOST:PORT or https://HOST:PORT";
}
