/* One disk in two domains of one host: whoever writes spoils the other's file system. */
#include "spec/spec_steps.h"

#include <string.h>

typedef struct {
    const Domain *domain;
    const Settings *disk;
    const Value *path;
} DiskUse;

static guint hash_use(gconstpointer data)
{
    return g_str_hash(((const DiskUse *)data)->path->text);
}

/* What a script or another domain makes of a path is theirs: it is the same only where they are. */
static gboolean is_same_disk(gconstpointer left, gconstpointer right)
{
    const DiskUse *use = left;
    const DiskUse *other = right;
    return strcmp(use->path->text, other->path->text) == 0 &&
           g_strcmp0(use->domain->host, other->domain->host) == 0 &&
           g_strcmp0(settings_own_text(use->disk, DISK_KEY_script),
                     settings_own_text(other->disk, DISK_KEY_script)) == 0 &&
           g_strcmp0(settings_own_text(use->disk, DISK_KEY_backend),
                     settings_own_text(other->disk, DISK_KEY_backend)) == 0;
}

static gboolean is_written(const Settings *disk)
{
    const Value *access = settings_get(disk, DISK_KEY_access);
    return access != NULL && strcmp(access->text, "rw") == 0;
}

static void refuse(const DiskUse *first, const DiskUse *use, Problems *problems)
{
    g_autofree char *place = spec_describe_place(first->path->where);
    problems_add(problems, use->path->where,
                 "expected a disk of its own for domain '%s', found '%s', which domain '%s' has "
                 "(%s): two domains can share a disk only where both have it `access: ro`",
                 use->domain->name, use->path->text, first->domain->name, place);
}

GHashTable *disk_uses_new(void)
{
    return g_hash_table_new_full(hash_use, is_same_disk, g_free, NULL);
}

void spec_check_shared_disks(GHashTable *uses, const Domain *domain, Problems *problems)
{
    /* Domains that are not to run may keep the disks of those that do. */
    const Value *disks = domain_is_to_run(domain) ? domain_get(domain, DOMAIN_KEY_disks) : NULL;
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        DiskUse use = {.domain = domain, .disk = disks->items[i].table};
        use.path = settings_own(use.disk, DISK_KEY_path);
        if (use.path == NULL) {
            continue;
        }
        const DiskUse *first = g_hash_table_lookup(uses, &use);
        if (first == NULL) {
            g_hash_table_add(uses, g_memdup2(&use, sizeof use));
        } else if (first->domain != domain && (is_written(use.disk) || is_written(first->disk))) {
            refuse(first, &use, problems);
        }
    }
}
