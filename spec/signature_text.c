/* The lines that keys and signatures are written in. */
#include "spec/signature_parts.h"

#include <sodium.h>
#include <string.h>

G_DEFINE_QUARK(xensure_signature_error, signature_error)

gboolean signature_refuse(const SignatureReader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT, "line %u: %s", reader->line,
                message);
    return FALSE;
}

gboolean signature_read_line(SignatureReader *reader, const char **line, gsize *length,
                             GError **error)
{
    reader->line++;
    gsize left = (gsize)(reader->end - reader->at);
    if (left == 0) {
        return signature_refuse(reader, error, "expected one more line, found the end");
    }
    const char *newline = memchr(reader->at, '\n', left);
    *line = reader->at;
    *length = newline != NULL ? (gsize)(newline - reader->at) : left;
    reader->at = newline != NULL ? newline + 1 : reader->end;
    if (memchr(*line, '\r', *length) != NULL) {
        return signature_refuse(reader, error, "expected lines that end in LF, found a CR");
    }
    return memchr(*line, '\0', *length) == NULL ||
           signature_refuse(reader, error, "expected text, found a NUL byte");
}

gboolean signature_read_comment(SignatureReader *reader, const char *prefix, gsize length_max,
                                const char **text, gsize *length, GError **error)
{
    const char *line;
    gsize prefix_length = strlen(prefix);
    if (!signature_read_line(reader, &line, length, error)) {
        return FALSE;
    }
    if (*length < prefix_length || memcmp(line, prefix, prefix_length) != 0) {
        return signature_refuse(reader, error, "expected it to begin with '%s'", prefix);
    }
    *text = line + prefix_length;
    *length -= prefix_length;
    return *length <= length_max ||
           signature_refuse(reader, error,
                            "expected a comment of at most %" G_GSIZE_FORMAT
                            " bytes, found %" G_GSIZE_FORMAT,
                            length_max, *length);
}

static gboolean is_base64(char c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '/';
}

gboolean signature_decode_base64(const SignatureReader *reader, const char *text, gsize length,
                                 guint8 *out, gsize size, GError **error)
{
    gsize expected = (size + 2) / 3 * 4;
    if (length != expected) {
        return signature_refuse(reader, error,
                                "expected %" G_GSIZE_FORMAT
                                " characters of base64, found %" G_GSIZE_FORMAT " bytes",
                                expected, length);
    }
    /* libsodium 1.0.18 decodes every byte from 0x80 on as '/'. */
    gsize digits = (size * 4 + 2) / 3;
    for (gsize i = 0; i < length; i++) {
        if (i < digits ? !is_base64(text[i]) : text[i] != '=') {
            return signature_refuse(reader, error,
                                    "expected base64, found something else in column "
                                    "%" G_GSIZE_FORMAT,
                                    i + 1);
        }
    }
    gsize got = 0;
    if (sodium_base642bin(out, size, text, length, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        got != size) {
        return signature_refuse(reader, error,
                                "expected base64 as it is written, found other bits "
                                "at its end");
    }
    return TRUE;
}

gboolean signature_read_base64(SignatureReader *reader, guint8 *out, gsize size, GError **error)
{
    const char *line;
    gsize length;
    return signature_read_line(reader, &line, &length, error) &&
           signature_decode_base64(reader, line, length, out, size, error);
}

gboolean signature_read_end(const SignatureReader *reader, GError **error)
{
    return reader->at == reader->end ||
           signature_refuse(reader, error, "expected the end behind it, found more");
}

void signature_append_base64(const guint8 *bytes, gsize size, GString *out)
{
    gsize length = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = g_malloc(length);
    sodium_bin2base64(text, length, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    g_string_append(out, text);
    g_string_append_c(out, '\n');
    sodium_memzero(text, length);
    g_free(text);
}

void signature_make_ready(void)
{
    /* 0 the first time, 1 from then on. */
    int result = sodium_init();
    g_assert(result >= 0);
}
