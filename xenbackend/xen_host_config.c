/* The config files of a host: compared, written, removed; never one that somebody else wrote. */
#include "reconcile/record_settings.h"
#include "xenbackend/file.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_config_password.h"
#include "xenbackend/xen_host_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1024u * 1024)

char *xen_host_config_path(const XenHost *host, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".cfg", NULL);
    return g_build_filename(host->config_dir, file, NULL);
}

gboolean xen_host_write_text(const XenHost *host, const Domain *domain, const char *uuid,
                             GString *out, GError **error)
{
    return xen_config_write(host->toolstack->dialect, domain, uuid, out, error) &&
           (host->vnc_password == NULL ||
            xen_config_add_password(domain, host->vnc_password, out, error));
}

/* ---- comparing ---- */

typedef struct {
    const XenHost *host;
    int folder;    /* of config files; -1: it is not there */
    GString *text; /* to write a config into */
    GHashTable *configs;
    const Xendomains *xendomains;
    const Libvirt *libvirt;
} Comparison;

static gboolean is_same_text(const char *text, gsize length, const GString *wanted)
{
    const char *body = xen_config_skip_comment(text, &length);
    return length == wanted->len && memcmp(body, wanted->str, length) == 0;
}

/* Are the two the same but for a password? */
static gboolean differs_in_password(const char *text, gsize length, const GString *wanted)
{
    g_autofree char *digest = xen_config_digest(text, length);
    g_autofree char *wanted_digest = xen_config_digest(wanted->str, wanted->len);
    return strcmp(digest, wanted_digest) == 0;
}

/* Compares one file; FOLDER -1: it is not there, and no file in it. A file that is there and cannot
 * be read is not ours. Neither is a link, wherever it leads: xensure writes files. */
static ObservedConfig *compare_file(int folder, const char *name, const GString *wanted,
                                    const char *recorded_digest)
{
    ObservedConfig *config = g_new0(ObservedConfig, 1);
    g_autofree char *file = g_strconcat(name, ".cfg", NULL);
    g_autoptr(GError) error = NULL;
    if (folder < 0) {
        return config;
    }
    g_autoptr(GBytes) bytes = file_read_at(folder, file, CONFIG_BYTES_MAX, &error);
    if (bytes == NULL && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_LOOP)) {
        config->exists = TRUE;
        return config;
    }
    if (bytes == NULL) {
        config->exists = !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        config->obstacle =
            config->exists ? g_strdup_printf("its config file is in the way: %s", error->message)
                           : NULL;
        return config;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    char uuid[UUID_SIZE];
    config->exists = TRUE;
    config->is_ours = text != NULL && xen_config_is_ours(text, length, uuid);
    config->is_wanted = config->is_ours && wanted != NULL && is_same_text(text, length, wanted);
    if (config->is_wanted && recorded_digest != NULL) {
        /* Nobody will ask what else it could be. */
        config->is_as_recorded = TRUE;
        return config;
    }
    config->differs_in_password = config->is_ours && wanted != NULL && !config->is_wanted &&
                                  differs_in_password(text, length, wanted);
    config->digest = xen_config_digest(text != NULL ? text : "", length);
    config->is_as_recorded = g_strcmp0(config->digest, recorded_digest) == 0;
    return config;
}

/* Adds what others would do with the domain, and puts the config in. */
static void put_config(Comparison *comparison, const char *name, ObservedConfig *config)
{
    const Xendomains *xendomains = comparison->xendomains;
    config->boot_link = g_strdup(xendomains_find_link(xendomains, name));
    if (config->obstacle == NULL) {
        config->obstacle = xendomains_find_obstacle(xendomains, name);
    }
    if (config->obstacle == NULL) {
        config->obstacle = libvirt_find_obstacle(comparison->libvirt, name);
    }
    g_hash_table_insert(comparison->configs, g_strdup(name), config);
}

static gboolean compare_wanted(Comparison *comparison, const Domain *domain,
                               const RecordDomain *recorded, GError **error)
{
    GString *text = comparison->text;
    g_string_truncate(text, 0);
    if (!xen_host_write_text(comparison->host, domain, record_uuid_of(recorded, domain), text,
                             error)) {
        return FALSE;
    }
    put_config(comparison, domain->name,
               compare_file(comparison->folder, domain->name, text,
                            recorded != NULL ? recorded->config_digest : NULL));
    return TRUE;
}

