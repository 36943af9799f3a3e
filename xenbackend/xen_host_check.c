#include "xenbackend/xen_host_check.h"

#include "xenbackend/file_look.h"
#include "xenbackend/xen_host_parts.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DESCRIBED_MOST 3

static void finding_free(HostFinding *finding)
{
    g_free(finding->message);
    g_free(finding->brief);
    g_free(finding);
}

typedef struct {
    XenHost *host;
    const XenInfo *info; /* NULL: not known */
    const Domain *domain;
    GPtrArray *findings;
} Check;

/* ---- what is there ---- */

/* All looks of a run share a time: where a file server does not answer, many domains lack files. */
#define LOOKS_MS      5000
#define LOOK_LEAST_MS 100

/* 0, or an errno. */
static int look_at(Check *check, const char *path, struct stat *out)
{
    g_autofree char *whole = g_strconcat(check->host->root, path, NULL);
    gint64 begun = g_get_monotonic_time();
    gint64 left_ms = LOOKS_MS - check->host->looked_ms;
    int failure = file_look(whole, (guint)MAX(left_ms, LOOK_LEAST_MS), out);
    check->host->looked_ms += (g_get_monotonic_time() - begun) / 1000;
    return failure;
}

/* Below /sys nothing is waited for. */
static gboolean is_there(const XenHost *host, const char *path)
{
    g_autofree char *whole = g_strconcat(host->root, path, NULL);
    return g_file_test(whole, G_FILE_TEST_EXISTS);
}

/* What is found in place of a file (or a disk), in words; NULL: it is there. */
static char *find_no_file(Check *check, const HostNeed *need)
{
    struct stat status;
    int failure = look_at(check, need->name, &status);
    if (failure == ENOENT || failure == ENOTDIR) {
        return g_strdup("none");
    }
    if (failure == ETIMEDOUT) {
        return g_strdup("that a look at it takes too long");
    }
    if (failure != 0) {
        return g_strdup_printf("that it cannot be looked at: %s", g_strerror(failure));
    }
    gboolean is_good =
        S_ISREG(status.st_mode) || (need->kind == NEED_DISK && S_ISBLK(status.st_mode));
    return is_good                   ? NULL
           : S_ISDIR(status.st_mode) ? g_strdup("a folder")
                                     : g_strdup("something else");
}

static gboolean is_interface(const XenHost *host, const char *name)
{
    g_autofree char *path = g_build_filename("/sys/class/net", name, NULL);
    return is_there(host, path);
}

/* Linux net/bridge/br_sysfs_br.c: the attributes of a bridge. */
static gboolean is_linux_bridge(const XenHost *host, const char *name)
{
    g_autofree char *path = g_build_filename("/sys/class/net", name, "bridge", NULL);
    return is_there(host, path);
}

static gboolean has_openvswitch(const XenHost *host)
{
    return is_there(host, "/sys/module/openvswitch") || is_interface(host, "ovs-system");
}

/* A bridge of Open vSwitch looks like any other interface; VLANs may stand behind its name (Xen
 * tools/hotplug/Linux/vif-openvswitch). */
static char *find_no_bridge(const XenHost *host, const HostNeed *need)
{
    g_autofree char *name = g_strndup(need->name, strcspn(need->name, ".:"));
    gboolean may_be_ovs = need->kind == NEED_OPENVSWITCH || has_openvswitch(host);
    if (is_linux_bridge(host, need->name) || (may_be_ovs && is_interface(host, name)) ||
        (may_be_ovs && is_interface(host, need->name))) {
        return NULL;
    }
    return g_strdup(is_interface(host, need->name) ? "an interface that is no bridge" : "none");
}

static char *find_wanting(Check *check, const HostNeed *need)
{
    const XenHost *host = check->host;
    switch (need->kind) {
    case NEED_FILE:
    case NEED_DISK:
        return find_no_file(check, need);
    case NEED_BRIDGE:
    case NEED_OPENVSWITCH:
        return find_no_bridge(host, need);
    case NEED_INTERFACE:
        return is_interface(host, need->name) ? NULL : g_strdup("none");
    }
    return NULL;
}

static const char *kind_name(HostNeedKind kind)
{
    switch (kind) {
    case NEED_FILE:
        return "file";
    case NEED_DISK:
        return "block device or image file";
    case NEED_BRIDGE:
    case NEED_OPENVSWITCH:
        return "bridge";
    case NEED_INTERFACE:
        return "network interface";
    }
    return "file";
}

/* ---- findings ---- */

/* A default has no place in the spec. */
static Position place_of(const Check *check, const Value *value)
{
    return value->where.text != NULL ? value->where : check->domain->where;
}

/* Takes both texts over. */
static void add_finding(Check *check, HostFindingKind kind, const Value *value, char *message,
                        char *brief)
{
    HostFinding *finding = g_new0(HostFinding, 1);
    *finding = (HostFinding){kind, place_of(check, value), message, brief};
    g_ptr_array_add(check->findings, finding);
}

