/* What agent.yaml lets a source define: `names`, `disks`, `files`, `bridges`, `devices` and
 * `formats`. So one team's source reaches neither the domains of another one nor dom0's own disks
 * and files. */
#include "agent/cycle.h"
#include "spec/host_needs.h"

#include <fnmatch.h>
#include <string.h>

/* Does one of the patterns fit? A star stops at a slash. */
static gboolean is_among(const Value *patterns, const char *text)
{
    for (guint i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i].text, text, FNM_PATHNAME | FNM_NOESCAPE) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A name that leads back up would leave the folder that it begins with. */
static gboolean leads_up(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    return g_strv_contains((const char *const *)parts, "..");
}

static const Value *bound_of(const SpecSource *source, SourceKey key)
{
    return source != NULL && source->settings != NULL ? settings_own(source->settings, key) : NULL;
}

static const SourceKey bounds[] = {SOURCE_KEY_names,   SOURCE_KEY_disks,   SOURCE_KEY_files,
                                   SOURCE_KEY_bridges, SOURCE_KEY_devices, SOURCE_KEY_formats};

gboolean cycle_is_bounded(const SpecSource *source)
{
    gboolean is_one = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(bounds); i++) {
        is_one = is_one || bound_of(source, bounds[i]) != NULL;
    }
    return is_one;
}

const SpecSource *cycle_find_source(const Cycle *cycle, const TrustedText *text)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (g_ptr_array_find(source->texts, text, NULL)) {
            return source;
        }
    }
    return NULL;
}

gboolean cycle_may_define(const SpecSource *source, const char *name)
{
    const Value *names = bound_of(source, SOURCE_KEY_names);
    return names == NULL || is_among(names, name);
}

static void check_name(Cycle *cycle, const Domain *domain, const Value *names)
{
    const Value *uuid = settings_own(domain->own, DOMAIN_KEY_uuid);
    if (!is_among(names, domain->name)) {
        problems_add(cycle->problems, domain->where,
                     "expected a domain that agent.yaml lets this source define (`names`), found "
                     "'%s'",
                     domain->name);
    }
    /* Whose domain that is, its name does not say. */
    if (uuid != NULL) {
        problems_add(cycle->problems, uuid->where,
                     "expected no 'uuid' in a source whose `names` agent.yaml bounds, found one "
                     "(`adopt: true` takes over the domain of this name)");
    }
}

/* Any file of dom0 could be read within a guest, as its ramdisk for example; a device of the host
 * brings what hangs on it, and some keys reach dom0 or other domains without one (`pool`, `sdl`).
 */
typedef struct {
    SourceKey key;
    const char *what;
    const char *granted; /* the pattern of what is taken for granted; NULL: nothing is */
    gboolean is_own;     /* it is no way around those before it */
} BoundRow;

/* By KeyBound; what has no row here has no bound of a source's own. Where a source bounds one of
 * them, those after it are bounded, too: else they were a way around it (but for one that is its
 * own matter). TO ADD ONE: a row, here and in source_keys.def. */
static const BoundRow bound_rows[] = {
    [BOUND_DISKS] = {SOURCE_KEY_disks, "a disk", NULL, FALSE},
    [BOUND_FILES] = {SOURCE_KEY_files, "a file", "/boot/*", FALSE},
    [BOUND_BRIDGES] = {SOURCE_KEY_bridges, "a bridge", NULL, TRUE},
    [BOUND_DEVICES] = {SOURCE_KEY_devices, "a device", NULL, FALSE},
};

static gboolean fits_bound(const SpecSource *source, KeyBound bound, const char *name)
{
    const Value *patterns = bound_of(source, bound_rows[bound].key);
    const char *granted = bound_rows[bound].granted;
    if (patterns != NULL) {
        return !leads_up(name) && is_among(patterns, name);
    }
    gboolean is_own = bound_rows[bound].is_own;
    for (KeyBound before = BOUND_DISKS; !is_own && before < bound; before++) {
        if (bound_of(source, bound_rows[before].key) != NULL) {
            return granted != NULL && !leads_up(name) && fnmatch(granted, name, FNM_PATHNAME) == 0;
        }
    }
    return TRUE;
}

static void check_value(Cycle *cycle, const SpecSource *source, const BoundValue *value,
                        const char *const *programs)
{
    const KeyRow *key = value->place.part != NULL ? value->place.part : value->place.row;
    Position where = value->place.value->where;
    if (value->bound == BOUND_PROGRAMS) {
        if (!spec_allows_program(key, value->place.value, programs)) {
            problems_add(cycle->problems, where,
                         "expected a program that agent.yaml allows (`allow_programs`), found '%s' "
                         "in a source with bounds",
                         key->name);
        }
        return;
    }
    const BoundRow *row = &bound_rows[value->bound];
    if (!fits_bound(source, value->bound, value->name)) {
        problems_add(cycle->problems, where,
                     "expected %s that agent.yaml lets this source use (`%s`), found '%s'",
                     row->what, source_keys.rows[row->key].name, value->name);
    }
}

