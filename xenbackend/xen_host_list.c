/* What the toolstack says of the host: its lists, and facts about the node. */
#include "xenbackend/command.h"
#include "xenbackend/xen_host_parts.h"
#include "xenbackend/xen_list.h"
#include "xenbackend/xen_list_long.h"

#include <string.h>

#define DETAILS_BYTES_MAX (4u * 1024 * 1024)
#define INFO_BYTES_MAX    (1024u * 1024)

/* Something that is done while the toolstack thinks. */
typedef struct {
    void (*run)(gpointer data);
    gpointer data;
} Meanwhile;

static CommandResult *ask(XenHost *host, const char *const *arguments, guint32 domid, gsize limit,
                          Meanwhile *meanwhile, GError **error)
{
    g_auto(GStrv) argv = toolstack_arguments(host->program, arguments, domid, NULL, NULL);
    const char *environment[] = {host->environment, NULL};
    CommandRequest request = {.argv = (const char *const *)argv,
                              .environment = host->environment != NULL ? environment : NULL,
                              .timeout_ms = host->list_timeout_ms,
                              .output_limit = limit};
    Command *command = command_start(&request, error);
    if (meanwhile != NULL && meanwhile->run != NULL) {
        meanwhile->run(meanwhile->data);
        meanwhile->run = NULL; /* once, also when the command is tried again */
    }
    if (command == NULL) {
        return NULL;
    }
    while (command_wait_any(&command, 1, host->list_timeout_ms) < 0) {
    }
    return command_finish(command);
}

char *xen_host_read_boot_id(const XenHost *host)
{
    g_autofree char *path = host->sim_dir != NULL ? g_build_filename(host->sim_dir, "boot_id", NULL)
                                                  : g_strdup("/proc/sys/kernel/random/boot_id");
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return NULL;
    }
    g_strstrip(text);
    if (strlen(text) != UUID_TEXT_SIZE - 1) {
        g_clear_pointer(&text, g_free);
    }
    return text;
}

/* What a listing command printed, or NULL; then observed->trouble says why, and *may_pass whether
 * it is worth another try. */
static CommandResult *ask_list(XenHost *host, const char *const *arguments, Meanwhile *meanwhile,
                               Observed *observed, gboolean *may_pass)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CommandResult) result =
        ask(host, arguments, 0, XEN_LIST_BYTES_MAX, meanwhile, &error);
    if (result != NULL && command_result_is_success(result)) {
        return g_steal_pointer(&result);
    }
    observed->state = OBSERVATION_UNKNOWN;
    g_ptr_array_set_size(observed->domains, 0);
    g_free(observed->trouble);
    if (result == NULL) {
        *may_pass = FALSE;
        observed->trouble = g_strdup(error->message);
        return NULL;
    }
    const char *second = arguments == host->toolstack->identities ? " --long" : "";
    g_autofree char *what = command_result_describe(result);
    *may_pass = result->end != COMMAND_TIMED_OUT && !result->is_output_over_limit;
    observed->trouble = g_strdup_printf("%s list%s %s", host->toolstack->name, second, what);
    return NULL;
}

/* What a reader says is wrong becomes a sentence of its own. */
static void tell_trouble(const XenHost *host, Observed *observed)
{
    g_autofree char *trouble = g_steal_pointer(&observed->trouble);
    observed->trouble =
        trouble != NULL ? g_strdup_printf("%s list printed something else than a whole list: %s",
                                          host->toolstack->name, trouble)
                        : NULL;
}

/* Asks for the second list, where there is one. FALSE: it was not had, or does not agree with the
 * first. */
static gboolean identify(XenHost *host, Observed *observed, gboolean *may_pass)
{
    const Toolstack *toolstack = host->toolstack;
    if (toolstack->read_identities == NULL || observed->state != OBSERVATION_COMPLETE) {
        return TRUE;
    }
    g_autoptr(CommandResult) result =
        ask_list(host, toolstack->identities, NULL, observed, may_pass);
    if (result == NULL) {
        return FALSE;
    }
    gboolean agrees = toolstack->read_identities(result->output, result->output_length, observed);
    tell_trouble(host, observed);
    return agrees;
}

