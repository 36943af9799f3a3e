/* Any text as a set of keys: refused with a reason, or read; what it is written as is read again as
 * the same. */
#include <stdint.h>
#include <string.h>

#include "spec/key_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Keyring) keyring = key_set_read(text, "here", &error);
    g_assert((keyring == NULL) == (error != NULL));
    if (keyring == NULL) {
        g_assert(error->domain == SIGNATURE_ERROR);
        return 0;
    }
    guint count = keyring_count(keyring);
    g_assert(count >= keyring_threshold(keyring) && count <= KEY_SET_KEYS_MAX);
    g_autofree char *set = key_set_of(keyring);
    g_autoptr(Keyring) again = key_set_read(set, "here", NULL);
    g_assert(again != NULL && keyring_count(again) == count);
    g_autofree char *same = key_set_of(again);
    g_assert(strcmp(set, same) == 0);
    return 0;
}
