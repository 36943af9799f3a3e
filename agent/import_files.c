/* Config files, and which of their domains run. */
#include "agent/import_parts.h"
#include "xenbackend/file.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_import_running.h"

#include <string.h>

#define FILES_MAX 100000u

/* ---- which domain runs ---- */

static ObservedDomain *find_named(const Observed *observed, const char *name)
{
    for (guint i = 0; observed != NULL && name != NULL && i < observed->domains->len; i++) {
        ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid != 0 && strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static char *config_path(const Import *import, const char *name)
{
    const Cycle *cycle = import->cycle;
    const char *folder = cycle->options->xen_config_dir != NULL
                             ? cycle->options->xen_config_dir
                             : agent_config_text(cycle->config, AGENT_KEY_xen_config_dir);
    g_autofree char *file = g_strconcat(name != NULL ? name : "", ".cfg", NULL);
    return g_build_filename(folder, name != NULL ? file : NULL, NULL);
}

static gboolean is_ours(const char *path)
{
    char uuid[UUID_SIZE];
    gsize length = 0;
    g_autoptr(GBytes) bytes = file_read_if_there(path, XEN_CONFIG_TEXT_BYTES_MAX, NULL);
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    return text != NULL && xen_config_is_ours(text, length, uuid);
}

/* Is a file of somebody else's where ours would be? */
static gboolean has_foreign_config(const Import *import, const char *name)
{
    g_autofree char *path = config_path(import, name);
    return g_file_test(path, G_FILE_TEST_EXISTS) && !is_ours(path);
}

static gboolean misses_mac(const ImportedDomain *domain)
{
    const Value *vifs = settings_own(domain->settings, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        if (settings_own(vifs->items[i].table, VIF_KEY_mac) == NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Says which domain it is and whether it runs, so that the spec changes nothing. */
static void place(Import *import, ImportedDomain *domain)
{
    const Observed *observed = import->cycle->observed;
    const ObservedDomain *row = find_named(observed, domain->name);
    gboolean is_foreign = domain->name != NULL && has_foreign_config(import, domain->name);
    if (row != NULL) {
        if (misses_mac(domain)) {
            import_look_closer(import, row);
            imported_domain_take_macs(domain, row);
        }
        imported_domain_identify(domain, row, is_foreign || !import_is_recorded(import, row));
    } else if (is_foreign || observed == NULL) {
        imported_domain_set_number(domain, DOMAIN_KEY_adopt, TRUE);
    }
    if (row == NULL && observed != NULL) {
        imported_domain_set_text(domain, DOMAIN_KEY_state, "stopped");
        imported_domain_note(domain, 0, 0, "state",
                             "it does not run on this host: `running` starts it");
    }
    imported_domain_note_macs(domain);
}

/* ---- files ---- */

static XenDialect target_of(const Import *import)
{
    const XenHost *host = import->cycle->host;
    return host != NULL && xen_host_toolstack(host)->dialect == &xm_dialect ? XEN_DIALECT_XM
                                                                            : XEN_DIALECT_XL;
}

static void read_config(Import *import, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = file_read(path, XEN_CONFIG_TEXT_BYTES_MAX, &error);
    XenConfigTrouble trouble = {0};
    gsize length = 0;
    if (bytes == NULL) {
        import_refuse(import, path, g_strdup(error->message));
        return;
    }
    const char *text = g_bytes_get_data(bytes, &length);
    text = text != NULL ? text : "";
    ImportedDomain *domain = xen_import_text(path, text, length, target_of(import), &trouble);
    if (domain == NULL) {
        ImportRefusal *refusal = import_refuse(import, path, trouble.message);
        refusal->line = trouble.line;
        refusal->column = trouble.column;
        refusal->text = xen_import_line(text, length, trouble.line);
        return;
    }
    place(import, domain);
    g_ptr_array_add(import->domains, domain);
}

static gint compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The *.cfg of a folder in the order of their names, without what we have written ourselves. */
static void read_folder(Import *import, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (folder == NULL) {
        import_refuse(import, path, g_strdup(error->message));
        return;
    }
    for (const char *name = g_dir_read_name(folder); name != NULL && names->len < FILES_MAX;
         name = g_dir_read_name(folder)) {
        if (g_str_has_suffix(name, ".cfg") && *name != '.') {
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
        }
    }
    g_ptr_array_sort(names, compare_names);
    if (names->len == 0) {
        import_remark(import, "there is no *.cfg in %s", path);
    }
    for (guint i = 0; i < names->len; i++) {
        const char *file = g_ptr_array_index(names, i);
        if (is_ours(file)) {
            import_remark(import, "%s is left out: xensure has written it itself", file);
        } else {
            read_config(import, file);
        }
    }
}

void import_read_files(Import *import, char **paths)
{
    g_autofree char *folder = config_path(import, NULL);
    char *usual[] = {folder, NULL};
    for (char **path = *paths != NULL ? paths : usual; *path != NULL; path++) {
        if (g_file_test(*path, G_FILE_TEST_IS_DIR)) {
            read_folder(import, *path);
        } else {
            read_config(import, *path);
        }
    }
}
