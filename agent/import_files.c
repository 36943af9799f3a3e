/* Config files: which are read, and what is refused of them. */
#include "agent/import_parts.h"
#include "xenbackend/file.h"

#include <string.h>

#define FILES_MAX 10000u /* of a folder */

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
    g_ptr_array_add(import->domains, domain);
}

static gint compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* FALSE: there are too many. */
static gboolean list_configs(const char *path, GDir *folder, GPtrArray *names)
{
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        if (!g_str_has_suffix(name, ".cfg") || *name == '.') {
            continue;
        }
        if (names->len == FILES_MAX) {
            return FALSE;
        }
        g_ptr_array_add(names, g_build_filename(path, name, NULL));
    }
    return TRUE;
}

/* The *.cfg of a folder in the order of their names, without what we have written ourselves.
 * IS_NAMED: somebody has asked for it, and not for what there may be. */
static void read_folder(Import *import, const char *path, gboolean is_named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (folder == NULL) {
        import_refuse(import, path, g_strdup(error->message));
        return;
    }
    gboolean is_short = list_configs(path, folder, names);
    if (!is_short) {
        import_refuse(import, path,
                      g_strdup_printf("expected at most %u files called *.cfg in a folder, found "
                                      "more: name some, or a smaller folder",
                                      FILES_MAX));
        return;
    }
    g_ptr_array_sort(names, compare_names);
    if (names->len == 0 && is_named) {
        import_refuse(import, path,
                      g_strdup("expected files called *.cfg in the folder, found none"));
    } else if (names->len == 0) {
        import_remark(import, "there is no *.cfg in %s", path);
    }
    for (guint i = 0; i < names->len; i++) {
        const char *file = g_ptr_array_index(names, i);
        if (import_is_ours(file)) {
            import_remark(import, "%s is left out: xensure has written it itself", file);
        } else {
            read_config(import, file);
        }
    }
}

void import_read_files(Import *import, char **paths)
{
    g_autofree char *folder = import_config_path(import, NULL);
    char *usual[] = {folder, NULL};
    for (char **path = *paths != NULL ? paths : usual; *path != NULL; path++) {
        if (g_file_test(*path, G_FILE_TEST_IS_DIR)) {
            read_folder(import, *path, *paths != NULL);
        } else {
            read_config(import, *path);
        }
    }
    import_place(import);
}