static gboolean compare_spec(Comparison *comparison, const Spec *desired, const Record *record,
                             const char *host_name, GError **error)
{
    for (guint i = 0; i < desired->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(desired->domains, i);
        if (domain_is_on(domain, host_name) &&
            !compare_wanted(comparison, domain, record_find(record, domain->name), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* What is there under the names that a domain had before, unless that was looked at. */
static void compare_former_names(Comparison *comparison, const RecordDomain *recorded)
{
    for (guint i = 0; i < recorded->former_names->len; i++) {
        const FormerName *former = g_ptr_array_index(recorded->former_names, i);
        if (!g_hash_table_contains(comparison->configs, former->name)) {
            put_config(comparison, former->name,
                       compare_file(comparison->folder, former->name, NULL, former->config_digest));
        }
    }
}

/* What is there of a domain that the spec does not have, or gives to another host. */
static void compare_unwanted(Comparison *comparison, const Spec *desired,
                             const RecordDomain *recorded)
{
    ObservedConfig *config =
        compare_file(comparison->folder, recorded->name, NULL, recorded->config_digest);
    if (spec_find(desired, recorded->name) != NULL) {
        /* No file of it is to be written here, so that nothing is in the way of one. */
        g_clear_pointer(&config->obstacle, g_free);
    }
    put_config(comparison, recorded->name, config);
}

static void compare_recorded(Comparison *comparison, const Spec *desired, const Record *record)
{
    GHashTableIter iterator;
    gpointer value;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const RecordDomain *recorded = value;
        if (!g_hash_table_contains(comparison->configs, recorded->name)) {
            compare_unwanted(comparison, desired, recorded);
        }
    }
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        compare_former_names(comparison, value);
    }
}

/* Of another host's domains, those that would be started here at boot. */
static void compare_linked(Comparison *comparison, const Spec *desired, const char *host_name)
{
    g_autoptr(GList) names = xendomains_linked_names(comparison->xendomains);
    for (const GList *link = names; link != NULL; link = link->next) {
        const Domain *domain = spec_find(desired, link->data);
        if (domain != NULL && !domain_is_on(domain, host_name)) {
            put_config(comparison, domain->name,
                       compare_file(comparison->folder, domain->name, NULL, NULL));
        }
    }
}

GHashTable *xen_host_compare_configs(XenHost *host, const Spec *desired, const Record *record,
                                     const char *host_name, GError **error)
{
    int folder = open(host->config_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno != ENOENT) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_FOLDER, "cannot read the folder %s: %s",
                    host->config_dir, g_strerror(errno));
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GHashTable) configs = observed_configs_new();
    g_autoptr(Xendomains) xendomains = xen_host_look_at_xendomains(host);
    g_autoptr(Libvirt) libvirt = xen_host_look_at_libvirt(host);
    Comparison comparison = {host, folder, text, configs, xendomains, libvirt};
    gboolean is_good = compare_spec(&comparison, desired, record, host_name, error);
    compare_recorded(&comparison, desired, record);
    compare_linked(&comparison, desired, host_name);
    if (folder >= 0) {
        close(folder);
    }
    return is_good ? g_steal_pointer(&configs) : NULL;
}

/* ---- changing ---- */

void xen_host_remove_leftovers(const XenHost *host)
{
    file_remove_leftovers(host->config_dir);
    file_remove_leftovers(host->replaced_dir);
}

gboolean xen_host_prepare_configs(XenHost *host, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (!file_make_folder(host->config_dir, 0755, &failure)) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_FOLDER,
                    "cannot use the folder of config files: %s", failure->message);
        return FALSE;
    }
    if (access(host->config_dir, R_OK | W_OK | X_OK) != 0) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_FOLDER,
                    "cannot write config files into %s: %s", host->config_dir, g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

