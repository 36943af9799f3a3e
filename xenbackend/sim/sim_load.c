/* Reading, saving and removing domains: a file for each, and the journal that has them all.
 *
 * A record of the journal is a domain's text, or "gone ID"; the last one about a domain counts. */
#include "xenbackend/sim/sim_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL       "journal"
#define JOURNAL_WORTH 16u   /* domains: fewer are read from their files as fast */
#define JOURNAL_SLACK 1000u /* records that no longer count, before it is written anew */
#define GONE          "gone "

static gint compare_domids(gconstpointer a, gconstpointer b)
{
    const SimDomain *left = *(SimDomain *const *)a;
    const SimDomain *right = *(SimDomain *const *)b;
    return (left->domid > right->domid) - (left->domid < right->domid);
}

static SimDomain *load_domain(const SimHost *host, const char *name)
{
    char text[8192];
    int fd = openat(host->domains_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    SimDomain *domain = g_new0(SimDomain, 1);
    if (length > 0 && sim_domain_parse(text, (gsize)length, domain))
        return domain;
    g_printerr("xensim: %s/domains/%s: not a domain's file\n", host->folder, name);
    sim_domain_free(domain);
    return NULL;
}

static GPtrArray *load_files(const SimHost *host)
{
    GPtrArray *domains = g_ptr_array_new_with_free_func((GDestroyNotify)sim_domain_free);
    int fd = openat(host->domains_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL)
        return domains;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        SimDomain *domain = entry->d_name[0] == '.' ? NULL : load_domain(host, entry->d_name);
        if (domain != NULL)
            g_ptr_array_add(domains, domain);
    }
    closedir(folder);
    g_ptr_array_sort(domains, compare_domids);
    return domains;
}

void sim_host_drop_journal(const SimHost *host)
{
    unlinkat(host->folder_fd, JOURNAL, 0);
}

static void write_journal(const SimHost *host, const GPtrArray *domains)
{
    g_autoptr(GString) text = g_string_sized_new(1024u * (gsize)domains->len);
    for (guint i = 0; i < domains->len; i++)
        sim_domain_format(g_ptr_array_index(domains, i), text);
    sim_host_write(host->folder_fd, JOURNAL, text->str, text->len);
}

static void append_journal(const SimHost *host, const char *text, gsize length)
{
    int fd = openat(host->folder_fd, JOURNAL, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return;
    gboolean is_written = write(fd, text, length) == (ssize_t)length;
    close(fd);
    if (!is_written)
        sim_host_drop_journal(host);
}

/* FALSE: a command was killed between a change and its record. */
static gboolean is_journal_current(const SimHost *host)
{
    struct stat journal;
    struct stat domains;
    if (fstatat(host->folder_fd, JOURNAL, &journal, 0) != 0 ||
        fstat(host->domains_fd, &domains) != 0)
        return FALSE;
    return journal.st_mtim.tv_sec > domains.st_mtim.tv_sec ||
           (journal.st_mtim.tv_sec == domains.st_mtim.tv_sec &&
            journal.st_mtim.tv_nsec >= domains.st_mtim.tv_nsec);
}

/* NULL: the text is damaged. */
static GPtrArray *read_records(const char *text, gsize length, guint *count)
{
    g_autoptr(GHashTable) by_domid =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)sim_domain_free);
    const char *end = text + length;
    while (text < end) {
        (*count)++;
        if (g_str_has_prefix(text, GONE)) {
            char *after = NULL;
            gint64 domid = g_ascii_strtoll(text + strlen(GONE), &after, 10);
            g_hash_table_remove(by_domid, &domid);
            text = after + 1;
            continue;
        }
        SimDomain *domain = g_new0(SimDomain, 1);
        if (!sim_domain_parse_next(&text, end, domain)) {
            sim_domain_free(domain);
            return NULL;
        }
        g_hash_table_replace(by_domid, &domain->domid, domain);
    }
    GPtrArray *domains = g_ptr_array_new_with_free_func((GDestroyNotify)sim_domain_free);
    GHashTableIter iter;
    gpointer domain = NULL;
    g_hash_table_iter_init(&iter, by_domid);
    while (g_hash_table_iter_next(&iter, NULL, &domain)) {
        g_ptr_array_add(domains, domain);
        g_hash_table_iter_steal(&iter);
    }
    g_ptr_array_sort(domains, compare_domids);
    return domains;
}

static GPtrArray *load_journal(const SimHost *host)
{
    gsize length = 0;
    guint count = 0;
    if (!is_journal_current(host))
        return NULL;
    g_autofree char *text = sim_host_read(host->folder_fd, JOURNAL, &length);
    GPtrArray *domains = text == NULL ? NULL : read_records(text, length, &count);
    if (domains == NULL || count > domains->len + JOURNAL_SLACK)
        sim_host_drop_journal(host);
    return domains;
}

GPtrArray *sim_host_load(const SimHost *host)
{
    GPtrArray *domains = load_journal(host);
    if (domains != NULL)
        return domains;
    domains = load_files(host);
    if (domains->len >= JOURNAL_WORTH)
        write_journal(host, domains);
    return domains;
}

gboolean sim_host_save(const SimHost *host, const SimDomain *domain)
{
    g_autoptr(GString) text = g_string_sized_new(1024);
    sim_domain_format(domain, text);
    char name[32];
    snprintf(name, sizeof name, "%" G_GINT64_FORMAT, domain->domid);
    gboolean is_written = sim_host_write(host->domains_fd, name, text->str, text->len);
    append_journal(host, text->str, text->len);
    return is_written;
}

void sim_host_remove(const SimHost *host, const SimDomain *domain, int reason)
{
    char name[40];
    snprintf(name, sizeof name, "%" G_GINT64_FORMAT, domain->domid);
    unlinkat(host->domains_fd, name, 0);
    unlinkat(host->configs_fd, name, 0);
    snprintf(name, sizeof name, "%" G_GINT64_FORMAT ".new", domain->domid);
    unlinkat(host->configs_fd, name, 0);
    int length = snprintf(name, sizeof name, GONE "%" G_GINT64_FORMAT "\n", domain->domid);
    append_journal(host, name, (gsize)length);
    if (!sim_domain_is_shut(domain)) {
        snprintf(name, sizeof name, "%" G_GINT64_FORMAT " %d\n", domain->domid, reason);
        sim_host_append(host, "deaths", name);
    }
}
