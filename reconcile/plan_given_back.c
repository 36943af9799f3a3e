/* A disk that somebody took from a domain by hand may be in use elsewhere by now. Before it is
 * given back, the disks of all domains are looked at, those of others, too. */
#include "reconcile/plan_steps.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* A device model's domain (Xen tools/libs/light/libxl_internal.c:libxl__stub_dm_name). */
#define STUB_SUFFIX "-dm"
/* xenstored's own domain (Xen tools/helpers/init-xenstore-domain.c). It is made without a handle,
 * as Domain-0 alone is beside it. */
#define STORE_NAME "Xenstore"
#define STORE_UUID "00000000-0000-0000-0000-000000000000"

/* Is it a part of Xen, whose disks the toolstack does not tell? A device model's domain has those
 * of its guest, and xenstored's has none. */
static gboolean is_service(const Planning *planning, const ObservedDomain *row)
{
    if (strcmp(row->uuid, STORE_UUID) == 0) {
        return strcmp(row->name, STORE_NAME) == 0;
    }
    if (!g_str_has_suffix(row->name, STUB_SUFFIX)) {
        return FALSE;
    }
    g_autofree char *guest = g_strndup(row->name, strlen(row->name) - strlen(STUB_SUFFIX));
    return g_hash_table_contains(planning->rows_by_name, guest);
}

/* What is not shown to be written may be. */
static gboolean is_surely_read_only(const SeenSettings *seen, const Settings *disk)
{
    const Value *access = settings_own(disk, DISK_KEY_access);
    return access != NULL ? strcmp(access->text, "ro") == 0 : seen->tells_absence;
}

static gboolean is_same_disk(const Observed *observed, const Settings *one, const Settings *other)
{
    const Value *path = settings_get(one, DISK_KEY_path);
    const Value *other_path = settings_get(other, DISK_KEY_path);
    return path != NULL && other_path != NULL &&
           strcmp(observed_disk(observed, path->text), observed_disk(observed, other_path->text)) ==
               0;
}

/* Has the domain the disk, so that one of both would write what the other has? */
static gboolean has_disk(const Observed *observed, const ObservedDomain *row, const Settings *disk)
{
    const Value *disks = settings_own(row->settings->settings, DOMAIN_KEY_disks);
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *other = disks->items[i].table;
        if (is_same_disk(observed, disk, other) &&
            (disk_is_writable(disk) || !is_surely_read_only(row->settings, other))) {
            return TRUE;
        }
    }
    return FALSE;
}

static void hold_beside(const Planning *planning, Action *action, const ObservedDomain *row)
{
    gboolean is_own = strcmp(row->uuid, action->uuid) == 0;
    if (row->domid == 0 || is_own || observed_domain_is_dead(row)) {
        return;
    }
    if (row->settings == NULL) {
        if (!is_service(planning, row)) {
            action_hold(action, HOLD_WAIT,
                        "it was taken away by hand, and whether %s (id %u) has it by now is not "
                        "known, since the toolstack does not tell its disks (see what that is; if "
                        "it has not, give the disk back with the toolstack)",
                        row->name, row->domid);
        }
        return;
    }
    for (guint i = 0; i < action->changes->len; i++) {
        const Settings *disk = g_array_index(action->changes, Change, i).brings;
        if (has_disk(planning->observed, row, disk)) {
            action_hold(action, HOLD_WAIT,
                        "its disk %s was taken away by hand, and %s (id %u) has it by now (detach "
                        "it there, or take it out of the spec)",
                        settings_get(disk, DISK_KEY_path)->text, row->name, row->domid);
        }
    }
}

static gboolean gives_back(const Action *action)
{
    gboolean is_any = FALSE;
    for (guint i = 0; i < action->changes->len; i++) {
        is_any = is_any || g_array_index(action->changes, Change, i).is_drift;
    }
    return is_any && action->kind == ACTION_ATTACH_DISK && action->hold == HOLD_NONE;
}

void plan_hold_given_back(Planning *planning)
{
    for (guint i = 0; i < planning->plan->actions->len; i++) {
        Action *action = g_ptr_array_index(planning->plan->actions, i);
        if (!gives_back(action)) {
            continue;
        }
        planning->plan->asks_disks = !planning->policy->disks_were_asked;
        const GPtrArray *rows = planning->observed->domains;
        for (guint j = 0; planning->policy->disks_were_asked && j < rows->len; j++) {
            hold_beside(planning, action, g_ptr_array_index(rows, j));
        }
    }
}
