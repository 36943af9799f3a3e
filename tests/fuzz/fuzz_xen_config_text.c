/* xen_config_text_read: any bytes in both dialects, and the simulator's reading of what xl takes.
 */
#include "xenbackend/sim/sim_guest.h"
#include "xenbackend/xen_config_text.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const XenConfigValue *value)
{
    g_assert(value->line > 0 && value->column > 0);
    g_assert((value->kind == XEN_CONFIG_LIST) == (value->items != NULL));
    g_assert((value->kind == XEN_CONFIG_LIST) == (value->text == NULL));
    for (guint i = 0; value->items != NULL && i < value->items->len; i++) {
        check_value(g_ptr_array_index(value->items, i));
    }
}

static void check_dialect(XenDialect dialect, const char *data, size_t size)
{
    XenConfigTrouble trouble = {0};
    g_autoptr(XenConfigText) config = xen_config_text_read(dialect, data, size, &trouble);
    g_assert((config == NULL) == (trouble.message != NULL));
    for (guint i = 0; config != NULL && i < xen_config_text_count(config); i++) {
        const XenConfigSetting *setting = xen_config_text_nth(config, i);
        g_assert(setting->line > 0 && setting->column > 0);
        check_value(setting->value);
    }
    g_free(trouble.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_dialect(XEN_DIALECT_XL, (const char *)data, size);
    check_dialect(XEN_DIALECT_XM, (const char *)data, size);
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config =
        xen_config_text_parse("fuzz", (const char *)data, size, report);
    int exit_code = 0;
    g_autoptr(SimGuest) guest =
        config == NULL ? NULL : sim_guest_read("fuzz", config, report, &exit_code);
    if (guest != NULL) {
        g_free(sim_guest_option(guest, "mode"));
    }
    return 0;
}
