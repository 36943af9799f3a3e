#include "tests/unit/libxl_domain.h"

#include "spec/key_table.h"

#include <libxl.h>
#include <string.h>
#include <yajl/yajl_version.h>
/* It needs the version, and asks for it only when its own configure script ran. */
#include <libxl_json.h>

static void set(libxl_defbool *out, gboolean value)
{
    libxl_defbool_set(out, value != FALSE);
}

static libxl_bitmap bits(guint64 map)
{
    libxl_bitmap bitmap = {8, g_memdup2(&map, sizeof map)};
    return bitmap;
}

static libxl_string_list texts(const char *first, const char *second)
{
    char **list = g_new0(char *, 3);
    list[0] = g_strdup(first);
    list[1] = g_strdup(second);
    return list;
}

/* What all types have. */
static void fill_common(libxl_domain_config *config)
{
    libxl_domain_build_info *build = &config->b_info;
    build->max_memkb = 2048 * 1024;
    build->target_memkb = 1024 * 1024 - 1; /* Xen's own may be 1 KiB short */
    build->max_vcpus = 4;
    build->avail_vcpus = bits(0x7);
    build->num_vcpu_hard_affinity = build->num_vcpu_soft_affinity = 2;
    build->vcpu_hard_affinity = g_new0(libxl_bitmap, 2);
    build->vcpu_soft_affinity = g_new0(libxl_bitmap, 2);
    for (guint i = 0; i < 2; i++) {
        build->vcpu_hard_affinity[i] = bits(0x2f);
        build->vcpu_soft_affinity[i] = bits(i == 0 ? 0x6 : 0x8);
    }
    build->sched_params.weight = 300;
    build->sched_params.cap = 50;
    build->shadow_memkb = 8 * 1024;
    set(&build->vpmu, TRUE);
    build->vmtrace_buf_kb = 64;
    set(&build->disable_migrate, TRUE);
    build->max_grant_frames = 70;
    build->max_maptrack_frames = 71;
    build->max_grant_version = 1;
    build->event_channels = 500;
    build->kernel = g_strdup("/boot//vmlinuz");
    build->ramdisk = g_strdup("/boot/initrd");
    build->cmdline = g_strdup("root=/dev/xvda1 ro quiet");
    build->device_tree = g_strdup("/etc/xen/guest.dtb");
    build->tsc_mode = LIBXL_TSC_MODE_NATIVE;
    set(&build->localtime, TRUE);
    build->rtc_timeoffset = (uint32_t)-3600;
    build->extra = texts("-a", "b c");
    build->device_model_version = LIBXL_DEVICE_MODEL_VERSION_QEMU_XEN;
    build->device_model = g_strdup("/usr/bin/qemu");
    config->c_info.pool_name = g_strdup("fast");
    set(&config->c_info.driver_domain, TRUE);
    config->c_info.passthrough = LIBXL_PASSTHROUGH_SHARE_PT;
    config->on_poweroff = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE;
    config->on_reboot = LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME;
    config->on_crash = LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART;
    config->on_watchdog = LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY;
    config->on_soft_reset = LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET;
}

static void fill_with_platform(libxl_domain_config *config)
{
    libxl_domain_build_info *build = &config->b_info;
    set(&build->acpi, FALSE);
    set(&build->nested_hvm, TRUE);
    build->altp2m = LIBXL_ALTP2M_MODE_EXTERNAL;
    build->timer_mode = LIBXL_TIMER_MODE_ONE_MISSED_TICK_PENDING;
    set(&config->c_info.hap, FALSE);
    set(&config->c_info.oos, FALSE);
}

static void fill_with_bootloader(libxl_domain_config *config)
{
    libxl_domain_build_info *build = &config->b_info;
    build->bootloader = g_strdup("pygrub");
    build->bootloader_args = texts("--entry", "1");
    build->extra_pv = texts("-p", NULL);
}

