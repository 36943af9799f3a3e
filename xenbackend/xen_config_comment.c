/* The comment that opens a config file of ours, and tells it from others'. */
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_config_password.h"

#include <string.h>

#define ORIGIN_MAX 200u /* bytes of it in the comment */

static const char mark[] = "# xensure: uuid ";
static const char mark_end[] = ", from ";

/* xm executes the file as Python, which searches the comments of the first two lines for "coding:"
 * and "coding=" and refuses bytes beyond ASCII: neither comes through here. */
static gboolean is_safe(char c, const GString *before)
{
    static const char coding[] = "coding";
    gsize length = strlen(coding);
    gboolean is_coding =
        before->len >= length && strcmp(before->str + before->len - length, coding) == 0;
    return g_ascii_isalnum(c) || strchr(" ,._+/@()-", c) != NULL || (c == ':' && !is_coding);
}

static void append_origin(const char *origin, GString *out)
{
    for (guint i = 0; origin[i] != '\0' && i < ORIGIN_MAX; i++) {
        g_string_append_c(out, is_safe(origin[i], out) ? origin[i] : '?');
    }
}

void xen_config_write_comment(const char *uuid, const char *origin, GString *out)
{
    g_string_append_printf(out, "%s%s%s", mark, uuid, mark_end);
    append_origin(origin, out);
    g_string_append(out, "\n# Do not edit: change the spec. What is changed here is replaced.\n");
}

static gboolean is_uuid(const char *text)
{
    for (guint i = 0; i < UUID_SIZE - 1; i++) {
        gboolean is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        gboolean is_digit = g_ascii_isdigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (is_hyphen ? text[i] != '-' : !is_digit) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean xen_config_is_ours(const char *text, gsize length, char uuid[UUID_SIZE])
{
    gsize mark_length = sizeof mark - 1;
    gsize end_length = sizeof mark_end - 1;
    if (length < mark_length + UUID_SIZE - 1 + end_length || memcmp(text, mark, mark_length) != 0 ||
        !is_uuid(text + mark_length) ||
        memcmp(text + mark_length + UUID_SIZE - 1, mark_end, end_length) != 0) {
        return FALSE;
    }
    memcpy(uuid, text + mark_length, UUID_SIZE - 1);
    uuid[UUID_SIZE - 1] = '\0';
    return TRUE;
}

const char *xen_config_skip_comment(const char *text, gsize *length)
{
    const char *at = text;
    const char *end = text + *length;
    while (at < end && *at == '#') {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    *length = (gsize)(end - at);
    return at;
}

char *xen_config_digest(const char *text, gsize length)
{
    const char *body = xen_config_skip_comment(text, &length);
    if (memmem(body, length, "passwd", strlen("passwd")) == NULL) {
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)body, length);
    }
    /* Of a text that is known but for eight characters, a digest would tell these. */
    g_autoptr(GString) masked = g_string_sized_new(length);
    xen_config_mask(body, length, XEN_CONFIG_MASK, masked, NULL);
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)masked->str, masked->len);
}
