#include "reconcile/live_steps.h"

#include <string.h>

/* ---- commands ---- */

static void add_step(GArray *steps, ToolCommand command, guint change, gint vcpu)
{
    LiveStep step = {command, change, vcpu};
    g_array_append_val(steps, step);
}

/* The entries of a list are for a virtual CPU each; those without an entry may run everywhere. */
static void add_pinning(GArray *steps, const Domain *domain, guint change)
{
    static const DomainKey keys[] = {DOMAIN_KEY_cpus, DOMAIN_KEY_cpus_soft};
    guint vcpus = 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const Value *value = domain_get(domain, keys[i]);
        vcpus = MAX(vcpus, value != NULL && value->form == FORM_LIST ? value->count : 0);
    }
    add_step(steps, TOOL_PIN, change, ALL_VCPUS);
    gint64 most = domain_maximum_vcpus(domain);
    for (guint i = 0; i < vcpus && i < most; i++) {
        add_step(steps, TOOL_PIN, change, (gint)i);
    }
}

static void add_steps(GArray *steps, const Action *action, KeyLive live, guint index)
{
    const Change *change = &g_array_index(action->changes, Change, index);
    gboolean is_credit = g_strcmp0(action->scheduler, "credit") == 0;
    switch (live) {
    case LIVE_MEMORY:
        add_step(steps, TOOL_SET_MEMORY, index, ALL_VCPUS);
        break;
    case LIVE_VCPUS:
        add_step(steps, TOOL_SET_VCPUS, index, ALL_VCPUS);
        break;
    case LIVE_POOL:
        add_step(steps, TOOL_SET_POOL, index, ALL_VCPUS);
        break;
    case LIVE_AFFINITY:
        add_pinning(steps, action->domain, index);
        break;
    case LIVE_SCHEDULER:
        add_step(steps, is_credit ? TOOL_SET_CREDIT : TOOL_SET_CREDIT2, index, ALL_VCPUS);
        break;
    case LIVE_DISKS:
        add_step(steps, change->brings != NULL ? TOOL_ATTACH_DISK : TOOL_DETACH_DISK, index,
                 ALL_VCPUS);
        break;
    case LIVE_VIFS:
        add_step(steps, change->brings != NULL ? TOOL_ATTACH_VIF : TOOL_DETACH_VIF, index,
                 ALL_VCPUS);
        break;
    case LIVE_MEDIA:
        add_step(steps,
                 settings_get(change->brings, DISK_KEY_path) != NULL ? TOOL_INSERT_CD
                                                                     : TOOL_EJECT_CD,
                 index, ALL_VCPUS);
        break;
    case LIVE_NONE:
        break;
    }
}

/* One command makes all changes of these kinds together. */
static gboolean is_made_together(KeyLive live)
{
    return live == LIVE_AFFINITY || live == LIVE_SCHEDULER;
}

/* What a domain loses when it moves to another pool, and the spec gives it. */
static gboolean is_lost_by_move(const Domain *domain, KeyLive live)
{
    return live == LIVE_AFFINITY && (domain_get(domain, DOMAIN_KEY_cpus) != NULL ||
                                     domain_get(domain, DOMAIN_KEY_cpus_soft) != NULL);
}

static void add_kind(GArray *steps, const Action *action, KeyLive live, gint *moved_by)
{
    gboolean is_added = FALSE;
    for (guint i = 0; i < action->changes->len; i++) {
        const Change *change = &g_array_index(action->changes, Change, i);
        if (change->live != live || (is_added && is_made_together(live))) {
            continue;
        }
        add_steps(steps, action, live, i);
        is_added = TRUE;
        if (live == LIVE_POOL) {
            *moved_by = (gint)i;
        }
    }
    if (!is_added && *moved_by >= 0 && is_lost_by_move(action->domain, live)) {
        add_steps(steps, action, live, (guint)*moved_by);
    }
}

GArray *live_steps_make(const Action *action)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(LiveStep));
    gint moved_by = -1;
    for (KeyLive live = LIVE_NONE; live <= LIVE_MEDIA; live++) {
        add_kind(steps, action, live, &moved_by);
    }
    return steps;
}

/* ---- results ---- */

static LiveSight see_number(guint64 number, const Domain *domain, const Change *change, char **seen)
{
    gint64 want = domain_get_integer(domain, key_table_index(&domain_keys, change->row));
    if (ABS((gint64)number - want) <= change->row->tolerance) {
        return LIVE_DONE;
    }
    *seen = g_strdup_printf("its %s is still %" G_GUINT64_FORMAT, change->row->name, number);
    return LIVE_UNDONE;
}

/* The list of its disks or vifs. FALSE: it is not seen, or not each of them can be told from the
 * others. *out NULL: it has none. */
static gboolean see_devices(const ObservedDomain *row, const Change *change, const Value **out)
{
    const SeenSettings *seen = row->settings;
    if (seen == NULL) {
        return FALSE;
    }
    *out = settings_own(seen->settings, key_table_index(&domain_keys, change->row));
    for (guint i = 0; *out != NULL && i < (*out)->count; i++) {
        if (settings_identity((*out)->items[i].table) == NULL) {
            return FALSE;
        }
    }
    return *out != NULL || seen->tells_absence;
}

static const Settings *find_device(const Value *devices, const char *identity)
{
    for (guint i = 0; devices != NULL && i < devices->count; i++) {
        if (strcmp(settings_identity(devices->items[i].table), identity) == 0) {
            return devices->items[i].table;
        }
    }
    return NULL;
}

/* How the host calls the image may have its driver in front: "aio:/srv/x.iso". */
static gboolean is_path(const char *shown, const Settings *disk)
{
    const Value *path = settings_get(disk, DISK_KEY_path);
    return path != NULL ? g_str_has_suffix(shown, path->text) : *shown == '\0';
}

static LiveSight see_device(const ObservedDomain *row, const Change *change, char **seen)
{
    const Value *devices = NULL;
    if (!see_devices(row, change, &devices)) {
        return LIVE_UNSEEN;
    }
    const Settings *device = find_device(devices, change->device);
    const Value *path =
        device != NULL && device->table == &disk_keys ? settings_own(device, DISK_KEY_path) : NULL;
    const char *shown = path != NULL ? path->text : "";
    gboolean is_as_said = device != NULL && (change->brings == NULL || change->live == LIVE_VIFS ||
                                             is_path(shown, change->brings));
    if (is_as_said == (change->brings != NULL)) {
        return LIVE_DONE;
    }
    *seen = change->brings == NULL
                ? g_strdup_printf("the guest has not let go of %s", change->device)
            : device != NULL ? g_strdup_printf("%s is %s%s", change->device,
                                               *shown != '\0' ? "there with " : "empty", shown)
                             : g_strdup_printf("%s is not there", change->device);
    return LIVE_UNDONE;
}

LiveSight live_change_see(const ObservedDomain *row, const Domain *domain, const Change *change,
                          char **seen)
{
    *seen = NULL;
    switch (change->live) {
    case LIVE_MEMORY:
        return row->has_details ? see_number(row->target_mib, domain, change, seen) : LIVE_UNSEEN;
    case LIVE_VCPUS:
        return row->has_details && row->vcpus_available > 0
                   ? see_number(row->vcpus_available, domain, change, seen)
                   : LIVE_UNSEEN;
    case LIVE_DISKS:
    case LIVE_VIFS:
    case LIVE_MEDIA:
        return see_device(row, change, seen);
    case LIVE_POOL:
    case LIVE_AFFINITY:
    case LIVE_SCHEDULER:
    case LIVE_NONE:
        break;
    }
    return LIVE_UNSEEN;
}
