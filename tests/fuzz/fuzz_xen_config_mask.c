/* xen_config_mask: any bytes. What is masked once stays as it is, and nothing but passwords goes.
 */
#include "xenbackend/xen_config_password.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) once = g_string_new(NULL);
    g_autoptr(GString) twice = g_string_new(NULL);
    g_autoptr(GString) passwords = g_string_new(NULL);
    xen_config_mask((const char *)data, size, XEN_CONFIG_MASK, once, passwords);
    xen_config_mask(once->str, once->len, XEN_CONFIG_MASK, twice, NULL);
    g_assert(g_string_equal(once, twice));
    /* Each password ends in a newline that is not of the text, and each mask is a line of them. */
    gsize count = 0;
    for (gsize i = 0; i < passwords->len; i++) {
        count += passwords->str[i] == '\n';
    }
    g_assert(once->len + passwords->len >= size);
    g_assert(once->len <= size + count * strlen(XEN_CONFIG_MASK));
    return 0;
}
