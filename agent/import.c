#include "agent/import_parts.h"

#include "agent/exit_code.h"
#include "spec/characters.h"
#include "xenbackend/xen_import_running.h"

#include <string.h>

#define SHOWN_MAX 1000u /* characters of a name or a message */

static void refusal_free(gpointer data)
{
    ImportRefusal *refusal = data;
    g_free(refusal->source);
    g_free(refusal->message);
    g_free(refusal->text);
    g_free(refusal);
}

void import_init(Import *import, Cycle *cycle)
{
    import->cycle = cycle;
    import->domains = g_ptr_array_new_with_free_func((GDestroyNotify)imported_domain_free);
    import->refusals = g_ptr_array_new_with_free_func(refusal_free);
    import->remarks = g_ptr_array_new_with_free_func(g_free);
}

void import_clear(Import *import)
{
    g_ptr_array_unref(import->domains);
    g_ptr_array_unref(import->refusals);
    g_ptr_array_unref(import->remarks);
}

/* As one line that can be printed: names of files may hold anything. Takes TEXT over. */
static char *escape(char *text)
{
    GString *escaped = g_string_new(NULL);
    characters_append_escaped(escaped, text, strlen(text), SHOWN_MAX);
    g_free(text);
    return g_string_free(escaped, FALSE);
}

ImportRefusal *import_refuse(Import *import, const char *source, char *message)
{
    ImportRefusal *refusal = g_new0(ImportRefusal, 1);
    refusal->source = escape(g_strdup(source));
    refusal->message = escape(message);
    g_ptr_array_add(import->refusals, refusal);
    import->cycle->exit_code = exit_code_worse(import->cycle->exit_code, EXIT_ERROR);
    return refusal;
}

void import_remark(Import *import, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(import->remarks, escape(g_strdup_vprintf(format, arguments)));
    va_end(arguments);
}

/* ---- the host ---- */

/* What cannot be found out is told, and no more: the rest goes on without it. */
static void forgive(Import *import, const char *what)
{
    Cycle *cycle = import->cycle;
    if (cycle->error != NULL) {
        import_remark(import, "%s (%s)", what, cycle->error);
        g_clear_pointer(&cycle->error, g_free);
        cycle->exit_code = 0;
    }
}

static gboolean observe(Cycle *cycle)
{
    if (!cycle_find_toolstack(cycle)) {
        return FALSE;
    }
    cycle->observed = xen_host_observe(cycle->host);
    return cycle->observed->state == OBSERVATION_COMPLETE ||
           cycle_fail(cycle, EXIT_ERROR, "%s", cycle->observed->trouble);
}

gboolean import_look(Import *import, gboolean is_needed)
{
    Cycle *cycle = import->cycle;
    if (!observe(cycle)) {
        if (is_needed) {
            return FALSE;
        }
        forgive(import, "the host was not asked which domains run");
        g_clear_pointer(&cycle->observed, observed_free);
    }
    if (!cycle_read_state(cycle)) {
        forgive(import, "what xensure has recorded here was not read");
    }
    return TRUE;
}

/* ---- what runs ---- */

gboolean import_is_recorded(const Import *import, const ObservedDomain *row)
{
    const Record *record = import->cycle->record;
    return record != NULL && row->uuid[0] != '\0' && record_find_uuid(record, row->uuid) != NULL;
}

void import_look_closer(Import *import, const ObservedDomain *row)
{
    g_autoptr(GArray) domids = g_array_new(FALSE, FALSE, sizeof(guint32));
    if (!row->has_details) {
        g_array_append_val(domids, row->domid);
        xen_host_observe_details(import->cycle->host, import->cycle->observed, domids);
    }
}

const char *import_why_not(const Import *import, const ObservedDomain *row)
{
    const Record *record = import->cycle->record;
    const RecordDomain *recorded =
        import_is_recorded(import, row) ? record_find_uuid(record, row->uuid) : NULL;
    /* One that is just being made is known, and on its way all the same. */
    gboolean is_known = recorded != NULL && recorded->operation == OPERATION_NONE;
    const char *transient = observed_domain_transient(row, is_known ? recorded : NULL,
                                                      import->cycle->observed->boot_id);
    return transient != NULL      ? transient
           : row->is_shut_down    ? "it has ended, and only its remains are here"
           : row->uuid[0] == '\0' ? "the list does not say its uuid"
                                  : NULL;
}

static void read_running(Import *import, const ObservedDomain *row)
{
    g_autofree char *source =
        g_strdup_printf("the running domain %s (id %u)", row->name, row->domid);
    const char *why = import_why_not(import, row);
    if (why == NULL) {
        import_look_closer(import, row);
        why = row->settings == NULL ? "the toolstack does not tell its settings" : NULL;
    }
    if (why != NULL) {
        import_refuse(import, source, g_strdup_printf("left out: %s", why));
        return;
    }
    ImportedDomain *domain = xen_import_running(row);
    imported_domain_identify(domain, row, !import_is_recorded(import, row));
    g_ptr_array_add(import->domains, domain);
}

void import_read_running(Import *import)
{
    const Observed *observed = import->cycle->observed;
    for (guint i = 0; i < observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(observed->domains, i);
        if (row->domid != 0) {
            read_running(import, row);
        }
    }
}
