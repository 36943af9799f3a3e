/* What is started on a host beside xensure: where its xendomains looks, and libvirt. */
#include "xenbackend/file.h"
#include "xenbackend/xen_host_parts.h"
#include "xenbackend/xendomains_settings.h"

#include <string.h>

#define DEFAULT_CONFIG_DIR "/etc/xen"
#define DEFAULT_IMAGES_DIR "/var/lib/xen/save"

/* One of them, by the distribution: Xen tools/hotplug/Linux/xendomains.in. */
static const char *const settings_files[] = {"/etc/default/xendomains", "/etc/sysconfig/xendomains",
                                             NULL};

/* What XendomainsPlaces points into. */
typedef struct {
    char *auto_dir;
    char *images_dir;
    char *trouble;
    XendomainsPlaces places;
} Boot;

static void boot_clear(Boot *boot)
{
    g_free(boot->auto_dir);
    g_free(boot->images_dir);
    g_free(boot->trouble);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Boot, boot_clear)

static void read_settings(const XenHost *host, XendomainsSettings *settings, Boot *boot)
{
    for (guint i = 0; host->root != NULL && settings_files[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_strconcat(host->root, settings_files[i], NULL);
        g_autoptr(GBytes) bytes = file_read(path, XENDOMAINS_SETTINGS_BYTES_MAX, &error);
        if (bytes != NULL) {
            gsize length = 0;
            const char *text = g_bytes_get_data(bytes, &length);
            xendomains_settings_parse(text != NULL ? text : "", length, settings);
            return;
        }
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
            boot->trouble = g_strdup(error->message);
            return;
        }
    }
}

/* The folder that a setting names, or OTHERWISE; NULL: none, or it is not known. */
static char *choose_folder(const XenHost *host, Boot *boot, const XendomainsFolder *setting,
                           const char *name, const char *otherwise)
{
    if (setting->is_unclear && boot->trouble == NULL) {
        boot->trouble = g_strdup_printf(
            "expected an absolute path for %s in the settings of xendomains, found something else",
            name);
    }
    if (setting->is_unclear || (setting->folder != NULL && *setting->folder == '\0')) {
        return NULL;
    }
    return g_strconcat(host->root, setting->folder != NULL ? setting->folder : otherwise, NULL);
}

static void find_places(const XenHost *host, Boot *boot)
{
    g_auto(XendomainsSettings) settings = {0};
    read_settings(host, &settings, boot);
    gboolean is_default = strcmp(host->config_dir, DEFAULT_CONFIG_DIR) == 0;
    gboolean is_set = settings.configs.is_unclear || settings.configs.folder != NULL;
    boot->auto_dir = is_default && is_set
                         ? choose_folder(host, boot, &settings.configs, "XENDOMAINS_AUTO", NULL)
                         : g_build_filename(host->config_dir, "auto", NULL);
    boot->images_dir = host->root != NULL ? choose_folder(host, boot, &settings.images,
                                                          "XENDOMAINS_SAVE", DEFAULT_IMAGES_DIR)
                                          : NULL;
    boot->places = (XendomainsPlaces){.auto_dir = boot->auto_dir,
                                      .images_dir = boot->images_dir,
                                      .config_dir = host->config_dir,
                                      .program = host->toolstack->program,
                                      .trouble = boot->trouble};
}

Xendomains *xen_host_look_at_xendomains(const XenHost *host)
{
    g_auto(Boot) boot = {0};
    find_places(host, &boot);
    return xendomains_look(&boot.places);
}

Libvirt *xen_host_look_at_libvirt(const XenHost *host)
{
    return libvirt_look(host->root);
}

gboolean xen_host_remove_boot_links(gpointer data, const char *name, GError **error)
{
    const XenHost *host = data;
    g_auto(Boot) boot = {0};
    find_places(host, &boot);
    return xendomains_remove_links(&boot.places, name, error);
}

char **xen_host_find_boot_links(gpointer data, const char *name)
{
    g_autoptr(Xendomains) xendomains = xen_host_look_at_xendomains(data);
    return xendomains_find_links(xendomains, name);
}

gboolean xen_host_put_boot_link(gpointer data, const char *path, const char *name, GError **error)
{
    const XenHost *host = data;
    g_auto(Boot) boot = {0};
    find_places(host, &boot);
    return xendomains_put_link(&boot.places, path, name, error);
}
