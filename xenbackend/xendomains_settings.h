/* The settings of xendomains, Xen's own script that starts domains at boot: a file of shell
 * assignments, /etc/default/xendomains or /etc/sysconfig/xendomains (Xen
 * tools/hotplug/Linux/xendomains.in). */
#pragma once

#include <glib.h>

#define XENDOMAINS_SETTINGS_BYTES_MAX (256u * 1024)

/* Of each setting: */
typedef struct {
    char *folder;        /* NULL: not set; "": there is none */
    gboolean is_unclear; /* what it is set to needs a shell, or is no absolute path */
} XendomainsFolder;

typedef struct {
    XendomainsFolder configs; /* XENDOMAINS_AUTO: each file in it is started */
    XendomainsFolder images;  /* XENDOMAINS_SAVE: each file in it is restored, and removed */
} XendomainsSettings;

/* Reads LENGTH bytes. Never fails: of what does not look like an assignment to one of these,
 * nothing is known; the last assignment counts. To be cleared. */
void xendomains_settings_parse(const char *text, gsize length, XendomainsSettings *out);
void xendomains_settings_clear(XendomainsSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(XendomainsSettings, xendomains_settings_clear)
