/* The reader of disk specifications against Xen's own (libxlutil): the same are accepted and
 * refused, with the same values and messages. */
#include "xenbackend/sim/sim_device.h"

#include <check.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

static const char *const disks[] = {
    "phy:/dev/vg/x,xvda,w",
    "file:/img,xvda,r",
    "file:/x.iso,hdc:cdrom,r",
    ",hdc:cdrom,r",
    "/dev/x,raw,xvda,rw",
    "/dev/x,,xvda,rw",
    "/dev/x,qcow2,xvda",
    "/dev/x",
    "nonsense",
    "",
    "/dev/x,raw",
    "/dev/x,raw,xvda,w!",
    "/dev/x,raw,xvda,rw,more",
    "format=qcow2,vdev=xvdb,access=ro,target=/a,b c",
    "vdev=xvda,target=/dev/x",
    "vdev=xvda,vdev=xvdb,target=/dev/x",
    "vdev=xvda",
    "target=/dev/x",
    "devtype=cdrom,vdev=hdc",
    "devtype=floppy,vdev=hdc",
    "cdrom,vdev=hdc,target=/x.iso",
    "format=vmdk,vdev=xvda,target=/x",
    "format=raw,format=qcow2,vdev=xvda,target=/x",
    "backendtype=phy,vdev=xvda,target=/x",
    "backendtype=usb,vdev=xvda,target=/x",
    "script=block-x,vdev=xvda,target=/x",
    "foo=b,vdev=xvda,target=/x",
    "foo:/dev/x,xvda,w",
    "raw:/img,xvda,w",
    "qcow2:/img,xvda,w",
    "vhd:/img,xvda,w",
    "tap2:/img,xvda,w",
    "tap:aio:/img,xvda,w",
    "nbd:host:1,xvda,w",
    "  phy:/dev/x,  xvda , w",
    "/dev/a=b,raw,xvda,w",
    "/dev/x,raw,xvda:cdrom,r",
    "/dev/x,raw,xvda:tape,r",
    "discard,no-discard,direct-io-safe,vdev=xvda,target=/x",
    "/dev/x,raw,xvda,access=ro",
    "backend=storage,vdev=xvda,target=/x",
    "backend=a,backend=b,vdev=xvda,target=/x",
    "backendtype=phy,backendtype=qdisk,vdev=xvda,target=/x",
    "discard,vdev=xvda,target=/x",
    "discard,vdev=xvda,target=/x,",
    "target=/x,vdev=xvda",
    "vdev=xvda,target=/x,,",
    "file:/img,ioemu:hda,w",
    "phy:ioemu:/img,hda,w",
    "colo,colo-host=h,colo-port=1,vdev=xvda,target=/x",
    "colo-port=none,vdev=xvda,target=/x",
    "specification=virtio,vdev=xvda,target=/x",
    "specification=scsi,vdev=xvda,target=/x",
    "/dev/x,raw,xvda,r,",
    "/dev/x,raw,,xvda",
    ",,hdc:cdrom",
    ",raw,hdc:cdrom,r",
    "empty,hdc:cdrom,r",
    "vdev=hdc,cdrom,format=empty",
    "/x.iso,,hdc:disk",
    "drbd:r0,xvda,w",
    "script=block-drbd,drbd:r0,xvda,w",
    "vdev=,target=/x",
    "vdev=,vdev=xvda,target=/x",
    "target=",
    "cdrom,vdev=hdc,target=",
};

static const char *const pieces[] = {
    "phy:",
    "file:",
    "tap:",
    "aio:",
    "qcow2:",
    "raw:",
    "nbd:",
    "foo:",
    "/dev/x",
    "/img",
    ",",
    ",",
    ",",
    ",",
    " ",
    "raw",
    "qcow2",
    "vhd",
    "empty",
    "xvda",
    "hdc:cdrom",
    "hda:disk",
    "sda:tape",
    "w",
    "r",
    "rw",
    "ro",
    "w!",
    "vdev=",
    "vdev=xvda",
    "target=/a,b",
    "target=",
    "access=ro",
    "access=x",
    "format=qed",
    "format=",
    "format=raw",
    "devtype=disk",
    "devtype=cdrom",
    "cdrom",
    "devtype=x",
    "discard",
    "script=s",
    "backend=b",
    "no-discard",
    "direct-io-safe",
    "a=b",
    "ab-c=de",
    "=",
    ":",
    "x",
    "A=",
    "backendtype=phy",
    "backendtype=",
    "backendtype=qdisk",
};

