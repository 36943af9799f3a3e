/* console: becomes the toolstack's console of a domain. The one command that replaces this process.
 */
#include "agent/commands.h"
#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The domain of this name; NULL and a sentence when there is none, or more than one. */
static const ObservedDomain *find_domain(Cycle *cycle, const char *name)
{
    const ObservedDomain *found = NULL;
    for (guint i = 0; i < cycle->observed->domains->len; i++) {
        const ObservedDomain *row = g_ptr_array_index(cycle->observed->domains, i);
        if (strcmp(row->name, name) != 0) {
            continue;
        }
        if (found != NULL) {
            cycle_fail(cycle, EXIT_CONFLICT, "there are several domains of the name '%s'", name);
            return NULL;
        }
        found = row;
    }
    if (found == NULL) {
        cycle_fail(cycle, EXIT_ERROR, "there is no domain '%s' on this host", name);
    } else if (found->domid == 0) {
        cycle_fail(cycle, EXIT_ERROR, "%s is the host itself and has no such console", name);
        found = NULL;
    } else if (found->is_shut_down || found->is_dying) {
        cycle_fail(cycle, EXIT_ERROR, "%s has shut down; it has no console", name);
        found = NULL;
    }
    return found;
}

static void become_console(Cycle *cycle, const ObservedDomain *domain)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) command = xen_host_console_command(cycle->host, domain->domid, &error);
    if (command == NULL) {
        cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        return;
    }
    if (domain->is_paused) {
        fprintf(stderr, "xensure: %s is paused: its console says nothing until it is unpaused\n",
                domain->name);
    }
    fflush(stderr);
    g_auto(GStrv) environment = g_get_environ();
    const char *entry = xen_host_environment(cycle->host);
    if (entry != NULL) {
        g_autofree char *name = g_strndup(entry, strcspn(entry, "="));
        environment = g_environ_setenv(environment, name, strchr(entry, '=') + 1, TRUE);
    }
    execve(command[0], command, environment);
    cycle_fail(cycle, EXIT_ERROR, "%s: %s", command[0], g_strerror(errno));
}

int command_console(const Options *options)
{
    Cycle cycle;
    cycle_init(&cycle, options);
    if (options->is_json) {
        cycle_fail(&cycle, EXIT_ERROR, "a console cannot be had as JSON");
    } else if (cycle_read_config(&cycle) && cycle_find_toolstack(&cycle)) {
        cycle.observed = xen_host_observe(cycle.host);
        if (cycle.observed->state != OBSERVATION_COMPLETE) {
            cycle_fail(&cycle, EXIT_ERROR, "%s", cycle.observed->trouble);
        } else {
            const ObservedDomain *domain = find_domain(&cycle, options->arguments[0]);
            if (domain != NULL) {
                become_console(&cycle, domain);
            }
        }
    }
    report_errors(&cycle);
    if (options->is_json) {
        g_autofree char *json = report_make_json(&cycle);
        fputs(json, stdout);
    }
    int exit_code = cycle.exit_code;
    cycle_clear(&cycle);
    return exit_code;
}
