#include "xenbackend/xen_config_password.h"

#include "xenbackend/xen_config.h"

#include <string.h>

/* ---- how it is told ---- */

gboolean bytes_may_hold_secret(const char *bytes, gsize length)
{
    static const char *const words[] = {"passw", "secret", "ticket"};
    for (gsize i = 0; i < length; i++) {
        for (guint k = 0; k < G_N_ELEMENTS(words); k++) {
            gsize needed = strlen(words[k]);
            if (length - i >= needed && g_ascii_strncasecmp(bytes + i, words[k], needed) == 0) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

gboolean text_may_hold_secret(const char *text)
{
    return bytes_may_hold_secret(text, strlen(text));
}

gboolean name_is_of_secret(const char *name)
{
    /* A flag of xl's for Spice. */
    return text_may_hold_secret(name) && !g_str_has_suffix(name, "disable_ticketing");
}

/* ---- putting it in ---- */

static gboolean is_vnc_vfb(const Settings *vfb)
{
    const Value *vnc = settings_get(vfb, VFB_KEY_vnc);
    return vnc != NULL && vnc->integer != 0;
}

static gboolean has_vnc_vfb(const Domain *domain)
{
    const Value *vfbs = domain_get(domain, DOMAIN_KEY_vfb);
    for (guint i = 0; vfbs != NULL && i < vfbs->count; i++) {
        if (is_vnc_vfb(vfbs->items[i].table)) {
            return TRUE;
        }
    }
    return FALSE;
}

gboolean xen_config_takes_password(const Domain *domain)
{
    return domain_get_integer(domain, DOMAIN_KEY_vnc) != 0 || has_vnc_vfb(domain);
}

/* As the writer quotes it: see xen_config_write(). */
static void append_escaped(GString *out, const char *password)
{
    for (const char *c = password; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_c(out, '\\');
        }
        g_string_append_c(out, *c);
    }
}

/* One line of the text, with its end, and what goes into it or behind it. The writer puts each vfb
 * into a line of its own. */
static void append_line(const char *line, gsize length, gboolean is_vfb, const char *password,
                        GString *out)
{
    static const char vnc_line[] = "vnc = 1\n";
    static const char vfb_end[] = "\",\n";
    g_autofree char *text = g_strndup(line, length);
    gboolean has_vnc = strstr(text, "\"vnc=1,") != NULL || strstr(text, ",vnc=1,") != NULL ||
                       strstr(text, "\"vnc=1\"") != NULL || strstr(text, ",vnc=1\"") != NULL;
    if (is_vfb && has_vnc && g_str_has_suffix(text, vfb_end)) {
        g_string_append_len(out, text, (gssize)(length - strlen(vfb_end)));
        g_string_append(out, ",vncpasswd=");
        append_escaped(out, password);
        g_string_append(out, vfb_end);
        return;
    }
    g_string_append(out, text);
    if (strcmp(text, vnc_line) == 0) {
        g_string_append(out, "vncpasswd = \"");
        append_escaped(out, password);
        g_string_append(out, "\"\n");
    }
}

gboolean xen_config_add_password(const Domain *domain, const char *password, GString *text,
                                 GError **error)
{
    if (!xen_config_takes_password(domain)) {
        return TRUE;
    }
    gboolean is_bare = strchr(password, ',') == NULL && *password != ' ';
    if (!is_bare && has_vnc_vfb(domain)) {
        g_set_error(error, XEN_CONFIG_ERROR, XEN_CONFIG_ERROR_VALUE,
                    "the VNC password %s, which the vfb of domain '%s' cannot carry",
                    *password == ' ' ? "begins with a blank" : "has a comma", domain->name);
        return FALSE;
    }
    g_autoptr(GString) whole = g_string_sized_new(text->len + 64);
    gboolean is_vfb = FALSE;
    for (const char *line = text->str; *line != '\0';) {
        gsize length = strcspn(line, "\n");
        length += line[length] == '\n';
        is_vfb = g_str_has_prefix(line, "vfb = [") || (is_vfb && *line == ' ');
        append_line(line, length, is_vfb, password, whole);
        line += length;
    }
    g_string_assign(text, whole->str);
    return TRUE;
}

/* ---- masking ---- */

static const char *const password_keys[] = {"vncpasswd", "spicepasswd", NULL};

static gboolean is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* Where a value begins, if AT is a key that has a password; else NULL. */
static const char *find_value(const char *text, const char *at, const char *end)
{
    for (guint i = 0; password_keys[i] != NULL; i++) {
        gsize length = strlen(password_keys[i]);
        if ((gsize)(end - at) <= length || memcmp(at, password_keys[i], length) != 0 ||
            (at > text && is_word(at[-1]))) {
            continue;
        }
        const char *value = at + length;
        while (value < end && (*value == ' ' || *value == '\t')) {
            value++;
        }
        if (value < end && *value == '=') {
            value++;
            while (value < end && (*value == ' ' || *value == '\t')) {
                value++;
            }
            return value;
        }
    }
    return NULL;
}

/* A text within which passwords are looked for. */
typedef struct {
    const char *at, *end;
    char quote; /* of the string that is open; NUL: none is */
} Scan;

/* Goes on to the next character; an escaped one is passed over. */
static void step(Scan *scan)
{
    char c = *scan->at++;
    if (c == '\n' || c == scan->quote) {
        scan->quote = '\0';
    } else if (c == '\\' && scan->at < scan->end && *scan->at != '\n') {
        scan->at++;
    } else if (scan->quote == '\0' && (c == '"' || c == '\'')) {
        scan->quote = c;
    }
}

/* Goes to the end of a value, whose first character is *value then. It ends with the string that it
 * is, or with its part of the one that it stands in; without either, with the line: rather too much
 * is masked than too little. */
static void pass_value(Scan *scan, const char **value)
{
    gboolean is_string =
        scan->at < scan->end && scan->quote == '\0' && (*scan->at == '"' || *scan->at == '\'');
    if (is_string) {
        scan->quote = *scan->at++;
    }
    *value = scan->at;
    while (scan->at < scan->end && *scan->at != '\n' &&
           (scan->quote == '\0' || *scan->at != scan->quote) && (is_string || *scan->at != ',')) {
        scan->at += *scan->at == '\\' && scan->at + 1 < scan->end && scan->at[1] != '\n' ? 2 : 1;
    }
}

void xen_config_mask(const char *text, gsize length, const char *mask, GString *out,
                     GString *passwords)
{
    Scan scan = {.at = text, .end = text + length};
    const char *copied = text;
    while (scan.at < scan.end) {
        const char *value = find_value(text, scan.at, scan.end);
        if (value == NULL) {
            step(&scan);
            continue;
        }
        scan.at = value;
        pass_value(&scan, &value);
        g_string_append_len(out, copied, (gssize)(value - copied));
        g_string_append(out, mask);
        copied = scan.at;
        if (passwords != NULL) {
            g_string_append_len(passwords, value, (gssize)(scan.at - value));
            g_string_append_c(passwords, '\n');
        }
    }
    g_string_append_len(out, copied, (gssize)(scan.end - copied));
}