static void fill_display(libxl_vnc_info *vnc, libxl_sdl_info *sdl, char **keymap)
{
    set(&vnc->enable, TRUE);
    vnc->listen = g_strdup("127.0.0.1");
    vnc->passwd = g_strdup("hidden");
    vnc->display = 3;
    set(&vnc->findunused, FALSE);
    set(&sdl->enable, TRUE);
    set(&sdl->opengl, TRUE);
    sdl->display = g_strdup(":0");
    sdl->xauthority = g_strdup("/root/.Xauthority");
    *keymap = g_strdup("de");
}

static void fill_hvm(libxl_domain_config *config)
{
    libxl_domain_build_info *build = &config->b_info;
    fill_with_platform(config);
    set(&build->apic, FALSE);
    set(&build->arch_x86.msr_relaxed, TRUE);
    set(&build->u.hvm.pae, FALSE);
    set(&build->u.hvm.nx, FALSE);
    set(&build->u.hvm.hpet, FALSE);
    set(&build->u.hvm.vpt_align, FALSE);
    set(&build->u.hvm.acpi_s3, FALSE);
    set(&build->u.hvm.acpi_s4, FALSE);
    set(&build->u.hvm.acpi_laptop_slate, TRUE);
    set(&build->u.hvm.viridian, TRUE);
    build->u.hvm.mmio_hole_memkb = 512 * 1024;
    set(&build->u.hvm.xen_platform_pci, FALSE);
    build->u.hvm.vendor_device = LIBXL_VENDOR_DEVICE_XENSERVER;
    build->u.hvm.firmware = g_strdup("/usr/lib/xen/boot/hvmloader");
    build->u.hvm.bios = LIBXL_BIOS_TYPE_OVMF;
    build->u.hvm.system_firmware = g_strdup("/usr/lib/ovmf.bin");
    build->u.hvm.smbios_firmware = g_strdup("/srv/smbios");
    build->u.hvm.acpi_firmware = g_strdup("/srv/acpi");
    build->u.hvm.boot = g_strdup("dc");
    build->u.hvm.hdtype = LIBXL_HDTYPE_AHCI;
    build->u.hvm.vga.kind = LIBXL_VGA_INTERFACE_TYPE_STD;
    build->video_memkb = 16 * 1024;
    fill_display(&build->u.hvm.vnc, &build->u.hvm.sdl, &build->u.hvm.keymap);
    set(&build->u.hvm.spice.enable, TRUE);
    build->u.hvm.spice.passwd = g_strdup("hidden");
    set(&build->u.hvm.nographic, FALSE);
    set(&build->u.hvm.gfx_passthru, TRUE);
    set(&build->u.hvm.vkb_device, FALSE);
    build->u.hvm.soundhw = g_strdup("hda");
    build->u.hvm.serial_list = texts("pty", "/dev/ttyS0");
    set(&build->u.hvm.usb, TRUE);
    build->u.hvm.usbversion = 2;
    build->u.hvm.usbdevice = g_strdup("tablet");
    set(&build->device_model_stubdomain, TRUE);
    build->stubdomain_kernel = g_strdup("/srv/stub");
    build->stubdomain_ramdisk = g_strdup("/srv/stub.cpio");
    build->stubdomain_cmdline = g_strdup("debug");
    build->stubdomain_memkb = 128 * 1024;
    build->extra_hvm = texts("-h", NULL);
    build->device_model_user = g_strdup("qemu");
    set(&build->dm_restrict, TRUE);
}

static void fill_pvh(libxl_domain_config *config)
{
    libxl_domain_build_info *build = &config->b_info;
    fill_with_platform(config);
    fill_with_bootloader(config);
    set(&build->u.pvh.pvshim, TRUE);
    build->u.pvh.pvshim_path = g_strdup("/srv/shim");
    build->u.pvh.pvshim_cmdline = g_strdup("shim");
    build->u.pvh.pvshim_extra = g_strdup("more");
}

static void fill_pv(libxl_domain_config *config)
{
    fill_with_bootloader(config);
    set(&config->b_info.u.pv.e820_host, TRUE);
    set(&config->c_info.xend_suspend_evtchn_compat, TRUE);
}

