/* Which domain of the host a config file is of, and whether it runs. */
#include "agent/import_parts.h"
#include "reconcile/host_answer.h"
#include "xenbackend/file.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_import_running.h"

#include <string.h>

#define NAMES_TOLD_MOST 5u

/* What was seen before absent_pause, where it was waited for. */
typedef struct {
    Observed *observed; /* NULL: there was only one look */
    char *trouble;      /* why there was no second one; NULL: there was, or none was needed */
} FirstLook;

/* ---- files ---- */

char *import_config_path(const Import *import, const char *name)
{
    const Cycle *cycle = import->cycle;
    const char *folder = cycle->options->xen_config_dir != NULL
                             ? cycle->options->xen_config_dir
                             : agent_config_text(cycle->config, AGENT_KEY_xen_config_dir);
    g_autofree char *file = g_strconcat(name != NULL ? name : "", ".cfg", NULL);
    return g_build_filename(folder, name != NULL ? file : NULL, NULL);
}

gboolean import_is_ours(const char *path)
{
    char uuid[UUID_SIZE];
    gsize length = 0;
    g_autoptr(GBytes) bytes = file_read_if_there(path, XEN_CONFIG_TEXT_BYTES_MAX, NULL);
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    return text != NULL && xen_config_is_ours(text, length, uuid);
}

/* Is a file of somebody else's where ours would be? */
static gboolean has_foreign_config(const Import *import, const char *name)
{
    g_autofree char *path = import_config_path(import, name);
    return g_file_test(path, G_FILE_TEST_EXISTS) && !import_is_ours(path);
}

