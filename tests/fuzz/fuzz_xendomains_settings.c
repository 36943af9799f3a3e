/* xendomains_settings_parse: any bytes, and what must hold of every result. */
#include "xenbackend/xendomains_settings.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const XendomainsFolder *folder)
{
    /* Either it is known, or it is not: never half. */
    g_assert(!folder->is_unclear || folder->folder == NULL);
    g_assert(folder->folder == NULL || *folder->folder == '\0' || *folder->folder == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(XendomainsSettings) settings = {0};
    xendomains_settings_parse((const char *)data, size, &settings);
    check(&settings.configs);
    check(&settings.images);
    return 0;
}
