#include "tests/unit/spec_from_text.h"

Spec *spec_from_text(const char *name, const char *text, gsize length, Problems *problems)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, length);
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, trusted_text_new_local(name, bytes));
    Spec *spec = spec_new();
    spec_read_source(spec, texts, NULL, problems);
    spec_finish(spec, NULL, problems);
    return spec;
}