static gboolean misses_mac(const ImportedDomain *domain)
{
    const Value *vifs = settings_own(domain->settings, DOMAIN_KEY_vifs);
    for (guint i = 0; vifs != NULL && i < vifs->count; i++) {
        if (settings_own(vifs->items[i].table, VIF_KEY_mac) == NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- rows ---- */

static const char *uuid_of(const ImportedDomain *domain)
{
    const Value *uuid = settings_own(domain->settings, DOMAIN_KEY_uuid);
    return uuid != NULL ? uuid->text : NULL;
}

static gboolean has_uuid_of(const ImportedDomain *domain, const ObservedDomain *row)
{
    return g_strcmp0(uuid_of(domain), row->uuid) == 0;
}

/* By its uuid, whatever it is called now, or by its name, which it may have lost to a migration. */
static gboolean is_its_row(const ImportedDomain *domain, const ObservedDomain *row)
{
    g_autofree char *plain = domain_name_under_way(row->name);
    gboolean has_name = domain->name != NULL && (strcmp(row->name, domain->name) == 0 ||
                                                 g_strcmp0(plain, domain->name) == 0);
    return row->domid != 0 && (has_uuid_of(domain, row) || has_name);
}

static const ObservedDomain *find_row(const Observed *observed, const ImportedDomain *domain)
{
    for (guint i = 0; observed != NULL && i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (is_its_row(domain, row)) {
            return row;
        }
    }
    return NULL;
}

static guint count_rows(const Observed *observed, const ImportedDomain *domain)
{
    guint count = 0;
    for (guint i = 0; i < observed->domains->len; i++) {
        count += is_its_row(domain, g_ptr_array_index(observed->domains, i)) ? 1 : 0;
    }
    return count;
}

/* ---- what is not sure ---- */

/* Why what is in the list cannot be taken for the file's domain as it is; NULL: it can. */
static char *why_not_row(const Import *import, const ImportedDomain *domain,
                         const ObservedDomain *row)
{
    const char *why = import_why_not(import, row);
    guint count = count_rows(import->cycle->observed, domain);
    if (count > 1) {
        return g_strdup_printf("left out: %u domains that are here may be this one, by the uuid or "
                               "the name; one is '%s' (id %u)",
                               count, row->name, row->domid);
    }
    if (g_strcmp0(row->name, domain->name) != 0) {
        return g_strdup_printf("left out: the domain with its %s is here as '%s' (id %u), and the "
                               "file calls it '%s'%s%s",
                               has_uuid_of(domain, row) ? "uuid" : "name", row->name, row->domid,
                               domain->name != NULL ? domain->name : "", why != NULL ? ": " : "",
                               why != NULL ? why : "");
    }
    return why != NULL ? g_strdup_printf("left out: %s", why) : NULL;
}

const RecordDomain *import_find_recorded(const Import *import, const ImportedDomain *domain)
{
    const Record *record = import->cycle->record;
    const char *uuid = uuid_of(domain);
    const RecordDomain *by_uuid =
        record != NULL && uuid != NULL ? record_find_uuid(record, uuid) : NULL;
    return by_uuid != NULL || record == NULL || domain->name == NULL
               ? by_uuid
               : record_find(record, domain->name);
}

/* Why a domain that is not in the list may be there all the same; NULL: it is not. */
static char *why_not_stopped(const Import *import, const ImportedDomain *domain,
                             const FirstLook *first)
{
    const RecordDomain *recorded = import_find_recorded(import, domain);
    if (recorded != NULL && (recorded->is_running || recorded->operation != OPERATION_NONE)) {
        return g_strdup("left out: it is not in the list, and is recorded as one that runs here, "
                        "or that xensure has begun to do something to: `xensure plan` tells more");
    }
    if (find_row(first->observed, domain) != NULL) {
        return g_strdup("left out: it was in the list, and a moment later it was not: import it "
                        "again when it is clear whether it comes back");
    }
    return first->trouble != NULL
               ? g_strdup_printf("left out: it is not in the list, and there was no second look "
                                 "that told whether it only reboots: %s",
                                 first->trouble)
               : NULL;
}

/* ---- the place ---- */

static void place_running(Import *import, ImportedDomain *domain, const ObservedDomain *row)
{
    gboolean is_foreign = has_foreign_config(import, domain->name);
    if (misses_mac(domain)) {
        import_look_closer(import, row);
        imported_domain_take_macs(domain, row);
    }
    imported_domain_identify(domain, row, is_foreign || !import_is_recorded(import, row));
}

static void place_absent(Import *import, ImportedDomain *domain)
{
    const Observed *observed = import->cycle->observed;
    gboolean is_foreign = domain->name != NULL && has_foreign_config(import, domain->name);
    if (is_foreign || observed == NULL) {
        imported_domain_set_number(domain, DOMAIN_KEY_adopt, TRUE);
    }
    if (observed != NULL) {
        imported_domain_set_text(domain, DOMAIN_KEY_state, "stopped");
        imported_domain_note(domain, 0, 0, "state",
                             "it does not run on this host: `running` starts it");
    }
}

/* FALSE: it was refused. */
static gboolean place(Import *import, ImportedDomain *domain, const FirstLook *first)
{
    const Observed *observed = import->cycle->observed;
    const ObservedDomain *row = find_row(observed, domain);
    char *refusal = row != NULL        ? why_not_row(import, domain, row)
                    : observed != NULL ? why_not_stopped(import, domain, first)
                                       : NULL;
    if (refusal != NULL) {
        import_refuse(import, domain->source, refusal);
        return FALSE;
    }
    if (row != NULL) {
        place_running(import, domain, row);
    } else {
        place_absent(import, domain);
    }
    imported_domain_note_macs(domain);
    return TRUE;
}

static gboolean is_any_missing(const Import *import)
{
    for (guint i = 0; i < import->domains->len; i++) {
        if (find_row(import->cycle->observed, g_ptr_array_index(import->domains, i)) == NULL) {
            return TRUE;
        }
    }
    return FALSE;
}

/* A guest that reboots is in no list for a moment. */
static void look_again(Import *import, FirstLook *first)
{
    Cycle *cycle = import->cycle;
    cycle_pause(cycle);
    Observed *second = xen_host_observe(cycle->host);
    if (second->state == OBSERVATION_COMPLETE) {
        first->observed = cycle->observed;
        cycle->observed = second;
    } else {
        first->trouble = g_strdup(second->trouble);
        observed_free(second);
    }
}

void import_place(Import *import)
{
    FirstLook first = {NULL, NULL};
    if (import->cycle->observed != NULL && is_any_missing(import)) {
        look_again(import, &first);
    }
    for (guint i = 0; i < import->domains->len;) {
        if (place(import, g_ptr_array_index(import->domains, i), &first)) {
            i++;
        } else {
            g_ptr_array_remove_index(import->domains, i);
        }
    }
    g_free(first.trouble);
    observed_free(first.observed);
}

void import_remark_known(Import *import)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const Record *record = import->cycle->record;
    guint count = 0;
    for (guint i = 0; i < import->domains->len; i++) {
        const ImportedDomain *domain = g_ptr_array_index(import->domains, i);
        if (domain->name != NULL && import_find_recorded(import, domain) != NULL &&
            count++ < NAMES_TOLD_MOST) {
            g_string_append_printf(names, "%s%s", count > 1 ? ", " : "", domain->name);
        }
    }
    if (record != NULL && g_hash_table_size(record->domains) > 0) {
        import_remark(import,
                      "a spec was applied here already, and nothing may be said twice: take into "
                      "it the domains that are new, without `fleet` and a second profile `default`"
                      "%s%s%s%s",
                      count > 0 ? " (it has or had " : "", names->str,
                      count > NAMES_TOLD_MOST ? " and others" : "", count > 0 ? ")" : "");
    }
}
