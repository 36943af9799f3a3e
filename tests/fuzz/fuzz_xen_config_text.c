#include "xenbackend/sim/sim_guest.h"
#include "xenbackend/xen_config_text.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("fuzz", (const char *)data, size, report);
    int exit_code = 0;
    g_autoptr(SimGuest) guest =
        config == NULL ? NULL : sim_guest_read("fuzz", config, report, &exit_code);
    if (guest != NULL)
        g_free(sim_guest_option(guest, "mode"));
    return 0;
}
