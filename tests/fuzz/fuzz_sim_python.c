/* The simulator's reader of config files for xm: any bytes. What is read makes a domain or a
 * reason, and the domain is kept as a config that xl's reader takes. */
#include "xenbackend/sim/sim_python.h"
#include "xenbackend/sim/sim_xm_guest.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(SimConfig) config = sim_python_parse("fuzz", (const char *)data, size, report);
    g_assert((config == NULL) == (report->len > 0));
    if (config == NULL) {
        return 0;
    }
    g_autofree char *trouble = NULL;
    g_autoptr(SimGuest) guest = sim_xm_guest_read(config, &trouble);
    g_assert((guest == NULL) == (trouble != NULL));
    if (guest == NULL) {
        return 0;
    }
    int exit_code = 0;
    g_autofree char *text = sim_guest_format(guest);
    g_autoptr(SimConfig) kept = sim_config_parse("kept", text, strlen(text), report);
    g_autoptr(SimGuest) again =
        kept != NULL ? sim_guest_read("kept", kept, report, &exit_code) : NULL;
    g_assert(again != NULL);
    g_assert(strcmp(again->name, guest->name) == 0 && again->vcpus == guest->vcpus);
    return 0;
}