static void compare_flag(const char *text, const char *name, libxl_defbool theirs, XenFlag ours)
{
    XenFlag flag = libxl_defbool_is_default(theirs) ? XEN_FLAG_UNSAID
                   : libxl_defbool_val(theirs)      ? XEN_FLAG_YES
                                                    : XEN_FLAG_NO;
    ck_assert_msg(flag == ours, "%s: %s", text, name);
}

static void compare_text(const char *text, const char *name, const char *theirs, const char *ours)
{
    ck_assert_msg(g_strcmp0(theirs, ours) == 0, "%s: %s: '%s' for '%s'", text, name, ours, theirs);
}

static void compare_members(const char *text, const libxl_device_disk *theirs,
                            const XenDiskText *ours)
{
    compare_text(text, "target", theirs->pdev_path, ours->target);
    compare_text(text, "vdev", theirs->vdev, ours->vdev);
    compare_text(text, "format", libxl_disk_format_to_string(theirs->format), ours->format);
    compare_text(text, "script", theirs->script, ours->script);
    compare_text(text, "backend", theirs->backend_domname, ours->backend);
    compare_text(text, "backendtype",
                 theirs->backend != LIBXL_DISK_BACKEND_UNKNOWN
                     ? libxl_disk_backend_to_string(theirs->backend)
                     : NULL,
                 ours->backendtype);
    ck_assert_msg(ours->is_read_only == !theirs->readwrite, "%s: access", text);
    ck_assert_msg(ours->is_cdrom == theirs->is_cdrom, "%s: devtype", text);
    compare_flag(text, "discard", theirs->discard_enable, ours->discard);
    ck_assert_msg((ours->direct_io_safe == XEN_FLAG_YES) == theirs->direct_io_safe,
                  "%s: direct-io-safe", text);
}

/* What was read is written in one piece, and read again. */
static void check_again(const char *text, const XenDiskText *disk)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autofree char *formatted = sim_disk_format(disk);
    const char *piece = formatted;
    g_autoptr(XenDiskText) again = xen_disk_text_parse("F", &piece, 1, report);
    ck_assert_msg(again != NULL, "%s, as %s: %s", text, formatted, report->str);
    compare_text(text, "vdev again", disk->vdev, again->vdev);
    compare_text(text, "target again", disk->target, again->target);
    compare_text(text, "backend again", disk->backend, again->backend);
    ck_assert_int_eq(disk->discard, again->discard);
}

static void compare(const char *text, gboolean is_written)
{
    char *report_text = NULL;
    size_t report_length = 0;
    FILE *report = open_memstream(&report_text, &report_length);
    g_autoptr(GString) our_report = g_string_new(NULL);
    XLU_Config *config = xlu_cfg_init(report, "F");
    libxl_device_disk theirs;
    libxl_device_disk_init(&theirs);
    int error = xlu_disk_parse(config, 1, &text, &theirs);
    g_autoptr(XenDiskText) ours = xen_disk_text_parse("F", &text, 1, our_report);
    fflush(report);
    ck_assert_msg((error == 0) == (ours != NULL), "%s: xl says %d, we %s it", text, error,
                  ours != NULL ? "accept" : "refuse");
    ck_assert_msg(strcmp(our_report->str, report_text) == 0, "%s: xl prints '%s', we '%s'", text,
                  report_text, our_report->str);
    if (ours != NULL) {
        compare_members(text, &theirs, ours);
        if (is_written) {
            check_again(text, ours);
        }
    }
    libxl_device_disk_dispose(&theirs);
    xlu_cfg_destroy(config);
    fclose(report);
    free(report_text);
}

START_TEST(test_disk)
{
    compare(disks[_i], TRUE);
}
END_TEST

/* _i is the seed. */
START_TEST(test_generated)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint n = 0; n < 4000; n++) {
        g_string_truncate(text, 0);
        gint count = g_rand_int_range(rand, 1, 11);
        for (gint i = 0; i < count; i++) {
            g_string_append(text, pieces[g_rand_int_range(rand, 0, (gint)G_N_ELEMENTS(pieces))]);
        }
        compare(text->str, FALSE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xen_disk_text");
    TCase *cases = tcase_create("xen_disk_text");
    tcase_add_loop_test(cases, test_disk, 0, (int)G_N_ELEMENTS(disks));
    tcase_add_loop_test(cases, test_generated, 1, 6);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
