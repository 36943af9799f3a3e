#include "xenbackend/toolstack_choice.h"

#include "xenbackend/command.h"

#include <string.h>

G_DEFINE_QUARK(xensure_toolstack_error, toolstack_error)

static char *find_program(const Toolstack *toolstack)
{
    char *program =
        toolstack->is_simulated ? command_find_beside(toolstack->program, "xenbackend/sim") : NULL;
    return program != NULL ? program : command_find_program(toolstack->program);
}

static gboolean refuse(GError **error, const char *message)
{
    g_set_error_literal(error, TOOLSTACK_ERROR, TOOLSTACK_ERROR_NONE_FOUND, message);
    return FALSE;
}

/* With both, the one that xend decides for: xl changes nothing while it runs, and xm does nothing
 * without it. */
static gboolean choose_what_is_there(const XendPlaces *xend, ToolstackChoice *choice,
                                     GError **error)
{
    const Toolstack *xl = toolstack_find("xl");
    const Toolstack *xm = toolstack_find("xm");
    g_autofree char *xl_program = find_program(xl);
    g_autofree char *xm_program = find_program(xm);
    if (xl_program == NULL && xm_program == NULL) {
        return refuse(error, "there is neither xl nor xm on PATH; is this a Xen host? (--toolstack "
                             "sim is the simulated one)");
    }
    gboolean are_both = xl_program != NULL && xm_program != NULL;
    gboolean takes_xm = xl_program == NULL || (are_both && xend_is_in_charge(xend));
    choice->toolstack = takes_xm ? xm : xl;
    choice->program = takes_xm ? g_steal_pointer(&xm_program) : g_steal_pointer(&xl_program);
    choice->note =
        are_both
            ? g_strdup_printf("xl and xm are both on PATH; %s, so %s is driven (`toolstack: xl` or "
                              "`toolstack: xm` in agent.yaml settles it)",
                              takes_xm ? "xend is in charge" : "xend does not run",
                              choice->toolstack->name)
            : NULL;
    return TRUE;
}

gboolean toolstack_choose(const char *name, const XendPlaces *xend, ToolstackChoice *choice,
                          GError **error)
{
    if (strcmp(name, "auto") == 0) {
        return choose_what_is_there(xend, choice, error);
    }
    const Toolstack *toolstack = toolstack_find(name);
    if (toolstack == NULL) {
        g_autofree char *message =
            g_strdup_printf("expected the toolstack %s, found '%s'", toolstack_names, name);
        return refuse(error, message);
    }
    char *program = find_program(toolstack);
    if (program == NULL) {
        g_autofree char *message = g_strdup_printf("there is no %s on PATH", toolstack->program);
        return refuse(error, message);
    }
    *choice = (ToolstackChoice){toolstack, program, NULL};
    return TRUE;
}

const ConfigDialect *toolstack_find_dialect(const char *name, const XendPlaces *xend)
{
    const Toolstack *named = toolstack_find(name);
    ToolstackChoice choice = {0};
    if (named != NULL) {
        return named->dialect;
    }
    if (!toolstack_choose(name, xend, &choice, NULL)) {
        return &xl_dialect;
    }
    g_free(choice.program);
    g_free(choice.note);
    return choice.toolstack->dialect;
}