static void fill_disks(libxl_domain_config *config)
{
    config->num_disks = 3;
    config->disks = g_new0(libxl_device_disk, 3);
    for (guint i = 0; i < 3; i++) {
        libxl_device_disk_init(&config->disks[i]);
    }
    libxl_device_disk *disk = config->disks;
    disk->vdev = g_strdup("xvda");
    disk->pdev_path = g_strdup("/dev/vg0/a");
    disk->format = LIBXL_DISK_FORMAT_RAW;
    disk->backend = LIBXL_DISK_BACKEND_PHY;
    disk->readwrite = 1;
    disk->removable = 1;
    disk->script = g_strdup("block-iscsi");
    disk->backend_domname = g_strdup("storage");
    set(&disk->discard_enable, FALSE);
    disk->direct_io_safe = true;
    set(&disk->trusted, FALSE);
    disk++;
    disk->vdev = g_strdup("hdc");
    disk->is_cdrom = 1;
    disk->removable = 1;
    disk->format = LIBXL_DISK_FORMAT_EMPTY;
    disk++;
    disk->vdev = g_strdup("xvdb");
    disk->pdev_path = g_strdup("/srv/b.qcow2");
    disk->format = LIBXL_DISK_FORMAT_QCOW2;
    disk->colo_host = g_strdup("other");
}

static void fill_nics(libxl_domain_config *config)
{
    static const guint8 mac[6] = {0x00, 0x16, 0x3e, 0x0a, 0xff, 0x01};
    config->num_nics = 2;
    config->nics = g_new0(libxl_device_nic, 2);
    libxl_device_nic *nic = config->nics;
    libxl_device_nic_init(nic);
    memcpy(nic->mac, mac, sizeof mac);
    nic->devid = 3;
    nic->mtu = 1400;
    nic->model = g_strdup("e1000");
    nic->ip = g_strdup("192.0.2.1");
    nic->bridge = g_strdup("xenbr0");
    nic->ifname = g_strdup("web0");
    nic->script = g_strdup("vif-route");
    nic->nictype = LIBXL_NIC_TYPE_VIF;
    nic->rate_bytes_per_interval = 62500;
    nic->rate_interval_usecs = 50000;
    nic->gatewaydev = g_strdup("eth0");
    nic->backend_domname = g_strdup("net");
    set(&nic->trusted, TRUE);
    libxl_device_nic_init(&config->nics[1]);
    config->nics[1].rate_bytes_per_interval = 5000;
    config->nics[1].rate_interval_usecs = 20000;
}

static void fill_host_devices(libxl_domain_config *config)
{
    static const libxl_ioport_range ports[] = {{0x2f8, 8}, {0x60, 1}};
    static const uint32_t irqs[] = {5, 7};
    libxl_domain_build_info *build = &config->b_info;
    build->num_ioports = 2;
    build->ioports = g_memdup2(ports, sizeof ports);
    build->num_irqs = 2;
    build->irqs = g_memdup2(irqs, sizeof irqs);
    build->num_iomem = 2;
    build->iomem = g_new0(libxl_iomem_range, 2);
    libxl_iomem_range_init(&build->iomem[0]);
    build->iomem[0].start = 0xfe000;
    build->iomem[0].number = 1;
    build->iomem[1].start = 0xa0;
    build->iomem[1].number = 0x20;
    build->iomem[1].gfn = 0xb0;
    config->num_pcidevs = 2;
    config->pcidevs = g_new0(libxl_device_pci, 2);
    config->pcidevs[0].bus = 1;
    config->pcidevs[0].func = 1;
    config->pcidevs[0].permissive = true;
    config->pcidevs[0].vdevfn = 6 << 3;
    config->pcidevs[1].domain = 0x10;
    config->pcidevs[1].dev = 0x1f;
    config->pcidevs[1].vfunc_mask = UINT32_MAX;
    config->num_dtdevs = 1;
    config->dtdevs = g_new0(libxl_device_dtdev, 1);
    config->dtdevs->path = g_strdup("/soc/uart");
}

