#include "xenbackend/xen_host_ask.h"

#include "xenbackend/command.h"
#include "xenbackend/host_answer_json.h"
#include "xenbackend/xen_host_parts.h"

/* Commands at a time. */
#define ASK_PARALLEL_MAX 32u

static const char *const question[] = {"xensure", "-o", "json", "status", NULL};

gpointer xen_host_ask_start(gpointer data, const char *address, GError **error)
{
    const XenHost *host = data;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    for (char **word = host->ssh; *word != NULL; word++) {
        g_ptr_array_add(argv, *word);
    }
    /* The spec takes only addresses that no shell and no ssh can misunderstand: check_address(). */
    g_ptr_array_add(argv, (gpointer)address);
    for (guint i = 0; i < G_N_ELEMENTS(question); i++) {
        g_ptr_array_add(argv, (gpointer)question[i]);
    }
    CommandRequest request = {.argv = (const char *const *)argv->pdata,
                              .timeout_ms = host->ask_timeout_ms,
                              .output_limit = HOST_ANSWER_BYTES_MAX};
    return command_start(&request, error);
}

/* The exit code is that of the last run there, and says nothing; but 255 is ssh's own failure. */
HostAnswer *xen_host_ask_finish(gpointer data, gpointer command)
{
    (void)data;
    g_autoptr(CommandResult) result = command_finish(command);
    gboolean is_whole = result->end == COMMAND_EXITED && !result->is_output_over_limit;
    if (!is_whole || result->output_length == 0) {
        g_autofree char *what = command_result_describe(result);
        return host_answer_new_trouble("does not answer: the command that asks it %s", what);
    }
    return host_answer_parse(result->output, result->output_length);
}

typedef struct {
    XenHost *host;
    const char *fleet;
    GHashTable *answers;
    Command *commands[ASK_PARALLEL_MAX];
    const FleetHost *asked[ASK_PARALLEL_MAX];
    guint count; /* of commands that are under way */
} Asking;

static void take(Asking *asking, const FleetHost *host, HostAnswer *answer)
{
    host_answer_check(answer, host->name, asking->fleet, g_get_real_time() / G_USEC_PER_SEC);
    g_hash_table_insert(asking->answers, g_strdup(host->name), answer);
}

static void ask_one(Asking *asking, const FleetHost *host)
{
    g_autoptr(GError) error = NULL;
    if (host->address == NULL) {
        take(asking, host,
             host_answer_new_trouble(host->is_former ? "has no address here"
                                                     : "has no `address` in the spec"));
        return;
    }
    Command *command = xen_host_ask_start(asking->host, host->address, &error);
    if (command == NULL) {
        take(asking, host, host_answer_new_trouble("cannot be asked: %s", error->message));
        return;
    }
    asking->asked[asking->count] = host;
    asking->commands[asking->count++] = command;
}

static void wait_for_one(Asking *asking)
{
    int index = command_wait_any(asking->commands, asking->count, G_MAXUINT);
    if (index < 0) {
        return;
    }
    take(asking, asking->asked[index], xen_host_ask_finish(asking->host, asking->commands[index]));
    asking->count--;
    asking->commands[index] = asking->commands[asking->count];
    asking->asked[index] = asking->asked[asking->count];
}

GHashTable *xen_host_ask_hosts(XenHost *host, const GPtrArray *hosts, const char *fleet)
{
    Asking asking = {.host = host, .fleet = fleet};
    asking.answers =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)host_answer_free);
    for (guint i = 0; i < hosts->len || asking.count > 0;) {
        if (i < hosts->len && asking.count < ASK_PARALLEL_MAX) {
            ask_one(&asking, g_ptr_array_index(hosts, i++));
        } else {
            wait_for_one(&asking);
        }
    }
    return asking.answers;
}