/* All that names something of the host, by the table of keys. */
static void check_reach(Cycle *cycle, const Domain *domain, const SpecSource *source,
                        const char *const *programs)
{
    g_autoptr(GArray) values = bound_values_find(domain);
    for (guint i = 0; i < values->len; i++) {
        check_value(cycle, source, &g_array_index(values, BoundValue, i), programs);
    }
}

/* The header of an image that is not raw is the guest's to write, and can name any file. PATTERNS
 * NULL: as above. */
static void check_formats(Cycle *cycle, const Domain *domain, const Value *patterns)
{
    const Value *disks = domain_get(domain, DOMAIN_KEY_disks);
    for (guint i = 0; disks != NULL && i < disks->count; i++) {
        const Settings *disk = disks->items[i].table;
        const Value *own = settings_own(disk, DISK_KEY_format);
        const char *format = settings_get(disk, DISK_KEY_format)->text;
        if (patterns != NULL ? !is_among(patterns, format) : strcmp(format, "raw") != 0) {
            problems_add(cycle->problems, own != NULL ? own->where : disk->where,
                         "expected a format that agent.yaml lets this source use (`formats`), "
                         "found '%s'",
                         format);
        }
    }
}

/* Without a name, Xen's script takes the host's first bridge. */
static void check_bridges(Cycle *cycle, const Domain *domain)
{
    const Value *vifs = domain_get(domain, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        const Settings *vif = vifs->items[i].table;
        if (settings_own(vif, VIF_KEY_bridge) == NULL) {
            problems_add(cycle->problems, vif->where,
                         "expected a `bridge` that agent.yaml lets this source use (`bridges`), "
                         "found none");
        }
    }
}

/* What a profile says, its source says of the domain. */
static void check_profile(Cycle *cycle, const Domain *domain, const SpecSource *source,
                          const Settings *profile)
{
    const SpecSource *other =
        profile != NULL ? cycle_find_source(cycle, profile->where.text) : source;
    if (other != source && cycle_is_bounded(other)) {
        /* Whoever has bounds is at fault, or could keep back what is new of the others. */
        g_autofree char *place =
            g_strdup_printf("%s:%u", trusted_text_name(domain->where.text), domain->where.line);
        problems_add(cycle->problems, profile->where,
                     "expected a profile that domains of its own source alone take, since "
                     "agent.yaml bounds that, found that domain '%s' (at %s) takes it",
                     domain->name, place);
    }
}

static gboolean has_bounds(const Cycle *cycle)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        if (cycle_is_bounded(g_ptr_array_index(cycle->sources, i))) {
            return TRUE;
        }
    }
    return FALSE;
}

static void check_values(Cycle *cycle, const Domain *domain, const SpecSource *source,
                         const char *const *programs)
{
    const Value *names = bound_of(source, SOURCE_KEY_names);
    const Value *disks = bound_of(source, SOURCE_KEY_disks);
    const Value *bridges = bound_of(source, SOURCE_KEY_bridges);
    const Value *formats = bound_of(source, SOURCE_KEY_formats);
    if (names != NULL) {
        check_name(cycle, domain, names);
    }
    if (cycle_is_bounded(source)) {
        check_reach(cycle, domain, source, programs);
    }
    if (bridges != NULL) {
        check_bridges(cycle, domain);
    }
    if (disks != NULL || formats != NULL) {
        check_formats(cycle, domain, formats);
    }
}

/* Whoever is among the hosts is asked before any domain starts for the first time, and believed. */
static void check_hosts(Cycle *cycle, const SpecSource *source)
{
    const Position *hosts = &source->header.hosts;
    if (hosts->text != NULL && bound_of(source, SOURCE_KEY_names) != NULL) {
        problems_add(cycle->problems, *hosts,
                     "expected no `hosts` in a source whose `names` agent.yaml bounds, found some "
                     "(they are for another of `sources`)");
    }
}

void cycle_check_bounds(Cycle *cycle, const char *const *programs)
{
    if (!has_bounds(cycle)) {
        return;
    }
    for (guint i = 0; cycle->sources->len > 1 && i < cycle->sources->len; i++) {
        check_hosts(cycle, g_ptr_array_index(cycle->sources, i));
    }
    for (guint i = 0; i < cycle->spec->domains->len; i++) {
        const Domain *domain = g_ptr_array_index(cycle->spec->domains, i);
        const SpecSource *source = cycle_find_source(cycle, domain->where.text);
        check_values(cycle, domain, source, programs);
        if (cycle->sources->len > 1) {
            check_profile(cycle, domain, source, domain->profile);
            check_profile(cycle, domain, source, domain->default_profile);
        }
    }
}