static void fill_usb(libxl_domain_config *config)
{
    config->num_usbctrls = config->num_usbdevs = 1;
    config->usbctrls = g_new0(libxl_device_usbctrl, 1);
    libxl_device_usbctrl_init(config->usbctrls);
    config->usbctrls->type = LIBXL_USBCTRL_TYPE_DEVICEMODEL;
    config->usbctrls->version = 2;
    config->usbctrls->ports = 8;
    config->usbdevs = g_new0(libxl_device_usbdev, 1);
    libxl_device_usbdev_init(config->usbdevs);
    libxl_device_usbdev_init_type(config->usbdevs, LIBXL_USBDEV_TYPE_HOSTDEV);
    config->usbdevs->ctrl = 1;
    config->usbdevs->port = 2;
    config->usbdevs->u.hostdev.hostbus = 3;
    config->usbdevs->u.hostdev.hostaddr = 4;
}

static void fill_others(libxl_domain_config *config)
{
    config->num_vkbs = config->num_vfbs = 1;
    config->vkbs = g_new0(libxl_device_vkb, 1);
    libxl_device_vkb_init(config->vkbs);
    config->vkbs->backend_type = LIBXL_VKB_BACKEND_LINUX;
    config->vkbs->unique_id = g_strdup("k1");
    config->vkbs->feature_abs_pointer = true;
    config->vkbs->width = 800;
    config->vfbs = g_new0(libxl_device_vfb, 1);
    libxl_device_vfb_init(config->vfbs);
    fill_display(&config->vfbs->vnc, &config->vfbs->sdl, &config->vfbs->keymap);
    config->num_channels = 2;
    config->channels = g_new0(libxl_device_channel, 2);
    for (guint i = 0; i < 2; i++) {
        libxl_device_channel_init(&config->channels[i]);
        libxl_device_channel_init_connection(&config->channels[i],
                                             i == 0 ? LIBXL_CHANNEL_CONNECTION_PTY
                                                    : LIBXL_CHANNEL_CONNECTION_SOCKET);
        config->channels[i].name = g_strdup_printf("c%u", i);
    }
    config->channels[1].u.socket.path = g_strdup("/run/c1");
}

static char *json_of(libxl_domain_config *config)
{
    yajl_gen generator = libxl_yajl_gen_alloc(NULL);
    const unsigned char *text = NULL;
    size_t length = 0;
    g_assert(libxl_domain_config_gen_json(generator, config) == yajl_gen_status_ok);
    g_assert(yajl_gen_get_buf(generator, &text, &length) == yajl_gen_status_ok);
    char *json = g_strdup_printf("[{\"domid\": 7, \"config\": %.*s}]", (int)length, text);
    yajl_gen_free(generator);
    return json;
}

static void fill_all(guint guest, libxl_domain_config *config)
{
    fill_common(config);
    if (guest == GUEST_HVM) {
        fill_hvm(config);
    } else if (guest == GUEST_PVH) {
        fill_pvh(config);
    } else {
        fill_pv(config);
    }
    fill_disks(config);
    fill_nics(config);
    fill_host_devices(config);
    fill_usb(config);
    fill_others(config);
}

char *libxl_domain_json(guint guest, gboolean is_full)
{
    libxl_domain_config config;
    libxl_domain_config_init(&config);
    config.c_info.type = guest == GUEST_HVM   ? LIBXL_DOMAIN_TYPE_HVM
                         : guest == GUEST_PVH ? LIBXL_DOMAIN_TYPE_PVH
                                              : LIBXL_DOMAIN_TYPE_PV;
    libxl_domain_build_info_init_type(&config.b_info, config.c_info.type);
    config.b_info.target_memkb = config.b_info.max_memkb = 65536;
    config.b_info.video_memkb = 0;
    if (is_full) {
        fill_all(guest, &config);
    }
    char *json = json_of(&config);
    libxl_domain_config_dispose(&config);
    return json;
}
