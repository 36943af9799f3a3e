/* Any bytes as the copy of a source: refused, or read; written again it reads the same, and a part
 * of it is never taken for the whole. */
#include <stdint.h>
#include <string.h>

#include "agent/source_bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const SourceBundle *bundle)
{
    for (guint i = 0; i < bundle->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(bundle->files, i);
        g_assert(g_utf8_validate(file->name, -1, NULL) && *file->name != '\0');
        g_assert(strchr(file->name, '\n') == NULL);
        g_assert(source_bundle_find(bundle, file->name) == file->bytes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceBundle) bundle =
        source_bundle_parse(size > 0 ? (const char *)data : "", size, &error);
    g_assert((bundle == NULL) == (error != NULL));
    if (bundle == NULL) {
        return 0;
    }
    check_names(bundle);
    g_autoptr(GString) text = g_string_new(NULL);
    source_bundle_format(bundle, text);
    g_autoptr(SourceBundle) again = source_bundle_parse(text->str, text->len, NULL);
    g_assert(again != NULL && source_bundle_equal(bundle, again));
    g_assert(again->fetched == bundle->fetched && strcmp(again->source, bundle->source) == 0);
    g_assert(g_strcmp0(again->etag, bundle->etag) == 0);
    g_assert(g_strcmp0(again->last_modified, bundle->last_modified) == 0);
    g_assert(g_strcmp0(again->commit, bundle->commit) == 0);
    g_assert(g_strcmp0(again->generation, bundle->generation) == 0);
    g_autoptr(SourceBundle) cut = source_bundle_parse(text->str, text->len - 1, NULL);
    g_assert(cut == NULL || cut->files->len == 0);
    return 0;
}
