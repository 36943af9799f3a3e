/* Checks of texts that key rows name: each returns NULL when the text is right, or what was
 * expected. */
#pragma once

#include <glib.h>

const char *check_cpus(const char *text); /* "all", "0-3,^2", "nodes:1" */
const char *check_vdev(const char *text); /* xvda, hda1, sdb, d0p1 */
const char *check_disk_path(
    const char *text); /* a path that a disk string can carry, or a text that begins otherwise */
const char *check_in_string(
    const char *text); /* no comma or blank at the ends: vif strings have no quoting */
const char *check_word(const char *text);      /* [A-Za-z0-9_.-]+ */
const char *check_interface(const char *text); /* a network interface's name */
const char *check_program(const char *text);   /* a bare name or an absolute path */
const char *check_address(const char *text);   /* ^[A-Za-z0-9.:-]+$: xl passes it through a shell */
const char *check_path(const char *text);      /* absolute, no "." or ".." parts, no "//" */
const char *check_domain_name(const char *text);
const char *check_transport(
    const char *text); /* a command of plain words: xl passes it through a shell */
const char *check_label(const char *text); /* of hosts, profiles and fleets */

/* What xl's own syntaxes take within a text (text_checks_xen.c). */
const char *check_backend(const char *text);   /* the name or number of a domain that serves */
const char *check_words(const char *text);     /* words with commas between */
const char *check_quota(const char *text);     /* NAME=NUMBER */
const char *check_firmware(const char *text);  /* uefi, bios, pvgrub64, ..., or an absolute path */
const char *check_boot(const char *text);      /* [acdn]+, each once */
const char *check_seclabel(const char *text);  /* user:role:type */
const char *check_cpuid(const char *text);     /* "host,KEY=VALUE", "LEAF:REGISTER=BITS" */
const char *check_vnclisten(const char *text); /* ADDRESS[:DISPLAY] */
/* Can an address that check_vnclisten() takes be reached from its host alone? *HAS_DISPLAY: it
 * names a display, too. */
gboolean listens_locally(const char *text, gboolean *has_display);
const char *check_serial(const char *text);    /* a character device of the device model */
const char *check_usbdevice(const char *text); /* tablet, host:1.2, host:04b4:1020 */
const char *check_pci(const char *text);       /* [DDDD:]BB:DD.F[@SLOT][,KEY=VALUE] */
const char *check_ioports(const char *text);   /* 2f8, 2f8-2ff */
const char *check_iomem(const char *text);     /* START,COUNT[@PAGE] */
const char *check_rate(const char *text);      /* 10Mb/s[@20ms] */
const char *check_vlan(const char *text);      /* 10, 10p/20, 100+10x4 */

/* What xm takes less of (text_checks_xm.c). */
const char *check_xm_cpus(const char *text);  /* 0-3,^1: no words, no ranges that are left out */
const char *check_xm_cpuid(const char *text); /* LEAF:REGISTER=BITS: no policy */
const char *check_xm_pci(const char *text);   /* of the options, msitranslate and power_mgmt */
const char *check_xm_rate(const char *text);  /* 10Mb/s@20ms: the interval with its unit */
const char *check_xm_vdev(const char *text);  /* xvda, hdc, sdb1: not d0p1 */
const char *check_xm_vnclisten(const char *text); /* an address without a display */
/* "/a//b/./c/" -> "/a/b/c": the same file, as check_path() has it. To be freed. */
char *path_tidy(const char *text);
