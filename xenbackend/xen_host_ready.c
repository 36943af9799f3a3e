/* The checks of agent.yaml, which tell whether a domain is ready. */
#include "xenbackend/command.h"
#include "xenbackend/xen_host_parts.h"

#include <unistd.h>

#define CHECK_OUTPUT_MAX (64u * 1024)

/* The user and the group that Linux has for nobody: they are nobody whatever their names are. */
static const char *const as_nobody[] = {"--reuid=65534", "--regid=65534", "--clear-groups",
                                        "--no-new-privs", "--"};

gpointer xen_host_start_check(gpointer data, const char *name, GError **error)
{
    const XenHost *host = data;
    char **check = host->checks != NULL ? g_hash_table_lookup(host->checks, name) : NULL;
    g_autofree char *setpriv = command_find_program("setpriv");
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    if (check == NULL || (setpriv == NULL && geteuid() == 0)) {
        g_set_error(error, COMMAND_ERROR, COMMAND_ERROR_NOT_STARTED,
                    check == NULL ? "agent.yaml has no check '%s'"
                                  : "setpriv, which has '%s' run as nobody, is not on PATH",
                    name);
        return NULL;
    }
    /* Who is not root has no rights to give up. */
    if (geteuid() == 0) {
        g_ptr_array_add(argv, setpriv);
        for (guint i = 0; i < G_N_ELEMENTS(as_nobody); i++) {
            g_ptr_array_add(argv, (gpointer)as_nobody[i]);
        }
    }
    for (char **word = check; *word != NULL; word++) {
        g_ptr_array_add(argv, *word);
    }
    g_ptr_array_add(argv, NULL);
    CommandRequest request = {.argv = (const char *const *)argv->pdata,
                              .timeout_ms = host->check_timeout_ms,
                              .output_limit = CHECK_OUTPUT_MAX};
    return command_start(&request, error);
}
