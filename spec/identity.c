#include "spec/identity.h"

#include <string.h>

/* 268f73f4-a980-45a4-801a-012996f9a2c2: drawn once at random; changing it would rename every
 * domain. */
static const guint8 namespace_bytes[16] = {0x26, 0x8f, 0x73, 0xf4, 0xa9, 0x80, 0x45, 0xa4,
                                           0x80, 0x1a, 0x01, 0x29, 0x96, 0xf9, 0xa2, 0xc2};

static void hash(GChecksumType type, const guint8 *prefix, gsize prefix_length, const char *text,
                 guint8 *digest, gsize length)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(type);
    if (prefix_length > 0) {
        g_checksum_update(checksum, prefix, (gssize)prefix_length);
    }
    g_checksum_update(checksum, (const guint8 *)text, (gssize)strlen(text));
    g_checksum_get_digest(checksum, digest, &length);
}

void identity_make_uuid(const char *fleet, const char *domain, char out[IDENTITY_UUID_SIZE])
{
    g_autofree char *name = g_strconcat(fleet, "/", domain, NULL);
    guint8 d[20];
    hash(G_CHECKSUM_SHA1, namespace_bytes, sizeof namespace_bytes, name, d, sizeof d);
    d[6] = (guint8)((d[6] & 0x0f) | 0x50); /* version 5 */
    d[8] = (guint8)((d[8] & 0x3f) | 0x80); /* RFC 4122's variant */
    static const char hex[] = "0123456789abcdef";
    char *at = out;
    for (guint i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *at++ = '-';
        }
        *at++ = hex[d[i] >> 4];
        *at++ = hex[d[i] & 0x0f];
    }
    *at = '\0';
}

gboolean identity_is_uuid(const char *text)
{
    gsize length = strlen(text);
    return length == IDENTITY_UUID_SIZE - 1 && strspn(text, "0123456789abcdef-") == length &&
           g_uuid_string_is_valid(text);
}

void identity_make_mac(const char *fleet, const char *domain, gint64 devid,
                       char out[IDENTITY_MAC_SIZE])
{
    g_autofree char *name = g_strdup_printf("%s/%s/%" G_GINT64_FORMAT, fleet, domain, devid);
    guint8 d[32];
    hash(G_CHECKSUM_SHA256, NULL, 0, name, d, sizeof d);
    g_snprintf(out, IDENTITY_MAC_SIZE, "00:16:3e:%02x:%02x:%02x", d[0] & 0x7f, d[1], d[2]);
}
