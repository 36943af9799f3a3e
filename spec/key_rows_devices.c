/* The rows of the tables of devices, which stand in lists of a domain. */
#include "spec/key_words.h"
#include "spec/text_checks.h"

static const char *const words_access[] = {"rw", "ro", NULL};
static const char *const words_access_xm[] = {"w", "r", NULL};
static const char *const words_access_seen[] = {"1", "0", NULL};
static const char *const words_devtype[] = {"disk", "cdrom", NULL};
static const char *const words_devtype_seen[] = {"0", "1", NULL};
static const char *const words_disk_format[] = {"raw", "qcow", "qcow2", "vhd", "qed", NULL};
/* What stands before the path; a raw one has its driver there. Xen up to 4.4,
 * tools/python/xen/xend/server/BlktapController.py. */
static const char *const words_disk_format_xm[] = {"raw",      "tap:qcow", "tap:qcow2",
                                                   "tap2:vhd", "",         NULL};
static const char *const words_backendtype[] = {"phy", "qdisk", "tap", "standalone", NULL};
static const char *const words_driver[] = {"phy", "file", "tap:aio", "tap2:tapdisk:aio", NULL};
static const char *const words_driver_xl[] = {"phy", "phy", "qdisk", "qdisk", NULL};
static const char *const words_vif_type[] = {"ioemu", "vif", NULL};
static const char *const words_vif_type_seen[] = {"vif_ioemu", "vif", NULL};
static const char *const words_vkb_backend[] = {"qemu", "linux", NULL};
static const char *const words_usbctrl_type[] = {"auto", "pv", "devicemodel", "qusb", NULL};
static const char *const words_usbdev_type[] = {"hostdev", NULL};
static const char *const words_channel_connection[] = {"pty", "socket", NULL};

#define KEY(id, key_name, text, ...) {.name = key_name, .doc = text, __VA_ARGS__},
static const KeyRow disk_rows[] = {
#include "spec/disk_keys.def"
};
static const KeyRow vif_rows[] = {
#include "spec/vif_keys.def"
};
static const KeyRow vfb_rows[] = {
#include "spec/vfb_keys.def"
};
static const KeyRow vkb_rows[] = {
#include "spec/vkb_keys.def"
};
static const KeyRow usbctrl_rows[] = {
#include "spec/usbctrl_keys.def"
};
static const KeyRow usbdev_rows[] = {
#include "spec/usbdev_keys.def"
};
static const KeyRow channel_rows[] = {
#include "spec/channel_keys.def"
};
#undef KEY

const KeyTable disk_keys = KEY_TABLE("a disk", disk_rows);
const KeyTable vif_keys = KEY_TABLE("a vif", vif_rows);
const KeyTable vfb_keys = KEY_TABLE("a vfb", vfb_rows);
const KeyTable vkb_keys = KEY_TABLE("a vkb", vkb_rows);
const KeyTable usbctrl_keys = KEY_TABLE("a usbctrl", usbctrl_rows);
const KeyTable usbdev_keys = KEY_TABLE("a usbdev", usbdev_rows);
const KeyTable channel_keys = KEY_TABLE("a channel", channel_rows);
