/* The rows of the spec's own tables: documents, hosts, domains. */
#include "spec/key_set.h"
#include "spec/key_words.h"
#include "spec/text_checks.h"

static const char *const words_state[] = {"running", "paused", "stopped", "absent", NULL};
static const char *const words_type[] = {"pv", "pvh", "hvm", NULL};
static const char *const words_type_xm[] = {"linux", "", "hvm", NULL};
static const char *const words_on_event[] = {"destroy",  "restart",          "rename-restart",
                                             "preserve", "coredump-destroy", "coredump-restart",
                                             NULL};
static const char *const words_on_event_seen[] = {
    "destroy",          "restart", "restart_rename", "preserve", "coredump_destroy",
    "coredump_restart", NULL};
static const char *const words_on_soft_reset[] = {
    "soft-reset", "destroy",          "restart",          "rename-restart",
    "preserve",   "coredump-destroy", "coredump-restart", NULL};
static const char *const words_on_soft_reset_seen[] = {
    "soft_reset", "destroy",          "restart",          "restart_rename",
    "preserve",   "coredump_destroy", "coredump_restart", NULL};
/* Those that leave no memory of the guest in a file of dom0. */
static const char *const words_no_dump[] = {"destroy",  "restart",    "rename-restart",
                                            "preserve", "soft-reset", NULL};
static const char *const words_true[] = {"true", NULL};
/* QEMU's others play on the sound card of dom0, or read from its devices. */
static const char *const words_usb_emulated[] = {"tablet", "mouse", "keyboard", "wacom-tablet",
                                                 NULL};
static const char *const words_mode[] = {"apply", "report", NULL};
static const char *const words_on_change[] = {"hold", "restart", NULL};
static const char *const words_on_guest_poweroff[] = {"start", "leave", NULL};
static const char *const words_on_failed_change[] = {"keep", "revert", NULL};
static const char *const words_migrate[] = {"live", "stop", NULL};
static const char *const words_bios[] = {"seabios", "ovmf", "rombios", NULL};
static const char *const words_hdtype[] = {"ide", "ahci", NULL};
static const char *const words_ms_vm_genid[] = {"generate", "none", NULL};
static const char *const words_passthrough[] = {"disabled", "enabled", "sync_pt", "share_pt", NULL};
/* Xen tools/libs/light/libxl_types.idl: viridian_enlightenment, and xl's own two. */
static const char *const words_viridian[] = {"all",
                                             "defaults",
                                             "base",
                                             "!base",
                                             "freq",
                                             "!freq",
                                             "time_ref_count",
                                             "!time_ref_count",
                                             "reference_tsc",
                                             "!reference_tsc",
                                             "hcall_remote_tlb_flush",
                                             "!hcall_remote_tlb_flush",
                                             "apic_assist",
                                             "!apic_assist",
                                             "crash_ctl",
                                             "!crash_ctl",
                                             "synic",
                                             "!synic",
                                             "stimer",
                                             "!stimer",
                                             "hcall_ipi",
                                             "!hcall_ipi",
                                             "ex_processor_masks",
                                             "!ex_processor_masks",
                                             "no_vp_limit",
                                             "!no_vp_limit",
                                             "cpu_hotplug",
                                             "!cpu_hotplug",
                                             NULL};
static const char *const words_altp2m[] = {"disabled", "mixed", "external", "limited", NULL};
static const char *const words_tsc_mode[] = {"default", "always_emulate", "native",
                                             "native_paravirt", NULL};
static const char *const words_timer_mode[] = {
    "delay_for_missed_ticks", "no_delay_for_missed_ticks", "no_missed_ticks_pending",
    "one_missed_tick_pending", NULL};
/* xm has no words for the modes. */
static const char *const words_numbers_xm[] = {"0", "1", "2", "3", NULL};
static const char *const words_mca_caps[] = {"lmce", NULL};
static const char *const words_vendor_device[] = {"none", "xenserver", NULL};
static const char *const words_vga[] = {"cirrus", "stdvga", "qxl", "none", NULL};
static const char *const words_vga_seen[] = {"cirrus", "std", "qxl", "none", NULL};
static const char *const words_gfx_passthru[] = {"igd", "default", NULL};
static const char *const words_device_model_version[] = {"qemu-xen", "qemu-xen-traditional", NULL};
static const char *const words_device_model_version_seen[] = {"qemu_xen", "qemu_xen_traditional",
                                                              NULL};

#define KEY(id, key_name, text, ...) {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow domain_rows[] = {
#include "spec/domain_keys.def"
};
static const KeyRow document_rows[] = {
#include "spec/document_keys.def"
};
static const KeyRow host_rows[] = {
#include "spec/host_keys.def"
};
#undef KEY

const KeyTable domain_keys = KEY_TABLE("a domain", domain_rows);
const KeyTable document_keys = KEY_TABLE("a document of the spec", document_rows);
const KeyTable host_keys = KEY_TABLE("a host", host_rows);
