/* What sources elsewhere gave that is signed, and that this host cannot take: their copies go on.
 * Who is at fault is told apart where it can be, so that one source does not keep back what is new
 * of another. */
#include "agent/cycle.h"
#include "agent/exit_code.h"

static gboolean is_error_of(const Problem *problem, const SpecSource *source)
{
    return problem->severity == PROBLEM_ERROR &&
           (source == NULL || g_ptr_array_find(source->texts, problem->where.text, NULL));
}

char *cycle_describe_problems(const Problems *problems, const SpecSource *source, const char *what)
{
    const Problem *first = NULL;
    guint count = 0;
    for (guint i = 0; i < problems_count(problems); i++) {
        const Problem *problem = problems_get(problems, i);
        if (is_error_of(problem, source)) {
            first = first != NULL ? first : problem;
            count++;
        }
    }
    if (first == NULL) {
        return source == NULL ? g_strdup(what) : NULL;
    }
    const Position *where = &first->where;
    g_autofree char *more =
        count > 1 ? g_strdup_printf(" (the first of %u problems)", count) : g_strdup("");
    return g_strdup_printf("%s: %s:%u:%u: %s%s", what,
                           where->text != NULL ? trusted_text_name(where->text) : "it", where->line,
                           where->column, first->message, more);
}

static gboolean can_be_held_back(const SpecSource *source)
{
    return source->is_new && source->has_copy;
}

gboolean cycle_can_hold_back(const Cycle *cycle)
{
    for (guint i = 0; i < cycle->sources->len; i++) {
        if (can_be_held_back(g_ptr_array_index(cycle->sources, i))) {
            return TRUE;
        }
    }
    return FALSE;
}

static void hold_back(Cycle *cycle, SpecSource *source, const char *why)
{
    g_free(source->trouble);
    source->trouble = g_strdup_printf("gives what is refused: %s", why);
    source->is_new = FALSE;
    source->is_refused = TRUE;
    source->has_answered = FALSE;
    g_clear_pointer(&source->bundle, source_bundle_free);
    cycle->source_exit_code = exit_code_worse(cycle->source_exit_code, EXIT_REJECTED);
}

/* What is wrong with what this source gave; NULL: nothing that is its own fault. */
static char *find_fault(Cycle *cycle, const SpecSource *source, const Problems *problems)
{
    char *fault = cycle_describe_problems(problems, source, "it is signed, and refused");
    const Record *record = cycle_early_record(cycle, NULL);
    if (fault != NULL || record == NULL) {
        return fault;
    }
    return cycle_find_expiry_trouble(cycle, record, source);
}

gboolean cycle_hold_back(Cycle *cycle, const Problems *problems, const char *why)
{
    gboolean is_found = FALSE;
    for (guint i = 0; i < cycle->sources->len; i++) {
        SpecSource *source = g_ptr_array_index(cycle->sources, i);
        g_autofree char *fault =
            can_be_held_back(source) ? find_fault(cycle, source, problems) : NULL;
        if (fault != NULL) {
            hold_back(cycle, source, fault);
            is_found = TRUE;
        }
    }
    for (guint i = 0; why != NULL && !is_found && i < cycle->sources->len; i++) {
        SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (can_be_held_back(source)) {
            hold_back(cycle, source, why);
        }
    }
    return is_found || why != NULL;
}
