#include "xenbackend/sim/sim_host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES_MAX (8u * 1024 * 1024)

gint64 sim_now_ms(void)
{
    return g_get_real_time() / 1000;
}

static int open_folder(int parent_fd, const char *path)
{
    int fd = openat(parent_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        if (g_mkdir_with_parents(path, 0700) != 0 && parent_fd == AT_FDCWD)
            return -1;
        fd = openat(parent_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return fd;
}

static int open_subfolder(int parent_fd, const char *name)
{
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && (mkdirat(parent_fd, name, 0700) == 0 || errno == EEXIST))
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd;
}

char *sim_host_read(int folder_fd, const char *name, gsize *length)
{
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    gsize size = 4096;
    gsize used = 0;
    char *text = g_malloc(size + 1);
    for (;;) {
        ssize_t got = read(fd, text + used, size - used);
        if (got <= 0)
            break;
        used += (gsize)got;
        if (used < size)
            continue;
        if (size >= FILE_BYTES_MAX)
            break;
        size *= 4;
        text = g_realloc(text, size + 1);
    }
    close(fd);
    text[used] = '\0';
    if (length != NULL)
        *length = used;
    return text;
}

gboolean sim_host_write(int folder_fd, const char *name, const char *text, gsize length)
{
    g_autofree char *temporary = g_strdup_printf(".%s.%d", name, (int)getpid());
    int fd = openat(folder_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return FALSE;
    gboolean is_written = TRUE;
    for (gsize done = 0; done < length && is_written;) {
        ssize_t put = write(fd, text + done, length - done);
        is_written = put > 0;
        done += is_written ? (gsize)put : 0;
    }
    is_written = close(fd) == 0 && is_written;
    if (is_written && renameat(folder_fd, temporary, folder_fd, name) == 0)
        return TRUE;
    unlinkat(folder_fd, temporary, 0);
    return FALSE;
}

void sim_host_append(const SimHost *host, const char *name, const char *line)
{
    int fd = openat(host->folder_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, line, strlen(line)) < 0)
        g_printerr("xensim: %s: %s\n", name, g_strerror(errno));
    close(fd);
}

void sim_host_lock(SimHost *host)
{
    while (flock(host->lock_fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
}

void sim_host_lock_shared(SimHost *host)
{
    while (flock(host->lock_fd, LOCK_SH) != 0 && errno == EINTR)
        continue;
}

void sim_host_unlock(SimHost *host)
{
    flock(host->lock_fd, LOCK_UN);
}

/* The first use of a folder is the host's boot. */
static void read_boot(SimHost *host)
{
    g_autofree char *booted = sim_host_read(host->folder_fd, "booted", NULL);
    if (booted == NULL) {
        sim_host_lock(host);
        booted = sim_host_read(host->folder_fd, "booted", NULL);
        if (booted == NULL) {
            g_autofree char *uuid = g_uuid_string_random();
            g_autofree char *line = g_strconcat(uuid, "\n", NULL);
            booted = g_strdup_printf("%" G_GINT64_FORMAT "\n", sim_now_ms());
            sim_host_write(host->folder_fd, "boot_id", line, strlen(line));
            sim_host_write(host->folder_fd, "booted", booted, strlen(booted));
        }
        sim_host_unlock(host);
    }
    host->booted_ms = g_ascii_strtoll(booted, NULL, 10);
}

SimHost *sim_host_open(const char *folder, GError **error)
{
    g_autoptr(SimHost) host = g_new0(SimHost, 1);
    host->folder = g_strdup(folder);
    host->folder_fd = host->domains_fd = host->configs_fd = host->lock_fd = -1;
    sim_settings_init(&host->settings);
    host->folder_fd = open_folder(AT_FDCWD, folder);
    if (host->folder_fd >= 0) {
        host->domains_fd = open_subfolder(host->folder_fd, "domains");
        host->configs_fd = open_subfolder(host->folder_fd, "configs");
        host->lock_fd = openat(host->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (host->domains_fd < 0 || host->configs_fd < 0 || host->lock_fd < 0) {
        int code = errno;
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(code), "%s: %s", folder,
                    g_strerror(code));
        return NULL;
    }
    g_autofree char *text = sim_host_read(host->folder_fd, "host", NULL);
    if (text != NULL && !sim_settings_parse(text, &host->settings, error)) {
        g_prefix_error(error, "%s/host: ", folder);
        return NULL;
    }
    read_boot(host);
    return g_steal_pointer(&host);
}

void sim_host_close(SimHost *host)
{
    if (host == NULL)
        return;
    const int fds[] = {host->folder_fd, host->domains_fd, host->configs_fd, host->lock_fd};
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    sim_settings_clear(&host->settings);
    g_free(host->folder);
    g_free(host);
}

gint64 sim_host_take_domid(const SimHost *host)
{
    g_autofree char *text = sim_host_read(host->folder_fd, "next_domid", NULL);
    gint64 domid = text == NULL ? 1 : g_ascii_strtoll(text, NULL, 10);
    g_autofree char *next = g_strdup_printf("%" G_GINT64_FORMAT "\n", domid + 1);
    sim_host_write(host->folder_fd, "next_domid", next, strlen(next));
    return domid;
}

gint64 sim_host_free_kib(const SimHost *host, const GPtrArray *domains)
{
    gint64 free_kib = (host->settings.memory_mib - host->settings.dom0_memory_mib) * 1024;
    for (guint i = 0; i < domains->len; i++) {
        const SimDomain *domain = g_ptr_array_index(domains, i);
        if (!sim_domain_is_listed(domain))
            continue;
        /* What is being built has claimed all of its memory already. */
        free_kib -= domain->is_building ? domain->target_kib : domain->memory_kib;
    }
    return MAX(free_kib, 0);
}

GPtrArray *sim_host_begin(SimHost *host)
{
    sim_host_lock(host);
    GPtrArray *domains = sim_host_load(host);
    sim_host_settle(host, domains, sim_now_ms());
    return domains;
}

GPtrArray *sim_host_look(SimHost *host)
{
    sim_host_lock_shared(host);
    GPtrArray *domains = sim_host_load(host);
    if (sim_host_is_due(host, domains, sim_now_ms())) {
        g_ptr_array_unref(domains);
        sim_host_unlock(host);
        domains = sim_host_begin(host);
    }
    sim_host_unlock(host);
    return domains;
}

SimDomain *sim_host_find(const GPtrArray *domains, gint64 domid)
{
    for (guint i = 0; i < domains->len; i++) {
        SimDomain *domain = g_ptr_array_index(domains, i);
        if (domain->domid == domid && sim_domain_is_listed(domain))
            return domain;
    }
    return NULL;
}

SimDomain *sim_host_find_name(const GPtrArray *domains, const char *name)
{
    for (guint i = 0; i < domains->len; i++) {
        SimDomain *domain = g_ptr_array_index(domains, i);
        if (sim_domain_is_listed(domain) && !domain->is_zombie && strcmp(domain->name, name) == 0)
            return domain;
    }
    return NULL;
}
