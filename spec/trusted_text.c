#include "spec/trusted_text.h"

struct TrustedText {
    char *name;
    GBytes *bytes;
    TextOrigin origin;
};

TrustedText *trusted_text_new_local(const char *name, GBytes *bytes)
{
    TrustedText *text = g_new0(TrustedText, 1);
    text->name = g_strdup(name);
    text->bytes = g_bytes_ref(bytes);
    text->origin = TEXT_ORIGIN_LOCAL;
    return text;
}

void trusted_text_free(TrustedText *text)
{
    if (text == NULL) {
        return;
    }
    g_bytes_unref(text->bytes);
    g_free(text->name);
    g_free(text);
}

const char *trusted_text_name(const TrustedText *text)
{
    return text->name;
}

TextOrigin trusted_text_origin(const TrustedText *text)
{
    return text->origin;
}

const char *trusted_text_bytes(const TrustedText *text, gsize *length)
{
    return g_bytes_get_data(text->bytes, length);
}
