/* Lists of devices, compared one by one: what comes, what goes, what has other settings. */
#include "reconcile/plan_steps.h"

#include <string.h>

/* An older `xl block-detach` takes a disk away by force when the guest has not let go of it after
 * 10 s: Xen tools/libs/light/libxl_device.c:device_backend_callback before
 * libxl_device_disk_safe_remove. */
#define RELEASE_THAT_ASKS XEN_RELEASE(4, 15)

static const char IN_USE[] =
    "it may be mounted; `detach_disks: true` takes it from a guest that runs";
static const char BY_HAND[] = "somebody did that on the host, and it stays until then";
static const char MADE_MAC[] =
    "a `mac` is left out of the spec, and one was made that it does not run with";
static const char FIRST_DISK[] = "its first disk is never taken from a guest that runs";
static const char EMULATED[] = "emulated devices come and go at a start only";
static const char NO_ASKING[] = "this Xen would take it by force";
static const char NOT_KNOWN[] = "it is not known whether this Xen asks the guest first";

/* ---- one device ---- */

static gboolean has_word(const Settings *device, guint key, const char *word)
{
    const Value *value = settings_get(device, key);
    return value != NULL && strcmp(value->text, word) == 0;
}

static gboolean is_hvm(const Comparison *about)
{
    return domain_is(about->domain, DOMAIN_KEY_type, "hvm");
}

/* What an HVM guest has beside its paravirtual devices is emulated, and made when it is created:
 * all disks but xvdX, and all vifs that do not say otherwise (Xen
 * tools/libs/light/libxl_dm.c:libxl__build_device_model_args_new, libxl_nic.c). */
static gboolean is_emulated(const Comparison *about, const Settings *device)
{
    if (!is_hvm(about)) {
        return FALSE;
    }
    return device->table == &disk_keys ? !g_str_has_prefix(settings_identity(device), "xvd")
                                       : !has_word(device, VIF_KEY_type, "vif");
}

