#include "xenbackend/sim/sim_seed.h"

#include "xenbackend/sim/sim_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    SimHost *host;
    GHashTable *names; /* taken */
    gint64 next_domid;
    gint64 now_ms;
    guint added;
} Seeder;

/* New files need no rename: nobody looks while the lock is held. */
static gboolean write_new(int folder_fd, const char *name, const char *text, gsize length)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return FALSE;
    gboolean is_written = write(fd, text, length) == (ssize_t)length;
    return close(fd) == 0 && is_written;
}

static gboolean add_guest(Seeder *seeder, const SimGuest *guest, const char *text, GError **error)
{
    if (g_hash_table_contains(seeder->names, guest->name)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "there is a domain with name '%s' already", guest->name);
        return FALSE;
    }
    g_autoptr(SimDomain) domain = sim_domain_new();
    sim_store_apply(seeder->host, guest, domain);
    domain->domid = seeder->next_domid++;
    sim_domain_begin(domain, seeder->now_ms, FALSE);
    domain->ran_ms = domain->boot_ms;
    g_autofree char *stored = sim_store_format(guest, text);
    g_autoptr(GString) lines = g_string_sized_new(1024);
    sim_domain_format(domain, lines);
    char name[32];
    snprintf(name, sizeof name, "%" G_GINT64_FORMAT, domain->domid);
    if (!write_new(seeder->host->domains_fd, name, lines->str, lines->len) ||
        !write_new(seeder->host->configs_fd, name, stored, strlen(stored))) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot write the domain '%s'",
                    guest->name);
        return FALSE;
    }
    g_hash_table_add(seeder->names, g_strdup(guest->name));
    seeder->added++;
    return TRUE;
}

static gboolean add_text(Seeder *seeder, const char *source, const char *text, gsize length,
                         GError **error)
{
    g_autoptr(GString) report = g_string_new(NULL);
    g_autoptr(XenConfigText) config = xen_config_text_parse(source, text, length, report);
    int exit_code = 0;
    g_autoptr(SimGuest) guest =
        config == NULL ? NULL : sim_guest_read(source, config, report, &exit_code);
    if (guest == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s", g_strchomp(report->str));
        return FALSE;
    }
    for (guint i = 0; i < guest->vifs->len; i++)
        sim_vif_complete(g_ptr_array_index(guest->vifs, i));
    return add_guest(seeder, guest, text, error);
}

static gboolean add_file(Seeder *seeder, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    return g_file_get_contents(path, &text, &length, error) &&
           add_text(seeder, path, text, length, error);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean add_folder(Seeder *seeder, const char *path, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, error);
    if (folder == NULL)
        return FALSE;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder))
        if (*name != '.' && g_str_has_suffix(name, ".cfg"))
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!add_file(seeder, g_ptr_array_index(names, i), error))
            return FALSE;
    return TRUE;
}

static gboolean add_counted(Seeder *seeder, const SimSeed *seed, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (gint64 i = 1; i <= seed->count; i++) {
        g_autofree char *uuid = g_uuid_string_random();
        g_string_printf(text,
                        "name = \"%s%" G_GINT64_FORMAT "\"\nuuid = \"%s\"\ntype = \"pvh\"\n"
                        "kernel = \"/boot/vmlinuz-guest\"\nmemory = %" G_GINT64_FORMAT
                        "\nvcpus = %" G_GINT64_FORMAT "\n",
                        seed->prefix, i, uuid, seed->memory_mib, seed->vcpus);
        if (!add_text(seeder, "seed", text->str, text->len, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean add_all(Seeder *seeder, const SimSeed *seed, GError **error)
{
    for (guint i = 0; seed->files != NULL && seed->files[i] != NULL; i++)
        if (!add_file(seeder, seed->files[i], error))
            return FALSE;
    return (seed->folder == NULL || add_folder(seeder, seed->folder, error)) &&
           add_counted(seeder, seed, error);
}

gboolean sim_seed(SimHost *host, const SimSeed *seed, guint *added, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) domains = sim_host_begin(host);
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        g_hash_table_add(names, g_strdup(domain->name));
    }
    Seeder seeder = {.host = host,
                     .names = names,
                     .next_domid = sim_host_take_domid(host),
                     .now_ms = sim_now_ms()};
    gboolean is_done = add_all(&seeder, seed, error);
    g_autofree char *next = g_strdup_printf("%" G_GINT64_FORMAT "\n", seeder.next_domid);
    sim_host_write(host->folder_fd, "next_domid", next, strlen(next));
    sim_host_drop_journal(host);
    sim_host_unlock(host);
    *added = seeder.added;
    return is_done;
}