static void check_needs(Check *check)
{
    g_autoptr(GArray) needs = host_needs_find(check->domain);
    for (guint i = 0; check->host->root != NULL && i < needs->len; i++) {
        const HostNeed *need = &g_array_index(needs, HostNeed, i);
        g_autofree char *found = find_wanting(check, need);
        if (found == NULL) {
            continue;
        }
        g_autoptr(GString) key = g_string_new(NULL);
        value_place_append_name(&need->place, key);
        add_finding(check, FINDING_MISSING, need->place.value,
                    g_strdup_printf("expected the %s '%s' on this host, for '%s' of domain '%s', "
                                    "found %s",
                                    kind_name(need->kind), need->name, key->str,
                                    check->domain->name, found),
                    g_strdup_printf("%s %s", key->str, need->name));
    }
}

static void check_release(Check *check)
{
    const XenInfo *info = check->info;
    if (info == NULL || info->release == 0) {
        return;
    }
    g_autoptr(GArray) late_keys =
        late_keys_find(check->domain, check->host->toolstack->keys, info->release);
    for (guint i = 0; i < late_keys->len; i++) {
        const LateKey *late = &g_array_index(late_keys, LateKey, i);
        g_autoptr(GString) key = g_string_new(NULL);
        value_place_append_name(&late->place, key);
        guint major = late->since / XEN_RELEASE(1, 0);
        guint minor = late->since % XEN_RELEASE(1, 0);
        add_finding(check, FINDING_LATE_KEY, late->place.value,
                    g_strdup_printf("expected Xen %u.%u or later on this host, for '%s' of domain "
                                    "'%s', found %s, which would pass over it without a word",
                                    major, minor, key->str, check->domain->name, info->xen_version),
                    g_strdup_printf("%s (since Xen %u.%u)", key->str, major, minor));
    }
}

static void check_memory(Check *check)
{
    const Value *memory = domain_get(check->domain, DOMAIN_KEY_memory);
    gint64 total_mib = check->info != NULL ? check->info->total_memory_mib : -1;
    if (memory == NULL || total_mib < 0 || memory->integer <= total_mib) {
        return;
    }
    add_finding(check, FINDING_MEMORY, memory,
                g_strdup_printf("expected at most the %" G_GINT64_FORMAT
                                " MiB of this host, for 'memory' of domain '%s', found "
                                "%" G_GINT64_FORMAT " MiB",
                                total_mib, check->domain->name, memory->integer),
                g_strdup_printf("%" G_GINT64_FORMAT " MiB of memory", memory->integer));
}

static void check_cpus(Check *check)
{
    const Value *vcpus = domain_get(check->domain, DOMAIN_KEY_vcpus);
    gint64 cpus = check->info != NULL ? check->info->nr_cpus : -1;
    if (vcpus == NULL || cpus < 0 || vcpus->integer <= cpus) {
        return;
    }
    add_finding(check, FINDING_CPUS, vcpus,
                g_strdup_printf("domain '%s' has %" G_GINT64_FORMAT
                                " virtual CPUs, and this host %" G_GINT64_FORMAT " CPUs",
                                check->domain->name, vcpus->integer, cpus),
                g_strdup_printf("vcpus %" G_GINT64_FORMAT, vcpus->integer));
}

GPtrArray *xen_host_check_domain(XenHost *host, const XenInfo *info, const Domain *domain)
{
    Check check = {host, info, domain,
                   g_ptr_array_new_with_free_func((GDestroyNotify)finding_free)};
    check_memory(&check);
    check_cpus(&check);
    check_needs(&check);
    check_release(&check);
    return check.findings;
}

const char *xen_host_check_doubt(const XenHost *host, const XenInfo *info, const Domain *domain)
{
    if (info != NULL && info->release != 0) {
        return NULL;
    }
    g_autoptr(GArray) late_keys = late_keys_find(domain, host->toolstack->keys, 0);
    return late_keys->len == 0 ? NULL
           : info == NULL      ? "the toolstack does not say anything of the host"
                               : "the toolstack does not say its release";
}

char *xen_host_identify_disk(const XenHost *host, const char *path)
{
    struct stat status;
    if (host->root == NULL || !g_str_has_prefix(path, "/dev/")) {
        return NULL;
    }
    g_autofree char *whole = g_strconcat(host->root, path, NULL);
    if (stat(whole, &status) != 0) {
        return NULL;
    }
    return S_ISBLK(status.st_mode)
               ? g_strdup_printf("device %u:%u", major(status.st_rdev), minor(status.st_rdev))
           : S_ISREG(status.st_mode)
               ? g_strdup_printf("file %u:%u:%ju", major(status.st_dev), minor(status.st_dev),
                                 (uintmax_t)status.st_ino)
               : NULL;
}

static char *describe(const GPtrArray *findings, HostFindingKind kind, HostFindingKind or_kind)
{
    GString *out = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < findings->len; i++) {
        const HostFinding *finding = g_ptr_array_index(findings, i);
        gboolean is_meant = finding->kind == kind || finding->kind == or_kind;
        if (is_meant && count++ < DESCRIBED_MOST) {
            g_string_append_printf(out, "%s%s", count > 1 ? ", " : "", finding->brief);
        }
    }
    if (count > DESCRIBED_MOST) {
        g_string_append_printf(out, " and %u more", count - DESCRIBED_MOST);
    }
    return g_string_free(out, count == 0);
}

char *host_findings_describe_missing(const GPtrArray *findings)
{
    return describe(findings, FINDING_MISSING, FINDING_MEMORY);
}

char *host_findings_describe_late_keys(const GPtrArray *findings)
{
    return describe(findings, FINDING_LATE_KEY, FINDING_LATE_KEY);
}
