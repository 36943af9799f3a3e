/* What domains run with, held against the spec as a whole: the short list of each run shows no
 * devices. That is done at intervals, and in each run where it has shown a difference that is still
 * there. */
#include "agent/last_run.h"
#include "reconcile/record_settings.h"

#include <string.h>

/* From so many on, one list of all domains is faster. */
#define ONE_BY_ONE_MOST 8u
#define NAMES_TOLD_MOST 5u

/* ---- when ---- */

/* A stamp in the future is of a clock that was set back. */
static gboolean is_due(const Cycle *cycle, gint64 last)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gint64 interval = agent_config_integer(cycle->config, AGENT_KEY_details_interval);
    return last != 0 && (last > now || now - last >= interval);
}

void cycle_note_details(Cycle *cycle)
{
    json_t *before = last_run_find_before(cycle);
    const json_t *names = json_object_get(before, "drifted");
    cycle->details_are_due =
        is_due(cycle, json_integer_value(json_object_get(before, "details_time")));
    cycle->drifted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name != NULL) {
            g_hash_table_add(cycle->drifted, g_strdup(name));
        }
    }
    json_decref(before);
}

gboolean cycle_wants_all_details(const Cycle *cycle)
{
    guint count = cycle->plan->details->len;
    return !cycle->all_details_were_asked &&
           (cycle->plan->asks_disks || (cycle->details_are_due && count > 0) ||
            count > ONE_BY_ONE_MOST);
}

/* ---- looking ---- */

/* Up to 4.4, xl tells of the config file that a domain was created from, and not of what it has
 * been given since (Xen tools/libxl/xl_cmdimpl.c:list_domains_details); 4.5 cannot be told from
 * those. */
static void drop_rough(Observed *observed, const GArray *ids, gboolean *is_rough)
{
    for (guint i = 0; i < ids->len; i++) {
        ObservedDomain *row = observed_find_domid(observed, g_array_index(ids, guint32, i));
        if (row->has_details && !row->settings->tells_absence) {
            observed_domain_drop_details(row);
            *is_rough = TRUE;
        }
    }
}

/* Of those of which they are not known yet. */
static GArray *list_ids(const Observed *observed)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid != 0 && !row->has_details) {
            g_array_append_val(ids, row->domid);
        }
    }
    return ids;
}

/* The names of these that are still not seen, in words; NULL: all are. To be freed. */
static char *describe_unseen(const Observed *observed, const GArray *ids)
{
    g_autoptr(GString) names = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < ids->len; i++) {
        const ObservedDomain *row = observed_find_domid(observed, g_array_index(ids, guint32, i));
        if (!row->has_details && count++ < NAMES_TOLD_MOST) {
            g_string_append_printf(names, "%s%s", count > 1 ? ", " : "", row->name);
        }
    }
    return count == 0 ? NULL
                      : g_strdup_printf("the toolstack's whole list does not tell of %s%s",
                                        names->str, count > NAMES_TOLD_MOST ? " and others" : "");
}

void cycle_observe_all_details(Cycle *cycle)
{
    g_autoptr(GArray) wanted = g_array_copy(cycle->plan->details);
    g_autoptr(GArray) ids = list_ids(cycle->observed);
    g_autofree char *trouble = NULL;
    gboolean is_rough = FALSE;
    cycle->all_details_were_asked = TRUE;
    if (xen_host_observe_all_details(cycle->host, cycle->observed, ids, &trouble)) {
        drop_rough(cycle->observed, ids, &is_rough);
        trouble = is_rough ? NULL : describe_unseen(cycle->observed, wanted);
    }
    if (cycle->details_are_due) {
        g_free(cycle->details_trouble);
        cycle->details_trouble = g_steal_pointer(&trouble);
    }
}

void cycle_warn_of_details(Cycle *cycle)
{
    if (cycle->details_trouble != NULL) {
        problems_add_warning(cycle->problems, (Position){0},
                             "devices that somebody has taken or given by hand are not seen this "
                             "time: %s",
                             cycle->details_trouble);
    }
}

/* ---- what is left ---- */

/* The row of a domain of the spec, or NULL. */
static const ObservedDomain *find_row(const Cycle *cycle, const char *name)
{
    const Domain *domain = spec_find(cycle->spec, name);
    const char *uuid =
        domain != NULL ? record_uuid_of(record_find(cycle->record, name), domain) : "";
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        if (*uuid != '\0' && strcmp(row->uuid, uuid) == 0) {
            return row;
        }
    }
    return NULL;
}

/* Did the host move for one of them? */
static gboolean has_drift(const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (g_array_index(changes, Change, i).is_drift) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_done(const Cycle *cycle, guint index)
{
    return cycle->outcomes != NULL &&
           g_array_index(cycle->outcomes, Outcome, index).result == RESULT_DONE;
}

static void add_name(const Cycle *cycle, const char *name, GHashTable *names)
{
    const ObservedDomain *row = find_row(cycle, name);
    if (row != NULL && row->settings != NULL && row->settings->tells_absence) {
        g_hash_table_add(names, (gpointer)name);
    }
}

static void add_found(const Cycle *cycle, GHashTable *names)
{
    const Plan *plan = cycle->plan;
    for (guint i = 0; i < plan->waiting->len; i++) {
        const Waiting *waiting = g_ptr_array_index(plan->waiting, i);
        if (has_drift(waiting->changes)) {
            add_name(cycle, waiting->name, names);
        }
    }
    for (guint i = 0; i < plan->actions->len; i++) {
        const Action *action = g_ptr_array_index(plan->actions, i);
        if (has_drift(action->changes) && !is_done(cycle, i)) {
            add_name(cycle, action->name, names);
        }
    }
}

/* What had drifted, and was not looked at by this run, may still be so. */
static gboolean is_still_unseen(const Cycle *cycle, const char *name)
{
    if (cycle->plan == NULL ||
        (cycle->options->only != NULL && strcmp(cycle->options->only, name) != 0)) {
        return TRUE;
    }
    const ObservedDomain *row = find_row(cycle, name);
    return row != NULL && !row->has_details;
}

GList *cycle_find_drifted(const Cycle *cycle)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iterator;
    gpointer name;
    if (cycle->plan != NULL) {
        add_found(cycle, names);
    }
    g_hash_table_iter_init(&iterator, cycle->drifted);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        if (is_still_unseen(cycle, name)) {
            g_hash_table_add(names, name);
        }
    }
    return g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)strcmp);
}