/* Keeps a copy of what is about to be replaced: replaced/<name>.cfg.<time>.<n>. */
static gboolean copy_aside(const XenHost *host, const char *name, GBytes *bytes, GError **error)
{
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    if (!file_make_folder(host->replaced_dir, 0700, error)) {
        return FALSE;
    }
    g_autoptr(GDateTime) time = g_date_time_new_now_utc();
    g_autofree char *stamp = g_date_time_format(time, "%Y%m%dT%H%M%SZ");
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *file = g_strdup_printf("%s.cfg.%s.%u", name, stamp, i);
        g_autofree char *path = g_build_filename(host->replaced_dir, file, NULL);
        g_autoptr(GError) failure = NULL;
        if (file_create(path, text, length, 0600, &failure)) {
            return TRUE;
        }
        if (!g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_EXIST)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
    }
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST, "too many copies of %s in %s", name,
                host->replaced_dir);
    return FALSE;
}

static gboolean is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* What is at PATH; of a link that leads nowhere, where it leads. NULL without an error: nothing. */
static GBytes *read_present(const char *path, gboolean is_linked, GError **error)
{
    g_autoptr(GError) failure = NULL;
    GBytes *bytes = file_read(path, CONFIG_BYTES_MAX, &failure);
    if (bytes != NULL) {
        return bytes;
    }
    if (!g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    g_autofree char *target = is_linked ? g_file_read_link(path, NULL) : NULL;
    if (target == NULL) {
        return NULL;
    }
    char *text = g_strdup_printf("# was a link to %s\n", target);
    return g_bytes_new_take(text, strlen(text));
}

/* Makes sure that the file at PATH may go: it is not there, or it is as we wrote it (or would:
 * WANTED), or it has been copied aside. */
static gboolean make_way(const XenHost *host, const ConfigFile *file, const char *path,
                         const char *wanted, GBytes **present, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gboolean is_linked = is_link(path);
    g_autoptr(GBytes) bytes = read_present(path, is_linked, &failure);
    if (bytes == NULL) {
        if (failure != NULL) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        return TRUE;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    char uuid[UUID_SIZE];
    gboolean is_ours = !is_linked && text != NULL && xen_config_is_ours(text, length, uuid);
    if (!is_ours && !file->may_replace_foreign) {
        g_set_error(error, BACKEND_ERROR, BACKEND_ERROR_FOREIGN,
                    "%s was not written by xensure; it is left as it is", path);
        return FALSE;
    }
    g_autofree char *digest = xen_config_digest(text != NULL ? text : "", length);
    gboolean is_known = is_ours && (g_strcmp0(digest, file->recorded_digest) == 0 ||
                                    g_strcmp0(digest, wanted) == 0);
    if (!is_known && !copy_aside(host, file->name, bytes, error)) {
        return FALSE;
    }
    if (is_ours) {
        *present = g_steal_pointer(&bytes);
    }
    return TRUE;
}

gboolean xen_host_write_config(gpointer data, const ConfigFile *file, char **digest, GError **error)
{
    const XenHost *host = data;
    g_autofree char *path = xen_host_config_path(host, file->name);
    g_autoptr(GString) body = g_string_new(NULL);
    g_autoptr(GBytes) present = NULL;
    if (!xen_host_write_text(host, file->domain, file->uuid, body, error)) {
        return FALSE;
    }
    g_autofree char *wanted = xen_config_digest(body->str, body->len);
    if (!make_way(host, file, path, wanted, &present, error)) {
        return FALSE;
    }
    gsize length = 0;
    const char *text = present != NULL ? g_bytes_get_data(present, &length) : NULL;
    char uuid[UUID_SIZE];
    gboolean is_there = text != NULL && xen_config_is_ours(text, length, uuid) &&
                        strcmp(uuid, file->uuid) == 0 && is_same_text(text, length, body);
    if (!is_there) {
        g_autoptr(GString) whole = g_string_new(NULL);
        const char *origin = g_hash_table_lookup(host->origins, file->domain->where.text);
        xen_config_write_comment(file->uuid, origin != NULL ? origin : "", whole);
        g_string_append_len(whole, body->str, (gssize)body->len);
        if (!file_replace(path, whole->str, whole->len, 0600, error)) {
            return FALSE;
        }
    }
    *digest = g_steal_pointer(&wanted);
    return TRUE;
}

gboolean xen_host_remove_config(gpointer data, const ConfigFile *file, GError **error)
{
    const XenHost *host = data;
    g_autofree char *path = xen_host_config_path(host, file->name);
    g_autoptr(GBytes) present = NULL;
    return make_way(host, file, path, NULL, &present, error) && file_remove(path, error);
}
