/* What a host has once: a VNC display, the name of an interface, a device, a socket. Of two domains
 * that both want it the second one does not start. Domains that are not to run may keep what others
 * have. */
#include "spec/spec_steps.h"

#include <string.h>

/* Where QEMU listens when nothing is said: Xen tools/libs/light/libxl_create.c. */
#define VNC_ADDRESS "127.0.0.1"
/* What stands for all addresses, and for any one. */
#define VNC_ALL "0.0.0.0"
#define VNC_ANY "any"

typedef struct {
    const Domain *domain;
    Position where;
} OnceUse;

typedef struct {
    GHashTable *uses;
    const Domain *domain;
    Problems *problems;
} Claims;

GHashTable *once_uses_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static char *make_key(const Claims *claims, const char *kind, const char *what)
{
    const char *host = claims->domain->host != NULL ? claims->domain->host : "";
    return g_strdup_printf("%s %s %s", host, kind, what);
}

static const OnceUse *find(const Claims *claims, const char *kind, const char *what)
{
    g_autofree char *key = make_key(claims, kind, what);
    return g_hash_table_lookup(claims->uses, key);
}

/* The first one stays. */
static void keep(const Claims *claims, const char *kind, const char *what, Position where)
{
    char *key = make_key(claims, kind, what);
    if (g_hash_table_contains(claims->uses, key)) {
        g_free(key);
        return;
    }
    OnceUse use = {claims->domain, where};
    g_hash_table_insert(claims->uses, key, g_memdup2(&use, sizeof use));
}

static void warn(const Claims *claims, const OnceUse *first, const char *kind, const char *what,
                 const char *then, Position where)
{
    g_autofree char *place = spec_describe_place(first->where);
    problems_add_warning(
        claims->problems, where,
        "the %s %s of domain '%s' is also that of domain '%s' (%s), and a host has "
        "it once: %s",
        kind, what, claims->domain->name, first->domain->name, place, then);
}

static void claim(const Claims *claims, const char *kind, const char *what, Position where)
{
    const OnceUse *first = find(claims, kind, what);
    if (first != NULL && first->domain != claims->domain) {
        warn(claims, first, kind, what, "the second of them does not start", where);
    }
    keep(claims, kind, what, where);
}

/* ---- displays ---- */

/* The display of "ADDRESS:DISPLAY", which goes before `vncdisplay`: Xen
 * tools/libs/light/libxl_dm.c:libxl__build_device_model_args_new. NULL: there is none. */
static const char *display_in(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    return colon != NULL && colon[1] != '\0' && strspn(colon + 1, "0123456789") == strlen(colon + 1)
               ? colon + 1
               : NULL;
}

static void claim_display(const Claims *claims, const Value *listen, const Value *number)
{
    static const char then[] =
        "the second of them does not start, or takes the next free one (`vncunused`)";
    const char *address = listen != NULL ? listen->text : VNC_ADDRESS;
    const char *display = display_in(address);
    g_autofree char *host =
        g_strndup(address, display != NULL ? (gsize)(display - 1 - address) : strlen(address));
    g_autofree char *text = display != NULL  ? g_strdup(display)
                            : number != NULL ? g_strdup_printf("%" G_GINT64_FORMAT, number->integer)
                                             : NULL;
    if (text == NULL) {
        return;
    }
    static const char *const all[] = {"", VNC_ALL, "[::]", NULL};
    gboolean is_all = g_strv_contains(all, host);
    g_autofree char *here = g_strdup_printf("%s:%s", is_all ? VNC_ALL : host, text);
    g_autofree char *everywhere = g_strdup_printf("%s:%s", VNC_ALL, text);
    g_autofree char *anywhere = g_strdup_printf("%s:%s", VNC_ANY, text);
    Position where = display != NULL ? listen->where : number->where;
    const OnceUse *first = find(claims, "VNC display", is_all ? anywhere : here);
    first = first != NULL ? first : find(claims, "VNC display", everywhere);
    if (first != NULL && first->domain != claims->domain) {
        warn(claims, first, "VNC display", text, then, where);
    }
    keep(claims, "VNC display", here, where);
    keep(claims, "VNC display", anywhere, where);
}

static gboolean is_off(const Value *vnc)
{
    return vnc != NULL && vnc->integer == 0;
}

static void claim_displays(const Claims *claims)
{
    const Domain *domain = claims->domain;
    if (!is_off(domain_get(domain, DOMAIN_KEY_vnc))) {
        claim_display(claims, domain_get(domain, DOMAIN_KEY_vnclisten),
                      domain_get(domain, DOMAIN_KEY_vncdisplay));
    }
    const Value *displays = domain_get(domain, DOMAIN_KEY_vfb);
    for (guint i = 0; displays != NULL && i < displays->count; i++) {
        const Settings *vfb = displays->items[i].table;
        if (!is_off(settings_own(vfb, VFB_KEY_vnc))) {
            claim_display(claims, settings_own(vfb, VFB_KEY_vnclisten),
                          settings_own(vfb, VFB_KEY_vncdisplay));
        }
    }
}

/* ---- devices ---- */

/* "0000:01:00.0" of "01:00.0@6,permissive=1": who is where in the guest, and how, is another
 * matter. */
static void claim_pci(const Claims *claims)
{
    const Value *devices = domain_get(claims->domain, DOMAIN_KEY_pci);
    for (guint i = 0; devices != NULL && i < devices->count; i++) {
        const char *text = devices->items[i].text;
        g_autofree char *short_form = g_ascii_strdown(text, (gssize)strcspn(text, "@,"));
        g_autofree char *device = g_strconcat(
            strlen(short_form) > 4 && short_form[4] == ':' ? "" : "0000:", short_form, NULL);
        claim(claims, "PCI device", device, devices->items[i].where);
    }
}

static void claim_usb(const Claims *claims)
{
    const Value *devices = domain_get(claims->domain, DOMAIN_KEY_usbdev);
    for (guint i = 0; devices != NULL && i < devices->count; i++) {
        const Value *bus = settings_own(devices->items[i].table, USBDEV_KEY_hostbus);
        const Value *address = settings_own(devices->items[i].table, USBDEV_KEY_hostaddr);
        if (bus != NULL && address != NULL) {
            g_autofree char *device = g_strdup_printf("%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT,
                                                      bus->integer, address->integer);
            claim(claims, "USB device", device, devices->items[i].where);
        }
    }
}

/* A text that each of a list's devices may have. */
static void claim_texts(const Claims *claims, DomainKey list, guint key, const char *kind)
{
    const Value *devices = domain_get(claims->domain, list);
    for (guint i = 0; devices != NULL && i < devices->count; i++) {
        const Value *value = settings_own(devices->items[i].table, key);
        if (value != NULL) {
            claim(claims, kind, value->text, value->where);
        }
    }
}

void spec_check_once(GHashTable *uses, const Domain *domain, Problems *problems)
{
    Claims claims = {uses, domain, problems};
    if (!domain_is_to_run(domain)) {
        return;
    }
    claim_displays(&claims);
    claim_texts(&claims, DOMAIN_KEY_vifs, VIF_KEY_vifname, "interface");
    claim_texts(&claims, DOMAIN_KEY_channel, CHANNEL_KEY_path, "socket");
    claim_pci(&claims);
    claim_usb(&claims);
}