/* xvda, hda, sda, d0, and their partitions. */
static gboolean is_first_vdev(const char *vdev)
{
    static const char *const names[] = {"xvda", "hda", "sda", "d0", "d0p"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize length = strlen(names[i]);
        if (strncmp(vdev, names[i], length) == 0 &&
            strspn(vdev + length, "0123456789") == strlen(vdev + length)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Why the device neither comes nor goes while the domain runs; NULL: it can. */
static const char *why_plugged(const Comparison *about, const Settings *device)
{
    const char *why = NULL;
    KeyLive live = device->table == &disk_keys ? LIVE_DISKS : LIVE_VIFS;
    return !differences_can_be_made(about, live, &why) ? why
           : is_emulated(about, device)                ? EMULATED
                                                       : NULL;
}

/* The same of a disk that leaves the list. Nobody knows whether it is mounted. */
static const char *why_kept(const Comparison *about, const Settings *device, guint position)
{
    const char *why = why_plugged(about, device);
    if (why != NULL || device->table != &disk_keys) {
        return why;
    }
    guint release = about->policy->xen_release;
    return position == 0 || is_first_vdev(settings_identity(device))         ? FIRST_DISK
           : domain_get_integer(about->domain, DOMAIN_KEY_detach_disks) == 0 ? IN_USE
           : release == 0                                                    ? NOT_KNOWN
           : release < RELEASE_THAT_ASKS                                     ? NO_ASKING
                                                                             : NULL;
}

/* ---- changes ---- */

/* Two lists of devices, and how one becomes the other. */
typedef struct {
    const Comparison *about;
    guint key;
    const Value *given; /* what the domain was given, by the record; NULL: nothing */
    const Value *have;  /* what it has: the same, or what is seen */
    const Value *want;
    gboolean is_seen; /* HAVE is */
    /* Somebody has taken devices away on the host, and done nothing else with them. */
    gboolean are_only_missing;
    /* A vif goes, and one comes whose MAC nobody has said: rather a domain whose MAC was forgotten
     * in the spec than one that is to have another. */
    gboolean is_mac_forgotten;
    Differences *out;
} Lists;

static void add(const Lists *lists, const Value *have, const Value *want, KeyChange how,
                KeyLive live, const char *why, gboolean is_drift)
{
    Change change = {.row = &domain_keys.rows[lists->key],
                     .have = value_for_people(have),
                     .want = value_for_people(want),
                     .how = how,
                     .is_drift = is_drift,
                     .live = how == CHANGE_LIVE ? live : LIVE_NONE,
                     .device = g_strdup(settings_identity((have != NULL ? have : want)->table)),
                     .brings = want != NULL ? want->table : NULL,
                     .why = g_strdup(why)};
    g_array_append_val(differences_of_class(lists->out, how), change);
}

/* What somebody did on the host is no reason to take a device from a guest, nor to restart it. */
static void add_by_hand(const Lists *lists, const Value *have, const Value *want)
{
    add(lists, have, want, CHANGE_NEXT_START, LIVE_NONE, BY_HAND, TRUE);
}

static void add_removed(const Lists *lists, const Value *have, guint position)
{
    const char *why = why_kept(lists->about, have->table, position);
    why = why == NULL && lists->is_mac_forgotten ? MADE_MAC : why;
    lists->out->wants_node = lists->out->wants_node || why == NOT_KNOWN;
    add(lists, have, NULL, why == NULL ? CHANGE_LIVE : CHANGE_RECREATE,
        domain_keys.rows[lists->key].live, why, FALSE);
}

static void add_new(const Lists *lists, const Value *want)
{
    const char *why = why_plugged(lists->about, want->table);
    why = why == NULL && lists->is_mac_forgotten ? MADE_MAC : why;
    add(lists, NULL, want, why == NULL ? CHANGE_LIVE : CHANGE_RECREATE,
        domain_keys.rows[lists->key].live, why, FALSE);
}

static void add_missing(const Lists *lists, const Value *want)
{
    if (lists->are_only_missing && why_plugged(lists->about, want->table) == NULL) {
        add(lists, NULL, want, CHANGE_LIVE, domain_keys.rows[lists->key].live, NULL, TRUE);
    } else {
        add_by_hand(lists, NULL, want);
    }
}

/* Does the drive stay, and only what lies in it changes? */
static gboolean is_media_alone(const Comparison *about, const Settings *have, const Settings *want)
{
    const char *why = NULL;
    if (!is_hvm(about) || have->table != &disk_keys || !has_word(have, DISK_KEY_devtype, "cdrom") ||
        !has_word(want, DISK_KEY_format, "raw") ||
        !differences_can_be_made(about, LIVE_MEDIA, &why)) {
        return FALSE;
    }
    for (guint key = 0; key < have->table->count; key++) {
        if (have->table->rows[key].live != LIVE_MEDIA &&
            !value_equal(have->table, settings_get(have, key), settings_get(want, key))) {
            return FALSE;
        }
    }
    return TRUE;
}

static void add_changed(const Lists *lists, const Value *have, const Value *want)
{
    const KeyRow *row = &domain_keys.rows[lists->key];
    const char *why = why_plugged(lists->about, have->table);
    why = why != NULL ? why : why_plugged(lists->about, want->table);
    if (is_media_alone(lists->about, have->table, want->table)) {
        add(lists, have, want, CHANGE_LIVE, LIVE_MEDIA, NULL, FALSE);
    } else if (row->changed == CHANGE_LIVE && why == NULL) {
        add(lists, have, NULL, CHANGE_LIVE, row->live, NULL, FALSE);
        add(lists, NULL, want, CHANGE_LIVE, row->live, NULL, FALSE);
    } else {
        add(lists, have, want, CHANGE_RECREATE, LIVE_NONE, why, FALSE);
    }
}

/* ---- lists ---- */

/* The device of a list that has this identity, or NULL. */
static const Value *find(const Value *list, const char *identity)
{
    for (guint i = 0; list != NULL && i < list->count; i++) {
        if (g_strcmp0(settings_identity(list->items[i].table), identity) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

static const Value *find_same(const Value *list, const Value *device)
{
    return find(list, settings_identity(device->table));
}

/* A device that has no identity, which no spec of ours leaves so, cannot be told from the others.
 */
static gboolean are_told_apart(const Value *list)
{
    for (guint i = 0; list != NULL && i < list->count; i++) {
        const char *identity = settings_identity(list->items[i].table);
        if (identity == NULL || find(list, identity) != &list->items[i]) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Did somebody take the medium out of the drive, and do nothing else with it? */
static gboolean is_ejected(const Lists *lists, const Value *device, const Value *given)
{
    return given != NULL && settings_own(device->table, DISK_KEY_path) == NULL &&
           is_media_alone(lists->about, device->table, given->table);
}

/* Is all that is seen what the domain was given? */
static gboolean are_as_given(const Lists *lists)
{
    for (guint i = 0; lists->have != NULL && i < lists->have->count; i++) {
        const Value *device = &lists->have->items[i];
        const Value *given = find_same(lists->given, device);
        if (!value_equal(&domain_keys, device, given) && !is_ejected(lists, device, given)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_mac_forgotten(const Lists *lists)
{
    gboolean goes = FALSE;
    gboolean is_made = FALSE;
    if (domain_keys.rows[lists->key].table != &vif_keys) {
        return FALSE;
    }
    for (guint i = 0; lists->have != NULL && i < lists->have->count; i++) {
        goes = goes || find_same(lists->want, &lists->have->items[i]) == NULL;
    }
    for (guint i = 0; lists->want != NULL && i < lists->want->count; i++) {
        const Value *vif = &lists->want->items[i];
        is_made = is_made || (find_same(lists->have, vif) == NULL && vif_mac_is_made(vif->table));
    }
    return goes && is_made;
}

static void compare_device(const Lists *lists, guint index)
{
    const Value *device = &lists->have->items[index];
    const Value *given = find_same(lists->given, device);
    const Value *want = find_same(lists->want, device);
    if (value_equal(&domain_keys, device, want)) {
        return;
    }
    if (lists->is_seen && value_equal(&domain_keys, given, want)) {
        if (is_ejected(lists, device, want)) {
            add(lists, device, want, CHANGE_LIVE, LIVE_MEDIA, NULL, TRUE);
        } else {
            add_by_hand(lists, device, want);
        }
    } else if (want == NULL) {
        add_removed(lists, device, index);
    } else {
        add_changed(lists, device, want);
    }
}

static void compare_whole(const Lists *lists)
{
    gboolean is_drift = lists->is_seen && value_equal(&domain_keys, lists->given, lists->want);
    KeyChange how = is_drift ? CHANGE_NEXT_START : CHANGE_RECREATE;
    Change whole = {.row = &domain_keys.rows[lists->key],
                    .have = value_for_people(lists->have),
                    .want = value_for_people(lists->want),
                    .how = how,
                    .is_drift = is_drift};
    g_array_append_val(differences_of_class(lists->out, how), whole);
}

void devices_compare(const Comparison *about, guint key, const Value *given, const SeenValue *seen,
                     Differences *out)
{
    const Value *have = seen == NULL ? given : seen->is_set ? &seen->value : NULL;
    Lists lists = {about,        key,   given, have, domain_get(about->domain, key),
                   seen != NULL, FALSE, FALSE, out};
    if (!are_told_apart(given) || !are_told_apart(have) || !are_told_apart(lists.want)) {
        compare_whole(&lists);
        return;
    }
    lists.are_only_missing = are_as_given(&lists);
    lists.is_mac_forgotten = is_mac_forgotten(&lists);
    for (guint i = 0; have != NULL && i < have->count; i++) {
        compare_device(&lists, i);
    }
    for (guint i = 0; lists.want != NULL && i < lists.want->count; i++) {
        const Value *want = &lists.want->items[i];
        if (find_same(have, want) != NULL) {
            continue;
        }
        if (lists.is_seen && find_same(given, want) != NULL) {
            add_missing(&lists, want);
        } else {
            add_new(&lists, want);
        }
    }
}
