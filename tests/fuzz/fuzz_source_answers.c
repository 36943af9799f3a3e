/* Any bytes as what is kept of when a source has answered, and of when it was asked: not known, or
 * read; written again it reads the same. */
#include <stdint.h>
#include <string.h>

#include "agent/source_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answered(const char *text)
{
    g_auto(SourceAnswered) first = {0};
    g_auto(SourceAnswered) again = {0};
    source_answered_parse(text, &first);
    g_assert(first.boot_id != NULL || first.time == 0);
    g_autofree char *written = source_answered_format(&first);
    source_answered_parse(written, &again);
    g_assert(again.time == first.time);
    g_assert(first.boot_id == NULL || *first.boot_id == '\0' ||
             strcmp(again.boot_id, first.boot_id) == 0);
}

static void check_asked(const char *text)
{
    g_auto(SourceAsked) first = {0};
    g_auto(SourceAsked) again = {0};
    source_asked_parse(text, &first);
    if (first.time == 0) {
        g_assert(first.boot_id == NULL && first.trouble == NULL && !first.is_refused);
        return;
    }
    g_autofree char *written = source_asked_format(&first);
    source_asked_parse(written, &again);
    g_assert(again.time == first.time && again.is_refused == first.is_refused);
    g_assert(strcmp(again.boot_id, first.boot_id) == 0);
    g_assert((again.trouble == NULL) == (first.trouble == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup(size > 0 ? (const char *)data : "", size);
    check_answered(text);
    check_asked(text);
    return 0;
}
