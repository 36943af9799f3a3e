#include "xenbackend/libvirt.h"

#include <errno.h>
#include <string.h>

/* TO ADD ONE: a row. The first that has a domain is told of. */
static const struct {
    const char *path;
    const char *ending;
    const char *what, *so;
    const char *command, *otherwise; /* that end it */
} folders[] = {
    {"/var/lib/libvirt/libxl/save", ".save", "libvirt has saved it in",
     "and its disks must not become newer than that image", "virsh start", "remove the file"},
    {"/run/libvirt/libxl", ".xml", "libvirt runs it, by", "and would not know of another start",
     "virsh shutdown", "if libvirtd does not run, remove the file"},
    {"/etc/libvirt/libxl", ".xml", "libvirt has it, too, by", "and may start it as well",
     "virsh undefine", "take it out of the spec"},
};

struct Libvirt {
    char *root;
    GHashTable *names[G_N_ELEMENTS(folders)]; /* sets; NULL: the folder is not there */
    char *trouble;                            /* a folder that cannot be read; NULL: none */
};

static char *folder_path(const Libvirt *libvirt, guint index)
{
    return g_strconcat(libvirt->root, folders[index].path, NULL);
}

static void read_folder(Libvirt *libvirt, guint index)
{
    g_autofree char *path = folder_path(libvirt, index);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
    if (folder == NULL) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
            g_free(libvirt->trouble);
            libvirt->trouble = g_strdup(error->message);
        }
        return;
    }
    libvirt->names[index] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *file;
    while ((file = g_dir_read_name(folder)) != NULL) {
        if (g_str_has_suffix(file, folders[index].ending)) {
            g_hash_table_add(libvirt->names[index],
                             g_strndup(file, strlen(file) - strlen(folders[index].ending)));
        }
    }
}

Libvirt *libvirt_look(const char *root)
{
    Libvirt *libvirt = g_new0(Libvirt, 1);
    libvirt->root = g_strdup(root);
    for (guint i = 0; root != NULL && i < G_N_ELEMENTS(folders); i++) {
        read_folder(libvirt, i);
    }
    return libvirt;
}

void libvirt_free(Libvirt *libvirt)
{
    if (libvirt == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_clear_pointer(&libvirt->names[i], g_hash_table_unref);
    }
    g_free(libvirt->root);
    g_free(libvirt->trouble);
    g_free(libvirt);
}

char *libvirt_find_obstacle(const Libvirt *libvirt, const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        if (libvirt->names[i] != NULL && g_hash_table_contains(libvirt->names[i], name)) {
            g_autofree char *folder = folder_path(libvirt, i);
            g_autofree char *file = g_strconcat(folder, "/", name, folders[i].ending, NULL);
            return g_strdup_printf("%s %s, %s (`%s %s`, or %s)", folders[i].what, file,
                                   folders[i].so, folders[i].command, name, folders[i].otherwise);
        }
    }
    return libvirt->trouble != NULL
               ? g_strdup_printf("what libvirt has is not known: %s", libvirt->trouble)
               : NULL;
}