/* One list. FALSE: it failed in a way that may pass. */
static gboolean list_once(XenHost *host, Observed *observed, Meanwhile *meanwhile,
                          gboolean *may_pass)
{
    g_autoptr(CommandResult) result =
        ask_list(host, host->toolstack->list, meanwhile, observed, may_pass);
    if (result == NULL) {
        return FALSE;
    }
    *may_pass = TRUE;
    host->toolstack->read_list(result->output, result->output_length, observed);
    tell_trouble(host, observed);
    return identify(host, observed, may_pass) && observed->state == OBSERVATION_COMPLETE;
}

Observed *xen_host_observe(XenHost *host)
{
    return xen_host_observe_while(host, NULL, NULL);
}

Observed *xen_host_observe_while(XenHost *host, void (*run)(gpointer), gpointer data)
{
    Meanwhile meanwhile = {run, data};
    static const guint pauses_ms[] = {300, 600, 1200};
    Observed *observed = NULL;
    gboolean may_pass = FALSE;
    for (guint i = 0; i <= G_N_ELEMENTS(pauses_ms); i++) {
        observed_free(observed);
        observed = observed_new();
        observed->asked_ms = g_get_monotonic_time() / 1000;
        if (list_once(host, observed, &meanwhile, &may_pass) || !may_pass) {
            break;
        }
        if (i < G_N_ELEMENTS(pauses_ms)) {
            command_wait_any(NULL, 0, pauses_ms[i]);
        }
    }
    if (observed->state == OBSERVATION_COMPLETE) {
        g_clear_pointer(&host->ids_taken, g_hash_table_unref);
        host->ids_taken = g_hash_table_ref(observed->ids_taken);
    }
    observed->boot_id = xen_host_read_boot_id(host);
    return observed;
}

void xen_host_observe_details(XenHost *host, Observed *observed, const GArray *domids)
{
    for (guint i = 0; i < domids->len; i++) {
        guint32 domid = g_array_index(domids, guint32, i);
        ObservedDomain *domain = observed_find_domid(observed, domid);
        g_autoptr(CommandResult) result =
            ask(host, host->toolstack->details, domid, DETAILS_BYTES_MAX, NULL, NULL);
        if (domain != NULL && result != NULL && command_result_is_success(result)) {
            host->toolstack->read_details(result->output, result->output_length, domain, NULL);
        }
    }
}

gboolean xen_host_observe_all_details(XenHost *host, Observed *observed, const GArray *domids,
                                      char **trouble)
{
    const Toolstack *toolstack = host->toolstack;
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    *trouble = NULL;
    if (toolstack->read_details_of_all == NULL) {
        return FALSE;
    }
    g_autoptr(CommandResult) result =
        ask(host, toolstack->details_of_all, 0, XEN_LIST_LONG_ALL_BYTES_MAX, NULL, &error);
    if (result == NULL) {
        *trouble = g_strdup(error->message);
    } else if (!command_result_is_success(result)) {
        why = command_result_describe(result);
        *trouble = g_strdup_printf("%s list -l %s", toolstack->name, why);
    } else if (!toolstack->read_details_of_all(result->output, result->output_length, observed,
                                               domids, &why)) {
        *trouble = g_strdup_printf("%s list -l: %s", toolstack->name, why);
    }
    return *trouble == NULL;
}

XenInfo *xen_host_info(XenHost *host, GError **error)
{
    g_autoptr(CommandResult) result =
        ask(host, host->toolstack->info, 0, INFO_BYTES_MAX, NULL, error);
    if (result == NULL) {
        return NULL;
    }
    if (!command_result_is_success(result)) {
        g_autofree char *what = command_result_describe(result);
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_TOOLSTACK, "%s info %s",
                    host->toolstack->name, what);
        return NULL;
    }
    return xen_info_parse(result->output, result->output_length);
}
